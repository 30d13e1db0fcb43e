"""Coarse-graining rules P(h|v): what value h takes the place of the states v of a block."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_arguments import require_integers, require_reals
from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_counts

_ROUNDING = 1e-9  # of the sum of probabilities
_HARD = 1e300  # a weight from which on a spin decides alone, and sums of weights are still floats
TIES = ("random", "first")


@dataclass(frozen=True, eq=False)
class Rule:
    """P(h|v): a row for each state of the block, the first site slowest, a column for each value of h.

    `states`: the number of states of each site of the block. For Ising spins state 0, and value 0, is +1.
    ValueError unless the rows are probabilities.

    >>> Rule.majority(3).table[:, 0]
    array([1., 1., 1., 0., 1., 0., 0., 0.])
    """

    table: Floats = field(repr=False)
    states: tuple[int, ...]

    def __post_init__(self) -> None:
        table = require_reals("table", self.table, axes=2)
        shape = require_counts("states", self.states)
        if len(table) != math.prod(shape) or not table.shape[1]:
            raise ValueError(
                f"table must have a row for each of the {math.prod(shape)} states of the block and a column "
                f"for each value (got shape {table.shape})"
            )
        if (table < 0).any():
            raise ValueError(f"table must hold non-negative probabilities (got {table.min():g})")
        sums = table.sum(axis=1)
        wrong = np.abs(sums - 1) > _ROUNDING
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(f"table must have rows that sum to 1 (got {sums[row]:.12g} in row {row})")
        table = np.array(table)
        table.setflags(write=False)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "states", shape)

    @classmethod
    def decimation(cls, sites: Any, keep: Any = 0, states: Any = 2) -> Rule:
        """h is the state of the site `keep` of so many `sites`, each with so many `states`.

        >>> Rule.decimation(2, keep=1).table[:, 0]
        array([1., 0., 1., 0.])
        """
        shape = _block("sites", sites, states)
        kept = require_integer("keep", keep, minimum=0)
        if kept >= len(shape):
            raise ValueError(f"keep must be one of the {len(shape)} sites, from 0 on (got {kept})")
        return cls(np.eye(shape[0])[_all_states(shape)[:, kept]], shape)

    @classmethod
    def majority(cls, sites: Any, of: Any = None, ties: str = "random") -> Rule:
        """h is the sign of the sum of spins, all of them or those numbered `of`, such as (0, 1, 2).

        `ties`: "random", or "first" for the spin of the first of them.

        >>> Rule.majority(2).table[:, 0]
        array([1. , 0.5, 0.5, 0. ])
        """
        shape = _block("sites", sites, 2)
        chosen = range(len(shape)) if of is None else _require_places(of, len(shape))
        return _most_frequent(shape, list(chosen), ties)

    @classmethod
    def plurality(cls, sites: Any, states: Any, ties: str = "random") -> Rule:
        """h is the most frequent state of the sites.

        `ties`: "random" among the most frequent, or "first" for that of them which stands first.
        """
        shape = _block("sites", sites, states)
        return _most_frequent(shape, list(range(len(shape))), ties)

    @classmethod
    def soft(cls, weights: Any) -> Rule:
        """P(h|v) = exp(h w.v)/(2 cosh w.v) of spins h, v = +1 or -1, a weight w for each spin.

        >>> Rule.soft([0.5, 0.5]).table[:, 0].round(6)
        array([0.880797, 0.5     , 0.5     , 0.119203])
        """
        w = require_reals("weights", weights, axes=1)
        if not w.size:
            raise ValueError("weights must hold at least one number (got none)")
        shape = _block("weights", len(w), 2)
        largest = float(np.abs(w).max()) or 1.0
        fields = np.minimum(largest, _HARD) * ((1 - 2 * _all_states(shape)) @ (w / largest))
        small = np.exp(-2 * np.abs(fields))
        less, more = small / (1 + small), 1 / (1 + small)
        up = fields >= 0
        return cls(np.stack([np.where(up, more, less), np.where(up, less, more)], axis=1), shape)

    @classmethod
    def deterministic(cls, table: Any) -> Rule:
        """From the value of each state, as an array of integers with an axis for each site of the block.

        Values are 0, 1, ... up to the largest.

        >>> parity = Rule.deterministic([[0, 1], [1, 0]])
        >>> parity.states, parity.values
        ((2, 2), 2)
        """
        values = require_integers("table", table, "integers, the value of each state")
        if not values.size or not values.ndim:
            raise ValueError(f"table must have an axis for each site of the block (got shape {values.shape})")
        if values.min() < 0 or values.max() >= 2**20:
            wrong = values.min() if values.min() < 0 else values.max()
            raise ValueError(f"table must hold values from 0 to {2**20 - 1} (got {shown(wrong)})")
        return rule_of_values(values.reshape(-1).astype(np.int64), values.shape)

    @classmethod
    def from_function(cls, f: Callable[[tuple[int, ...]], Hashable], sites: Any, states: Any = 2) -> Rule:
        """Deterministic, of f(tuple of states), which may return anything hashable.

        Values are numbered as they come, from the states 0, 0, ... on, the first site slowest.

        >>> Rule.from_function(sum, sites=2).table.argmax(axis=1)
        array([0, 1, 1, 2])
        """
        shape = _block("sites", sites, states)
        if not callable(f):
            raise ValueError(f"f must be a function of a tuple of states (got {shown(f)})")
        numbers: dict[Hashable, int] = {}
        values = []
        for state in product(*map(range, shape)):
            value = f(state)
            try:
                values.append(numbers.setdefault(value, len(numbers)))
            except TypeError:
                raise ValueError(f"f must return something hashable (got {shown(value)})") from None
        return rule_of_values(np.array(values), shape)

    @property
    def values(self) -> int:
        """The number of values of h."""
        return int(self.table.shape[1])

    @property
    def is_deterministic(self) -> bool:
        """Whether each state has one value."""
        return bool(((self.table == 0) | (self.table == 1)).all())

    def __str__(self) -> str:
        kind = "deterministic" if self.is_deterministic else "stochastic"
        return f"{kind} rule of {counted(len(self.states), 'site')} with {counted(self.values, 'value')}"


def rule_of_values(values: Integers, states: Sequence[int], count: int | None = None) -> Rule:
    """Deterministic, from the value of each state; `count`: how many values there are."""
    number = int(values.max()) + 1 if count is None else count
    _require_size(len(values), number)
    return Rule(np.eye(number)[values], tuple(states))


def _most_frequent(shape: tuple[int, ...], chosen: list[int], ties: str) -> Rule:
    require_choice("ties", ties, TIES)
    states, q = _all_states(shape)[:, chosen], shape[0]
    counts = (states[:, :, None] == np.arange(q)).sum(axis=1)
    most = counts == counts.max(axis=1, keepdims=True)
    if ties == "random":
        return Rule(most / most.sum(axis=1, keepdims=True), shape)
    among = np.take_along_axis(most, states, axis=1)  # the state of this site is one of the most frequent
    return rule_of_values(states[np.arange(len(states)), among.argmax(axis=1)], shape, q)


def _block(name: str, sites: Any, states: Any) -> tuple[int, ...]:
    """So many sites with so many states each."""
    number = require_integer(name, sites, minimum=1, maximum=62)
    q = require_integer("states", states, minimum=2, maximum=100)
    _require_size(q**number, q)
    return (q,) * number


def _require_size(states: int, values: int) -> None:
    what = f"a rule for {states} block states and {counted(values, 'value')}"
    require_budget(what, seconds=1e-7 * states * values, memory=24.0 * states * values, smaller="sites")


def _all_states(shape: tuple[int, ...]) -> Integers:
    return np.indices(shape).reshape(len(shape), -1).T


def _require_places(of: Any, sites: int) -> list[int]:
    places = require_integers("of", of, "numbers of sites").reshape(-1).tolist()
    if not places or len(set(places)) < len(places) or min(places) < 0 or max(places) >= sites:
        raise ValueError(f"of must be different numbers of sites, from 0 to {sites - 1} (got {shown(of)})")
    return [int(place) for place in places]
