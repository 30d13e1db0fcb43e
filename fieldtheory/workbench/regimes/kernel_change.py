"""How much the tangent kernel of a two-layer network changes while it learns."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import CHIZAT, GEIGER_LAZY
from fieldtheory.shown_value import shown
from fieldtheory.workbench import records
from fieldtheory.workbench.regimes.descent import Schedule, descent
from fieldtheory.workbench.regimes.erf_network import tangent_kernel

_LEAST, _MOST = 1e-12, 1e12  # scales whose steps stay floats
_RATE = 0.4  # times the largest eigenvalue of the tangent kernel: below 2, where descent is unstable
_REFRESHED, _TESTED = 25, 200  # steps after which the rate is chosen anew, and the error looked at
_STEP_SECONDS = 2e-8  # of a neuron at a point


@dataclass(frozen=True, eq=False)
class KernelChange:
    """One network before and after training.

    `relative_change`: |Theta_end - Theta_0|/|Theta_0| of its tangent kernel (Frobenius); `final_error`: mean
    (F - y)^2; `converged`: whether that went below the tolerance in so many `steps`, otherwise the change is
    an underestimate; `width`, `scale`: h and alpha; `references`: the papers.
    """

    relative_change: float
    final_error: float
    converged: bool
    steps: int
    width: int
    scale: float
    references: tuple[str, ...] = field(default=(CHIZAT, GEIGER_LAZY), repr=False)

    plot = plot

    to_dict = records.to_dict


def kernel_change(
    width: int,
    scale: float,
    inputs: ArrayLike,
    labels: ArrayLike,
    seed: Any = 0,
    *,
    tolerance: float = 1e-3,
    steps: int = 20_000,
) -> KernelChange:
    """Train f = a.erf(W x/sqrt(d))/sqrt(h) through F = alpha (f - f_0); how its tangent kernel has changed.

    `inputs`: x, (P, d); `labels`: y, (P,). W, (h, d), and then a, (h,), are N(0, 1) from
    `numpy.random.default_rng(seed)`. Gradient descent on all of sum (F - y)^2/(2 alpha^2) in steps of
    0.4/(largest eigenvalue of Theta), chosen anew every 25 steps, halved where the error grows; until the
    mean (F - y)^2, looked at every 200 steps, is below `tolerance`, or for that many `steps`.

    ValueError for a width below 1, a scale outside 1e-12 to 1e12, inputs and labels that do not fit.

    Equation: kernel-change

    >>> found = kernel_change(64, 0.1, [[1.0, 1.0], [1.0, -1.0]], [1.0, -1.0], seed=3)
    >>> found.converged, 0.05 < found.relative_change < 1
    (True, True)
    """
    width = require_integer("width", width, minimum=1, maximum=10**7)
    scale = require_scale("scale", scale)
    points, y = require_training_set(inputs, labels)
    tolerance = require_number("tolerance", tolerance, exclusive=True)
    steps = require_integer("steps", steps, minimum=1)
    require_run_budget(f"training of {counted(width, 'neuron')}", width * steps, points)
    return trained(width, scale, points, y, _generator(seed), tolerance, steps)


def require_scale(name: str, value: Any) -> float:
    """alpha, from 1e-12 to 1e12."""
    number = require_number(name, value, exclusive=True)
    if not _LEAST <= number <= _MOST:
        raise ValueError(f"{name} must be from {_LEAST:g} to {_MOST:g} (got {number:g})")
    return number


def require_training_set(inputs: Any, labels: Any) -> tuple[Floats, Floats]:
    """x, (P, d), and y, (P,), of moderate size; networks are 0 at x = 0."""
    points, y = require_labelled_points("inputs", inputs, "labels", labels, "inputs")
    require_nonzero("inputs", points)
    return points, y


def require_nonzero(name: str, points: Floats) -> None:
    """No point x = 0; ValueError otherwise."""
    if not points.any(axis=1).all():
        place = int(np.flatnonzero(~points.any(axis=1))[0])
        raise ValueError(f"{name} must not be 0, where every network is 0 (got 0 at point {place})")


def require_labelled_points(
    name: str, points: Any, label_name: str, labels: Any, called: str
) -> tuple[Floats, Floats]:
    """Points, (P, d), and a label for each, (P,), of moderate size; `called`: what messages say they are."""
    x = require_reals(name, points, axes=2)
    y = require_reals(label_name, labels, axes=1)
    if not x.size:
        raise ValueError(f"{name} must be one or more points, (P, d) (got shape {x.shape})")
    if len(y) != len(x):
        raise ValueError(f"{label_name} must be one for each of {len(x)} {called} (got {len(y)})")
    for each, values in ((name, x), (label_name, y)):
        if np.abs(values).max() > 1e6:
            raise ValueError(f"{each} must be at most 1e6 in size (got {np.abs(values).max():g})")
    return np.ascontiguousarray(x), y


def require_run_budget(what: str, neuron_steps: float, points: Floats) -> None:
    """Time of so many steps times neurons, if every run takes all of its steps."""
    seconds = neuron_steps * len(points) * (_STEP_SECONDS + 2e-9 * points.shape[1])
    require_budget(
        what, seconds=seconds, memory=32.0 * len(points) ** 2, smaller="width, steps, inputs or repeats"
    )


def trained(
    width: int, scale: float, points: Floats, labels: Floats, random: Any, tolerance: float, steps: int
) -> KernelChange:
    """The run itself, of arguments that are right."""
    inputs = points / math.sqrt(points.shape[1])
    weights = random.standard_normal((width, points.shape[1]))
    readout = random.standard_normal(width)
    schedule = Schedule(_RATE, _REFRESHED, _TESTED, tolerance, steps)
    with one_blas_thread():
        start = tangent_kernel(readout, weights, inputs)
        end = descent(readout, weights, inputs, labels, scale, schedule)
        kernel = tangent_kernel(end.readout, end.weights, inputs)
    change = float(np.linalg.norm(kernel - start) / np.linalg.norm(start))
    return KernelChange(change, end.error, end.error < tolerance, end.taken, width, scale)


def _generator(seed: Any) -> np.random.Generator:
    message = "seed must be what numpy.random.default_rng takes, integers of at least 0"
    if seed is None or isinstance(seed, bool | str | bytes):
        raise ValueError(f"{message} (got {shown(seed)})")
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{message} (got {shown(seed)})") from None
