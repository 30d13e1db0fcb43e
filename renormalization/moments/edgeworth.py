r"""A layer beyond the Gaussian closure: cumulants of its inputs to those of the inputs of the next.

Means and covariances behind the activation are those of Gaussian inputs and the Edgeworth series of pairs;
third and fourth cumulants are diagrams (`cumulant_graphs`). An affine map contracts every axis with the
weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from fieldtheory.moments.affine_layers import AffineLayer, MeanCovariance
from fieldtheory.moments.propagation import gaussian_activation
from renormalization.moments.activation_cumulants import activation_cumulant
from renormalization.moments.neuron_derivatives import neuron_derivatives
from renormalization.moments.pair_cumulants import PairCumulants, dense_fourth, fourth_pairs, pair_entries
from renormalization.moments.pair_series import series_corrections

DENSE = 40  # neurons: up to here fourth cumulants are dense

_LEAST = 1e-70  # deviation: its fourth power is a float


class InputCumulants(NamedTuple):
    """Mean, covariance, dense third cumulant of the inputs of a layer, and what is known of the fourth.

    `third`, `pairs`: None for Gaussian inputs; `fourth`: dense, or None where only `pairs` are known.
    """

    mean: Floats
    covariance: Floats
    third: Floats | None = None
    fourth: Floats | None = None
    pairs: PairCumulants | None = None

    @property
    def skewness(self) -> Floats:
        """Of each input; 0 where the variance is."""
        return self._standardised(None if self.pairs is None else self.pairs.third, 1.5)

    @property
    def kurtosis(self) -> Floats:
        """Excess over 3 of each input; 0 where the variance is."""
        return self._standardised(None if self.pairs is None else self.pairs.fourth, 2.0)

    def _standardised(self, cumulants: Floats | None, power: float) -> Floats:
        variances = np.diagonal(self.covariance)
        found = np.zeros(len(variances))
        if cumulants is not None:
            powers = variances**power  # 0 too where the cumulants are below all floats
            np.divide(np.diagonal(cumulants), powers, out=found, where=powers > 0)
        return found


class EdgeworthLayer(NamedTuple):
    """The inputs of a layer, and the share of negative variances before it that was set to 0."""

    inputs: InputCumulants
    removed: float


def edgeworth_closure(
    layers: Sequence[AffineLayer], phi: Activation, inputs: MeanCovariance, second_order: bool = True
) -> tuple[EdgeworthLayer, ...]:
    """Cumulants behind each affine map of fixed weights, for Gaussian inputs of the network.

    `second_order`: whether averages have the terms with kappa_4 and kappa_3^2, or that with kappa_3 alone.
    """
    function = phi.require_function("order = 'edgeworth'")
    found = [EdgeworthLayer(InputCumulants(*layers[0].moments(inputs)), 0.0)]
    for layer in layers[1:]:
        last = found[-1].inputs
        gaussian = gaussian_activation(phi, MeanCovariance(last.mean, last.covariance))
        behind, removed = corrected_moments(function, gaussian, last, second_order)
        found.append(
            EdgeworthLayer(next_inputs(function, last, layer.moments(behind), layer.weights), removed)
        )
    return tuple(found)


def corrected_moments(
    function: Function, gaussian: MeanCovariance, inputs: InputCumulants, second_order: bool = True
) -> tuple[MeanCovariance, float]:
    """The moments behind the activation from those for Gaussian inputs, with the series of pairs.

    The series is asymptotic: its second order counts by 1/(1 + |second|/(|first| + |C|/4)), which is 1 for
    weak cumulants and bounds what strong ones do.

    A truncated series may have negative variances. The covariance is then the nearest one that has none, to
    which the true one is nearer, a projection on a convex set; and their share is returned.
    """
    if inputs.pairs is None:
        return gaussian, 0.0
    series = series_corrections(function, inputs.mean, inputs.covariance, inputs.pairs)
    shift, change = series.means[0], series.products[0]
    if second_order:
        further = series.products[1:].sum(axis=0)
        size = float(np.linalg.norm(further))
        most = float(np.linalg.norm(change) + np.linalg.norm(gaussian.covariance) / 4)
        share = most / (most + size) if size else 0.0
        shift, change = shift + share * series.means[1:].sum(axis=0), change + share * further
    covariance = gaussian.covariance + change - np.outer(shift, shift)
    values, vectors = np.linalg.eigh(covariance)
    negative, positive = -values[values < 0].sum(), values[values > 0].sum()
    if negative > 0:
        covariance = (vectors * np.maximum(values, 0.0)) @ vectors.T
    removed = float(negative / positive) if positive > 0 else 0.0
    return MeanCovariance(gaussian.mean + shift, covariance), removed


def next_inputs(
    function: Function, inputs: InputCumulants, moments: MeanCovariance, weights: Floats
) -> InputCumulants:
    """The cumulants of the inputs of the next layer; `moments`: their first two."""
    deviation = np.sqrt(np.diagonal(inputs.covariance))
    least = float(deviation.min(where=deviation > 0, initial=1.0))
    if least < _LEAST:
        raise ValueError(
            f"weights must leave standard deviations of 0 or at least {_LEAST:g} with order 'edgeworth', "
            f"whose fourth cumulants are to be floats (got {least:.3g})"
        )
    unit = np.where(deviation > 0, deviation, 1.0)
    correlation = inputs.covariance / np.multiply.outer(unit, unit)
    neurons = neuron_derivatives(function, inputs.mean, deviation)
    incoming: dict[int, Floats] = {}
    pairs = None if inputs.pairs is None else inputs.pairs.scaled(1 / unit)
    if inputs.third is not None:
        incoming[3] = _scaled(inputs.third, 1 / unit)
    third = contracted(activation_cumulant(3, neurons, correlation, incoming), weights)
    fourth = None
    if len(unit) <= DENSE:
        if inputs.fourth is not None:
            incoming[4] = _scaled(inputs.fourth, 1 / unit)
        elif pairs is not None:
            incoming[4] = dense_fourth(pairs)
        dense = activation_cumulant(4, neurons, correlation, incoming)
        if len(weights) <= DENSE:
            fourth = contracted(dense, weights)
            found = pair_entries(third, fourth)
        else:
            found = _wide_pairs(third, dense, weights)
    else:
        found = PairCumulants(
            np.einsum("aab->ab", third), *fourth_pairs(weights, neurons, correlation, incoming.get(3), pairs)
        )
    return InputCumulants(*moments, third, fourth, found)


def contracted(tensor: Floats, weights: Floats) -> Floats:
    """A tensor with every axis contracted with the weights.

    >>> contracted(np.eye(2), np.array([[1.0, 2.0]]))
    array([[5.]])
    """
    for _ in range(tensor.ndim):
        tensor = np.tensordot(tensor, weights, axes=(0, 1))
    return tensor


def _wide_pairs(third: Floats, dense: Floats, weights: Floats) -> PairCumulants:
    """Entries of pairs behind a map from few neurons to many."""
    halves = np.einsum("abcd,ia,ib->icd", dense, weights, weights, optimize=True)
    fourth = np.einsum("icd,ic,jd->ij", halves, weights, weights, optimize=True)
    mixed = np.einsum("icd,jc,jd->ij", halves, weights, weights, optimize=True)
    return PairCumulants(np.einsum("aab->ab", third), fourth, mixed)


def _scaled(tensor: Floats, factors: Floats) -> Floats:
    for axis in range(tensor.ndim):
        tensor = tensor * factors.reshape([-1 if axis == each else 1 for each in range(tensor.ndim)])
    return tensor
