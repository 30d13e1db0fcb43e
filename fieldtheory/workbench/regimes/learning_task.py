"""What networks learn, and what they are tested on: given, handwritten digits, or points of a sphere."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats
from fieldtheory.workbench.regimes.kernel_change import require_labelled_points

_SPHERE = 5  # dimensions


class LearningTask(NamedTuple):
    """What is learnt: points, (P, d), with labels, (P,), and those that errors are measured on."""

    train: Floats
    labels: Floats
    test: Floats
    test_labels: Floats


def require_task(train: Any, labels: Any, test: Any, test_labels: Any) -> LearningTask:
    """Points and labels that fit; ValueError, which names the argument, otherwise."""
    x, y = require_labelled_points("train", train, "labels", labels, "points of train")
    other, wanted = require_labelled_points("test", test, "test_labels", test_labels, "points of test")
    if other.shape[1] != x.shape[1]:
        raise ValueError(
            f"test must have points of dimension {x.shape[1]}, as train has (got {other.shape[1]})"
        )
    return LearningTask(x, y, other, wanted)


def digits_task(train: int, test: int, components: int | None = None) -> LearningTask:
    """Even (+1) against odd (-1) handwritten digits, the first ones of a permutation by `default_rng(0)`.

    Less their mean, all pixels on the unit sphere; or the leading principal components, as many as said, on
    the sphere of radius sqrt(components). ImportError without scikit-learn.

    >>> digits_task(200, 1000, components=10).train.shape
    (200, 10)
    """
    from fieldtheory.data.digits import digits

    p, end = _numbers(train, test)
    found = digits()
    if end > len(found.numbers):
        raise ValueError(f"train and test must be at most {len(found.numbers)} digits together (got {end})")
    order = np.random.default_rng(0).permutation(len(found.numbers))[:end]
    x, y = found.on_sphere(components)[order] * math.sqrt(components or 1), found.parity[order]
    return LearningTask(x[:p], y[:p], x[p:], y[p:])


def sphere_task(train: int, test: int) -> LearningTask:
    """y = 5 x_0 x_1 + x_2 on the unit sphere in five dimensions, points from `default_rng(2)`.

    >>> sphere_task(48, 100).test.shape
    (100, 5)
    """
    p, end = _numbers(train, test)
    x = np.random.default_rng(2).normal(size=(end, _SPHERE))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = 5 * x[:, 0] * x[:, 1] + x[:, 2]
    return LearningTask(x[:p], y[:p], x[p:], y[p:])


def _numbers(train: Any, test: Any) -> tuple[int, int]:
    """How many points to learn, and how many in all."""
    p = require_integer("train", train, minimum=1, maximum=10**6)
    return p, p + require_integer("test", test, minimum=1, maximum=10**6)
