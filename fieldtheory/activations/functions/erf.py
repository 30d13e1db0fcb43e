"""The error function, erf x: its Gaussian averages are the arcsine kernel (Williams, NIPS 1996).

Equation: arcsine
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.array_types import Floats
from fieldtheory.references import WILLIAMS


def _erf(x: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(erf(x), dtype=np.float64)


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.erf(x)


def _formula(k: Any, q: Any) -> Any:
    import sympy

    return 2 / sympy.pi * sympy.asin(2 * k / (1 + 2 * q))


def _top(q: float) -> Top:
    scale = 1 + 2 * q
    return Top(2 / math.pi * math.asin(2 * q / scale), 4 / math.pi / math.sqrt(1 + 4 * q))


def _layer(pair: Pair) -> Moments:
    scale = 1 + 2 * pair.variance
    sine = 2 * pair.covariance / scale
    cosine = np.sqrt((1 + 2 * pair.deficit) / scale * (1 + sine))
    cosine_top = math.sqrt(1 + 4 * pair.variance) / scale
    deficit = 2 * np.arctan(2 * pair.deficit / scale / (cosine + cosine_top))
    return Moments(2 / math.pi * np.arcsin(sine), 2 / math.pi * deficit, 4 / math.pi / (scale * cosine))


def _cross(k: Floats, q: Floats, r: Floats) -> Floats:
    # the arcsine of 2k/((1 + 2q)(1 + 2r))^(1/2); qr - k^2 is below 0 by rounding only
    cosine = np.sqrt(1 + 2 * q + 2 * r + 4 * np.maximum(q * r - k**2, 0.0))
    return np.asarray(2 / math.pi * np.arctan2(2 * k, cosine), dtype=np.float64)


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    sine = 2 * k / (1 + 2 * q)
    root = series.inverse_square_root(sine)
    covariance = 2 / math.pi * series.integrate(root, sine, math.asin(sine[0]))
    return SeriesMoments(covariance, 4 / math.pi / (1 + 2 * q) * root)


ERF = Activation(
    "erf",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=_erf,
    symbol_function=_symbol,
    references=(WILLIAMS,),
    cross=_cross,
)
