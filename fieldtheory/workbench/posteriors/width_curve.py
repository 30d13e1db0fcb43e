"""Test error and kernel alignment of finite networks along width, feature strength or number of points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.point_covariance import points
from fieldtheory.shown_value import shown
from fieldtheory.workbench import records
from fieldtheory.workbench.posteriors.posterior import posterior_mean
from fieldtheory.workbench.weight_sampling.batches import SHORTEST
from renormalization.feature_learning.kernel_alignment import kernel_alignment
from renormalization.feature_learning.registry import AUTO, POSTERIOR_THEORIES

ALONG = {"widths": "width", "feature_strengths": "feature_strength", "train_sizes": "train_size"}
SAMPLING = "sampling"
_COLUMNS = ("error", "error_bar", "error_stderr", "alignment", "alignment_stderr")


@dataclass(frozen=True, eq=False, kw_only=True)
class WidthCurve:
    """Test error and kernel alignment of a network along one of its quantities, by theory.

    `along`: "width", "feature_strength" or "train_size"; `values` of it; `theories`, "sampling" last if it
    was asked for. Arrays of shape (theories, values): `error`, the mean squared error on the test labels,
    summed over outputs, and `error_bar`, how far it may be off (of sampling: by its standard error);
    `alignment` of the kernel with the training labels under the posterior, sum y^T K y/(|y y^T| |K|);
    `error_stderr`, `alignment_stderr`: over `repeats` data sets, 0 for one.
    """

    along: str
    values: Floats
    theories: tuple[str, ...]
    error: Floats
    error_bar: Floats
    error_stderr: Floats
    alignment: Floats
    alignment_stderr: Floats
    repeats: int
    seed: int
    references: tuple[str, ...]
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"WidthCurve({', '.join(self.theories)}; {self.along} = {self.values[0]:g} ... "
            f"{self.values[-1]:g} ({len(self.values)}))"
        )

    to_dict = records.to_dict

    def rows(self) -> Iterator[Sequence[Any]]:
        """The heads of the columns, then one row per value and theory."""
        yield (self.along, "theory", *_COLUMNS)
        for place, value in enumerate(self.values.tolist()):
            for row, theory in enumerate(self.theories):
                yield (value, theory, *(float(getattr(self, name)[row, place]) for name in _COLUMNS))

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file, one row per value and theory."""
        heads, *rows = self.rows()
        records.write_rows(path, map(str, heads), rows)

    def plot(self, axes: Any = None) -> Any:
        """Error and alignment along the values, theories beside sampling; the Matplotlib figure.

        Into Matplotlib `axes`, where given, the error alone.
        """
        from fieldtheory.workbench.plots.width_curve import width_curve_figure

        return width_curve_figure(self, axes)


class _Step(NamedTuple):
    """A network on a data set."""

    place: int
    net: FullyConnected
    X: Floats
    y: Floats


