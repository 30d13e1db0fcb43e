"""Mean and covariance of the neurons of a network for Gaussian inputs, layer by layer: the closure."""

from __future__ import annotations

from collections.abc import Sequence

from fieldtheory.activations.activation import Activation
from fieldtheory.moments.activation_covariance import activation_moments
from fieldtheory.moments.affine_layers import AffineLayer, MeanCovariance


def gaussian_activation(phi: Activation, inputs: MeanCovariance) -> MeanCovariance:
    """Mean and covariance of phi(x) for Gaussian x.

    >>> import numpy as np
    >>> from fieldtheory import activation
    >>> gaussian_activation(activation("relu"), MeanCovariance(np.zeros(1), np.ones((1, 1)))).mean.round(6)
    array([0.398942])
    """
    return MeanCovariance(*activation_moments(phi, inputs.mean, inputs.covariance))


def gaussian_closure(
    layers: Sequence[AffineLayer], phi: Activation, inputs: MeanCovariance
) -> tuple[MeanCovariance, ...]:
    """The moments behind each affine map; phi is between them, not behind the last.

    Exact for one hidden layer of fixed weights and Gaussian inputs; behind it pre-activations are no longer
    Gaussian.

    >>> import numpy as np
    >>> from fieldtheory import activation
    >>> layers = [AffineLayer(np.eye(1), np.zeros(1))] * 2
    >>> given = MeanCovariance(np.zeros(1), np.ones((1, 1)))
    >>> gaussian_closure(layers, activation("linear"), given)[1].covariance
    array([[1.]])
    """
    found = [layers[0].moments(inputs)]
    for layer in layers[1:]:
        found.append(layer.moments(gaussian_activation(phi, found[-1])))
    return tuple(found)
