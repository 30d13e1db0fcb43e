r"""Fully connected networks of infinite width: their NNGP and NTK on the unit sphere.

K_0 = b + w s t, K_h = b + w E[phi phi'] at (K_{h-1}(t), K_{h-1}(1)), Theta_0 = K_0, Theta_h = K_h +
w E[dphi dphi'] Theta_{h-1}, with w = weight_variance, b = bias_variance, s = input_scale; NNGP = K_L,
NTK = Theta_L (Lee et al., arXiv 1711.00165; Jacot, Gabriel, Hongler, arXiv 1806.07572).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from mpmath import mp

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.activations.moments import Pair, Top
from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.arc_cosine import relu_layer_eigenvalue
from fieldtheory.eigenvalues.contour import choose_radii, contour_table, left_cut
from fieldtheory.eigenvalues.eigenvalues import EPS, Eigenvalues, from_power_series
from fieldtheory.eigenvalues.relu_contour import relu_samples
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.power_series import multiply


@dataclass(frozen=True)
class FullyConnected:
    """A fully connected network with `hidden_layers` hidden layers and a linear read-out.

    `activation`: "relu", "erf", "linear", "gelu", "sin", "tanh", a function of float64 arrays, a list of
    Hermite coefficients, or an `Activation`. Variances and `input_scale` are numbers (in exact formulas a
    float stands for the decimal it prints as: 0.02 is 1/50) or SymPy expressions (then only `symbolic`
    works). ValueError for a weight variance that is not positive, a negative bias variance, a negative
    number of layers.

    >>> net = FullyConnected(hidden_layers=3, activation="relu", weight_variance=2.0)
    >>> round(net.ntk().trace, 12), round(net.nngp().trace, 12)
    (8.0, 2.0)
    """

    hidden_layers: int
    activation: str | Activation | Callable[[Floats], Floats] | Sequence[float] = "relu"
    weight_variance: Any = 1.0
    bias_variance: Any = 0.0
    input_scale: Any = 1.0

    def __post_init__(self) -> None:
        require_integer("hidden_layers", self.hidden_layers, minimum=0)
        find_activation(self.activation)
        for name in ("weight_variance", "bias_variance", "input_scale"):
            value = getattr(self, name)
            if not getattr(value, "free_symbols", None):
                require_number(name, value, exclusive=name != "bias_variance")

    def nngp(self) -> ZonalKernel:
        """The covariance of the outputs of random networks, K_L."""
        return self._kernel(ntk=False)

    def ntk(self) -> ZonalKernel:
        """The neural tangent kernel Theta_L (all layers trained, NTK parametrisation)."""
        return self._kernel(ntk=True)

    @property
    def _has_symbols(self) -> bool:
        values = (self.weight_variance, self.bias_variance, self.input_scale)
        return any(getattr(value, "free_symbols", None) for value in values)

    def _kernel(self, ntk: bool) -> ZonalKernel:
        moments = find_activation(self.activation)
        kind = "NTK" if ntk else "NNGP"
        layers_text = f"{self.hidden_layers} hidden layer{'' if self.hidden_layers == 1 else 's'}"
        name = f"{kind}({moments.name}, {layers_text})"
        symbolic = partial(_symbolic_kernel, self, moments, ntk)
        if self._has_symbols:
            refuse: Any = _refuse_symbols
            return ZonalKernel(name, symbolic(1), 0.0, refuse, refuse, symbolic, refuse, refuse)
        layers = _Layers(
            moments,
            self.hidden_layers,
            float(self.weight_variance),
            float(self.bias_variance),
            float(self.input_scale),
            ntk,
        )
        closed = moments.formula is not None
        error_bound = layers.error_bound
        jumps = any(math.isinf(top.derivative) for top in layers.tops)
        if not (math.isfinite(layers.trace) or jumps):
            raise ValueError(
                f"weight_variance and bias_variance must leave K(1) in the float range (got {layers.trace})"
            )
        if ntk and not math.isfinite(error_bound):
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
        )


def _refuse_symbols(*arguments: Any, **keywords: Any) -> Any:
    raise ValueError(
        "weight_variance, bias_variance and input_scale must be numbers to evaluate a kernel "
        "(got symbols); only symbolic(t) works with symbols"
    )


@dataclass(frozen=True)
class _Layers:
    """The layer recursion in float64, as arrays and as power series."""

    activation: Activation
    hidden_layers: int
    weight: float
    bias: float
    scale: float
    ntk: bool

    @cached_property
    def tops(self) -> tuple[Top, ...]:
        """E[phi^2] and E[phi'^2] of each hidden layer."""
        found, variance = [], self.bias + self.weight * self.scale
        for _ in range(self.hidden_layers):
            if variance == 0:
                raise ValueError(
                    "activation and weight_variance must give every layer a positive variance "
                    f"(got 0 from {self.activation.name})"
                )
            found.append(self.activation.top(variance))
            variance = self.bias + self.weight * found[-1].variance
        return tuple(found)

    @cached_property
    def variances(self) -> tuple[float, ...]:
        """K_h(1), h = 0 ... L."""
        return (
            self.bias + self.weight * self.scale,
            *(self.bias + self.weight * top.variance for top in self.tops),
        )

    @cached_property
    def trace(self) -> float:
        """K_L(1) or Theta_L(1)."""
        tangent = self.variances[0]
        for variance, top in zip(self.variances[1:], self.tops, strict=True):
            tangent = variance + self.weight * top.derivative * tangent
        return tangent if self.ntk else self.variances[-1]

    @cached_property
    def error_bound(self) -> float:
        """First-order bound on the error of K(t) relative to K(1), from those of the layers' moments."""
        error, tangent, tangent_error = 0.0, self.variances[0], 0.0
        for before, after, top in zip(self.variances, self.variances[1:], self.tops, strict=False):
            unsure = self.activation.uncertainty(before)
            passed_on = top.derivative * error if error else 0.0  # an infinite slope passes no exact value on
            error = self.weight * (unsure.covariance + passed_on)
            tangent_error = error + self.weight * (
                unsure.derivative * tangent + top.derivative * tangent_error
            )
            tangent = after + self.weight * top.derivative * tangent
        found = tangent_error if self.ntk else error
        return found / self.trace if found else 0.0

    @property
    def is_arc_cosine(self) -> bool:
        """One hidden ReLU layer without bias: even but for its linear part, eigenvalues in closed form."""
        return self.activation.name == "relu" and self.hidden_layers == 1 and self.bias == 0

    def values(self, t: Floats) -> Floats:
        """K(t) for t in [-1, 1]."""
        covariance = self.bias + self.weight * self.scale * t
        deficit = self.weight * self.scale * (1 - t)
        tangent = covariance
        for variance in self.variances[:-1]:
            moments = self.activation.layer(Pair(covariance, deficit, variance))
            covariance = self.bias + self.weight * moments.covariance
            deficit = self.weight * moments.deficit
            tangent = covariance + self.weight * moments.derivative * tangent
        return tangent if self.ntk else covariance

    def power_series(self, length: int, perturbed: bool) -> Floats:
        """Coefficients of t^0 ... t^(length-1), all non-negative; or with the activation's error put in."""
        covariance = np.zeros(length)
        covariance[0], covariance[1] = self.bias, self.weight * self.scale
        tangent = covariance
        for variance in self.variances[:-1]:
            moments = self.activation.series_layer(covariance, variance, perturbed)
            covariance = self.weight * moments.covariance
            covariance[0] += self.bias
            tangent = covariance + self.weight * multiply(moments.derivative, tangent)
        return tangent if self.ntk else covariance

    def eigenvalues(self, dim: int, max_degree: int) -> Eigenvalues:
        """Contour integral for deep ReLU networks, positive power series for all others."""
        if self.activation.name != "relu" or self.hidden_layers == 0:
            return from_power_series(self.power_series, self.trace, dim, max_degree)
        # where the input correlation reaches -1: the left branch point of K is at t = -start
        start = 1 + 2 * self.bias / (self.weight * self.scale)
        table = contour_table(dim, max_degree, choose_radii(start))
        cut = left_cut(table, start) if start > 1 else None
        samples = relu_samples(
            table.right,
            cut.distance if cut else table.right[: None if start == 1 else 0],
            table.arc,
            self.weight,
            self.bias,
            self.scale,
            self.hidden_layers,
            self.ntk,
        )
        if start == 1:
            found, size = table.mirrored @ samples, table.mirrored_size @ np.abs(samples)
        else:
            rest = samples[: table.matrix.shape[1]]
            found, size = table.matrix @ rest, table.size @ np.abs(rest)
        if cut:
            added, more = cut.eigenvalues(samples[len(rest) :])
            found += added
            size += more
        mantissa, check = found[: max_degree + 1], found[max_degree + 1 :]
        top = math.ldexp(self.trace, -int(table.exponent[0]))
        mantissa[0] += top
        check[0] += top
        if self.is_arc_cosine:
            mantissa[3::2] = 0.0
        scale = np.abs(mantissa)
        rounding = 4 * EPS * size + table.rounding * scale
        rounding[0] += EPS * top
        spread = np.abs(mantissa - check) + rounding
        relative = np.divide(spread, scale, out=np.zeros_like(scale), where=scale > 0)
        return Eigenvalues(mantissa, table.exponent, relative)


def _symbolic_kernel(
    network: FullyConnected, moments: Activation, ntk: bool, t: Any, **parameters: Any
) -> Any:
    values = {
        "weight_variance": network.weight_variance,
        "bias_variance": network.bias_variance,
        "input_scale": network.input_scale,
    }
    unknown = set(parameters) - set(values)
    if unknown:
        raise ValueError(f"parameters must be among {sorted(values)} (got {sorted(unknown)})")
    w, b, s = (_exact(value) for value in (values | parameters).values())
    t = _exact(t)
    covariance, variance = b + w * s * t, b + w * s
    tangent = covariance
    for _ in range(network.hidden_layers):
        slope = moments.derivative_covariance(covariance, variance)
        covariance = b + w * moments.covariance(covariance, variance)
        variance = b + w * moments.covariance(variance, variance)
        tangent = covariance + w * slope * tangent
    return tangent if ntk else covariance


def _exact(value: Any) -> Any:
    """A float stands for the decimal it prints as; SymPy expressions and exact numbers for themselves."""
    import sympy

    if isinstance(value, float):
        exact = Fraction(repr(float(value)))
        return sympy.Rational(exact.numerator, exact.denominator)
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return value if isinstance(value, sympy.Basic) else sympy.Rational(str(value))


def _closed_eigenvalue(network: FullyConnected, ntk: bool, degree: int, dim: int) -> Any:
    weight, scale = _number(network.weight_variance), _number(network.input_scale)
    return weight**2 * scale / 2 * relu_layer_eigenvalue(degree, dim, ntk)


def _number(value: Any) -> Any:
    """A parameter in mpmath, at its working precision."""
    exact = _exact(value)
    return mp.mpf(exact.p) / exact.q if exact.is_Rational else mp.mpmathify(exact.evalf(mp.dps + 5))


@lru_cache(maxsize=32)
def _number_moments(moments: Activation) -> tuple[Callable[..., Any], Callable[..., Any]]:
    import sympy

    k, q = sympy.symbols("k q", real=True)
    formulas = moments.covariance(k, q), moments.derivative_covariance(k, q)
    value, slope = (sympy.lambdify((k, q), formula, "mpmath", cse=True) for formula in formulas)
    return value, slope


def _number_kernel(network: FullyConnected, moments: Activation, ntk: bool, t: Any) -> Any:
    """K(t) in mpmath, at its working precision: the SymPy formulas of one layer, applied layer by layer."""
    value, slope = _number_moments(moments)
    w, b = _number(network.weight_variance), _number(network.bias_variance)
    s = _number(network.input_scale)
    covariance, variance = b + w * s * t, b + w * s
    tangent = covariance
    for _ in range(network.hidden_layers):
        tangent_slope = slope(covariance, variance)
        covariance, variance = b + w * value(covariance, variance), b + w * value(variance, variance)
        covariance = min(covariance, variance)  # beyond it only by rounding, where acos would turn complex
        tangent = covariance + w * tangent_slope * tangent
    return tangent if ntk else covariance
