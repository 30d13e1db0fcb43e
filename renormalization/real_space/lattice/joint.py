"""Joint tables P(v, e) of a block and its environment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats, Integers
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from renormalization.real_space.entries import require_counts
from renormalization.real_space.lattice.entropies import entropy, mutual_information
from renormalization.real_space.lattice.factors import Site
from renormalization.real_space.lattice.layer import Layer, require_layers
from renormalization.real_space.lattice.layer_information import LayerInformation

_ROUNDING = 1e-9  # of the sum of probabilities


@dataclass(frozen=True, eq=False)
class Joint:
    """P(v, e): a row for each state of the block that occurs, a column for each of the environment.

    `block`, `environment`: their sites; `block_shape`, `environment_shape`: numbers of states of each site.
    `block_index`, `environment_index`: of each row and column, its number among all states, the first site
    slowest; state 0 of an Ising site is spin +1. Made by `LatticeModel.joint`, `infinite_chain_joint`, or
    `Joint.from_table`.
    """

    table: Floats = field(repr=False)
    block: tuple[Site, ...]
    environment: tuple[Site, ...]
    block_shape: tuple[int, ...]
    environment_shape: tuple[int, ...]
    block_index: Integers = field(repr=False)
    environment_index: Integers = field(repr=False)

    plot = plot

    @classmethod
    def from_table(cls, table: Any, block_shape: Any = None, environment_shape: Any = None) -> Joint:
        """From non-negative entries that sum to 1; the shapes default to one site each.

        Rows and columns of zeros are states that do not occur; they are left out.

        >>> Joint.from_table([[0.4, 0.1], [0.1, 0.4]]).information
        0.1927447...
        """
        entries = require_reals("table", table, axes=2)
        if not entries.size or (entries < 0).any():
            least = entries.min() if entries.size else "no entries"
            raise ValueError(f"table must hold non-negative probabilities (got {least})")
        if abs(entries.sum() - 1) > _ROUNDING:
            raise ValueError(f"table must hold probabilities that sum to 1 (got {entries.sum():.12g})")
        shapes = [
            _require_shape(name, value, count)
            for name, value, count in zip(
                ("block_shape", "environment_shape"),
                (block_shape, environment_shape),
                entries.shape,
                strict=True,
            )
        ]
        block, environment = (tuple(range(len(shape))) for shape in shapes)
        return joint_of_table(
            entries, block, tuple(len(block) + k for k in environment), shapes[0], shapes[1]
        )

    @cached_property
    def information(self) -> float:
        """I(V:E), in nats."""
        return mutual_information(self.table)

    @cached_property
    def block_entropy(self) -> float:
        """H(V), in nats."""
        return entropy(self.table.sum(axis=1))

    @cached_property
    def environment_entropy(self) -> float:
        """H(E), in nats."""
        return entropy(self.table.sum(axis=0))

    @property
    def block_states(self) -> Integers:
        """The states of the sites of the block, a row for each row of the table."""
        return _digits(self.block_index, self.block_shape)

    @property
    def environment_states(self) -> Integers:
        """The states of the sites of the environment, a row for each column of the table."""
        return _digits(self.environment_index, self.environment_shape)

    def layers(self, layers: Any) -> LayerInformation:
        """What each layer of coarse-grainings of the block keeps about the environment.

        `layers`: [(groups, rule), ...]; groups number the variables of the layer before, those of the first
        layer the sites of the block. `rule`: a `Rule` for all groups, or a list, one for each. Variables in
        no group are dropped. ValueError for a rule of another group; OverMemory, a ValueError, for tables
        over the budget.

        >>> from renormalization import Rule, infinite_chain_joint
        >>> spins = np.array([1, -1])
        >>> joint = infinite_chain_joint(np.exp(0.5 * np.outer(spins, spins)), block=9, buffer=0)
        >>> edge = Rule.decimation(3)
        >>> found = joint.layers([([(0, 1, 2), (3, 4, 5), (6, 7, 8)], edge), ([(0, 1, 2)], edge)])
        >>> found.information.round(6)
        array([0.221888, 0.115821, 0.110944])
        """
        return layers_of_joint(self, require_layers(layers, self.block_shape))

    def __str__(self) -> str:
        rows, columns = self.table.shape
        return f"joint table of {counted(rows, 'block state')} and {counted(columns, 'environment state')}"


def joint_of_table(
    entries: Floats,
    block: tuple[Site, ...],
    environment: tuple[Site, ...],
    block_shape: tuple[int, ...],
    environment_shape: tuple[int, ...],
    block_index: Integers | None = None,
    environment_index: Integers | None = None,
) -> Joint:
    """From weights, a row for each number of `block_index` (all states); what does not occur is left out."""
    rows, columns = entries.sum(axis=1), entries.sum(axis=0)
    index = np.arange(len(rows)) if block_index is None else block_index
    other = np.arange(len(columns)) if environment_index is None else environment_index
    if not rows.all():
        entries, index = entries[rows > 0], index[rows > 0]
    if not columns.all():
        entries, other = entries[:, columns > 0], other[columns > 0]
    table = entries / entries.sum()
    for array in (table, index, other):
        array.setflags(write=False)
    return Joint(table, block, environment, block_shape, environment_shape, index, other)


def layers_of_joint(joint: Joint, layers: Sequence[Layer]) -> LayerInformation:
    """All entropies and the information of each layer, from the table of the one before."""
    weights = joint.table.sum(axis=1)
    entropies, informations, noise = [joint.block_entropy], [joint.information], [0.0]
    stochastic = not all(layer.is_deterministic for layer in layers)
    chances: Floats | None = None  # P(T_l|X)
    for layer in layers:
        before, joint = joint, coarse_joint(joint, layer)
        entropies.append(joint.block_entropy)
        informations.append(joint.information)
        if stochastic:
            step = layer.chances(before.block_states)[:, joint.block_index]
            chances = step if chances is None else chances @ step
            noise.append(_mean_entropy(weights, chances))
        else:
            noise.append(0.0)
    found = np.array(entropies)
    return LayerInformation(found, np.array(informations), found[0] - found + np.array(noise))


def coarse_joint(joint: Joint, layer: Layer) -> Joint:
    """P(T, e) of the values T of a layer over the block."""
    if layer.is_deterministic:
        numbers = layer.numbers(joint.block_states)
        order = np.argsort(numbers, kind="stable")
        index, first = np.unique(numbers[order], return_index=True)
        table = np.add.reduceat(joint.table[order], first, axis=0)
    else:
        table = layer.chances(joint.block_states).T @ joint.table
        index = np.arange(len(table))
    places = tuple(range(len(layer.groups)))
    return joint_of_table(
        table,
        places,
        joint.environment,
        layer.values,
        joint.environment_shape,
        index,
        joint.environment_index,
    )


def _mean_entropy(weights: Floats, chances: Floats) -> float:
    """sum_x P(x) H(T|x)."""
    return entropy((weights[:, None] * chances).ravel()) - entropy(weights)


def _digits(index: Integers, shape: Sequence[int]) -> Integers:
    return np.stack(np.unravel_index(index, shape), axis=1).astype(np.int64)


def _require_shape(name: str, value: Any, count: int) -> tuple[int, ...]:
    if value is None:
        return (count,)
    shape = require_counts(name, value)
    if math.prod(shape) != count:
        raise ValueError(f"{name} must have the product {count}, of the size of the table (got {shape})")
    return shape
