"""The affine maps of a given network, with fixed or random weights, and what they do to moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_arguments import listed, require_reals
from fieldtheory.array_types import Floats
from fieldtheory.moments.gaussian_arguments import LARGEST, require_gaussian
from fieldtheory.shown_value import shown


class MeanCovariance(NamedTuple):
    """Mean and covariance of random numbers."""

    mean: Floats
    covariance: Floats


class AffineLayer(NamedTuple):
    """y = W x + b; entries of W and b independent, with these means and variances (None: 0)."""

    weights: Floats
    bias: Floats
    weight_variance: Floats | None = None
    bias_variance: Floats | None = None

    @property
    def is_random(self) -> bool:
        """Whether weights or biases have a variance."""
        return self.weight_variance is not None or self.bias_variance is not None

    def moments(self, inputs: MeanCovariance) -> MeanCovariance:
        """Those of y, exact: Cov(y) = W C W^T + diag(S (diag C + m^2) + s), S and s the variances.

        ValueError for moments beyond 1e100.

        >>> layer = AffineLayer(np.array([[2.0]]), np.array([1.0]), np.array([[0.5]]))
        >>> layer.moments(MeanCovariance(np.array([3.0]), np.array([[4.0]])))
        MeanCovariance(mean=array([7.]), covariance=array([[22.5]]))
        """
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            covariance = self.weights @ inputs.covariance @ self.weights.T
            covariance = (covariance + covariance.T) / 2
            if self.weight_variance is not None:
                squares = np.diagonal(inputs.covariance) + inputs.mean**2
                covariance[np.diag_indices_from(covariance)] += self.weight_variance @ squares
            if self.bias_variance is not None:
                covariance[np.diag_indices_from(covariance)] += self.bias_variance
            found = MeanCovariance(self.weights @ inputs.mean + self.bias, covariance)
        require_floats("moments", *found)
        return found


def require_floats(what: str, *values: Floats) -> None:
    """ValueError for neurons whose moments or samples are so large that products of a few are no floats."""
    largest = float(max(np.abs(each).max() for each in values))
    if not largest <= LARGEST:
        raise ValueError(f"weights and biases must leave {what} of at most {LARGEST:g} (got {largest:.3g})")


def affine_layers(
    weights: Any, biases: Any = None, weight_variances: Any = None, bias_variances: Any = None
) -> tuple[AffineLayer, ...]:
    """The layers of a network; ValueError, which names the argument, for what does not fit together.

    `weights`: (outputs, inputs) of each layer; `biases`: (outputs,), or None for 0. Variances: a number or an
    array for each layer, or None for 0.

    >>> [layer.bias.tolist() for layer in affine_layers([np.ones((2, 3)), np.ones((1, 2))])]
    [[0.0, 0.0], [0.0]]
    """
    matrices = [
        require_reals(f"weights[{k}]", each, axes=2, what="(outputs, inputs) numbers")
        for k, each in enumerate(_entries("weights", weights))
    ]
    if not matrices:
        raise ValueError("weights must have an array for each layer (got none)")
    for k, matrix in enumerate(matrices):
        if 0 in matrix.shape:
            raise ValueError(f"weights[{k}] must have inputs and outputs (got shape {matrix.shape})")
        if k and matrix.shape[1] != len(matrices[k - 1]):
            raise ValueError(
                f"weights must chain: weights[{k}] must take the {len(matrices[k - 1])} outputs of "
                f"weights[{k - 1}] (got shape {matrix.shape})"
            )
    outputs = [matrix.shape[:1] for matrix in matrices]
    shapes = [matrix.shape for matrix in matrices]
    offsets = _arrays("biases", biases, outputs)
    spreads = _arrays("weight_variances", weight_variances, shapes, variances=True)
    offset_spreads = _arrays("bias_variances", bias_variances, outputs, variances=True)
    return tuple(
        AffineLayer(matrix, np.zeros(len(matrix)) if bias is None else bias, spread, offset_spread)
        for matrix, bias, spread, offset_spread in zip(
            matrices, offsets, spreads, offset_spreads, strict=True
        )
    )


def input_moments(mean: Any, covariance: Any, size: int | None = None) -> MeanCovariance:
    """Mean and covariance of Gaussian numbers, `size` of them; ValueError for what is no covariance.

    >>> input_moments([0.0, 1.0], [[2.0, 0.5], [0.5, 1.0]]).mean
    array([0., 1.])
    """
    found = MeanCovariance(*require_gaussian(mean, covariance))
    if size is not None and len(found.mean) != size:
        raise ValueError(
            f"mean must have an entry for each of {size} inputs of weights[0] (got {len(found.mean)})"
        )
    return found


def _entries(name: str, value: Any) -> list[Any]:
    found = listed(name, value, "an array for each layer")
    if not isinstance(found, Sequence) and not (isinstance(found, np.ndarray) and found.ndim):
        raise ValueError(f"{name} must be an array for each layer (got {shown(value)})")
    return list(found)


def _arrays(
    name: str, value: Any, shapes: Sequence[tuple[int, ...]], variances: bool = False
) -> list[Floats | None]:
    """One array of each shape; numbers stand for arrays of them where variances are asked for."""
    if value is None:
        return [None] * len(shapes)
    found = listed(name, value, "an entry for each layer")
    sequence = isinstance(found, Sequence) or (isinstance(found, np.ndarray) and found.ndim)
    if not sequence or len(found) != len(shapes):
        raise ValueError(f"{name} must have an entry for each of {len(shapes)} weights (got {shown(value)})")
    arrays: list[Floats | None] = []
    for k, (each, shape) in enumerate(zip(found, shapes, strict=True)):
        if each is None:
            arrays.append(None)
            continue
        array = require_reals(f"{name}[{k}]", each)
        if variances and array.ndim == 0:
            array = np.full(shape, float(array))
        if array.shape != shape:
            raise ValueError(f"{name}[{k}] must have shape {shape}, as weights[{k}] says (got {array.shape})")
        if variances and (array < 0).any():
            raise ValueError(f"{name}[{k}] must not be negative (got {array.min()})")
        arrays.append(array)
    return arrays
