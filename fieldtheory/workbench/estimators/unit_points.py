"""Points on the unit sphere, as the models of this library want them: never made so silently."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats

_OFF = 1e-8  # of a squared norm


def unit_points(name: str, X: Any) -> Floats:
    """One point a row, in at least 2 dimensions; ValueError unless all are on the unit sphere."""
    points = require_reals(name, X)
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError(
            f"{name} must be a matrix with one point of 2 or more coordinates in each row "
            f"(got shape {points.shape})"
        )
    off = np.abs(np.einsum("nd,nd->n", points, points) - 1).max(initial=0.0)
    if not off < _OFF:
        raise ValueError(
            f"{name} must have rows of unit norm (got a squared norm that is off by {off:.2g}): put "
            "fieldtheory.sklearn.SphereProjection() before it, as in make_pipeline(SphereProjection(), ...)"
        )
    return points
