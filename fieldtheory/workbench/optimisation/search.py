"""The search: a lattice for every combination of the choices, then descents from its lowest points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize

from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.one_thread import one_blas_thread, one_numba_thread
from fieldtheory.spectrum import Spectrum
from fieldtheory.workbench.optimisation.objectives import Estimate, Objective, Regression
from fieldtheory.workbench.optimisation.search_space import SearchSpace, network_of
from fieldtheory.workbench.sweep.grid import NETWORK
from fieldtheory.workbench.sweep.part_curves import quiet_spectra

_STARTS = 3  # descents for a combination of the choices
_DESCENTS = 24  # in all, from the lowest on
_FAR = 0.3  # a start whose cost is this much above the lowest, a factor of 1.35, is not followed
_STEP = 1e-4  # of differences, in shares of an interval: rounding and curvature are worth 1e-6 of the cost
_STEPS = 30
_END = 1e-6  # what is so near to an end of an interval is at it
_EDGES, _ROUNDS, _ALONG = 8, 3, 18  # towards an edge: combinations, and places between two points, so often


@dataclass(frozen=True)
class Found:
    """A point that was looked at: `combination` of the choices, its parameters, what the theory says."""

    combination: int
    shares: Floats
    parameters: Mapping[str, Any]
    estimate: Estimate


@dataclass
class Search:
    """Every point that was looked at, in the order of looking, by combination of the choices."""

    space: SearchSpace
    dim: int
    max_degree: int | None
    task: Regression
    objective: Objective
    points: list[Found] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)
    combinations: list[Mapping[str, Any]] = field(init=False)
    evaluations: int = 0

    def __post_init__(self) -> None:
        self.combinations = list(self.space.combinations)

    def run(self) -> list[Found]:
        """The best point of every combination, best first; trusted ones before all others."""
        with one_blas_thread(), one_numba_thread():
            lattice = self.space.lattice()
            firsts = [(number, shares) for number in range(len(self.combinations)) for shares in lattice]
            looked = self.look(firsts)
            if self.space.intervals:
                for start in self._starts(looked, len(lattice)):
                    if start.estimate.cost <= self._lowest() + _FAR:
                        self._descend(start.combination, start.shares)
                for point in self._best()[:_EDGES]:
                    self._approach_edge(point)
        return self._best()

    def _best(self) -> list[Found]:
        best: dict[int, Found] = {}
        for point in self.points:
            known = best.get(point.combination)
            if known is None or rank(point) < rank(known):
                best[point.combination] = point
        return sorted(best.values(), key=rank)

    def look(self, places: Sequence[tuple[int, Floats]], kept: int | None = None) -> list[Found]:
        """What the theory says at some places; the first `kept` of them, by default all, may win."""
        parameters = [self.space.parameters(self.combinations[number], shares) for number, shares in places]
        estimates = self.estimates(parameters)
        found = [
            Found(number, shares, each, estimate)
            for (number, shares), each, estimate in zip(places, parameters, estimates, strict=True)
        ]
        self.points += found[:kept]
        self.evaluations += len(found)
        return found

    def estimates(self, parameters: Sequence[Mapping[str, Any]]) -> list[Estimate]:
        """At some parameters: spectra once a network, curves of one ridge together."""
        spectra = self.spectra(parameters)
        groups: dict[float, list[int]] = {}
        for place, each in enumerate(parameters):
            groups.setdefault(float(each["ridge"]), []).append(place)
        found: dict[int, Estimate] = {}
        for ridge, group in groups.items():
            at = [spectra[place] for place in group]
            found |= dict(zip(group, self.objective(self.task, at, ridge), strict=True))
        return [found[place] for place in range(len(parameters))]

    def spectra(self, parameters: Sequence[Mapping[str, Any]]) -> list[Spectrum]:
        """Of their networks, each once."""
        found: dict[tuple[Any, ...], Spectrum] = {}
        by_kernel: dict[str, dict[tuple[Any, ...], FullyConnected]] = {}
        keys = [tuple(_key(each[name]) for name in ("kernel", *NETWORK)) for each in parameters]
        for key, each in zip(keys, parameters, strict=True):
            by_kernel.setdefault(each["kernel"], {}).setdefault(key, network_of(each))
        for kernel, networks in by_kernel.items():
            spectra = quiet_spectra(list(networks.values()), self.dim, kernel, self.max_degree, self.said)
            found |= dict(zip(networks, spectra, strict=True))
        return [found[key] for key in keys]

    def _starts(self, looked: Sequence[Found], size: int) -> list[Found]:
        """The lowest points of the lattice none of whose neighbours is lower, a few for each combination."""
        shape = (round(size ** (1 / len(self.space.intervals))),) * len(self.space.intervals)
        found: list[Found] = []
        for number in range(len(self.combinations)):
            mine = looked[number * size : (number + 1) * size]
            costs = np.array([point.estimate.cost for point in mine])
            lowest = np.flatnonzero(_is_lowest(costs.reshape(shape)).reshape(-1))
            ordered = lowest[np.argsort(costs[lowest], kind="stable")]
            # neighbours in a flat direction are equal: one of them is enough
            distinct = [
                place
                for k, place in enumerate(ordered.tolist())
                if not k or costs[place] > costs[ordered[k - 1]] + 1e-9
            ]
            found += [mine[place] for place in distinct[:_STARTS]]
        return sorted(found, key=lambda point: point.estimate.cost)[:_DESCENTS]

    def _approach_edge(self, best: Found) -> None:
        """Between the best point and a lower one where the theory isn't to be trusted: as far as it is."""
        low = min(
            (each for each in self.points if each.combination == best.combination),
            key=lambda each: each.estimate.loss,
        )
        if not best.estimate.trusted or low.estimate.trusted:
            return
        here, there = best.shares, low.shares
        for _ in range(_ROUNDS):
            along = [here + step * (there - here) for step in np.linspace(0, 1, _ALONG)[1:-1]]
            looked = self.look([(best.combination, each) for each in along])
            place = next((k for k, each in enumerate(looked) if not each.estimate.trusted), len(looked))
            here = here if not place else along[place - 1]
            there = there if place == len(looked) else along[place]

    def _lowest(self) -> float:
        return min(each.estimate.cost for each in self.points)

    def _descend(self, number: int, start: Floats) -> None:
        """L-BFGS-B in the intervals; a point and its differences are looked at together."""

        def cost_and_slope(shares: Floats) -> tuple[float, Floats]:
            shares = np.where(shares < _END, 0.0, np.where(shares > 1 - _END, 1.0, shares))
            # differences that stay inside: to one side at the ends
            aside = np.where(shares + _STEP <= 1, _STEP, -_STEP)
            places = [shares, *(shares + np.diag(aside))]
            looked = self.look([(number, each) for each in places], kept=1)
            costs = [point.estimate.cost for point in looked]
            return costs[0], (np.array(costs[1:]) - costs[0]) / aside

        minimize(
            cost_and_slope,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, 1.0)] * len(start),
            options={"maxiter": _STEPS, "maxls": 8, "ftol": 1e-10, "gtol": 1e-6},
        )


def rank(point: Found) -> tuple[bool, float, float]:
    """What makes one point better than another: it is trusted; less loss; where that is one, less cost."""
    return not point.estimate.trusted, point.estimate.loss, point.estimate.cost


def _is_lowest(costs: Floats) -> Any:
    found = np.ones(costs.shape, dtype=bool)
    for axis in range(costs.ndim):
        rise = np.diff(costs, axis=axis)
        before = np.insert(rise, 0, -1.0, axis=axis) <= 0
        after = np.append(rise, np.ones_like(rise.take([0], axis)), axis=axis) >= 0
        found &= before & after
    return found


def _key(value: Any) -> Any:
    """Of a dictionary: lists and arrays, such as coefficients, by what they are."""
    return value if isinstance(value, str | int | float) else id(value)
