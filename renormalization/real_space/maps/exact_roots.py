"""Roots of equations that become polynomial in x or in exp(x): exact, all of the real ones."""

from __future__ import annotations

import math

import sympy

_DEGREE = 64  # of a polynomial that is factored
_TOLERANCE = 1e-12  # what is not a root of the equation itself came in when it was made polynomial


def exact_roots(equation: sympy.Expr, x: sympy.Symbol) -> list[sympy.Expr]:
    """The real roots of `equation` = 0 that can be had exactly, in increasing order; none for others.

    Sums of logarithms are exponentiated, exponentials of multiples of x become powers of one unknown, and the
    factors over the rationals that hold only x or only the exponential are solved: by radicals up to degree
    two, else as roots of their minimal polynomial.

    >>> x = sympy.Symbol("x")
    >>> exact_roots(sympy.log(sympy.cosh(x) / 2), x)
    [log(2 - sqrt(3)), log(sqrt(3) + 2)]
    """
    written = equation.rewrite(sympy.exp).rewrite(sympy.log)
    if written.atoms(sympy.Float):
        return []
    numerator = _numerator(_without_logarithms(written, x))
    u = sympy.Dummy("u", positive=True)
    rate = _rate(numerator, x)
    if rate:
        powers = {each: u ** (each.exp / x / rate) for each in numerator.atoms(sympy.exp)}
        numerator = _numerator(numerator.xreplace(powers))
    if not numerator.is_polynomial(x, u) or numerator.is_zero:
        return []
    polynomial = sympy.Poly(numerator, x, u)
    if polynomial.total_degree() > _DEGREE or not (polynomial.domain.is_QQ or polynomial.domain.is_ZZ):
        return []
    found: set[sympy.Expr] = set()
    for factor, _ in polynomial.factor_list()[1]:
        held = factor.free_symbols
        if held == {x}:
            found.update(_real_roots(factor.as_expr(), x))
        elif held == {u}:
            positive = (each for each in _real_roots(factor.as_expr(), u) if each.evalf() > 0)
            found.update(sympy.log(each) / rate for each in positive)
    roots = [each for each in found if _is_root(equation, x, each)]
    return sorted(roots, key=float)


def _real_roots(factor: sympy.Expr, unknown: sympy.Symbol) -> list[sympy.Expr]:
    """In a plain symbol: what is assumed of the unknown must not enter the roots."""
    plain = sympy.Symbol("x")
    return [sympy.radsimp(each) for each in sympy.real_roots(factor.xreplace({unknown: plain}), plain)]


def _without_logarithms(equation: sympy.Expr, x: sympy.Symbol) -> sympy.Expr:
    """An equation without logarithms, if this one is a rational combination of logarithms and x."""
    bases: list[tuple[sympy.Rational, sympy.Expr]] = []
    for term in sympy.Add.make_args(sympy.expand_mul(equation)):
        coefficient, rest = term.as_coeff_Mul()
        if not coefficient.is_Rational or not (isinstance(rest, sympy.log) or rest == x):
            return equation
        bases.append((coefficient, sympy.exp(x) if rest == x else rest.args[0]))
    common = math.lcm(*(int(coefficient.q) for coefficient, _ in bases))
    sides = [sympy.S.One, sympy.S.One]
    for coefficient, base in bases:
        sides[bool(coefficient < 0)] *= base ** abs(common * coefficient)
    return sides[0] - sides[1]


def _numerator(equation: sympy.Expr) -> sympy.Expr:
    return sympy.fraction(sympy.together(sympy.powsimp(equation)))[0]


def _rate(equation: sympy.Expr, x: sympy.Symbol) -> sympy.Rational:
    """The largest number of which every exponent is a multiple times x; 0 if there is none."""
    rates = [each.exp / x for each in equation.atoms(sympy.exp)]
    if not rates or not all(rate.is_Rational for rate in rates):
        return sympy.S.Zero
    common = math.lcm(*(int(rate.q) for rate in rates))
    return sympy.Rational(math.gcd(*(int(rate * common) for rate in rates)), common)


def _is_root(equation: sympy.Expr, x: sympy.Symbol, root: sympy.Expr) -> bool:
    value = equation.xreplace({x: root.evalf(30)}).evalf(20)
    return bool(value.is_number and value.is_finite and abs(value) < _TOLERANCE * (1 + abs(root.evalf())))
