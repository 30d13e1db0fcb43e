r"""Polynomials on the sphere: safe reading of text, exact decomposition into harmonics.

A polynomial is kept as a sparse dictionary, so that its cost depends on its terms and not on the dimension.
A homogeneous polynomial :math:`p_n` splits uniquely as :math:`p_n = \sum_k |x|^{2k} h_{n-2k}` with harmonic
:math:`h_l`.  From :math:`\Delta |x|^{2k} h_l = 2k(2k + 2l + d - 2)\,|x|^{2k-2} h_l`,

.. math:: h_l = H_l\Big(\Delta^k p_n \Big/ \prod_{i=1}^{k} 2i(2i+2l+d-2)\Big), \qquad k = (n-l)/2,
.. math:: H_l(q) = \sum_j a_{lj}\,|x|^{2j}\Delta^j q, \qquad
          a_{lj} = \frac{(-1)^j}{2^j\,j!\,\prod_{i=1}^{j}(2l+d-2-2i)} .

In the product :math:`[p, q] = p(\partial)\,q` monomials are orthogonal, :math:`[x^\alpha, x^\alpha]=\alpha!`,
multiplication by :math:`|x|^2` is the adjoint of :math:`\Delta`, and for harmonics of degree :math:`l` it is
:math:`d(d+2)\cdots(d+2l-2)` times the mean over the sphere.  Hence Laplacians alone give the power

.. math:: \|H_l(q)\|^2 = \frac{1}{d(d+2)\cdots(d+2l-2)} \sum_j a_{lj}\,[\Delta^j q, \Delta^j q] .

Source: Axler, Bourdon, Ramey, *Harmonic Function Theory* (2nd ed., 2001), chapter 5; Stein, Weiss, *Fourier
Analysis on Euclidean Spaces* (1971), chapter IV.2.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import combinations_with_replacement
from math import factorial, prod

import sympy

from fieldtheory.arguments import require_dimension
from fieldtheory.formula_text import exact_number, read_formula
from fieldtheory.shown_value import shown

# Limits that keep hostile or mistaken input to a few seconds and a few hundred megabytes.
MAX_LENGTH = 200_000  # characters of text
MAX_NESTING = 80  # parentheses, or levels of a SymPy expression; the reader recurses
MAX_DEGREE = 300
MAX_DIGITS = 1000  # of a number in text
MAX_BITS = 10_000  # of a numerator or denominator
MAX_WORK = 500_000  # sums of terms, over the expansion and the projections after it
MAX_GENERATORS = 200  # sympy.Poly recurses over its generators and fails near 500

# ((index, exponent), ...) with increasing index: coordinates x_i have index i >= 1, irrational constants
# such as sqrt(2) are carried along like variables with index <= -1.
Monomial = tuple[tuple[int, int], ...]
Terms = dict[Monomial, Fraction]


@dataclass
class _Expansion:
    """Sparse ring arithmetic that gives up, with a ValueError, before it gets expensive."""

    work: int = 0

    def constant(self, value: Fraction) -> Terms:
        terms: Terms = {}
        self.add(terms, {(): value})
        return terms

    def add(self, total: Terms, terms: Terms) -> None:
        """Add to ``total`` in place, so that a long sum costs its length and not its square."""
        for monomial, coefficient in terms.items():
            total[monomial] = value = total.get(monomial, Fraction(0)) + coefficient
            if not value:
                del total[monomial]
            bits = max(value.numerator.bit_length(), value.denominator.bit_length())
            if bits > MAX_BITS:
                raise ValueError(f"polynomial must have numbers of at most {MAX_BITS} bits (got {bits})")
            self.work += 1 + bits // 512  # long numbers are charged for their length
            if self.work > MAX_WORK:
                raise ValueError(f"polynomial must need at most {MAX_WORK} term operations (got more)")

    def multiply(self, left: Terms, right: Terms) -> Terms:
        degree = _degree(left) + _degree(right)
        if degree > MAX_DEGREE:
            raise ValueError(f"polynomial must have degree at most {MAX_DEGREE} (got {degree})")
        result: Terms = {}
        for monomial, coefficient in left.items():
            self.add(result, {_product(monomial, other): coefficient * c for other, c in right.items()})
        return result

    def power(self, base: Terms, exponent: int) -> Terms:
        if exponent * max(_degree(base), 1) > MAX_DEGREE:
            raise ValueError(
                f"polynomial must have exponents of at most {MAX_DEGREE} (got {shown(exponent)})"
            )
        return reduce(self.multiply, [base] * exponent, self.constant(Fraction(1)))


def _degree(terms: Iterable[Monomial]) -> int:
    return max((sum(exponent for _, exponent in monomial) for monomial in terms), default=0)


def _product(left: Monomial, right: Monomial) -> Monomial:
    exponents = dict(left)
    for index, exponent in right:
        exponents[index] = exponents.get(index, 0) + exponent
    return tuple(sorted(exponents.items()))


@dataclass
class _Polynomials:
    """The algebra of the text of a polynomial in x1 .. x<dim>."""

    dim: int
    expansion: _Expansion
    what: str = "polynomial"

    @property
    def allowed(self) -> str:
        return f"numbers, x1..x{self.dim}, + - * / ** ^ and parentheses"

    def number(self, literal: str) -> Terms:
        return self.expansion.constant(exact_number(literal, self.what, MAX_DIGITS))

    def name(self, name: str) -> Terms | None:
        if not re.fullmatch("x[0-9]+", name):
            return None
        return {((_coordinate(name, self.dim), 1),): Fraction(1)}

    def sum(self, terms: Sequence[Terms]) -> Terms:
        total, *others = terms
        for each in others:
            self.expansion.add(total, each)
        return total

    def negative(self, value: Terms) -> Terms:
        return {monomial: -c for monomial, c in value.items()}

    def multiply(self, left: Terms, right: Terms) -> Terms:
        return self.expansion.multiply(left, right)

    def divide(self, left: Terms, right: Terms) -> Terms:
        if list(right) != [()]:
            found = "a polynomial" if right else "zero"
            raise ValueError(f"polynomial must be divided by non-zero numbers only (got {found})")
        return self.expansion.multiply(left, {(): 1 / right[()]})

    def power(self, base: Terms, exponent: Terms) -> Terms:
        value = exponent.get((), Fraction(0))
        if set(exponent) - {()} or value < 0 or value.denominator != 1:
            found = "variables" if set(exponent) - {()} else shown(value)
            raise ValueError(f"polynomial must have non-negative integer exponents (got {found})")
        return self.expansion.power(base, value.numerator)


def _read(text: object, dim: int, expansion: _Expansion) -> Terms:
    return read_formula(text, _Polynomials(dim, expansion), MAX_LENGTH, MAX_NESTING)


def _coordinate(name: str, dim: int) -> int:
    match = re.fullmatch(r"x([1-9][0-9]{0,17})", name)
    if match is None or int(match[1]) > dim:
        raise ValueError(f"polynomial must have variables x1..x{dim} only (got {shown(name)})")
    return int(match[1])


@dataclass
class _Conversion:
    """A SymPy expression read into sparse terms."""

    dim: int
    places: dict[sympy.Symbol, int] | None
    expansion: _Expansion
    constants: list[sympy.Expr] = field(default_factory=list)

    def terms(self, expression: sympy.Expr, depth: int = 0) -> Terms:
        if depth > MAX_NESTING:
            raise ValueError(f"polynomial must be nested at most {MAX_NESTING} deep (got more)")
        if expression.is_Rational or expression.is_Float:
            return self.expansion.constant(Fraction(*map(int, sympy.Rational(expression).as_numer_denom())))
        if expression.is_Symbol:
            if self.places is None:
                return {((_coordinate(expression.name, self.dim), 1),): Fraction(1)}
            if expression not in self.places:
                raise ValueError(f"polynomial must have the symbols of variables only (got {expression})")
            return {((self.places[expression], 1),): Fraction(1)}
        if expression.is_Add:
            total: Terms = {}
            for argument in expression.args:
                self.expansion.add(total, self.terms(argument, depth + 1))
            return total
        if expression.is_Mul:
            return reduce(
                self.expansion.multiply, (self.terms(factor, depth + 1) for factor in expression.args)
            )
        if expression.is_Pow and expression.exp.is_Integer and expression.exp >= 0:
            return self.expansion.power(self.terms(expression.base, depth + 1), int(expression.exp))
        if expression.is_finite is False or not expression.is_comparable:
            what = f"a polynomial in x1..x{self.dim} with finite real coefficients"
            raise ValueError(f"polynomial must be {what} (got {shown(expression)})")
        if expression not in self.constants:
            self.constants.append(expression)
        return {((-1 - self.constants.index(expression), 1),): Fraction(1)}


def parse_polynomial(text: str, dim: int) -> sympy.Poly:
    """Read a polynomial in the coordinates ``x1 .. x<dim>`` from text, without executing anything.

    Numbers may be integers, decimals (read exactly: ``0.1`` is 1/10) and quotients; the operators are
    ``+ - * /`` (division by numbers only), ``**`` or ``^`` with a non-negative integer exponent, parentheses.

    Returns a :class:`sympy.Poly` over QQ whose generators are the variables that occur (``x1`` if none does).
    It can have at most 200 of them; :func:`harmonic_powers` takes the text itself and has no such limit.
    Raises ValueError for other text, variables out of range, and polynomials too large to expand.

    >>> parse_polynomial("x1*x2 + 0.5*(x3 - x1)^2", dim=50)
    Poly(1/2*x1**2 + x1*x2 - x1*x3 + 1/2*x3**2, x1, x2, x3, domain='QQ')
    """
    terms = _read(text, require_dimension(dim), _Expansion())
    indices = sorted({index for monomial in terms for index, _ in monomial}) or [1]
    if len(indices) > MAX_GENERATORS:
        raise ValueError(f"polynomial must have at most {MAX_GENERATORS} variables (got {len(indices)})")
    dense: dict[tuple[int, ...], sympy.Rational] = {}
    for monomial, coefficient in terms.items():
        exponents = dict(monomial)
        key = tuple(exponents.get(index, 0) for index in indices)
        dense[key] = sympy.Rational(coefficient.numerator, coefficient.denominator)
    return sympy.Poly.from_dict(dense, *(sympy.Symbol(f"x{index}") for index in indices), domain=sympy.QQ)


def harmonic_powers(
    polynomial: sympy.Expr | sympy.Poly | str | float,
    dim: int,
    variables: Sequence[sympy.Symbol] | None = None,
) -> dict[int, sympy.Expr]:
    r"""Exact power :math:`g_l^2 = \|\Pi_l p\|^2` of a polynomial in each degree of spherical harmonics.

    The norm is that of the uniform measure of total mass 1 on the sphere :math:`S^{d-1}`, d = ``dim`` >= 2;
    :math:`\Pi_l` projects the restriction of p to it onto harmonics of degree l.  Degrees without power are
    left out; the powers add up to the mean of p² over the sphere.

    ``polynomial`` is a SymPy expression or Poly, or text as in :func:`parse_polynomial`, in the coordinates
    ``x1 .. x<dim>``, or in ``variables``, whose i-th symbol is the i-th coordinate.  Coefficients are real
    numbers: rationals give :class:`sympy.Rational` powers, floats count as the binary fraction they are, and
    irrational constants such as sqrt(2) stay exact.  Raises ValueError for anything else, dim < 2, and
    polynomials too large to expand.  Source: the module's docstring.

    >>> harmonic_powers("x1*x2 + x1**2", dim=50)
    {0: 1/2500, 2: 37/32500}
    >>> x, y = sympy.symbols("x y")
    >>> harmonic_powers(sympy.sqrt(2) * x * y, dim=3, variables=[x, y])
    {2: 2/15}
    """
    dim = require_dimension(dim)
    places = None if variables is None else {symbol: i for i, symbol in enumerate(variables, start=1)}
    if places is not None and not len(variables or ()) == len(places) <= dim:
        raise ValueError(f"variables must be at most {dim} different SymPy symbols (got {shown(variables)})")
    expansion = _Expansion()
    conversion = _Conversion(dim, places, expansion)
    families = _families(_terms(polynomial, conversion), conversion)
    powers: dict[int, sympy.Expr] = {}
    for degree in sorted({m for family in families.values() for lineage in family.values() for m in lineage}):
        parts = [(constant, _part(degree, family, dim, expansion)) for constant, family in families.items()]
        power = sympy.Integer(0)
        for (c1, q1), (c2, q2) in combinations_with_replacement(parts, 2):
            mean = _mean_product(degree, q1, q2, dim) * (1 if q1 is q2 else 2)
            power += sympy.expand(c1 * c2 * sympy.Rational(mean.numerator, mean.denominator))
        if power != 0 and (power.is_Rational or not power.equals(0)):
            powers[degree] = power
    return powers


def _terms(polynomial: object, conversion: _Conversion) -> Terms:
    if isinstance(polynomial, str):
        if conversion.places is not None:
            raise ValueError("variables must be None for text, whose variables are x1, x2, ... (got symbols)")
        return _read(polynomial, conversion.dim, conversion.expansion)
    if isinstance(polynomial, sympy.Poly):
        polynomial = polynomial.as_expr()
    if isinstance(polynomial, int | float | Fraction):
        polynomial = sympy.sympify(polynomial)
    if not isinstance(polynomial, sympy.Expr):
        raise ValueError(f"polynomial must be a SymPy expression, Poly or text (got {shown(polynomial)})")
    return conversion.terms(polynomial)


# The homogeneous part of each degree n, with its repeated Laplacians by their degree n, n - 2, ...
Family = dict[int, dict[int, Terms]]


def _families(terms: Terms, conversion: _Conversion) -> dict[sympy.Expr, Family]:
    """Split into polynomials with rational coefficients, each times one real constant."""
    constants: dict[Monomial, list[tuple[Fraction, sympy.Expr]]] = {}
    families: dict[sympy.Expr, Family] = {}
    for monomial, coefficient in terms.items():
        constant = tuple(factor for factor in monomial if factor[0] < 0)
        if constant not in constants:
            expression = sympy.Mul(*(conversion.constants[-1 - index] ** e for index, e in constant))
            parts = (p.as_coeff_Mul(rational=True) for p in sympy.Add.make_args(sympy.expand(expression)))
            constants[constant] = [(Fraction(int(r.p), int(r.q)), rest) for r, rest in parts]
        coordinates = monomial[len(constant) :]
        degree = _degree([coordinates])
        for rational, rest in constants[constant]:
            lineage = families.setdefault(rest, {}).setdefault(degree, {degree: {}})
            conversion.expansion.add(lineage[degree], {coordinates: rational * coefficient})
    for family in families.values():
        for degree, lineage in family.items():
            for m in range(degree - 2, -1, -2):
                lineage[m] = _laplacian(lineage[m + 2], conversion.expansion)
    return families


def _laplacian(terms: Terms, expansion: _Expansion) -> Terms:
    result: Terms = {}
    for monomial, coefficient in terms.items():
        for i, (index, e) in enumerate(monomial):
            if e >= 2:
                derived = monomial[:i] + (((index, e - 2),) if e > 2 else ()) + monomial[i + 1 :]
                expansion.add(result, {derived: e * (e - 1) * coefficient})
    return result


def _part(degree: int, family: Family, dim: int, expansion: _Expansion) -> list[Terms]:
    """Δ^j q for j = 0, 1, ... of the q whose projection H_l(q) is the part of degree l."""
    result: list[Terms] = [{} for _ in range(degree // 2 + 1)]
    for n, lineage in family.items():
        if degree in lineage:
            height = prod(2 * i * (2 * i + 2 * degree + dim - 2) for i in range(1, (n - degree) // 2 + 1))
            for j, total in enumerate(result):
                expansion.add(total, {key: c / height for key, c in lineage[degree - 2 * j].items()})
    return result


def _mean_product(degree: int, left: list[Terms], right: list[Terms], dim: int) -> Fraction:
    """Mean over the sphere of the product of the harmonics H_l(q), H_l(q') of one degree."""
    total, a = Fraction(0), Fraction(1)
    for j, (p, q) in enumerate(zip(left, right, strict=True)):
        if j:
            a /= -2 * j * (2 * degree + dim - 2 - 2 * j)
        for monomial in p.keys() & q.keys():
            total += a * p[monomial] * q[monomial] * prod(factorial(e) for _, e in monomial)
    return total / prod(range(dim, dim + 2 * degree, 2))
