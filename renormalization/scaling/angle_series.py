r"""Formulas as power series in a small angle, fractional powers included: where a kernel is not smooth.

SymPy's own `series` takes minutes for the kernels of deep networks. Here coefficients are mpmath numbers and
a formula is walked through once, each shared part once; with 80 digits, a first coefficient below 1e-45
counts as zero.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy
from mpmath import mp

from fieldtheory.expression_parts import parts
from fieldtheory.shown_value import shown

DIGITS = 80
ZERO = 1e-45


class FractionalPower(ArithmeticError):
    """A root of an odd power: the series goes in a smaller fraction of the variable."""


class TooShort(ArithmeticError):
    """Nothing but zeros so far: more terms are needed."""


@dataclass(frozen=True)
class Series:
    """sum_k coefficients[k] x^k + O(x^len), x = theta^(1/m) for an m that the caller knows."""

    coefficients: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.coefficients)

    @property
    def valuation(self) -> int:
        """The first power with a coefficient that is not zero; the length if there is none."""
        for k, c in enumerate(self.coefficients):
            if abs(c) > ZERO:
                return k
        return len(self)

    def __add__(self, other: Series) -> Series:
        return Series(tuple(a + b for a, b in zip(self.coefficients, other.coefficients, strict=False)))

    def __mul__(self, other: Series) -> Series:
        n = min(len(self), len(other))
        a, b = self._terms(n), other._terms(n)
        if len(a) > len(b):
            a, b = b, a
        sums: list[list[Any]] = [[] for _ in range(n)]
        for i, left in a:
            for j, right in b:
                if i + j >= n:
                    break
                sums[i + j].append((left, right))
        return Series(tuple(map(mp.fdot, sums)))

    def _terms(self, length: int) -> list[tuple[int, Any]]:
        """The powers below `length` that are there: of a number one, of an even series half."""
        return [(k, c) for k, c in enumerate(self.coefficients[:length]) if c]

    def scaled(self, factor: Any) -> Series:
        """Times a number."""
        return Series(tuple(factor * c for c in self.coefficients))

    def power(self, exponent: Fraction) -> Series:
        """This series to a rational power; FractionalPower if that is no series in x.

        x^v (c_0 + ...) has the power x^(v e) (c_0 + ...)^e: what is known shrinks with v for e < 1.
        """
        v = self.valuation
        if v == len(self):
            raise TooShort
        start = v * exponent
        if start.denominator != 1:
            raise FractionalPower
        if start < 0:
            raise ValueError("kernel must be finite at t = 1 and t = -1 (got an inverse of zero)")
        body = self.coefficients[v:]
        first, e = body[0], mp.mpf(exponent.numerator) / exponent.denominator
        if first < 0 and exponent.denominator != 1:
            raise ValueError("kernel must be real near t = 1 and t = -1 (got a root of a negative number)")
        out, terms = [mp.power(first, e)], [(i, (e + 1) * i, c) for i, c in enumerate(body) if i and c]
        for k in range(1, len(body)):
            known = (((rise - k) * c, out[k - i]) for i, rise, c in terms if i <= k and out[k - i])
            out.append(mp.fdot(known) / (k * first))
        return Series((mp.mpf(0),) * int(start) + tuple(out))

    def derivative(self) -> Series:
        """d/dx, one term shorter."""
        return Series(tuple(k * c for k, c in enumerate(self.coefficients))[1:])

    def integral(self, constant: Any) -> Series:
        """Integral from 0, one term longer, plus a constant."""
        return Series((constant, *(c / (k + 1) for k, c in enumerate(self.coefficients))))


def _chain(
    outer_slope: Callable[[Series], Series], value: Callable[[Any], Any]
) -> Callable[[Series], Series]:
    """f(u(x)) from f'(u(x)) as a series and f as a number."""

    def compose(u: Series) -> Series:
        return (outer_slope(u) * u.derivative()).integral(value(u.coefficients[0]))

    return compose


def _one_minus_square(u: Series) -> Series:
    squared = (u * u).scaled(-1).coefficients
    return Series((1 + squared[0], *squared[1:]))


