"""Diagrams on the sphere S^{d-1}: zonal propagators, vertices integrated with the uniform measure, mass 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagrams.arguments import TheoryError, require_instance
from diagrams.tables import ExpansionTable, require_table
from diagrams.zonal.program import Reduced, ReducedTable
from diagrams.zonal.values import SphereValues
from fieldtheory.arguments import require_choice, require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities, gegenbauer

_BATCH = 1 << 14


@dataclass(frozen=True)
class ZonalValue:
    """A zonal function of two external points; a constant where fewer are open.

    `values` at the nodes of the transform, `degrees` the Funk-Hecke coefficients. `truncation`: estimate of
    the largest relative error (mean square) that a vertex made because the functions that meet there reach
    beyond the degrees of the transform; exactly 0 if they do not. `stderr`: standard error of each entry of
    `degrees` from sampling, 0 where nothing was sampled; `repr` shows the largest.
    """

    values: Floats
    degrees: Floats
    truncation: float
    stderr: Floats

    plot = plot

    def __post_init__(self) -> None:
        for name in ("values", "degrees", "stderr"):
            found = require_reals(name, getattr(self, name))
            if found.ndim != 1 or not len(found):
                raise ValueError(f"{name} must have one axis, not empty (got shape {found.shape})")
            object.__setattr__(self, name, found)
        require_number("truncation", self.truncation)

    def __repr__(self) -> str:
        count, shown = len(self.degrees), 4
        first = ", ".join(f"{each:.6g}" for each in self.degrees[:shown])
        parts = [f"{counted(count, 'degree')}: {first}{', ...' if count > shown else ''}"]
        parts.append(f"truncation={self.truncation:.3g}")
        if np.any(self.stderr):
            parts.append(f"stderr={np.max(self.stderr):.3g}")
        return f"ZonalValue({', '.join(parts)})"

    @property
    def number(self) -> float:
        """Mean over the external points: the value of a vacuum diagram."""
        return float(self.degrees[0])


def evaluate_sphere(
    table: ExpansionTable,
    propagators: Any,
    transform: AngleTransform,
    *,
    irreducible: str = "error",
    samples: int = 100_000,
    seed: int = 0,
) -> ZonalValue:
    r"""Value of diagrams with at most two external points by reduction to one-dimensional transforms.

    `propagators`: Funk-Hecke coefficients F_l, l = 0 ... at most transform.max_degree, or such by pair of
    fields; the propagator is the finite sum deg(l) F_l P_l(t), also where it closes on itself.
    `irreducible`: what to do with a diagram that neither series-parallel reduction nor bridges bring down to
    one line: "error", or "monte-carlo", the mean over `samples` random positions of its points, whose
    standard error is in the result; `seed` starts the random numbers.

    TheoryError for non-local vertices and more external points, UnreducedDiagram for what does not reduce,
    ValueError if the transform has too few nodes for the products that occur.

    Equation: zonal-operations

    >>> from diagrams.generation.generator import generate
    >>> from diagrams.tables import tabulate
    >>> from diagrams.theories.theory import Theory
    >>> one_loop = tabulate(generate(Theory.scalar({4: -2}), ("phi", "phi"), 1))
    >>> evaluate_sphere(one_loop, [1.0, 0.5], AngleTransform.build(dim=3, max_degree=1)).degrees
    array([-2.5  , -0.625])
    """
    require_table(table)
    require_instance("transform", transform, AngleTransform, "an AngleTransform: take AngleTransform.build")
    sampled = require_choice("irreducible", irreducible, ("error", "monte-carlo")) == "monte-carlo"
    samples, seed = require_integer("samples", samples, minimum=2), require_integer("seed", seed, minimum=0)
    reduced = ReducedTable.of(table)
    if not sampled:
        reduced.require_reduced()
    if not np.isfinite(float_multiplicities(transform.max_degree, transform.dim)).all():
        raise ValueError(
            f"transform must have multiplicities in the float range (got degree {transform.max_degree}, "
            f"dim {transform.dim})"
        )
    lines = {p: _line(table, p, value, transform) for p, value in table.bind(propagators).items()}
    found = SphereValues(reduced.program, lines, transform)
    values, degrees = np.zeros(len(transform.nodes)), np.zeros(transform.max_degree + 1)
    squared = np.zeros(transform.max_degree + 1)
    generator = np.random.default_rng(seed)
    constant = np.zeros(transform.max_degree + 1)
    constant[0] = 1.0
    for term, left in zip(table.terms, reduced.terms, strict=True):
        factor = term.coefficient * found.product(left.numbers)
        if left.core:
            mean, error = _sampled(left, term.external, found, samples, generator)
            degrees, values = degrees + factor * mean, values + factor * transform.to_angles(mean)
            squared += (factor * error) ** 2
        elif left.line is None:
            degrees, values = degrees + factor * constant, values + factor
        else:
            degrees = degrees + factor * found.degrees(left.line)
            values = values + factor * found.angles(left.line)
    return ZonalValue(values, degrees, found.truncation, np.sqrt(squared))


def _line(table: ExpansionTable, p: int, value: Any, transform: AngleTransform) -> Floats:
    first, second = table.propagators[p].first, table.propagators[p].second
    name = f"propagators: {table.propagators[p].pair}"
    if first == second and first in table.grassmann:
        raise TheoryError(f"{name} of a Grassmann field must be antisymmetric (got a zonal one, symmetric)")
    given = require_reals(name, value)
    size = transform.max_degree + 1
    if given.ndim != 1 or not 1 <= len(given) <= size:
        raise ValueError(f"propagators must be 1 to {size} coefficients (got shape {given.shape})")
    degrees = np.zeros(size)
    degrees[: len(given)] = given
    return degrees


def _sampled(
    left: Reduced, external: int, found: SphereValues, samples: int, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Mean and standard error of [core]_l over random points: all l for two open points, else l = 0."""
    transform = found.transform
    size = transform.max_degree + 1
    names = sorted({node for i, j, _ in left.core for node in (i, j)} | set(range(external)))
    total, squares = np.zeros(size), np.zeros(size)
    for start in range(0, samples, _BATCH):
        count = min(_BATCH, samples - start)
        points = generator.standard_normal((len(names), count, transform.dim))
        points /= np.linalg.norm(points, axis=-1, keepdims=True)
        place = dict(zip(names, points, strict=True))

        def height(i: int, j: int, place: dict[int, Any] = place) -> Floats:
            heights: Floats = np.einsum("nd,nd->n", place[i], place[j])
            return np.clip(heights, -1.0, 1.0)

        value = np.ones(count)
        for i, j, line in left.core:
            value = value * _at(found, line, height(i, j))
        rows = np.zeros((size, count))
        rows[0] = 1.0
        if external == 2:
            rows = gegenbauer(transform.max_degree, height(0, 1), transform.dim)
        rows = rows * value
        total += rows.sum(axis=1)
        squares += (rows**2).sum(axis=1)
    mean = total / samples
    spread = np.maximum(squares / samples - mean**2, 0.0)
    return mean, np.sqrt(spread / (samples - 1))


def _at(found: SphereValues, line: int, t: Floats) -> Floats:
    """A line operation at any t."""
    kind, arguments = found.program.operations[line]
    if kind == "parallel":
        product: Floats = np.ones_like(t)
        for each in arguments:
            product = product * _at(found, each, t)
        return product
    deg = float_multiplicities(found.transform.max_degree, found.transform.dim)
    polynomials = gegenbauer(found.transform.max_degree, t, found.transform.dim)
    values: Floats = (found.degrees(line) * deg) @ polynomials
    return values
