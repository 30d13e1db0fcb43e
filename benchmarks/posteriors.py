"""Posteriors of finite networks: the theory beside samplers of the weights, run to the same accuracy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import erf

import fieldtheory as ft
from benchmarks.clock import Row, Timing, rate_row, time_row, timed, timed_once
from fieldtheory.array_types import Floats

_ROWS = Path(__file__).parents[1] / "tests" / "data" / "finite_width.json"
_STDERR = 0.008  # root mean square over points: what the samplers are run to, and more than the theory is off
_RIDGE, _WIDTH, _VARIANCE = 0.3, 20, 2.0
_CHAINS = 32
_NODES = (
    2**15,
    2**13,
)  # the default, and what is enough for that error: .0060 over eight seeds, sampling .0031
_STEPS = (0.0125, 0.025, 0.05, 0.1)  # of the Langevin sampler, in units of the prior variance


class Problem(NamedTuple):
    """Six training points and two tests on a sphere, in the mean-field scaling."""

    points: Floats
    labels: Floats

    @property
    def network(self) -> ft.FullyConnected:
        """An erf network with one hidden layer."""
        return ft.FullyConnected(
            1,
            "erf",
            weight_variance=_VARIANCE,
            input_scale=1 / self.points.shape[1],
            width=_WIDTH,
            feature_strength="mean-field",
        )

    @property
    def halves(self) -> tuple[Floats, Floats, Floats]:
        """Training points, labels, test points."""
        trained = len(self.labels)
        return self.points[:trained], self.labels, self.points[trained:]


def problem() -> Problem:
    """That of the reference rows."""
    found = json.loads(_ROWS.read_text(encoding="utf-8"))["data"]["sphere-erf-8x10"]
    return Problem(np.array(found["X"]), np.array(found["y"]))


class Langevin:
    """Weights of many networks by full-batch Langevin steps in NumPy, preconditioned with the prior."""

    def __init__(self, given: Problem, step: float) -> None:
        self.points, self.labels, self.step = given.points, given.labels, step
        self.rng = np.random.default_rng(0)
        dim = self.points.shape[1]
        self.input_variance, self.readout_variance = _VARIANCE / dim, _VARIANCE / _WIDTH**2
        self.ridge = _RIDGE / _WIDTH
        self.inputs = self.rng.standard_normal((_CHAINS, _WIDTH, dim)) * self.input_variance**0.5
        self.readouts = self.rng.standard_normal((_CHAINS, _WIDTH)) * self.readout_variance**0.5

    def run(self, steps: int) -> Floats:
        """Outputs at all points before each step, shape (steps, chains, points)."""
        trained, found = len(self.labels), np.empty((steps, _CHAINS, len(self.points)))
        for place in range(steps):
            h = self.inputs @ self.points.T
            phi = erf(h)
            found[place] = np.einsum("cn,cnp->cp", self.readouts, phi)
            pull = (self.labels - found[place, :, :trained]) / self.ridge
            on_readouts = np.einsum("cp,cnp->cn", pull, phi[:, :, :trained])
            slope = 2 / np.pi**0.5 * np.exp(-(h[:, :, :trained] ** 2)) * pull[:, None, :]
            on_inputs = self.readouts[:, :, None] * (slope @ self.points[:trained])
            for weights, variance, force in (
                (self.readouts, self.readout_variance, on_readouts),
                (self.inputs, self.input_variance, on_inputs),
            ):
                noise = (2 * self.step * variance) ** 0.5 * self.rng.standard_normal(weights.shape)
                weights += self.step * (variance * force - weights) + noise
        return found


def langevin(given: Problem, truth: Floats) -> tuple[Timing, float]:
    """Least time to the wanted standard error over step sizes whose mean is right, and that step."""
    best: tuple[Timing, float] | None = None
    for step in _STEPS:
        chains = Langevin(given, step)
        with np.errstate(over="ignore", invalid="ignore"):
            chains.run(2000)
            outputs: list[Floats] = []
            spent = timed_once(lambda run=chains.run, kept=outputs: kept.append(run(4000)))  # type: ignore[misc]
        means = outputs[0].mean(axis=0)
        error = float(np.sqrt(np.mean(means.var(axis=0, ddof=1) / _CHAINS)))
        off = float(np.sqrt(np.mean((means.mean(axis=0) - truth) ** 2)))
        if not np.isfinite(off) or off > _STDERR + 2 * error:
            continue  # unstable, or with the bias of a step that is too long
        times = (error / _STDERR) ** 2
        needed = Timing(spent.cpu * times, spent.wall * times)
        if best is None or needed.cpu < best[0].cpu:
            best = needed, step
    assert best is not None
    return best


def rows() -> list[Row]:
    """One call of the theory against both samplers; updates of the sampler; the scale of many points."""
    given = problem()
    points, labels, tests = given.halves

    def one_loop(nodes: int) -> Timing:
        return timed(
            lambda: ft.posterior_mean(
                given.network, points, labels, tests, ridge=_RIDGE, theory="one-loop", nodes=nodes
            ),
            repeats=5,
        )

    chains, sweeps, burn_in = 8, 4000, 2000
    samples: list[ft.SampledPosterior] = []

    def sample() -> None:
        samples.append(
            ft.sample_posterior(
                given.network,
                points,
                labels,
                tests,
                ridge=_RIDGE,
                chains=chains,
                sweeps=sweeps,
                burn_in=burn_in,
            )
        )

    sampled = timed(sample, repeats=1)
    truth = samples[-1]
    times = float(np.mean(truth.mean_stderr**2)) / _STDERR**2
    share = (burn_in + times * sweeps) / (burn_in + sweeps)
    walked, step = langevin(given, truth.mean)
    updates = chains * (sweeps + burn_in) * _WIDTH
    chain = Timing(sampled.cpu * share, sampled.wall * share)
    found = []
    for nodes in _NODES:
        ours = one_loop(nodes)
        what = f"posterior mean, erf, P = 6 + 2, n = χ = {_WIDTH}: one loop, 8 x {nodes:,} nodes"
        found += [
            time_row(
                what,
                ours,
                f"Langevin sampling in NumPy (step {step:g}) to a standard error of {_STDERR}",
                walked,
            ),
            time_row(what, ours, "`sample_posterior` to that standard error, burn-in included", chain),
        ]
    return [
        *found,
        rate_row("neuron updates of `sample_posterior`, P = 6 + 2", sampled.per(updates)),
        rescaled_row(),
    ]


def rescaled_row() -> Row:
    """The scale of the kernel from one eigendecomposition."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((1000, 30))
    labels = rng.standard_normal(1000)
    net = ft.FullyConnected(1, "erf", input_scale=1 / 30, width=500)
    kernel = net.nngp_gram(points)
    gram = timed(lambda: net.nngp_gram(points), repeats=3)
    whole = timed(
        lambda: ft.posterior_mean(net, points, labels, ridge=0.3, theory="rescaled", error_bar=False), 3
    )
    ours = Timing(max(whole.cpu - gram.cpu, 1e-9), max(whole.wall - gram.wall, 1e-9))
    return time_row(
        "posterior mean, 1,000 points, kernel rescaled (without the kernel itself)",
        ours,
        "`numpy.linalg.eigh` of that size",
        timed(lambda: np.linalg.eigh(kernel), 3),
    )
