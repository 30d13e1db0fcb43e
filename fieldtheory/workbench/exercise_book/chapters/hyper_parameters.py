"""Exercises of notebook 10: what theory says about ridge, noise and number of points."""

from __future__ import annotations

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Number
from fieldtheory.workbench.exercise_book.effective_ridge import effective_ridge
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

N, DEG, LAM, KAPPA = sympy.symbols("N deg lam k")
_MODES = [(1.0, 1), (0.5, 5), (0.1, 14)]
_NOISE = 0.25


def _error(ridge: mpmath.mpf) -> mpmath.mpf:
    """At N = 10: the bias of a target with powers deg λ, label noise 1/4, both over 1 - γ."""
    kappa = effective_ridge(_MODES, 10, float(ridge))
    bias = sum(deg * lam * (kappa / (lam + kappa)) ** 2 for lam, deg in _MODES)
    gamma = sum(deg * (lam / (lam + kappa)) ** 2 for lam, deg in _MODES) / 10
    return (bias + gamma * _NOISE) / (1 - gamma)


def _best_ridge() -> float:
    """Golden section for the minimum of the error."""
    low, high = 0.01, 2.0
    ratio = (5**0.5 - 1) / 2
    for _ in range(60):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if _error(a) < _error(b) else (a, high)
    return (low + high) / 2


def _best_error() -> float:
    return float(_error(mpmath.mpf(_NOISE)))


def _ridge_of() -> sympy.Expr:
    ridge = sympy.Symbol("ridge")
    return sympy.solve(sympy.Eq(N * KAPPA, ridge + DEG * LAM * KAPPA / (LAM + KAPPA)), ridge)[0]


def _points_for_half() -> float:
    """N at κ = λ₁, from the equation of κ solved for N."""
    kappa = mpmath.mpf("0.1")
    return float((mpmath.mpf("0.2") + sum(deg * lam * kappa / (lam + kappa) for lam, deg in _MODES)) / kappa)


_CODE = (
    "import fieldtheory as ft\n\n"
    "spectrum = ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14], dim=5)\n"
    "target = ft.Target({0: 1.0, 1: 2.5, 2: 1.4})  # powers deg λ\n"
    'rest = dict(label_noise=0.25, theory="self-consistent")\n'
)


