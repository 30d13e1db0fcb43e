"""What an optimisation may vary: values that are fixed, choices, and intervals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.shown_value import shown
from fieldtheory.workbench.sweep.grid import DEFAULTS, NETWORK, axis_value, axis_values

VARIED = ("kernel", *NETWORK, "ridge")
DEFAULT = {name: DEFAULTS[name] for name in VARIED if name in DEFAULTS} | {"hidden_layers": 3}
_REALS = ("weight_variance", "bias_variance", "input_scale", "ridge")
_WIDE = 30.0  # an interval whose ends differ by more than this factor has a scale of logarithms
_PER_AXIS = {0: 1, 1: 13, 2: 7, 3: 5, 4: 3}  # first points of an interval, by the number of intervals


@dataclass(frozen=True)
class Interval:
    """Reals from `low` to `high`, with a scale on which the first points are even and steps are of one size.

    Logarithms where the ends differ by more than a factor of 30; from 0 the third power, as what is small
    there matters most.
    """

    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether its scale is that of logarithms."""
        return self.low > 0 and self.high > _WIDE * self.low

    def value(self, share: float) -> float:
        """What lies at a share, from 0 to 1, of the interval."""
        if self.logarithmic:
            found = self.low * (self.high / self.low) ** share
        else:
            found = self.low + (self.high - self.low) * (share if self.low else share**3)
        return float(min(max(found, self.low), self.high))

    def values(self, count: int) -> list[float]:
        """As many, from end to end."""
        return [self.value(share) for share in np.linspace(0, 1, count).tolist()]


@dataclass(frozen=True)
class SearchSpace:
    """Names of `VARIED`, each with what it may be: a value (`fixed`), a list (`choices`) or an interval."""

    fixed: Mapping[str, Any]
    choices: Mapping[str, tuple[Any, ...]]
    intervals: Mapping[str, Interval]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> SearchSpace:
        """From what a user gave: a scalar is fixed, a list or range a choice, a pair in a tuple an interval.

        ValueError names what is wrong, or that nothing varies.
        """
        fixed, choices, intervals = dict[str, Any](), dict[str, tuple[Any, ...]](), dict[str, Interval]()
        for name in VARIED:
            value = given[name]
            if isinstance(value, tuple):
                intervals[name] = _interval(name, value)
            elif isinstance(value, list | range) or (isinstance(value, np.ndarray) and value.ndim):
                listed = axis_values(name, value)
                if len(listed) == 1:
                    fixed[name] = listed[0]
                else:
                    choices[name] = listed
            else:
                fixed[name] = axis_value(name, value)
        if not choices and not intervals:
            raise ValueError(
                "hidden_layers, or another parameter, must be a list (a choice) or a pair of numbers in a "
                f"tuple (an interval), such as range(1, 7) (got {shown(given['hidden_layers'])}, and one "
                "value for each other)"
            )
        return cls(fixed, choices, intervals)

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of what is not fixed."""
        return tuple(name for name in VARIED if name not in self.fixed)

    @property
    def combinations(self) -> Iterator[Mapping[str, Any]]:
        """Every combination of the choices, with all that is fixed."""
        for values in itertools.product(*self.choices.values()):
            yield {**self.fixed, **dict(zip(self.choices, values, strict=True))}

    def parameters(self, chosen: Mapping[str, Any], shares: Floats) -> dict[str, Any]:
        """Every parameter, from a combination of the choices and the places in the intervals."""
        found = {
            name: each.value(share)
            for (name, each), share in zip(self.intervals.items(), shares.tolist(), strict=True)
        }
        return {name: found[name] if name in found else chosen[name] for name in VARIED}

    def lattice(self) -> Floats:
        """First places to look at, a row each, in shares of the intervals: a product, ends included."""
        count = _PER_AXIS[len(self.intervals)]
        axes = np.meshgrid(*[np.linspace(0, 1, count)] * len(self.intervals), indexing="ij")
        return np.stack([each.reshape(-1) for each in axes], axis=-1) if axes else np.zeros((1, 0))


def network_of(parameters: Mapping[str, Any]) -> FullyConnected:
    """The network that has these parameters."""
    return FullyConnected(**{name: parameters[name] for name in NETWORK})


def _interval(name: str, value: tuple[Any, ...]) -> Interval:
    if name not in _REALS:
        listed = "range(1, 7)" if name == "hidden_layers" else "a list"
        raise ValueError(
            f"{name} must be one value, or several as {listed}; a tuple is an interval of real numbers "
            f"(got {shown(value)})"
        )
    if len(value) != 2:
        raise ValueError(
            f"{name} must be an interval (low, high) where it is a tuple, and a list where several values "
            f"are meant (got {shown(value)})"
        )
    low, high = (axis_value(name, each) for each in value)
    if not low < high:
        raise ValueError(f"{name} must be an interval (low, high) with low below high (got {shown(value)})")
    return Interval(low, high)
