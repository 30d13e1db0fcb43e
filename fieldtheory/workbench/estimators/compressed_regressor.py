"""Regression with few harmonics and a renormalised ridge, as an estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.spectra import KERNELS
from fieldtheory.shown_value import shown
from fieldtheory.workbench.estimators.scikit_learn import (
    BaseEstimator,
    RegressorMixin,
    check_is_fitted,
    validate_data,
)
from fieldtheory.workbench.estimators.unit_points import unit_points


class CompressedRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Kernel regression of a wide network with the degrees up to `cutoff` only, the rest in the ridge.

    `WilsonFlow(spectrum, n, ridge).compressed_model(cutoff)` for the n points that it is fitted to: as many
    unknowns as harmonics. `network`: a FullyConnected, None for one of 3 hidden layers as it comes; `kind`:
    "ntk" or "nngp"; `ridge`: the bare one; `vertex`: whether the ridge has its correction by the vertex.

    Points are on the unit sphere; put `SphereProjection()` before it for others. `model_`: the
    CompressedModel; `ridge_`: its renormalised ridge; `n_features_in_`.

    ValueError for points that are not on the sphere, and for what `compressed_model` and its `fit` refuse.

    >>> from sklearn.pipeline import make_pipeline
    >>> from fieldtheory.sklearn import SphereProjection
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 3))
    >>> y = X[:, 0] / np.linalg.norm(X, axis=1)
    >>> model = make_pipeline(SphereProjection(), CompressedRegressor(cutoff=1, ridge=1e-3))
    >>> round(model.fit(X, y).score(X, y), 2)
    1.0
    """

    def __init__(
        self,
        network: FullyConnected | None = None,
        kind: str = "ntk",
        cutoff: int = 2,
        ridge: float = 1e-3,
        vertex: bool = False,
    ) -> None:
        self.network = network
        self.kind = kind
        self.cutoff = cutoff
        self.ridge = ridge
        self.vertex = vertex

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> CompressedRegressor:
        """Fit labels, shape (n,) or (n, outputs), at unit rows X; returns itself."""
        from renormalization.wilson.flow import WilsonFlow

        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, multi_output=True)
        points = unit_points("X", X)
        network = FullyConnected(3) if self.network is None else self.network
        if not isinstance(network, FullyConnected):
            raise ValueError(f"network must be a FullyConnected, or None (got {shown(network)})")
        cutoff = require_integer("cutoff", self.cutoff, minimum=0)
        ntk = require_choice("kind", self.kind, KERNELS) == "ntk"
        spectrum = (network.ntk() if ntk else network.nngp()).spectrum(points.shape[1])
        if cutoff > spectrum.max_degree:
            raise ValueError(f"cutoff must be at most {spectrum.max_degree} (got {cutoff})")
        flow = WilsonFlow(spectrum, n=len(points), ridge=self.ridge)
        self.model_ = flow.compressed_model(cutoff, self.vertex).fit(points, y)
        self.ridge_ = self.model_.ridge
        return self

    def predict(self, X: Any) -> Floats:
        """The posterior mean at unit rows X, shape (len(X),) or (len(X), outputs)."""
        check_is_fitted(self)
        points = unit_points("X", validate_data(self, X, dtype=np.float64, reset=False))
        return self.model_.predict(points)
