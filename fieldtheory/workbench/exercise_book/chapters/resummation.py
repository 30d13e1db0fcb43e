"""Exercises of notebook 05: the self-consistent ridge, its error, and what is not in it."""

from __future__ import annotations

import mpmath
import sympy

from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.chapters.subleading_correction import can_be_cut, words_of_order
from fieldtheory.workbench.exercise_book.effective_ridge import effective_ridge
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake

_CODE = (
    "import fieldtheory as ft\n\n"
    "spectrum = ft.Spectrum.from_arrays([0.0, 1.0], [1, 10])\n"
    'curve = ft.learning_curve(spectrum, ft.Target({1: 1.0}), [20], ridge=1.0, theory="self-consistent")\n'
)


def _kappa() -> float:
    return effective_ridge([(1.0, 10)], 20, 1.0)


def _error() -> float:
    kappa = mpmath.mpf(_kappa())
    bias = (kappa / (1 + kappa)) ** 2
    gamma = mpmath.mpf(10) / 20 / (1 + kappa) ** 2
    return float(bias / (1 - gamma))


def _gamma() -> float:
    return 10 / 20 / (1 + _kappa()) ** 2


def is_skeleton(word: tuple[int, ...]) -> bool:
    """Whether no part of the word, but the whole, is closed: has all visits to its points."""
    return not any(
        (i, j) != (0, len(word)) and not set(word[i:j]) & set(word[:i] + word[j:])
        for i in range(len(word))
        for j in range(i + 1, len(word) + 1)
    )


def _no_repeats(word: tuple[int, ...]) -> bool:
    return all(a != b for a, b in zip(word, word[1:], strict=False))


def _skeletons() -> int:
    return sum(is_skeleton(word) and _no_repeats(word) for word in words_of_order(3))


def _rings() -> sympy.Expr:
    """The sum, from its generating function: Σ m g^(m-1) is the derivative of a geometric series."""
    g = sympy.Symbol("g")
    geometric = 1 / (1 - g)
    whole = sympy.diff(geometric, g) + geometric  # Σ_{m>=1} (m + 1) g^(m-1)
    return sympy.factor(whole - 2 - 3 * g + g)


