"""The margin of random patterns over their number: replicas beside measurement."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_flag, require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import COVER, GARDNER
from fieldtheory.shown_value import shown
from fieldtheory.workbench import records
from fieldtheory.workbench.regimes.max_margin import NotSeparable, max_margin
from replicas.capacity.perceptron import UPPER_BOUND, contacts_per_weight, margin_at, separable_probability

_LARGEST = 1e6  # patterns per input


@dataclass(frozen=True, eq=False)
class CapacityCurve:
    """Random patterns on a perceptron, arrays over `load`, patterns per input.

    `patterns`: their numbers. `separable`: the share of labellings that a hyperplane separates, by Cover's
    count; `margin` and `contacts` (patterns at the margin, per input) at large N by replicas; above a load of
    2 margins are negative, upper bounds, and contacts NaN. `separable_measured`, and of the sets that are
    separable `margin_measured` and `contacts_measured`, with standard errors (`..._stderr`, NaN from fewer
    than two sets), by exact maximum margins of `repeats` sets of patterns with normal entries. `inputs`,
    `repeats`, `seed`: how. `warnings`: what is to be said against it.
    """

    load: Floats
    patterns: Integers
    separable: Floats
    margin: Floats
    contacts: Floats
    separable_measured: Floats
    separable_stderr: Floats
    margin_measured: Floats
    margin_stderr: Floats
    contacts_measured: Floats
    contacts_stderr: Floats
    inputs: int
    repeats: int
    seed: int
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = field(default=(COVER, GARDNER), repr=False)

    to_dict = records.to_dict

    def plot(self, axes: Any = None) -> Any:
        """Draw margin and contacts over the load, theory as lines and sets as points; returns the axes."""
        from fieldtheory.workbench.plots.capacity import capacity_figure

        return capacity_figure(self, axes)


def capacity_curve(
    load: ArrayLike | Iterable[float], inputs: int, repeats: int = 20, seed: int = 0, negative: bool = False
) -> CapacityCurve:
    """Margins of `load` N random patterns on N inputs, as replicas predict them and as they are.

    `load`: one or several numbers, P = round(load N) patterns with labels that a random sign gives. Set r of
    P patterns is `numpy.random.default_rng([seed, N, P, r])`: normal entries, then the signs. The theory is
    for large N; at N of some hundred measured margins lie above it at small loads. `repeats` 0: theory only.
    `negative`: allow loads above 2, whose margins are negative for large N.

    ValueError for loads that leave no pattern, for those above 2 unless they are asked for, and
    numbers that are no positive integers.

    Equation: gardner-capacity, maximum-margin

    >>> found = capacity_curve([0.5, 1.0], inputs=50, repeats=10)
    >>> found.margin.round(4).tolist(), bool(abs(found.margin_measured - found.margin).max() < 0.2)
    ([1.0343, 0.4707], True)
    """
    loads = np.atleast_1d(require_reals("load", load))
    n = require_integer("inputs", inputs, minimum=1)
    repeats = require_integer("repeats", repeats, minimum=0)
    seed = require_integer("seed", seed, minimum=0)
    if loads.ndim > 1 or not loads.size:
        raise ValueError(f"load must be a number or a flat list of numbers (got shape {loads.shape})")
    if (loads < 0.5 / n).any() or (loads > _LARGEST).any():
        raise ValueError(f"load must be from {0.5 / n:.3g}, a pattern, to {_LARGEST:g} (got {shown(load)})")
    if not require_flag("negative", negative) and loads.max() > 2:
        raise ValueError(
            f"load must be at most 2, beyond which no margin is positive (got {loads.max():g}): "
            "use negative=True, --negative on the command line, for what is left of it"
        )
    numbers = [max(1, int(each)) for each in np.rint(loads * n)]
    require_budget(
        f"{counted(repeats, 'set')} of up to {max(numbers)} patterns on {counted(n, 'input')}",
        seconds=repeats * sum(2e-4 + 2e-9 * p * min(p, n) ** 2 + 1e-8 * p * n for p in numbers),
        memory=40.0 * (max(numbers) + n) * max(numbers),
        smaller="inputs, load or repeats",
    )
    with one_blas_thread():
        found = [_measured(n, p, repeats, seed) for p in numbers]
    means, stderrs = (np.array([each[k] for each in found]).T for k in (0, 1))
    return CapacityCurve(
        loads,
        np.array(numbers),
        np.array([separable_probability(n, p) for p in numbers], dtype=float),
        np.array([margin_at(each) for each in loads.tolist()]),
        np.array([contacts_per_weight(each) if each <= 2 else math.nan for each in loads.tolist()]),
        means[0],
        stderrs[0],
        means[1],
        stderrs[1],
        means[2],
        stderrs[2],
        n,
        repeats,
        seed,
        (UPPER_BOUND,) if loads.max() > 2 else (),
    )


def _measured(inputs: int, patterns: int, repeats: int, seed: int) -> tuple[list[float], list[float]]:
    """Means and standard errors: share of separable sets, their margins, their contacts per input."""
    margins, contacts = [], []
    for r in range(repeats):
        random = np.random.default_rng([seed, inputs, patterns, r])
        x = random.normal(size=(patterns, inputs))
        labels = np.where(random.random(patterns) < 0.5, -1.0, 1.0)
        try:
            found = max_margin(x, labels)
        except NotSeparable:
            continue
        margins.append(found.margin)
        contacts.append(found.contacts / inputs)
    share = len(margins) / repeats if repeats else math.nan
    pairs = [_mean(margins), _mean(contacts)]
    return [share, *(each[0] for each in pairs)], [
        math.sqrt(share * (1 - share) / repeats) if repeats else math.nan,
        *(each[1] for each in pairs),
    ]


def _mean(values: list[float]) -> tuple[float, float]:
    """With its standard error; NaN where there is none."""
    if not values:
        return math.nan, math.nan
    stderr = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return float(np.mean(values)), stderr
