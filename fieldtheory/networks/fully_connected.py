"""Fully connected networks, and their kernels at infinite width: NNGP = K_L and NTK = Theta_L on the sphere.

The recursion K_h, Theta_h is that of `fieldtheory.networks.layers`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import ArrayLike

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.activations.rays import Rays
from fieldtheory.arguments import require_integer, require_number, require_shallow
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.eigenvalues.arc_cosine import relu_layer_eigenvalue
from fieldtheory.eigenvalues.cost import require_contour, require_series
from fieldtheory.eigenvalues.eigenvalues import AngleValues, Eigenvalues, best_of, from_power_series
from fieldtheory.eigenvalues.ray_contour import RayNetwork, ray_eigenvalues
from fieldtheory.eigenvalues.relu_contour import ReluNetwork, relu_eigenvalues
from fieldtheory.exact_number import exact
from fieldtheory.networks.layer_parameters import per_layer, require_feature_strength, require_width
from fieldtheory.networks.layers import (
    LayerMap,
    NumberSystem,
    digits,
    equal_inputs,
    floats,
    power_series,
    symbolic_layer,
    symbols,
    without_tangent,
)
from fieldtheory.networks.point_covariance import input_covariance, prior_covariances
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.references import BACH, JACOT, LEE
from fieldtheory.shown_value import shown

_RELU = Rays(1.0, 0.0, 1)
_PRECISE = 1e-11  # relative error of an eigenvalue that needs no second route


@dataclass(frozen=True)
class FullyConnected:
    """A fully connected network with `hidden_layers` hidden layers and a linear read-out.

    `activation`: the name of a registered one (see `register_activation`), a function of float64 arrays, a
    list of Hermite coefficients, or an `Activation`. Variances and `input_scale` are numbers (in exact
    formulas a float stands for the decimal it prints as: 0.02 is 1/50) or SymPy expressions (then only
    `symbolic` works). `weight_variance`: that of the layers up to the last hidden one, one for all or a list
    of one per hidden layer; `readout_variance`: that of the read-out, by default that of the layer before.

    `width`: None (infinite), one for all hidden layers, or a list of one per hidden layer. The posterior at
    finite width divides the variance of the read-out by `feature_strength`, from 1 (standard scaling) to
    "mean-field", the width of the last hidden layer. Both say nothing to `nngp()` and `ntk()`, the kernels at
    infinite width.

    ValueError for a weight variance that is not positive, a negative bias variance, a negative number of
    layers, a width below 1.

    Equation: layer-recursion, tangent-kernel-recursion

    >>> net = FullyConnected(hidden_layers=3, activation="relu", weight_variance=2.0)
    >>> round(net.ntk().trace, 12), round(net.nngp().trace, 12)
    (8.0, 2.0)
    >>> net = FullyConnected(2, "erf", [2.0, 1.5], width=[20, 40], feature_strength="mean-field")
    >>> net.weight_variances, net.widths, net.strength
    ((2.0, 1.5, 1.5), (20, 40), 40.0)
    """

    hidden_layers: int
    activation: str | Activation | Callable[[Floats], Floats] | Sequence[float] = "relu"
    weight_variance: Any = 1.0
    bias_variance: Any = 0.0
    input_scale: Any = 1.0
    width: int | Sequence[int] | None = None
    readout_variance: Any = None
    feature_strength: float | str = 1.0

    def __post_init__(self) -> None:
        layers = require_integer("hidden_layers", self.hidden_layers, minimum=0)
        find_activation(self.activation)
        weights = per_layer("weight_variance", self.weight_variance, layers)
        object.__setattr__(self, "weight_variance", weights)
        for weight in weights if isinstance(weights, tuple) else (weights,):
            _require_parameter("weight_variance", weight)
        for name in ("bias_variance", "input_scale"):
            _require_parameter(name, getattr(self, name))
        if self.readout_variance is not None:
            if not layers:
                raise ValueError(
                    "readout_variance must be None without hidden layers, whose only weights have "
                    f"weight_variance (got {shown(self.readout_variance)})"
                )
            _require_parameter("readout_variance", self.readout_variance)
        object.__setattr__(self, "width", require_width(self.width, layers))
        object.__setattr__(
            self, "feature_strength", require_feature_strength(self.feature_strength, self.width)
        )

    @property
    def phi(self) -> Activation:
        """The activation with its averages."""
        return find_activation(self.activation)

    @property
    def weight_variances(self) -> tuple[Any, ...]:
        """Weight variances of all layers, the read-out last: one more than hidden layers."""
        return self._weights(self.weight_variance, self.readout_variance)

    def _weights(self, weight: Any, readout: Any) -> tuple[Any, ...]:
        if not isinstance(weight, tuple):
            layers = self.hidden_layers
            require_budget(
                f"hidden_layers = {layers}",
                seconds=2e-5 * layers,
                memory=100.0 * layers,
                smaller="hidden_layers",
            )
        hidden = weight if isinstance(weight, tuple) else (weight,) * max(self.hidden_layers, 1)
        if not self.hidden_layers:
            return hidden
        return (*hidden, hidden[-1] if readout is None else readout)

    @property
    def widths(self) -> tuple[int, ...]:
        """The width of each hidden layer; ValueError for a network of infinite width."""
        if self.width is None:
            raise ValueError("width must be a number, or one per hidden layer, at finite width (got None)")
        return tuple(self.width) if isinstance(self.width, Sequence) else (self.width,) * self.hidden_layers

    @property
    def strength(self) -> float:
        """The feature strength chi as a number: for "mean-field" the width of the last hidden layer."""
        chi = self.feature_strength
        return float(self.widths[-1] if isinstance(chi, str) else chi)

    @property
    def scaled_readout_variance(self) -> float:
        """Variance of the read-out over the feature strength, g = g_a/chi; ValueError for symbols."""
        self._require_numbers()
        return float(self.weight_variances[-1]) / self.strength

    def input_covariance(self, X: ArrayLike, Y: ArrayLike | None = None) -> Floats:
        """Covariance of a first pre-activation at the points, w s x.y + b, shape (len(X), len(Y)).

        `X`, `Y`: one point a row, of any norm; `Y=None`: of X with itself.

        >>> FullyConnected(1, weight_variance=2.0, input_scale=0.5).input_covariance([[1.0, 2.0]]).tolist()
        [[5.0]]
        """
        self._require_numbers()
        slope = float(self.weight_variances[0]) * float(self.input_scale)
        return input_covariance(X, Y, slope, float(self.bias_variance)).values

    def prior_covariances(self, X: ArrayLike, Y: ArrayLike | None = None) -> tuple[Floats, ...]:
        """Covariances of random, infinitely wide networks: of each pre-activation, of the outputs last.

        K_0 = `input_covariance`, K_h = b + w E[phi phi'], and K_L = b + g E[phi phi'] with the read-out
        variance over the feature strength, g = g_a/chi. `X`, `Y`: as there. Accurate to rounding for built-in
        activations and smooth functions; a UserWarning says what is known to fewer than 6 digits.

        >>> net = FullyConnected(1, "relu", weight_variance=2.0, width=10, feature_strength="mean-field")
        >>> net.prior_covariances([[1.0, 0.0], [3.0, 0.0]])[-1].round(12).tolist()
        [[0.2, 0.6], [0.6, 1.8]]
        """
        return self._covariances(X, Y, self.scaled_readout_variance)

    def nngp_gram(self, X: ArrayLike, Y: ArrayLike | None = None) -> Floats:
        """K_L(x, y) of points of any norm, whatever the feature strength; `nngp().gram` takes directions.

        >>> net = FullyConnected(1, "relu", weight_variance=2.0)
        >>> net.nngp_gram([[1.0, 0.0], [3.0, 0.0]]).round(12).tolist()
        [[2.0, 6.0], [6.0, 18.0]]
        """
        self._require_numbers()
        return self._covariances(X, Y, float(self.weight_variances[-1]))[-1]

    def _covariances(self, X: ArrayLike, Y: ArrayLike | None, readout: float) -> tuple[Floats, ...]:
        weights = [float(weight) for weight in self.weight_variances]
        weights[-1] = readout
        scale = float(self.input_scale)
        found = prior_covariances(self.phi, X, Y, weights, float(self.bias_variance), scale)
        return tuple(each.values for each in found)

    def _require_numbers(self) -> None:
        if self._has_symbols:
            _refuse_symbols()

    def nngp(self) -> ZonalKernel:
        """The covariance of the outputs of random networks, K_L."""
        return self._kernel(ntk=False)

    def ntk(self) -> ZonalKernel:
        """The neural tangent kernel Theta_L (all layers trained, NTK parametrisation)."""
        return self._kernel(ntk=True)

    @property
    def _has_symbols(self) -> bool:
        values = (*self.weight_variances, self.bias_variance, self.input_scale)
        return any(getattr(value, "free_symbols", None) for value in values)

    @property
    def is_deep_relu(self) -> bool:
        """Whether this is a ReLU network with hidden layers, numbers, and one weight variance for all."""
        relu = self.hidden_layers > 0 and find_activation(self.activation).rays == _RELU
        return relu and not self._has_symbols and _all_equal(self.weight_variances)

    def _kernel(self, ntk: bool) -> ZonalKernel:
        moments = find_activation(self.activation)
        _require_layers(self.hidden_layers, moments, self._has_symbols)
        kind = "NTK" if ntk else "NNGP"
        layers_text = counted(self.hidden_layers, "hidden layer")
        name = f"{kind}({moments.name}, {layers_text})"
        symbolic = partial(_symbolic_kernel, self, moments, ntk)
        references = (*((JACOT,) if ntk else ()), LEE, *moments.references)
        if self._has_symbols:
            refuse: Any = _refuse_symbols
            return ZonalKernel(name, symbolic(1), 0.0, refuse, refuse, symbolic, refuse, refuse, references)
        layers = _FloatNetwork(
            moments,
            tuple(float(weight) for weight in self.weight_variances),
            float(self.bias_variance),
            float(self.input_scale),
            ntk,
        )
        closed = moments.formula is not None
        error_bound = layers.error_bound
        if not (math.isfinite(layers.trace) or layers.jumps):
            raise ValueError(
                f"weight_variance and bias_variance must leave K(1) in the float range (got {layers.trace})"
            )
        if ntk and (layers.jumps or not math.isfinite(error_bound)):
            raise ValueError(
                f"activation must be continuous for an NTK, E[phi'^2] finite (got {moments.name})"
            )
        return ZonalKernel(
            name,
            layers.trace,
            error_bound,
            layers.values,
            layers.eigenvalues,
            symbolic if closed else None,
            partial(_number_kernel, self, moments, ntk) if closed else None,
            partial(_closed_eigenvalue, self, ntk) if layers.is_arc_cosine else None,
            references + ((BACH,) if layers.is_arc_cosine else ()),
            layers.values_by_gap,
        )


def _require_parameter(name: str, value: Any) -> None:
    """A variance or scale of a layer: a number or a SymPy expression."""
    require_shallow(name, value)
    if not getattr(value, "free_symbols", None):
        require_number(name, value, exclusive=name != "bias_variance")


def _all_equal(weights: tuple[Any, ...]) -> bool:
    return all(weight == weights[0] for weight in weights)


def _require_layers(layers: int, moments: Activation, symbols: bool) -> None:
    """K(1) takes 20 us a layer, with symbols or a Hermite series (expanded at every variance) 5 ms."""
    seconds = layers * (2e-5 if moments.formula is not None and not symbols else 5e-3)
    require_budget(
        f"hidden_layers = {layers}", seconds=seconds, memory=100.0 * layers, smaller="hidden_layers"
    )


def _refuse_symbols(*arguments: Any, **keywords: Any) -> Any:
    raise ValueError(
        "weight_variance, readout_variance, bias_variance and input_scale must be numbers to evaluate a "
        "kernel (got symbols); only symbolic(t) works with symbols"
    )


@dataclass(frozen=True)
class _FloatNetwork:
    """A network with numbers for its variances: its kernel as float64 values, series and eigenvalues."""

    activation: Activation
    weights: tuple[float, ...]
    bias: float
    scale: float
    ntk: bool

    def _recursion(self, numbers: NumberSystem, t: Any, rest: Any = 0) -> Any:
        """K_L or Theta_L."""
        numbers = numbers if self.ntk else without_tangent(numbers)
        first = LayerMap(numbers, self.weights[0], self.bias)
        found = first.through(self.weights[1:], t, self.scale, rest)
        return found.tangent if self.ntk else found.kernel

    @cached_property
    def trace(self) -> float:
        """K_L(1) or Theta_L(1)."""
        return float(self._recursion(equal_inputs(self.activation), 1.0))

    @cached_property
    def variances(self) -> tuple[float, ...]:
        """K_h(1), h = 0 ... L - 1."""
        layer = LayerMap(without_tangent(equal_inputs(self.activation)), self.weights[0], self.bias)
        found = [layer.first(1.0, self.scale).variance]
        for weight in self.weights[1:]:
            found.append(layer._replace(weight=weight).variance(found[-1]))
        return tuple(found[:-1])

    @property
    def jumps(self) -> bool:
        """Whether E[phi'^2] is infinite in some layer."""
        return any(math.isinf(self.activation.top(variance).derivative) for variance in self.variances)

    @cached_property
    def error_bound(self) -> float:
        """First-order bound on the error of K(t) relative to K(1), from those of the layers' moments."""
        if self.activation.is_exact:
            return 0.0
        first = LayerMap(equal_inputs(self.activation), self.weights[0], self.bias)
        here, error, tangent_error = first.first(1.0, self.scale), 0.0, 0.0
        for weight, variance in zip(self.weights[1:], self.variances, strict=True):
            unsure, top = self.activation.uncertainty(variance), self.activation.top(variance)
            slope = top.derivative
            if (
                unsure.relative
            ):  # E[phi phi'] is convex next to k = q: its deficit grows at most in proportion
                passed_on = error / variance * top.variance
            else:
                passed_on = slope * error if error else 0.0  # an infinite slope passes no exact value on
            error = weight * (unsure.covariance + passed_on)
            tangent_error = error + weight * (unsure.derivative * here.tangent + slope * tangent_error)
            here = first._replace(weight=weight).after(here)
        found = tangent_error if self.ntk else error
        return found / self.trace if found else 0.0

    @property
    def is_arc_cosine(self) -> bool:
        """Whether this is one hidden ReLU layer without bias, with eigenvalues in closed form."""
        return self.activation.rays == _RELU and len(self.weights) == 2 and self.bias == 0

    def values(self, t: Floats) -> Floats:
        """K(t) for t in [-1, 1]."""
        return self.values_by_gap(t, 1 - t)

    def values_by_gap(self, t: Floats, gap: Floats) -> Floats:
        """K(t) for t in [-1, 1], given 1 - t to full accuracy."""
        return np.asarray(self._recursion(floats(self.activation), t, gap), dtype=np.float64)

    def power_series(self, length: int, perturbed: bool) -> Floats:
        """Coefficients of t^0 ... t^(length-1), all non-negative; or with the activation's error put in."""
        linear = np.zeros(length)
        linear[1] = 1.0
        return np.asarray(self._recursion(power_series(self.activation, perturbed), linear))

    def eigenvalues(self, dim: int, max_degree: int) -> Eigenvalues:
        """Eigenvalues: a contour integral for powers on either side of 0, a power series for all others."""
        rays, layers = self.activation.rays, len(self.weights) - 1
        if layers == 0 or rays is None or rays.is_polynomial:
            return self._series_eigenvalues(dim, max_degree)
        require_contour(dim, max_degree, layers)
        if rays == _RELU and _all_equal(self.weights):
            relu = ReluNetwork(self.weights[0], self.bias, self.scale, layers, self.ntk, self.trace)
            return relu_eigenvalues(relu, dim, max_degree)
        if layers > 1 and rays.right * rays.left > 0 and not rays.is_even:
            # opposite inputs of the second layer nearly coincide: it is singular close to the left cut, where
            # the nodes of the contour are too wide for it
            return self._series_eigenvalues(dim, max_degree)
        network = RayNetwork(rays, self.weights, self.bias, self.scale, self.ntk, self.trace)
        found = ray_eigenvalues(network, dim, max_degree)
        if found.relative_error.max() < _PRECISE:
            return found
        return best_of(found, self._series_eigenvalues(dim, max_degree))

    def _series_eigenvalues(self, dim: int, max_degree: int) -> Eigenvalues:
        require_series(dim, max_degree, len(self.weights) - 1, self.activation.formula is not None)
        error = self.error_bound * self.trace
        kernel = AngleValues(self.values_by_gap, error) if math.isfinite(error) else None
        # a Hermite series has 2^10 terms; more of a power series made of it adds little
        longest = 2**13 if self.activation.is_exact or kernel is None else 2**11
        return from_power_series(self.power_series, self.trace, dim, max_degree, kernel, longest)


def _symbolic_kernel(
    network: FullyConnected, moments: Activation, ntk: bool, t: Any, **parameters: Any
) -> Any:
    values = {
        "weight_variance": network.weight_variance,
        "bias_variance": network.bias_variance,
        "input_scale": network.input_scale,
        "readout_variance": network.readout_variance,
    }
    unknown = set(parameters) - set(values)
    if unknown:
        raise ValueError(f"parameters must be among {sorted(values)} (got {sorted(unknown)})")
    values |= parameters
    weight = per_layer("weight_variance", values["weight_variance"], network.hidden_layers)
    all_weights = network._weights(weight, values["readout_variance"])
    weights = [exact("weight_variance", each) for each in all_weights]
    bias, scale = (exact(key, values[key]) for key in ("bias_variance", "input_scale"))
    first = LayerMap(symbols(moments, ntk), weights[0], bias)
    found = symbolic_layer(first, weights[1:], exact("t", t), scale)
    return found.tangent if ntk else found.kernel


def _closed_eigenvalue(network: FullyConnected, ntk: bool, degree: int, dim: int) -> Any:
    first, last = (_number(weight) for weight in network.weight_variances)
    return first * last * _number(network.input_scale) / 2 * relu_layer_eigenvalue(degree, dim, ntk)


def _number(value: Any) -> Any:
    """A parameter in mpmath, at its working precision."""
    found = exact("value", value)
    return mp.mpf(found.p) / found.q if found.is_Rational else mp.mpmathify(found.evalf(mp.dps + 5))


def _number_kernel(network: FullyConnected, moments: Activation, ntk: bool, t: Any) -> Any:
    """K(t) in mpmath, at its working precision."""
    weights = [_number(weight) for weight in network.weight_variances]
    first = LayerMap(digits(moments, ntk), weights[0], _number(network.bias_variance))
    found = first.through(weights[1:], t, _number(network.input_scale))
    return found.tangent if ntk else found.kernel
