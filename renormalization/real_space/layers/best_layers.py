"""The rules of a stack of layers that keep most information: layer by layer, or of the whole stack."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_types import Floats, Integers
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.lattice.entropies import mutual_information
from renormalization.real_space.lattice.joint import Joint, coarse_joint, layers_of_joint
from renormalization.real_space.lattice.lattice_model import LatticeModel
from renormalization.real_space.lattice.layer import Layer, require_groups
from renormalization.real_space.lattice.layer_information import LayerInformation
from renormalization.real_space.rules import Rule, rule_of_values

OBJECTIVES = ("greedy", "composition")
_GAIN = 1e-14  # in nats; below it is rounding


@dataclass(frozen=True, eq=False)
class BestLayers:
    """Layers [(groups, rules), ...] as `Joint.layers` takes them, and what each keeps.

    Local maxima, the best of many starts: no certificate.
    """

    layers: list[tuple[tuple[tuple[int, ...], ...], list[Rule]]]
    information: LayerInformation
    objective: str

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return self.information.references

    def __str__(self) -> str:
        return f"best layers by {self.objective}:\n{self.information}"


def best_layers(
    model: LatticeModel,
    block: Any,
    environment: Any,
    groups: Any,
    objective: str = "greedy",
    values: Any = 2,
    seed: Any = 0,
    restarts: Any = 20,
) -> BestLayers:
    """Deterministic rules into so many `values` for the groups of each layer, `groups[l]` as in `Joint.layers`.

    `objective`: "greedy", each layer keeps as much of I(T_l:E) as it can; "composition", the last keeps as
    much of I(T_L:E) as the stack can. One rule after the other is sent to the maximum of the linear
    approximation in it: information is convex in each rule, so that it rises with every step. It ends at
    local maxima, from `restarts` drawn starts; "composition" starts from the greedy layers too, and is never
    worse. Every group has a rule of its own. The table of block and environment is built: OverMemory, a
    ValueError, where it would exceed the budget.

    >>> model = LatticeModel.ising(6, coupling=0.5)
    >>> found = best_layers(model, [1, 2, 3, 4], [0, 5], [[(0, 1), (2, 3)], [(0, 1)]])
    >>> found.information.information.round(6)
    array([0.221666, 0.221666, 0.111762])
    """
    if not isinstance(model, LatticeModel):
        raise ValueError(f"model must be a LatticeModel (got {shown(model)})")
    joint = model.joint(block, environment)
    count = require_integer("values", values, minimum=2, maximum=1000)
    start = require_integer("seed", seed, minimum=0)
    number = require_integer("restarts", restarts, minimum=1, maximum=10**6)
    require_choice("objective", objective, OBJECTIVES)
    stacked, variables = [], len(joint.block_shape)
    for k, each in enumerate(require_entries("groups", groups, "a list of groups for each layer")):
        stacked.append(require_groups(f"groups[{k}]", each, variables))
        variables = len(stacked[-1])
    if not stacked:
        raise ValueError("groups must be of at least one layer (got none)")
    rng = np.random.default_rng(start)
    found: list[Layer] = []
    before = joint
    for each in stacked:
        starts = [_drawn(before, [each], count, rng) for _ in range(number)]
        layer = _best(before, starts)[0]
        found.append(layer)
        before = coarse_joint(before, layer)
    if objective == "composition":
        found = _best(joint, [found, *(_drawn(joint, stacked, count, rng) for _ in range(number))])
    return BestLayers(
        [(layer.groups, list(layer.rules)) for layer in found], layers_of_joint(joint, found), objective
    )


def _drawn(
    joint: Joint, stacked: list[tuple[tuple[int, ...], ...]], values: int, rng: np.random.Generator
) -> list[Layer]:
    """Rules at random."""
    found, shape = [], joint.block_shape
    for groups in stacked:
        rules = []
        for group in groups:
            states = tuple(shape[place] for place in group)
            options = rng.integers(values, size=int(np.prod(states)))
            rules.append(rule_of_values(options, states, values))
        found.append(Layer(groups, tuple(rules)))
        shape = found[-1].values
    return found


def _best(joint: Joint, starts: list[list[Layer]]) -> list[Layer]:
    climbed = [_climbed(joint, each) for each in starts]
    return max(climbed, key=lambda each: each[0])[1]


def _climbed(joint: Joint, layers: list[Layer]) -> tuple[float, list[Layer]]:
    """The local maximum of I(T_L:E) above some layers."""
    information, risen = mutual_information(_last_table(joint, layers)), True
    while risen:
        risen = False
        for number, layer in enumerate(layers):
            for place in range(len(layer.groups)):
                moved = _moved(joint, layers, number, place)
                found = mutual_information(_last_table(joint, moved))
                if found > information + _GAIN:
                    information, layers, risen = found, moved, True
    return information, layers


def _moved(joint: Joint, layers: list[Layer], number: int, place: int) -> list[Layer]:
    """One rule sent to the maximum of the linear approximation of the information in it."""
    before = joint
    for each in layers[:number]:
        before = coarse_joint(before, each)
    layer, group, rule = layers[number], layers[number].groups[place], layers[number].rules[place]
    slopes = _slopes(before.table, _last_table(joint, layers))
    states = before.block_states
    numbers = np.ravel_multi_index(tuple(states[:, group].T), rule.states)
    gains = np.zeros((len(rule.table), rule.values))
    for value in range(rule.values):
        constant = rule_of_values(np.full(len(rule.table), value), rule.states, rule.values)
        ends = _ends(states, [_with_rule(layer, place, constant), *layers[number + 1 :]])
        np.add.at(gains[:, value], numbers, slopes[np.arange(len(states)), ends])
    # a value stays where no other gains more than rounding
    gains[np.arange(len(gains)), rule.table.argmax(axis=1)] += _GAIN
    new = rule_of_values(gains.argmax(axis=1), rule.states, rule.values)
    return [*layers[:number], _with_rule(layer, place, new), *layers[number + 1 :]]


def _with_rule(layer: Layer, place: int, rule: Rule) -> Layer:
    return Layer(layer.groups, (*layer.rules[:place], rule, *layer.rules[place + 1 :]))


def _ends(states: Integers, layers: list[Layer]) -> Integers:
    """The number of the last layer's state for each row of states."""
    numbers = np.arange(len(states))
    for layer in layers:
        numbers = layer.numbers(states)
        states = np.stack(np.unravel_index(numbers, layer.values), axis=1)
    return numbers


def _last_table(joint: Joint, layers: list[Layer]) -> Floats:
    """P(T_L, e), with a row for every state of the last layer."""
    found = np.zeros((math.prod(layers[-1].values), joint.table.shape[1]))
    np.add.at(found, _ends(joint.block_states, layers), joint.table)
    return found


def _slopes(table: Floats, last: Floats) -> Floats:
    """dI(T_L:E)/dP(t|v) = sum_e P(v,e) ln[P(e|t)/P(e)], (3.2); for a t never taken, with P(e|v) for P(e|t)."""
    at_all = last.sum(axis=0)
    chances = last.sum(axis=1)
    positive = last > 0
    logarithm = np.log(np.where(positive, last, 1.0) / np.where(chances > 0, chances, 1.0)[:, None] / at_all)
    found = table @ np.where(positive, logarithm, 0.0).T
    found[(table @ ~positive.T) > 0] = -np.inf
    own = table / (table.sum(axis=1, keepdims=True) * at_all)
    alone = (table * np.log(np.where(own > 0, own, 1.0))).sum(axis=1)
    found[:, chances == 0] = alone[:, None]
    return found
