"""Random features phi(g w.x), w ~ N(0, 1): a layer of which only the read-out is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.activations.unequal_variances import mean_squares
from fieldtheory.arguments import require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.point_covariance import points

_GAINS = 1e-3, 1e3


@dataclass(frozen=True)
class RandomFeatures:
    """Features phi(g w.x)/sqrt(h) of h neurons with weights w ~ N(0, 1).

    `activation`: phi, by name, as a function or as Hermite coefficients; `gain`: g, from 1e-3 to 1e3.

    Equation: random-features

    >>> RandomFeatures("erf", gain=2.0).kernel([[1.0, 0.0]]).round(9).tolist()  # (2/pi) asin(8/9)
    [[0.697043951]]
    """

    activation: ActivationLike = "erf"
    gain: float = 1.0

    def __post_init__(self) -> None:
        gain = require_number("gain", self.gain, exclusive=True)
        if not _GAINS[0] <= gain <= _GAINS[1]:
            raise ValueError(f"gain must be from {_GAINS[0]:g} to {_GAINS[1]:g} (got {gain:g})")
        phi = find_activation(self.activation)
        phi.require_function("random features")
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "activation", phi)

    @property
    def phi(self) -> Activation:
        """The activation with its averages."""
        return self.activation  # type: ignore[return-value]

    def kernel(self, X: Any, Y: Any = None) -> Floats:
        """K = E[phi phi], that of h -> infinity, shape (len(X), len(Y)); `X`, `Y`: one point a row, any norm.

        >>> RandomFeatures("relu").kernel([[3.0, 4.0]], [[3.0, 4.0], [-3.0, -4.0]]).round(12).tolist()
        [[12.5, 0.0]]
        """
        neurons = FullyConnected(1, self.phi, weight_variance=self.gain**2, readout_variance=1.0)
        return neurons.nngp_gram(X, Y)

    def variances(self, X: Any) -> Floats:
        """K at each point, E[phi^2], shape (len(X),).

        >>> RandomFeatures("relu").variances([[3.0, 4.0]])
        array([12.5])
        """
        x = points("X", X)
        return mean_squares(self.phi, self.gain**2 * np.einsum("nd,nd->n", x, x))

    def values(self, X: Any, weights: Any) -> Floats:
        """phi(g w.x) of given weights, one neuron a column, shape (len(X), neurons), without 1/sqrt(h).

        >>> RandomFeatures("relu", gain=2.0).values([[1.0, 1.0]], [[1.0, -1.0], [0.5, 0.0]])
        array([[3., 0.]])
        """
        x, w = points("X", X), require_reals("weights", weights, axes=2)
        if x.shape[1] != len(w):
            raise ValueError(f"weights must have {x.shape[1]} rows, one for each axis of X (got {len(w)})")
        return self.phi.require_function("random features")(self.gain * (x @ w))