CHAPTER = Chapter(
    10,
    "Choosing hyper-parameters",
    (
        Exercise(
            number="10.1",
            title="The best ridge",
            statement=(
                "The target is drawn from the prior of the kernel: power deg(l) λ_l in degree l, with "
                "eigenvalues 1, 0.5, 0.1 and multiplicities 1, 5, 14. The labels have noise of "
                "variance 0.25. Which ridge has the smallest error?"
            ),
            formula=(
                r"E = \frac{\sum_l\deg(l)\lambda_l\left(\frac{\kappa}{\lambda_l+\kappa}\right)^2 + "
                r"\gamma\tau^2}{1-\gamma}"
            ),
            kind=Number(),
            right=_best_ridge,
            mistakes=(
                Mistake(
                    ("No ridge is best without noise only: here noisy labels would be fitted."),
                    lambda right: 0.0,
                ),
                Mistake(
                    ("The ridge is a variance: you took the standard deviation of the noise."),
                    lambda right: 0.5,
                ),
                Mistake(
                    ("The ridge is that of all the points, it is not divided by N."), lambda right: right / 10
                ),
            ),
            hint="The kernel is the right prior. What does Bayes take for the likelihood?",
            derivation=(
                "If the target comes from the prior and the likelihood has the variance of the noise, "
                "the posterior mean is the best predictor there is: the ridge is 0.25, for every N. "
                "The minimum of the formula agrees, as the saddle point keeps this property."
            ),
            code=(
                _CODE + "from scipy.optimize import minimize_scalar\n\n\n"
                "def error(ridge):\n"
                "    return ft.learning_curve(spectrum, target, [10], ridge, **rest).error[0]\n\n\n"
                'answer = minimize_scalar(error, bounds=(0.01, 2.0), method="bounded").x'
            ),
        ),
        Exercise(
            number="10.2",
            title="How good the best is",
            statement=(
                "In the setting of 10.1, N = 10 and the best ridge 0.25: what error remains, measured "
                "against labels without noise?"
            ),
            formula=r"E + \tau^2 = N\kappa",
            kind=Number(),
            right=_best_error,
            mistakes=(
                Mistake("This contains the noise of the test labels.", lambda right: right + 0.25),
                Mistake("This is κ, the effective ridge per point.", lambda right: (right + 0.25) / 10),
            ),
            hint="Solve the equation of κ with ridge 0.25, and use the formula.",
            derivation=(
                r"For a target of the prior and the ridge of the noise, $E + \tau^2 = N\kappa$ exactly "
                r"at the saddle point: $\sum\deg\lambda(\kappa/(\lambda+\kappa))^2 + \tau^2 = "
                r"N\kappa(1-\gamma)$ follows from the equation of κ. The root at ridge 0.25 gives "
                r"$N\kappa = 2.121$ and $E = 1.871$."
            ),
            code=_CODE + "answer = ft.learning_curve(spectrum, target, [10], 0.25, **rest).error[0]",
        ),
        Exercise(
            number="10.3",
            title="Which ridge for which horizon",
            statement=(
                "A kernel has one eigenvalue λ (lam) of multiplicity deg. Which ridge makes the "
                "effective ridge of N points equal to κ (k)?"
            ),
            formula=r"N\kappa = \sigma^2 + \sum_l\deg(l)\frac{\lambda_l\kappa}{\lambda_l+\kappa}",
            kind=Expression.of("N deg lam k", 0.5, 3.0),
            right=_ridge_of,
            mistakes=(
                Mistake(
                    ("The modes make part of N κ: what they leave unlearnt need not be added."),
                    lambda right: N * KAPPA,
                ),
                Mistake(
                    "The term of the modes changes its sign when it is brought to the other side.",
                    lambda right: 2 * N * KAPPA - right,
                ),
            ),
            hint="Solve for the ridge. Nothing else depends on it.",
            derivation=(
                r"$\sigma^2 = \kappa\left(N - \deg\lambda/(\lambda+\kappa)\right)$. It is negative when "
                "N is smaller than the number of learnt modes: no ridge makes the effective one so "
                "small."
            ),
            code=(
                "import sympy\n\n"
                "N, deg, lam, k = sympy.symbols('N deg lam k')\n"
                "answer = k * (N - deg * lam / (lam + k))"
            ),
        ),
        Exercise(
            number="10.4",
            title="Points for a degree",
            statement=(
                "Eigenvalues 1, 0.5, 0.1 with multiplicities 1, 5, 14 and ridge 0.2: how many points "
                "does it take until degree 2 (eigenvalue 0.1) is learnt by half?"
            ),
            formula=r"\frac{\lambda_2}{\lambda_2+\kappa} = \frac12",
            kind=Number(),
            right=_points_for_half,
            mistakes=(
                Mistake(
                    ("You counted the ridge only: the modes of all degrees need points too."),
                    lambda right: 2.0,
                ),
                Mistake("You counted modes only: the ridge needs σ²/κ points more.", lambda right: right - 2),
            ),
            hint="Half is learnt when κ = λ₂. Solve the equation of κ for N.",
            derivation=(
                r"At $\kappa = 0.1$: $N = \sigma^2/\kappa + \sum\deg\lambda/(\lambda+\kappa) = "
                r"2 + \frac{1}{1.1} + \frac{2.5}{0.6} + 7 = 14.08$."
            ),
            code=(
                _CODE + "from scipy.optimize import brentq\n\n\n"
                "def excess(n):\n"
                "    curve = ft.learning_curve(spectrum, target, [n], 0.2, **rest)\n"
                "    return curve.effective_ridge[0] - 0.1\n\n\n"
                "answer = brentq(excess, 5, 50)"
            ),
        ),
    ),
)
