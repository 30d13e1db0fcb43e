"""Exercises of notebook 06: the learning-curve figure of Cohen, Malka and Ringel in numbers."""

from __future__ import annotations

import mpmath

from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.chapters.gaussian_process import arc_cosine, monomials
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

_EIGENVALUES = (7.274e-4, 5.982e-6)
_RIDGE, _N = 0.01873, 1000


def _modes() -> int:
    """All polynomials of degree 2 on the sphere: those of degrees 2 and 1, as |x|² = 1 brings 2 down to 0."""
    return monomials(2, 50) + monomials(1, 50)


def _tangent_kernel(t: mpmath.mpf) -> mpmath.mpf:
    """Three hidden ReLU layers, all variances 1, inputs scaled by 1/50, layer by layer."""
    kernel, norm = 1 + t / 50, mpmath.mpf(51) / 50
    tangent = kernel
    for _ in range(3):
        cosine = kernel / norm
        slope = (1 - mpmath.acos(cosine) / mpmath.pi) / 2
        kernel, norm = 1 + norm * arc_cosine(cosine) / 2, 1 + norm / 2
        tangent = kernel + slope * tangent
    return tangent


def _renormalised_ridge(powers: int = 3) -> float:
    with mpmath.workdps(40):
        kept = mpmath.taylor(_tangent_kernel, 0, powers)
        return float(_tangent_kernel(mpmath.mpf(1)) - sum(kept))


def _leading_error(n: float = _N, square: int = 2) -> float:
    noise = _RIDGE / n
    return sum((noise / (lam + noise)) ** square for lam in _EIGENVALUES)


CHAPTER = Chapter(
    6,
    "The published learning curve",
    (
        Exercise(
            number="06.1",
            title="Modes up to degree two",
            statement="The inputs lie on the sphere in 50 dimensions. How many modes have degree 0, 1 or 2?",
            formula=r"\sum_{l=0}^{2}\deg(l),\qquad d = 50",
            kind=Integer(),
            right=_modes,
            mistakes=(
                Mistake("This is degree 2 alone.", lambda right: right - 51),
                Mistake(
                    (
                        "You counted all polynomials of degree up to 2. On the sphere |x|² is a "
                        "constant: one too many."
                    ),
                    lambda right: right + 1,
                ),
            ),
            hint="deg(0) = 1, deg(1) = d, deg(2) = (d-1)(d+2)/2.",
            derivation=(
                "1 + 50 + 49·52/2 = 1325. This is why the curve bends there: a target of degree 2 "
                "can't be learnt with far fewer points than there are modes of degree 2."
            ),
            code=(
                "from fieldtheory import multiplicity\n\n"
                "answer = sum(multiplicity(degree, 50) for degree in range(3))"
            ),
        ),
        Exercise(
            number="06.2",
            title="The renormalised ridge",
            statement=(
                "The network of the figure: 3 hidden ReLU layers, all variances 1, input scale 1/50. "
                "Of its tangent kernel only the powers of t up to 3 are kept. What ridge do the others "
                "make?"
            ),
            formula=r"K(t) = \sum_q b_q t^q,\qquad \sigma_r^2 = \sum_{q>3} b_q",
            kind=Number(),
            right=_renormalised_ridge,
            mistakes=(
                Mistake("You kept the powers up to 2 only.", lambda right: _renormalised_ridge(2)),
                Mistake("You kept one power too many, t⁴.", lambda right: _renormalised_ridge(4)),
                Mistake(
                    "This is the whole trace, K(1).", lambda right: float(_tangent_kernel(mpmath.mpf(1)))
                ),
            ),
            hint="K(1) is the sum of all coefficients: take the first four away from it.",
            derivation=(
                "The powers above 3 change quickly with the angle, so that they are the same number, "
                r"$\sum_{q>3}b_q$, at coinciding points and nearly nothing elsewhere: a ridge. From the "
                "recursion of the layers K(1) = 3.263 and the first four coefficients leave 0.01873 "
                "(the paper prints 0.018)."
            ),
            code=(
                "import fieldtheory as ft\nimport renormalization\n\n"
                'network = ft.FullyConnected(3, "relu", 1.0, 1.0, 1 / 50)\n'
                "_, answer = renormalization.renormalised_ntk(network.ntk(), powers=3)"
            ),
        ),
        Exercise(
            number="06.3",
            title="The leading order at a thousand points",
            statement=(
                "Eigenvalues λ₁ = 7.274e-4, λ₂ = 5.982e-6, ridge 0.01873, a target of unit power in "
                "degrees 1 and 2. What error does the equivalent kernel predict for N = 1000 points?"
            ),
            formula=r"E = \sum_{l=1,2}\left(\frac{\sigma^2/N}{\lambda_l+\sigma^2/N}\right)^2",
            kind=Number(),
            right=_leading_error,
            mistakes=(
                Mistake(
                    "The unlearnt share of the function has to be squared.",
                    lambda right: _leading_error(square=1),
                ),
                Mistake("The ridge is per training point: divide by N.", lambda right: _leading_error(1)),
            ),
            hint="σ²/N is 1.873e-5. Which of the two eigenvalues is above it?",
            derivation=(
                "Degree 1: (0.0251)² = 0.00063, learnt. Degree 2: (0.758)² = 0.5745, mostly not. "
                "Together 0.575. The self-consistent theory lies above it: the modes of degree 2 that are "
                "not learnt make the effective ridge larger."
            ),
            code=(
                "import fieldtheory as ft\n\n"
                "spectrum = ft.Spectrum.from_arrays([0, 7.274e-4, 5.982e-6], [1, 50, 1274], dim=50)\n"
                "target = ft.Target({1: 1.0, 2: 1.0})\n"
                'curve = ft.learning_curve(spectrum, target, [1000], 0.01873, theory="equivalent-kernel")\n'
                "answer = curve.error[0]"
            ),
        ),
    ),
)
