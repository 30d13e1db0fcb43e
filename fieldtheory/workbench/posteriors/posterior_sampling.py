"""The posterior of a network of finite width by sampling its weights: what the theories are held against."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_flag, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.references import GELMAN_RUBIN, MURRAY
from fieldtheory.workbench.posteriors import posterior_record
from fieldtheory.workbench.posteriors.posterior import posterior_problem
from fieldtheory.workbench.weight_sampling import convergence
from fieldtheory.workbench.weight_sampling.batches import MOST, SHORTEST
from fieldtheory.workbench.weight_sampling.chain import Chain, sampled_layers
from fieldtheory.workbench.weight_sampling.chains import run_chains
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_AGREED, _FEWEST, _BLURRED = 1.01, 400, 1e-3
_MANY = 10**9


@dataclass(frozen=True, eq=False, kw_only=True)
class SampledPosterior:
    """Posterior averages of a network by sampling, at training points then test points, as `PosteriorMean`.

    `mean`, with an axis of outputs if y has one, and `mean_stderr`; `variance`: posterior variance of f;
    `kernel`, `kernel_stderr`, `hidden_kernels`: of the outputs and of every hidden layer, points x points;
    `discrepancy`: (y - f)/kappa. Standard errors are those of means of batches within chains or between
    chains, whichever is larger. `r_hat`: the largest of f at all points and of the likelihood, of halves of
    chains; `effective_samples`: as many independent samples would give f as precisely, at the worst point;
    `acceptance`: evaluations of the likelihood per update of a neuron; `rounding`: the most that it
    changed the log-likelihood in a sweep; `seconds`: of the sampling, in all.
    """

    mean: Floats
    mean_stderr: Floats
    variance: Floats
    kernel: Floats
    kernel_stderr: Floats
    hidden_kernels: tuple[Floats, ...]
    discrepancy: Floats
    r_hat: float
    effective_samples: float
    acceptance: float
    rounding: float
    seconds: float
    samples_over_width: float
    feature_strength_over_width: float
    chains: int
    sweeps: int
    burn_in: int
    seed: int
    references: tuple[str, ...]
    warnings: tuple[str, ...]
    problem: PosteriorProblem = field(repr=False)
    state: tuple[Chain, ...] = field(repr=False)

    theory = "sampling"

    def __repr__(self) -> str:
        return (
            f"SampledPosterior({counted(self.chains, 'chain')} of {counted(self.sweeps, 'sweep')}, R-hat "
            f"{self.r_hat:.4f}, {self.effective_samples:.0f} effective samples)"
        )

    @property
    def train(self) -> Floats:
        """The mean at training points, a view."""
        return self.mean[: self.problem.training_points]

    @property
    def test(self) -> Floats:
        """The mean at test points, a view."""
        return self.mean[self.problem.training_points :]

    @property
    def error_bar(self) -> Floats:
        """One standard error of the mean, where theories have their error bar."""
        return self.mean_stderr

    def extend(self, sweeps: int, jobs: int = 1, progress: bool | None = None) -> SampledPosterior:
        """The same after so many more sweeps of every chain, as if they had been asked for at once."""
        more = require_integer("sweeps", sweeps, minimum=1, maximum=_MANY)
        return _sampled(self.problem, self._plan(more, jobs, progress), self)

    def predict(self, X_new: ArrayLike, jobs: int = 1, progress: bool | None = None) -> Floats:
        """The mean at other points, one row of X_new each: the same chains run anew, which takes as long."""
        new = posterior_record.new_points(self.problem, X_new)
        return _sampled(self.problem.at(new), self._plan(self.sweeps, jobs, progress)).test

    def _plan(self, sweeps: int, jobs: int, progress: bool | None) -> _Plan:
        jobs = require_integer("jobs", jobs, minimum=1)
        return _Plan(self.chains, sweeps, self.burn_in, jobs, progress, self.mean.ndim == 1)

    to_dict = posterior_record.to_dict
    plot = posterior_record.plot


def sample_posterior(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike | None = None,
    ridge: float = 0.3,
    chains: int = 8,
    sweeps: int = 20000,
    burn_in: int = 2000,
    seed: int = 0,
    jobs: int = 1,
    progress: bool | None = None,
    scale_ridge: bool = True,
) -> SampledPosterior:
    r"""The posterior of a network of finite width by sampling, without approximations.

    The readout is integrated out; every neuron of the hidden layers in turn is moved by elliptical slice
    sampling. Network, data and ridge: as in `posterior_mean`. `chains` start from the prior, each with random
    numbers of its own; `burn_in` sweeps of each are thrown away, `sweeps` are kept. `jobs`: threads, which
    change no number. `progress`: False for no bar; there is none unless standard error is a terminal.

    What R-hat above 1.01, fewer than 400 effective samples or too much rounding say is in `warnings`.
    ValueError for bad input, for an activation that can't be compiled, and for kernels that are singular
    beside the ridge.

    Equation: posterior

    >>> net = FullyConnected(1, "erf", weight_variance=2.0, input_scale=0.5, width=20)
    >>> X, y = [[1.0, 0.0], [0.0, 1.0]], [1.0, -0.5]
    >>> found = sample_posterior(net, X, y, [[1.0, 1.0]], ridge=0.1, chains=4, sweeps=2000, burn_in=100)
    >>> found.mean.shape, bool(found.r_hat < 1.01)
    ((3,), True)
    """
    problem = posterior_problem(net, X, y, X_test, ridge, scale_ridge, 2**6, 2, seed)
    if not problem.widths:
        what = "width=None" if problem.depth else "no hidden layer"
        raise ValueError(
            f"net must have hidden layers of finite width to sample (got {what}); give a width, such as 20"
        )
    chains = require_integer("chains", chains, minimum=2, maximum=10**4)
    # R-hat asks for two halves of a chain
    sweeps = require_integer("sweeps", sweeps, minimum=2 * SHORTEST, maximum=_MANY)
    burn_in = require_integer("burn_in", burn_in, minimum=0, maximum=_MANY)
    plan = _Plan(chains, sweeps, burn_in, require_integer("jobs", jobs, minimum=1), progress, np.ndim(y) == 1)
    return _sampled(problem, plan)


class _Plan(NamedTuple):
    """How to sample: `sweeps` to do now; `flat`: y has one axis."""

    chains: int
    sweeps: int
    burn_in: int
    jobs: int
    progress: bool | None
    flat: bool


def _sampled(
    problem: PosteriorProblem, plan: _Plan, before: SampledPosterior | None = None
) -> SampledPosterior:
    """From the start, or further on from what was sampled before."""
    if plan.progress is not None:
        require_flag("progress", plan.progress)
    layers = sampled_layers(problem)
    _require_budget(problem, plan)
    start = time.perf_counter()
    if before is None:
        seeds = np.random.SeedSequence(problem.seed).spawn(plan.chains)
        state = tuple(Chain.begin(layers, seed, plan.burn_in) for seed in seeds)
    else:
        state = tuple(chain.copied() for chain in before.state)
    run_chains(layers, state, plan.sweeps, plan.jobs, plan.progress)
    seconds = time.perf_counter() - start + (before.seconds if before else 0.0)
    return _averaged(problem, plan, state, seconds)


def _averaged(
    problem: PosteriorProblem, plan: _Plan, state: tuple[Chain, ...], seconds: float
) -> SampledPosterior:
    p, total, outputs = problem.training_points, len(problem.points), problem.outputs
    batches = [chain.batches for chain in state]
    watched, spread = convergence.monitored(batches)
    mean, error, scatter = (each[:-1].reshape(total, outputs) for each in (*watched, spread))
    residual = mean[:p]  # f - y
    kernels = convergence.average_of(batches, "kernels")
    conditional = convergence.average_of(batches, "variance").mean
    r_hat = convergence.r_hat(batches)
    effective = convergence.effective_samples(*watched, spread, batches[0].sweeps * plan.chains)
    rounding = max(chain.rounding for chain in state)
    shaped = posterior_record.shape_of(plan.flat)
    means, errors = (np.tril(each) + np.tril(each, -1).transpose(0, 2, 1) for each in kernels)
    hidden = tuple(each + problem.bias_variance for each in means)
    return SampledPosterior(
        mean=shaped(mean + np.concatenate([problem.y, np.zeros((total - p, outputs))])),
        mean_stderr=shaped(error),
        variance=shaped(conditional[:, None] + scatter),
        kernel=hidden[-1],
        kernel_stderr=errors[-1],
        hidden_kernels=hidden,
        discrepancy=shaped(-residual / problem.ridge),
        r_hat=r_hat,
        effective_samples=effective,
        acceptance=sum(chain.evaluations for chain in state) / sum(chain.updates for chain in state),
        rounding=rounding,
        seconds=seconds,
        samples_over_width=problem.samples_over_width,
        feature_strength_over_width=problem.feature_strength_over_width,
        chains=plan.chains,
        sweeps=batches[0].sweeps,
        burn_in=plan.burn_in,
        seed=problem.seed,
        references=(MURRAY, GELMAN_RUBIN),
        warnings=_warnings(r_hat, effective, rounding),
        problem=problem,
        state=state,
    )


def _warnings(r_hat: float, effective: float, rounding: float) -> tuple[str, ...]:
    said = []
    if r_hat > _AGREED:
        said.append(f"R-hat is {r_hat:.3f}, above {_AGREED}: the chains do not agree yet; take more sweeps")
    if effective < _FEWEST:
        said.append(f"there are {effective:.0f} effective samples, fewer than {_FEWEST}; take more sweeps")
    if rounding > _BLURRED:
        said.append(f"rounding changed the log-likelihood by {rounding:.1e}; take a larger ridge")
    return tuple(said)


def _require_budget(problem: PosteriorProblem, plan: _Plan) -> None:
    widths = problem.require_widths("sampling")
    p, total = problem.training_points, len(problem.points)
    square = 1e-9 * p * (p + 40)  # seconds of one evaluation for a neuron of the last layer
    sweep = 4 * widths[-1] * square + 2e-9 * p**3 + 1e-9 * sum(widths) * total**2
    sweep += 1e-9 * p**2 * (total - p)
    for layer, width in enumerate(widths[:-1]):
        above = 2e-8 * p * sum(widths[layer + 1 :])
        above += 1e-9 * p * sum(a * b for a, b in pairwise(widths[layer + 1 :]))
        sweep += 4 * width * (above + 1e-9 * widths[-1] * p**2 + 1e-9 * p**3)
    done = plan.chains * (plan.sweeps + plan.burn_in)
    require_budget(
        f"{counted(done, 'sweep')} over {counted(sum(widths), 'neuron')} at {counted(total, 'point')}",
        seconds=done * sweep / min(plan.jobs, plan.chains),
        memory=8.0 * plan.chains * (MOST * (len(widths) * total**2 + 4 * total * problem.outputs))
        + 40.0 * plan.chains * (sum(widths) * total + sum(a * b for a, b in pairwise(widths))),
        smaller="sweeps or the number of points",
    )
