r"""Ring weights f(gamma): the sums over rings of all lengths, generated from their coverings by one line.

f = start T (1 - gamma T/2)^(-1) close with the transfer matrix T, and for the two shortest rings what their
words have less than their coverings: a rational function with its poles at gamma = 1. Exact fractions make
it, so that a learning curve needs no symbols; `ring_weight_formula` sums the same in SymPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from replicas.resummation.ring_coverings import close, coverings, skeleton_count, start, transfer_matrix

if TYPE_CHECKING:
    import sympy

_SHORT = (1, 2)  # links of the rings in which a word is not just one covering and swaps of its strands

Polynomial = list[Fraction]  # coefficients of 1, gamma, gamma^2, ...


@dataclass(frozen=True)
class RingWeight:
    """A sum over rings in closed form: sum_k numerator[k] gamma^k over (1 - gamma)^poles.

    So written it loses no digit next to its pole. For floats, arrays, complex steps and mpmath.

    >>> print(ring_sum("poisson"))
    (gamma + 2 gamma^2 - 2 gamma^3)/(1 - gamma)^2
    """

    numerator: tuple[int, ...]
    poles: int

    @classmethod
    def of(cls, top: Polynomial, bottom: Polynomial) -> RingWeight:
        """A quotient of polynomials in lowest terms; ArithmeticError for a pole elsewhere than at 1."""
        poles = 0
        while len(bottom) > 1 and sum(bottom) == 0:
            bottom, poles = _without_pole(bottom), poles + 1
        while poles and sum(top) == 0:
            top, poles = _without_pole(top), poles - 1
        top = [each / bottom[0] for each in top]
        while top and top[-1] == 0:
            top.pop()
        if any(bottom[1:]) or any(each.denominator != 1 for each in top):
            raise ArithmeticError(f"rings must have integer weights and poles at 1 (got {top} over {bottom})")
        return cls(tuple(map(int, top)), poles)

    def __call__(self, gamma: Any) -> Any:
        """The value at gamma."""
        *lower, total = self.numerator
        for coefficient in reversed(lower):
            total = total * gamma + coefficient if coefficient else total * gamma
        return total / (1 - gamma) ** self.poles

    def __sub__(self, other: RingWeight) -> RingWeight:
        top = _sum(_times(self._top, other._bottom), [-each for each in _times(other._top, self._bottom)])
        return self.of(top, _times(self._bottom, other._bottom))

    @property
    def _top(self) -> Polynomial:
        return [Fraction(each) for each in self.numerator]

    @property
    def _bottom(self) -> Polynomial:
        found = [Fraction(1)]
        for _ in range(self.poles):
            found = _times(found, [Fraction(1), Fraction(-1)])
        return found

    def __str__(self) -> str:
        text = ""
        for power, coefficient in enumerate(self.numerator):
            if coefficient:
                sign = (" - " if text else "-") if coefficient < 0 else (" + " if text else "")
                name = ("", "gamma", f"gamma^{power}")[min(power, 2)]
                size = "" if name and abs(coefficient) == 1 else str(abs(coefficient))
                text += sign + f"{size} {name}".strip()
        return f"({text})/(1 - gamma)" + (f"^{self.poles}" if self.poles > 1 else "")


@lru_cache
def ring_sum(ensemble: str = "poisson") -> RingWeight:
    """The ring weight f(gamma) for a Poisson number of points; "fixed": in degree 0 for exactly N points.

    Equation: ring-weights

    >>> print(ring_sum("fixed"))
    (-1 + 2 gamma^2)/(1 - gamma)
    """
    bottom = _determinant(transfer_matrix(ensemble))
    counts = [_per_word(m, ensemble) for m in range(1, len(bottom))]
    top = _times(counts, bottom)[: len(counts)]  # the series times its denominator ends there
    return RingWeight.of(_sum(top, _times(_short_rings(ensemble), bottom)), bottom)


def ring_weight_formula(ensemble: str = "poisson") -> sympy.Expr:
    """The ring weight f(gamma) as a formula, summed by SymPy.

    >>> ring_weight_formula(), ring_weight_formula("fixed")
    (-gamma*(2*gamma**2 - 2*gamma - 1)/(gamma - 1)**2, -(2*gamma**2 - 1)/(gamma - 1))
    """
    import sympy

    gamma = sympy.Symbol("gamma")
    matrix = sympy.Matrix(transfer_matrix(ensemble))
    summed = matrix * (sympy.eye(matrix.rows) - gamma * matrix / 2).inv()
    total = (sympy.Matrix([start()]) * summed * sympy.Matrix(close()))[0]
    short = _short_rings(ensemble)
    return sympy.factor(total + sum(sympy.Rational(c) * gamma**k for k, c in enumerate(short)))


def ring_weight(gamma: Any) -> Any:
    """The ring weight f(gamma) for a Poisson number of points.

    >>> ring_weight(0.5)
    3.0
    """
    return ring_sum("poisson")(gamma)


def frozen_ring_weight(gamma: Any) -> Any:
    """The ring weight f(gamma) in degree 0 for exactly N points.

    >>> frozen_ring_weight(0.5)
    -1.0
    """
    return ring_sum("fixed")(gamma)


@lru_cache
def frozen_number_sum() -> RingWeight:
    """The ring weight that exactly N points have more than a Poisson number, in degree 0.

    >>> print(frozen_number_sum())
    (-1)/(1 - gamma)^2
    """
    return ring_sum("fixed") - ring_sum("poisson")


def _per_word(links: int, ensemble: str) -> Fraction:
    """Coverings of a ring, up to swaps of the strands of all links but the one that is cut."""
    return Fraction(coverings(links, ensemble), 2 ** (links - 1))


def _short_rings(ensemble: str) -> Polynomial:
    """What the shortest rings have more by their words than by their coverings."""
    return [skeleton_count(m, ensemble) - _per_word(m, ensemble) for m in _SHORT]


def _determinant(matrix: Sequence[Sequence[int]]) -> Polynomial:
    """det(1 - gamma T/2), from the traces of powers of T (Newton's identities)."""
    size = len(matrix)
    power, traces = [list(row) for row in matrix], []
    for k in range(1, size + 1):
        traces.append(Fraction(sum(power[i][i] for i in range(size)), 2**k))
        power = [[sum(row[j] * matrix[j][i] for j in range(size)) for i in range(size)] for row in power]
    found = [Fraction(1)]
    for k in range(1, size + 1):
        found.append(-sum((found[k - i] * traces[i - 1] for i in range(1, k + 1)), Fraction(0)) / k)
    return found


def _times(left: Polynomial, right: Polynomial) -> Polynomial:
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found[i + j] += a * b
    return found


def _sum(left: Polynomial, right: Polynomial) -> Polynomial:
    size = max(len(left), len(right))
    return [sum((each[k] for each in (left, right) if k < len(each)), Fraction(0)) for k in range(size)]


def _without_pole(polynomial: Polynomial) -> Polynomial:
    """Divided by 1 - gamma, which it contains."""
    return [sum(polynomial[: k + 1], Fraction(0)) for k in range(len(polynomial) - 1)]
