r"""Formal sums of diagrams with SymPy weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy

from diagrams.arguments import (
    TheoryError,
    require_count,
    require_entries,
    require_instance,
    require_iterable,
    require_scalar,
    require_text,
)
from diagrams.diagram import Diagram
from diagrams.rules import DEFAULT, Rules, expression, integrand_text, latex_term
from diagrams.typeset.equation import Term, sum_of
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown


@dataclass(frozen=True)
class Expansion:
    """A formal sum of diagrams: each occurs once, with its total weight; those of weight 0 are left out.

    `diagrams` and `weights` go together; iterating gives the diagrams, `items()` the pairs. `order` says in
    words which orders the sum counts ("2 loops"). Make one with `Expansion.of`; an empty one is fine. Equal
    expansions have equal diagrams in one sequence.

    >>> from diagrams.generation.generator import generate
    >>> from diagrams.theories.theory import Theory
    >>> theory = Theory.scalar({4: -sympy.Symbol("g")})
    >>> one = Expansion.of(generate(theory, ("phi", "phi"), 1), order="1 loop")
    >>> one + 2 * one
    Expansion(1 diagram, order: 1 loop)
    >>> (one + 2 * one).weights
    (-3*g/2,)
    """

    diagrams: tuple[Diagram, ...] = ()
    weights: tuple[sympy.Expr, ...] = ()
    order: str = ""

    def __post_init__(self) -> None:
        diagrams = require_entries("diagrams", self.diagrams, "diagrams")
        for each in diagrams:
            require_instance("each of diagrams", each, Diagram, "a Diagram, as `generate` gives them")
        weights = require_entries("weights", self.weights, "SymPy scalars")
        require_text("order", self.order, empty=True)
        object.__setattr__(self, "diagrams", diagrams)
        object.__setattr__(self, "weights", tuple(require_scalar("weights", each) for each in weights))
        if len(self.diagrams) != len(self.weights):
            raise TheoryError(
                f"weights must be as many as diagrams (got {len(self.weights)} and {len(self.diagrams)})"
            )
        if len(set(self.diagrams)) < len(self.diagrams):
            raise TheoryError("diagrams must differ (got one twice): make the expansion with Expansion.of")

    @classmethod
    def of(cls, diagrams: Iterable[Diagram], order: str = "") -> Expansion:
        """The sum of these diagrams, each with its own weight; equal ones are collected.

        An expansion keeps its weights, and its order unless another is given.
        """
        require_text("order", order, empty=True)
        if isinstance(diagrams, Expansion):
            return replace(diagrams, order=order or diagrams.order)
        require_iterable("diagrams", diagrams, "diagrams, as `generate` gives them")
        return _collected(((diagram, diagram.weight) for diagram in _checked(diagrams)), order)

    def __iter__(self) -> Iterator[Diagram]:
        return iter(self.diagrams)

    def __len__(self) -> int:
        return len(self.diagrams)

    def __contains__(self, diagram: object) -> bool:
        return diagram in self.diagrams

    def items(self) -> Iterator[tuple[Diagram, sympy.Expr]]:
        """Pairs of a diagram and its weight in this sum."""
        return zip(self.diagrams, self.weights, strict=True)

    def weight_of(self, diagram: Diagram) -> sympy.Expr:
        """Weight of a diagram in this sum: 0 if it does not occur."""
        require_instance("diagram", diagram, Diagram, "a Diagram, as `generate` gives them")
        return dict(self.items()).get(diagram, sympy.Integer(0))

    def __add__(self, other: Expansion) -> Expansion:
        if not isinstance(other, Expansion):
            return NotImplemented
        orders = [*self.order.split(" + "), *other.order.split(" + ")]
        order = " + ".join(dict.fromkeys(each for each in orders if each))
        return _collected((*self.items(), *other.items()), order)

    def __mul__(self, factor: Any) -> Expansion:
        scalar = require_scalar("factor", factor)
        return _collected(((diagram, scalar * weight) for diagram, weight in self.items()), self.order)

    __rmul__ = __mul__

    def __neg__(self) -> Expansion:
        return self * -1

    def __sub__(self, other: Expansion) -> Expansion:
        return self + -other if isinstance(other, Expansion) else NotImplemented

    def select(self, keep: Callable[[Diagram], bool]) -> Expansion:
        """The terms whose diagram `keep` says yes to.

        >>> len(Expansion().select(lambda diagram: True))
        0
        """
        if not callable(keep):
            raise TheoryError(f"keep must be a function of a diagram (got {shown(keep)})")
        try:
            kept = [(diagram, weight) for diagram, weight in self.items() if keep(diagram)]
        except TypeError as error:
            raise TheoryError(f"keep must be a function of a diagram (got {shown(keep)}: {error})") from error
        return _collected(kept, self.order)

    def connected(self) -> Expansion:
        """The connected diagrams."""
        return self.select(lambda diagram: diagram.is_connected)

    def one_particle_irreducible(self) -> Expansion:
        """The diagrams that no cut of one inner edge disconnects."""
        return self.select(lambda diagram: diagram.is_one_particle_irreducible)

    def without_tadpoles(self) -> Expansion:
        """The diagrams without tadpoles."""
        return self.select(lambda diagram: not diagram.has_tadpoles)

    def two_particle_irreducible(self) -> Expansion:
        """The diagrams that no cut of one or two inner edges disconnects."""
        return self.select(lambda diagram: diagram.is_two_particle_irreducible)

    def skeletons(self) -> Expansion:
        """The diagrams without tadpoles and without self-energies inserted into their lines.

        To be read with full propagators. Self-energies must be amputated first (`Diagram.is_skeleton`).
        """
        return self.select(lambda diagram: diagram.is_skeleton)

    def amputated(self) -> Expansion:
        """The same with the external propagators cut off.

        TheoryError if two external points of a diagram are joined.
        """
        cut = [(diagram.amputate(), weight) for diagram, weight in self.items()]
        return _collected(cut, self.order)

    def self_energy(self) -> Expansion:
        r"""The amputated diagrams that no cut of one line parts into one with point 1 and one with point 2.

        Of all connected two-point diagrams, this is the Sigma in 1/(1/C - Sigma) = C + C Sigma C + ... The
        one-particle irreducible ones and, with tadpoles, those on which one hangs. TheoryError for other
        numbers of external points.

        >>> from diagrams.generation.generator import generate
        >>> from diagrams.theories.theory import Theory
        >>> theory = Theory.scalar({4: -sympy.Symbol("g")})
        >>> Expansion.of(generate(theory, ("phi", "phi"), 1)).self_energy().expression
        -g*C(x1, x1)*delta(x1, x2)/2
        """
        for diagram in self.diagrams:
            if len(diagram.external) != 2:
                raise TheoryError(f"self-energy must have two external points (got {list(diagram.external)})")
        return self.select(lambda diagram: diagram.is_self_energy).amputated()

    @property
    def value(self) -> sympy.Expr:
        """The sum in zero dimensions: weights times the values of the propagators (`Diagram.value`)."""
        return sympy.Add(*(weight / d.weight * d.value for d, weight in self.items()))

    def truncate(self, highest: int, by: str = "loops") -> Expansion:
        """The terms up to and with order `highest`, counted `by` loops, vertices or a small parameter."""
        highest = require_count("highest", highest)
        require_text("by", by)
        known = {"loops", "vertices"}
        known |= {name for d in self.diagrams for vertex in d.theory.vertices for name in vertex.orders}
        if by not in known and self.diagrams:
            raise TheoryError(f"by must be one of {sorted(known)} (got {shown(by)})")
        kept = self.select(lambda diagram: order_of(diagram, by) <= highest)
        nouns = {"loops": "loop", "vertices": "vertex"}
        limit = f"up to {counted(highest, nouns[by]) if by in nouns else f'order {highest} in {by}'}"
        return replace(kept, order=f"{self.order}, {limit}" if self.order else limit)

    @property
    def expression(self) -> sympy.Expr:
        """The sum as a SymPy expression, by the usual Feynman rules."""
        return self.under(DEFAULT)

    def under(self, rules: Rules) -> sympy.Expr:
        """The sum as a SymPy expression by these Feynman rules, which may replace couplings."""
        require_instance("rules", rules, Rules, "Rules()")
        terms = []
        for diagram, weight in self.items():
            value = expression(diagram, rules)
            terms.append(value if weight == diagram.weight else weight / diagram.weight * value)
        return sympy.Add(*terms)

    def latex(self, rules: Rules = DEFAULT) -> str:
        r"""The sum as LaTeX, for math mode.

        >>> Expansion().latex()
        '0'
        """
        return sum_of(self.terms(rules))

    def terms(self, rules: Rules = DEFAULT) -> tuple[Term, ...]:
        """The terms of the sum in LaTeX, each with the number of its diagram, from 1."""
        require_instance("rules", rules, Rules, "Rules()")
        return tuple(
            Term(latex_term(diagram, weight / diagram.weight * rules.weight(diagram), rules), (str(number),))
            for number, (diagram, weight) in enumerate(self.items(), start=1)
        )

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        count = counted(len(self), "diagram")
        return f"Expansion({count}{f', order: {self.order}' if self.order else ''})"

    def __str__(self) -> str:
        lines = [counted(len(self), "diagram")]
        if self.order:
            lines[0] += f", order: {self.order}"
        for diagram, weight in self.items():
            lines.append(f"{weight}: {integrand_text(diagram)}")
        return "\n".join(lines)


def order_of(diagram: Diagram, by: str) -> int:
    """Order of a diagram counted by "loops", "vertices" or a small parameter of its theory.

    A counterterm of n loops counts as n loops.

    >>> from diagrams.generation.generator import generate
    >>> from diagrams.theories.theory import Theory
    >>> {order_of(d, "vertices") for d in generate(Theory.scalar({3: 1}), ("phi", "phi"), 2)}
    {4}
    """
    if by == "vertices":
        return len(diagram.vertices)
    counted = sum(diagram.theory.vertices[v].orders.get(by, 0) for v in diagram.vertices)
    return counted + diagram.loops if by == "loops" else counted


def _checked(diagrams: Iterable[Diagram]) -> Iterator[Diagram]:
    for each in diagrams:
        require_instance("each of diagrams", each, Diagram, "a Diagram, as `generate` gives them")
        yield each


def _collected(terms: Iterable[tuple[Diagram, sympy.Expr]], order: str) -> Expansion:
    total: dict[Diagram, list[sympy.Expr]] = {}
    for diagram, weight in terms:
        total.setdefault(diagram, []).append(weight)
    kept = {d: sympy.Add(*weights) for d, weights in total.items() if not _cancel(weights)}
    return Expansion(tuple(kept), tuple(kept.values()), order)


def _cancel(weights: list[sympy.Expr]) -> bool:
    """Whether they add up to zero; one alone is not expanded, which could take long."""
    weight = sympy.Add(*weights)
    return bool(weight == 0 or (len(weights) > 1 and weight.is_Add and sympy.expand(weight) == 0))
