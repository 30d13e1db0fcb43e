"""What several networks of one width make of a test set, together and one by one."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats

MEASURED = ("error", "classification_error", "ensemble_error", "ensemble_classification_error", "variance")


class Measured(NamedTuple):
    """Over widths: a mean over networks, or of their ensemble, and its standard error (jackknife)."""

    value: Floats
    stderr: Floats


def ensemble_statistics(predicted: Floats, labels: Floats) -> dict[str, tuple[float, float]]:
    """What networks, (repeats, T), make of test labels, (T,), each with its jackknife standard error.

    >>> found = ensemble_statistics(np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 2.0]]), np.array([2.0, -2.0]))
    >>> found["variance"][0], found["classification_error"], found["ensemble_error"][0]
    (0.5, (0.5, 0.0), 8.0)
    """
    number, mean = len(predicted), predicted.mean(axis=0)
    without = mean + (mean - predicted) / (number - 1)  # of all but one
    spread = np.mean((predicted - mean) ** 2, axis=1)
    ensemble = np.mean((without - labels) ** 2, axis=1)
    variance = float(spread.sum()) / (number - 1)
    # the variance of all but one is linear in its distance from the mean
    stderr = float(spread.std(ddof=1)) * math.sqrt(number) / (number - 2) if number > 2 else math.nan
    points, wrong = len(labels), float(_wrong(without, labels).std(ddof=1))
    jackknife = (number - 1) / math.sqrt(number)
    return {
        "error": _mean(np.mean((predicted - labels) ** 2, axis=1)),
        "classification_error": _share(_mean(_wrong(predicted, labels)), points),
        "ensemble_error": (float(np.mean((mean - labels) ** 2)), float(ensemble.std(ddof=1)) * jackknife),
        "ensemble_classification_error": _share((float(_wrong(mean, labels)), wrong * jackknife), points),
        "variance": (variance, stderr),
    }


def _mean(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))


def _wrong(values: Floats, labels: Floats) -> Floats:
    """How many: equal numbers have a spread of exactly 0, equal shares have not."""
    found: Floats = np.sum(np.sign(values) != np.sign(labels), axis=-1, dtype=np.float64)
    return found


def _share(pair: tuple[float, float], points: int) -> tuple[float, float]:
    return pair[0] / points, pair[1] / points
