r"""How far the mean of networks of finite width is from infinite width: the order 1/n of linear networks.

Fluctuations x of all order parameters have the line <x x> = -(S'')^-1/n and the vertex n S'''; the mean
is shifted by the diagrams of one loop, which the diagram engine generates and contracts: the tadpole.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from diagrams.evaluate.points import evaluate_points
from diagrams.expansion import Expansion
from diagrams.generation.generator import generate
from diagrams.tables import ExpansionTable, tabulate
from diagrams.theories.theory import Theory
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from renormalization.training_dynamics.linear import LinearDynamics
from renormalization.training_dynamics.order_parameters import OrderParameters
from renormalization.training_dynamics.training_problem import TrainingProblem


@cache
def shift_expansion() -> Expansion:
    """The diagrams of the mean of an order parameter at order 1/n.

    >>> [str(diagram.symmetry_factor) for diagram in shift_expansion()]
    ['1/2']
    """
    return Expansion.of(generate(Theory.from_cumulants({("x",) * 3: 1}), ("x",), 1), "1 loop")


@cache
def _table() -> ExpansionTable:
    return tabulate(shift_expansion())


def network_shift(problem: TrainingProblem, dynamics: LinearDynamics) -> Floats:
    """n (<f> - f at infinite width) over networks of width n, to leading order, (steps, Q).

    OverBudget for many steps and points: the vertex has as many entries as order parameters, cubed.
    """
    parameters = OrderParameters(problem, dynamics)
    _require_budget(problem, parameters.count)
    line = -np.linalg.inv(parameters.second())
    vertices = {"x3": parameters.third()}
    found = evaluate_points(_table(), (line + line.T) / 2, vertices=vertices)
    return np.asarray(found[parameters.places["f"]])


def _require_budget(problem: TrainingProblem, count: int) -> None:
    fields, size = float(count), 2.0 * problem.steps * (problem.points + 1)
    work = problem.depth * (fields**2 * size**3 + fields**3 * size**2)
    require_budget(
        f"network_shift of {counted(count, 'order parameter')}",
        seconds=3e-10 * work,
        memory=8 * (3 * fields**3 + 3 * problem.depth * fields * size**2),
        smaller="steps or the number of points",
    )
