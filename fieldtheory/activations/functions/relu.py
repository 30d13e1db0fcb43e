"""max(0, x): its Gaussian averages are the arc-cosine kernels (Cho and Saul, NIPS 2009)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.array_types import Floats
from fieldtheory.references import CHO_SAUL


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0.0)


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.Max(0, x)


def _formula(k: Any, q: Any) -> Any:
    import sympy

    rho = k / q
    return q / (2 * sympy.pi) * (sympy.sqrt(1 - rho**2) + rho * (sympy.pi - sympy.acos(rho)))


_SINE_SERIES = [(-1) ** (n + 1) * 2 * n / math.factorial(2 * n + 1) for n in range(12, 0, -1)]


def _sine_minus(angle: Floats) -> Floats:
    """sin x - x cos x without cancellation at small x."""
    small = np.polyval(_SINE_SERIES, angle**2) * angle**3
    return np.where(angle < 1.0, small, np.sin(angle) - angle * np.cos(angle))


def _top(q: float) -> Top:
    return Top(q / 2, 0.5)


def _layer(pair: Pair) -> Moments:
    q = pair.variance
    half_sine = np.sqrt(pair.deficit / (2 * q))
    half_cosine = np.sqrt(np.maximum(q + pair.covariance, 0.0) / (2 * q))
    angle = 2 * np.arctan2(half_sine, half_cosine)
    opposite = 2 * np.arctan2(half_cosine, half_sine)  # pi - angle, accurate next to rho = -1
    deficit = q * half_sine**2 - q / (2 * math.pi) * _sine_minus(angle)
    covariance = q / (2 * math.pi) * _sine_minus(opposite)
    return Moments(covariance, deficit, opposite / (2 * math.pi))


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    rho = k / q
    opposite = math.pi - math.acos(rho[0])
    derivative = series.integrate(series.inverse_square_root(rho), rho, opposite) / (2 * math.pi)
    start = (math.sqrt((1 - rho[0]) * (1 + rho[0])) + rho[0] * opposite) / (2 * math.pi)
    return SeriesMoments(q * series.integrate(derivative, rho, start), derivative)


RELU = Activation(
    "relu",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=_relu,
    symbol_function=_symbol,
    references=(CHO_SAUL,),
)
