"""Exercises of notebook 09: kernels on given points, without a sphere."""

from __future__ import annotations

from fractions import Fraction

import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Number
from fieldtheory.workbench.exercise_book.effective_ridge import effective_ridge
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

N, R = sympy.symbols("N r")


def _kappa() -> float:
    return effective_ridge([(1.5, 1), (0.5, 1)], 1, 1.0)


def _errors() -> tuple[Fraction, Fraction]:
    """Squared errors at the point that was drawn and at the other: y = (1, -1), ridge 1."""
    shrunk = Fraction(1, 2 + 1)
    return (1 - 2 * shrunk) ** 2, (-1 - 1 * shrunk) ** 2


def _mean_error() -> float:
    return float(sum(_errors()) / 2)


def _degrees_of_freedom() -> sympy.Expr:
    """Σ λ/(λ + κ), eliminated from N κ = r + κ Σ λ/(λ + κ)."""
    k, learnt = sympy.symbols("k learnt")
    return sympy.solve(sympy.Eq(N * k, R + k * learnt), learnt)[0]


CHAPTER = Chapter(
    9,
    "Real data",
    (
        Exercise(
            number="09.1",
            title="Two points as a domain",
            statement=(
                "A data set has two points, with the kernel matrix below. One of them is drawn for "
                "training, the ridge is 1. What is the effective ridge κ?"
            ),
            formula=(
                r"K = \begin{pmatrix}2&1\\1&2\end{pmatrix},\qquad n\kappa = \sigma^2 + "
                r"\sum_k\frac{\lambda_k\kappa}{\lambda_k+\kappa}"
            ),
            kind=Number(),
            right=_kappa,
            mistakes=(
                Mistake(
                    "You took the eigenvalues of K, 3 and 1. The modes are those of K/M, M = 2 points.",
                    lambda right: effective_ridge([(3.0, 1), (1.0, 1)], 1, 1.0),
                ),
                Mistake(
                    "This is the bare ridge: the modes that one point can't resolve add to it.",
                    lambda right: 1.0,
                ),
            ),
            hint="Eigenvalues of K/2, each with multiplicity 1, and n = 1.",
            derivation=(
                r"$K/2$ has the eigenvalues 3/2 and 1/2. $\kappa = 1 + \frac{1.5\kappa}{1.5+\kappa} + "
                r"\frac{0.5\kappa}{0.5+\kappa}$ has the root κ = 2.323: one point learns little of two modes."
            ),
            code=(
                "import fieldtheory as ft\n"
                "import numpy as np\n\n"
                "modes = np.linalg.eigvalsh(np.array([[2, 1], [1, 2]]) / 2)\n"
                "spectrum, target = ft.Spectrum.from_arrays(modes, [1, 1]), ft.Target({1: 1.0})\n"
                'curve = ft.learning_curve(spectrum, target, [1], ridge=1.0, theory="self-consistent")\n'
                "answer = curve.effective_ridge[0]"
            ),
        ),
        Exercise(
            number="09.2",
            title="The same, exactly",
            statement=(
                "In the setting of 09.1 the labels are 1 and -1. What is the mean squared error over "
                "both points, averaged over which of them is drawn?"
            ),
            formula=r"f(x) = \frac{K(x,x_1)}{K(x_1,x_1)+\sigma^2}\,y_1",
            kind=Number(1e-6),
            right=_mean_error,
            mistakes=(
                Mistake(
                    "This is the error at the point that was not drawn.", lambda right: float(_errors()[1])
                ),
                Mistake("This is the training error.", lambda right: float(_errors()[0])),
                Mistake("You added the two errors. Their mean is asked for.", lambda right: 2 * right),
            ),
            hint="If the first point is drawn, f = (2/3, 1/3).",
            derivation=(
                "f = (2/3, 1/3) against y = (1, -1): squared errors 1/9 and 16/9, mean 17/18. The "
                "other draw gives the same. That is worse than nothing learnt on the unseen point: the "
                "kernel expects equal signs."
            ),
            code=(
                "import numpy as np\n\n"
                "K, y = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1.0, -1.0])\n"
                "fits = [K[:, i] / (K[i, i] + 1.0) * y[i] for i in range(2)]\n"
                "answer = np.mean([(fit - y) ** 2 for fit in fits])"
            ),
        ),
        Exercise(
            number="09.3",
            title="Degrees of freedom",
            statement=(
                "How many modes are learnt in all, counted by their learnabilities? Write it in N, the "
                "ridge r and the effective ridge κ (k)."
            ),
            formula=r"\sum_i\frac{\lambda_i}{\lambda_i+\kappa} = \;?",
            kind=Expression.of("N r k"),
            right=_degrees_of_freedom,
            mistakes=(
                Mistake("That holds without a ridge. A ridge gives away part of the data.", lambda right: N),
                Mistake("The ridge has to be counted in units of κ.", lambda right: N - R),
            ),
            hint="Divide the equation of κ by κ.",
            derivation=(
                r"$N\kappa = r + \kappa\sum_i\lambda_i/(\lambda_i+\kappa)$, divided by κ: $N - "
                r"r/\kappa$. Each training point can teach one mode, no more, whatever the kernel: what "
                "is gained in one mode is lost in others."
            ),
            code=("import sympy\n\nN, r, k = sympy.symbols('N r k')\nanswer = N - r / k"),
        ),
    ),
)
