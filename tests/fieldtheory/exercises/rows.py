"""Answers to every exercise, written by hand: two forms of the right one, and usual wrong ones."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy
from scipy import optimize, special

import diagrams


class Row(NamedTuple):
    """The right answer in two forms, and answers that usual mistakes lead to."""

    right: tuple[Any, Any]
    wrong: tuple[Any, ...]


def symbols(names: str) -> Any:
    return sympy.symbols(names, positive=True)


def phi4_self_energy() -> list[diagrams.Diagram]:
    """From another theory, whose coupling and field have other names."""
    theory = diagrams.Theory.scalar({4: sympy.Symbol("u")}, name="x")
    found = diagrams.generate(theory, ("x", "x"), 2)
    return [diagram for diagram in found if sum(i == j for i, j, _ in diagram.edges) < 2]


def root(equation: Any) -> float:
    return float(optimize.brentq(equation, 1e-9, 100.0, xtol=1e-14))


g, N, r, lam, d, k, C1, g2 = symbols("g N r lam d k C1 g2")
CHAIN, CACTUS, SUNSET = (
    [(0, 2), (2, 2), (2, 3), (3, 3), (3, 1)],
    [(0, 3), (3, 1), (3, 2), (2, 3), (2, 2)],
    [(1, 2), (2, 3), (3, 2), (2, 3), (3, 0)],
)
KAPPA = (math.sqrt(161) - 9) / 40
GAMMA = 0.5 / (1 + KAPPA) ** 2
FLOW = root(lambda k: 10 * k - 0.2 - k / (1 + k) - 2.5 * k / (0.5 + k) - 1.4 * k / (0.1 + k))
ROWS: dict[str, Row] = {
    "01.1": Row((special.factorial2(7, exact=True), "7*5*3*1"), (2520, "384")),
    "01.2": Row(
        (1 - g / 2 + sympy.Rational(2, 3) * g**2, "1 - g/2 + 2*g^2/3"),
        (1 + g / 2 + 2 * g**2 / 3, "1 - 12*g + 384*g**2"),
    ),
    "01.3": Row((5, sympy.Integer(5)), (6, "3")),
    "01.4": Row(([SUNSET, CACTUS], phi4_self_energy()), ([SUNSET, CACTUS, CHAIN], [SUNSET])),
    "02.1": Row((35 - 5, math.comb(7, 3) - math.comb(5, 1)), (35, 7)),
    "02.2": Row(((3 / (d + 2) - 1 / d) / (d - 1), "2/(d^2 + 2*d)"), ("(d - 1)/d", "2*(d - 1)/(d^2*(d + 2))")),
    "02.3": Row((1 / 6, "1/6"), (1 / 3, Fraction(1, 2))),
    "03.1": Row((N / 8 / r**2, "N/(8*r*r)"), ("-N/(8*r^2)", N / (4 * r**2))),
    "03.2": Row((math.factorial(3) * 2**3, "2^3*6"), (6, 8, "720")),
    "03.3": Row((r / (N + r / lam), "lam*r/(N*lam + r)"), (lam * r / (lam + r), "lam/(lam + r/N)")),
    "04.1": Row((1 + 8 + 10, "19"), (1 + 10 + 15, 10)),
    "04.2": Row(
        (-3 * N * (lam * r) ** 2 / (N * lam + r) ** 4, "-3*N*lam^2/r^2/(1 + N*lam/r)^4"),
        ("-6*lam^2*r^2/(N*lam + r)^4", 3 * N * lam**2 * r**2 / (N * lam + r) ** 4),
    ),
    "04.3": Row((1 / d / (1 + r), "1/(d + d*r)"), (1 / (1 + d * r), "1/(1 + r)")),
    "04.4": Row(
        (N * C1 / (N + r / lam) ** 2, "N*C1*lam^2/(N*lam + r)^2"),
        ("-N*C1*lam^2/(N*lam + r)^2", "N*C1/r^2*lam*r/(N*lam + r)"),
    ),
    "05.1": Row((KAPPA, str(round(KAPPA, 6))), (0.05, 0.55)),
    "05.2": Row(
        ((KAPPA / (1 + KAPPA)) ** 2 / (1 - GAMMA), mpmath.mpf("0.0122718")),
        ((KAPPA / (1 + KAPPA)) ** 2, KAPPA / (1 + KAPPA) / (1 - GAMMA)),
    ),
    "05.3": Row((1 + 4, "5"), (19, 1 + 5 + 4)),
    "05.4": Row(
        ((3 * g - 2 * g**2) / (1 - g) ** 2 - 2 * g, "(g + 2*g^2 - 2*g^3)/(1 - g)^2"),
        ("(3*g - 2*g^2)/(1 - g)^2", g / (1 - g)),
    ),
    "06.1": Row((1 + 50 + 49 * 52 // 2, "1 + 50 + 1274"), (1274, 1326)),
    "06.2": Row((0.01873, "0.018731"), (0.018731 + 1.62038e-7 * 50 * 52 * 54 / 6, 3.26)),
    "06.3": Row(
        (0.0251**2 + 0.75795**2, "0.5751"), (0.78308, (18.73 / 19.4574) ** 2 + (18.73 / 18.73598) ** 2)
    ),
    "07.1": Row((1 / (1 / lam + 1 / k), "lam*k/(lam + k)"), (lam, "lam/(lam + k)")),
    "07.2": Row((10 * FLOW, np.float64(2.0273)), (5.1, FLOW)),
    "07.3": Row(
        (g2 / (1 + lam / k) ** 2, "g2*k^2/(lam + k)^2"), (g2, "g2*k/(lam + k)", g2 * (lam / (lam + k)) ** 2)
    ),
    "07.4": Row((0.2 + 1.4 * FLOW / (0.1 + FLOW), "11375/10000"), (1.6, 0.2 + 0.1 * FLOW / (0.1 + FLOW))),
    "08.1": Row((math.pi / 4, "pi/4"), (1, 4 / math.pi)),
    "08.2": Row(
        (
            lambda c: (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi,
            (
                sympy.sqrt(1 - sympy.Symbol("c") ** 2)
                + (sympy.pi / 2 + sympy.asin(sympy.Symbol("c"))) * sympy.Symbol("c")
            )
            / sympy.pi,
        ),
        (
            lambda c: 1 - math.acos(c) / math.pi,
            lambda c: (math.sqrt(1 - c * c) + (math.pi - math.acos(c)) * c) / math.pi / 2,
        ),
    ),
    "08.3": Row((1 / math.log(2), 1 / sympy.log(2)), (0.6931, 2)),
    "08.4": Row((5, "6 - 1"), (2, 6)),
    "09.1": Row((2.32288, "23229/10000"), (np.roots([1, -1, -7, -3]).max(), 1.0)),
    "09.2": Row((Fraction(17, 18), "17/18"), (16 / 9, "1/9", 17 / 9)),
    "09.3": Row((N - r / k, "(N*k - r)/k"), (N, "N - r")),
}
