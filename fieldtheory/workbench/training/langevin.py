r"""Langevin dynamics of real networks, whose law is the posterior: weight decay to the prior, noise, data.

theta' = -theta + J^T (y - f)/ridge + sqrt(2) noise has the stationary density exp(-|theta|^2/2 -
|y - f|^2/(2 ridge)). A step of time tau solves it for the network to first order around the present state,
exactly: an Ornstein-Uhlenbeck process whose drift is A = 1 + J^T J/ridge in the directions of the data and 1
in all others,

    theta* = J^T (Theta + ridge)^-1 (y - f + J theta),
    theta(tau) = theta* + e^(-A tau) (theta - theta*) + ((1 - e^(-2 A tau))/A)^(1/2) xi.

So a large Theta/ridge does not limit the step. What the first order misses is put right by accepting or
refusing each step (Metropolis, Hastings): there is no error of a finite step. As the proposal leaves the
prior invariant but for the directions of the data, the probability to be accepted does not fall with the
number of weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.workbench.training.network_batch import Architecture, Parameters, Tangent, combined
from fieldtheory.workbench.training.tangent_modes import TangentModes

_ACCEPTED = 0.7  # share of steps to aim at
_FIRST = 0.02  # time of a first step
_BURN_IN = 2  # one part in so many is left out
_PARTS = 2  # of each chain, to be compared
_BETWEEN = 0.25  # time between two looks at test points


@dataclass(frozen=True, eq=False)
class Chains:
    """What chains found at test points, the two parts of each chain as entries of their own.

    `means`, `squares`: averages of f and f^2 over time, (chains, parts, points); `training_error`: mean
    squared residual, (chains,); `accepted`: share of steps; `time`: of a step, (chains,).
    """

    means: Floats
    squares: Floats
    training_error: Floats
    accepted: Floats
    time: Floats


class _State(NamedTuple):
    """A state of each chain: `missed` |y - f|^2/(2 ridge), `modes` of Theta, `own` modes of J theta."""

    parameters: Parameters
    tangent: Tangent
    modes: TangentModes
    own: Floats
    aim: Floats
    missed: Floats


def langevin(
    net: Architecture,
    start: Parameters,
    rngs: Sequence[np.random.Generator],
    x: Floats,
    labels: Floats,
    ridge: float,
    steps: int,
    tests: Floats,
) -> Chains:
    """A chain from each of these networks; `labels`: of the points x, which all chains see."""
    here = _state(net, start, x, labels, ridge)
    chains, burn_in = len(rngs), steps // _BURN_IN
    time = np.full(chains, _FIRST)
    means, squares = (np.zeros((chains, _PARTS, len(tests))) for _ in range(2))
    weights = np.zeros(_PARTS)
    accepted, training = np.zeros(chains), np.zeros(chains)
    every = 1
    for step in range(steps):
        noise = net.normal(rngs)
        there, gain = _proposed(net, here, noise, time, x, labels, ridge)
        chance = np.exp(np.minimum(gain, 0.0))
        taken = np.array([rng.random() for rng in rngs]) < chance
        here = _chosen(taken, there, here)
        if step < burn_in:
            time = np.clip(time * np.exp((chance - _ACCEPTED) / np.sqrt(1 + step / 10)), 1e-8, 1.0)
            every = max(1, int(_BETWEEN / time.mean()))
            continue
        accepted += taken
        training += np.square(labels - here.tangent.outputs).mean(axis=1)
        if (step - burn_in) % every == 0:
            found = net.outputs(here.parameters, tests)
            part = _PARTS * (step - burn_in) // (steps - burn_in)
            means[:, part] += found
            squares[:, part] += found**2
            weights[part] += 1
    weights = weights[:, None]
    kept = steps - burn_in
    return Chains(means / weights, squares / weights, training / kept, accepted / kept, time)


def _state(net: Architecture, at: Parameters, x: Floats, labels: Floats, ridge: float) -> _State:
    tangent = net.tangent(at, x)
    modes = TangentModes.of(tangent.kernel)
    pushed = tangent.pushed(at)
    missing = labels - tangent.outputs
    aim = modes.components(missing + pushed)
    missed = np.square(missing).sum(axis=1) / (2 * ridge)
    return _State(at, tangent, modes, modes.components(pushed), aim, missed)


def _proposed(
    net: Architecture,
    here: _State,
    noise: Parameters,
    time: Floats,
    x: Floats,
    labels: Floats,
    ridge: float,
) -> tuple[_State, Floats]:
    """A next state, and the logarithm of what its probability to be accepted is."""
    keep = np.exp(-time)
    spread = np.sqrt(-np.expm1(-2 * time))
    law = _Law.of(here, keep, spread, time, ridge)
    shaken = here.modes.components(here.tangent.pushed(noise))
    # along each mode of Theta, in units in which theta has variance 1 there
    next_own = law.aim + law.keep * (here.own - law.aim) + law.spread * shaken
    change = next_own - keep[:, None] * here.own - spread[:, None] * shaken
    along = here.modes.at_points(here.modes.divided(change))
    there_at = combined((keep, here.parameters), (spread, noise), (1.0, here.tangent.pulled(along)))
    there = _state(net, there_at, x, labels, ridge)
    back = _Law.of(there, keep, spread, time, ridge)
    before = there.modes.components(there.tangent.pushed(here.parameters))
    forth = law.log_density(here.own, next_own)
    gain = here.missed - there.missed + back.log_density(there.own, before) - forth
    return there, gain


@dataclass(frozen=True, eq=False)
class _Law:
    """Of the next state along the modes, beside keep theta + spread xi, which leaves the prior as it is.

    All in units of J theta, whose variance a priori is `values`.
    """

    values: Floats
    aim: Floats
    keep: Floats
    spread: Floats
    free_keep: Floats
    free_spread: Floats

    @classmethod
    def of(cls, state: _State, keep: Floats, spread: Floats, time: Floats, ridge: float) -> _Law:
        values = state.modes.values
        rate = 1 + values / ridge
        held = np.exp(-rate * time[:, None])
        return cls(
            values,
            values / (values + ridge) * state.aim,
            held,
            np.sqrt(-np.expm1(-2 * rate * time[:, None]) / rate),
            keep[:, None],
            spread[:, None],
        )

    def log_density(self, before: Floats, after: Floats) -> Floats:
        """Of a step from `before` to `after`, relative to that of keep theta + spread xi."""
        scale = np.where(self.values > 0, self.values, 1.0)
        own = (after - self.aim - self.keep * (before - self.aim)) / self.spread
        free = (after - self.free_keep * before) / self.free_spread
        found = (free**2 - own**2) / (2 * scale) - np.log(self.spread / self.free_spread)
        return np.asarray(np.where(self.values > 0, found, 0.0).sum(axis=1))


def _chosen(taken: Booleans, new: _State, old: _State) -> _State:
    """The new state of the chains that took the step, the old one of the others."""
    if taken.all():
        return new

    def pick(one: Floats, other: Floats) -> Floats:
        return np.where(taken.reshape(-1, *[1] * (one.ndim - 1)), one, other)

    parameters = Parameters(
        tuple(map(pick, new.parameters.weights, old.parameters.weights)),
        tuple(map(pick, new.parameters.biases, old.parameters.biases)),
    )
    tangent = Tangent(
        new.tangent.architecture,
        pick(new.tangent.outputs, old.tangent.outputs),
        (new.tangent.values[0], *map(pick, new.tangent.values[1:], old.tangent.values[1:])),
        tuple(map(pick, new.tangent.turned, old.tangent.turned)),
    )
    modes = TangentModes(pick(new.modes.values, old.modes.values), pick(new.modes.vectors, old.modes.vectors))
    own, aim, missed = map(pick, (new.own, new.aim, new.missed), (old.own, old.aim, old.missed))
    return _State(parameters, tangent, modes, own, aim, missed)
