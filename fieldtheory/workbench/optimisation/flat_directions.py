"""Directions in which hyper-parameters change the kernel, and a ridge, by one factor: the error stays.

phi(c x) = c^p phi(x), c > 0, gives exact ones. With K_0 = b + w s t and K_h = b + w E[phi phi'] up to h = L:

- no hidden layer: b and w s are all that enters;
- p = 1: b and s times c multiply the kernel by c; without bias s alone does so, and w by c^(L+1);
- any p, b = 0: s times c multiplies it by c^(p^L), w by c^(1 + p + ... + p^L).

The ridge is to be multiplied by the same factor, and without ridge nothing is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.workbench.optimisation.search_space import DEFAULT, Interval

_LARGEST_POWER = 1000.0  # of a factor: beyond it nothing can be moved


@dataclass(frozen=True)
class FlatDirection:
    """Parameters with the powers of one factor by which they can be multiplied; the error stays the same."""

    powers: Mapping[str, float]

    def __str__(self) -> str:
        return f"{_words(self.powers)}: the error does not change"

    def moved(self, parameters: Mapping[str, Any], intervals: Mapping[str, Interval]) -> dict[str, Any]:
        """The point in this direction whose first parameter is as near to its default as intervals allow."""
        first = next(iter(self.powers))
        wanted = math.log(DEFAULT[first] / parameters[first]) / self.powers[first]
        low, high = -math.inf, math.inf
        for name, power in self.powers.items():
            value, ends = parameters[name], intervals[name]
            bounds = sorted(
                (math.log(end / value) if end > 0 else -math.inf) / power for end in (ends.low, ends.high)
            )
            low, high = max(low, bounds[0]), min(high, bounds[1])
        step = min(max(wanted, low), high)
        moved = {}
        for name, power in self.powers.items():
            value = parameters[name] * math.exp(power * step)
            moved[name] = min(max(value, intervals[name].low), intervals[name].high)
        return {**parameters, **moved}


def flat_directions(
    parameters: Mapping[str, Any], intervals: Mapping[str, Interval]
) -> tuple[FlatDirection, ...]:
    """All at a point, among the parameters that have an interval, none a combination of others."""
    found: list[FlatDirection] = []
    for powers, factor in _scalings(parameters):
        ridge = {"ridge": factor} if parameters["ridge"] > 0 and factor else {}
        moved = {name: power for name, power in (powers | ridge).items() if parameters[name] > 0}
        if moved and all(name in intervals and abs(power) < _LARGEST_POWER for name, power in moved.items()):
            found.append(FlatDirection(moved))
            rows = [[each.powers.get(name, 0.0) for name in parameters] for each in found]
            if np.linalg.matrix_rank(np.array(rows)) < len(found):
                found.pop()
    return tuple(found)


def _scalings(parameters: Mapping[str, Any]) -> Iterator[tuple[dict[str, float], float]]:
    """Powers of a factor for the parameters of the network, and the power by which the kernel then scales."""
    layers, power = parameters["hidden_layers"], _power(parameters["activation"])
    biased = parameters["bias_variance"] > 0
    if layers == 0:
        yield {"weight_variance": 1.0, "input_scale": -1.0}, 0.0
        yield {"input_scale": 1.0, "bias_variance": 1.0}, 1.0
        yield {"weight_variance": 1.0, "bias_variance": 1.0}, 1.0
        return
    if power is None:
        return
    deep, whole = power**layers, math.fsum(power**layer for layer in range(layers + 1))
    if power == 1 or not biased:
        yield {"input_scale": 1.0, "bias_variance": 1.0}, deep
    if not biased:
        yield {"weight_variance": 1.0}, whole
        if deep:  # both together, where the ridge is fixed
            yield {"weight_variance": 1.0, "input_scale": -whole / deep}, 0.0


def _power(activation: Any) -> float | None:
    """p, if the activation is homogeneous."""
    found = find_activation(activation)
    if found.rays is not None:
        return float(found.rays.power)
    return 1.0 if found.name == "linear" else None


def _words(powers: Mapping[str, float]) -> str:
    parts = [
        f"{name} times c" if power == 1 else f"{name} times c^{power:g}" for name, power in powers.items()
    ]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
