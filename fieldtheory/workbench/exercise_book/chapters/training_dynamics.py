"""Exercises of notebook 13: gradient descent in function space, and where it ends."""

from __future__ import annotations

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

ETA, LAM, STEPS = sympy.symbols("eta lam t")


def _loss() -> sympy.Expr:
    """From the recursion Δ(t+1) = (1 - ηλ) Δ(t), which SymPy solves."""
    residual, t = sympy.Function("residual"), sympy.Symbol("t")
    step = residual(t + 1) - (1 - ETA * LAM) * residual(t)
    return sympy.rsolve(step, residual(t), {residual(0): 1}) ** 2


def _largest_rate() -> float:
    """By bisection on whether descent on K = [[2, 1], [1, 2]] from a generic start dies out."""

    def dies(rate: mpmath.mpf) -> bool:
        a, b = mpmath.mpf(1), mpmath.mpf("0.3")
        for _ in range(4000):
            a, b = a - rate * (2 * a + b), b - rate * (a + 2 * b)
        return bool(abs(a) + abs(b) < 1)

    low, high = mpmath.mpf("0.1"), mpmath.mpf(2)
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if dies(middle) else (low, middle)
    return float(low)


def _end_of_flow() -> float:
    """The readout at the end of gradient flow on (1 - a w)²/2, by small steps of Runge and Kutta."""

    def velocity(a: float, w: float) -> tuple[float, float]:
        off = 1 - a * w
        return off * w, off * a

    a, w, step = 2.0, 1.0, 0.01
    for _ in range(2000):
        k1 = velocity(a, w)
        k2 = velocity(a + step / 2 * k1[0], w + step / 2 * k1[1])
        k3 = velocity(a + step / 2 * k2[0], w + step / 2 * k2[1])
        k4 = velocity(a + step * k3[0], w + step * k3[1])
        a += step / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        w += step / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    return a


CHAPTER = Chapter(
    13,
    "Training dynamics",
    (
        Exercise(
            number="13.1",
            title="Loss of a mode",
            statement=(
                "In lazy training a mode of the tangent kernel on the training points has eigenvalue λ "
                "(lam). What is its squared residual after t steps of gradient descent with rate η "
                "(eta), starting at 1?"
            ),
            formula=r"\Delta(t+1) = \Delta(t) - \eta\lambda\,\Delta(t),\qquad \Delta(t)^2 = \;?",
            kind=Expression((("eta", 0.05, 0.3), ("lam", 0.5, 2.0), ("t", 1.0, 6.0))),
            right=_loss,
            mistakes=(
                Mistake(
                    ("This is the residual. Its square is asked for."), lambda right: (1 - ETA * LAM) ** STEPS
                ),
                Mistake(
                    "This is gradient flow, the limit of small steps.",
                    lambda right: sympy.exp(-2 * ETA * LAM * STEPS),
                ),
            ),
            hint="Each step multiplies the residual by the same number.",
            derivation=(
                r"$\Delta(t) = (1-\eta\lambda)^t$, so $\Delta^2 = (1-\eta\lambda)^{2t}$, which is "
                r"$e^{-2\eta\lambda t}$ for small steps only. Modes with large eigenvalue, low degrees, "
                "are learnt first."
            ),
            code=(
                "import sympy\n\n"
                "eta, lam, t = sympy.symbols('eta lam t')\n"
                "answer = (1 - eta * lam) ** (2 * t)"
            ),
        ),
        Exercise(
            number="13.2",
            title="The largest learning rate",
            statement="Above which learning rate does gradient descent diverge, if the tangent kernel is K?",
            formula=r"\Delta(t+1) = (1 - \eta K)\,\Delta(t),\qquad K = \begin{pmatrix}2&1\\1&2\end{pmatrix}",
            kind=Number(),
            right=_largest_rate,
            mistakes=(
                Mistake(
                    "This is the fastest rate for the largest mode, 1/λ. It may overshoot up to twice that.",
                    lambda right: 1 / 3,
                ),
                Mistake(
                    ("You used the smallest eigenvalue. The largest one diverges first."), lambda right: 2.0
                ),
                Mistake(
                    ("The trace bounds the largest eigenvalue, but is not it: 3, not 4."), lambda right: 0.5
                ),
            ),
            hint="Every |1 - ηλ| has to stay below 1.",
            derivation=r"The eigenvalues are 3 and 1. $|1-3\eta| < 1$ means $\eta < 2/3$.",
            code=("import numpy as np\n\nanswer = 2 / np.linalg.eigvalsh([[2.0, 1.0], [1.0, 2.0]]).max()"),
        ),
        Exercise(
            number="13.3",
            title="Where two weights end",
            statement=(
                "The smallest deep network, f = a w, is trained by gradient flow on (1 - f)²/2. It "
                "starts at a = 2, w = 1. What is a in the end?"
            ),
            formula=r"\dot a = (1-aw)\,w,\qquad \dot w = (1-aw)\,a",
            kind=Number(),
            right=_end_of_flow,
            mistakes=(
                Mistake("That is the start: the flow moves both weights.", lambda right: 2.0),
                Mistake("This is w in the end.", lambda right: 1 / right),
                Mistake(
                    "This would hold if the weights ended alike. The flow remembers how unequal they began.",
                    lambda right: 1.0,
                ),
                Mistake(
                    "You shrank both by the same factor. It is their difference of squares that stays.",
                    lambda right: 2**0.5,
                ),
            ),
            hint="a² - w² does not change along the flow.",
            derivation=(
                r"$\frac{d}{dt}(a^2-w^2) = 2(1-aw)(aw - wa) = 0$. So $a^2 - w^2 = 3$ and $aw = 1$ at "
                r"the end: $a^4 - 3a^2 - 1 = 0$, $a = \sqrt{(3+\sqrt{13})/2} = 1.8174$. The tangent "
                r"kernel, $a^2 + w^2$, has changed from 5 to $\sqrt{13}$: this is feature learning."
            ),
            code=(
                "import sympy\n\n"
                "a = sympy.Symbol('a', positive=True)\n"
                "answer = sympy.solve(a**2 - 1 / a**2 - 3, a)[0]"
            ),
        ),
    ),
)
