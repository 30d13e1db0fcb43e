r"""Activations whose Gaussian expectations have a closed form: relu, erf, linear, sin, gelu.

relu: Cho and Saul, NIPS 2009 (arc-cosine kernels). erf: Williams, NIPS 1996. gelu: Stein's lemma, as in
Tsuchida, Pearce, van der Heide, Roosta, Gallagher, AAAI 2021. Each appears as the SymPy formula and as
its float64 and power-series twins; the tests hold them against each other and against quadrature.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation, Moments, Pair, SeriesMoments, Top
from fieldtheory.array_types import Floats

# --- relu ------------------------------------------------------------------------------------------


def _relu_formula(k: Any, q: Any) -> Any:
    import sympy

    rho = k / q
    return q / (2 * sympy.pi) * (sympy.sqrt(1 - rho**2) + rho * (sympy.pi - sympy.acos(rho)))


_SINE_SERIES = [(-1) ** (n + 1) * 2 * n / math.factorial(2 * n + 1) for n in range(12, 0, -1)]


def _sine_minus(angle: Floats) -> Floats:
    """sin x - x cos x without cancellation at small x."""
    small = np.polyval(_SINE_SERIES, angle**2) * angle**3
    return np.where(angle < 1.0, small, np.sin(angle) - angle * np.cos(angle))


def _relu_top(q: float) -> Top:
    return Top(q / 2, 0.5)


def _relu_layer(pair: Pair) -> Moments:
    q = pair.variance
    half_sine = np.sqrt(pair.deficit / (2 * q))
    half_cosine = np.sqrt(np.maximum(q + pair.covariance, 0.0) / (2 * q))
    angle = 2 * np.arctan2(half_sine, half_cosine)
    opposite = 2 * np.arctan2(half_cosine, half_sine)  # pi - angle, accurate next to rho = -1
    deficit = q * half_sine**2 - q / (2 * math.pi) * _sine_minus(angle)
    covariance = q / (2 * math.pi) * _sine_minus(opposite)
    return Moments(covariance, deficit, opposite / (2 * math.pi))


def _relu_series(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    rho = k / q
    opposite = math.pi - math.acos(rho[0])
    derivative = series.integrate(series.inverse_square_root(rho), rho, opposite) / (2 * math.pi)
    start = (math.sqrt((1 - rho[0]) * (1 + rho[0])) + rho[0] * opposite) / (2 * math.pi)
    return SeriesMoments(q * series.integrate(derivative, rho, start), derivative)


# --- erf -------------------------------------------------------------------------------------------


def _erf_formula(k: Any, q: Any) -> Any:
    import sympy

    return 2 / sympy.pi * sympy.asin(2 * k / (1 + 2 * q))


def _erf_top(q: float) -> Top:
    scale = 1 + 2 * q
    return Top(2 / math.pi * math.asin(2 * q / scale), 4 / math.pi / math.sqrt(1 + 4 * q))


def _erf_layer(pair: Pair) -> Moments:
    scale = 1 + 2 * pair.variance
    sine = 2 * pair.covariance / scale
    cosine = np.sqrt((1 + 2 * pair.deficit) / scale * (1 + sine))
    cosine_top = math.sqrt(1 + 4 * pair.variance) / scale
    deficit = 2 * np.arctan(2 * pair.deficit / scale / (cosine + cosine_top))
    return Moments(2 / math.pi * np.arcsin(sine), 2 / math.pi * deficit, 4 / math.pi / (scale * cosine))


def _erf_series(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    sine = 2 * k / (1 + 2 * q)
    root = series.inverse_square_root(sine)
    covariance = 2 / math.pi * series.integrate(root, sine, math.asin(sine[0]))
    return SeriesMoments(covariance, 4 / math.pi / (1 + 2 * q) * root)


# --- linear ----------------------------------------------------------------------------------------


def _linear_formula(k: Any, q: Any) -> Any:
    return k


def _linear_top(q: float) -> Top:
    return Top(q, 1.0)


def _linear_layer(pair: Pair) -> Moments:
    return Moments(pair.covariance, pair.deficit, np.ones_like(pair.covariance))


def _linear_series(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    one = np.zeros_like(k)
    one[0] = 1.0
    return SeriesMoments(k, one)


# --- sin -------------------------------------------------------------------------------------------


def _sin_formula(k: Any, q: Any) -> Any:
    import sympy

    return sympy.exp(-q) * sympy.sinh(k)


def _sin_top(q: float) -> Top:
    return Top(-0.5 * math.expm1(-2 * q), 0.5 * (1 + math.exp(-2 * q)))


def _sin_layer(pair: Pair) -> Moments:
    near, far = np.exp(-pair.deficit), np.exp(-(pair.variance + pair.covariance))
    size = np.abs(pair.covariance)  # exp(-q) sinh(k), odd in k
    covariance = -0.5 * np.sign(pair.covariance) * np.exp(size - pair.variance) * np.expm1(-2 * size)
    deficit = -0.5 * np.expm1(-pair.deficit) * (1 + far)
    return Moments(covariance, deficit, 0.5 * (near + far))


def _sin_series(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    if q - k[0] > 1000:
        raise ValueError(
            f"weight_variance must leave the inputs of sin a variance below 1000 for a spectrum (got {q:g})"
        )
    # the first coefficients are as small as exp(-q), the largest of order 1: shifted into the float range
    shift = min(q - k[0], 350.0)
    sinh, cosh = series.hyperbolic(k, math.exp(k[0] - q + shift))
    return SeriesMoments(sinh * math.exp(-shift), cosh * math.exp(-shift))


# --- gelu ------------------------------------------------------------------------------------------


def _gelu_formula(k: Any, q: Any) -> Any:
    # u Phi(u): Stein's lemma twice on E[u v Phi(u) Phi(v)]; s = 1 + q, r = sqrt(s^2 - k^2)
    import sympy

    s = 1 + q
    root = sympy.sqrt(s**2 - k**2)
    return k / 4 + (k * sympy.asin(k / s) + 1 / root + (q - 1) * root / s) / (2 * sympy.pi)


def _gelu_value(s: float, sine: Any, cosine: Any, arc: Any) -> Any:
    return s * sine / 4 + (s * sine * arc + 1 / (s * cosine) + (s - 2) * cosine) / (2 * math.pi)


def _gelu_slope(s: float, sine: Any, cosine: Any, arc: Any) -> Any:
    return 0.25 + (arc + sine / (s * s * cosine**3) + 2 * sine / (s * cosine)) / (2 * math.pi)


def _gelu_top(q: float) -> Top:
    s, sine, cosine = 1 + q, q / (1 + q), math.sqrt(1 + 2 * q) / (1 + q)
    arc = math.asin(sine)
    return Top(_gelu_value(s, sine, cosine, arc), _gelu_slope(s, sine, cosine, arc))


def _gelu_layer(pair: Pair) -> Moments:
    s = 1 + pair.variance
    sine, top = pair.covariance / s, pair.variance / s
    cosine, cosine_top = np.sqrt((1 + pair.deficit) / s * (1 + sine)), math.sqrt(1 + 2 * pair.variance) / s
    drop = pair.deficit / s
    arc_drop = 2 * np.arctan(drop / (cosine + cosine_top))
    cosine_drop = drop * (top + sine) / (cosine + cosine_top)  # cosine - cosine_top
    deficit = pair.deficit / 4 + (
        s * (drop * math.asin(top) + sine * arc_drop)
        + cosine_drop / (s * cosine * cosine_top)
        - (s - 2) * cosine_drop
    ) / (2 * math.pi)
    arc = np.arcsin(sine)
    return Moments(_gelu_value(s, sine, cosine, arc), deficit, _gelu_slope(s, sine, cosine, arc))


def _gelu_series(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    s, two_pi = 1 + q, 2 * math.pi
    sine = k / s
    root = series.inverse_square_root(sine)
    arc = series.integrate(root, sine, math.asin(sine[0]))
    cosine = math.sqrt((1 - sine[0]) * (1 + sine[0]))
    # x asin x + sqrt(1-x^2) has the derivative asin x; -sqrt(1-x^2) has the derivative x/sqrt(1-x^2)
    rounded = series.integrate(arc, sine, sine[0] * math.asin(sine[0]) + cosine)
    minus_cosine = series.integrate(series.multiply(sine, root), sine, 0.0)
    covariance = s * sine / 4 + (s * rounded + root / s + 2 * minus_cosine) / two_pi
    covariance[0] -= 2 * cosine / two_pi
    cubed = series.multiply(series.multiply(root, root), root)
    derivative = (arc + series.multiply(sine, cubed) / s**2 + 2 * series.multiply(sine, root) / s) / two_pi
    derivative[0] += 0.25
    return SeriesMoments(covariance, derivative)


CLOSED_FORMS = {
    "relu": Activation("relu", _relu_top, _relu_layer, _relu_series, _relu_formula),
    "erf": Activation("erf", _erf_top, _erf_layer, _erf_series, _erf_formula),
    "linear": Activation("linear", _linear_top, _linear_layer, _linear_series, _linear_formula),
    "sin": Activation("sin", _sin_top, _sin_layer, _sin_series, _sin_formula),
    "gelu": Activation("gelu", _gelu_top, _gelu_layer, _gelu_series, _gelu_formula),
}
