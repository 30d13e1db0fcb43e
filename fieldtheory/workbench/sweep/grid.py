"""The grid of a sweep: axes with their values, what does not vary, and the parts that it is computed in."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

import numpy as np

from fieldtheory.arguments import (
    ENSEMBLES,
    require_choice,
    require_dimension,
    require_flag,
    require_integer,
    require_sizes,
    require_variance,
)
from fieldtheory.budgets import memory_in_words
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.spectra import KERNELS
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import default_max_degree
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_problem import Ensemble
from replicas.theories.registry import AUTO, THEORIES

NETWORK = ("activation", "hidden_layers", "weight_variance", "bias_variance", "input_scale")
AXES = ("kernel", *NETWORK, "dim", "target", "theory", "label_noise", "ridge", "n")
DEFAULTS: dict[str, Any] = {
    "kernel": "ntk",
    "activation": "relu",
    "weight_variance": 1.0,
    "bias_variance": 0.0,
    "input_scale": 1.0,
    "theory": AUTO,
    "label_noise": 0.0,
    "ridge": 0.0,
}
MOST_POINTS = 10**9
_MOST_VALUES = 10**6  # of an axis: each is looked at
# Points of a part: enough to keep compiled code busy, few enough for many parts, stored one by one
_PART = 1 << 16
_LARGEST_PART = 1 << 21  # where one network alone has more: about 200 MB
_BYTES = 8 * 8 + 1 + 32  # of a point: its columns, and the spectra's share


@dataclass(frozen=True)
class Part:
    """A block of a grid: in each dimension a range of places."""

    number: int
    places: tuple[range, ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where it lies in arrays over the grid."""
        return tuple(slice(each.start, each.stop) for each in self.places)

    @property
    def points(self) -> int:
        """How many there are."""
        return math.prod(map(len, self.places))