def width_curve(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike,
    y_test: ArrayLike,
    widths: Iterable[int] | None = None,
    feature_strengths: Iterable[float] | None = None,
    train_sizes: Iterable[int] | None = None,
    theory: str | Sequence[str] = AUTO,
    ridge: float = 0.3,
    scale_ridge: bool = True,
    sample: int = 0,
    repeats: int = 1,
    nodes: int = 2**13,
    scrambles: int = 4,
    seed: int = 0,
) -> WidthCurve:
    """Test error and kernel alignment along widths, feature strengths or training sizes: one of the three.

    `X`, `y`, `X_test`, `y_test`: as in `posterior_mean`, which is called at every value for every `theory`.
    `widths`: of all hidden layers. `train_sizes`: nested subsets of the points, in an order drawn at random;
    `repeats`: as many orders, whose standard error is given. `sample`: sweeps of `sample_posterior` at every
    value, 0 for none.

    ValueError for bad input, as there.

    Equation: posterior, adaptive-kernel

    >>> net = FullyConnected(1, "erf", weight_variance=2.0, width=20)
    >>> X, y = [[1.0, 0.0], [0.0, 1.0]], [1.0, -0.5]
    >>> width_curve(net, X, y, [[0.6, 0.8]], [0.2], widths=[10, 100], theory="nngp").error.shape
    (1, 2)
    """
    if not isinstance(net, FullyConnected):
        raise ValueError(f"net must be a FullyConnected (got {shown(net)})")
    given = {
        name: value
        for name, value in zip(ALONG, (widths, feature_strengths, train_sizes), strict=True)
        if value is not None
    }
    if len(given) != 1:
        raise ValueError(f"one of {', '.join(ALONG)} must be given (got {', '.join(given) or 'none'})")
    ((name, listed),) = given.items()
    named = (theory,) if isinstance(theory, str) else theory
    theories = tuple(named) if isinstance(named, list | tuple) else ()
    for each in theories:
        require_choice("theory", each, (*POSTERIOR_THEORIES, AUTO))
    if not theories or len(set(theories)) < len(theories):
        raise ValueError(f"theory must be one or several different names (got {shown(theory)})")
    sweeps = require_integer("sample", sample, minimum=0, maximum=10**9)
    if 0 < sweeps < 2 * SHORTEST:
        raise ValueError(f"sample must be 0, or at least {2 * SHORTEST} sweeps (got {sweeps})")
    times = require_integer("repeats", repeats, minimum=1, maximum=10**4)
    start = require_integer("seed", seed, minimum=0, maximum=2**63 - 1)
    if times > 1 and name != "train_sizes":
        raise ValueError(f"repeats must be 1 along {name}, on all of the data (got {times})")
    inputs, labels = points("X", X), require_reals("y", y)
    tests, test_labels = points("X_test", X_test), require_reals("y_test", y_test)
    if test_labels.shape != (len(tests), *labels.shape[1:]):
        raise ValueError(
            f"y_test must have labels of the {len(tests)} points of X_test, as y has (got shape "
            f"{test_labels.shape})"
        )
    values = _values(name, listed, len(inputs))
    used = (*theories, SAMPLING) if sweeps else theories
    shape = (times, len(used), len(values))
    error, bar, aligned = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    warnings: list[str] = []
    references: list[str] = []
    common: dict[str, Any] = {"ridge": ridge, "scale_ridge": scale_ridge, "seed": start}
    for repeat in range(times):
        for step in _steps(name, values, net, inputs, labels, np.random.default_rng([start, repeat])):
            data = (step.net, step.X, step.y, tests)
            for row, each in enumerate(used):
                found: Any
                if each == SAMPLING:
                    from fieldtheory.workbench.posteriors.posterior_sampling import sample_posterior

                    found = sample_posterior(*data, sweeps=sweeps, progress=False, **common)
                else:
                    found = posterior_mean(*data, theory=each, nodes=nodes, scrambles=scrambles, **common)
                at = (repeat, row, step.place)
                error[at], bar[at] = _test_error(found, test_labels)
                aligned[at] = kernel_alignment(
                    found.kernel[: len(step.X), : len(step.X)], step.y.reshape(len(step.y), -1)
                )
                value = values[step.place]
                warnings += [f"{each}, {ALONG[name]} = {value:g}: {text}" for text in found.warnings]
                references += found.references
    return WidthCurve(
        along=ALONG[name],
        values=np.array(values, dtype=np.float64),
        theories=used,
        error=error.mean(0),
        error_bar=bar.mean(0),
        error_stderr=_stderr(error),
        alignment=aligned.mean(0),
        alignment_stderr=_stderr(aligned),
        repeats=times,
        seed=start,
        references=tuple(dict.fromkeys(references)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _values(name: str, listed: Any, size: int) -> list[Any]:
    array = require_reals(name, listed, what="a list of numbers")
    if array.ndim != 1 or not len(array):
        raise ValueError(f"{name} must be a list of one or more numbers (got {shown(listed)})")
    if name == "feature_strengths":
        return [float(each) for each in array]
    most = size if name == "train_sizes" else None
    whole = [int(each) if each.is_integer() else each for each in array.tolist()]
    return [require_integer(name, each, minimum=1, maximum=most) for each in whole]


def _steps(
    name: str, values: list[Any], net: FullyConnected, X: Floats, y: Floats, rng: np.random.Generator
) -> Iterator[_Step]:
    """The network and the data at every value."""
    order = rng.permutation(len(X)) if name == "train_sizes" else np.arange(len(X))
    for place, value in enumerate(values):
        if name == "widths":
            yield _Step(place, replace(net, width=value), X, y)
        elif name == "feature_strengths":
            yield _Step(place, replace(net, feature_strength=value), X, y)
        else:
            yield _Step(place, net, X[order[:value]], y[order[:value]])


def _test_error(found: Any, labels: Floats) -> tuple[float, float]:
    """Mean squared error on the test labels and its bar, from those of the mean at each point."""
    miss, bars = np.abs(found.test - labels), found.error_bar[len(found.train) :]
    return float(np.sum(miss**2) / len(labels)), float(np.sum(2 * miss * bars + bars**2) / len(labels))


def _stderr(samples: Floats) -> Floats:
    if len(samples) == 1:
        return np.zeros(samples.shape[1:])
    return np.asarray(samples.std(axis=0, ddof=1) / np.sqrt(len(samples)))
