"""Exercises of notebook 08: signals through many random layers, and finite width."""

from __future__ import annotations

import mpmath

from fieldtheory.workbench.exercise_book.answers.function import Function
from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.chapters.gaussian_process import arc_cosine
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake


def _critical_variance() -> float:
    """1/φ'(0)², the slope by differences."""
    return float(1 / mpmath.diff(mpmath.erf, 0) ** 2)


def _correlation(c: float) -> float:
    """2⟨φφ'⟩ by an integral over the direction of a Gaussian pair; the radius gives ⟨r²⟩ = 2."""
    angle = mpmath.acos(c)
    both_open = [angle - mpmath.pi / 2, mpmath.pi / 2]
    return float(
        2 * 2 * mpmath.quad(lambda a: mpmath.cos(a) * mpmath.cos(a - angle), both_open) / (2 * mpmath.pi)
    )


def _depth_scale() -> float:
    """From the decay of 1 - correlation, layer by layer, in the fixed point q = 1 + q/2."""
    with mpmath.workdps(60):
        off, norm = mpmath.mpf(10) ** -20, mpmath.mpf(2)
        after = 1 - (1 + norm * arc_cosine(1 - off) / 2) / norm
        return float(-1 / mpmath.log(after / off))


def _excess() -> int:
    """⟨φ⁴⟩/⟨φ²⟩² - 1 for a standard Gaussian pre-activation."""

    def moment(power: int) -> mpmath.mpf:
        return mpmath.quad(lambda z: z**power * mpmath.npdf(z), [0, 2, 5, 12])

    return round(float(moment(4) / moment(2) ** 2 - 1))


CHAPTER = Chapter(
    8,
    "Depth, criticality, finite width",
    (
        Exercise(
            number="08.1",
            title="The edge of chaos of erf",
            statement=(
                "A deep network with activation erf has no bias. At which weight variance does a small "
                "signal neither grow nor decay from layer to layer?"
            ),
            formula=r"\chi_1 = w\,\langle\varphi'(z)^2\rangle = 1 \quad\text{at } q^* = 0",
            kind=Number(),
            right=_critical_variance,
            mistakes=(
                Mistake(
                    "That is right for tanh, whose slope at 0 is 1. The slope of erf is 2/√π.",
                    lambda right: 1.0,
                ),
                Mistake(
                    "This is the squared slope. The weight variance has to undo it.", lambda right: 1 / right
                ),
                Mistake("The variance is multiplied by the square of the slope.", lambda right: right**0.5),
            ),
            hint="For small signals erf(z) is its slope at 0 times z.",
            derivation=(
                r"$\mathrm{erf}'(0) = 2/\sqrt\pi$, so the variance is multiplied by $w\cdot4/\pi$ in "
                r"each layer, and $w = \pi/4$."
            ),
            code=(
                "import math\nfrom renormalization import DepthFlow\n\n"
                'flow = DepthFlow("erf", math.pi / 8, 0.0)  # its fixed point is q = 0\n'
                "answer = math.pi / 8 / flow.chi_1"
            ),
        ),
        Exercise(
            number="08.2",
            title="Correlation after a ReLU layer",
            statement=(
                "Two inputs have unit variance and correlation c. Which correlation do the "
                "pre-activations of the next layer have, for ReLU with weight variance 2 and no bias?"
            ),
            formula=r"c' = 2\,\langle\max(z_1,0)\,\max(z_2,0)\rangle",
            kind=Function((("c", -0.95, 0.95),)),
            right=lambda: _correlation,
            mistakes=(
                Mistake(
                    "This is the mean product of the outputs, without the weight variance 2.",
                    lambda right: lambda c: right(c) / 2,
                ),
                Mistake(
                    "This is the correlation of the slopes, which are 0 or 1.",
                    lambda right: lambda c: 1 - mpmath.acos(c) / mpmath.pi,
                ),
                Mistake(
                    "The angle in the second term is π - arccos c, in which both neurons can be open.",
                    lambda right: lambda c: (mpmath.sqrt(1 - c * c) + mpmath.acos(c) * c) / mpmath.pi,
                ),
            ),
            hint=(
                "In polar coordinates of the plane of z₁ and z₂ both are positive in a sector of angle "
                "π - arccos c."
            ),
            derivation=(
                r"With $c = \cos\alpha$: $2\cdot\frac{\langle "
                r"r^2\rangle}{2\pi}\int\cos\theta\cos(\theta-\alpha)\,d\theta$ over the sector, "
                r"$\langle r^2\rangle = 2$, gives $c' = \frac1\pi\left[\sqrt{1-c^2} + (\pi-\arccos "
                r"c)\,c\right]$. Its slope at c = 1 is 1: ReLU is critical at weight variance 2."
            ),
            code=(
                "import fieldtheory as ft\n\n"
                'kernel = ft.FullyConnected(1, "relu", weight_variance=2.0, input_scale=0.5).nngp()\n'
                "answer = kernel"
            ),
        ),
        Exercise(
            number="08.3",
            title="How deep a signal goes",
            statement=(
                "ReLU layers with weight variance 1 and bias variance 1: differences between two "
                "inputs decay as exp(-layers/ξ). What is ξ?"
            ),
            formula=r"\xi = -\frac{1}{\ln\chi_1},\qquad \chi_1 = w\,\langle\varphi'(z)^2\rangle",
            kind=Number(),
            right=_depth_scale,
            mistakes=(
                Mistake("This is 1/ξ, the rate of decay per layer.", lambda right: 1 / right),
                Mistake("This is 1/χ₁. The decay is exponential: take the logarithm.", lambda right: 2.0),
            ),
            hint="Half of the neurons are open, and their slope is 1.",
            derivation=(
                r"$\chi_1 = 1\cdot\tfrac12$ whatever the variance, so $\xi = 1/\ln2 \approx 1.4427$ "
                "layers."
            ),
            code=(
                "from renormalization import DepthFlow\n\n"
                'answer = DepthFlow("relu", 1.0, 1.0).correlation_depth'
            ),
        ),
        Exercise(
            number="08.4",
            title="Fluctuations of a ReLU layer",
            statement=(
                "A layer of n ReLU neurons has independent standard Gaussian pre-activations. What is "
                "n times the relative variance of its squared norm?"
            ),
            formula=r"n\,\frac{\mathrm{Var}\,\sum_j\varphi(z_j)^2}{\langle\sum_j\varphi(z_j)^2\rangle^2}",
            kind=Integer(),
            right=_excess,
            mistakes=(
                Mistake(
                    "That is a linear layer, ⟨z⁴⟩/⟨z²⟩² - 1. Half of the neurons are closed.", lambda right: 2
                ),
                Mistake(
                    "You left out the square of the mean, which is 1 in these units.", lambda right: right + 1
                ),
            ),
            hint="The variance of a sum of n independent terms is n times that of one.",
            derivation=(
                r"$\langle\varphi^4\rangle = 3/2$, $\langle\varphi^2\rangle = 1/2$: $\frac{3/2}{1/4} - "
                "1 = 5$. So a deep ReLU network of L layers has fluctuations 5L/n, the ratio of depth "
                "to width."
            ),
            code=(
                "from renormalization import DepthFlow\n\n"
                'flow = DepthFlow("relu", 2.0, 0.0)\n'
                "answer = round(64 * flow.finite_width(layers=1, width=64).coupling[0])"
            ),
        ),
    ),
)
