"""Exercises of notebook 01: one Gaussian variable, pairings, the first diagrams, an asymptotic series."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import factorial

import sympy

from fieldtheory.workbench.exercise_book.answers.diagram_list import DiagramList, Lines
from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake
from fieldtheory.workbench.exercise_book.wick_graphs import is_irreducible, pairings, wick_graphs


def _pairings_of_eight() -> int:
    return sum(1 for _ in pairings(tuple(range(8))))


def _moment_series(power: int) -> sympy.Expr:
    """The integral of x^power exp(-S) up to g^2, moments integrated by SymPy."""
    g, x = sympy.Symbol("g"), sympy.Symbol("x", real=True)
    weight = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return sum(
        (-g / 24) ** k
        / factorial(k)
        * sympy.integrate(weight * x ** (power + 4 * k), (x, -sympy.oo, sympy.oo))
        for k in range(3)
    )


def _two_point_series() -> sympy.Expr:
    return sympy.series(_moment_series(2) / _moment_series(0), sympy.Symbol("g"), 0, 3).removeO()


def _smallest_term() -> int:
    def sizes() -> Iterator[tuple[Fraction, int]]:
        for k in range(30):
            moment = Fraction(factorial(4 * k), 2 ** (2 * k) * factorial(2 * k))
            yield Fraction(3, 10) ** k * moment / (24**k * factorial(k)), k

    return min(sizes())[1]


def _self_energy_of_order_two() -> list[Lines]:
    """Of all contractions those that hold together, whichever line is cut."""
    return [graph for graph in wick_graphs(2, (4, 4)) if is_irreducible(graph)]


def _chain() -> Lines:
    return ((0, 2), (2, 2), (2, 3), (3, 3), (1, 3))


CHAPTER = Chapter(
    1,
    "Zero dimensions",
    (
        Exercise(
            number="01.1",
            title="Eight fields",
            statement="A variable φ is Gaussian with mean 0 and variance 1. What is its eighth moment?",
            formula=r"\langle \varphi^8 \rangle = \; ?",
            kind=Integer(),
            right=_pairings_of_eight,
            mistakes=(
                Mistake(
                    "You count the same pairing once for each order of its four pairs, 4! = 24 times.",
                    lambda right: 24 * right,
                ),
                Mistake(
                    "That is 8!! = 8·6·4·2. The first field has seven partners, not eight: 7!!.",
                    lambda right: 384,
                ),
            ),
            hint="The first field can be paired with any of the seven others. Six fields are left.",
            derivation=(
                "By Wick's theorem a Gaussian moment is the sum over all pairings, each of which gives "
                "1 here. The first field has 7 partners, the first of the six that are left has 5, "
                r"then 3, then 1: $\langle\varphi^8\rangle = 7!! = 7\cdot5\cdot3\cdot1 = 105$."
            ),
            code="from sympy import factorial2\n\nanswer = factorial2(7)",
        ),
        Exercise(
            number="01.2",
            title="Two orders of a propagator",
            statement=(
                "The action is S(φ) = φ²/2 + g φ⁴/24. Expand ⟨φ²⟩ in g up to second order, with g² included."
            ),
            formula=r"\langle\varphi^2\rangle = \frac{\int \varphi^2 e^{-S}\,d\varphi}{\int e^{-S}\,d\varphi}"
            r" = 1 + a\,g + b\,g^2 + O(g^3)",
            kind=Expression.of("g"),
            right=_two_point_series,
            mistakes=(
                Mistake(
                    (
                        "This is the numerator alone. Dividing by the integral of exp(-S) takes the "
                        "vacuum diagrams away."
                    ),
                    lambda right: _moment_series(2),
                ),
                Mistake(
                    (
                        "Each vertex brings g/4!, whose 4! only partly cancels against the "
                        "contractions: you left it out."
                    ),
                    lambda right: right.subs(sympy.Symbol("g"), 24 * sympy.Symbol("g")),
                ),
                Mistake(
                    "The sign of odd orders is wrong: the weight is exp(-S), so each vertex brings -g.",
                    lambda right: right.subs(sympy.Symbol("g"), -sympy.Symbol("g")),
                ),
            ),
            hint="Expand both integrals in g with ⟨φ^(2k)⟩ = (2k-1)!!, and divide the two series.",
            derivation=(
                "With ⟨φ²⟩ = 1, ⟨φ⁴⟩ = 3, ⟨φ⁶⟩ = 15, ⟨φ⁸⟩ = 105, ⟨φ¹⁰⟩ = 945 the numerator is "
                r"$1 - \tfrac{15}{24} g + \tfrac{945}{1152} g^2$ and the denominator "
                r"$1 - \tfrac{3}{24} g + \tfrac{105}{1152} g^2$. The quotient is "
                r"$1 - \tfrac12 g + \tfrac23 g^2$. In diagrams: the tadpole with symmetry factor 1/2, then "
                r"$\tfrac14 + \tfrac14 + \tfrac16 = \tfrac23$."
            ),
            code=(
                "import diagrams\n\n"
                'phi4 = diagrams.built_in_theory("phi4")\n'
                'loops = [diagrams.generate(phi4, ("phi", "phi"), order) for order in range(3)]\n'
                "answer = sum(diagram.weight for order in loops for diagram in order)"
            ),
        ),
        Exercise(
            number="01.3",
            title="Where to stop",
            statement=(
                "The series of the normalised integral Z(g) with S = φ²/2 + g φ⁴/24 diverges for every "
                "g. At g = 0.3 its terms first become smaller, then grow. Which order k has the "
                "smallest term?"
            ),
            formula=r"Z(g) = \sum_k \frac{(-g)^k}{24^k\,k!}\,(4k-1)!!,\qquad g = 0.3",
            kind=Integer("an integer, the order k"),
            right=_smallest_term,
            mistakes=(
                Mistake(
                    "That is the first term which is larger than the one before it.", lambda right: right + 1
                ),
                Mistake(
                    (
                        "1/g gives the right scale, but the factor in front matters: look at the ratio "
                        "of two terms."
                    ),
                    lambda right: 3,
                ),
            ),
            hint="The ratio of term k+1 to term k is g (4k+1)(4k+3)/(24 (k+1)). When does it pass 1?",
            derivation=(
                r"The ratio of successive terms is $g\,(4k+1)(4k+3)/(24(k+1)) \approx \tfrac{2}{3} g "
                "k$. At $g = 0.3$ it is 0.81 for k = 4 and 1.006 for k = 5, so that the term of order "
                r"5 is the smallest. In general the smallest term has $k \approx 3/(2g)$, and is of "
                "size $e^{-3/(2g)}$: no more can be had from the bare series."
            ),
            code=(
                "from fractions import Fraction\n\n"
                'g, term, sizes = Fraction("0.3"), Fraction(1), []\n'
                "for k in range(20):\n"
                "    sizes.append(term)\n"
                "    term *= g * (4 * k + 1) * (4 * k + 3) / (24 * (k + 1))\n"
                "answer = sizes.index(min(sizes))"
            ),
        ),
        Exercise(
            number="01.4",
            title="Self-energy at two loops",
            statement=(
                "Which one-particle irreducible diagrams does the two-point function of φ⁴ theory have "
                "at order g²? The external points are 0 and 1, the vertices 2 and 3. Tadpoles count."
            ),
            formula=r"S(\varphi) = \tfrac12\varphi^2 + \tfrac{g}{4!}\varphi^4",
            kind=DiagramList(2),
            right=_self_energy_of_order_two,
            mistakes=(
                Mistake(
                    "Two tadpoles in a row fall apart when the line between them is cut.",
                    lambda right: [*right, _chain()],
                ),
                Mistake(
                    "One is missing: the tadpole whose loop carries another tadpole can't be cut either.",
                    lambda right: [graph for graph in right if (0, 3) in graph or (1, 3) in graph],
                ),
            ),
            hint=(
                "Both external lines end at the same vertex, or at different ones. Draw what is left "
                "for the others."
            ),
            derivation=(
                "If both external lines end at one vertex, its two other legs go to the second vertex, "
                "whose last two legs form a loop: a tadpole on a tadpole, symmetry factor 1/4. If they "
                "end at different vertices, three lines are left between the two: the sunset, symmetry "
                "factor 1/6. The third connected diagram, two tadpoles in a row, falls apart when the "
                "line in the middle is cut."
            ),
            code=(
                "import diagrams\n\n"
                'phi4 = diagrams.built_in_theory("phi4")\n'
                'answer = list(diagrams.generate(phi4, ("phi", "phi"), 2, one_particle_irreducible=True))'
            ),
        ),
    ),
)
