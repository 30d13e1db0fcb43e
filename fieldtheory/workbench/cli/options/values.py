"""What options take, read from text: numbers, names, training-set sizes, cut-offs, targets."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.shown_value import shown

_MOST_SIZES = 10_000
_LARGEST_SIZE = 2**53  # integers up to here are exact in float64


def read_number(value: Any) -> float | Fraction:
    """A decimal number, or a fraction such as 1/50, kept exact; the library says whether it is allowed.

    >>> read_number("0.02"), read_number("1/50")
    (0.02, Fraction(1, 50))
    """
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    try:
        return Fraction(value) if "/" in value else float(value)
    except (ValueError, ZeroDivisionError):
        raise click.BadParameter(f"{value!r} is not a number such as 0.5 or 1/50") from None


def one_of(names: tuple[str, ...]) -> dict[str, Any]:
    """Keywords for an option that takes a name: shown in the help, completed by the shell.

    Whether the name is right is for the library to say, which knows the nearest one.
    """

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return {"metavar": "|".join(names), "shell_complete": complete}


def read_widths(text: str) -> int | list[int]:
    """One width, or one for each layer from "64,48,64"; ValueError for what are no integers.

    >>> read_widths("64"), read_widths("64,48")
    (64, [64, 48])
    """
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(
            f"width must be an integer, or one for each layer as in 64,48 (got {shown(text)})"
        ) from None
    return found[0] if len(found) == 1 else found


def read_sizes(text: str) -> list[int]:
    """Training-set sizes from "a:b:k", k values from a to b, log-spaced; or from "50,100".

    Rounded to integers, each once. ValueError for anything else.

    >>> read_sizes("50:3200:4"), read_sizes("1:4:9"), read_sizes("50,100")
    ([50, 200, 800, 3200], [1, 2, 3, 4], [50, 100])
    """
    if ":" not in text:
        return list(dict.fromkeys(_size(part) for part in text.split(",")))
    parts = text.split(":")
    if len(parts) != 3:
        raise ValueError(
            f"n must be a:b:k (k values from a to b) or a list such as 50,100 (got {shown(text)})"
        )
    first, last, count = (_size(part) for part in parts)
    if last < first or (count == 1 and last > first) or count > _MOST_SIZES:
        raise ValueError(
            f"n = a:b:k must have a at most b, and k from 2 to {_MOST_SIZES} (got {shown(text)}); "
            "for a single size give --n with one number"
        )
    ratio = math.log(last / first) / max(count - 1, 1)
    between = (round(first * math.exp(ratio * step)) for step in range(1, count - 1))
    return list(dict.fromkeys([first, *between, last]))


def _size(text: str) -> int:
    try:
        number = float(text)
        if not (number == int(number) and 1 <= number <= _LARGEST_SIZE):
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(
            f"n must be a list of integers from 1 to 2^53, or a:b:k of such (got {shown(text.strip())})"
        ) from None
    return int(number)


def read_range(name: str, text: str, logarithmic: bool = False) -> list[float]:
    """Numbers from "a:b:k", k values from a to b, or from a list such as "0.5,1"; ValueError for others.

    >>> read_range("load", "0.5:1:3"), read_range("scale", "0.1:10:3", logarithmic=True)
    ([0.5, 0.75, 1.0], [0.1, 1.0, 10.0])
    """
    parts = text.split(":")
    try:
        if len(parts) == 1:
            return [float(part) for part in text.split(",")]
        first, last, count = float(parts[0]), float(parts[1]), int(parts[2])
        if len(parts) > 3:
            raise ValueError
    except (ValueError, IndexError):
        raise ValueError(
            f"{name} must be a:b:k (k values from a to b) or a list such as 0.5,1 (got {shown(text)})"
        ) from None
    if not (math.isfinite(first) and math.isfinite(last) and first < last and 2 <= count <= _MOST_SIZES):
        raise ValueError(
            f"{name} = a:b:k must have a below b, and k from 2 to {_MOST_SIZES} (got {shown(text)})"
        )
    if not logarithmic:
        return [*(first + (last - first) * step / (count - 1) for step in range(count - 1)), last]
    if first <= 0:
        raise ValueError(f"{name} = a:b:k must be positive on its scale of logarithms (got {shown(text)})")
    ratio = math.log(last / first) / (count - 1)
    return [first, *(round(first * math.exp(ratio * step), 15) for step in range(1, count - 1)), last]


def read_spaced_integers(name: str, text: str) -> list[int]:
    """Integers from "a:b:k", k values from a to b, log-spaced, rounded, each once; or from "16,32".

    >>> read_spaced_integers("widths", "100:3200:6"), read_spaced_integers("widths", "16,32")
    ([100, 200, 400, 800, 1600, 3200], [16, 32])
    """
    found = read_range(name, text, logarithmic=":" in text)
    if not all(math.isfinite(each) and (":" in text or each == int(each)) for each in found):
        raise ValueError(f"{name} must be integers (got {shown(text)})")
    return list(dict.fromkeys(round(each) for each in found))


def read_integers(name: str, text: str) -> list[int]:
    """Integers from "a:b" or "a:b:step", both ends included, or from "6,8"; ValueError for anything else.

    >>> read_integers("widths", "6:9"), read_integers("widths", "6:10:2"), read_integers("widths", "6,8")
    ([6, 7, 8, 9], [6, 8, 10], [6, 8])
    """
    try:
        if ":" not in text:
            return [int(part) for part in text.split(",")]
        first, last, *rest = (int(part) for part in text.split(":"))
        (step,) = rest or [1]
        if step < 1 or last < first or (last - first) // step >= _MOST_SIZES:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{name} must be a:b (all integers from a to b), a:b:step, or a list such as 6,8 "
            f"(got {shown(text)})"
        ) from None
    return list(range(first, last + 1, step))


def read_cutoffs(text: str, highest: int) -> list[int]:
    """Degrees from "0,1,2" in increasing order, or all up to the highest.

    >>> read_cutoffs("all", 3), read_cutoffs("4,2", 12)
    ([0, 1, 2, 3], [2, 4])
    """
    if text.strip() == "all":
        return list(range(highest + 1))
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise ValueError(f"cutoff must be all, or degrees such as 1,2,3 (got {shown(text)})")
    return sorted({int(part) for part in parts})


def read_target(text: str, dim: int) -> ft.Target:
    """A target from powers by degree, "1:1,2:0.5", or else from a polynomial in x1 ... x<dim>.

    >>> read_target("1:1,2:0.5", dim=50)
    Target({1: 1.0, 2: 0.5})
    """
    if re.fullmatch(r"[\s0-9,.]*", text):
        raise ValueError(
            f"target must be powers by degree or a polynomial (got {shown(text)}); for degree 1 write 1:1"
        )
    if ":" not in text:
        return ft.Target.from_polynomial(text, dim)
    powers: dict[int, float] = {}
    for part in text.split(","):
        found = re.fullmatch(r"\s*([0-9]+)\s*:\s*([^\s:]+)\s*", part)
        try:
            degree, power = (int(found[1]), float(found[2])) if found else (None, 0.0)
        except ValueError:
            degree, power = None, 0.0
        if degree is None:
            raise ValueError(
                f"target must be degree:power pairs such as 1:1,2:0.5 (got {shown(part.strip())})"
            )
        if degree in powers:
            raise ValueError(f"target must name each degree once (got degree {degree} twice)")
        powers[degree] = power
    return ft.Target(powers)


def read_interval(text: str) -> tuple[float, float]:
    """Two numbers from "a:b"; ValueError for anything else.

    >>> read_interval("0:1/2")
    (0.0, 0.5)
    """
    parts = text.split(":")
    try:
        low, high = (float(read_number(part)) for part in parts)
    except (ValueError, click.BadParameter):
        raise ValueError(f"interval must be two numbers, low:high (got {shown(text)})") from None
    return low, high


def read_box(text: str) -> Any:
    """An interval, or one for each coupling from "a:b,c:d".

    >>> read_box("0:1"), read_box("0:1,-1:1/2")
    ((0.0, 1.0), [(0.0, 1.0), (-1.0, 0.5)])
    """
    found = [read_interval(part) for part in text.split(",")]
    return found[0] if len(found) == 1 else found


def read_point(name: str, text: str) -> float | list[float]:
    """A number, or one for each coupling from "x,y"; ValueError for anything else.

    >>> read_point("start", "0.3"), read_point("start", "0.3,-1/2")
    (0.3, [0.3, -0.5])
    """
    try:
        found = [float(read_number(part)) for part in text.split(",")]
    except (click.BadParameter, OverflowError):
        raise ValueError(f"{name} must be a number, or some such as 0.4,0.5 (got {shown(text)})") from None
    return found[0] if len(found) == 1 else found
