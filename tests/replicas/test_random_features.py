"""Corrections in 1/h of regression on random features."""

from __future__ import annotations

import numpy as np
import pytest

import replicas
from replicas.random_features.feature_diagrams import feature_expansion


def test_limits_of_random_features_on_the_reference_data() -> None:
    """h Var = 14.953(43), h (MSE - MSE_∞) = 13.11(10), MSE_∞ exact: random_features_limit/sphere."""
    points = np.random.default_rng(2).normal(size=(448, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    labels = 5 * points[:, 0] * points[:, 1] + points[:, 2]
    train, test = slice(0, 48), slice(48, 148)
    features = replicas.RandomFeatures("erf", gain=5**0.5)
    found = replicas.width_corrections(
        features, points[train], labels[train], points[test], labels[test], 0.01
    )
    assert found.infinite_width_error == pytest.approx(1.1426095259098088, rel=1e-8)
    assert abs(found.variance - 14.953058663431134) < 4 * np.hypot(found.variance_stderr, 0.0432)
    assert abs(found.excess - 13.11058506203552) < 4 * np.hypot(found.excess_stderr, 0.1011)


def test_words_of_features_at_first_order() -> None:
    """Order 1/h: two visits on one line, or one on each of two."""
    assert [str(each) for each in feature_expansion("shift", 1, "poisson")] == ["11"]
    assert [str(each) for each in feature_expansion("variance", 1, "poisson")] == ["1/1"]
