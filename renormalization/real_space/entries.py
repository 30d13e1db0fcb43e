"""What users give as lists: of sites, of numbers of states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fieldtheory.arguments import require_integer
from fieldtheory.array_arguments import listed
from fieldtheory.shown_value import shown


def require_entries(name: str, value: Any, what: str) -> list[Any]:
    """The entries of a list, tuple, range, set (in order), array or generator; ValueError otherwise.

    `what`: how the message says what is right.
    """
    given = listed(name, value, what)
    if not isinstance(given, Iterable) or getattr(given, "ndim", None) == 0:
        raise ValueError(f"{name} must be {what} (got {shown(value)})")
    return given.tolist() if hasattr(given, "tolist") else list(given)


def require_counts(name: str, value: Any) -> tuple[int, ...]:
    """Numbers of states, one a site, each at least 1; ValueError otherwise."""
    what = "numbers of states, one a site"
    counts = tuple(require_integer(name, each, minimum=1) for each in require_entries(name, value, what))
    if not counts:
        raise ValueError(f"{name} must be {what} (got none)")
    return counts
