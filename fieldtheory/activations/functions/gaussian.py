"""The bell curve exp(-x^2/2): its Gaussian averages are Gaussian integrals, ((1 + q)^2 - k^2)^(-1/2)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.activations.stretched import stretched
from fieldtheory.array_types import Floats
from fieldtheory.references import WILLIAMS


def _gaussian(x: Floats) -> Floats:
    return np.asarray(np.exp(-(x**2) / 2), dtype=np.float64)


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.exp(-(x**2) / 2)


def _formula(k: Any, q: Any) -> Any:
    import sympy

    return 1 / sympy.sqrt((1 + q) ** 2 - k**2)


def _top(q: float) -> Top:
    width = 1 + 2 * q
    return Top(width**-0.5, q * width**-1.5)


def _layer(pair: Pair) -> Moments:
    q, k = pair.variance, pair.covariance
    root, root_top = np.sqrt((1 + pair.deficit) * (1 + q + k)), math.sqrt(1 + 2 * q)
    # 1/root_top - 1/root, with root^2 - root_top^2 = (q - k)(q + k)
    deficit = pair.deficit * (q + k) / (root * root_top * (root + root_top))
    return Moments(1 / root, deficit, k / root**3)


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    root = series.inverse_square_root(k / (1 + q)) / (1 + q)
    cube = series.multiply(series.multiply(root, root), root)
    return SeriesMoments(root, series.multiply(k, cube))


GAUSSIAN = Activation(
    "gaussian",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=_gaussian,
    symbol_function=_symbol,
    references=(WILLIAMS,),
)


def gaussian(frequency: float) -> Activation:
    """exp(-(frequency x)^2/2)."""
    return stretched(GAUSSIAN, frequency)
