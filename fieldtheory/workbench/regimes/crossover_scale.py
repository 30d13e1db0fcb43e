"""The scale at which the tangent kernel changes by its own size, over the widths of a network."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_arguments import require_distinct, require_integers, require_reals
from fieldtheory.array_types import Floats, Integers
from fieldtheory.counted import counted
from fieldtheory.references import CHIZAT, GEIGER_LAZY
from fieldtheory.workbench import records
from fieldtheory.workbench.regimes.kernel_change import (
    require_run_budget,
    require_scale,
    require_training_set,
    trained,
)

_PATTERNS, _DIM = 24, 4  # of the sets that are drawn


@dataclass(frozen=True, eq=False)
class CrossoverScale:
    """From lazy to feature learning: arrays over `widths` h, `scales` alpha and `repeats` networks.

    `relative_change`, `final_error`, `converged`: of each network, (widths, scales, repeats), see
    `kernel_change`; `mean_change` and its `stderr` over networks, (widths, scales). `scale`: alpha*, where
    the change is 1, the geometric mean over networks, and its `scale_stderr`; NaN at widths where it lies
    outside the scales for one of them. `exponent`: d ln alpha*/d ln h, -1/2 on the side of features, with
    `exponent_stderr`; NaN unless two widths have an alpha*. Standard errors are NaN for one network.
    `repeats`, `seed`: how.
    """

    widths: Integers
    scales: Floats
    relative_change: Floats
    final_error: Floats
    converged: Any
    scale: Floats
    scale_stderr: Floats
    exponent: float
    exponent_stderr: float
    repeats: int
    seed: int
    references: tuple[str, ...] = field(default=(CHIZAT, GEIGER_LAZY), repr=False)

    to_dict = records.to_dict

    @property
    def mean_change(self) -> Floats:
        """Over networks, (widths, scales)."""
        found: Floats = self.relative_change.mean(axis=2)
        return found

    @property
    def stderr(self) -> Floats:
        """Of `mean_change`; NaN for one network."""
        return _stderr(self.relative_change)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Which numbers are to be doubted, and why."""
        found = []
        missed = int((~self.converged).sum())
        if missed:
            found.append(
                f"{missed} of {self.converged.size} runs have not reached the tolerance "
                f"(error up to {self.final_error.max():.2g}): their changes are underestimates"
            )
        lost = self.widths[np.isnan(self.scale)]
        if len(lost):
            found.append(
                f"the change does not cross 1 within the scales at width {', '.join(map(str, lost))}"
            )
        return tuple(found)

    def plot(self, axes: Any = None) -> Any:
        """Draw the change over alpha sqrt(h), and that of the linear network; returns the axes."""
        from fieldtheory.workbench.plots.lazy import lazy_figure

        return lazy_figure(self, axes)


def crossover_scale(
    widths: ArrayLike | Iterable[int],
    scales: ArrayLike | Iterable[float],
    inputs: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    repeats: int = 3,
    seed: int = 0,
    *,
    tolerance: float = 1e-3,
    steps: int = 20_000,
) -> CrossoverScale:
    """Train networks of several widths and scales, and find where their tangent kernel changes by its size.

    `inputs`, `labels`: what is learnt, for all networks; by default network r has a set of its own, 24 points
    x of |x|^2 = 4 in four dimensions with y = sign(x_1 x_2), from `numpy.random.default_rng([seed + r, 17])`.
    Its weights at width h are those of `kernel_change` with the seed [seed + r, h], for all scales alike.
    `tolerance`, `steps`: as there.

    Equation: kernel-change

    >>> found = crossover_scale([16, 64], [0.1, 1.0], repeats=2, tolerance=0.3)
    >>> found.relative_change.shape, found.scale.shape
    ((2, 2, 2), (2,))
    """
    h = require_distinct("widths", require_integers("widths", widths, "integers of at least 1"))
    alphas = require_distinct("scales", require_reals("scales", scales))
    for width in h.tolist():
        require_integer("widths", width, minimum=1, maximum=10**7)
    for alpha in alphas.tolist():
        require_scale("scales", alpha)
    repeats = require_integer("repeats", repeats, minimum=1)
    seed = require_integer("seed", seed, minimum=0)
    tolerance = require_number("tolerance", tolerance, exclusive=True)
    steps = require_integer("steps", steps, minimum=1)
    if (inputs is None) != (labels is None):
        raise ValueError("inputs and labels must be given together, or none of them")
    own = None if inputs is None else require_training_set(inputs, labels)
    points = np.empty((_PATTERNS, _DIM)) if own is None else own[0]
    require_run_budget(
        f"training of {counted(len(h) * len(alphas) * repeats, 'network')}",
        float(h.sum()) * len(alphas) * repeats * steps,
        points,
    )
    shape = (len(h), len(alphas), repeats)
    change, error, converged = np.empty(shape), np.empty(shape), np.empty(shape, dtype=bool)
    for i, j, r in np.ndindex(shape):
        x, y = drawn_set(seed + r) if own is None else own
        random = np.random.default_rng([seed + r, int(h[i])])
        found = trained(int(h[i]), float(alphas[j]), x, y, random, tolerance, steps)
        change[i, j, r], error[i, j, r] = found.relative_change, found.final_error
        converged[i, j, r] = found.converged
    crossings = np.array([[_crossing(alphas, run) for run in runs.T] for runs in change])
    slopes = _slopes(np.log(h), crossings)
    return CrossoverScale(
        h,
        alphas,
        change,
        error,
        converged,
        np.exp(crossings.mean(axis=1)),
        np.exp(crossings.mean(axis=1)) * _stderr(crossings),
        float(slopes.mean()),
        float(_stderr(slopes)),
        repeats,
        seed,
    )


def drawn_set(seed: int) -> tuple[Floats, Floats]:
    """24 points of |x|^2 = 4 in four dimensions, and y = sign(x_1 x_2).

    >>> x, y = drawn_set(0)
    >>> x.shape, (x**2).sum(axis=1).round(12).tolist()[:2], sorted(set(y.tolist()))
    ((24, 4), [4.0, 4.0], [-1.0, 1.0])
    """
    x = np.random.default_rng([seed, 17]).standard_normal((_PATTERNS, _DIM))
    x *= math.sqrt(_DIM) / np.linalg.norm(x, axis=1)[:, None]
    return x, np.sign(x[:, 0] * x[:, 1])


def _crossing(scales: Floats, changes: Floats) -> float:
    """ln alpha* where the change falls below 1, linear in logarithms between two scales; NaN if nowhere."""
    over = changes >= 1
    falls = np.flatnonzero(over[:-1] & ~over[1:])
    if not len(falls):
        return math.nan
    k = int(falls[-1])
    left, right = math.log(changes[k]), math.log(changes[k + 1])
    part = left / (left - right)
    return (1 - part) * math.log(scales[k]) + part * math.log(scales[k + 1])


def _slopes(logs: Floats, crossings: Floats) -> Floats:
    """Of the least-squares line of each network over the widths that have an alpha*; NaN for one width."""
    known = ~np.isnan(crossings).any(axis=1)
    if known.sum() < 2:
        return np.full(crossings.shape[1], math.nan)
    centred = logs[known] - logs[known].mean()
    found: Floats = centred @ crossings[known] / (centred @ centred)
    return found


def _stderr(values: Floats) -> Floats:
    """Over the last axis; NaN for one value."""
    number = values.shape[-1]
    if number < 2:
        return np.full(values.shape[:-1], math.nan)
    found: Floats = values.std(axis=-1, ddof=1) / math.sqrt(number)
    return found
