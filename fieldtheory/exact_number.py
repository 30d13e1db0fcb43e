"""Numbers that users give, as exact numbers of SymPy."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from fieldtheory.shown_value import shown


def exact(name: str, value: Any) -> Any:
    """An exact number or expression: a float stands for the decimal it prints as.

    >>> exact("ridge", 0.02)
    1/50
    """
    import sympy

    if isinstance(value, float) and math.isfinite(value):
        decimal = Fraction(repr(float(value)))
        return sympy.Rational(decimal.numerator, decimal.denominator)
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    if isinstance(value, sympy.Expr):
        return value
    try:
        return sympy.Rational(str(value))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number or a SymPy expression (got {shown(value)})") from None
