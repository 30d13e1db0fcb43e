"""Layers of a coarse-graining: groups of variables, and a rule for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_arguments import require_integers
from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.rules import Rule

_PAIRS = "a list of pairs (groups, rule)"
_GROUPS = "groups of numbers of variables of the layer before"


class Layer(NamedTuple):
    """Groups of variables of the layer before, and the rule of each."""

    groups: tuple[tuple[int, ...], ...]
    rules: tuple[Rule, ...]

    @property
    def values(self) -> tuple[int, ...]:
        """The number of values of each variable."""
        return tuple(rule.values for rule in self.rules)

    @property
    def is_deterministic(self) -> bool:
        """Whether the layer is a function of the one before."""
        return all(rule.is_deterministic for rule in self.rules)

    def chances(self, states: Integers) -> Floats:
        """P(T|v): a row for each row of states v, a column for each state T of the layer."""
        rows, columns = len(states), math.prod(self.values)
        what = f"a layer of {shown(columns)} states over {rows} block states"
        require_budget(what, seconds=rows * columns / 1e8, memory=24.0 * rows * columns, smaller="layers")
        found = np.ones((rows, 1))
        for group, rule in zip(self.groups, self.rules, strict=True):
            each = rule.table[np.ravel_multi_index(tuple(states[:, group].T), rule.states)]
            found = (found[:, :, None] * each[:, None, :]).reshape(rows, -1)
        return found

    def numbers(self, states: Integers) -> Integers:
        """The number of the state of a deterministic layer for each row of states v."""
        if math.prod(self.values) >= 2**62:
            raise ValueError(f"layers must have fewer than 2^62 states each (got {shown(self.values)})")
        found = np.zeros(len(states), dtype=np.int64)
        for group, rule in zip(self.groups, self.rules, strict=True):
            values = rule.table.argmax(axis=1)
            places = np.ravel_multi_index(tuple(states[:, group].T), rule.states)
            found = found * rule.values + values[places]
        return found


def require_layers(value: Any, states: Sequence[int]) -> list[Layer]:
    """Layers over variables with so many states; ValueError for what are none."""
    found: list[Layer] = []
    for k, each in enumerate(require_entries("layers", value, _PAIRS)):
        if not isinstance(each, tuple | list) or len(each) != 2:
            raise ValueError(f"layers[{k}] must be a pair (groups, rule) (got {shown(each)})")
        groups = require_groups(f"layers[{k}]", each[0], len(states))
        found.append(Layer(groups, _require_rules(f"layers[{k}]", each[1], groups, states)))
        states = found[-1].values
    return found


def require_groups(name: str, value: Any, variables: int) -> tuple[tuple[int, ...], ...]:
    """Groups of different numbers of variables; ValueError otherwise."""
    groups = []
    for each in require_entries(name, value, _GROUPS):
        places = require_integers(name, each, _GROUPS)
        if places.ndim != 1 or not places.size:
            raise ValueError(f"{name} must have {_GROUPS}, each a list such as (0, 1) (got {shown(each)})")
        if places.min() < 0 or places.max() >= variables or len(np.unique(places)) < len(places):
            raise ValueError(
                f"{name} must have groups of different numbers from 0 to {variables - 1}, of variables of "
                f"the layer before (got {shown(each)})"
            )
        groups.append(tuple(places.tolist()))
    if not groups:
        raise ValueError(f"{name} must have at least one group (got none)")
    return tuple(groups)


def _require_rules(
    name: str, value: Any, groups: tuple[tuple[int, ...], ...], states: Sequence[int]
) -> tuple[Rule, ...]:
    rules = list(value) if isinstance(value, tuple | list) else [value] * len(groups)
    if len(rules) != len(groups):
        raise ValueError(
            f"{name} must have one rule, or one for each of the {len(groups)} groups (got {len(rules)})"
        )
    for group, rule in zip(groups, rules, strict=True):
        if not isinstance(rule, Rule):
            raise ValueError(f"{name} must have a Rule, such as Rule.majority(3) (got {shown(rule)})")
        shape = tuple(states[place] for place in group)
        if rule.states != shape:
            raise ValueError(
                f"{name} must have a rule for groups with {shape} states of their variables (got one for "
                f"{rule.states})"
            )
    return tuple(rules)
