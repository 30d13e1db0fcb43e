r"""Gradient flow of real networks, theta' = J^T (y - f) - ridge (theta - theta(0)), to its end.

A step of time tau solves the flow of the network to first order around its state in the middle of the step,
exactly. With u = theta - theta(0), r = y - f + J u there and Theta = J J^T,

    u' = J^T (r - J u) - ridge u,    u(tau) = e^(-ridge tau) u(0) + J^T c,
    c = (1 - e^(-(Theta + ridge) tau))/(Theta + ridge) r - e^(-ridge tau) (1 - e^(-Theta tau))/Theta J u(0),

so what limits a step is not 1/Theta but how much the tangent kernel moves in it. It is of second order in
that, whatever the eigenvalues of Theta are, and a network of infinite width takes one step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.workbench.training.network_batch import Architecture, Parameters, Tangent, combined
from fieldtheory.workbench.training.tangent_modes import TangentModes

TURN = 0.005  # how far outputs may bend in half a step, in units of the labels
_GROWTH = 4.0  # of steps
_LONGEST = 1e14  # a step, in units of 1/Theta


class Trained(NamedTuple):
    """Networks after training; for each: mean squared residual, steps taken, whether it came to its end."""

    parameters: Parameters
    missed: Floats
    steps: Integers
    converged: Booleans


def gradient_flow(
    net: Architecture,
    start: Parameters,
    x: Floats,
    labels: Floats,
    ridge: float,
    tolerance: float,
    most: int,
    turn: float = TURN,
) -> Trained:
    """Train until no output at a training point would move by `tolerance` of the labels' norm, in rms.

    `labels`: (networks, points); `most`: steps; `turn`: how much a tangent kernel may move in half a step.
    """
    state, size = start, np.sqrt(np.square(labels).mean(axis=1))
    here = net.tangent(state, x)
    steps = np.zeros(len(labels), dtype=np.int64)
    done = np.zeros(len(labels), dtype=bool)
    time: Floats | None = None
    for _ in range(most):
        modes = TangentModes.of(here.kernel)
        so_far = here.pushed(combined((1.0, state), (-1.0, start)))
        missing = labels - here.outputs
        aim = modes.components(missing + so_far)
        moved = modes.components(so_far)
        ahead = _share(modes.values, ridge) * aim - moved
        done = np.sqrt(np.square(ahead).mean(axis=1)) <= tolerance * size
        if done.all():
            break
        largest = modes.values[:, -1] + ridge
        largest = np.where(largest > 0, largest, 1.0)  # 0 where every neuron is dead: nothing moves
        if time is None:
            time = 0.1 / largest
        time = np.minimum(time, _LONGEST / largest)
        if ridge:  # residuals stay, and with them a force that the first order has not: it is of this size
            time = np.minimum(time, 0.5 / ridge)
        half = _moved(here, modes, aim, moved, state, start, ridge, np.where(done, 0.0, time / 2))
        middle = net.tangent(half, x)
        middle_modes = TangentModes.of(middle.kernel)
        so_far = middle.pushed(combined((1.0, half), (-1.0, start)))
        before = middle.pushed(combined((1.0, state), (-1.0, start)))
        bent = here.outputs - (middle.outputs + before - so_far)
        turned = np.sqrt(np.square(bent).mean(axis=1)) / size
        taken = (turned <= turn) & ~done
        aim = middle_modes.components(labels - middle.outputs + so_far)
        moved = middle_modes.components(before)
        state = _moved(middle, middle_modes, aim, moved, state, start, ridge, np.where(taken, time, 0.0))
        steps += taken
        time = time * np.clip(np.sqrt(0.5 * turn / np.maximum(turned, 1e-300)), 0.2, _GROWTH)
        here = net.tangent(state, x)
    return Trained(state, np.square(labels - here.outputs).mean(axis=1), steps, done)


def _share(values: Floats, ridge: float) -> Floats | float:
    """Theta/(Theta + ridge), what is learnt of each mode in the end."""
    return values / (values + ridge) if ridge else 1.0


def _moved(
    tangent: Tangent,
    modes: TangentModes,
    aim: Floats,
    moved: Floats,
    state: Parameters,
    start: Parameters,
    ridge: float,
    time: Floats,
) -> Parameters:
    """The state after this time in the network to first order; `aim`, `moved`: modes of r and of J u."""
    decay = np.exp(-ridge * time)
    learnt = _decayed(modes.values + ridge, time) * aim
    along = learnt - decay[:, None] * _decayed(modes.values, time) * moved
    pulled = tangent.pulled(modes.at_points(along))
    if not ridge:
        return combined((1.0, state), (1.0, pulled))
    return combined((decay, state), (1.0 - decay, start), (1.0, pulled))


def _decayed(rates: Floats, time: Floats) -> Floats:
    """(1 - exp(-rate time))/rate, time at rate 0."""
    product = rates * time[:, None]
    small = product < 1e-12
    safe = np.where(small, 1.0, product)
    return np.asarray(time[:, None] * np.where(small, 1.0, -np.expm1(-safe) / safe))
