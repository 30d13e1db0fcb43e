"""Mean and covariance of an activation of Gaussian numbers of any mean and covariance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.by_name import activation as named_activation
from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.moments.gaussian_arguments import require_gaussian
from fieldtheory.moments.neuron_series import REACH, NeuronSeries
from fieldtheory.moments.pair_covariance import SmoothedRays, independent_part, rays_moments
from fieldtheory.moments.plane_pairs import Neuron, plane_pair
from fieldtheory.moments.resolved_panels import POINTS, resolved_panels
from fieldtheory.references import WRIGHT

METHODS = ("auto", "ladder", "quadrature")
_RUNGS = (64, 256, 1024)  # of a ladder: the first that are enough
_ENOUGH = 2e-14  # of what a ladder leaves out, relative to the standard deviations
_SECONDS_PER_VALUE = 3e-8  # of a function in the plane, density and sum included
_SECONDS_PER_PAIR = 2e-7
_MOST_RUNGS = 4096


class _Moments(NamedTuple):
    mean: Floats
    covariance: Floats


class ActivationCovariance(_Moments):
    """The tuple (mean, covariance) of phi(x), and how it was found.

    `error`: bounds on the errors of the covariances, a matrix (0: closed form, to rounding); `method`:
    "exact", "ladder", "quadrature", or "ladder and quadrature".
    """

    error: Floats
    method: str

    plot = plot
    references = (WRIGHT,)

    @classmethod
    def of(cls, mean: Floats, covariance: Floats, error: Floats, method: str) -> ActivationCovariance:
        """That of these arrays."""
        found = cls(mean, covariance)
        found.error, found.method = error, method
        return found


def activation_covariance(
    activation: ActivationLike, mean: Any, covariance: Any, *, method: str = "auto", rungs: int | None = None
) -> ActivationCovariance:
    """Mean (n,) and covariance (n, n) of phi(x_i) for Gaussian x of this mean and covariance.

    In closed form, to rounding, for powers on either side of 0 (heaviside, sign, linear, relu, leaky_relu,
    abs, relu2), erf and gelu, in the tails and up to correlations of +-1 too; any other activation or
    function of float64 arrays by its Hermite ladder where that ends, else by quadrature in the plane.

    `method`: "ladder" for one of so many `rungs` (4 if not given), Cov = sum_k c^k/k! E[phi^(k)(x)]
    E[phi^(k)(y)]; "quadrature" for the plane everywhere. The result unpacks into two; its `error` bounds what
    each covariance may be wrong by. ValueError for what is no covariance, OverBudget for more pairs in the
    plane than the time allows.

    See docs/covariance_propagation.md; Wright, Nakahira, Moura, arXiv 2403.16163.

    Equation: activation-covariance

    >>> mean, covariance = activation_covariance("relu", [0.0, 1.0], [[1.0, 0.5], [0.5, 1.0]])
    >>> mean.round(6).tolist(), covariance.round(6).tolist()
    ([0.398942, 1.083315], [[0.340845, 0.222387], [0.222387, 0.751088]])
    """
    phi = named_activation(activation)
    how = require_choice("method", method, METHODS)
    if rungs is not None:
        rungs = require_integer("rungs", rungs, minimum=1, maximum=_MOST_RUNGS)
        if how != "ladder":
            raise ValueError(f'rungs must be None unless method is "ladder" (got {rungs} for method={how!r})')
    average, matrix = require_gaussian(mean, covariance)
    require_budget(
        f"a covariance of {len(average)} neurons",
        seconds=_SECONDS_PER_PAIR * len(average) ** 2,
        memory=40.0 * len(average) ** 2,
        smaller="the number of neurons",
    )
    if how == "ladder":
        return _cut_ladder(phi, average, matrix, 4 if rungs is None else rungs)
    return activation_moments(phi, average, matrix, in_plane=how == "quadrature")


def activation_moments(
    phi: Activation, mean: Floats, covariance: Floats, *, in_plane: bool = False
) -> ActivationCovariance:
    """The same for arrays that are checked already.

    >>> from fieldtheory import activation
    >>> found = activation_moments(activation("tanh"), np.zeros(1), np.ones((1, 1)))
    >>> found.method, found.covariance.round(12).tolist()
    ('ladder', [[0.394294490398]])
    """
    form = None if in_plane else SmoothedRays.of(phi)
    if form is not None:
        average, found = rays_moments(form, mean, covariance)
        return ActivationCovariance.of(average, found, np.zeros_like(found), "exact")
    function, edges, spread = _smooth_parts(phi, mean, covariance)
    correlation = _correlations(covariance, spread)
    series = NeuronSeries.of(function, edges, mean, spread, 1 if in_plane else _RUNGS[0])
    found, error = series.ladder(correlation)
    deviation = np.sqrt(series.variance)
    allowed = _ENOUGH * np.outer(deviation, deviation)
    for rungs in () if in_plane else _RUNGS[1:]:
        short = (error > allowed).any(axis=1)
        if not short.any():
            break
        some = NeuronSeries.of(function, edges, mean[short], spread[short], rungs)
        place = np.ix_(short, short)
        found[place], error[place] = some.ladder(correlation[place])
    _fill_diagonal(found, error, series)
    truncated = error > allowed
    error += series.rounding
    left = [pair for pair in _pairs(len(mean)) if in_plane or truncated[pair]]
    left = [(i, j) for i, j in left if covariance[i, j] != 0 and deviation[i] > 0 and deviation[j] > 0]
    if left:
        values = (len(edges) + 4 * REACH) * (2 * len(edges) + 4 * REACH) * POINTS**2
        require_budget(
            f"a quadrature in the plane for {len(left)} pairs of neurons",
            seconds=_SECONDS_PER_VALUE * values * len(left),
            smaller="the number of neurons",
        )
    for i, j in left:
        first, second = (
            Neuron(*each)
            for each in (
                (mean[i], spread[i], series.mean[i], deviation[i]),
                (mean[j], spread[j], series.mean[j], deviation[j]),
            )
        )
        q = independent_part(covariance[i, i], covariance[j, j], covariance[i, j])
        pair = plane_pair(function, edges, first, second, correlation[i, j], q)
        if in_plane or pair.error < error[i, j]:
            found[i, j] = found[j, i] = pair.covariance
            error[i, j] = error[j, i] = pair.error
    how = "quadrature" if in_plane else "ladder and quadrature" if left else "ladder"
    return ActivationCovariance.of(series.mean, found, error, how)


def _cut_ladder(phi: Activation, mean: Floats, covariance: Floats, rungs: int) -> ActivationCovariance:
    function, edges, spread = _smooth_parts(phi, mean, covariance)
    series = NeuronSeries.of(function, edges, mean, spread, rungs + 1)
    found, error = series.ladder(_correlations(covariance, spread))
    _fill_diagonal(found, error, series)
    return ActivationCovariance.of(series.mean, found, error + series.rounding, "ladder")


def _smooth_parts(phi: Activation, mean: Floats, covariance: Floats) -> tuple[Any, Floats, Floats]:
    """The function, panels on which it is smooth, and the standard deviations of its arguments."""
    function = phi.require_function("numbers with a mean")
    spread = np.sqrt(np.diag(covariance))
    low, high = float((mean - REACH * spread).min()), float((mean + REACH * spread).max())
    return function, resolved_panels(function, low, high), spread


def _correlations(covariance: Floats, spread: Floats) -> Floats:
    scale = np.outer(spread, spread)
    found = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    return np.clip(found, -1.0, 1.0)  # beyond 1 by rounding only


def _fill_diagonal(found: Floats, error: Floats, series: NeuronSeries) -> None:
    """Variances by quadrature, which leaves no rung out."""
    np.fill_diagonal(found, series.variance)
    np.fill_diagonal(error, 0.0)


def _pairs(n: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(n) for j in range(i))
