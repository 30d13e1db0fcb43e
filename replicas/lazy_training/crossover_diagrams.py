r"""The mean of R = Theta_end/Theta_0 over initial weights, as a field theory in 1/h.

A response field of R imposes Theta_0^2 (R^2 - 1) = 4 (2 f_0 x + x^2)/h, x = y/alpha, with Grassmann fields
for its Jacobian. Theta_0 = 2 (1 + e theta) and f_0, with e = h^(-1/2), have response fields too, over which
the h independent neurons put -(h/2) ln[(1 - e theta_r)^2 - e^2 f_r^2], all their cumulants.
"""

from __future__ import annotations

from functools import cache

import sympy

from diagrams import Expansion, Field, Theory, generate
from fieldtheory.arguments import require_choice, require_integer

HIGHEST = {"scale": 3, "crossover": 2}  # orders in 1/h: the next ones have 5047 and 66229 diagrams
SMALL, DRIVE, GROWTH, NOISE = sympy.symbols("e x R g")
_THETA, _THETA_R, _F, _F_R, _SIGMA, _SIGMA_R = sympy.symbols("theta theta_r f f_r sigma sigma_r")
_BAR, _GHOST = sympy.symbols("c_bar c", commutative=False)


def require_order(order: int, fixed: str) -> int:
    """An order in 1/h for which the diagrams are few enough."""
    highest = HIGHEST[require_choice("fixed", fixed, HIGHEST)]
    return require_integer("order", order, minimum=0, maximum=highest)


def linear_crossover_theory(order: int, fixed: str = "scale") -> Theory:
    """The theory of R = R_0 + e sigma, e = h^(-1/2), with the vertices for the power `order` of 1/h.

    `fixed` while h grows: "scale", alpha, where R_0 = 1 and training is a source of order e; or "crossover",
    alpha sqrt(h), where R_0 = R = sqrt(1 + g^2), g = y/(alpha sqrt(h)).

    Equation: linear-crossover-mean

    >>> print(linear_crossover_theory(1).vertices[0])
    sigma_r1_e1: e*x**2/2 sigma_r, order 1 in e
    """
    return _theory(require_order(order, fixed), fixed)


def linear_crossover_diagrams(order: int, fixed: str = "scale") -> Expansion:
    """The diagrams of <sigma> that make up the power `order` >= 1 of 1/h of <R> (`linear_crossover_theory`).

    Equation: linear-crossover-mean

    >>> (diagram,) = linear_crossover_diagrams(1)
    >>> diagram.value
    e*x**2/2
    >>> len(linear_crossover_diagrams(2)), len(linear_crossover_diagrams(1, fixed="crossover"))
    (8, 7)
    """
    return _diagrams(require_integer("order", require_order(order, fixed), minimum=1), fixed)


@cache
def crossover_coefficient(order: int, fixed: str) -> sympy.Expr:
    """What the power `order` of 1/h has in <R>: a polynomial in x = y/alpha, or in R and 1/R.

    >>> crossover_coefficient(2, "scale"), crossover_coefficient(1, "crossover")
    (-x**4/8 + x**2, R - 1/R)
    """
    if order == 0:
        return GROWTH if fixed == "crossover" else sympy.Integer(1)
    found = _diagrams(order, fixed).value / SMALL ** (2 * order - 1)
    return sympy.expand(found.subs(NOISE, sympy.sqrt(GROWTH**2 - 1)))


@cache
def _theory(order: int, fixed: str) -> Theory:
    e, highest = SMALL, max(2 * order - 1, 0)
    start = GROWTH if fixed == "crossover" else sympy.Integer(1)
    training = (
        e * NOISE * _F + (GROWTH**2 - 1) / 2 if fixed == "crossover" else e**2 * (DRIVE * _F + DRIVE**2 / 2)
    )
    spread = (1 + e * _THETA) ** 2
    change = sympy.expand(((start + e * _SIGMA) ** 2 - 1) * spread / 2 - training)
    jacobian = sympy.expand((start + e * _SIGMA) * spread)
    action = (
        _THETA_R * _THETA
        + _F_R * _F
        + _neurons(highest)
        + sympy.expand(_SIGMA_R * change / e)
        + jacobian * _BAR * _GHOST
    )
    ghosts = (
        Field("c_bar", r"\bar c", statistics="grassmann"),
        Field("c", statistics="grassmann"),
    )
    commuting = (_THETA, _THETA_R, _F, _F_R, _SIGMA, _SIGMA_R)
    return Theory.from_action(sympy.expand(action), [*commuting, *ghosts], small=[e])


def _neurons(highest: int) -> sympy.Expr:
    """theta_r/e + ln[(1 - e theta_r)^2 - e^2 f_r^2]/(2 e^2) up to e^highest."""
    e, terms = SMALL, []
    for n in range(2, highest + 3):  # of ln(1 - e theta_r)
        terms.append(-(e ** (n - 2)) * _THETA_R**n / n)
    for m in range(1, highest // 2 + 2):  # of ln(1 - e^2 f_r^2/(1 - e theta_r)^2)
        for k in range(highest + 3 - 2 * m):
            weight = sympy.binomial(2 * m + k - 1, k) / (2 * m)
            terms.append(-weight * e ** (2 * m + k - 2) * _F_R ** (2 * m) * _THETA_R**k)
    return sympy.Add(*terms)


@cache
def _diagrams(order: int, fixed: str) -> Expansion:
    return Expansion.of(generate(_theory(order, fixed), ("sigma",), 2 * order - 1, by="e"))
