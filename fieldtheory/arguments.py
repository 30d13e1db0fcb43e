"""Checks of arguments: every refusal names the argument, the value it got, and what would be right."""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    from fieldtheory.array_types import Floats

ENSEMBLES = ("fixed", "poisson")  # of training sets: exactly n points, or a Poisson number of mean n
SAMPLINGS = ("with-replacement", "without-replacement")  # of n of the points of a data set
POINTS = ("all", "unseen")  # of a data set, on which errors are measured: unseen are those not drawn


def require_integer(name: str, value: Any, *, minimum: int, maximum: int | None = None) -> int:
    """`value` as a Python int from `minimum` to `maximum`; ValueError otherwise (bools, 2.5 are refused)."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer of at least {minimum} (got {shown(value)})") from None
    if number < minimum:
        raise ValueError(f"{name} must be at least {minimum} (got {shown(value)})")
    if maximum is not None and number > maximum:
        raise ValueError(f"{name} must be at most {maximum} (got {shown(value)})")
    return number


_NESTED, _WRITTEN = 100, 10**6  # levels and parts of expressions


def require_dimension(dim: Any) -> int:
    """The dimension d >= 2 of the space that the sphere S^{d-1} lies in (at most 10^9)."""
    found = require_integer("dim", dim, minimum=2)
    if found > 10**9:
        raise ValueError(f"dim must be at most 1000000000 (got {found})")
    return found


def require_shallow(name: str, value: Any, error: type[ValueError] = ValueError) -> None:
    """Refuse a SymPy expression that SymPy's own walks, which recurse and repeat, would not come through."""
    sympy = sys.modules.get("sympy")
    if sympy is None or not isinstance(value, sympy.Basic):
        return
    from fieldtheory.expression_parts import height, occurrences

    if height(value, _NESTED + 1) > _NESTED or occurrences(value) > _WRITTEN:
        raise error(
            f"{name} must be nested at most {_NESTED} deep and, written out, have at most {_WRITTEN} parts "
            f"(got {shown(value)}); put symbols in place of its inner parts"
        )


def require_number(name: str, value: Any, *, minimum: float = 0.0, exclusive: bool = False) -> float:
    """`value` as a finite float, at least `minimum` (above it if `exclusive`), no bool; else ValueError."""
    require_shallow(name, value)
    bound = f" and {'greater than' if exclusive else 'at least'} {minimum:g}" * (minimum > -math.inf)
    try:
        if (
            isinstance(value, bool | bytes | bytearray)
            or getattr(getattr(value, "dtype", None), "kind", None) == "b"
        ):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name} must be a finite number{bound.removeprefix(' and')} (got {shown(value)})"
        ) from None
    if not math.isfinite(number) or number < minimum or (exclusive and number == minimum):
        raise ValueError(f"{name} must be finite{bound} (got {value})")
    return number


_LARGEST = 1e100  # of variances and sizes: squares and products of a few stay floats


def require_variance(name: str, value: Any) -> float:
    """A variance, such as the ridge, as float from 0 to 1e100; ValueError otherwise."""
    number = require_number(name, value)
    if number > _LARGEST:
        raise ValueError(f"{name} must be at most {_LARGEST:g} (got {number:g})")
    return number


LEAST_VARIANCE = 1e-60  # of what divides, and the inverse of the largest: fourth powers stay floats


def require_likelihood_variance(name: str, value: Any) -> float:
    """A ridge that divides, as float from 1e-60 to 1e60; ValueError otherwise."""
    number = require_number(name, value, exclusive=True)
    if not LEAST_VARIANCE <= number <= 1 / LEAST_VARIANCE:
        raise ValueError(f"{name} must be from {LEAST_VARIANCE:g} to {1 / LEAST_VARIANCE:g} (got {number:g})")
    return number


def require_flag(name: str, value: Any) -> bool:
    """True or False; ValueError for anything else, as truth is often meant otherwise."""
    if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", None) == "b":
        return bool(value)
    raise ValueError(f"{name} must be True or False (got {shown(value)})")


def require_text(name: str, value: Any) -> str:
    """`value` if it is text of 1 to 200 characters in one line; ValueError otherwise."""
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or len(value.splitlines()) != 1:
        raise ValueError(f"{name} must be text of one line, at most 200 characters (got {shown(value)})")
    return value


def require_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """`value` if it is one of `choices`; ValueError with the nearest name otherwise."""
    allowed = list(choices)
    if isinstance(value, str) and value in allowed:
        return str(value)
    text = value.lower() if isinstance(value, str) else ""
    near = get_close_matches(text, allowed, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))} (got {shown(value)}){hint}")


_FEWEST = (
    1e-100  # a mean number of points may be fractional; below this the effective ridge leaves the floats
)


def require_sizes(n: Any) -> Floats:
    """Numbers of training points, one or a flat list of them, as float64; ValueError unless positive."""
    from fieldtheory.array_arguments import require_reals

    sizes = require_reals("n", n, what="positive numbers")
    if sizes.ndim > 1 or not sizes.size:
        raise ValueError(f"n must be a number or a flat list of positive numbers (got {shown(n)})")
    sizes = sizes.reshape(-1)
    if (sizes < _FEWEST).any():
        raise ValueError(
            f"n must be finite and positive, at least {_FEWEST:g} (got {sizes[sizes < _FEWEST][0]:g})"
        )
    if (sizes > _LARGEST).any():
        raise ValueError(f"n must be at most {_LARGEST:g} (got {sizes.max():g})")
    return sizes


def require_whole_sizes(n: Any, name: str = "n", what: str = "training-set size") -> list[int]:
    """Training-set sizes, or others, one or several, as positive Python integers; ValueError otherwise."""
    from fieldtheory.array_arguments import listed

    given = listed(name, n, "a whole number or a list of them")
    several = isinstance(given, Iterable) and getattr(given, "ndim", None) != 0
    sizes = list(given) if several else [given]
    if not sizes:
        raise ValueError(f"{name} must name at least one {what} (got none)")
    return [require_integer(name, size, minimum=1) for size in sizes]
