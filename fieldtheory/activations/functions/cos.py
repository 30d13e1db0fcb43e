"""The cosine: its Gaussian averages are exp(-q) cosh k and exp(-q) sinh k."""

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

    return sympy.cos(x)


def _formula(k: Any, q: Any) -> Any:
    import sympy

    return sympy.exp(-q) * sympy.cosh(k)


def _top(q: float) -> Top:
    return Top(0.5 * (1 + math.exp(-2 * q)), -0.5 * math.expm1(-2 * q))


def _layer(pair: Pair) -> Moments:
    near, far = np.exp(-pair.deficit), np.exp(-(pair.variance + pair.covariance))
    deficit = 0.5 * np.expm1(-pair.deficit) * np.expm1(-(pair.variance + pair.covariance))
    size = np.abs(pair.covariance)  # exp(-q) sinh(k), odd in k
    slope = -0.5 * np.sign(pair.covariance) * np.exp(size - pair.variance) * np.expm1(-2 * size)
    return Moments(0.5 * (near + far), deficit, slope)


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    sinh, cosh = series.damped_hyperbolic("cos", k, q)
    return SeriesMoments(cosh, sinh)


COS = Activation(
    "cos",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=np.cos,
    symbol_function=_symbol,
    references=(SINUSOIDAL,),
)


def cos(frequency: float) -> Activation:
    """cos(frequency x)."""
    return stretched(COS, frequency)