def _arc(sign: int, value: Callable[[Any], Any]) -> Callable[[Series], Series]:
    """asin (+) or acos (-): u'/sqrt(1 - u^2), where at u = 1 both have a zero."""

    def compose(u: Series) -> Series:
        rest, slope = _one_minus_square(u), u.derivative()
        v = rest.valuation
        if v == len(rest):
            raise TooShort
        if v % 2:
            raise FractionalPower
        root = rest.power(Fraction(1, 2)).coefficients[v // 2 :]
        lead = Series(slope.coefficients)
        if any(abs(c) > ZERO for c in lead.coefficients[: v // 2]):
            raise FractionalPower
        quotient = Series(lead.coefficients[v // 2 :]) * Series(root).power(Fraction(-1))
        start = min(max(u.coefficients[0], mp.mpf(-1)), mp.mpf(1))
        return quotient.scaled(sign).integral(value(start))

    return compose


def _exponential(u: Series) -> Series:
    a, n = u.coefficients, len(u)
    out = [mp.exp(a[0])]
    for k in range(1, n):
        out.append(mp.fsum(i * a[i] * out[k - i] for i in range(1, k + 1)) / k)
    return Series(tuple(out))


def _hyperbolic(sign: int) -> Callable[[Series], Series]:
    return lambda u: (_exponential(u) + _exponential(u.scaled(-1)).scaled(sign)).scaled(mp.mpf(1) / 2)


def _circular(order: int) -> Callable[[Series], Series]:
    """cos (0) and sin (1) by their linear differential equation."""

    def compose(u: Series) -> Series:
        a, n = u.coefficients, len(u)
        s, c = [mp.sin(a[0])], [mp.cos(a[0])]
        for k in range(1, n):
            s.append(mp.fsum(i * a[i] * c[k - i] for i in range(1, k + 1)) / k)
            c.append(-mp.fsum(i * a[i] * s[k - i] for i in range(1, k + 1)) / k)
        return Series(tuple(s if order else c))

    return compose


_FUNCTIONS: dict[Any, Callable[[Series], Series]] = {
    sympy.exp: _exponential,
    sympy.log: _chain(lambda u: u.power(Fraction(-1)), mp.log),
    sympy.sinh: _hyperbolic(-1),
    sympy.cosh: _hyperbolic(1),
    sympy.sin: _circular(1),
    sympy.cos: _circular(0),
    sympy.acos: _arc(-1, mp.acos),
    sympy.asin: _arc(1, mp.asin),
    sympy.atan: _chain(lambda u: _plus_one(u * u).power(Fraction(-1)), mp.atan),
}


def _plus_one(u: Series) -> Series:
    return Series((1 + u.coefficients[0], *u.coefficients[1:]))


def angle_series(formula: sympy.Expr, symbol: sympy.Symbol, end: int, length: int) -> tuple[Series, int]:
    """formula(t) at t = end cos(theta), end = 1 or -1, as a series in theta^(1/m), and m.

    At least `length` coefficients. ValueError for functions that it cannot expand.

    >>> t = sympy.Symbol("t")
    >>> series, m = angle_series(sympy.exp(-sympy.sqrt(2 - 2 * t)), t, 1, 3)
    >>> m, [float(c) for c in series.coefficients[:3]]
    (1, [1.0, -1.0, 0.5])
    """
    for m in (1, 2, 4, 8):
        terms = length + 4
        while terms <= 16 * (length + 4):
            try:
                with mp.workdps(DIGITS):
                    found = _expanded(formula, symbol, _cosine(end, m, terms * m))
            except FractionalPower:
                break
            except TooShort:
                found = Series(())
            if len(found) >= length * m:
                return found, m
            terms *= 2
    raise ValueError(f"kernel must have a series in a root of the angle (got {shown(formula)})")


def _cosine(end: int, m: int, terms: int) -> Series:
    out = [mp.mpf(0)] * terms
    for k in range(0, (terms - 1) // m + 1, 2):
        out[k * m] = end * mp.mpf((-1) ** (k // 2)) / mp.factorial(k)
    return Series(tuple(out))


def _expanded(formula: sympy.Expr, symbol: sympy.Symbol, start: Series) -> Series:
    """From the leaves up, each shared part once; numbers stay numbers until they meet the symbol."""
    numbers: dict[int, sympy.Expr] = {}
    found: dict[int, Series] = {}
    for part in parts(formula):
        below = part.args
        if part == symbol:
            found[id(part)] = start
        elif part.is_Number or part.is_NumberSymbol or (below and all(id(each) in numbers for each in below)):
            exact = part.func(*(numbers[id(each)] for each in below)) if below else part
            numbers[id(part)] = exact.evalf(DIGITS)
            value = mp.mpmathify(numbers[id(part)])
            found[id(part)] = Series((value,) + (mp.mpf(0),) * (len(start) - 1))
        elif part.is_Pow and id(below[1]) in numbers:
            exponent = sympy.nsimplify(below[1], rational=True)
            power = Fraction(int(exponent.p), int(exponent.q))
            found[id(part)] = found[id(below[0])].power(power)
        else:
            found[id(part)] = _composed(part, [found[id(each)] for each in below])
    return found[id(formula)]


def _composed(part: sympy.Expr, below: list[Series]) -> Series:
    if part.is_Add or part.is_Mul:
        return reduce(operator.add if part.is_Add else operator.mul, below)
    if part.func in _FUNCTIONS:
        return _FUNCTIONS[part.func](*below)
    raise ValueError(
        f"kernel must be made of powers, exp, log, (arc, hyperbolic) sines, cosines (got {part.func})"
    )
