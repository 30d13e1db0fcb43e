"""Exercises of notebook 02: harmonics, Funk–Hecke, and what a wide network prefers."""

from __future__ import annotations

from itertools import combinations_with_replacement

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake


def monomials(degree: int, dim: int) -> int:
    """How many there are, one by one."""
    return sum(1 for _ in combinations_with_replacement(range(dim), degree))


def _harmonics() -> int:
    """Polynomials of degree 3, without those that are |x|² times one of degree 1."""
    return monomials(3, 5) - monomials(1, 5)


def _even_moment(power: int) -> sympy.Expr:
    """⟨t^power⟩ of a component of a point on the sphere in d dimensions, from Gamma functions."""
    half = sympy.Symbol("d") / 2
    k = sympy.Rational(power, 2)
    ratio = sympy.gamma(half) * sympy.gamma(k + sympy.Rational(1, 2)) / sympy.gamma(half + k)
    return sympy.simplify(sympy.gammasimp(ratio / sympy.sqrt(sympy.pi)))


def _square_kernel() -> sympy.Expr:
    d = sympy.Symbol("d")
    return sympy.factor((d * _even_moment(4) - _even_moment(2)) / (d - 1))


def arc_cosine(t: mpmath.mpf) -> mpmath.mpf:
    """2⟨φφ'⟩ of ReLU, at unit variances and correlation t."""
    angle = mpmath.acos(t)
    return (mpmath.sin(angle) + (mpmath.pi - angle) * t) / mpmath.pi


def _first_degree() -> float:
    """∫ K(t) t dt/2: in three dimensions t is uniform."""
    return float(mpmath.quad(lambda t: arc_cosine(t) * t / 2, [-1, 0, 1]))


CHAPTER = Chapter(
    2,
    "A Gaussian process on the sphere",
    (
        Exercise(
            number="02.1",
            title="How many harmonics",
            statement=(
                "How many linearly independent spherical harmonics of degree 3 are there in 5 dimensions?"
            ),
            formula=r"\deg(l) = \dim\mathcal H_l(S^{d-1}),\qquad d = 5,\; l = 3",
            kind=Integer(),
            right=_harmonics,
            mistakes=(
                Mistake(
                    (
                        "These are all homogeneous polynomials. Those that are |x|² times a linear one "
                        "are no harmonics."
                    ),
                    lambda right: monomials(3, 5),
                ),
                Mistake("2l + 1 holds in three dimensions only.", lambda right: 7),
            ),
            hint="Count homogeneous polynomials of degree 3, and take away |x|² times those of degree 1.",
            derivation=(
                "Each homogeneous polynomial is a harmonic one plus |x|² times a polynomial of two "
                r"degrees less: $\deg(l) = \binom{l+d-1}{l} - \binom{l+d-3}{l-2}$, here $\binom73 - "
                r"\binom51 = 35 - 5 = 30$."
            ),
            code="import fieldtheory as ft\n\nanswer = ft.multiplicity(3, 5)",
        ),
        Exercise(
            number="02.2",
            title="Eigenvalue of a square",
            statement=(
                "The kernel K(t) = t² on the unit sphere in d dimensions has two eigenvalues that are "
                "not zero. What is the one of degree 2?"
            ),
            formula=r"\lambda_2 = \int t^2\,P_2(t)\,d\mu(t),\qquad P_2(t) = \frac{d\,t^2 - 1}{d - 1}",
            kind=Expression.of("d", 3.0, 9.0),
            right=_square_kernel,
            mistakes=(
                Mistake(
                    "This is deg(2) λ₂, the share of degree 2 in the trace K(1). Divide by the multiplicity.",
                    lambda right: 1 - 1 / sympy.Symbol("d"),
                ),
                Mistake(
                    "This belongs to the polynomial t² - 1/d. P₂ is normalised to P₂(1) = 1.",
                    lambda right: right * (sympy.Symbol("d") - 1) / sympy.Symbol("d"),
                ),
                Mistake(
                    "You took the moments of a Gaussian t. On a sphere ⟨t⁴⟩ = 3/(d(d+2)), not 3/d².",
                    lambda right: sympy.Integer(2) / (sympy.Symbol("d") * (sympy.Symbol("d") - 1)),
                ),
            ),
            hint="On the sphere ⟨t²⟩ = 1/d and ⟨t⁴⟩ = 3/(d(d+2)).",
            derivation=(
                r"$\lambda_2 = (d\langle t^4\rangle - \langle t^2\rangle)/(d-1)$ with $\langle "
                r"t^2\rangle = 1/d$ and $\langle t^4\rangle = 3/(d(d+2))$ gives "
                r"$\frac{1}{d-1}\left(\frac{3}{d+2} - \frac1d\right) = \frac{2}{d(d+2)}$. Check: with "
                r"$\lambda_0 = 1/d$ and $\deg(2) = (d-1)(d+2)/2$ the trace is $\frac1d + \frac{d-1}{d} "
                "= 1 = K(1)$."
            ),
            code=(
                "import sympy\n\n"
                "d = sympy.Symbol('d')\n"
                "degree_2 = (d - 1) * (d + 2) / 2\n"
                "answer = (1 - 1 / d) / degree_2  # what the trace K(1) = 1 leaves to degree 2"
            ),
        ),
        Exercise(
            number="02.3",
            title="What a ReLU layer makes of planes",
            statement=(
                "One hidden ReLU layer without bias, its read-out of variance 2, has the NNGP kernel "
                "below. Find its eigenvalue of degree 1 in three dimensions."
            ),
            formula=(
                r"K(t) = \frac{1}{\pi}\left[\sqrt{1-t^2} + (\pi - \arccos t)\,t\right],\qquad \lambda_1 "
                r"= \;?"
            ),
            kind=Number(),
            right=_first_degree,
            mistakes=(
                Mistake(
                    "Twice too large: in three dimensions dμ(t) = dt/2, with total mass 1.",
                    lambda right: 2 * right,
                ),
                Mistake(
                    "This is deg(1) λ₁, the share of degree 1 in the trace. Divide by the three harmonics.",
                    lambda right: 3 * right,
                ),
            ),
            hint="Funk–Hecke: λ₁ is the mean of K(t) t. The part of K that is odd in t is t/2.",
            derivation=(
                "Only the odd part of K counts. Since arccos(-t) = π - arccos t, it is t/2 exactly: "
                r"half of the neurons are open, and an open neuron is linear. So $\lambda_1 = "
                r"\tfrac12\langle t^2\rangle = \tfrac1{2d}$, in three dimensions 1/6. For the same "
                "reason all odd degrees above 1 have eigenvalue 0."
            ),
            code=(
                "import fieldtheory as ft\n\n"
                'kernel = ft.FullyConnected(1, "relu", weight_variance=2.0, input_scale=0.5).nngp()\n'
                "answer = kernel.spectrum(3, 4).eigenvalues[1]"
            ),
        ),
    ),
)
