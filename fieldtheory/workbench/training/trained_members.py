"""Networks of one width, trained on one data set: errors and variances at its test points."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.workbench.training.gradient_descent import gradient_descent
from fieldtheory.workbench.training.gradient_flow import TURN, Trained, gradient_flow
from fieldtheory.workbench.training.langevin import langevin
from fieldtheory.workbench.training.network_batch import Architecture, Parameters
from fieldtheory.workbench.training.training_plan import TrainingPlan
from fieldtheory.workbench.training.training_sets import TrainingSet

R_HAT = 1.1  # of chains that agree


class TrainedMembers(NamedTuple):
    """Averages, as in `TrainedCurve`; `unfinished`: how many networks; `r_hat`: of the chains."""

    error: float
    variance: float
    training_error: float
    steps: int
    stability: float
    accepted: float
    unfinished: int
    r_hat: float = 1.0


def _rngs(
    plan: TrainingPlan, data: TrainingSet, width: int, number: int, members: range
) -> list[np.random.Generator]:
    place = [plan.seed, len(data.x), number, width]
    return [np.random.default_rng([*place, member]) for member in members]


def trained_members(plan: TrainingPlan, data: TrainingSet, width: int, number: int) -> TrainedMembers:
    """The networks of one width on data set `number`."""
    net, at_once = plan.architecture(width), plan.networks_at_once(width, len(data.x))
    starts = range(0, plan.members, at_once)
    batches = [range(start, min(start + at_once, plan.members)) for start in starts]
    rngs = [_rngs(plan, data, width, number, batch) for batch in batches]
    if plan.method == "langevin":
        return _sampled(plan, data, net, rngs)
    outputs, residuals, steps, stability, unfinished = [], [], [], [0.0], 0
    for batch in rngs:
        run, unstable, found = _flow(plan, data, net, net.normal(batch), TURN)
        outputs.append(found)
        residuals.append(run)
        steps.append(int(run.steps.max()))
        stability.append(unstable)
        unfinished += int((~run.converged).sum())
    values = np.concatenate(outputs)
    return TrainedMembers(
        error=float(np.square(values - data.truth).mean()),
        variance=float(values.var(axis=0, ddof=1).mean()),
        training_error=float(np.concatenate([run.missed for run in residuals]).mean()),
        steps=max(steps),
        stability=max(stability),
        accepted=1.0,
        unfinished=unfinished,
    )


def _flow(
    plan: TrainingPlan, data: TrainingSet, net: Architecture, start: Parameters, turn: float
) -> tuple[Trained, float, Floats]:
    """The networks after training, their stability, and what they have learnt at the test points."""
    labels, before = np.tile(data.labels, (len(start.weights[0]), 1)), np.zeros(())
    if plan.centre:
        labels, before = labels + net.outputs(start, data.x), net.outputs(start, data.tests)
    common = (plan.ridge, plan.tolerance, plan.steps)
    if plan.rate is None:
        run, stability = gradient_flow(net, start, data.x, labels, *common, turn), 0.0
    else:
        run, by_network = gradient_descent(net, start, data.x, labels, *common, plan.rate)
        stability = float(by_network.max())
    return run, stability, np.asarray(net.outputs(run.parameters, data.tests) - before)


def halved_change(plan: TrainingPlan, data: TrainingSet, width: int) -> float:
    """Relative change of the error of a network when its steps are half as long."""
    net = plan.architecture(width)
    errors = []
    for turn in (TURN, TURN / 4):  # the bend is of second order in the step
        start = net.normal(_rngs(plan, data, width, 0, range(1)))
        errors.append(float(np.square(_flow(plan, data, net, start, turn)[2] - data.truth).mean()))
    return abs(errors[1] / errors[0] - 1)


def _sampled(
    plan: TrainingPlan, data: TrainingSet, net: Architecture, rngs: list[list[np.random.Generator]]
) -> TrainedMembers:
    runs = [
        langevin(net, net.normal(batch), batch, data.x, data.labels, plan.ridge, plan.steps, data.tests)
        for batch in rngs
    ]
    parts = np.concatenate([run.means for run in runs])
    means = parts.mean(axis=1)
    squares = np.concatenate([run.squares for run in runs]).mean(axis=(0, 1))
    chains = len(means)
    # products of different chains: their means are independent, so what noise is left in each drops out
    products = (means.sum(axis=0) ** 2 - (means**2).sum(axis=0)) / (chains * (chains - 1))
    within = np.concatenate([run.squares - run.means**2 for run in runs]).mean()
    between = parts.reshape(2 * chains, -1).var(axis=0, ddof=1).mean()
    r_hat = math.sqrt(1 + between / within)
    return TrainedMembers(
        error=float((products - 2 * data.truth * means.mean(axis=0) + data.truth**2).mean()),
        variance=float((squares - products).mean()),
        training_error=float(np.concatenate([run.training_error for run in runs]).mean()),
        steps=plan.steps,
        stability=0.0,
        accepted=float(np.concatenate([run.accepted for run in runs]).mean()),
        unfinished=chains if r_hat > R_HAT else 0,
        r_hat=r_hat,
    )
