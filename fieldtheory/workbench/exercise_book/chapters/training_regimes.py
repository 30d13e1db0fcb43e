"""Exercises of notebook 16: capacity, margins, parameters, deformed images."""

from __future__ import annotations

from functools import cache
from itertools import product

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

N, P = sympy.symbols("N P")


@cache
def dichotomies(patterns: int, inputs: int) -> int:
    """How many ways hyperplanes through 0 divide points in general position: one more point at a time."""
    if patterns == 1 or inputs == 1:
        return 2
    return dichotomies(patterns - 1, inputs) + dichotomies(patterns - 1, inputs - 1)


def _separable(patterns: int = 6, inputs: int = 4) -> float:
    return float(dichotomies(patterns, inputs) / 2**patterns)


def _capacity(margin: int = 1) -> float:
    cut = mpmath.quad(lambda t: (t + margin) ** 2 * mpmath.npdf(t), [-margin, 2, 12])
    return float(1 / cut)


def _trace() -> sympy.Expr:
    """P ⟨1/χ²_m⟩, m = N - P + 1, the expected inverse from Gamma functions."""
    m = N - P + 1
    return sympy.factor(sympy.gammasimp(P * sympy.gamma(m / 2 - 1) / (2 * sympy.gamma(m / 2))))


def _modes() -> int:
    return sum(i * i + j * j <= 25 for i, j in product(range(1, 6), repeat=2))


CHAPTER = Chapter(
    16,
    "Training regimes",
    (
        Exercise(
            number="16.1",
            title="Cover's count",
            statement=(
                "Six random patterns with random labels and four inputs: with which probability does a "
                "perceptron without threshold separate them?"
            ),
            formula=r"\frac{1}{2^{P-1}}\sum_{k=0}^{N-1}\binom{P-1}{k},\qquad P = 6,\; N = 4",
            kind=Number(),
            right=_separable,
            mistakes=(
                Mistake("The sum ends at N - 1: you took one term more.", lambda right: _separable(6, 5)),
                Mistake("The sum begins at k = 0: you have one term less.", lambda right: _separable(6, 3)),
                Mistake(
                    "These are the binomials of P, not of P - 1: seven patterns would have that probability.",
                    lambda right: _separable(7, 4),
                ),
            ),
            hint="Four binomial coefficients of 5, divided by 32.",
            derivation=(
                "A new point in general position is cut by those dichotomies that can be turned until "
                "their plane goes through it, $C(P+1,N) = C(P,N) + C(P,N-1)$, which sums to "
                r"$2\sum_{k<N}\binom{P-1}{k}$ out of $2^P$. Here (1 + 5 + 10 + 10)/32 = 0.8125. At P = "
                "2N it is 1/2, always."
            ),
            code="import replicas\n\nanswer = replicas.separable_probability(inputs=4, patterns=6)",
        ),
        Exercise(
            number="16.2",
            title="Capacity at margin one",
            statement="How many random patterns per input can a perceptron store with margin k = 1?",
            formula=r"\alpha_c(k) = \left[\int_{-k}^\infty Dt\,(t+k)^2\right]^{-1}",
            kind=Number(),
            right=_capacity,
            mistakes=(
                Mistake("This is the capacity without margin, Cover's 2.", lambda right: 2.0),
                Mistake(
                    "The margin has the wrong sign: you allowed patterns to be wrong by 1.",
                    lambda right: _capacity(-1),
                ),
                Mistake("You forgot to invert the integral.", lambda right: 1 / right),
            ),
            hint="The integral is (1 + k²)Φ(k) + kφ(k).",
            derivation=(
                r"$\int_{-k}^\infty Dt\,(t+k)^2 = (1+k^2)\Phi(k) + k\varphi(k) = 2\cdot0.8413 + 0.2420 "
                r"= 1.9247$ at k = 1, so $\alpha_c = 0.5196$: a margin of one costs three quarters of "
                "the capacity."
            ),
            code="import replicas\n\nanswer = replicas.gardner_capacity(1.0)",
        ),
        Exercise(
            number="16.3",
            title="The norm of an interpolation",
            statement=(
                "N random features fit P patterns exactly, P < N - 1, with the smallest weights. Their "
                "mean squared norm, for labels of unit variance, is the trace below. What is it for "
                "Gaussian features?"
            ),
            formula=r"\left\langle\mathrm{Tr}\,(XX^T)^{-1}\right\rangle,\qquad X\in\mathbb R^{P\times N}",
            kind=Expression((("N", 7.0, 12.0), ("P", 1.5, 4.0))),
            right=_trace,
            mistakes=(
                Mistake(
                    ("That is right for large N and P. The exact denominator is smaller by one."),
                    lambda right: P / (N - P),
                ),
                Mistake("You took XXᵀ for N times the unit matrix: P ≪ N only.", lambda right: P / N),
                Mistake(
                    ("This is one element of the diagonal: the trace has P of them."), lambda right: right / P
                ),
            ),
            hint=(
                "One diagonal element of the inverse is 1/χ² with N - P + 1 degrees of freedom, and "
                "⟨1/χ²_m⟩ = 1/(m-2)."
            ),
            derivation=(
                "The inverse of a diagonal element of $(XX^T)^{-1}$ is the squared part of one row "
                r"that is orthogonal to the other P - 1 rows, $\chi^2$ with $N-P+1$ degrees of freedom. "
                "So the trace is $P/(N-P-1)$: it diverges where the number of features reaches that of "
                "patterns, the peak of double descent."
            ),
            code=(
                "import replicas\nimport sympy\n\n"
                "N, P = sympy.symbols('N P')\n"
                "answer = P / (N - P - 1)\n"
                "print(answer.subs({N: 80, P: 40}).evalf(), replicas.minimum_norm_trace(80, 40))"
            ),
        ),
        Exercise(
            number="16.4",
            title="Modes of a deformation",
            statement=(
                "A smooth deformation is a sum of waves sin(iπx) sin(jπy) with i, j = 1, 2, ... up to "
                "a cutoff. How many are there at cutoff 5?"
            ),
            formula=r"\#\{(i,j):\ i,j\ge1,\ i^2+j^2\le c^2\},\qquad c = 5",
            kind=Integer("an integer, the number of pairs (i, j)"),
            right=_modes,
            mistakes=(
                Mistake("This is a square of modes: the cutoff is a circle.", lambda right: 25),
                Mistake(
                    "You counted i = 0 and j = 0 too, whose waves vanish everywhere.",
                    lambda right: sum(i * i + j * j <= 25 for i, j in product(range(6), repeat=2)),
                ),
                Mistake(
                    ("The circle itself belongs to it: (3, 4) and (4, 3) are on it."), lambda right: right - 2
                ),
            ),
            hint="Count for each i the largest j.",
            derivation=(
                "j goes up to 4, 4, 4, 3 for i = 1, 2, 3, 4, and i = 5 has none: 15. The variance of "
                r"the gradient, $\pi^2T/8$ times this number, says how hot a deformation may be before "
                "it folds the image."
            ),
            code="import fieldtheory as ft\n\nanswer = ft.Diffeomorphisms(cutoff=5, temperature=0.01).modes",
        ),
    ),
)
