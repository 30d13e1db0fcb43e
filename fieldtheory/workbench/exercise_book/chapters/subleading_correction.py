"""Exercises of notebook 04: the first correction, its words, and what a fixed number of points changes."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

N, R, LAM, D, C1 = sympy.symbols("N r lam d C1")


def words(visits: int, start: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Sequences of so many visits to impurities, numbered as they first occur, each seen twice at least."""
    if len(start) == visits:
        if all(start.count(letter) > 1 for letter in start):
            yield start
        return
    for letter in range(max(start, default=-1) + 2):
        yield from words(visits, (*start, letter))


def can_be_cut(word: tuple[int, ...]) -> bool:
    """Whether the word is two words without a common letter, one after the other."""
    return any(not set(word[:k]) & set(word[k:]) for k in range(1, len(word)))


def words_of_order(order: int) -> list[tuple[int, ...]]:
    """All of so many visits more than impurities."""
    lengths = range(order + 1, 2 * order + 1)
    return [word for length in lengths for word in words(length) if length - len(set(word)) == order]


def _words_of_order_three() -> int:
    return sum(not can_be_cut(word) for word in words_of_order(3))


def _fixed_number() -> sympy.Expr:
    """Minus half the variance of a Poisson number, from its generating function, times the curvature in N."""
    z = sympy.Symbol("z")
    generating = sympy.exp(N * (z - 1))
    first, second = (sympy.diff(generating, z, k).subs(z, 1) for k in (1, 2))
    variance = sympy.simplify(second + first - first**2)
    error = (R / (N * LAM + R)) ** 2
    return sympy.factor(-variance / 2 * sympy.diff(error, N, 2))


def _one_point() -> sympy.Expr:
    """⟨t²⟩/(1 + r): the overlap of t g(x₁)/(1 + r), averaged over x₁, with a linear g."""
    half = D / 2
    mean = (
        sympy.gamma(half) * sympy.gamma(sympy.Rational(3, 2)) / (sympy.sqrt(sympy.pi) * sympy.gamma(half + 1))
    )
    return sympy.gammasimp(mean) / (1 + R)


def _tadpole() -> sympy.Expr:
    """The term of the line that is linear in the self-energy -N C1/r²."""
    small = sympy.Symbol("small")
    line = 1 / (1 / LAM + N / R + small * (-N * C1 / R**2))
    return sympy.factor(sympy.diff(line, small).subs(small, 0))


