r"""Diagrams of regression on h random features: lines of the resolvent that visit features.

Features are to the line what training points are in Gaussian-process regression: the words of
`replicas.self_energy.words` say which visits share a feature, the visits of all lines in a row. Single visits
are summed into the line A = (K + r)^{-1}. With u = phi(x*) - k* A phi where a line starts, a_ij = phi_i A
phi_j between visits and e = phi A y at its end, a line of k visits is (-1)^(k-1) u_i a_ij ... e_j, and a
diagram is the mean over its features; with p blocks and k visits it has the power h^(p - k).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations

import sympy

from diagrams.diagram import Diagram
from diagrams.draw.sheet import draw_sheet
from diagrams.theories.constituents import Field, Propagator, Vertex
from diagrams.theories.theory import Theory
from fieldtheory.arguments import ENSEMBLES, require_choice, require_integer
from fieldtheory.counted import counted
from replicas.self_energy.words import Word, all_words

HIGHEST_ORDER = 2  # at the next one three features are visited several times each
QUANTITIES = {"shift": 1, "variance": 2, "square": 2}  # lines of each
WIDTH = sympy.Symbol("h", positive=True)
_LINE, _CONTACT = 0, 1  # propagators of pictures


@dataclass(frozen=True)
class FeatureDiagram:
    """Lines that visit features: `word` has the visits of all lines in a row, `lines` how many are on each.

    >>> diagram = FeatureDiagram(Word((0, 1, 0, 1), (0, 1, 0, 1)), (1, 3))
    >>> str(diagram), diagram.order, diagram.weight
    ('1/212', 2, 1)
    """

    word: Word
    lines: tuple[int, ...]

    @property
    def order(self) -> int:
        """The power of 1/h."""
        return self.word.order

    @property
    def weight(self) -> int:
        """The sign of its lines times the cumulants of its blocks."""
        return self.word.coefficient if len(self.lines) % 2 else -self.word.coefficient

    @property
    def visits(self) -> tuple[tuple[int, ...], ...]:
        """The features that each line visits, counted from 0."""
        return self._on_lines(self.word.points)

    @property
    def is_connected(self) -> bool:
        """Whether a block joins all lines, if there are two: others are products of means."""
        blocks = [set(each) for each in self._on_lines(self.word.blocks)]
        return all(not one.isdisjoint(other) for one, other in zip(blocks[:-1], blocks[1:], strict=True))

    @property
    def expression(self) -> sympy.Expr:
        """What is averaged over independent features, with the weight: u_i, a_ij and e_j."""
        factors: list[sympy.Expr] = []
        for visits in self.visits:
            factors += [_symbol("u", visits[0]), _symbol("e", visits[-1])]
            factors += [_symbol("a", i, j) for i, j in zip(visits[:-1], visits[1:], strict=True)]
        return sympy.Mul(self.weight, *factors)

    @cached_property
    def diagram(self) -> Diagram:
        """The picture: lines, visits on them, and a vertex for each block that visits lead to."""
        visits, outer = self.word.visits, 2 * len(self.lines)
        sizes = Counter(self.word.blocks)
        edges = [(outer + k, outer + visits + block, _CONTACT) for k, block in enumerate(self.word.blocks)]
        first = outer
        for line, length in enumerate(self.lines):
            nodes = [2 * line, *range(first, first + length), 2 * line + 1]
            edges += [(i, j, _LINE) for i, j in zip(nodes[:-1], nodes[1:], strict=True)]
            first += length
        return Diagram(
            _theory(self.order, self.word.points == self.word.blocks),
            ("f",) * outer,
            (0,) * visits + tuple(sizes[block] - 1 for block in range(len(sizes))),
            tuple(edges),
            1,
        )

    def to_svg(self) -> str:
        """The picture as a standalone SVG document."""
        return self.diagram.to_svg()

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __str__(self) -> str:
        word, _, blocks = str(self.word).partition("|")
        ends = [sum(self.lines[:k]) for k in range(len(self.lines) + 1)]
        parts = "/".join(word[i:j] for i, j in zip(ends[:-1], ends[1:], strict=True))
        return f"{parts}|{blocks}" if blocks else parts

    def latex(self) -> str:
        r"""The diagram as a mean over features.

        >>> print(FeatureDiagram(Word((0, 0), (0, 0)), (2,)).latex())
        - \left\langle a_{11} e_{1} u_{1} \right\rangle
        """
        size = abs(self.weight)
        factors = sympy.latex(self.expression / self.weight)
        sign, number = "-" if self.weight < 0 else "+", "" if size == 1 else f"{size} "
        return rf"{sign} {number}\left\langle {factors} \right\rangle"

    def _on_lines(self, visits: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        ends = [sum(self.lines[:k]) for k in range(len(self.lines) + 1)]
        return tuple(visits[i:j] for i, j in zip(ends[:-1], ends[1:], strict=True))


@dataclass(frozen=True)
class FeatureExpansion:
    """One power of 1/h of a quantity as a sum of diagrams; iterating gives them.

    `quantity`: "shift" of the mean prediction, its "variance", or its mean "square" about that of infinitely
    many features; `order`: the power of 1/h; `ensemble`: exactly h features or a Poisson number of mean h.

    >>> print(feature_expansion("variance", 1))
    variance at order 1/h of "fixed" features, 2 diagrams
    1/1: e1**2*u1**2
    1/2|12: -e1*e2*u1*u2
    """

    quantity: str
    order: int
    ensemble: str
    diagrams: tuple[FeatureDiagram, ...]

    def __len__(self) -> int:
        return len(self.diagrams)

    def __iter__(self) -> Iterator[FeatureDiagram]:
        return iter(self.diagrams)

    @cached_property
    def expression(self) -> sympy.Expr:
        """The sum of all diagrams, to be averaged over independent features 1, 2, ...

        >>> feature_expansion("shift", 1).expression
        -a11*e1*u1 + a12*e2*u1
        """
        return sympy.Add(*(each.expression for each in self.diagrams))

    def latex(self) -> str:
        """The sum with its power of h, in math mode."""
        text = " ".join(each.latex() for each in self.diagrams)
        power = "h" if self.order == 1 else f"h^{{{self.order}}}"
        return rf"\frac{{1}}{{{power}}} \left[ {text.removeprefix('+ ')} \right]"

    def to_svg(self) -> str:
        """A sheet of all diagrams with their words and weights, as a standalone SVG document."""
        pairs = [(each.diagram, sympy.Integer(each.weight)) for each in self.diagrams]
        return draw_sheet(pairs, numbers=[str(each) for each in self.diagrams])

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        power = "1/h" if self.order == 1 else f"1/h^{self.order}"
        head = f'{self.quantity} at order {power} of "{self.ensemble}" features'
        lines = [f"{head}, {counted(len(self), 'diagram')}"]
        return "\n".join([*lines, *(f"{each}: {each.expression}" for each in self.diagrams)])


def feature_expansion(quantity: str, order: int, ensemble: str = "fixed") -> FeatureExpansion:
    """The diagrams of "shift", "variance" or "square" at a power 1 or 2 of 1/h, generated from words.

    "variance" has those of "square" in which features join the two lines.

    Equations: feature-line, word-weight

    >>> [str(each) for each in feature_expansion("shift", 2, "poisson")]
    ['111', '1122', '1212', '1221']
    """
    lines = QUANTITIES[require_choice("quantity", quantity, QUANTITIES)]
    order = require_integer("order", order, minimum=1, maximum=HIGHEST_ORDER)
    require_choice("ensemble", ensemble, ENSEMBLES)
    found = [
        FeatureDiagram(word, parts)
        for word in all_words(order, ensemble)
        for parts in _parts(word.visits, lines)
    ]
    kept = (each for each in found if each.is_connected or quantity != "variance")
    return FeatureExpansion(quantity, order, ensemble, tuple(kept))


def _parts(visits: int, lines: int) -> Iterator[tuple[int, ...]]:
    """All ways to cut the visits into so many lines."""
    for cuts in combinations(range(1, visits), lines - 1):
        ends = (0, *cuts, visits)
        yield tuple(j - i for i, j in zip(ends[:-1], ends[1:], strict=True))


@cache
def _theory(order: int, local: bool) -> Theory:
    """Of pictures: lines, visits on them, and cumulants of k visits to a feature, or to a block of them."""
    features = [Vertex(f"feature{k}", {"w": k}, WIDTH, local=local) for k in range(2, order + 2)]
    return Theory(
        (Field("f"), Field("v"), Field("w")),
        (Propagator("f", "f", "A"), Propagator("v", "w", "phi", directed=True)),
        (Vertex("visit", {"f": 2, "v": 1}, -1 / WIDTH), *features),
    )


def _symbol(name: str, *features: int) -> sympy.Symbol:
    return sympy.Symbol(name + "".join(str(each + 1) for each in sorted(features)))
