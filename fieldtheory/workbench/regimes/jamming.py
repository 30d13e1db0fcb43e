"""Jamming: how many parameters a small network needs to give all patterns their margin."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import optimize

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import GEIGER_JAMMING, SPIGLER_JAMMING
from fieldtheory.shown_value import shown
from fieldtheory.workbench import records
from fieldtheory.workbench.regimes.hinge_network import MARGIN, SATISFIED, SMOOTH, HingeNetwork

LABELS = ("random", "digits-parity")
_RESAMPLES = 2000
_MOST_TESTS = 1000
_PARITY_COMPONENTS = 61  # the rank of the digits


class Threshold(NamedTuple):
    """N*: where half of the runs are jammed; `low` and `high`: a 68 % interval."""

    parameters: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class JammingCurve:
    """Runs of two-layer networks of several widths, arrays over `widths`, or over widths and runs.

    `parameters`: N = width (dim + 1). `jammed_fraction` and its `jammed_stderr`: the share of runs whose
    loss stayed above 1e-8. `unsatisfied`: N_Delta, (widths, repeats), patterns with y f < 1 by more than
    1e-4. `loss`: at the end, `converged`: whether all are satisfied or the gradient is below 1e-9, as
    at minima and where all units are saturated, rather than where the iterations ended: a jammed run that is
    not may still go down, and N* with it. `test_error`:
    share of wrong signs on digits that were not learnt, None for random labels.
    """

    widths: Integers
    parameters: Integers
    jammed_fraction: Floats
    jammed_stderr: Floats
    unsatisfied: Integers
    loss: Floats
    converged: Booleans
    test_error: Floats | None
    patterns: int
    dim: int
    activation: str
    labels: str
    seed: int
    references: tuple[str, ...] = field(default=(GEIGER_JAMMING, SPIGLER_JAMMING), repr=False)

    to_dict = records.to_dict

    def __repr__(self) -> str:
        widths = f"{self.widths.min()} ... {self.widths.max()} ({len(self.widths)})"
        return f"JammingCurve({self.patterns} patterns, dim {self.dim}, widths {widths})"

    def threshold(self) -> Threshold:
        """N*, where the jammed fraction, made to fall with N, crosses 1/2; interpolated in ln N.

        The interval is that of fractions drawn from what so many runs leave open (Jeffreys's prior); 0 or
        inf where they do not cross within the widths.
        """
        order = np.argsort(self.parameters)
        log_n, runs = np.log(self.parameters[order]), self.loss.shape[1]
        jammed = np.rint(self.jammed_fraction[order] * runs)
        random = np.random.default_rng(0)
        drawn = random.beta(jammed + 0.5, runs - jammed + 0.5, size=(_RESAMPLES, len(jammed)))
        crossings = [_crossing(log_n, each) for each in drawn]
        low, high = np.quantile(crossings, [0.16, 0.84], method="nearest")
        return Threshold(_crossing(log_n, jammed / runs), float(low), float(high))

    def plot(self, axes: Any = None) -> Any:
        """Draw the jammed fraction and N_Delta/N over N/P; returns the axes."""
        from fieldtheory.workbench.plots.jamming_curves import jamming

        return jamming([self], axes)


def jamming(
    patterns: int,
    dim: int,
    widths: Iterable[int],
    repeats: int = 6,
    seed: int = 0,
    activation: str = "tanh",
    labels: Literal["random", "digits-parity"] = "random",
    iterations: int = 20_000,
) -> JammingCurve:
    """Networks f = a.phi(W^T x) with N = width (dim + 1) parameters that learn P patterns by a hinge loss.

    The loss is the mean of max(0, 1 - y f)^2/2, without regularisation, and goes to 0 where there are enough
    parameters; below a sharp N* runs are jammed, ended by L-BFGS at a minimum above 0 (Geiger et al. 2018,
    Spigler et al. 2018). Minima are local, so that their numbers differ from one minimiser to another.

    `activation`: "tanh" or "erf", which are smooth. `labels`: "random", normal patterns with random signs; or
    "digits-parity", handwritten digits on the sphere of radius sqrt(dim) by their leading principal
    components, even against odd, with the test error on up to 1000 others (extra [sklearn]). Run r of width h
    draws from `numpy.random.default_rng([seed + r, P, dim, h])`: patterns and labels where they are random,
    then normal weights W/sqrt(dim) and a/sqrt(h). The digits are those of one permutation,
    `default_rng(seed)`.

    ValueError for widths and numbers that are no positive integers, too few digits, other activations.

    Equation: jamming

    >>> found = jamming(patterns=40, dim=5, widths=[2, 10], repeats=3)
    >>> found.jammed_fraction.tolist(), found.parameters.tolist()
    ([1.0, 0.0], [12, 60])
    """
    p = require_integer("patterns", patterns, minimum=2)
    d = require_integer("dim", dim, minimum=1)
    repeats = require_integer("repeats", repeats, minimum=1)
    seed = require_integer("seed", seed, minimum=0)
    iterations = require_integer("iterations", iterations, minimum=1)
    require_choice("activation", activation, tuple(SMOOTH))
    require_choice("labels", labels, LABELS)
    if isinstance(widths, str) or not isinstance(widths, Iterable) or getattr(widths, "ndim", 1) != 1:
        raise ValueError(f"widths must be a list of integers (got {shown(widths)})")
    listed = [require_integer("widths", each, minimum=1) for each in widths]
    if not listed:
        raise ValueError("widths must have at least one width (got none)")
    require_budget(
        f"{counted(repeats, 'run')} of {counted(len(listed), 'width')} up to {max(listed)} with {p} patterns "
        f"of dim = {d}",
        seconds=repeats * iterations * sum(3e-5 + 1.5e-8 * p * h + 1e-9 * p * h * d for h in listed) / 3,
        memory=40.0 * p * (max(listed) + d) + 400.0 * max(listed) * d,
        smaller="repeats, widths, patterns, dim or iterations",
    )
    digits = _digits(p, d, seed) if labels == "digits-parity" else None
    shape = len(listed), repeats
    with one_blas_thread():
        runs = [
            _run(np.random.default_rng([seed + r, p, d, h]), (p, d, h), digits, activation, iterations)
            for h in listed
            for r in range(repeats)
        ]
    loss, unsatisfied, converged, wrong = (np.array(each).reshape(shape) for each in zip(*runs, strict=True))
    fraction = np.mean(loss >= SATISFIED, axis=1)
    return JammingCurve(
        np.array(listed),
        np.array(listed) * (d + 1),
        fraction,
        np.sqrt(fraction * (1 - fraction) / repeats),
        unsatisfied,
        loss,
        converged,
        None if digits is None else wrong,
        p,
        d,
        activation,
        labels,
        seed,
    )


class _Run(NamedTuple):
    """How one ended; the test error is NaN for random labels."""

    loss: float
    unsatisfied: int
    converged: bool
    test_error: float


def _run(
    random: np.random.Generator,
    sizes: tuple[int, int, int],
    digits: tuple[Floats, Floats] | None,
    activation: str,
    iterations: int,
) -> _Run:
    """Of P patterns, random ones or the first of the digits, of dim d, by h neurons."""
    p, d, h = sizes
    if digits is None:
        x, y = random.normal(size=(p, d)), random.choice([-1.0, 1.0], size=p)
    else:
        x, y = digits[0][:p], digits[1][:p]
    network = HingeNetwork(x, y, activation)
    hidden = random.normal(size=(d, h)) / math.sqrt(d)
    end = network.minimum(hidden, random.normal(size=h) / math.sqrt(h), iterations)
    short = int(np.count_nonzero(y * network.outputs(x, end.hidden, end.readout) < 1 - MARGIN))
    wrong = math.nan
    if digits is not None:
        signs = np.sign(network.outputs(digits[0][p:], end.hidden, end.readout))
        wrong = float(np.mean(signs != digits[1][p:]))
    return _Run(end.loss, short, end.converged, wrong)


def _digits(patterns: int, dim: int, seed: int) -> tuple[Floats, Floats]:
    """Inputs and parities, the patterns first, then up to 1000 others."""
    from fieldtheory.data.digits import digits

    if dim > _PARITY_COMPONENTS:
        raise ValueError(f"dim must be at most {_PARITY_COMPONENTS}, the rank of the digits (got {dim})")
    found = digits()
    if patterns >= len(found.numbers):
        raise ValueError(f"patterns must leave some of {len(found.numbers)} digits to test (got {patterns})")
    order = np.random.default_rng(seed).permutation(len(found.numbers))[: patterns + _MOST_TESTS]
    return math.sqrt(dim) * found.on_sphere(dim)[order], found.parity[order]


def _crossing(log_n: Floats, fractions: Floats) -> float:
    """Where fractions, pooled until they fall, cross 1/2: interpolated, 0 or inf beyond the ends."""
    falling = optimize.isotonic_regression(fractions, increasing=False).x
    if falling[0] < 0.5:
        return 0.0
    if falling[-1] > 0.5:
        return math.inf
    above = int(np.flatnonzero(falling >= 0.5)[-1])
    if falling[above] == 0.5:
        return float(np.exp(log_n[falling == 0.5].mean()))
    share = (falling[above] - 0.5) / (falling[above] - falling[above + 1])
    return float(np.exp(log_n[above] + share * (log_n[above + 1] - log_n[above])))
