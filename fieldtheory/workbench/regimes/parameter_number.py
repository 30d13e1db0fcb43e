"""The test error over the number of parameters: many networks of each width, and their ensemble."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import (
    require_choice,
    require_flag,
    require_integer,
    require_variance,
)
from fieldtheory.array_arguments import require_distinct, require_integers
from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import GEIGER_PARAMETERS, RAHIMI
from fieldtheory.workbench import records
from fieldtheory.workbench.regimes.descent import Schedule, descent
from fieldtheory.workbench.regimes.ensemble_statistics import MEASURED, Measured, ensemble_statistics
from fieldtheory.workbench.regimes.erf_network import outputs
from fieldtheory.workbench.regimes.feature_regression import feature_outputs
from fieldtheory.workbench.regimes.kernel_change import require_nonzero, require_scale
from fieldtheory.workbench.regimes.learning_task import LearningTask, require_task
from replicas.random_features.random_features import RandomFeatures

if TYPE_CHECKING:
    from replicas.random_features.width_corrections import WidthCorrections

MODELS = ("features", "network")
LOSSES = ("hinge", "square")
_RATE, _REFRESHED = 0.8, 100  # of the descent
_PERFECT = 1e-6  # a sum of squares at which a run stops
_LEARNT = 1e-3  # a training loss above which a network is jammed or unfinished


@dataclass(frozen=True, eq=False)
class ParameterNumber:
    """Networks of several widths on one task, arrays over `widths` h; `parameters`: N, that are learnt.

    Each with `.value` and `.stderr` over networks, for these points: `error`, the mean of (f - y)^2;
    `classification_error`, the share of wrong signs; `ensemble_error`, `ensemble_classification_error`, those
    of the mean f of all `repeats` networks; `variance` of f over networks, averaged over test points.
    `training_loss`: of each network, (widths, repeats), the mean of (f - y)^2/2, or of max(0, 1 - y f)^2/2;
    `converged`: whether that is below 1e-3, for networks that descend to it; the others are jammed or
    unfinished. What is made of `model`, `activation`, `gain`, `ridge`, `scale`, `loss`, `seed`: see
    `parameter_number`. Standard errors of the variance are NaN for two networks.
    """

    widths: Integers
    parameters: Integers
    error: Measured
    classification_error: Measured
    ensemble_error: Measured
    ensemble_classification_error: Measured
    variance: Measured
    training_loss: Floats
    converged: Booleans
    model: str
    activation: str
    gain: float
    ridge: float
    scale: float
    loss: str
    repeats: int
    seed: int
    references: tuple[str, ...] = field(default=(GEIGER_PARAMETERS, RAHIMI), repr=False)
    task: LearningTask = field(kw_only=True, repr=False, metadata={"recorded": False})
    features: RandomFeatures = field(kw_only=True, repr=False, metadata={"recorded": False})

    def __repr__(self) -> str:
        widths = f"{self.widths[0]} ... {self.widths[-1]} ({len(self.widths)})"
        return f"ParameterNumber({self.model}, {self.activation}, widths {widths}, {self.repeats} repeats)"

    @property
    def limits(self) -> WidthCorrections | None:
        """For h -> infinity, from diagrams: `replicas.width_corrections` of order 2, or None for networks."""
        found = self._limits
        return None if isinstance(found, str) else found

    def require_limits(self) -> WidthCorrections:
        """The `limits`; ValueError, which says why, where there are none."""
        if isinstance(self._limits, str):
            raise ValueError(self._limits)
        return self._limits

    @cached_property
    def _limits(self) -> WidthCorrections | str:
        """Or why not."""
        from replicas.random_features.width_corrections import width_corrections

        if self.model != "features" or not self.ridge:
            return "limits of diagrams are those of regression on features with a ridge above 0"
        try:
            return width_corrections(self.features, *self.task, ridge=self.ridge, order=2, seed=self.seed)
        except ValueError as error:
            return str(error)

    def plot(self, axes: Any = None, scaled: bool = False) -> Any:
        """Draw the errors over the number of parameters, with the lines of diagrams; returns the axes.

        `scaled`: h times excess error and variance with their limits instead, of features only.
        """
        from fieldtheory.workbench.plots.parameter_number import excess_figure, parameter_figure

        return (excess_figure if require_flag("scaled", scaled) else parameter_figure)(self, axes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Which numbers are to be doubted, and why."""
        missed = ~self.converged
        if not missed.any():
            return ()
        where = ", ".join(map(str, self.widths[missed.any(axis=1)]))
        return (
            f"{int(missed.sum())} of {missed.size} networks, at width {where}, are jammed or unfinished, "
            f"with a training loss up to {self.training_loss.max():.2g}, and averaged with the others",
        )

    def to_dict(self) -> dict[str, Any]:
        """Every field but the task, by name, ready for JSON."""
        measured = {name: records.plain(getattr(self, name)._asdict()) for name in MEASURED}
        return records.to_dict(self) | measured

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file, one row per width."""
        heads, *rows = self.rows()
        records.write_rows(path, heads, rows)

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """The heads of a table, then one row per width."""
        measured = [getattr(self, name) for name in MEASURED]
        yield (
            *("width", "parameters"),
            *(name + end for name in MEASURED for end in ("", "_stderr")),
            *("worst_training_loss", "converged"),
        )
        for k, width in enumerate(self.widths.tolist()):
            numbers = [float(each[k]) for pair in measured for each in pair]
            ends = float(self.training_loss[k].max()), int(self.converged[k].sum())
            yield (width, int(self.parameters[k]), *numbers, *ends)


def parameter_number(
    train: ArrayLike,
    labels: ArrayLike,
    test: ArrayLike,
    test_labels: ArrayLike,
    widths: ArrayLike | Iterable[int],
    model: Literal["features", "network"] = "features",
    activation: Any = "erf",
    gain: float = 1.0,
    ridge: float = 0.0,
    scale: float = 1.0,
    loss: Literal["hinge", "square"] = "hinge",
    repeats: int = 10,
    seed: int = 0,
    *,
    steps: int = 3000,
) -> ParameterNumber:
    """How the error on test points falls with the width h of what is fitted to the training points.

    `train`: x, (P, d), with `labels`, (P,); `test`, `test_labels` likewise. Two models:

    "features": f is ridge regression on h features phi(g w.x)/sqrt(h), w ~ N(0, 1), of the least norm for
    ridge 0; g is the `gain`, phi any `activation`.

    "network": F = alpha (f - f_0), alpha the `scale`, f = a.erf(g W^T x/sqrt(d))/sqrt(h), a and W ~ N(0, 1)
    at first, learns by gradient descent on the sum of (F - y)^2/(2 alpha^2), or with the `loss` "hinge" of
    max(0, 1 - y F)^2/(2 alpha^2), y = +-1; in steps of 0.8/(largest eigenvalue of the tangent kernel), chosen
    anew every 100, for `steps` of them or until the sum of squares is below 1e-6. At alpha sqrt(h) far below
    1 it learns features, far above it does not.

    Network r of width h draws W, (d, h), and then a from `numpy.random.default_rng([seed + r, h])`. The
    numbers do not depend on how many threads there are.

    ValueError for shapes that do not fit, labels other than +-1 for the hinge, widths below 1, a scale that
    is not positive, and what a model does not take: a ridge and other activations than erf ("network"), a
    scale ("features").

    Equation: random-features, width-limits, width-excess

    >>> x = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = np.sign(x[:, 0])
    >>> found = parameter_number(x[:20], y[:20], x[20:], y[20:], [20, 200], ridge=0.01, repeats=5)
    >>> print(found)
    ParameterNumber(features, erf, widths 20 ... 200 (2), 5 repeats)
    >>> found.error.value.round(2).tolist()
    [0.29, 0.25]
    """
    task = require_task(train, labels, test, test_labels)
    listed = require_integers("widths", widths, "integers of at least 1")
    h = [require_integer("widths", each, minimum=1, maximum=10**7) for each in listed.reshape(-1).tolist()]
    h = require_distinct("widths", listed).tolist()
    require_choice("model", model, MODELS)
    require_choice("loss", loss, LOSSES)
    features = RandomFeatures(activation, gain)
    phi, gain = features.phi, features.gain
    ridge, scale = require_variance("ridge", ridge), require_scale("scale", scale)
    repeats = require_integer("repeats", repeats, minimum=2)
    seed = require_integer("seed", seed, minimum=0)
    steps = require_integer("steps", steps, minimum=1)
    if model == "network":
        _require_network(phi.name, ridge, loss, task)
    elif scale != 1:
        raise ValueError(f'scale must be 1 for model="features", which is linear in f (got {scale:g})')
    _require_budget(model, h, task, ridge, repeats, steps)
    function = phi.require_function("random features")
    inputs = task.train.shape[1]

    def run(width: int, repeat: int) -> tuple[Floats, Floats]:
        random = np.random.default_rng([seed + repeat, width])
        weights = random.normal(size=(inputs, width))
        if model == "features":
            return feature_outputs(function, gain * weights, task.train, task.labels, task.test, ridge)
        readout, schedule = (
            random.normal(size=width),
            Schedule(_RATE, _REFRESHED, _REFRESHED, _PERFECT / len(task.labels), steps),
        )
        return _network_outputs(readout, weights.T, task, gain, scale, schedule, loss == "hinge")

    measured, losses = [], np.empty((len(h), repeats))
    with one_blas_thread():
        for k, width in enumerate(h):
            fits, predicted = (
                np.array(each) for each in zip(*(run(width, r) for r in range(repeats)), strict=True)
            )
            short = task.labels - fits
            if model == "network" and loss == "hinge":
                short = np.maximum(0.0, task.labels * short)
            losses[k] = np.mean(short**2, axis=1) / 2
            measured.append(ensemble_statistics(predicted, task.test_labels))
    found: dict[str, Any] = {
        name: Measured(*np.array([each[name] for each in measured]).T) for name in MEASURED
    }
    parameters = np.array(h) * (inputs + 1 if model == "network" else 1)
    converged = losses < _LEARNT if model == "network" else np.ones(losses.shape, dtype=bool)
    return ParameterNumber(
        widths=np.array(h),
        parameters=parameters,
        **found,
        training_loss=losses,
        converged=converged,
        model=model,
        activation=phi.name,
        gain=gain,
        ridge=ridge,
        scale=scale,
        loss=loss,
        repeats=repeats,
        seed=seed,
        task=task,
        features=features,
    )


def _require_network(name: str, ridge: float, loss: str, task: LearningTask) -> None:
    if name != "erf":
        raise ValueError(f"activation must be 'erf' for model=\"network\" (got {name!r})")
    if ridge:
        raise ValueError(f'ridge must be 0 for model="network", which is trained without (got {ridge:g})')
    require_nonzero("train", task.train)
    wrong = task.labels[np.abs(task.labels) != 1]
    if loss == "hinge" and len(wrong):
        raise ValueError(f'labels must be +1 or -1 (got {wrong[0]:g}): use loss="square" for others')


def _require_budget(
    model: str, widths: list[int], task: LearningTask, ridge: float, repeats: int, steps: int
) -> None:
    (p, d), t = task.train.shape, len(task.test)
    if model == "features":
        product = 2e-10 if ridge else 2e-9  # singular values for none
        each = [(2 * p + t) * h * (3e-8 + product * d) + product * p * h * min(p, h) for h in widths]
        memory = 8.0 * max(p * min(p, h) + (p + t) * h for h in widths)
    else:
        each = [steps * p * h * (2e-8 + 2e-9 * d) + steps / _REFRESHED * 1e-9 * p**3 for h in widths]
        memory = 32.0 * p**2 + 24.0 * (p + t) * max(widths)
    require_budget(
        f"{counted(repeats * len(widths), 'network')} of up to {counted(max(widths), 'neuron')} on "
        f"{counted(p, 'point')}",
        seconds=repeats * sum(each) + 0.001 * repeats * len(widths),
        memory=memory + 16.0 * repeats * (p + t),
        smaller="widths, repeats, train or test"
        if model == "features"
        else "widths, repeats, steps or train",
    )


def _network_outputs(
    readout: Floats,
    weights: Floats,
    task: LearningTask,
    gain: float,
    scale: float,
    schedule: Schedule,
    hinge: bool,
) -> tuple[Floats, Floats]:
    """F at the training and at the test points after training."""
    share = gain / math.sqrt(weights.shape[1])
    weights = np.ascontiguousarray(weights)
    end = descent(readout, weights, share * task.train, task.labels, scale, schedule, hinge)
    fit, predicted = (
        scale * (outputs(end.readout, end.weights, share * x) - outputs(readout, weights, share * x))
        for x in (task.train, task.test)
    )
    return fit, predicted
