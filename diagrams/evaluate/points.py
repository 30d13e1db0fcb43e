r"""Diagrams on a finite set of points: propagators are matrices, every local vertex a sum over the points.

A non-local vertex is a tensor, or a sum of products (`diagrams.evaluate.vertices`), with a sum over the
points for every leg.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Any

import numpy as np
import opt_einsum
from numpy.typing import ArrayLike

from diagrams.arguments import TheoryError, require_entries, require_mapping
from diagrams.evaluate.contraction import contract
from diagrams.evaluate.vertices import FactorisedVertex, Part, ProductVertex, parts_of
from diagrams.tables import DiagramTable, ExpansionTable, require_table
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown


def evaluate_points(
    table: ExpansionTable,
    propagators: Any,
    *,
    weights: ArrayLike | None = None,
    fixed: Sequence[int | None] | None = None,
    vertices: Mapping[str, ArrayLike | Part | Sequence[Part]] | None = None,
) -> Floats:
    r"""Sum over the positions y of all vertices of prod_v w(y_v) prod_edges C(., .), added up over the terms.

    `propagators`: an n x n matrix, or matrices by pair of fields; that of a field with itself is symmetric
    (antisymmetric for a Grassmann field).
    `weights`: w, shape (n,) (default: 1 each); give quadrature weights for an integral. `fixed`: for each
    external point its index, or None to leave it open (default: all open). The result has an axis of length n
    for every open external point; for the empty table it is 0, without axes.

    `vertices`: the tensor of each non-local vertex by its name, shape (n,) for each leg, legs by field in the
    sequence of the theory (`table.legs`) and symmetric among those of one field (Grassmann: antisymmetric);
    or a `FactorisedVertex`, a `ProductVertex`, or a list of such, their sum. Names that do not occur are
    ignored. The coupling multiplies the tensor;
    `weights` do not: a cumulant is a function of the points, so for an integral over them its tensor takes in
    their weights. A local vertex is the same as a non-local one with w on the diagonal.

    With non-local vertices, equal parts of different terms are contracted once, kept until all are done.
    Contraction path: opt_einsum (Smith & Gray, J. Open Source Softw. 3, 753 (2018)).

    TheoryError for missing propagators and tensors, ValueError for arrays that do not fit.

    Equation: value-on-points

    >>> from diagrams.generation.generator import generate
    >>> from diagrams.tables import tabulate
    >>> from diagrams.theories.theory import Theory
    >>> one_loop = tabulate(generate(Theory.scalar({4: -2}), ("phi", "phi"), 1))
    >>> evaluate_points(one_loop, [[1, 0], [0, 3]])  # -sum_y C(x1,y) C(y,y) C(y,x2)
    array([[ -1.,   0.],
           [  0., -27.]])
    """
    require_table(table)
    matrices = {p: _matrix(table, p, value) for p, value in table.bind(propagators).items()}
    sizes = {len(matrix) for matrix in matrices.values()}
    if len(sizes) > 1:
        raise ValueError(f"propagators must be matrices of one size (got {sorted(sizes)})")
    n = sizes.pop() if sizes else None
    density = None if weights is None else require_reals("weights", weights)
    if density is not None and n is not None and density.shape != (n,):
        raise ValueError(f"weights must have shape ({n},) (got {density.shape})")
    places = _places(table, fixed, n)
    arrays = _Arrays(
        matrices, density, _tensors(table, {} if vertices is None else vertices, n), dict(table.legs), places
    )
    total = np.zeros(())
    # measured: sharing gains a factor of 3 to 6 with quadratures in vertices, nothing with local ones
    with opt_einsum.shared_intermediates() if table.legs else nullcontext():
        for term in table.terms:
            total = total + term.coefficient * arrays.contract(term)
    return total


def _matrix(table: ExpansionTable, p: int, value: Any) -> Floats:
    name = f"propagators: {table.propagators[p].pair}"
    matrix = require_reals(name, value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name} must be a square matrix (got shape {matrix.shape})")
    sign = -1 if table.propagators[p].first in table.grassmann else 1
    close = np.allclose(matrix, sign * matrix.T, rtol=1e-9, atol=1e-12 * np.abs(matrix).max(initial=0))
    if table.propagators[p].first == table.propagators[p].second and not close:
        if sign < 0:
            raise ValueError(
                f"{name} must be antisymmetric (got entries that differ from minus the transposed)"
            )
        raise ValueError(f"{name} must be symmetric (got entries that differ from the transposed)")
    return matrix


def _places(table: ExpansionTable, fixed: Sequence[int | None] | None, n: int | None) -> list[int | None]:
    places: list[int | None] = [None] * len(table.external)
    if fixed is not None:
        places = list(require_entries("fixed", fixed, "indices of points or None"))
    if not table.terms:
        return []
    if len(places) != len(table.external):
        raise TheoryError(f"fixed must have {counted(len(table.external), 'entry')} (got {len(places)})")
    return [None if place is None else _index(place, n) for place in places]


def _index(place: Any, n: int | None) -> int:
    try:
        found = -1 if isinstance(place, bool) or n is None else operator.index(place)
    except TypeError:
        found = -1
    if n is None or not 0 <= found < n:
        raise TheoryError(
            f"fixed must be indices of points or None (got {shown(place)} for {counted(n or 0, 'point')})"
        )
    return found


def _tensors(
    table: ExpansionTable, vertices: Mapping[str, ArrayLike | Part | Sequence[Part]], n: int | None
) -> dict[str, Floats | tuple[Part, ...]]:
    require_mapping("vertices", vertices, "tensors by name of vertex")
    found: dict[str, Floats | tuple[Part, ...]] = {}
    used = {name for term in table.terms for name, _ in term.tensors}
    for name, legs in table.legs:
        if name not in used:
            continue
        if name not in vertices:
            raise TheoryError(
                f"vertices must be local or have a tensor by name (got {shown(list(vertices))}, none for "
                f"{name!r})"
            )
        value = vertices[name]
        parts = parts_of(value)
        if parts is None:
            array: Any = value
            found[name] = _symmetric_tensor(name, legs, array, n, table.grassmann)
            continue
        for part in parts:
            _require_part(name, legs, part, n, table.grassmann)
        found[name] = parts
    return found


def _require_part(
    name: str, legs: tuple[str, ...], part: Part, n: int | None, grassmann: frozenset[str]
) -> None:
    points = counted(n or 0, "point")
    for leg in set(legs):
        if leg in grassmann and legs.count(leg) > 1:
            raise ValueError(
                f"tensor of {name!r} must be antisymmetric in its legs of {leg!r} "
                f"(got a {type(part).__name__}, which is symmetric): give the tensor as an array"
            )
    if isinstance(part, ProductVertex):
        if len(set(legs)) > 1 or part.legs != len(legs):
            raise ValueError(
                f"a product of tensors must have as many legs as {name!r}, all of one field (got "
                f"{part.legs} for {legs})"
            )
        for _, factor in part.factors:
            shape = factor.factor(legs[0]).shape[1:] if isinstance(factor, FactorisedVertex) else factor.shape
            if shape[0] != n:
                raise ValueError(f"factors of {name!r} must be on {points} (got {shape})")
        return
    for leg in set(legs):
        if part.factor(leg).shape[1] != n:
            raise ValueError(f"factors of {name!r} must be on {points} (got {part.factor(leg).shape})")


def _symmetric_tensor(
    name: str, legs: tuple[str, ...], value: ArrayLike, n: int | None, grassmann: frozenset[str]
) -> Floats:
    tensor = require_reals(f"tensor of {name!r}", value)
    if tensor.shape != (n,) * len(legs):
        raise ValueError(f"tensor of {name!r} must have shape {(n,) * len(legs)} (got {tensor.shape})")
    scale = np.abs(tensor).max(initial=0)
    for k, (first, second) in enumerate(pairwise(legs)):
        sign = -1 if first in grassmann else 1
        swapped = sign * tensor.swapaxes(k, k + 1)
        if first == second and not np.allclose(tensor, swapped, rtol=1e-9, atol=1e-12 * scale):
            raise ValueError(
                f"tensor of {name!r} must be {'symmetric' if sign > 0 else 'antisymmetric'} in its legs of "
                f"{first!r} (got other entries when axes {k} and {k + 1} are exchanged)"
            )
    return tensor


@dataclass(frozen=True, eq=False)
class _Arrays:
    """The operands of all terms; each slice is made once, which is how equal contractions are found."""

    matrices: dict[int, Floats]
    density: Floats | None
    tensors: dict[str, Floats | tuple[Part, ...]]
    legs: dict[str, tuple[str, ...]]
    places: list[int | None]
    made: dict[Any, Floats] = field(default_factory=dict)

    def contract(self, term: DiagramTable) -> Floats:
        operands: list[Any] = []
        local = set(range(term.external, term.nodes)) - {node for _, nodes in term.tensors for node in nodes}
        for i, j, p, power in term.rows:
            if i == j:
                operands += self.part((p, power, "loop"), [i])
            else:
                operands += self.part((p, power), [i, j])
        if self.density is not None:
            for node in sorted(local):
                operands += self.part("density", [node])
        opened = [node for node in range(term.external) if self.open(node)]
        # one choice for every vertex: a part of its sum, and a way to deal the legs of a product
        choices = [
            list(self.choices(name, nodes, term.nodes * (k + 1)))
            for k, (name, nodes) in enumerate(term.tensors)
        ]
        total = np.zeros(())
        for chosen in product(*choices):
            coefficient = math.prod(scale for scale, _ in chosen)
            total = total + coefficient * self.contracted(
                term, operands + [part for _, parts in chosen for part in parts], opened
            )
        return total

    def choices(self, name: str, nodes: tuple[int, ...], label: int) -> Iterator[tuple[float, list[Any]]]:
        """The operands of each part of a vertex, with a factor; labels of quadratures from this one on."""
        parts = self.tensors[name]
        if not isinstance(parts, tuple):
            yield 1.0, self.part(name, list(nodes))
            return
        for k, part in enumerate(parts):
            if isinstance(part, FactorisedVertex):
                yield 1.0, self.factorised((name, k, 0), part, nodes, self.legs[name], label)
                continue
            for way in part.ways():
                operands: list[Any] = []
                for j, ((_, factor), legs) in enumerate(zip(part.factors, way, strict=True)):
                    own = tuple(nodes[leg] for leg in legs)
                    if isinstance(factor, FactorisedVertex):
                        names = tuple(self.legs[name][leg] for leg in legs)
                        operands += self.factorised((name, k, j), factor, own, names, label + j)
                    else:
                        operands += [self.kept((name, k, j), factor), list(own)]
                yield part.coefficient, operands

    def factorised(
        self,
        key: tuple[str, int, int],
        vertex: FactorisedVertex,
        nodes: tuple[int, ...],
        legs: tuple[str, ...],
        label: int,
    ) -> list[Any]:
        operands: list[Any] = [self.kept((*key, "weights"), vertex.weights), [label]]
        for node, leg in zip(nodes, legs, strict=True):
            operands += [self.kept((*key, leg), vertex.factor(leg)), [label, node]]
        return operands

    def contracted(self, term: DiagramTable, operands: list[Any], opened: list[int]) -> Floats:
        if not operands:
            return np.ones(())
        arrays, labels = operands[::2], operands[1::2]
        return contract(
            arrays,
            labels,
            opened,
            f"a sum over {term.nodes} points of {term.external} external ones",
            "the number of points, or the order",
        )

    def part(self, key: Any, nodes: list[int]) -> list[Any]:
        """An array with its fixed points put in, and the nodes that are left."""
        at = tuple(None if self.open(node) else self.places[node] for node in nodes)
        if (key, at) not in self.made:
            index = tuple(slice(None) if place is None else place for place in at)
            self.made[key, at] = self.array(key)[index]
        return [self.made[key, at], [node for node in nodes if self.open(node)]]

    def array(self, key: Any) -> Floats:
        if key not in self.made:
            self.made[key] = self.make(key)
        return self.made[key]

    def kept(self, key: Any, values: Any) -> Floats:
        """An array of a vertex, the same object for every term, which is how it is recognised."""
        if key not in self.made:
            self.made[key] = np.asarray(values, dtype=np.float64)
        return self.made[key]

    def make(self, key: Any) -> Floats:
        if key == "density":
            assert self.density is not None
            return self.density
        if isinstance(key, str):
            return np.asarray(self.tensors[key], dtype=np.float64)
        if key[-1] == "loop":
            return np.diagonal(self.array(key[:2]))
        power: Floats = self.matrices[key[0]] ** key[1]
        return power

    def open(self, node: int) -> bool:
        return node >= len(self.places) or self.places[node] is None
