"""Maps of couplings from the cumulant expansion on an infinite lattice: diagrams with two blocks held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import sympy

from diagrams.diagram import Diagram
from diagrams.evaluate.points import evaluate_points
from diagrams.tables import tabulate
from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.references import NIEMEIJER_VAN_LEEUWEN
from renormalization.real_space.hamiltonian.cumulant_expansion import diagrams_of_order
from renormalization.real_space.hamiltonian.joint_cumulants import joint_cumulants
from renormalization.real_space.maps.rg_map import RGMap
from renormalization.real_space.rules import Rule

# the triangular lattice, a place (i, j) of squared length i^2 + i j + j^2: cells of three sites at the places
# m (2, -1) + n (1, 1), a triangular lattice again with lengths sqrt 3 times as large
_CORNERS = ((0, 0), (1, 0), (0, 1))
_CELLS = tuple((m, n) for m, n in product(range(-2, 3), repeat=2) if m * m + m * n + n * n <= 4)
_SQUARES = (1, 3, 4)  # of the distances of K1, K2, K3
_SAMPLES = ((1, 0), (1, 1), (2, 0))  # a cell at each of these distances from that at (0, 0)
_COUPLINGS = sympy.symbols("K1:4")
_BROKEN = sympy.Symbol("w")  # exp(-4 K1), the weight of a triangle with a spin against the others


def cumulant_map(lattice: str = "triangular", order: int = 2) -> RGMap:
    r"""Majority of triangles of the triangular Ising lattice, to first or second order of cumulants.

    Inside of cells all is exact in K1; between them the diagrams with one line, and at second order those
    with two lines of K1. `order` 1: a map of K1 (nearest neighbours). 2: of (K1, K2, K3), at distances 1,
    sqrt 3 and 2; K2 and K3 count as second order. The Jacobian is that of the whole map, in which K1 enters
    the averages inside of cells too. Couplings of more than two spins are dropped, though second order
    makes some; compare the orders, as the expansion is asymptotic.

    ValueError for other lattices and orders.

    Source: Niemeijer, van Leeuwen, Phys. Rev. Lett. 31, 1411 (1973).

    Equation: triangular-map

    >>> cumulant_map("triangular", order=2)([0.3, -0.01, -0.02]).round(9).tolist()
    [0.320406992, -0.016418931, -0.016844303]
    """
    require_choice("lattice", lattice, ("triangular",))
    number = require_integer("order", order, minimum=1, maximum=2)
    symbols = _COUPLINGS[: 1 if number == 1 else 3]
    # lines in each diagram, the coupling of each, and their power
    lines = [(1, square, K) for square, K in zip(_SQUARES, symbols, strict=False)]
    lines += [(2, 1, _COUPLINGS[0] ** 2)] if number == 2 else []
    cumulants = _cumulants(2 * number)
    expressions = [
        sympy.Add(
            *(
                power * _pair_coupling(diagram, _bonds(square), sample, cumulants)
                for count, square, power in lines
                for diagram in diagrams_of_order(count)
            )
        ).subs(_BROKEN, sympy.exp(-4 * _COUPLINGS[0]))
        for sample in _SAMPLES[: len(symbols)]
    ]
    interval = (0.0, 10.0) if number == 1 else [(0.0, 1.0), (-0.2, 0.2), (-0.2, 0.2)]
    return RGMap(expressions, symbols, sympy.sqrt(3), interval, (NIEMEIJER_VAN_LEEUWEN,))


def _cumulants(legs: int) -> dict[tuple[int, ...], sympy.Expr]:
    """Of the spins of a triangle whose majority is +1, by how often each of them occurs, in falling order."""
    spins = [tuple(1 - 2 * each for each in state) for state in product(range(2), repeat=3)]
    up = Rule.majority(3).table[:, 0]
    weights = [
        sympy.Integer(int(chance)) * _BROKEN ** int((3 - s * t - t * u - u * s) // 4)
        for chance, (s, t, u) in zip(up, spins, strict=True)
    ]
    found = joint_cumulants(weights, spins, legs)
    # the rule and the triangle are symmetric: one for each pattern
    return {_pattern(chosen): sympy.factor(value) for chosen, value in found.items()}


def _pattern(corners: Any) -> tuple[int, ...]:
    return tuple(sorted(Counter(corners).values(), reverse=True))


def _pair_coupling(
    diagram: Diagram, bonds: Floats, cell: tuple[int, int], cumulants: dict[tuple[int, ...], sympy.Expr]
) -> sympy.Expr:
    """What a diagram adds to the coupling of the coarse spins of the cells at (0, 0) and at `cell`.

    Cumulants of an odd number of spins change sign with the coarse spin, others do not depend on it. To two
    lines the odd ones have one leg, and no diagram has more than two of them: a quadratic form of the coarse
    spins, whose coefficient is what two cells give together and neither gives alone. All cells that touch the
    first are among those that are summed, so it is that of the infinite lattice.
    """
    degrees = Counter(diagram.theory.vertices[vertex].degree for vertex in diagram.vertices)
    if not degrees[1]:
        return sympy.Integer(0)
    (outer,) = (value for pattern, value in cumulants.items() if pattern == (1,))
    inner = [degree for degree in degrees.elements() if degree > 1]
    assert (degrees[1], len(inner) < 2) == (2, True), "a quadratic form with one vertex between its ends"
    table = tabulate(diagram)
    pairs = (({(0, 0), cell}, 1), ({(0, 0)}, -1), ({cell}, -1))
    total = sympy.Integer(0)
    for value, vertices in _vertices(inner, cumulants):
        counted = sum(
            sign * float(evaluate_points(table, bonds, vertices={**vertices, "phi1": _inside(cells)}))
            for cells, sign in pairs
        )
        # sums of products of 0, 1 and the weight of the diagram, a power of 1/2: exact in floats
        total += sympy.Rational(counted) * value * outer**2
    return total


def _vertices(
    inner: list[int], cumulants: dict[tuple[int, ...], sympy.Expr]
) -> Iterator[tuple[sympy.Expr, dict[str, Floats]]]:
    """The parts of the vertex between two ends: a cumulant, and where it stands."""
    if not inner:
        yield sympy.Integer(1), {}
        return
    (legs,) = inner
    for pattern, value in cumulants.items():
        if sum(pattern) != legs:
            continue
        tensor = np.zeros((len(_CELLS) * len(_CORNERS),) * legs)
        for k, corners in product(range(len(_CELLS)), product(range(3), repeat=legs)):
            if _pattern(corners) == pattern:
                tensor[tuple(3 * k + corner for corner in corners)] = 1.0
        yield value, {f"phi{legs}": tensor}


def _inside(cells: set[tuple[int, int]]) -> Floats:
    """1 on the sites of these cells."""
    found: Floats = np.repeat([float(cell in cells) for cell in _CELLS], len(_CORNERS))
    return found


def _bonds(square: int) -> Floats:
    """1 for sites of different cells at a distance of this square."""
    at = np.array([(2 * m + n + i, n - m + j) for m, n in _CELLS for i, j in _CORNERS])
    step = at[:, None] - at
    squares = (step**2).sum(axis=-1) + step.prod(axis=-1)
    cell = np.arange(len(at)) // len(_CORNERS)
    found: Floats = ((squares == square) & (cell[:, None] != cell)).astype(np.float64)
    return found
