"""Exercises of notebook 03: the action averaged over data sets, and its first diagrams."""

from __future__ import annotations

from itertools import permutations

import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

N, R, LAM = sympy.symbols("N r lam")


def _quartic() -> sympy.Expr:
    u = sympy.Symbol("u")
    return sympy.diff(N * sympy.exp(-u / (2 * R)), u, 2).subs(u, 0) / 2


def _passages() -> int:
    """Orders of the six legs in which a line goes in and out at one pair after the other."""
    orders = permutations(range(6))
    return sum(all(order[k] // 2 == order[k + 1] // 2 for k in (0, 2, 4)) for order in orders)


def _bare_line() -> sympy.Expr:
    """⟨f²⟩ from the Gaussian integral over f with weight exp(-f²/2λ - N f²/2r)."""
    f = sympy.Symbol("f", real=True)
    a = sympy.Symbol("a", positive=True)
    weight = sympy.exp(-a * f**2 / 2)
    over = (f, -sympy.oo, sympy.oo)
    found = sympy.integrate(f**2 * weight, over) / sympy.integrate(weight, over)
    return sympy.together(sympy.simplify(found).subs(a, 1 / LAM + N / R))


CHAPTER = Chapter(
    3,
    "The replicated action",
    (
        Exercise(
            number="03.1",
            title="The first vertex",
            statement=(
                "Averaged over a Poisson number of training points, N in the mean, the replicated "
                "weight has the exponent below, r the ridge and φ_a = f_a - g. What is the coefficient "
                "of (Σ_a φ_a²)² in it?"
            ),
            formula=r"-S_{\rm int} = N\int d\mu\left[e^{-\sum_a \varphi_a^2/(2r)} - 1\right]",
            kind=Expression.of("N r"),
            right=_quartic,
            mistakes=(
                Mistake(
                    "The sign: the square of -1/(2r) is positive, the vertex attracts.", lambda right: -right
                ),
                Mistake("The 1/2! of the exponential series is missing.", lambda right: 2 * right),
                Mistake("The exponent has 1/(2r), whose square is 1/(4r²).", lambda right: 4 * right),
            ),
            hint="Expand the exponential to second order in Σ_a φ_a².",
            derivation=(
                r"$N e^{-u/(2r)} = N\left(1 - \frac{u}{2r} + \frac{1}{2}\frac{u^2}{4r^2} - "
                r"\dots\right)$ with $u = \sum_a\varphi_a^2$: the quartic vertex is $+N/(8r^2)$. The "
                "linear term makes the bare line, where each point counts as N/r. That the vertex is "
                "positive is the attraction between replicas which see the same data."
            ),
            code=(
                "import sympy\n\n"
                "N, r, u = sympy.symbols('N r u')\n"
                "answer = sympy.series(N * sympy.exp(-u / (2 * r)), u, 0, 3).removeO().coeff(u, 2)"
            ),
        ),
        Exercise(
            number="03.2",
            title="Ways through a vertex",
            statement=(
                "The sextic vertex is -N/(48 r³) (Σ_a φ_a²)³. In the limit of no replicas one line "
                "passes through all three of its pairs, one after the other. In how many ways?"
            ),
            formula=(
                r"\left(\sum_a\varphi_a\varphi_a\right)^{3}:\qquad \text{in} \to (..)(..)(..) \to "
                r"\text{out}"
            ),
            kind=Integer(),
            right=_passages,
            mistakes=(
                Mistake(
                    "You ordered the pairs, but each can also be passed in two directions.", lambda right: 6
                ),
                Mistake(
                    "You chose directions, but the three pairs can also be passed in any order.",
                    lambda right: 8,
                ),
                Mistake(
                    (
                        "Not any order of the legs will do: the line leaves by the partner of the leg "
                        "it came in by."
                    ),
                    lambda right: 720,
                ),
            ),
            hint="Which pair comes first? By which of its two legs does the line come in?",
            derivation=(
                "3! orders of the pairs and two directions for each of them: 2³·3! = 48. That cancels "
                "the prefactor 1/48, and so at every vertex (2^k k! against (1/2)^k/k!): each diagram "
                "that survives has weight ±N^p/r^k."
            ),
            code=("from math import factorial\n\npairs = 3\nanswer = 2**pairs * factorial(pairs)"),
        ),
        Exercise(
            number="03.3",
            title="The bare line",
            statement=(
                "A mode of the kernel with eigenvalue λ (lam) has, at leading order, the weight below. "
                "What is the line ⟨f²⟩?"
            ),
            formula=r"\exp\left[-\frac{f^2}{2\lambda} - \frac{N f^2}{2 r}\right]",
            kind=Expression.of("lam N r"),
            right=_bare_line,
            mistakes=(
                Mistake(
                    "N points add N/r to the inverse of the line, not 1/r.", lambda right: LAM * R / (LAM + R)
                ),
                Mistake(
                    "This is the learnability λ/(λ + r/N). The line is r/N times that.",
                    lambda right: LAM / (LAM + R / N),
                ),
                Mistake("You added the variances. It is their inverses that add.", lambda right: LAM + R / N),
            ),
            hint="The exponent is -f²/(2C). Read off 1/C.",
            derivation=(
                r"$1/C = 1/\lambda + N/r$, so $C = \lambda r/(N\lambda + r)$. It tends to λ, the prior "
                "variance, without data and to r/N, that of a mean of N noisy values, with many."
            ),
            code=("import sympy\n\nlam, N, r = sympy.symbols('lam N r')\nanswer = 1 / (1 / lam + N / r)"),
        ),
    ),
)
