"""Answers to every exercise, written by hand: two forms of the right one, and usual wrong ones."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np
import sympy
from scipy import integrate, optimize, special, stats

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


def scale_mean(power: float) -> float:
    """⟨Q/(Q + 1)⟩ over Q = χ²_2/2 weighted by the evidence of the label 1 to a power."""

    def weight(q: float) -> float:
        return math.exp(-q) * stats.norm.pdf(1, scale=math.sqrt(1 + q)) ** power

    mean, norm = (integrate.quad(f, 0, np.inf)[0] for f in (lambda q: q / (q + 1) * weight(q), weight))
    return float(mean / norm)


g, N, r, lam, d, k, C1, g2 = symbols("g N r lam d k C1 g2")
deg, K, n, eta, t, P = symbols("deg K n eta t P")
PHI3 = diagrams.Theory.scalar({3: 1})
CHAIN, CACTUS, SUNSET = (
    [(0, 2), (2, 2), (2, 3), (3, 3), (3, 1)],
    [(0, 3), (3, 1), (3, 2), (2, 3), (2, 2)],
    [(1, 2), (2, 3), (3, 2), (2, 3), (3, 0)],
)
KAPPA = (math.sqrt(161) - 9) / 40
GAMMA = 0.5 / (1 + KAPPA) ** 2
FLOW = root(lambda k: 10 * k - 0.2 - k / (1 + k) - 2.5 * k / (0.5 + k) - 1.4 * k / (0.1 + k))
BEST = root(lambda k: 10 * k - 0.25 - k / (1 + k) - 2.5 * k / (0.5 + k) - 1.4 * k / (0.1 + k))
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
    "10.1": Row((0.25, "1/4"), (0, 0.5, "0.025")),
    "10.2": Row((10 * BEST - 0.25, np.float32(10 * BEST - 0.25)), (10 * BEST, BEST)),
    "10.3": Row(
        (N * k - deg / (1 / lam + 1 / k), "k*(N - deg*lam/(lam + k))"),
        ("N*k", N * k + deg * lam * k / (lam + k)),
    ),
    "10.4": Row((2 + 1 / 1.1 + 2.5 / 0.6 + 7, "2 + 10/11 + 25/6 + 7"), (2, 1 / 1.1 + 2.5 / 0.6 + 7)),
    "11.1": Row(
        ([[(1, 0)] * 3, [(0, 0), (1, 0), (1, 1)]], diagrams.generate(PHI3, (), 2, by="loops")),
        ([[(0, 1)] * 3], [[(1, 1), (0, 1), (0, 0)]]),
    ),
    "11.2": Row((5, "2 + 1 + 1 + 1"), (2, 8)),
    "11.3": Row((Fraction(1, 6), "192/1152"), (Fraction(1, 12), 6)),
    "11.4": Row((g**2 / 8 + g**2 / 12, "15*g^2/72"), ("g^2/12", g**2 / 8)),
    "12.1": Row((6 * K**2 / n, "3*K^2*(1 + 2/n) - 3*K^2"), (3 * K**2 * (1 + 2 / n), "2*K^2/n")),
    "12.2": Row(
        (2 / math.pi * math.asin(2 / 3), 2 / sympy.pi * sympy.asin(sympy.Rational(2, 3))),
        (math.asin(2 / 3), 1 / 3),
    ),
    "12.3": Row((scale_mean(1), str(round(scale_mean(1), 5))), (0.5, scale_mean(0))),
    "13.1": Row(
        ((1 - eta * lam) ** (2 * t), sympy.exp(2 * t * sympy.log(1 - eta * lam))),
        ((1 - eta * lam) ** t, sympy.exp(-2 * eta * lam * t)),
    ),
    "13.2": Row((2 / 3, "2/3"), (1 / 3, 0.5, 2)),
    "13.3": Row((math.sqrt((3 + math.sqrt(13)) / 2), sympy.sqrt((3 + sympy.sqrt(13)) / 2)), (2, 1)),
    "14.1": Row(
        (lambda r: math.asin(r) / (2 * math.pi), sympy.asin(sympy.Symbol("r")) / (2 * sympy.pi)),
        (
            lambda r: 0.25 + math.asin(r) / (2 * math.pi),
            lambda r: 2 * math.asin(r) / math.pi,
            "r/(2*pi)",
        ),
    ),
    "14.2": Row((stats.norm.cdf(0.5) + 2 * stats.norm.pdf(0.5), "1.3956"), (1, stats.norm.cdf(0.5))),
    "14.3": Row((0.5 - 0.5 / math.pi, "1/2 - 1/(2*pi)"), ("1/2", 0.5 - 1 / math.sqrt(2 * math.pi))),
    "14.4": Row((0.60571**2 / 0.39429, "0.9305"), (0.60571 / math.sqrt(0.39429), 0.0695301)),
    "15.1": Row(
        (
            lambda K: 0.5 * math.log(math.cosh(2 * K)),
            sympy.atanh(sympy.tanh(sympy.Symbol("K")) ** 2),
        ),
        (lambda K: math.log(math.cosh(2 * K)), "K^2", lambda K: math.tanh(K) ** 2),
    ),
    "15.2": Row(
        (math.log(3) / 2 / math.log(1.5), sympy.log(3) / sympy.log(sympy.Rational(9, 4))),
        (math.log(3) / math.log(1.5), "4/3"),
    ),
    "15.3": Row(
        (math.log(2) - stats.entropy([0.7310586, 0.2689414]), "0.11094"),
        (0.11094407 / math.log(2), math.tanh(0.5) ** 2 / 2),
    ),
    "15.4": Row((4 + 4 - 1, np.int64(7)), (8, 9)),
    "16.1": Row((stats.binom.cdf(3, 5, 0.5), "26/32"), ("31/32", 0.5)),
    "16.2": Row(
        (1 / (2 * stats.norm.cdf(1) + stats.norm.pdf(1)), "0.51957"),
        (2, 1 / (2 * stats.norm.cdf(-1) - stats.norm.pdf(1))),
    ),
    "16.3": Row((P / (N - P - 1), "1/((N - 1)/P - 1)"), ("P/(N - P)", P / N)),
    "16.4": Row((4 + 4 + 4 + 3, "15"), (25, 15 + 11)),
}
