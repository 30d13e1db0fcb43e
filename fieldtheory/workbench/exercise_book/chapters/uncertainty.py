"""Exercises of notebook 14: means and covariances through an activation."""

from __future__ import annotations

import mpmath

from fieldtheory.workbench.exercise_book.answers.function import Function
from fieldtheory.workbench.exercise_book.answers.number import Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake


def _step_covariance(r: float) -> float:
    """P(both positive) - 1/4: one variable integrated, the other conditioned on it."""
    spread = mpmath.sqrt(1 - r * r)
    both = mpmath.quad(lambda x: mpmath.npdf(x) * mpmath.ncdf(r * x / spread), [0, 2, 10])
    return float(both - mpmath.mpf(1) / 4)


def _open_mean() -> float:
    return float(mpmath.quad(lambda x: x * mpmath.npdf(x, 1, 2), [0, 1, 5, 25]))


def _relu_variance() -> float:
    def moment(power: int) -> mpmath.mpf:
        return mpmath.quad(lambda z: z**power * mpmath.npdf(z), [0, 2, 12])

    return float(moment(2) - moment(1) ** 2)


def _linear_share() -> float:
    """(Cov(φ(z), z))² over Var φ(z), for tanh of a standard Gaussian."""
    inside = [-12, -2, 0, 2, 12]
    slope = mpmath.quad(lambda z: z * mpmath.tanh(z) * mpmath.npdf(z), inside)
    return float(slope**2 / mpmath.quad(lambda z: mpmath.tanh(z) ** 2 * mpmath.npdf(z), inside))


CHAPTER = Chapter(
    14,
    "Uncertainty",
    (
        Exercise(
            number="14.1",
            title="Covariance of two steps",
            statement=(
                "Two Gaussians have mean 0, variance 1 and correlation r. What is the covariance of "
                "their step functions, which are 1 for positive arguments and 0 otherwise?"
            ),
            formula=r"\mathrm{Cov}(\theta(z_1), \theta(z_2)) = \;?",
            kind=Function((("r", -0.9, 0.9),)),
            right=lambda: _step_covariance,
            mistakes=(
                Mistake(
                    "This is the probability that both are positive. Take the product of the means away.",
                    lambda right: lambda r: right(r) + 0.25,
                ),
                Mistake(
                    ("This is the covariance of signs, which is four times larger."),
                    lambda right: lambda r: 4 * right(r),
                ),
                Mistake(
                    "This is the first term in r, right for weak correlation only.",
                    lambda right: lambda r: r / (2 * mpmath.pi),
                ),
            ),
            hint="Both are positive in a sector of the plane. What is its angle?",
            derivation=(
                r"The sector has the angle $\pi - \arccos r = \tfrac\pi2 + \arcsin r$, so that both are "
                r"positive with probability $\tfrac14 + \frac{\arcsin r}{2\pi}$. The product of the "
                "means is 1/4."
            ),
            code=(
                "import fieldtheory as ft\n\n\n"
                "def answer(r):\n"
                '    found = ft.activation_covariance("step", [0.0, 0.0], [[1.0, r], [r, 1.0]])\n'
                "    return found.covariance[0, 1]"
            ),
        ),
        Exercise(
            number="14.2",
            title="Mean behind a ReLU",
            statement=(
                "A pre-activation is Gaussian with mean 1 and variance 4. What is the mean of its ReLU?"
            ),
            formula=r"\langle\max(z, 0)\rangle,\qquad z\sim\mathcal N(1, 4)",
            kind=Number(),
            right=_open_mean,
            mistakes=(
                Mistake("This is the ReLU of the mean: the fluctuations count too.", lambda right: 1.0),
                Mistake(
                    "You have the term m Φ(m/s). The term s φ(m/s) of the fluctuations is missing.",
                    lambda right: float(mpmath.ncdf(0.5)),
                ),
                Mistake(
                    "You took 4 for the standard deviation. It is the variance.",
                    lambda right: float(mpmath.ncdf(0.25) + 4 * mpmath.npdf(0.25)),
                ),
            ),
            hint="m Φ(m/s) + s φ(m/s), with standard deviation s.",
            derivation=(
                r"Integrated over z > 0: $m\,\Phi(m/s) + s\,\varphi(m/s) = \Phi(\tfrac12) + "
                r"2\varphi(\tfrac12) = 0.6915 + 0.7041 = 1.3956$."
            ),
            code=(
                "import fieldtheory as ft\n\n"
                'answer = ft.activation_covariance("relu", [1.0], [[4.0]]).mean[0]'
            ),
        ),
        Exercise(
            number="14.3",
            title="Variance behind a ReLU",
            statement="What is the variance of the ReLU of a standard Gaussian?",
            formula=r"\mathrm{Var}\,\max(z, 0),\qquad z\sim\mathcal N(0, 1)",
            kind=Number(),
            right=_relu_variance,
            mistakes=(
                Mistake("This is the mean square. The squared mean has to be taken away.", lambda right: 0.5),
                Mistake(
                    "You took away the mean, not its square.",
                    lambda right: 0.5 - 1 / float(mpmath.sqrt(2 * mpmath.pi)),
                ),
                Mistake(
                    ("This is half of the mean square. What has to go is the squared mean, 1/(2π)."),
                    lambda right: 0.25,
                ),
            ),
            hint="The mean is φ(0) = 1/√(2π), the mean square one half of ⟨z²⟩.",
            derivation=r"$\tfrac12 - \tfrac{1}{2\pi} = 0.3408$.",
            code=(
                "import fieldtheory as ft\n\n"
                'answer = ft.activation_covariance("relu", [0.0], [[1.0]]).covariance[0, 0]'
            ),
        ),
        Exercise(
            number="14.4",
            title="How linear is tanh",
            statement=(
                "For a standard Gaussian z, which share of the variance of tanh(z) is explained by the "
                "best linear function of z?"
            ),
            formula=r"\frac{\langle z\tanh z\rangle^2}{\langle\tanh^2 z\rangle}",
            kind=Number(),
            right=_linear_share,
            mistakes=(
                Mistake("This is the correlation. Its square is the share.", lambda right: right**0.5),
                Mistake(
                    ("That is the share which the best linear function does not explain."),
                    lambda right: 1 - right,
                ),
            ),
            hint="By parts, ⟨z tanh z⟩ = ⟨tanh' z⟩ = 1 - ⟨tanh² z⟩.",
            derivation=(
                r"With $m = \langle\tanh^2 z\rangle = 0.39429$ the slope of the best linear function is "
                "$1 - m = 0.60571$, and the share is $(1-m)^2/m = 0.9305$: at unit variance the higher "
                "terms of the Hermite series hold 7 %."
            ),
            code=(
                "import fieldtheory as ft\n\n"
                'square = ft.activation_covariance("tanh", [0.0], [[1.0]]).covariance[0, 0]\n'
                "answer = (1 - square) ** 2 / square"
            ),
        ),
    ),
)
