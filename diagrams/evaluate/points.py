r"""Diagrams on a finite set of points: propagators are matrices, every vertex a sum over the points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import opt_einsum
from numpy.typing import ArrayLike

from diagrams.constituents import TheoryError
from diagrams.tables import DiagramTable, ExpansionTable
from fieldtheory.arrays import Floats


def evaluate_points(
    table: ExpansionTable,
    propagators: Any,
    *,
    weights: ArrayLike | None = None,
    fixed: Sequence[int | None] | None = None,
) -> Floats:
    r"""Sum over the positions y of all vertices of prod_v w(y_v) prod_edges C(., .), added up over the terms.

    `propagators`: an n x n matrix, or matrices by pair of fields; that of a field with itself is symmetric.
    `weights`: w, shape (n,) (default: 1 each); give quadrature weights for an integral. `fixed`: for each
    external point its index, or None to leave it open (default: all open). The result has an axis of length n
    for every open external point; for the empty table it is 0, without axes.
    Contraction path: opt_einsum (Smith & Gray, J. Open Source Softw. 3, 753 (2018)).

    TheoryError for non-local vertices and missing propagators, ValueError for arrays that do not fit.

    >>> from diagrams.generate import generate
    >>> from diagrams.tables import tabulate
    >>> from diagrams.theory import Theory
    >>> one_loop = tabulate(generate(Theory.scalar({4: -2}), ("phi", "phi"), 1))
    >>> evaluate_points(one_loop, [[1, 0], [0, 3]])  # -sum_y C(x1,y) C(y,y) C(y,x2)
    array([[ -1.,   0.],
           [  0., -27.]])
    """
    table.require_local()
    matrices = {p: _matrix(table, p, value) for p, value in table.bind(propagators).items()}
    sizes = {len(matrix) for matrix in matrices.values()}
    if len(sizes) > 1:
        raise ValueError(f"propagators must be matrices of one size (got {sorted(sizes)})")
    n = sizes.pop() if sizes else None
    density = None if weights is None else np.asarray(weights, dtype=np.float64)
    if density is not None and n is not None and density.shape != (n,):
        raise ValueError(f"weights must have shape ({n},) (got {density.shape})")
    places = _places(table, fixed, n)
    powers: dict[tuple[int, int], Floats] = {}
    for term in table.terms:
        for _, _, p, power in term.rows:
            if (p, power) not in powers:
                powers[p, power] = matrices[p] ** power
    total = np.zeros(())
    for term in table.terms:
        total = total + term.coefficient * _contract(term, powers, density, places)
    return total


def _matrix(table: ExpansionTable, p: int, value: Any) -> Floats:
    matrix = np.asarray(value, dtype=np.float64)
    name = f"propagator <{table.propagators[p].first} {table.propagators[p].second}>"
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name} must be a square matrix (got shape {matrix.shape})")
    symmetric = table.propagators[p].first == table.propagators[p].second
    if symmetric and not np.allclose(matrix, matrix.T, rtol=1e-9, atol=1e-12 * np.abs(matrix).max(initial=0)):
        raise ValueError(f"{name} must be symmetric (got entries that differ from the transposed)")
    return matrix


def _places(table: ExpansionTable, fixed: Sequence[int | None] | None, n: int | None) -> list[int | None]:
    places: list[int | None] = [None] * len(table.external)
    if fixed is not None:
        places = list(fixed)
    if not table.terms:
        return []
    if len(places) != len(table.external):
        raise TheoryError(f"fixed must have {len(table.external)} entries (got {len(places)})")
    for place in places:
        if place is not None and (n is None or not 0 <= place < n):
            raise TheoryError(f"fixed must be indices of points or None (got {place!r} for {n} points)")
    return places


def _contract(
    term: DiagramTable,
    powers: dict[tuple[int, int], Floats],
    density: Floats | None,
    places: list[int | None],
) -> Floats:
    operands: list[Any] = []

    def add(array: Floats, nodes: list[int]) -> None:
        index = tuple(slice(None) if _open(node, places) else places[node] for node in nodes)
        operands.extend((array[index], [node for node in nodes if _open(node, places)]))

    for i, j, p, power in term.rows:
        array = powers[p, power]
        if i == j:
            add(np.diagonal(array), [i])
        else:
            add(array, [i, j])
    if density is not None:
        for node in range(term.external, term.nodes):
            add(density, [node])
    if not operands:
        return np.ones(())
    opened = [node for node in range(term.external) if _open(node, places)]
    return np.asarray(opt_einsum.contract(*operands, opened, optimize="auto"), dtype=np.float64)


def _open(node: int, places: list[int | None]) -> bool:
    return node >= len(places) or places[node] is None
