"""The cumulant expansion of an effective Hamiltonian, generated: couplings between blocks are propagators."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from diagrams.diagram import Diagram
from diagrams.evaluate.points import evaluate_points
from diagrams.expansion import Expansion
from diagrams.generation.generator import generate
from diagrams.tables import tabulate
from diagrams.theories.theory import Theory
from fieldtheory.arguments import require_integer
from fieldtheory.budgets import require_budget
from renormalization.real_space.hamiltonian.block_cumulants import BlockCumulants
from renormalization.real_space.hamiltonian.blocks import neighbours
from renormalization.real_space.hamiltonian.couplings import Couplings

_MOST_ORDER = 5  # a line more has up to ten times the diagrams


def cumulant_expansion(model: Any, blocks: Any, rule: Any, order: int = 2) -> Expansion:
    r"""ln <exp(V)>_0 of bonds V between blocks, as connected vacuum diagrams with 1 to `order` lines.

    V = sum C_xy s_x s_y. A vertex with n legs is the n-th joint cumulant of the spins of a block at its
    coarse value, a line is C: exp of a quadratic form of spins averages like a Gaussian field that is coupled
    to them. Diagrams with a line inside of one vertex vanish, as C joins different blocks, and are left out.

    `BlockCumulants.of(model, blocks, rule)` has the numbers for `evaluate_points`; `cumulant_couplings` has
    the couplings. The expansion is asymptotic in C: compare successive orders. ValueError for models that are
    not of Ising spins, each in one block, with factors of two spins between blocks.

    Equation: block-cumulants

    >>> from renormalization import LatticeModel, Rule
    >>> ring = LatticeModel.ising(6, 0.5, boundary="periodic")
    >>> cumulant_expansion(ring, [(0, 1), (2, 3), (4, 5)], Rule.majority(2), 2)
    Expansion(3 diagrams, order: 2 lines)
    """
    BlockCumulants.of(model, blocks, rule)
    return vacuum_diagrams(require_integer("order", order, minimum=1, maximum=_MOST_ORDER))


def cumulant_couplings(model: Any, blocks: Any, rule: Any, order: int = 2) -> tuple[Couplings, ...]:
    """The couplings of the effective Hamiltonian to 0, 1, ..., `order` lines between blocks.

    To be compared with `effective_couplings`, which they approach while couplings between blocks are weak.
    ValueError as of `cumulant_expansion`.

    Equation: block-cumulants

    >>> from renormalization import LatticeModel, Rule
    >>> ring = LatticeModel.ising(6, 0.5, boundary="periodic")
    >>> found = cumulant_couplings(ring, [(0, 1), (2, 3), (4, 5)], Rule.decimation(2), 2)
    >>> [round(each[0, 1], 6) for each in found]  # exact: (1/2) ln cosh 1 = 0.216890
    [0.0, 0.231059, 0.231059]
    """
    parts = BlockCumulants.of(model, blocks, rule)
    number = require_integer("order", order, minimum=1, maximum=_MOST_ORDER)
    count = rule.values ** len(parts.blocks)
    require_budget(
        f"diagrams of {number} lines at {count} coarse states",
        seconds=2e-3 * 6.0**number * count,
        memory=8.0 * count * (number + 1),
        smaller="blocks",
    )
    tables = [tabulate(diagrams_of_order(lines)) for lines in range(1, number + 1)]
    orders = np.zeros((number + 1, *(rule.values,) * len(parts.blocks)))
    for coarse in product(range(rule.values), repeat=len(parts.blocks)):
        orders[(0, *coarse)] = sum(parts.without_lines[k, value] for k, value in enumerate(coarse))
        vertices = parts.vertices(coarse, 2 * number)
        for lines, table in enumerate(tables, start=1):
            orders[(lines, *coarse)] = evaluate_points(table, parts.propagator, vertices=vertices)
    pairs = neighbours(model, parts.blocks)
    return tuple(Couplings.of(each, pairs) for each in np.cumsum(orders, axis=0))


def vacuum_diagrams(order: int) -> Expansion:
    """Those with 1 to `order` lines between different vertices."""
    found = [each for lines in range(1, order + 1) for each in diagrams_of_order(lines)]
    return Expansion.of(found, f"{order} line{'s' * (order > 1)}")


@lru_cache(maxsize=8)
def diagrams_of_order(lines: int) -> tuple[Diagram, ...]:
    """Connected vacuum diagrams of cumulants with so many lines, none of which has both ends at one vertex.

    >>> [len(diagrams_of_order(lines)) for lines in (1, 2, 3)]
    [1, 2, 5]
    """
    legs = range(1, 2 * lines + 1)
    theory = Theory.from_cumulants(dict.fromkeys(legs, 1), orders={k: {"legs": k} for k in legs})
    return tuple(
        each
        for each in generate(theory, (), 2 * lines, by="legs")
        if not any(i == j for i, j, _ in each.edges)
    )
