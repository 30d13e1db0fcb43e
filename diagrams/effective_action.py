r"""The effective action: one-particle irreducible vacuum diagrams in a background.

Gamma(b) = S(b) + 1/2 log det S''(b) - (1PI vacuum diagrams of two loops and more around b): the Legendre
transform of log Z[J], Z[J] = \int exp(-S + J phi), whose integral over each field is divided by sqrt(2 pi).
Jackiw, Phys. Rev. D 9 (1974) 1686.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

import sympy

from diagrams.arguments import TheoryError, require_count, require_instance
from diagrams.expansion import Expansion, order_of
from diagrams.generation import generate
from diagrams.rules import DEFAULT, Rules, function_latex
from diagrams.theory import Theory, require_theory


@dataclass(frozen=True)
class EffectiveAction:
    """The effective action of a theory in its background, up to and with `loops` loops.

    `theory`: without the vertices of one leg, which no irreducible diagram has. `diagrams`: what comes after
    one loop, with the sign that it has in Gamma (minus the diagrams of log Z). Make one with
    `Theory.effective_action`.

    >>> x, m, g, v = sympy.symbols("x m g v")
    >>> theory = Theory.from_action(m * x**2 / 2 + g * x**4 / 24, [x], background={x: v})
    >>> theory.effective_action(loops=2).contributions[1]
    log(g*v**2/2 + m)/2
    """

    theory: Theory
    loops: int
    diagrams: Expansion

    def __post_init__(self) -> None:
        require_theory(self.theory)
        require_count("loops", self.loops)
        require_instance("diagrams", self.diagrams, Expansion, "an Expansion")

    @property
    def tree(self) -> sympy.Expr:
        """The action at the background: 0 for a theory that was not made from an action."""
        return -self.theory.constant

    @property
    def one_loop(self) -> sympy.Expr:
        r"""1/2 log det S'' at the background, from the values of the propagators.

        Fields that directed propagators, or those of Grassmann fields, tie in pairs (phi, phi~) have
        log det M, M the inverse of <phi phi~>: as it is for complex and response fields, and with a minus
        sign for Grassmann fields. Where S'' has a negative determinant, at a maximum, it is complex.
        TheoryError if a propagator has no value, the values no inverse, or Grassmann fields no partners.
        """
        return sympy.Add(*map(self._log_det, _blocks(self.theory)))

    def _log_det(self, block: _Block) -> sympy.Expr:
        matrix = sympy.zeros(len(block.rows), len(block.columns))
        for p in self.theory.propagators:
            if {p.first, p.second} <= {*block.rows, *block.columns}:
                if p.value is None:
                    raise TheoryError(f"propagator <{p.first} {p.second}> must have a value (got None)")
                matrix[block.rows.index(p.first), block.columns.index(p.second)] = p.value
                if block.rows == block.columns:
                    matrix[block.rows.index(p.second), block.columns.index(p.first)] = p.value
        determinant = sympy.cancel(matrix.det())
        if determinant == 0:
            raise TheoryError(
                f"propagators of {', '.join(dict.fromkeys(block.rows + block.columns))} must have an inverse "
                f"matrix (got {matrix.tolist()})"
            )
        return block.factor * sympy.log(sympy.cancel(1 / determinant))

    @property
    def contributions(self) -> tuple[sympy.Expr, ...]:
        """The value of each order, tree to `loops` loops; their sum is `value`."""
        found = [self.tree, *([self.one_loop] if self.loops else [])]
        found += [self._of_order(loops).value for loops in range(2, self.loops + 1)]
        return tuple(found)

    def _of_order(self, loops: int) -> Expansion:
        found = self.diagrams.select(lambda diagram: order_of(diagram, "loops") == loops)
        return replace(found, order=f"{loops} loops")

    @property
    def value(self) -> sympy.Expr:
        """Gamma in zero dimensions, a number or a formula; TheoryError as for `one_loop`."""
        return sympy.Add(*self.contributions)

    def latex(self, rules: Rules = DEFAULT) -> str:
        r"""Gamma by its Feynman rules, for math mode; the value as LaTeX is sympy.latex(action.value).

        >>> theory = Theory.scalar({4: -sympy.Symbol("g")})
        >>> print(theory.effective_action(loops=2).latex())
        S(\bar{\phi}) + \frac{1}{2} \operatorname{tr} \log C^{-1} + \frac{g}{8} \int \mathrm{d}y_{1}\; C(y_{1},y_{1})^{2}
        """  # noqa: E501 (printed in one line)
        bars = ",".join(
            rf"\bar{{{f.latex or sympy.latex(sympy.Symbol(f.name))}}}" for f in self.theory.fields
        )
        require_instance("rules", rules, Rules, "Rules()")
        text = f"S({bars})"
        if self.loops:
            for block in _blocks(self.theory):
                sign = "-" if block.factor < 0 else "+"
                half = r"\frac{1}{2} " if abs(block.factor) != 1 else ""
                text += rf" {sign} {half}\operatorname{{tr}} \log {self._inverse_latex(block, rules)}"
        if self.diagrams:
            rest = self.diagrams.latex(rules)
            text += f" {rest}" if rest.startswith("-") else f" + {rest}"
        return text

    def _inverse_latex(self, block: _Block, rules: Rules) -> str:
        shown = function_latex(self.theory, rules)
        entries: dict[tuple[str, str], str] = {}
        for p in self.theory.propagators:
            name = shown(rules.propagator(self.theory, p))
            transposed = name if p.first == p.second else rf"{name}^{{\mathsf{{T}}}}"
            entries |= {(p.second, p.first): transposed, (p.first, p.second): name}
        if len(block.rows) == 1:
            return f"{entries[block.rows[0], block.columns[0]]}^{{-1}}"
        rows = r" \\ ".join(" & ".join(entries.get((a, b), "0") for b in block.columns) for a in block.rows)
        columns = "c" * len(block.columns)
        return rf"\left(\begin{{array}}{{{columns}}} {rows} \end{{array}}\right)^{{-1}}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        count = len(self.diagrams)
        loops = f"{self.loops} loop{'' if self.loops == 1 else 's'}"
        return f"EffectiveAction({loops}, {count} diagram{'' if count == 1 else 's'})"

    def __str__(self) -> str:
        lines = ["tree: the action at the background", "1 loop: 1/2 log det of its second derivatives"]
        shown = [str(self._of_order(loops)) for loops in range(2, self.loops + 1)]
        return "\n".join(chain(lines[: 1 + min(self.loops, 1)], shown))


def effective_action(theory: Theory, loops: int, most_loops: int = 7) -> EffectiveAction:
    """The effective action up to and with so many loops; see `Theory.effective_action`."""
    loops, most_loops = require_count("loops", loops), require_count("most_loops", most_loops, 1)
    if loops > most_loops:
        raise TheoryError(
            f"loops must be at most {most_loops}, beyond which diagrams and minutes are many "
            f"(got {loops}): give most_loops={loops} to have them"
        )
    if theory.degree is not None and loops > 1 and theory.degree < 2 * loops:
        raise TheoryError(
            f"degree must be at least {2 * loops} for {loops} loops (got {theory.degree}): "
            f"take more derivatives, Theory.from_action(..., degree={2 * loops})"
        )
    for vertex in theory.vertices:
        if vertex.degree == 2 and not vertex.orders.get("loops", 0):
            raise TheoryError(
                f"vertex {vertex.name!r} must be a part of the propagators, or a counterterm "
                "(got two legs, and no order in loops)"
            )
    proper = replace(theory, vertices=tuple(v for v in theory.vertices if v.degree > 1))
    found = chain.from_iterable(
        generate(proper, (), order, one_particle_irreducible=True) for order in range(2, loops + 1)
    )
    order = "" if loops < 2 else "2 loops" if loops == 2 else f"2 to {loops} loops"
    return EffectiveAction(proper, loops, -Expansion.of(found, order))


class _Block(NamedTuple):
    """Fields that propagators tie together: rows and columns of their matrix, and the factor of log det."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    factor: sympy.Rational


def _blocks(theory: Theory) -> Iterator[_Block]:
    groups = [{f.name} for f in theory.fields]
    for propagator in theory.propagators:
        tied = [g for g in groups if propagator.first in g or propagator.second in g]
        groups = [g for g in groups if g not in tied] + [set[str]().union(*tied)]
    sequence = [f.name for f in theory.fields]
    for group in sorted(groups, key=lambda group: min(map(sequence.index, group))):
        names = tuple(name for name in sequence if name in group)
        lines = [p for p in theory.propagators if p.first in group]
        rows = tuple(name for name in names if name in {p.first for p in lines})
        columns = tuple(name for name in names if name in {p.second for p in lines})
        paired = len(rows) == len(columns) and not {*rows} & {*columns} and {*rows, *columns} == group
        if group & theory.grassmann:
            if not paired:
                raise TheoryError(
                    "propagators of Grassmann fields must tie pairs, one field first and the other second, "
                    f"in an effective action (got fields {', '.join(names)})"
                )
            yield _Block(rows, columns, sympy.Integer(-1))
        elif paired and all(p.directed for p in lines):
            yield _Block(rows, columns, sympy.Integer(1))
        else:
            yield _Block(names, names, sympy.Rational(1, 2))
