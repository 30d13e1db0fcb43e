"""The expansion of a GP regression quantity in 1/N: one order as diagrams, formula and function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy
from numpy.typing import ArrayLike

from diagrams.draw.sheet import draw_sheet
from diagrams.typeset.equation import Term, sum_of
from diagrams.zonal.program import ZonalProgram
from diagrams.zonal.single_line import line_transform, line_values, needs_sphere
from fieldtheory.arguments import require_sizes, require_variance
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.references import COHEN_MALKA_RINGEL
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import float_multiplicities
from replicas.derivation.replica_diagram import EIGENVALUE_POWERS, POINTS, SIGMA, ReplicaDiagram
from replicas.derivation.rows import Row, rows_of, terms_of
from replicas.derivation.zonal_formula import EIGENVALUE
from replicas.learnability import active_degrees, learnability, traced_learnability

_NAMES = {"mean": "a", "error": "E", "variance": "v", "self-energy": r"\Sigma"}


@dataclass(frozen=True)
class ReplicaExpansion:
    """One order in 1/N of a quantity as a sum of diagrams; iterating gives them, with their weights.

    `expression`: their sum in SymPy, in degree l: C_l the bare line, tr(C^k) = sum_l deg(l) C_l^k, C(t) =
    sum_l deg(l) C_l P_l(t), and [F(t)]_l a Funk-Hecke coefficient.
    """

    quantity: str
    order: int
    diagrams: tuple[ReplicaDiagram, ...]

    def __len__(self) -> int:
        return len(self.diagrams)

    def __iter__(self) -> Iterator[ReplicaDiagram]:
        return iter(self.diagrams)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (COHEN_MALKA_RINGEL,)

    @property
    def constant(self) -> sympy.Expr:
        """The part of order 0 without diagrams: the target itself, or the mean density of points."""
        if self.order or self.quantity not in ("mean", "self-energy"):
            return sympy.Integer(0)
        return sympy.Integer(1) if self.quantity == "mean" else POINTS / SIGMA**2

    @property
    def expression(self) -> sympy.Expr:
        """The sum of all diagrams."""
        total = sympy.expand(sympy.Add(*(each.weight * each.value for each in self.diagrams)))
        return self.constant + EIGENVALUE ** EIGENVALUE_POWERS[self.quantity] * total

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The diagrams collected by weight and value."""
        return rows_of(self.diagrams)

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The number of each diagram in pictures and tables: 3.2 is the second of row 3.

        >>> from replicas.derivation.regression_action import gp_regression_action
        >>> gp_regression_action().expand("mean", order=2).numbers
        ('1', '2', '3', '4')
        """
        found = {k: label for row in self.rows for k, label in zip(row.members, row.labels, strict=True)}
        return tuple(found[k] for k in range(len(self)))

    @property
    def numbered(self) -> list[tuple[str, ReplicaDiagram]]:
        """The diagrams with their numbers, row after row."""
        return [
            (label, self.diagrams[k])
            for row in self.rows
            for k, label in zip(row.members, row.labels, strict=True)
        ]

    @property
    def symbol(self) -> str:
        """What the sum is called in LaTeX."""
        return f"{_NAMES[self.quantity]}_l^{{({self.order})}}"

    def terms(self) -> tuple[Term, ...]:
        """The terms of the sum in LaTeX, each with the numbers of the rows that it comes from."""
        factor = EIGENVALUE ** EIGENVALUE_POWERS[self.quantity]
        return terms_of(self.rows, factor, self.constant)

    def terms_of(self, diagram: ReplicaDiagram) -> tuple[Term, ...]:
        """The terms that one diagram contributes to the sum."""
        factor = EIGENVALUE ** EIGENVALUE_POWERS[self.quantity]
        return terms_of(rows_of([diagram]), factor, sympy.Integer(0))

    def latex(self) -> str:
        """The formula as an equation for LaTeX, in math mode."""
        return f"{self.symbol} = {sum_of(self.terms())}"

    def to_svg(self) -> str:
        """A sheet of all diagrams with their numbers and weights, as a standalone SVG document."""
        found = self.numbered
        return draw_sheet(
            [(each.diagram, each.weight) for _, each in found], numbers=[number for number, _ in found]
        )

    def compile(self) -> CompiledExpansion:
        """The formula as a function of a spectrum; TheoryError if a diagram does not reduce to one line.

        >>> from replicas.derivation.regression_action import gp_regression_action
        >>> first = gp_regression_action().expand("mean", order=1).compile()
        >>> first(Spectrum.from_arrays([1.0, 0.5], [1, 5], dim=5), n=10, ridge=1.0).round(4)
        array([-0.0419, -0.0705])
        """
        return CompiledExpansion.of(self)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        count = counted(len(self), "diagram")
        return f"{self.quantity}, order {self.order} in 1/N: {count}\n{self.expression}"

    def __repr__(self) -> str:
        return f"ReplicaExpansion({self.quantity}, order {self.order}, {counted(len(self), 'diagram')})"


@dataclass(frozen=True, eq=False)
class CompiledExpansion:
    """One order of a quantity as a compiled function of spectrum, n and ridge.

    `terms`: coefficient, power of N, power of 1/ridge, numbers, line (None: the same in every degree).
    """

    expansion: ReplicaExpansion
    program: ZonalProgram
    terms: tuple[tuple[float, int, int, tuple[int, ...], int | None], ...]

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return self.expansion.references

    @classmethod
    def of(cls, expansion: ReplicaExpansion) -> CompiledExpansion:
        """The table of an expansion; ValueError unless the replica limit was taken."""
        program = ZonalProgram()
        totals: dict[tuple[int, int, tuple[int, ...], int | None], sympy.Expr] = {}
        for each in expansion:
            sign = each.weight.subs({POINTS: 1, SIGMA: 1})
            if not sign.is_number:
                raise ValueError(
                    "expansion must be in the replica limit to be compiled (got keep_replicas=True)"
                )
            for coefficient, found in each.reduced(program):
                key = (each.points, each.visits, found.numbers, found.line)
                totals[key] = totals.get(key, 0) + coefficient * sign
        terms = tuple((float(value), *key) for key, value in totals.items() if value)
        return cls(expansion, program.freeze(), terms)

    def __call__(self, spectrum: Spectrum, n: ArrayLike, ridge: float) -> Floats:
        """The quantity by degree: shape (degrees,), or (len(n), degrees) for several n.

        The tail of the spectrum is ridge. ValueError for a ridge that is not positive and for spectra without
        dim, where products in t occur.
        """
        sizes = require_sizes(n)
        total = require_variance("ridge", ridge) + spectrum.tail
        if not total > 0:
            raise ValueError(f"ridge must be positive (got {ridge} and a spectrum without tail)")
        delta = (total / sizes)[:, None]
        # in units of delta = ridge/N nothing leaves the float range; a zero eigenvalue is a limit
        eigenvalues = np.maximum(spectrum.eigenvalues, 1e-100 * delta)
        line, _ = learnability(eigenvalues, delta[:, 0])
        kept, transform = line.shape[1], None
        if needs_sphere(self.program):
            dim = spectrum.require_dim("diagrams with products in t")
            transform = line_transform(self.program, dim, kept - 1)
            if not np.isfinite(float_multiplicities(transform.max_degree, dim)[-1]):
                kept = active_degrees(spectrum, delta[:, 0])
                transform = line_transform(self.program, dim, kept - 1)
        traced = traced_learnability(eigenvalues, spectrum.degree_traces, delta[:, 0])
        found = line_values(self.program, line, traced, transform, spectrum.multiplicities, kept)
        sums = np.zeros_like(line)
        for coefficient, points, visits, numbers, which in self.terms:
            part = np.asarray(coefficient * found.product(numbers)) * sizes ** float(points - visits)
            smooth = np.ones_like(line)
            if which is not None:  # beyond its degrees a line has no value
                there = found.degrees(which)[..., : line.shape[1]]
                smooth[...] = 0.0
                smooth[..., : there.shape[1]] = there
            sums += part[..., None] * smooth
        quantity = self.expansion.quantity
        sums = (
            sums / delta
            if quantity == "self-energy"
            else sums * (eigenvalues / delta) ** (EIGENVALUE_POWERS[quantity])
        )
        if self.expansion.constant != 0:
            sums = sums + (1.0 if quantity == "mean" else 1.0 / delta)
        return sums[0] if np.ndim(n) == 0 else sums
