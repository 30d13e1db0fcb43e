"""Exercises of notebook 11: diagrams of any action, their number and their symmetry factors."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import sympy

from fieldtheory.workbench.exercise_book.answers.diagram_list import DiagramList, Lines
from fieldtheory.workbench.exercise_book.answers.expression import Expression
from fieldtheory.workbench.exercise_book.answers.number import Integer, Number
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise, Mistake
from fieldtheory.workbench.exercise_book.wick_graphs import is_connected, wick_graphs

G = sympy.Symbol("g")


def _vacuum() -> list[Lines]:
    return list(wick_graphs(0, (3, 3)))


def _four_vertices() -> list[Lines]:
    return list(wick_graphs(0, (3, 3, 3, 3)))


def _without_bridges(graphs: list[Lines]) -> int:
    return sum(
        all(is_connected(lines[:k] + lines[k + 1 :], 4) for k in range(len(lines))) for lines in graphs
    )


def _sunset() -> float:
    """Contractions that give it, over 2! 4!²."""
    graphs = wick_graphs(2, (4, 4))
    sunset = next(lines for lines in graphs if lines.count((2, 3)) == 3)
    return float(Fraction(graphs[sunset], factorial(2) * factorial(4) ** 2))


def _free_energy() -> sympy.Expr:
    """ln⟨exp(-g φ³/6)⟩ from the moments ⟨φ⁶⟩ = 15 and ⟨φ³⟩ = 0, integrated by SymPy."""
    x = sympy.Symbol("x", real=True)
    weight = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    moments = [sympy.integrate(x ** (3 * k) * weight, (x, -sympy.oo, sympy.oo)) for k in range(3)]
    series = sum((-G / 6) ** k / factorial(k) * moment for k, moment in enumerate(moments))
    return sympy.series(sympy.log(series), G, 0, 3).removeO()


CHAPTER = Chapter(
    11,
    "Bring your own action",
    (
        Exercise(
            number="11.1",
            title="Vacuum diagrams of φ³",
            statement=(
                "Draw the connected vacuum diagrams of φ³ theory at order g². There are no external "
                "points, the vertices are 0 and 1."
            ),
            formula=r"S(\varphi) = \tfrac12\varphi^2 + \tfrac{g}{3!}\varphi^3",
            kind=DiagramList(0),
            right=_vacuum,
            mistakes=(
                Mistake(
                    "One is missing: each vertex may also close two of its legs to a loop.",
                    lambda right: [lines for lines in right if (0, 0) not in lines],
                ),
                Mistake(
                    "One is missing: all three legs of one vertex may go to the other.",
                    lambda right: [lines for lines in right if (0, 0) in lines],
                ),
            ),
            hint="How many of the three legs of vertex 0 go to vertex 1? An even number is not possible.",
            derivation=(
                "Three lines between the vertices (theta, symmetry factor 1/12), or one line and a "
                "loop at each vertex (dumbbell, 1/8). With two or no lines between them an odd number "
                "of legs would be left at each vertex, or the diagram would fall apart."
            ),
            code=(
                "import diagrams\n\n"
                'answer = list(diagrams.generate(diagrams.built_in_theory("phi3"), (), 2, by="vertices"))'
            ),
        ),
        Exercise(
            number="11.2",
            title="Four vertices",
            statement="How many connected vacuum diagrams does φ³ theory have at order g⁴?",
            formula=r"\ln Z = \dots + g^4\,(\;?\;\text{diagrams})",
            kind=Integer(),
            right=lambda: len(_four_vertices()),
            mistakes=(
                Mistake(
                    (
                        "You left out those that fall apart when a line is cut: connected is all that "
                        "is asked for."
                    ),
                    lambda right: _without_bridges(_four_vertices()),
                ),
                Mistake(
                    "You counted the products of the two diagrams of order g², which are not connected.",
                    lambda right: right + 3,
                ),
            ),
            hint="Cubic multigraphs with four vertices, loops allowed. Order them by the number of loops.",
            derivation=(
                "No loop: the tetrahedron, and a square with two opposite sides doubled. One loop: a "
                "loop on a stem that ends at a line of theta. Two loops: on the two ends of a chain "
                "with a double line in the middle. Three loops: on the three ends of a star. In all "
                "five."
            ),
            code=(
                "import diagrams\n\n"
                'phi3 = diagrams.built_in_theory("phi3")\n'
                'answer = len(list(diagrams.generate(phi3, (), 4, by="vertices")))'
            ),
        ),
        Exercise(
            number="11.3",
            title="Symmetry of the sunset",
            statement=(
                "What is the symmetry factor of the sunset, the two-point diagram of φ⁴ theory with "
                "three lines between two vertices?"
            ),
            formula=r"\frac{1}{2!}\left(\frac{1}{4!}\right)^2\times\#\text{contractions}",
            kind=Number(1e-9),
            right=_sunset,
            mistakes=(
                Mistake(
                    "The vertices can't be exchanged: each is tied to its own external point.",
                    lambda right: right / 2,
                ),
                Mistake(
                    ("The symmetry factor divides: you have the number of symmetries."),
                    lambda right: 1 / right,
                ),
                Mistake("Three lines can be permuted in 3! ways, not 3.", lambda right: 2 * right),
            ),
            hint="Which exchanges of lines leave the diagram as it is?",
            derivation=(
                "Contractions: 2 ways to choose the vertex of point 1, 4·4 legs for the two external "
                "lines, 3! ways to join the other legs: 192. Divided by 2!·4!² = 1152 this is 1/6, one "
                "over the permutations of the three lines."
            ),
            code=(
                "import diagrams\n\n"
                'phi4 = diagrams.built_in_theory("phi4")\n'
                'found = diagrams.generate(phi4, ("phi", "phi"), 2, tadpoles=False)\n'
                "answer = next(iter(found)).symmetry_factor"
            ),
        ),
        Exercise(
            number="11.4",
            title="The free energy of φ³",
            statement="For S = φ²/2 + g φ³/6, what is ln Z at order g², Z normalised to 1 at g = 0?",
            formula=r"\ln Z = a\,g^2 + O(g^4)",
            kind=Expression.of("g"),
            right=_free_energy,
            mistakes=(
                Mistake("This is theta alone. The dumbbell is missing.", lambda right: G**2 / 12),
                Mistake("This is the dumbbell alone. Theta is missing.", lambda right: G**2 / 8),
                Mistake("The 1/2! of the second order of exp(-S) is missing.", lambda right: 2 * right),
                Mistake("The sign: two vertices bring (-g)².", lambda right: -right),
            ),
            hint="Second order of the exponential: g²/72 times ⟨φ⁶⟩.",
            derivation=(
                r"$\tfrac12\tfrac{g^2}{36}\langle\varphi^6\rangle = \tfrac{15}{72}g^2 = "
                r"\tfrac{5}{24}g^2$, and the diagrams say the same: $\tfrac1{12} + \tfrac18 = "
                r"\tfrac5{24}$."
            ),
            code=(
                "import diagrams\n\n"
                'found = diagrams.generate(diagrams.built_in_theory("phi3"), (), 2, by="vertices")\n'
                "answer = sum(diagram.weight for diagram in found)"
            ),
        ),
    ),
)
