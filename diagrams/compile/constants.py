r"""Constants of expressions, to more digits than float64 has and beyond its range.

A part without symbols is evaluated from the bottom up, what is shared once, at two precisions, and at higher
ones where these disagree.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sympy
from mpmath import mp

from diagrams.arguments import TheoryError
from diagrams.compile import tiles
from fieldtheory.shown_value import shown

Constant = Any  # float if that is exact, else mpmath's mpf

_DIGITS = (30, 50, 100, 200, 400, 800, 1600)
_AGREE = mp.mpf(10) ** -20
_NOTHING = mp.mpf(10) ** -350  # 0 in float64, if 400 digits and more say so: zero in disguise
_BITS = 1 << 20  # of exponents: functions of larger numbers take too long
_BITS_OF_FLOATS = 1021
_NAMES = {"Abs": "fabs", "ceiling": "ceil"}  # mpmath's, where they are others than SymPy's
_FUNCTIONS = {
    getattr(sympy, name): getattr(mp, _NAMES.get(name, name)) for name in [*tiles.FUNCTIONS, "atan2"]
} | {sympy.Pow: mp.power}


def fits(value: Constant) -> bool:
    """Whether float64 has a normal number for a value, or it is 0."""
    return type(value) is float or -_BITS_OF_FLOATS < mp.mag(value) < _BITS_OF_FLOATS or value == 0


def times(first: Constant, second: Constant) -> Constant:
    """The product.

    >>> times(1.0, 0.5), times(1e300, 1e300)
    (0.5, mpf('1.0e+600'))
    """
    if type(first) is float and first == 1:
        return second
    return first if type(second) is float and second == 1 else mp.mpf(first) * second


def plus(first: Constant, second: Constant) -> Constant:
    """The sum."""
    if type(first) is float and first == 0:
        return second
    return first if type(second) is float and second == 0 else mp.mpf(first) + second


def constant_parts(found: Sequence[sympy.Basic]) -> set[int]:
    """The identities of those parts that are numbers; `found`: arguments before what is made of them."""
    fixed: set[int] = set()
    for part in found:
        if part.args:
            is_fixed = isinstance(part, sympy.Expr) and all(id(each) in fixed for each in part.args)
        else:
            is_fixed = part.is_Number or part.is_NumberSymbol or part is sympy.I
        if is_fixed:
            fixed.add(id(part))
    return fixed


def constant_values(found: Sequence[sympy.Basic], fixed: Collection[int]) -> dict[int, Constant]:
    """By identity, the values of those `fixed` parts that something else is made of, and of the whole.

    TheoryError for a value that is not real and finite.
    """
    wanted = {id(each): each for part in found if id(part) not in fixed for each in part.args}
    wanted[id(found[-1])] = found[-1]
    wanted = {key: part for key, part in wanted.items() if key in fixed}
    known = {key: _rational(part) for key, part in wanted.items() if part.is_Rational}
    open_ones = {key: part for key, part in wanted.items() if key not in known}
    if not open_ones:
        return known
    inner = [part for part in found if id(part) in fixed]
    coarse = _evaluated(inner, _DIGITS[0])
    for digits in _DIGITS[1:]:
        fine = _evaluated(inner, digits)
        for key, part in list(open_ones.items()):
            rough, value = coarse[key], fine[key]
            near = abs(rough - value) <= _AGREE * abs(value)
            if near and abs(mp.im(value)) <= _AGREE * abs(value):
                known[key] = +mp.re(value)
            elif max(abs(rough), abs(value)) < _NOTHING and digits > 400:
                known[key] = 0.0
            elif near:
                raise _refuse(part)
            else:
                continue
            del open_ones[key]
        if not open_ones:
            return known
        coarse = fine
    raise _refuse(next(iter(open_ones.values())))


def _refuse(part: Any) -> TheoryError:
    return TheoryError(f"expression must have real numbers in the float range (got {shown(part)})")


def _rational(value: Any) -> Constant:
    p, q = int(value.p), int(value.q)
    if p.bit_length() <= 53 and q & (q - 1) == 0 and q.bit_length() < _BITS_OF_FLOATS:
        return p / q
    return mp.mpf(p) / q


def _evaluated(inner: Sequence[Any], digits: int) -> dict[int, Any]:
    """By identity, the values of all constant parts at this precision, real or complex."""
    values: dict[int, Any] = {}
    with mp.workdps(digits):
        for part in inner:
            try:
                value = _value(part, [values[id(each)] for each in part.args], digits)
                if not mp.isfinite(value) or abs(mp.mag(value) if value else 0) > _BITS:
                    raise OverflowError
            except (ArithmeticError, TypeError, ValueError):
                raise _refuse(part) from None
            values[id(part)] = value
    return values


def _value(part: Any, below: list[Any], digits: int) -> Any:
    if part.is_Rational:
        return mp.mpf(int(part.p)) / int(part.q)
    if part.is_Add:
        return mp.fsum(below)
    if part.is_Mul:
        return mp.fprod(below)
    if part.func in _FUNCTIONS:
        return _FUNCTIONS[part.func](*below)
    exact = part.func(*map(sympy.sympify, below)) if below else part
    return mp.mpmathify(exact.evalf(digits))
