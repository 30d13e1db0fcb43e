"""The sizes of a simulation, a row for each: what it gave, or why it gave nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats

_LARGEST_SHARE, _FEWEST_SETS = 0.5, 5


def curves_over_sizes(rows: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """Arrays over sizes by name, nan where a size gave nothing; one at least did.

    >>> curves_over_sizes([{"error": 0.5}, None])
    {'error': array([0.5, nan])}
    """
    some = next(row for row in rows if row is not None)
    missing = {name: np.full(np.shape(value), np.nan) for name, value in some.items()}
    return {name: np.array([(row or missing)[name] for row in rows]) for name in some}


def failures_in_words(failures: Mapping[int, str]) -> tuple[str, ...]:
    """A sentence for each size that could not be computed."""
    return tuple(f"n = {size} was not computed: {reason}" for size, reason in failures.items())


def heavy_tails(size: int, name: str, samples: Floats) -> tuple[str, ...]:
    """What to say of numbers of which one is larger than all others together: their mean may not exist.

    >>> heavy_tails(20, "error", np.array([1.0, 2.0, 1.0, 3.0, 93.0]))
    ('n = 20: one data set of 5 makes up 93 % of the error: its mean may not exist, its standard error
    does not hold',)
    """
    share = float(samples.max() / samples.sum()) if samples.sum() > 0 else 0.0
    if len(samples) < _FEWEST_SETS or share < _LARGEST_SHARE:
        return ()
    return (
        f"n = {size}: one data set of {len(samples)} makes up {100 * share:.0f} % of the {name}: its mean "
        "may not exist, its standard error does not hold",
    )
