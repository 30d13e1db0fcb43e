"""Exercises of notebook 07: integrating out high degrees, and what runs."""

from __future__ import annotations

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Number
from fieldtheory.workbench.exercise_book.effective_ridge import effective_ridge
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

LAM, KAPPA, G2 = sympy.symbols("lam k g2")
_MODES = [(1.0, 1), (0.5, 5), (0.1, 14)]


def _shell() -> sympy.Expr:
    """The ridge without the mode, minus the one with it, for the same κ."""
    n, ridge, other = sympy.symbols("n ridge other")
    with_mode = sympy.solve(sympy.Eq(n * KAPPA, ridge + LAM * KAPPA / (LAM + KAPPA) + other), ridge)[0]
    without = sympy.solve(sympy.Eq(n * KAPPA, ridge + other), ridge)[0]
    return sympy.factor(without - with_mode)


def _end_point() -> float:
    return 10 * effective_ridge(_MODES, 10, 0.2)


def _label_noise() -> sympy.Expr:
    """Squared mean of what is left of one coefficient: g minus a g, with a the learnt share."""
    g = sympy.Symbol("g")
    left = g - g * LAM / (LAM + KAPPA)
    return sympy.factor(sympy.expand(left**2)).subs(g**2, G2)


def _infrared() -> float:
    """σ² + Σ over degree 2 of deg λκ/(λ + κ)."""
    kappa = mpmath.mpf(effective_ridge(_MODES, 10, 0.2))
    return float(0.2 + 14 * 0.1 * kappa / (0.1 + kappa))


_CODE = (
    "import fieldtheory as ft\nimport renormalization\n\n"
    "spectrum = ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14], dim=5)\n"
    "flow = renormalization.WilsonFlow(spectrum, n=10, ridge=0.2)\n"
)


CHAPTER = Chapter(
    7,
    "Renormalising the NTK",
    (
        Exercise(
            number="07.1",
            title="One mode integrated out",
            statement=(
                "A mode with eigenvalue λ (lam) is integrated out. By how much does the ridge grow, if "
                "the effective ridge κ (k) is to stay the same?"
            ),
            formula=r"N\kappa = \sigma^2 + \sum_i\frac{\lambda_i\kappa}{\lambda_i+\kappa}",
            kind=Expression.of("lam k"),
            right=_shell,
            mistakes=(
                Mistake(
                    (
                        "This is the naive flow. It holds for λ ≪ κ only: a mode that is learnt is "
                        "less noise than λ."
                    ),
                    lambda right: LAM,
                ),
                Mistake(
                    "This is the learnability, a share. Its product with κ is a ridge.",
                    lambda right: right / KAPPA,
                ),
            ),
            hint="Move the term of this mode from the sum to the ridge.",
            derivation=(
                r"The sum without the mode and the ridge $\sigma^2 + \lambda\kappa/(\lambda+\kappa)$ "
                r"give the same κ. The mode is screened: for $\lambda\ll\kappa$ the growth is λ, for "
                r"$\lambda\gg\kappa$ it is κ."
            ),
            code="import sympy\n\nlam, k = sympy.symbols('lam k')\nanswer = 1 / (1 / lam + 1 / k)",
        ),
        Exercise(
            number="07.2",
            title="The end of the flow",
            statement=(
                "Eigenvalues 1, 0.5, 0.1 with multiplicities 1, 5, 14, N = 10 points, ridge 0.2. What "
                "is the ridge when all modes have been integrated out?"
            ),
            formula=r"\sigma_R^2 = \sigma^2 + \sum_l\deg(l)\frac{\kappa\lambda_l}{\lambda_l+\kappa}",
            kind=Number(),
            right=_end_point,
            mistakes=(
                Mistake("You added the whole trace, without screening.", lambda right: 0.2 + 1 + 2.5 + 1.4),
                Mistake("This is κ, the ridge per training point.", lambda right: right / 10),
            ),
            hint="Compare the formula with the equation of κ.",
            derivation=(
                "With every mode in the sum the right-hand side is that of the equation of κ: the flow "
                r"ends at $\sigma_R^2 = N\kappa$. Nothing is left to learn, and all is noise."
            ),
            code=_CODE + "answer = 10 * flow.kappa",
        ),
        Exercise(
            number="07.3",
            title="A target turns into noise",
            statement=(
                "A target has power g² (g2) in a mode with eigenvalue λ (lam) that is integrated out. "
                "How much label noise does that make, at effective ridge κ (k)?"
            ),
            formula=r"\tau_R^2 - \tau^2 = \;?",
            kind=Expression.of("lam k g2"),
            right=_label_noise,
            mistakes=(
                Mistake(
                    "That holds for λ ≪ κ. What has been learnt of the target is no noise.", lambda right: G2
                ),
                Mistake(
                    "Noise is a variance: square the share that is left.",
                    lambda right: G2 * KAPPA / (LAM + KAPPA),
                ),
                Mistake(
                    "This is what is learnt. What is not learnt acts as noise.",
                    lambda right: G2 * (LAM / (LAM + KAPPA)) ** 2,
                ),
            ),
            hint="The share λ/(λ + κ) of the coefficient is learnt. What is left over?",
            derivation=(
                r"The coefficient that is left is $g - g\lambda/(\lambda+\kappa) = "
                r"g\kappa/(\lambda+\kappa)$, and the kept modes see its square as noise of variance "
                r"$g^2\kappa^2/(\lambda+\kappa)^2$."
            ),
            code=(
                "import sympy\n\n"
                "lam, k, g2 = sympy.symbols('lam k g2')\n"
                "learnability = lam / (lam + k)\n"
                "answer = g2 * (1 - learnability) ** 2"
            ),
        ),
        Exercise(
            number="07.4",
            title="Halfway down",
            statement=(
                "The setting of 07.2, but only degree 2 (eigenvalue 0.1, 14 modes) is integrated out. "
                "What is the ridge for the theory of degrees 0 and 1?"
            ),
            formula=r"\sigma_R^2(\Lambda=1) = \sigma^2 + \deg(2)\frac{\kappa\lambda_2}{\lambda_2+\kappa}",
            kind=Number(),
            right=_infrared,
            mistakes=(
                Mistake(
                    "This is the naive sum σ² + deg(2) λ₂. The modes are screened.", lambda right: 0.2 + 1.4
                ),
                Mistake(
                    "You integrated out a single mode of degree 2. There are 14.",
                    lambda right: 0.2 + (right - 0.2) / 14,
                ),
            ),
            hint="The κ is that of the full theory (07.2), and does not change.",
            derivation=(
                r"κ is the root of the full equation, 0.2027. Then "
                r"$0.2 + 14\cdot\frac{0.1\kappa}{0.1+\kappa} = 1.138$, well below the naive 1.6."
            ),
            code=_CODE + "answer = flow.at(1).ridge",
        ),
    ),
)
