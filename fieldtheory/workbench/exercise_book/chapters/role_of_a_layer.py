"""Exercises of notebook 15: coarse variables, what they keep, and how couplings flow."""

from __future__ import annotations

from itertools import product
from math import exp, log

import mpmath

from fieldtheory.workbench.exercise_book.answers.function import Function
from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake


def _decimated(coupling: float) -> float:
    """Half the log ratio of the weights of equal and unequal neighbours, the spin between them summed."""

    def weight(left: int, right: int) -> float:
        return sum(exp(coupling * s * (left + right)) for s in (1, -1))

    return log(weight(1, 1) / weight(1, -1)) / 2


def _majority(p: mpmath.mpf) -> mpmath.mpf:
    """Probability that most of three sites are open, state by state."""
    states = product((0, 1), repeat=3)
    return sum(p ** sum(s) * (1 - p) ** (3 - sum(s)) for s in states if sum(s) > 1)


def _exponent() -> float:
    return float(mpmath.log(mpmath.sqrt(3)) / mpmath.log(mpmath.diff(_majority, 0.5)))


def _information() -> float:
    """I of two neighbouring spins at K = 1/2, from their joint table."""
    weights = {(s, t): exp(0.5 * s * t) for s in (1, -1) for t in (1, -1)}
    total = sum(weights.values())
    return sum(w / total * log(4 * w / total) for w in weights.values())


def _crossing_states() -> int:
    """States of 2 x 2 sites with an open column, one by one."""
    return sum(bool((a and c) or (b and d)) for a, b, c, d in product((0, 1), repeat=4))


CHAPTER = Chapter(
    15,
    "The role of a layer",
    (
        Exercise(
            number="15.1",
            title="Every second spin",
            statement=(
                "In an Ising chain of coupling K every second spin is summed over. What is the "
                "coupling of those that are left?"
            ),
            formula=r"\sum_{s}e^{K s(s_1+s_2)} = A\,e^{K' s_1 s_2},\qquad K'(K) = \;?",
            kind=Function((("K", 0.1, 2.0),)),
            right=lambda: _decimated,
            mistakes=(
                Mistake(
                    "The ratio of equal to unequal neighbours is exp(2K'): a factor 1/2 is missing.",
                    lambda right: lambda K: 2 * right(K),
                ),
                Mistake("This holds for weak coupling. Try K = 2.", lambda right: lambda K: K**2),
                Mistake(
                    (
                        "This is the correlation tanh K' = tanh² K. The coupling is its inverse "
                        "hyperbolic tangent."
                    ),
                    lambda right: lambda K: float(mpmath.tanh(K)) ** 2,
                ),
            ),
            hint="Compare s₁ = s₂ with s₁ = -s₂.",
            derivation=(
                r"Equal neighbours weigh $2\cosh2K = Ae^{K'}$, unequal ones $2 = Ae^{-K'}$, so $K' = "
                r"\tfrac12\ln\cosh2K$, or $\tanh K' = \tanh^2K$. It is always below K: the chain flows "
                "to high temperature."
            ),
            code=('from renormalization import RGMap\n\nanswer = RGMap.named("ising_decimation_1d")'),
        ),
        Exercise(
            number="15.2",
            title="Percolation by majority",
            statement=(
                "On the triangular lattice three sites become one, open if most of them are. A length "
                "shrinks by √3. Which exponent ν does this map have at its fixed point 1/2?"
            ),
            formula=r"p' = p^3 + 3p^2(1-p),\qquad \nu = \frac{\ln b}{\ln(dp'/dp)}",
            kind=Number(),
            right=_exponent,
            mistakes=(
                Mistake("Three sites become one, but a length shrinks by √3 only.", lambda right: 2 * right),
                Mistake("This is 1/ν, the exponent of the coupling.", lambda right: 1 / right),
                Mistake(
                    ("That is the exact value, 4/3. The cell is small: the map gives a little more."),
                    lambda right: 4 / 3,
                ),
            ),
            hint="The slope at p = 1/2 is 3/2.",
            derivation=(
                r"$dp'/dp = 6p - 6p^2 = \tfrac32$ at $\tfrac12$, so $\nu = \ln\sqrt3/\ln\tfrac32 = "
                "1.3547$, near the exact 4/3."
            ),
            code=(
                "from math import log, sqrt\nfrom renormalization import RGMap\n\n"
                'percolation = RGMap.named("percolation_triangular_site")\n'
                "answer = log(sqrt(3)) / log(percolation.jacobian(0.5)[0, 0])"
            ),
        ),
        Exercise(
            number="15.3",
            title="What a neighbour knows",
            statement=(
                "How much information, in nats, do two neighbouring spins of coupling K = 1/2 have "
                "about each other?"
            ),
            formula=r"I = \sum_{s,t}P(s,t)\ln\frac{P(s,t)}{P(s)P(t)},\qquad P(s,t)\propto e^{st/2}",
            kind=Number(),
            right=_information,
            mistakes=(
                Mistake("This is in bits. Natural logarithms give nats.", lambda right: right / log(2)),
                Mistake(
                    "This is tanh²(K)/2, the leading term for weak coupling.",
                    lambda right: float(mpmath.tanh(0.5)) ** 2 / 2,
                ),
                Mistake(
                    "This is the entropy of one spin given the other. Take it away from ln 2.",
                    lambda right: log(2) - right,
                ),
            ),
            hint=(
                "Each spin alone is fair. Given the other it is equal to it with probability (1 + tanh K)/2."
            ),
            derivation=(
                r"$I = \ln2 - H$ with $H = -p\ln p - (1-p)\ln(1-p)$ at $p = (1+\tanh\tfrac12)/2 = 0.731$: "
                "I = 0.693 - 0.582 = 0.111."
            ),
            code=(
                "from renormalization import LatticeModel\n\n"
                "answer = LatticeModel.ising(2, 0.5).joint([0], [1]).information"
            ),
        ),
        Exercise(
            number="15.4",
            title="Cells that are crossed",
            statement=(
                "A cell of 2 by 2 sites, each open or closed, is crossed if an open path leads from "
                "its top row to its bottom row by nearest neighbours. How many of its 16 states are "
                "crossed?"
            ),
            formula=r"R_2(p) = \sum_k c_k\,p^k(1-p)^{4-k},\qquad \sum_k c_k = \;?",
            kind=Integer(),
            right=_crossing_states,
            mistakes=(
                Mistake("The state with both columns open was counted twice.", lambda right: 8),
                Mistake("These are the ones that are not crossed.", lambda right: 16 - right),
            ),
            hint="One of the two columns has to be open altogether.",
            derivation=(
                "Left column open: 4 states. Right column: 4. Both: 1. So 4 + 4 - 1 = 7, and $R_2 = "
                r"2p^2 - p^4$: its fixed point is $(\sqrt5-1)/2 = 0.618$, where the infinite lattice "
                "has 0.593."
            ),
            code=("from renormalization import percolation_cell\n\nanswer = sum(percolation_cell(2).counts)"),
        ),
    ),
)
