"""Deterministic rules of a stack of layers with the largest I(T_L:E): all of them, or local maxima."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, product
from typing import NamedTuple

import numpy as np

from fieldtheory.budgets import require_budget
from renormalization.real_space.lattice.joint import Joint, coarse_joint
from renormalization.real_space.lattice.layer import Layer
from renormalization.real_space.rules import Rule, rule_of_values

_RATE = 5e8  # numbers a second
_TABLE = 5e4  # numbers that take as long as what else is done for a table
_SWEEPS = 5  # of a climb, about
_TIES = 1e-12  # of the information
_Letters = list[list[list[int]]]  # of each rule of each layer


class Base(NamedTuple):
    """What layers are laid over: how to get P(T, e) of one, about how many numbers that goes through, how
    many states e has."""

    coarse: Callable[[Layer], Joint]
    size: float
    columns: float


def base_of(joint: Joint) -> Base:
    """A table."""
    return Base(lambda layer: coarse_joint(joint, layer), float(joint.table.size), joint.table.shape[1])


@dataclass(frozen=True)
class Frame:
    """The groups of a layer, whose rules are sought, and the states of the variables in each of them.

    A rule is made of letters: the value of each state, or of the first half of the states where the rule is
    odd. `shared`: one rule for all groups.
    """

    groups: tuple[tuple[int, ...], ...]
    shapes: tuple[tuple[int, ...], ...]
    values: int
    odd: bool
    shared: bool

    @property
    def lengths(self) -> list[int]:
        """The number of letters of each rule."""
        sizes = [math.prod(shape) for shape in self.shapes]
        return [size // 2 if self.odd else size for size in (sizes[:1] if self.shared else sizes)]

    @property
    def states(self) -> float:
        """The number of states of the layer."""
        return _power(self.values, len(self.groups))

    @property
    def number(self) -> float:
        """About how many layers there are, up to the names of values."""
        return math.prod(_power(self.values, length - 1) for length in self.lengths)

    def layer(self, letters: list[list[int]]) -> Layer:
        """The layer with these letters of each of its rules."""
        rules = [self._rule(each, shape) for each, shape in zip(letters, self.shapes, strict=False)]
        return Layer(self.groups, tuple(rules * len(self.groups) if self.shared else rules))

    def all_letters(self) -> Iterator[list[list[int]]]:
        """Of each layer once, whatever the names of its values."""
        return map(list, product(*(list(_named_in_order(length, self.values)) for length in self.lengths)))

    def _rule(self, letters: list[int], shape: tuple[int, ...]) -> Rule:
        found = [*letters, *(1 - letter for letter in reversed(letters))] if self.odd else letters
        return rule_of_values(np.array(found), shape, self.values)


@dataclass(frozen=True)
class LayerSearch:
    """Over stacks of layers: all where that takes up to `seconds`, else climbs from drawn letters."""

    seconds: float
    seed: int
    restarts: int

    def best(self, base: Base, frames: list[Frame], known: _Letters | None = None) -> tuple[_Letters, bool]:
        """The letters of each layer, and whether all stacks have been compared.

        `known`: letters from which to climb too.
        """
        sizes = [base.size, *(frame.states * base.columns for frame in frames[:-1])]
        sizes = [size + _TABLE for size in sizes]
        numbers = accumulate((frame.number for frame in frames), operator.mul)
        if sum(map(operator.mul, numbers, sizes)) <= self.seconds * _RATE:
            return _enumerated(base, frames, -1.0)[1], True
        moves = [sum(frame.lengths) * (frame.values - 1) for frame in frames]
        climb = sum(count * sum(sizes[k:]) for k, count in enumerate(moves)) * _SWEEPS
        what = f"climbing from {self.restarts} drawn rules"
        require_budget(what, seconds=self.restarts * climb / _RATE, smaller="restarts or groups")
        rng = np.random.default_rng(self.seed)
        starts = [] if known is None else [known]
        starts += [_drawn(frames, rng) for _ in range(self.restarts)]
        climbed = [_climbed(base, frames, each) for each in starts]
        return max(climbed, key=lambda each: each[0])[1], False


def _enumerated(base: Base, frames: list[Frame], least: float) -> tuple[float, _Letters]:
    """The stack that keeps most, if that is more than `least`; of equal ones the first."""
    best = least
    found: _Letters = []
    for letters in frames[0].all_letters():
        joint = base.coarse(frames[0].layer(letters))
        kept = joint.information
        rest: _Letters = []
        # later layers keep no more than this one
        if len(frames) > 1 and kept > best * (1 + _TIES):
            kept, rest = _enumerated(base_of(joint), frames[1:], best)
        if kept > best * (1 + _TIES) or not found and kept > best:
            best, found = kept, [letters, *rest]
    return best, found


def _climbed(base: Base, frames: list[Frame], letters: _Letters) -> tuple[float, _Letters]:
    """Single letters are changed as long as information rises."""
    letters = [[list(each) for each in layer] for layer in letters]
    best, risen = _kept(base, frames, letters), True
    while risen:
        risen, before = False, base
        for k, frame in enumerate(frames):
            for each, place, value in _moves(frame):
                old = letters[k][each][place]
                letters[k][each][place] = value
                kept = _kept(before, frames[k:], letters[k:]) if value != old else best
                if kept > best * (1 + _TIES):
                    best, risen = kept, True
                else:
                    letters[k][each][place] = old
            before = base_of(before.coarse(frame.layer(letters[k])))
    return best, letters


def _moves(frame: Frame) -> Iterator[tuple[int, int, int]]:
    for each, length in enumerate(frame.lengths):
        for place, value in product(range(length), range(frame.values)):
            yield each, place, value


def _kept(base: Base, frames: list[Frame], letters: _Letters) -> float:
    """I(T_L:E)."""
    for frame, each in zip(frames, letters, strict=True):
        joint = base.coarse(frame.layer(each))
        base = base_of(joint)
    return joint.information


def _drawn(frames: list[Frame], rng: np.random.Generator) -> _Letters:
    return [
        [rng.integers(frame.values, size=length).tolist() for length in frame.lengths] for frame in frames
    ]


def _named_in_order(length: int, values: int) -> Iterator[list[int]]:
    """Letters whose values are numbered as they come: each partition into at most so many parts once."""
    letters = [0] * length
    while True:
        yield list(letters)
        for place in range(length - 1, 0, -1):
            if letters[place] < min(values - 1, max(letters[:place]) + 1):
                letters[place:] = [letters[place] + 1] + [0] * (length - place - 1)
                break
        else:
            return


def _power(base: int, exponent: int) -> float:
    return math.exp(min(exponent * math.log(base), 690.0))  # near the largest float