@dataclass(frozen=True)
class Grid:
    """Axes in the order in which they were given, what does not vary, and how curves are computed.

    `axes`: name -> values; `fixed`: every other name of `AXES` -> its value.
    """

    axes: Mapping[str, tuple[Any, ...]]
    fixed: Mapping[str, Any]
    order: int | None = None
    ensemble: Ensemble = "fixed"
    error_bar: bool = True
    max_degree: int | None = None

    @classmethod
    def checked(
        cls,
        axes: Any,
        fixed: Mapping[str, Any],
        order: int | None,
        ensemble: Any,
        error_bar: Any,
        max_degree: Any,
    ) -> Grid:
        """From what a user gave, None in `fixed` for what was not given; ValueError names what is wrong."""
        if not isinstance(axes, Mapping) or not axes:
            raise ValueError(
                f'axes must map names to their values, as in {{"ridge": [0.1, 1.0]}} (got {shown(axes)})'
            )
        given: dict[str, tuple[Any, ...]] = {}
        for name, values in axes.items():
            if name not in AXES:
                near = get_close_matches(str(name), AXES, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"axes: {shown(name)} is none of {', '.join(AXES)}{hint}")
            if fixed.get(name) is not None:
                raise ValueError(f"{name} must be an axis or fixed, and is both: leave one out")
            given[name] = axis_values(name, values)
        rest = {name: fixed.get(name) for name in AXES if name not in given}
        for name, value in rest.items():
            if value is None:
                if name not in DEFAULTS:
                    raise ValueError(f"{name} must be given, as an axis or fixed")
                rest[name] = DEFAULTS[name]
            elif name == "target":
                rest[name] = _target(name, value)
            elif name == "n":
                rest[name] = _one_size(value)
            elif name not in ("activation", "weight_variance"):  # which FullyConnected looks at, as a whole
                rest[name] = axis_value(name, value)
        grid = cls(
            given,
            rest,
            order,
            cast(Ensemble, require_choice("ensemble", ensemble, ENSEMBLES)),
            require_flag("error_bar", error_bar),
            None if max_degree is None else require_integer("max_degree", max_degree, minimum=0),
        )
        grid._require_together()
        return grid

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of their values."""
        return tuple(map(len, self.axes.values()))

    @property
    def points(self) -> int:
        """How many there are."""
        return math.prod(self.shape)

    def labels(self, name: str) -> list[Any]:
        """The values of an axis as numbers or text: targets by their names, functions by theirs."""
        return [label(each) for each in self.axes[name]]

    def values(self, name: str, places: Sequence[int] | None = None) -> list[Any]:
        """Those of an axis at some places, or the one that does not vary; targets without their names."""
        if name not in self.axes:
            return [self.fixed[name]]
        chosen = self.axes[name]
        found = chosen if places is None else [chosen[place] for place in places]
        return [each[1] if name == "target" else each for each in found]

    def parts(self) -> list[Part]:
        """Blocks that cover the grid, in order: few networks each, with all that shares their spectra."""
        return list(self._parts())

    def part_shape(self) -> tuple[int, ...]:
        """Of all parts but the last ones along an axis, which may be shorter."""
        sizes = dict.fromkeys(self.dims, 1)
        left = _LARGEST_PART
        for name in (
            each for each in reversed(AXES) if each in sizes and each not in (*NETWORK, "kernel", "dim")
        ):
            sizes[name] = max(1, min(len(self.axes[name]), left))
            left //= sizes[name]
        left = _PART // math.prod(sizes.values())
        for name in (each for each in reversed(self.dims) if each in NETWORK):
            sizes[name] = max(1, min(len(self.axes[name]), left))
            left //= sizes[name]
        return tuple(sizes.values())

    def _parts(self) -> Iterator[Part]:
        cuts = [
            [range(start, min(start + size, length)) for start in range(0, length, size)]
            for size, length in zip(self.part_shape(), self.shape, strict=True)
        ]
        for number, places in enumerate(itertools.product(*cuts)):
            yield Part(number, places)

    def _require_together(self) -> None:
        """What single values do not show: the size of the whole, networks, theories, degrees of targets."""
        if self.points > MOST_POINTS:
            raise ValueError(
                f"axes must make at most 1e9 points (got {self.points:.3g}, "
                f"{memory_in_words(self.points * _BYTES)} of memory): fewer values, or several sweeps"
            )
        first = {name: self.values(name)[0] for name in AXES}
        for name in NETWORK:
            for value in self.values(name):
                FullyConnected(**{each: first[each] for each in NETWORK} | {name: value})
        for theory in self.values("theory"):
            if theory != AUTO:
                THEORIES[theory].require_order(self.order)
            elif self.order is not None:
                raise ValueError(
                    f'order must be None for theory="auto", which chooses (got {shown(self.order)})'
                )
        degree = max(each.max_degree for each in self.values("target"))
        held = min(default_max_degree(each) for each in self.values("dim"))
        held = held if self.max_degree is None else self.max_degree
        if degree > held:
            raise ValueError(
                f"target must have no power above degree {held}, where the spectra end "
                f"(got degree {degree}): raise max_degree to {degree}"
            )


def label(value: Any) -> Any:
    """A value of an axis as a number or text."""
    if isinstance(value, tuple):
        return value[0]  # the name of a target
    if isinstance(value, str | int | float):
        return value
    return getattr(value, "__name__", None) or getattr(value, "name", None) or shown(value)


def axis_values(name: str, values: Any) -> tuple[Any, ...]:
    """The values of an axis, as they are used, each once; ValueError names what is wrong."""
    if name == "target":
        if not isinstance(values, Mapping) or not values:
            raise ValueError(
                "target must map names to targets where it is an axis, as in "
                f'{{"linear": Target({{1: 1.0}})}} (got {shown(values)})'
            )
        return tuple((str(key), _target(f"target {key!r}", each)) for key, each in values.items())
    if isinstance(values, str | bytes) or not isinstance(values, Iterable) or getattr(values, "ndim", 1) != 1:
        raise ValueError(f"{name} must be a list of values where it is an axis (got {shown(values)})")
    if isinstance(values, Sized) and len(values) > _MOST_VALUES:
        raise ValueError(f"{name} must have at most {_MOST_VALUES} values (got {len(values)})")
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if not listed:
        raise ValueError(f"{name} must have at least one value (got none)")
    found = tuple(axis_value(name, each) for each in listed)
    labels = [label(each) for each in found]
    if len(set(labels)) < len(labels):
        twice = next(each for place, each in enumerate(labels) if each in labels[:place])
        raise ValueError(f"{name} must have each value once (got {shown(twice)} more than once)")
    return found


def axis_value(name: str, value: Any) -> Any:
    """One value of an axis, as it is used."""
    if name == "kernel":
        return require_choice(name, value, KERNELS)
    if name == "theory":
        return require_choice(name, value, (*THEORIES, AUTO))
    if name == "dim":
        return require_dimension(value)
    if name == "hidden_layers":
        return require_integer(name, value, minimum=0)
    if name == "n":
        return _one_size(value)
    if name in ("ridge", "label_noise"):
        return require_variance(name, value)
    if name == "activation":
        FullyConnected(1, value)
        return value
    if isinstance(value, Iterable):
        raise ValueError(f"{name} must be a number where it is an axis (got {shown(value)})")
    FullyConnected(1, **{name: value})
    try:
        return float(value)
    except TypeError:  # an expression with symbols
        raise ValueError(f"{name} must be a number (got {shown(value)})") from None


def _one_size(value: Any) -> float:
    if isinstance(value, Iterable):
        raise ValueError(
            f"n must be a number where it is fixed; give several as an axis (got {shown(value)})"
        )
    return float(require_sizes(value)[0])


def _target(name: str, value: Any) -> Target:
    if not isinstance(value, Target):
        raise ValueError(f"{name} must be a Target, such as Target({{1: 1.0}}) (got {shown(value)})")
    return value
