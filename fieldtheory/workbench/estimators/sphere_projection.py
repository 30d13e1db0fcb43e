"""The way of data to the unit sphere, as a transformer."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.arguments import require_number
from fieldtheory.array_types import Floats
from fieldtheory.sphere.directions import directions
from fieldtheory.workbench.estimators.scikit_learn import (
    BaseEstimator,
    TransformerMixin,
    check_is_fitted,
    validate_data,
)


class SphereProjection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Rows x to x/|x|, or with a coordinate more, (x, constant)/|(x, constant)|.

    `constant`: None, or a number of the size of the norms, with which points of one direction stay apart:
    S^{d-1} for d features, S^d with it. `n_features_in_`: how many features there were.

    ValueError for a row of zeros, which has no direction, without `constant`, and for a single feature.

    >>> SphereProjection().fit_transform([[3.0, 4.0], [0.0, 2.0]]).tolist()
    [[0.6, 0.8], [0.0, 1.0]]
    >>> SphereProjection(constant=4.0).fit_transform([[3.0], [0.0]]).tolist()
    [[0.6, 0.8], [0.0, 1.0]]
    """

    def __init__(self, constant: float | None = None) -> None:
        self.constant = constant

    def fit(self, X: Any, y: Any = None) -> SphereProjection:
        """Note the number of features; nothing else is learnt."""
        points = validate_data(self, X, dtype=np.float64)
        if self.constant is not None:
            require_number("constant", self.constant, exclusive=True)
        elif points.shape[1] < 2:
            raise ValueError(
                f"X must have at least 2 features without constant (got {points.shape[1]} feature(s))"
            )
        return self

    def transform(self, X: Any) -> Floats:
        """The points on the sphere, shape (len(X), features) or one coordinate more."""
        check_is_fitted(self)
        points = validate_data(self, X, dtype=np.float64, reset=False)
        if self.constant is not None:
            last = np.full((len(points), 1), require_number("constant", self.constant, exclusive=True))
            points = np.hstack([points, last])
        return directions("X", points)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Names of the coordinates: sphere0, sphere1, ..."""
        check_is_fitted(self)
        count = self.n_features_in_ + (self.constant is not None)
        return np.array([f"sphere{place}" for place in range(count)], dtype=object)
