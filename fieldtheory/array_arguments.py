"""Arrays that users pass, read in one way: what is not numbers, not finite or masked is refused by name.

Lists, tuples, ranges, sets (in increasing order), generators and arrays of any number type will do. Text,
bytes, mappings, booleans and dates are no numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown

_MOST = 10_000_000  # entries of what has no length


def require_reals(name: str, value: Any, *, axes: int | None = None, what: str = "real numbers") -> Floats:
    """`value` as a float64 array of finite numbers, with so many axes; ValueError otherwise.

    `what`: how the message says what is right.

    >>> require_reals("n", (number for number in (1, 2)))
    array([1., 2.])
    """
    found = _numbers(name, value, what)
    if found.dtype.kind == "c":
        raise ValueError(f"{name} must be {what} (got {shown(value)})")
    try:
        with np.errstate(over="ignore"):
            floats: Floats = found.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be {what} (got {shown(value)})") from None
    if axes is not None and floats.ndim != axes:
        raise ValueError(f"{name} must be {what}, an array of {_axes(axes)} (got shape {floats.shape})")
    finite = np.isfinite(floats)
    if not finite.all():
        place = np.argwhere(~finite)[0].tolist()
        where = f" at position {', '.join(map(str, place))}" if place else ""
        raise ValueError(f"{name} must be finite (got {floats[tuple(place)]}{where})")
    return floats


def require_numbers(name: str, value: Any) -> Any:
    """`value` as a float64 array, or complex128 where it is complex; ValueError otherwise.

    >>> require_numbers("values", [1, 2j])
    array([1.+0.j, 0.+2.j])
    """
    if type(value) is np.ndarray and value.dtype in (np.float64, np.complex128):
        return value
    found = _numbers(name, value, "numbers")
    try:
        return found.astype(np.complex128 if found.dtype.kind == "c" else np.float64, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be numbers (got {shown(value)})") from None


def require_integers(name: str, value: Any, what: str) -> Any:
    """`value` as an array of integers; ValueError, which says `what` is right, otherwise.

    >>> require_integers("cutoff", {3, 1}, "degrees")
    array([1, 3])
    """
    found = _numbers(name, value, what)
    if found.dtype.kind not in "iu":
        raise ValueError(f"{name} must be {what} (got {shown(value)})")
    return found


def require_distinct(name: str, values: Any) -> Any:
    """A number or a flat array of different ones, as an array in increasing order; ValueError otherwise.

    >>> require_distinct("widths", np.array([8, 4]))
    array([4, 8])
    """
    found = np.unique(values)
    if values.ndim > 1 or not values.size or len(found) < values.size:
        raise ValueError(f"{name} must be a number or a flat list of different ones (got {shown(values)})")
    return found


def listed(name: str, value: Any, what: str) -> Any:
    """What can be gone through once, as a list; anything else as it is; ValueError for what holds no numbers.

    >>> listed("n", map(int, "12"), "sizes")
    [1, 2]
    """
    if isinstance(value, str | bytes | bytearray | memoryview | Mapping):
        raise ValueError(f"{name} must be {what} (got {shown(value)})")
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            raise ValueError(f"{name} must have no masked entries: fill or drop them (got {shown(value)})")
        return value.data
    if isinstance(value, set | frozenset):
        try:
            return sorted(value)
        except TypeError:
            raise ValueError(f"{name} must be {what} (got {shown(value)})") from None
    if isinstance(value, Iterable) and not isinstance(value, Sequence) and not hasattr(value, "__array__"):
        found = list(islice(value, _MOST + 1))
        if len(found) > _MOST:
            raise ValueError(f"{name} must end: at most {_MOST} entries (got {shown(value)})")
        return found
    return value


def _numbers(name: str, value: Any, what: str) -> Any:
    """As an array of integers, floats, complex numbers or objects."""
    try:
        found = np.asarray(listed(name, value, what))
    except (TypeError, ValueError, OverflowError) as error:
        if f"{name} must" in str(error):
            raise
        raise ValueError(f"{name} must be {what} (got {shown(value)})") from None
    if found.size == 0 and found.dtype.kind == "f":
        return found
    if found.dtype.kind == "O":
        wrong = (isinstance(each, str | bytes | bool) or each is None for each in found.flat)
        if any(wrong):
            raise ValueError(f"{name} must be {what} (got {shown(value)})")
    elif found.dtype.kind not in "iufc":
        raise ValueError(f"{name} must be {what} (got {shown(value)})")
    return found


def _axes(number: int) -> str:
    return "one axis" if number == 1 else f"{number} axes"
