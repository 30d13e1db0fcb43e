"""sin x: its Gaussian averages are exp(-q) sinh k and exp(-q) cosh k."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.array_types import Floats


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
    if q - k[0] > 1000:
        raise ValueError(
            f"weight_variance must leave the inputs of sin a variance below 1000 for a spectrum (got {q:g})"
        )
    # the first coefficients are as small as exp(-q), the largest of order 1: shifted into the float range
    shift = min(q - k[0], 350.0)
    sinh, cosh = series.hyperbolic(k, math.exp(k[0] - q + shift))
    return SeriesMoments(sinh * math.exp(-shift), cosh * math.exp(-shift))


SIN = Activation(
    "sin",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=np.sin,
    symbol_function=_symbol,
)