CHAPTER = Chapter(
    5,
    "Resummation",
    (
        Exercise(
            number="05.1",
            title="The effective ridge",
            statement=(
                "A kernel has ten modes of eigenvalue 1 and no others. With N = 20 points and ridge 1, "
                "what is the effective ridge per point, κ?"
            ),
            formula=r"N\kappa = \sigma^2 + \sum_l \deg(l)\,\frac{\lambda_l\kappa}{\lambda_l + \kappa}",
            kind=Number(),
            right=_kappa,
            mistakes=(
                Mistake(
                    "This is the bare ridge per point: what other modes leave unlearnt counts too.",
                    lambda r: 0.05,
                ),
                Mistake(
                    (
                        "You counted every mode as noise in full. Modes with λ well above κ are learnt "
                        "and do not count."
                    ),
                    lambda right: 11 / 20,
                ),
                Mistake("This is N κ, the ridge of all points together.", lambda right: 20 * right),
            ),
            hint="Multiply by 1 + κ: a quadratic equation.",
            derivation=(
                r"$20\kappa = 1 + 10\kappa/(1+\kappa)$ is $20\kappa^2 + 9\kappa - 1 = 0$, so "
                r"$\kappa = (\sqrt{161} - 9)/40 \approx 0.0922$, nearly twice the bare 1/20."
            ),
            code=_CODE + "answer = curve.effective_ridge[0]",
        ),
        Exercise(
            number="05.2",
            title="More than bias",
            statement=(
                "In the same setting (ten modes of eigenvalue 1, N = 20, ridge 1): the error of a "
                "target of unit norm?"
            ),
            formula=r"E = \frac{1}{1-\gamma}\left(\frac{\kappa}{\lambda+\kappa}\right)^2,\qquad"
            r" \gamma = \frac1N\sum_l\deg(l)\left(\frac{\lambda_l}{\lambda_l+\kappa}\right)^2",
            kind=Number(),
            right=_error,
            mistakes=(
                Mistake(
                    "This is the squared bias. The variance over data sets makes it larger by 1/(1 - γ).",
                    lambda right: right * (1 - _gamma()),
                ),
                Mistake(
                    "The error is a square: you have the unlearnt share κ/(λ + κ), divided by 1 - γ.",
                    lambda right: (_kappa() / (1 + _kappa())) / (1 - _gamma()),
                ),
            ),
            hint="First κ (exercise 05.1), then γ with λ = 1 and deg = 10.",
            derivation=(
                r"With $\kappa = 0.0922$: bias $(\kappa/(1+\kappa))^2 = 0.00713$, $\gamma = "
                r"\tfrac{10}{20}(1+\kappa)^{-2} = 0.4191$, so $E = 0.00713/0.5809 = 0.01227$. Most of "
                "the error is bias here, but as N comes near to the number of modes γ tends to 1."
            ),
            code=_CODE + "answer = curve.error[0]",
        ),
        Exercise(
            number="05.3",
            title="Skeletons",
            statement=(
                "With dressed lines and vertices only skeleton words are left: no two equal letters "
                "side by side, and no part, other than the whole word, that has all visits to its "
                "points. How many of order 3 are there?"
            ),
            formula=r"\text{order }2:\ 1212\qquad\text{order }3:\ ?",
            kind=Integer(),
            right=_skeletons,
            mistakes=(
                Mistake(
                    "These are all self-energy words of order 3, rainbows and repeated visits included.",
                    lambda right: sum(not can_be_cut(word) for word in words_of_order(3)),
                ),
                Mistake(
                    "You left equal neighbours in: repeated visits to one point are in the vertex already.",
                    lambda right: sum(is_skeleton(word) for word in words_of_order(3)),
                ),
            ),
            hint=(
                "Two points, five visits: only strict alternation. Three points, six visits: which pairings?"
            ),
            derivation=(
                "Of two points only 12121. Of three, of the ten words that can't be cut, 121323, "
                "123123, 123132 and 123213 have neither equal neighbours nor a closed part. In all 5."
            ),
            code="import replicas\n\nanswer = len(list(replicas.skeleton_words(3)))",
        ),
        Exercise(
            number="05.4",
            title="The ring sum",
            statement=(
                "Rings of m points have weights a₂ = 1 and a_m = m + 1 for m ≥ 3. Sum them in closed form."
            ),
            formula=r"f(g) = \sum_{m\ge2} a_m\,g^{m-1} = g + 4g^2 + 5g^3 + \dots",
            kind=Expression.of("g", 0.05, 0.9),
            right=_rings,
            mistakes=(
                Mistake(
                    (
                        "The ring of two points has weight 1, not 3: two of its coverings are in the "
                        "saddle point already."
                    ),
                    lambda right: right + 2 * sympy.Symbol("g"),
                ),
                Mistake(
                    "You gave each ring weight 1. A line can cover a ring of m points in m + 1 ways.",
                    lambda right: sympy.Symbol("g") / (1 - sympy.Symbol("g")),
                ),
            ),
            hint=(
                "Σ (m+1) g^(m-1) is 1/g times the derivative of Σ g^(m+1). Correct the term m = 2 afterwards."
            ),
            derivation=(
                r"$\sum_{m\ge2}(m+1)g^{m-1} = \frac{1}{g}\frac{d}{dg}\frac{g^3}{1-g} = "
                r"\frac{3g-2g^2}{(1-g)^2}$. The term $m=2$ is $3g$ in it and has to be $g$: $f = "
                r"\frac{3g-2g^2}{(1-g)^2} - 2g$."
            ),
            code=(
                "import sympy\n\ng = sympy.Symbol('g')\nanswer = sympy.diff(g**3 / (1 - g), g) / g - 2 * g"
            ),
        ),
    ),
)
