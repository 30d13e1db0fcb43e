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
from diagrams.generation.generator import generate
from diagrams.rules import DEFAULT, Rules, function_latex
from diagrams.theories.paired_fields import has_minus_in_front, partners, tied_groups
from diagrams.theories.theory import Theory, require_theory


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

        Fields that propagators tie in pairs (phi, phi~), phi~ not with one another, have log det M, M the
        inverse of <phi phi~>: as it is for complex and response fields. Grassmann fields have -log det M, or
        minus the logarithm of the Pfaffian of S'' where they form no pairs, both with the sign of the measure
        chosen that leaves no minus in front. Where real fields have S'' with a negative determinant, at a
        maximum, it is complex. TheoryError if a propagator has no value, or the values no inverse.
        """
        return sympy.Add(*map(self._log_det, _blocks(self.theory)))

    def _log_det(self, block: _Block) -> sympy.Expr:
        matrix = sympy.zeros(len(block.rows), len(block.columns))
        for p in self.theory.propagators:
            if {p.first, p.second} <= {*block.rows, *block.columns}:
                if p.value is None:
                    raise TheoryError(f"propagator <{p.first} {p.second}> must have a value (got None)")
                swapped = -p.value if block.anticommutes else p.value
                for first, second, value in ((p.second, p.first, swapped), (p.first, p.second, p.value)):
                    if first in block.rows and second in block.columns:
                        matrix[block.rows.index(first), block.columns.index(second)] = value
        whole = block.anticommutes and not block.paired
        determinant = sympy.cancel(_pfaffian(matrix) if whole else matrix.det())
        if determinant == 0:
            raise TheoryError(
                f"propagators of {', '.join(dict.fromkeys(block.rows + block.columns))} must have an inverse "
                f"matrix (got {matrix.tolist()})"
            )
        inverse = sympy.cancel(1 / determinant)
        if not block.anticommutes:
            return (1 if block.paired else sympy.Rational(1, 2)) * sympy.log(inverse)
        return -sympy.log(-inverse if has_minus_in_front(inverse) else inverse)

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
                sign = "-" if block.anticommutes else "+"
                half = "" if block.paired else r"\frac{1}{2} "
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
            transposed = f"-{transposed}" if block.anticommutes and p.first != p.second else transposed
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
    """Fields that propagators tie together: rows and columns of their matrix.

    `paired`: the columns are tied to the rows only, as conjugate and response fields are.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    paired: bool
    anticommutes: bool


def _blocks(theory: Theory) -> Iterator[_Block]:
    lines = [(p.first, p.second) for p in theory.propagators]
    for names in tied_groups([f.name for f in theory.fields], lines):
        columns = partners(names, [pair for pair in lines if pair[0] in names])
        rows = tuple(name for name in names if name not in columns)
        yield _Block(rows, columns or names, bool(columns), names[0] in theory.grassmann)


def _pfaffian(matrix: sympy.Matrix) -> sympy.Expr:
    """Of an antisymmetric matrix, by expansion along its first row."""
    size = matrix.rows
    if size % 2:
        return sympy.Integer(0)
    if size == 0:
        return sympy.Integer(1)
    terms = []
    for k in range(1, size):
        if matrix[0, k] != 0:
            rest = [i for i in range(1, size) if i != k]
            terms.append((-1) ** (k - 1) * matrix[0, k] * _pfaffian(matrix.extract(rest, rest)))
    return sympy.Add(*terms)
