"""Training of real networks on drawn data sets: their learning curve."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.slopes import slopes
from fieldtheory.arguments import (
    require_choice,
    require_dimension,
    require_flag,
    require_integer,
    require_number,
    require_variance,
    require_whole_sizes,
)
from fieldtheory.array_types import Floats, Integers
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import JACOT, LEE, RASMUSSEN_WILLIAMS
from fieldtheory.shown_value import shown
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from fieldtheory.workbench.curves.predicted_curve import LearningCurve
from fieldtheory.workbench.progress_bar import ProgressBar, progress_shown
from fieldtheory.workbench.training.trained_curve import TrainedCurve
from fieldtheory.workbench.training.trained_members import TrainedMembers, halved_change, trained_members
from fieldtheory.workbench.training.training_arguments import require_trainable
from fieldtheory.workbench.training.training_plan import TrainingPlan

METHODS = ("gradient-flow", "langevin")
_STEPS = {"gradient-flow": 1000, "langevin": 2000, "descent": 10**5}
_HALVED = 0.01  # change of an error by halving the steps that is said


def train(
    net: FullyConnected,
    dim: int,
    target: Target,
    n: int | Iterable[int],
    widths: int | Iterable[int] = (64, 256, 1024),
    members: int = 16,
    datasets: int = 4,
    seed: int = 0,
    method: str = "gradient-flow",
    ridge: float = 0.0,
    centre: bool = True,
    tolerance: float = 1e-6,
    device: str = "cpu",
    progress: bool | None = None,
    learning_rate: float | None = None,
    steps: int | None = None,
    tests: int = 1000,
) -> TrainedCurve:
    r"""Train real networks on random data sets to the end, beside the theory of infinite width.

    `net`: a network in NTK parametrisation, whatever its `width`; `widths`: those that are trained, `members`
    networks of each on each of `datasets` data sets of `n` points, uniform on S^{dim-1}, the same for every
    width; `tests`: test points of each. Data set r of size N uses `numpy.random.default_rng([seed, N, r])`,
    and network m of width w on it `default_rng([seed, N, r, w, m])`.

    `method`: "gradient-flow" on ½ sum (y - f)^2 + ½ ridge |theta - theta(0)|^2 until no output would move by
    `tolerance` of the labels' norm, which at infinite width is regression with the NTK; or "langevin", with
    weight decay and noise, whose law is the posterior under the likelihood variance `ridge`, and at infinite
    width that of the NNGP kernel. `centre`: train f - f(0), f(0) the outputs before training; without it flow
    keeps what it does not learn of f(0), `kernel_variance` at infinite width, in its errors.

    Flow is solved in steps that are exact for a constant tangent kernel, and as short as its change asks for;
    on a sample of networks it is repeated with steps half as long (`halving`). `learning_rate`: gradient
    descent instead, with the steps of that. Larger ones than 1 over the largest eigenvalue of the tangent
    kernel, before or after training, are refused: they reach low training errors at other functions.
    `steps`: at most so many of a network (1000; 100000 with `learning_rate`), or those of each chain, of
    which the second half counts (2000); what is not at its end by then is not `converged`. `device`: "cpu".

    ValueError for bad input, for networks that can't be trained, a `ridge` of 0 for Langevin dynamics, and a
    `learning_rate` that is too large; a UserWarning for what is not converged.

    Equation: gradient-flow, posterior

    >>> import fieldtheory as ft
    >>> net = ft.FullyConnected(1, "relu", weight_variance=2.0)
    >>> found = train(net, 5, ft.Target({1: 1.0}), n=20, widths=[32, 512], members=4, tests=100)
    >>> bool(0 < found.excess[0, 1] < found.excess[0, 0])
    True
    """
    require_trainable(net if isinstance(net, FullyConnected) and net.width is None else _infinite(net))
    dim = require_dimension(dim)
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    if target.labels is not None:
        raise ValueError(
            "target must be given by its powers, such as Target({1: 1.0}), as points are drawn (got the "
            "labels of a data set)"
        )
    sizes = require_whole_sizes(n)
    wide = require_whole_sizes(widths, "widths", "width")
    method = require_choice("method", method, METHODS)
    require_choice("device", device, ("cpu",))
    ridge = require_variance("ridge", ridge)
    rate = learning_rate
    if rate is not None:
        rate = require_number("learning_rate", rate, exclusive=True)
    if method == "langevin":
        if not ridge:
            raise ValueError("ridge must be positive for Langevin dynamics, whose noise it is (got 0)")
        if rate is not None:
            raise ValueError(
                "learning_rate must be None for Langevin dynamics, which chooses its steps (got "
                f"{shown(rate)})"
            )
    usual = _STEPS["descent" if rate is not None else method]
    plan = TrainingPlan(
        net=replace(net, width=None),
        dim=dim,
        target=target,
        members=require_integer("members", members, minimum=2, maximum=10**6),
        datasets=require_integer("datasets", datasets, minimum=2, maximum=10**6),
        seed=require_integer("seed", seed, minimum=0, maximum=2**62),
        method=method,
        ridge=ridge,
        centre=require_flag("centre", centre),
        tolerance=require_number("tolerance", tolerance, minimum=1e-12),
        rate=rate,
        steps=usual if steps is None else require_integer("steps", steps, minimum=10, maximum=10**9),
        tests=require_integer("tests", tests, minimum=1, maximum=10**7),
    )
    if plan.tolerance > 0.1:
        raise ValueError(f"tolerance must be at most 0.1 of the labels (got {plan.tolerance:g})")
    shown_bar = progress_shown(progress)
    plan.require_time(sizes, wide)
    kernel = plan.net.nngp() if method == "langevin" else plan.net.ntk()
    theory = learning_curve(kernel.spectrum(dim), target, sizes, ridge=ridge)
    total = len(sizes) * len(wide) * plan.datasets
    with ProgressBar(shown_bar, total, "data sets by width") as bar, one_blas_thread():
        rows = [_size(plan, size, wide, bar) for size in sizes]
    return _curve(plan, sizes, wide, theory, rows)


def _infinite(net: Any) -> Any:
    return replace(net, width=None, feature_strength=1.0) if isinstance(net, FullyConnected) else net


class _Size(NamedTuple):
    """Of one n: by width, then data set; and of kernel regression on each data set."""

    found: list[list[TrainedMembers]]
    kernel_errors: Floats
    kernel_variances: Floats
    halving: list[float]


def _size(plan: TrainingPlan, size: int, widths: list[int], bar: ProgressBar) -> _Size:
    found: list[list[TrainedMembers]] = [[] for _ in widths]
    errors, variances = np.zeros((2, plan.datasets))
    halving = [0.0] * len(widths)
    for number in range(plan.datasets):
        data = plan.training_set(size, number)
        infinite = plan.regression(data)
        variances[number] = infinite.variance.mean()
        errors[number] = infinite.error(data)
        if plan.method == "gradient-flow":
            errors[number] += variances[number]
        for column, width in enumerate(widths):
            found[column].append(trained_members(plan, data, width, number))
            if not number and plan.method == "gradient-flow" and plan.rate is None:
                halving[column] = halved_change(plan, data, width)
            bar.advance()
    return _Size(found, errors, variances, halving)


def _curve(
    plan: TrainingPlan, sizes: list[int], widths: list[int], theory: LearningCurve, rows: list[_Size]
) -> TrainedCurve:
    def over(name: str, kind: Any = np.float64) -> Any:
        return np.array([[[getattr(one, name) for one in each] for each in row.found] for row in rows], kind)

    unfinished = over("unfinished", np.int64).sum(axis=2)
    converged = unfinished == 0
    said = tuple(_unfinished(plan, sizes, widths, unfinished, rows))
    for text in said:
        warnings.warn(text, UserWarning, stacklevel=3)
    halving = np.array([row.halving for row in rows])
    for row, column in np.argwhere(halving > _HALVED):
        said += (
            f"n = {sizes[row]}, width {widths[column]}: half as long steps change the error of a network by "
            f"{halving[row, column]:.1%}",
        )
    kernel = np.array([row.kernel_errors for row in rows])
    error, variance = over("error"), over("variance")

    def mean(values: Floats) -> Floats:
        return np.where(converged, values.mean(axis=2), np.nan)

    def stderr(values: Floats) -> Floats:
        return np.where(converged, values.std(axis=2, ddof=1) / math.sqrt(plan.datasets), np.nan)

    return TrainedCurve(
        n=np.array(sizes, dtype=np.int64),
        widths=tuple(widths),
        error=mean(error),
        error_stderr=stderr(error),
        excess=mean(error - kernel[:, None]),
        excess_stderr=stderr(error - kernel[:, None]),
        variance=mean(variance),
        variance_stderr=stderr(variance),
        kernel_error=kernel.mean(axis=1),
        kernel_error_stderr=kernel.std(axis=1, ddof=1) / math.sqrt(plan.datasets),
        kernel_variance=np.array([row.kernel_variances.mean() for row in rows]),
        training_error=over("training_error").mean(axis=2),
        steps=over("steps", np.int64).max(axis=2),
        stability=over("stability").max(axis=2),
        accepted=over("accepted").mean(axis=2),
        halving=halving,
        converged=converged,
        theory=theory,
        method=plan.method,
        dim=plan.dim,
        ridge=plan.ridge,
        centre=plan.centre,
        members=plan.members,
        datasets=plan.datasets,
        tests=plan.tests,
        seed=plan.seed,
        warnings=said + theory.warnings,
        references=tuple(dict.fromkeys((JACOT, LEE, RASMUSSEN_WILLIAMS, *theory.references))),
    )


def _unfinished(
    plan: TrainingPlan, sizes: list[int], widths: list[int], unfinished: Integers, rows: list[_Size]
) -> Iterator[str]:
    resting = plan.ridge > 0 and slopes(plan.net.phi).kinked
    remedy = "tolerance: with a ridge, neurons come to rest at their kinks" if resting else "steps"
    for row, column in np.argwhere(unfinished > 0):
        where = f"n = {sizes[row]}, width {widths[column]}"
        if plan.method == "langevin":
            worst = max(each.r_hat for each in rows[row].found[column])
            yield f"{where}: chains of {plan.steps} steps do not agree (R-hat {worst:.2f}); raise steps"
        else:
            yield (
                f"{where}: {unfinished[row, column]} of {plan.members * plan.datasets} networks are not at "
                f"the end of training after {plan.steps} steps; raise {remedy}"
            )
