"""The rules of a stack of layers that keep most information: layer by layer, or of the whole stack."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fieldtheory.arguments import require_choice, require_flag, require_integer, require_number
from fieldtheory.drawing import plot
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.lattice.contracted_layers import LARGE, contracted_joint, edge_of
from renormalization.real_space.lattice.factors import require_parts
from renormalization.real_space.lattice.lattice_model import LatticeModel
from renormalization.real_space.lattice.layer import require_groups
from renormalization.real_space.lattice.layer_information import LayerInformation
from renormalization.real_space.layers.layer_search import Base, Frame, LayerSearch, base_of
from renormalization.real_space.rules import Rule

OBJECTIVES = ("greedy", "composition")
FAMILIES = ("all", "odd")
_CONTRACTION = 10  # passes over the table that it ends in


@dataclass(frozen=True, eq=False)
class BestLayers:
    """Layers [(groups, rule), ...] as `Joint.layers` takes them, and what each keeps.

    `rule`: a `Rule` for all groups, or a list of one for each. `certified`: all rules of the family have been
    compared, for "greedy" those of each layer given the layers before; else these are local maxima.
    """

    layers: list[tuple[tuple[tuple[int, ...], ...], Rule | list[Rule]]]
    information: LayerInformation
    objective: str
    certified: bool

    plot = plot

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return self.information.references

    def __str__(self) -> str:
        of = "the best of all" if self.certified else "the best of local maxima"
        return f"layers by {self.objective}, {of}:\n{self.information}"


def best_layers(
    model: LatticeModel,
    block: Any,
    environment: Any,
    groups: Any,
    objective: str = "greedy",
    values: Any = 2,
    family: str = "all",
    shared: Any = True,
    seed: Any = 0,
    restarts: Any = 20,
    max_seconds: Any = 10.0,
) -> BestLayers:
    """Deterministic rules into so many `values`, one for each layer; `groups[l]` as in `Joint.layers`.

    `objective`: "greedy", each layer keeps as much of I(T_l:E) as it can (of equal rules the first is taken);
    "composition", the last keeps as much of I(T_L:E) as the stack can. `family`: "all" or "odd",
    h(-v) = -h(v), of spins. `shared`: one rule for all groups of a layer, or a rule for each of them.

    All rules are compared where that is estimated to take up to `max_seconds`. Otherwise values of single
    states are changed while information rises, from so many drawn rules (`restarts`), for "composition" from
    the greedy ones too: it is never worse. A large table of block and environment is not built: the first
    layer is contracted. OverBudget, a ValueError, for searches that would be too long.

    Equation: data-processing

    >>> model = LatticeModel.ising(6, coupling=0.5)
    >>> found = best_layers(model, [1, 2, 3, 4], [0, 5], [[(0, 1), (2, 3)], [(0, 1)]], shared=False)
    >>> found.information.information.round(6), found.certified
    (array([0.221666, 0.221666, 0.111762]), True)
    """
    if not isinstance(model, LatticeModel):
        raise ValueError(f"model must be a LatticeModel (got {shown(model)})")
    v, e = require_parts(block, environment, model.states)
    require_choice("objective", objective, OBJECTIVES)
    count = require_integer("values", values, minimum=2, maximum=1000)
    require_choice("family", family, FAMILIES)
    if family == "odd" and count != 2:
        raise ValueError(f"values must be 2 for the family 'odd' (got {count})")
    one = require_flag("shared", shared)
    start = require_integer("seed", seed, minimum=0)
    number = require_integer("restarts", restarts, minimum=1, maximum=10**6)
    seconds = require_number("max_seconds", max_seconds, minimum=0)
    frames, states = [], tuple(model.states[site] for site in v)
    for k, each in enumerate(require_entries("groups", groups, "a list of groups for each layer")):
        found = require_groups(f"groups[{k}]", each, len(states))
        shapes = tuple(tuple(states[place] for place in group) for group in found)
        if one and len(set(shapes)) > 1:
            raise ValueError(
                f"groups[{k}] must be alike for one rule, or use shared=False (got states {shown(shapes)})"
            )
        if family == "odd" and any(set(shape) != {2} for shape in shapes):
            raise ValueError(
                f"groups[{k}] must be of spins for the family 'odd' (got states {shown(shapes)})"
            )
        frames.append(Frame(found, shapes, count, family == "odd", one))
        states = (count,) * len(found)
    if not frames:
        raise ValueError("groups must be of at least one layer (got none)")
    base, search = _base(model, v, e, frames[0]), LayerSearch(seconds, start, number)
    letters, certified, below = [], True, base
    for frame in frames:
        (chosen,), complete = search.best(below, [frame])
        letters.append(chosen)
        certified = certified and complete
        if frame is not frames[-1]:
            below = base_of(below.coarse(frame.layer(chosen)))
    if objective == "composition" and len(frames) > 1:
        letters, certified = search.best(base, frames, letters)
    layers = [frame.layer(each) for frame, each in zip(frames, letters, strict=True)]
    stack = [(layer.groups, layer.rules[0] if one else list(layer.rules)) for layer in layers]
    return BestLayers(stack, model.layers(v, e, stack), objective, certified)


def _base(model: LatticeModel, v: tuple[Any, ...], e: tuple[Any, ...], first: Frame) -> Base:
    """The table of block and environment, or the model where that is large and no state is forbidden."""
    edge = edge_of(model.factors, e)
    columns = math.prod(model.states[site] for site in edge)
    if model.constrained or columns * math.prod(model.states[site] for site in v) <= LARGE:
        return base_of(model.joint(v, e if model.constrained else edge))
    return Base(
        lambda layer: contracted_joint(model.factors, model.states, v, edge, layer),
        _CONTRACTION * first.states * _float(columns),
        _float(columns),
    )


def _float(number: int) -> float:
    return float(min(number, 10**300))
