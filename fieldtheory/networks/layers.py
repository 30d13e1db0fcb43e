r"""The layer recursion of infinite networks, once for all number systems.

K_0 = b + w s t, K_h = b + w E[phi phi'] at (K_{h-1}(t), K_{h-1}(1)), Theta_0 = K_0, Theta_h = K_h +
w E[dphi dphi'] Theta_{h-1}, with w = weight variance of the layer, b = bias variance, s = input scale (Lee et
al., arXiv 1711.00165; Jacot, Gabriel, Hongler, arXiv 1806.07572). The compiled deficits of `relu_contour` are
its only twin.

Equation: layer-recursion, tangent-kernel-recursion
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from mpmath import mp

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Pair
from fieldtheory.array_types import Floats
from fieldtheory.power_series import multiply


class Averages(NamedTuple):
    """Gaussian averages of a layer: E[phi phi'], its deficit (0 where not needed), E[dphi dphi']."""

    covariance: Any
    deficit: Any
    slope: Any


def _product(weight: Any, slope: Any, tangent: Any) -> Any:
    return weight * slope * tangent


class NumberSystem(NamedTuple):
    """A number system: averages of an activation in it, and its sum with a constant and its product.

    `averages(k, q - k, q)`; `top(q)`: E[phi^2], None where all inputs are equal and k = q; `plus(value,
    constant)`; `product(weight, slope, tangent)`.
    """

    averages: Callable[[Any, Any, Any], Averages]
    top: Callable[[Any], Any] | None
    plus: Callable[[Any, Any], Any] = operator.add
    product: Callable[[Any, Any, Any], Any] = _product


class Layer(NamedTuple):
    """Kernels of layer h: K_h(t), the deficit K_h(1) - K_h(t), the variance K_h(1), and Theta_h(t)."""

    kernel: Any
    deficit: Any
    variance: Any
    tangent: Any


class LayerMap(NamedTuple):
    """What a layer with these variances of weights and biases does to K and Theta.

    >>> from fieldtheory import activation
    >>> one = LayerMap(symbols(activation("linear")), 2, 1)
    >>> one.recursion(3, 5, layers=2)
    Layer(kernel=127, deficit=0, variance=47, tangent=377)
    """

    numbers: NumberSystem
    weight: Any
    bias: Any

    def first(self, t: Any, scale: Any, rest: Any = 0) -> Layer:
        """Layer 0, linear in the inner product t of the inputs; `rest` = 1 - t for numbers with deficits."""
        slope = self.weight * scale
        kernel = self.numbers.plus(slope * t, self.bias)
        return Layer(kernel, slope * rest, self.bias + slope, kernel)

    def variance(self, variance: Any) -> Any:
        """K_h(1) from K_{h-1}(1)."""
        if self.numbers.top is None:
            return self.pair(variance, 0, variance).covariance
        return self.bias + self.weight * self.numbers.top(variance)

    def pair(self, kernel: Any, deficit: Any, variance: Any) -> Averages:
        """K_h(t), its deficit, and w E[dphi dphi'] without the w, from K_{h-1}."""
        found = self.numbers.averages(kernel, deficit, variance)
        covariance = self.numbers.plus(self.weight * found.covariance, self.bias)
        return Averages(covariance, self.weight * found.deficit, found.slope)

    def after(self, layer: Layer) -> Layer:
        """The layer that follows."""
        kernel, deficit, slope = self.pair(layer.kernel, layer.deficit, layer.variance)
        tangent = kernel + self.numbers.product(self.weight, slope, layer.tangent)
        variance = kernel if self.numbers.top is None else self.variance(layer.variance)
        return Layer(kernel, deficit, variance, tangent)

    def recursion(self, t: Any, scale: Any, layers: int, rest: Any = 0) -> Layer:
        """Layer number `layers`, 0 the first."""
        return self.through((self.weight,) * layers, t, scale, rest)

    def through(self, weights: Sequence[Any], t: Any, scale: Any, rest: Any = 0) -> Layer:
        """Layer number len(weights), where those after the first have these weight variances."""
        found = self.first(t, scale, rest)
        for weight in weights:
            found = self._replace(weight=weight).after(found)
        return found


def without_tangent(numbers: NumberSystem) -> NumberSystem:
    """The same number system for the NNGP alone: no infinite slope of an activation that jumps enters."""
    return numbers._replace(product=_no_product)


def _no_product(weight: Any, slope: Any, tangent: Any) -> float:
    return 0.0


def floats(activation: Activation, top: Callable[[float], float] | None = None) -> NumberSystem:
    """Number system of float64 arrays with deficits; `top` replaces the activation's own E[phi^2]."""

    def averages(covariance: Floats, deficit: Floats, variance: float) -> Averages:
        found = activation.layer(Pair(covariance, deficit, variance))
        return Averages(found.covariance, found.deficit, found.derivative)

    return NumberSystem(averages, top or (lambda variance: activation.top(variance).variance))


def equal_inputs(activation: Activation) -> NumberSystem:
    """Number system of float64 at t = 1; ValueError for a layer without variance."""

    def averages(covariance: float, deficit: float, variance: float) -> Averages:
        if variance == 0:
            raise ValueError(
                "activation and weight_variance must give every layer a positive variance "
                f"(got 0 from {activation.name})"
            )
        found = activation.top(variance)
        return Averages(found.variance, 0.0, found.derivative)

    return NumberSystem(averages, None)


def _add_constant(series: Floats, constant: float) -> Floats:
    series[0] += constant
    return series


def _series_product(weight: float, slope: Floats, tangent: Floats) -> Floats:
    return weight * multiply(slope, tangent)


def power_series(activation: Activation, perturbed: bool) -> NumberSystem:
    """Number system of power series in t, no coefficient negative; `perturbed`: off by their error."""

    def averages(covariance: Floats, deficit: float, variance: float) -> Averages:
        found = activation.series_layer(covariance, variance, perturbed)
        return Averages(found.covariance, 0.0, found.derivative)

    return NumberSystem(
        averages, lambda variance: activation.top(variance).variance, _add_constant, _series_product
    )


def symbols(activation: Activation, tangent: bool = True) -> NumberSystem:
    """Number system of SymPy expressions, `tangent`: with that of the NTK; ValueError without closed form."""

    def averages(covariance: Any, deficit: int, variance: Any) -> Averages:
        slope = activation.derivative_covariance(covariance, variance) if tangent else 0
        return Averages(activation.covariance(covariance, variance), 0, slope)

    return NumberSystem(averages, lambda variance: activation.covariance(variance, variance))


def symbolic_layer(first: LayerMap, weights: Sequence[Any], t: Any, scale: Any) -> Layer:
    """`first.through(weights, t, scale)` in SymPy, for any number of layers.

    What follows on a deep layer is the formula of one layer with the expressions put in as they are: SymPy
    compares every occurrence of every part below, whose number grows exponentially with the layers.

    >>> from fieldtheory import activation
    >>> symbolic_layer(LayerMap(symbols(activation("linear")), 2, 1), (2, 2), 3, 5).tangent
    377
    """
    import sympy

    from fieldtheory.expression_parts import SIMPLIFIED, height, replaced

    found = first.first(t, scale)
    places = sympy.Dummy("k", real=True), sympy.Dummy("q", positive=True), sympy.Dummy("tangent")
    formulas: dict[Any, sympy.Tuple] = {}
    for weight in weights:
        layer = first._replace(weight=weight)
        below = found.kernel, found.variance, found.tangent
        if all(height(sympy.sympify(each), SIMPLIFIED) < SIMPLIFIED for each in below):
            found = layer.after(found)
            continue
        if weight not in formulas:
            formulas[weight] = sympy.Tuple(*layer.after(Layer(places[0], 0, *places[1:])))
        found = Layer(*replaced(formulas[weight], dict(zip(places, below, strict=True))))
    return found


@lru_cache(maxsize=32)
def digits(activation: Activation, tangent: bool = True) -> NumberSystem:
    """Number system of mpmath, real or complex, at its working precision: the SymPy formulas of one layer.

    `tangent`: with that of the NTK, which does not exist for an activation that jumps.
    """
    import sympy

    k, q = sympy.symbols("k q", real=True)
    formulas = (
        activation.covariance(k, q),
        activation.derivative_covariance(k, q) if tangent else sympy.S.Zero,
    )
    value, slope = (sympy.lambdify((k, q), formula, "mpmath", cse=True) for formula in formulas)

    def averages(covariance: Any, deficit: int, variance: Any) -> Averages:
        # beyond the variance only by rounding, where acos would turn complex
        inside = covariance if isinstance(covariance, mp.mpc) else min(covariance, variance)
        return Averages(value(inside, variance), 0, slope(inside, variance))

    return NumberSystem(averages, lambda variance: value(variance, variance))
