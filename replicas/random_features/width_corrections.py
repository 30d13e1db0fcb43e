"""Ridge regression on h random features: corrections in 1/h to infinitely many, from generated diagrams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import (
    ENSEMBLES,
    require_choice,
    require_integer,
    require_likelihood_variance,
    require_number,
)
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.networks.point_covariance import points
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import COHEN_MALKA_RINGEL, GEIGER_PARAMETERS
from fieldtheory.shown_value import shown
from replicas.random_features.average import FeatureAverage
from replicas.random_features.diagrams import HIGHEST_ORDER
from replicas.random_features.line import FeatureLine
from replicas.random_features.neuron_nodes import NeuronNodes
from replicas.random_features.random_features import RandomFeatures
from replicas.random_features.width_expansion import WidthExpansion

_GROUPS = 16  # of two sets of nodes, the fewest that are drawn: their spread is the standard error
_MOST_PAIRED, _MOST_VALUES = 1024, 1 << 21  # of nodes of a set where pairs count, of values in an array
_MOST_SAMPLES = 10**9
_SECONDS = 1.5e-10  # of a product and a sum in a matrix product, with all that goes with it
_PARTS = ("shift", "variance", "excess")


class WidthPrediction(NamedTuple):
    """At h features, means over test points; `error`: mean squared, that of h -> infinity and the excess."""

    width: float
    variance: float
    variance_stderr: float
    shift: float
    shift_stderr: float
    excess: float
    excess_stderr: float
    error: float


@dataclass(frozen=True, eq=False)
class WidthCorrections:
    """Ridge regression on h random features, as a series in 1/h about infinitely many.

    `infinite_width_error`: mean squared error for h -> infinity. Limits of h times the `variance` over
    features, the `shift` of the mean prediction and the `excess` of the mean squared error, means over test
    points, with standard errors over `samples` features (`..._stderr`). `*_terms`: coefficients of 1/h,
    1/h^2, ... up to `order`, (order,); `*_by_point`: the same at each test point, (order, T). `expansion`:
    the diagrams.
    """

    infinite_width_error: float
    shift: float
    shift_stderr: float
    variance: float
    variance_stderr: float
    excess: float
    excess_stderr: float
    shift_terms: Floats = field(repr=False)
    shift_terms_stderr: Floats = field(repr=False)
    variance_terms: Floats = field(repr=False)
    variance_terms_stderr: Floats = field(repr=False)
    excess_terms: Floats = field(repr=False)
    excess_terms_stderr: Floats = field(repr=False)
    shift_by_point: Floats = field(repr=False)
    shift_by_point_stderr: Floats = field(repr=False)
    variance_by_point: Floats = field(repr=False)
    variance_by_point_stderr: Floats = field(repr=False)
    excess_by_point: Floats = field(repr=False)
    excess_by_point_stderr: Floats = field(repr=False)
    order: int
    ensemble: str
    samples: int
    seed: int
    expansion: WidthExpansion = field(repr=False)
    groups: Floats = field(repr=False)
    references: tuple[str, ...] = field(default=(GEIGER_PARAMETERS, COHEN_MALKA_RINGEL), repr=False)

    plot = plot

    def __repr__(self) -> str:
        """One line."""
        parts = (
            f"{name}={mean:.4g}+-{error:.1g}"
            for name, mean, error in (
                ("variance", self.variance, self.variance_stderr),
                ("shift", self.shift, self.shift_stderr),
                ("excess", self.excess, self.excess_stderr),
            )
        )
        return (
            f"WidthCorrections(infinite_width_error={self.infinite_width_error:.4g}, {', '.join(parts)}, "
            f"order={self.order}, ensemble={self.ensemble!r}, samples={self.samples}, seed={self.seed})"
        )

    def at(self, width: Any) -> WidthPrediction:
        """The sum of all terms at h = `width` features."""
        h = require_number("width", width, minimum=1.0)
        powers = h ** -np.arange(1.0, self.order + 1)
        found = np.tensordot(powers, self.groups, axes=1)  # by quantity and group: orders vary together
        shift, variance, excess = zip(found.mean(axis=-1).tolist(), _stderr(found).tolist(), strict=True)
        return WidthPrediction(h, *variance, *shift, *excess, self.infinite_width_error + excess[0])


def width_corrections(
    features: RandomFeatures,
    train: Any,
    labels: Any,
    test: Any,
    test_labels: Any,
    ridge: float,
    order: int = 1,
    ensemble: str = "fixed",
    samples: int = 1 << 15,
    seed: int = 0,
) -> WidthCorrections:
    """Corrections in 1/h to ridge regression on h of these `features`, from diagrams up to `order` 1 or 2.

    `train` (P, d) and `test` (T, d): one point a row, with `labels` (P,) and `test_labels` (T,). The kernel
    of h features is their mean product, its ridge `ridge`; `ensemble`: "fixed", exactly h features, or
    "poisson", a number of mean h, still divided by h. `samples`: features to average over, rounded up to so
    many equal sets of 2^k; each set is scrambled Sobol points. Same `seed`, same numbers, for any number of
    threads.

    ValueError for arrays that do not fit and a ridge that rounding of the kernel hides.

    See docs/training_regimes.md#number-of-parameters.

    Equations: width-limits, width-excess

    >>> x = np.linspace(-1.0, 1.0, 6)[:, None]
    >>> found = width_corrections(RandomFeatures("erf", 2.0), x, np.sign(x[:, 0]), x, np.sign(x[:, 0]), 0.1)
    >>> found.variance, found.expansion.variance[0].expression
    (0.0257..., e1**2*u1**2 - e1*e2*u1*u2)
    """
    if not isinstance(features, RandomFeatures):
        raise ValueError(f"features must be replicas.RandomFeatures(...) (got {shown(features)})")
    x, x_test = points("train", train), points("test", test)
    y, y_test = require_reals("labels", labels, axes=1), require_reals("test_labels", test_labels, axes=1)
    if x.shape[1] != x_test.shape[1]:
        raise ValueError(
            f"test must have points of dimension {x.shape[1]}, as train has (got {x_test.shape[1]})"
        )
    for name, values, others, matrix in (("labels", y, "train", x), ("test_labels", y_test, "test", x_test)):
        if len(values) != len(matrix):
            raise ValueError(
                f"{name} must be {len(matrix)}, one for each point of {others} (got {len(values)})"
            )
    ridge = require_likelihood_variance("ridge", ridge)
    order = require_integer("order", order, minimum=1, maximum=HIGHEST_ORDER)
    require_choice("ensemble", ensemble, ENSEMBLES)
    samples = require_integer("samples", samples, minimum=2 * _GROUPS, maximum=_MOST_SAMPLES)
    seed = require_integer("seed", seed, minimum=0)
    n, groups = _sets(samples, len(x) + len(x_test), order)
    _require_budget(len(x), len(x_test), n, groups, order)
    with one_blas_thread():
        line = FeatureLine.of(
            features.kernel(x), features.kernel(x_test, x), features.variances(x_test), y, ridge
        )
        residual = line.prediction - y_test
        expansion = WidthExpansion.of(order, ensemble)
        found = _averages(expansion, NeuronNodes(features, x, x_test, seed), line, residual, n, groups)
    terms, terms_stderr = found.groups.mean(axis=-1), _stderr(found.groups)
    named: dict[str, Any] = {}
    for k, part in enumerate(_PARTS):
        named |= {part: float(terms[0, k]), f"{part}_stderr": float(terms_stderr[0, k])}
        named |= {f"{part}_terms": terms[:, k], f"{part}_terms_stderr": terms_stderr[:, k]}
        named |= {
            f"{part}_by_point": found.by_point[:, k],
            f"{part}_by_point_stderr": found.by_point_stderr[:, k],
        }
    return WidthCorrections(
        infinite_width_error=float(np.mean(residual**2)),
        **named,
        order=order,
        ensemble=ensemble,
        samples=2 * n * groups,
        seed=seed,
        expansion=expansion,
        groups=found.groups,
    )


class _Averages(NamedTuple):
    """Means over test points by order, quantity and group; means and standard errors over groups by point."""

    groups: Floats
    by_point: Floats
    by_point_stderr: Floats


def _averages(
    expansion: WidthExpansion, nodes: NeuronNodes, line: FeatureLine, residual: Floats, n: int, groups: int
) -> _Averages:
    terms = expansion.terms()
    shape = (len(terms), len(_PARTS), len(residual))
    means, mean, spread = np.empty((*shape[:2], groups)), np.zeros(shape), np.zeros(shape)
    for group in range(groups):
        average = FeatureAverage(*(nodes.nodes(2 * group + k, n, line) for k in range(2)))
        found = np.empty(shape)
        for k, (shift, variance, products) in enumerate(terms):
            found[k, 0], found[k, 1] = average.sums(shift), average.sums(variance)
            found[k, 2] = found[k, 1] + average.sums(products) + 2 * residual * found[k, 0]
        means[:, :, group] = found.mean(axis=-1)
        change = found - mean  # Welford
        mean += change / (group + 1)
        spread += change * (found - mean)
    return _Averages(means, mean, np.sqrt(spread / (groups * (groups - 1))))


def _sets(samples: int, points: int, order: int) -> tuple[int, int]:
    """Nodes of a set, a power of 2, and groups of two sets, for at least so many samples."""
    most = min(_MOST_VALUES // points, samples // (2 * _GROUPS))
    most = most if order == 1 else min(most, _MOST_PAIRED)
    n = 1 << max(0, most.bit_length() - 1)
    return n, max(_GROUPS, -(-samples // (2 * n)))


def _require_budget(train: int, test: int, n: int, groups: int, order: int) -> None:
    steps = 2.0 * n * (train + test) * (train + 100.0)
    if order > 1:
        steps += float(n) ** 2 * (train + 3 * test) + 8.0 * n * train * test
    require_budget(
        f"{2 * n * groups} samples of {train} + {test} points",
        seconds=_SECONDS * steps * groups,
        memory=8.0 * (6 * n * (train + test) + 4 * n**2 + 3 * train**2 + 4 * train * test),
        smaller="samples or the number of points",
    )


def _stderr(values: Floats) -> Floats:
    """Of means over the last axis."""
    return np.asarray(values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1]))
