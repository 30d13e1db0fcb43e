"""The sine: its Gaussian averages are exp(-q) sinh k and exp(-q) cosh k."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.activations.stretched import stretched
from fieldtheory.array_types import Floats
from fieldtheory.references import SINUSOIDAL


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.sin(x)


def _formula(k: Any, q: Any) -> Any:
    import sympy

    return sympy.exp(-q) * sympy.sinh(k)


def _top(q: float) -> Top:
    return Top(-0.5 * math.expm1(-2 * q), 0.5 * (1 + math.exp(-2 * q)))


def _layer(pair: Pair) -> Moments:
    near, far = np.exp(-pair.deficit), np.exp(-(pair.variance + pair.covariance))
    size = np.abs(pair.covariance)  # exp(-q) sinh(k), odd in k
    covariance = -0.5 * np.sign(pair.covariance) * np.exp(size - pair.variance) * np.expm1(-2 * size)
    deficit = -0.5 * np.expm1(-pair.deficit) * (1 + far)
    return Moments(covariance, deficit, 0.5 * (near + far))


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    sinh, cosh = series.damped_hyperbolic("sin", k, q)
    return SeriesMoments(sinh, cosh)


SIN = Activation(
    "sin",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=np.sin,
    symbol_function=_symbol,
    references=(SINUSOIDAL,),
)


def sin(frequency: float) -> Activation:
    """sin(frequency x)."""
    return stretched(SIN, frequency)
