"""Exercises of notebook 12: networks of finite width, whose kernel follows the data."""

from __future__ import annotations

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

K, N, CHI = sympy.symbols("K n chi")


def _fourth_cumulant() -> sympy.Expr:
    """3 K² (⟨Q²⟩ - ⟨Q⟩²) with Q = χ²_n/n, whose moments are ratios of Gamma functions."""

    def moment(order: int) -> sympy.Expr:
        ratio = sympy.gamma(N / 2 + order) / sympy.gamma(N / 2)
        return sympy.gammasimp((2 / N) ** order * ratio)

    return sympy.factor(3 * K**2 * (moment(2) - moment(1) ** 2))


def _erf_kernel() -> float:
    return float(mpmath.quad(lambda z: mpmath.erf(z) ** 2 * mpmath.npdf(z), [-10, -2, 0, 2, 10]))


def _posterior_mean(power: int = 1) -> float:
    """∫ Q/(Q+1) w / ∫ w over Q exponential, w = evidence of the label 1 at variance Q + 1, to some power."""

    def weight(q: mpmath.mpf) -> mpmath.mpf:
        evidence = mpmath.exp(-1 / (2 * (q + 1))) / mpmath.sqrt(q + 1)
        return mpmath.exp(-q) * evidence**power

    inside = [0, 1, 5, mpmath.inf]
    return float(mpmath.quad(lambda q: q / (q + 1) * weight(q), inside) / mpmath.quad(weight, inside))


CHAPTER = Chapter(
    12,
    "Feature learning",
    (
        Exercise(
            number="12.1",
            title="How far from Gaussian",
            statement=(
                "A network with one hidden layer of n linear neurons has, before training, an output "
                "of variance K on some input. What is its fourth cumulant?"
            ),
            formula=(
                r"f = \frac{1}{\sqrt n}\sum_{i=1}^n a_i h_i,\qquad \kappa_4 = \langle f^4\rangle - "
                r"3\langle f^2\rangle^2"
            ),
            kind=Expression.of("K n"),
            right=_fourth_cumulant,
            mistakes=(
                Mistake(
                    "This is the fourth moment. Its Gaussian part, 3K², has to be taken away.",
                    lambda right: 3 * K**2 + right,
                ),
                Mistake(
                    ("Given the hidden layer ⟨f⁴⟩ is three times a square: a factor 3 is missing."),
                    lambda right: right / 3,
                ),
                Mistake(
                    ("The variance of Σh²/n is 2/n of its squared mean, not 1/n."), lambda right: right / 2
                ),
            ),
            hint="Given the hidden layer, f is Gaussian with variance K Q, Q = Σh²/(n⟨h²⟩).",
            derivation=(
                r"$\langle f^4\rangle = 3K^2\langle Q^2\rangle$ with $Q = \chi^2_n/n$, $\langle "
                r"Q^2\rangle = 1 + 2/n$: $\kappa_4 = 6K^2/n$. It falls as 1/n: wide networks are "
                "Gaussian processes."
            ),
            code=(
                "import sympy\n\n"
                "K, n = sympy.symbols('K n')\n"
                "second = n * (n + 2) / n**2  # of χ²_n/n: n terms 3 and n(n-1) terms 1, over n²\n"
                "answer = 3 * K**2 * (second - 1)"
            ),
        ),
        Exercise(
            number="12.2",
            title="The kernel of erf",
            statement="What is the mean square of erf(z) for a standard Gaussian z?",
            formula=r"\langle\mathrm{erf}(z)^2\rangle = \frac2\pi\arcsin\frac{2C}{1+2C},\qquad C = 1",
            kind=Number(),
            right=_erf_kernel,
            mistakes=(
                Mistake(
                    ("The factor 2/π is missing: this is the angle."),
                    lambda right: right * float(mpmath.pi) / 2,
                ),
                Mistake(
                    (
                        "The argument is 2C/(1 + 2C), as erf(z) is the sign of z plus a Gaussian of "
                        "variance 1/2."
                    ),
                    lambda right: 1 / 3,
                ),
                Mistake(
                    ("For small z that would do: erf is not linear at z of order 1."),
                    lambda right: 4 / float(mpmath.pi),
                ),
            ),
            hint="Insert C = 1. The arcsine is in radians.",
            derivation=(
                "erf(z) is the mean sign of z + u, with u Gaussian of variance 1/2. The product of two "
                r"signs averages to $\frac2\pi\arcsin\rho$, where $\rho = \frac{C}{C+1/2}$ is the "
                r"correlation of z + u and z + u'. At C = 1: $\frac2\pi\arcsin\frac23 = 0.4646$."
            ),
            code=(
                "import fieldtheory as ft\n\n"
                'mean, covariance = ft.activation_covariance("erf", [0.0], [[1.0]])\n'
                "answer = covariance[0, 0] + mean[0] ** 2"
            ),
        ),
        Exercise(
            number="12.3",
            title="A posterior at width two",
            statement=(
                "A linear network with n = 2 hidden neurons sees one training point with label 1. Its "
                "output has prior variance 1 there, the ridge is 1. What is the posterior mean of the "
                "output at that point?"
            ),
            formula=r"f\,|\,Q \sim \mathcal N(0, Q),\qquad Q = \chi^2_2/2,\qquad \langle f\rangle = "
            r"\left\langle\frac{Q}{Q+1}\right\rangle_{\rm post}",
            kind=Number(),
            right=_posterior_mean,
            mistakes=(
                Mistake(
                    (
                        "This is infinite width, Q = 1. At width 2 the scale Q fluctuates, and follows "
                        "the label."
                    ),
                    lambda right: 0.5,
                ),
                Mistake(
                    (
                        "You averaged Q/(Q + 1) over the prior of Q. The label makes some Q likelier "
                        "than others."
                    ),
                    lambda right: _posterior_mean(0),
                ),
            ),
            hint="Q is exponential. Weigh each Q by the density of the label 1 under N(0, Q + 1).",
            derivation=(
                r"$\langle f\rangle = \frac{\int_0^\infty e^{-Q}\frac{Q}{Q+1}w\,dQ}{\int_0^\infty "
                r"e^{-Q}w\,dQ}$ with $w = (Q+1)^{-1/2}e^{-1/(2(Q+1))}$. This is 0.384, below the 1/2 of "
                "infinite width: Q/(Q + 1) is concave, so that fluctuations of Q lower its mean (0.404 "
                "over the prior), and a label as small as 1 favours small Q a little."
            ),
            code=(
                "import fieldtheory as ft\nimport renormalization\n\n"
                'network = ft.FullyConnected(1, "linear", width=2)\n'
                "found = renormalization.linear_posterior(network, [[1.0]], [1.0], ridge=1.0)\n"
                "answer = found.mean[0]"
            ),
        ),
    ),
)