CHAPTER = Chapter(
    4,
    "The sub-leading correction",
    (
        Exercise(
            number="04.1",
            title="Words of order three",
            statement=(
                "A diagram of GP regression is a word: the sequence of training points that a line "
                "visits, each at least twice. Its order is the number of visits minus that of points. "
                "Self-energy words can't be cut into two parts without a common letter. How many of "
                "order 3 are there?"
            ),
            formula=r"\text{order }1:\ 11\qquad \text{order }2:\ 111,\ 1221,\ 1212\qquad \text{order }3:\ ?",
            kind=Integer(),
            right=_words_of_order_three,
            mistakes=(
                Mistake(
                    (
                        "You kept words that can be cut, such as 1122: these are lines between two "
                        "self-energies."
                    ),
                    lambda right: len(words_of_order(3)),
                ),
                Mistake(
                    (
                        "You have only the words of three points, each visited twice: points may be "
                        "visited more often."
                    ),
                    lambda right: sum(not can_be_cut(word) for word in words_of_order(3) if len(word) == 6),
                ),
            ),
            hint=(
                "Four visits to one point, five to two, six to three. Only the last two kinds have "
                "several words."
            ),
            derivation=(
                "One point: 1111. Two points, visited twice and three times: eight words (11212, "
                "11221, 12112, 12121, 12122, 12211, 12212, 12221) can't be cut. Three points, each "
                "twice: of 15 pairings ten can't be cut. 1 + 8 + 10 = 19."
            ),
            code="import replicas\n\nanswer = len(list(replicas.self_energy_words(3)))",
        ),
        Exercise(
            number="04.2",
            title="A fixed number of points",
            statement=(
                "At leading order a mode has the error E below, N the mean of a Poisson number of "
                "points. For exactly N points a correction is added that compensates for the "
                "fluctuations of the number. What is it, at first order in the variance of that "
                "number?"
            ),
            formula=r"E(N) = \left(\frac{r}{N\lambda + r}\right)^2,\qquad E_{\rm fixed} = E(N) + \;?",
            kind=Expression.of("N lam r"),
            right=_fixed_number,
            mistakes=(
                Mistake(
                    (
                        "A factor N/2 is missing: have you counted the variance N of the number, and "
                        "the 1/2 of Taylor?"
                    ),
                    lambda right: 2 * right / N,
                ),
                Mistake(
                    "A factor 1/2 is missing, that of the second order of Taylor.", lambda right: 2 * right
                ),
                Mistake(
                    "The sign: the Poisson mean contains +N E''/2, which has to be taken away.",
                    lambda right: -right,
                ),
            ),
            hint=(
                "Average E(n) over a Poisson number n of mean N, to second order in n - N, and solve "
                "for E(N)."
            ),
            derivation=(
                r"$\langle E(n)\rangle = E(N) + \tfrac12\langle(n-N)^2\rangle E''(N) + \dots$ with "
                r"$\langle(n-N)^2\rangle = N$. Solved for the error at exactly N points the correction is "
                r"$-\tfrac N2 E''(N)$, and $E'' = 6\lambda^2 r^2/(N\lambda+r)^4$: in all "
                r"$-3N\lambda^2r^2/(N\lambda+r)^4$."
            ),
            code=(
                "import sympy\n\n"
                "N, lam, r = sympy.symbols('N lam r')\n"
                "error = (r / (N * lam + r)) ** 2\n"
                "answer = -N / 2 * sympy.diff(error, N, 2)"
            ),
        ),
        Exercise(
            number="04.3",
            title="One training point, exactly",
            statement=(
                "The kernel is K(t) = t in d dimensions, the target linear. With a single training "
                "point and ridge r, which share of the target is learnt, on average over that point?"
            ),
            formula=r"a_1 = \langle f\rangle_1/g_1,\qquad N = 1",
            kind=Expression.of("d r", 2.0, 9.0),
            right=_one_point,
            mistakes=(
                Mistake(
                    "This is the leading order, λ/(λ + r/N) with λ = 1/d. Here every order can be summed.",
                    lambda right: 1 / (1 + D * R),
                ),
                Mistake(
                    (
                        "A point teaches its own direction only: the average of t² over directions, "
                        "1/d, is missing."
                    ),
                    lambda right: 1 / (1 + R),
                ),
            ),
            hint="The prediction is t g(x₁)/(1 + r), t = x·x₁. Average over x₁ with ⟨x₁x₁ᵀ⟩ = 1/d.",
            derivation=(
                r"$f(x) = K(x,x_1)\,g(x_1)/(K(x_1,x_1)+r) = (x\cdot x_1)(w\cdot x_1)/(1+r)$ for $g = "
                r"w\cdot x$, and $\langle x_1x_1^T\rangle = 1/d$, so that $a_1 = \frac{1}{d(1+r)}$. The "
                "leading order, $1/(1+dr)$, is larger for d > 1: it treats the point as if it told a "
                "little about every direction."
            ),
            code=(
                "import sympy\n\n"
                "d, r = sympy.symbols('d r')\n"
                "mean_square = 1 / d  # d components, whose squares add up to 1\n"
                "answer = mean_square / (1 + r)"
            ),
        ),
        Exercise(
            number="04.4",
            title="The tadpole",
            statement=(
                "The first self-energy word, 11, is -N C1/r², C1 the sum of all bare lines. How does "
                "the line of a mode with eigenvalue λ (lam) change, to first order in it?"
            ),
            formula=(
                r"G = \left(\frac1\lambda + \frac Nr + \Sigma\right)^{-1},\qquad \Sigma = -\frac{N "
                r"C_1}{r^2},\qquad G^{(1)} = \;?"
            ),
            kind=Expression.of("N r lam C1"),
            right=_tadpole,
            mistakes=(
                Mistake(
                    "The sign: a negative self-energy makes the line longer lived.", lambda right: -right
                ),
                Mistake(
                    "One bare line is missing: the self-energy sits between two of them.",
                    lambda right: right * (1 / LAM + N / R),
                ),
            ),
            hint="G = C - C Σ C + ..., C the bare line.",
            derivation=(
                r"$G = C - C\Sigma C + \dots$ with $C = \lambda r/(N\lambda+r)$, so $G^{(1)} = N C_1 "
                r"C^2/r^2 = N C_1\lambda^2/(N\lambda+r)^2$: learning is slower than at leading order, "
                "since a point that lies near another one tells less than a fresh one."
            ),
            code=(
                "import sympy\n\n"
                "N, r, lam, C1 = sympy.symbols('N r lam C1')\n"
                "bare = 1 / (1 / lam + N / r)\n"
                "answer = N * C1 / r**2 * bare**2"
            ),
        ),
    ),
)
