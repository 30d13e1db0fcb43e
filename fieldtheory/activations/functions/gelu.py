"""x Phi(x), Phi the normal distribution function: averages by Stein's lemma (Tsuchida et al., AAAI 2021)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.array_types import Floats
from fieldtheory.references import TSUCHIDA


def _gelu(x: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(x * ndtr(x), dtype=np.float64)


def _symbol(x: Any) -> Any:
    import sympy

    return x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2


def _formula(k: Any, q: Any) -> Any:
    # u Phi(u): Stein's lemma twice on E[u v Phi(u) Phi(v)]; s = 1 + q, r = sqrt(s^2 - k^2)
    import sympy

    s = 1 + q
    root = sympy.sqrt(s**2 - k**2)
    return k / 4 + (k * sympy.asin(k / s) + 1 / root + (q - 1) * root / s) / (2 * sympy.pi)


def _value(s: float, sine: Any, cosine: Any, arc: Any) -> Any:
    return s * sine / 4 + (s * sine * arc + 1 / (s * cosine) + (s - 2) * cosine) / (2 * math.pi)


def _slope(s: float, sine: Any, cosine: Any, arc: Any) -> Any:
    return 0.25 + (arc + sine / (s * s * cosine**3) + 2 * sine / (s * cosine)) / (2 * math.pi)


def _top(q: float) -> Top:
    s, sine, cosine = 1 + q, q / (1 + q), math.sqrt(1 + 2 * q) / (1 + q)
    arc = math.asin(sine)
    return Top(_value(s, sine, cosine, arc), _slope(s, sine, cosine, arc))


def _layer(pair: Pair) -> Moments:
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
    return Moments(_value(s, sine, cosine, arc), deficit, _slope(s, sine, cosine, arc))


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
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


GELU = Activation(
    "gelu",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=_gelu,
    symbol_function=_symbol,
    references=(TSUCHIDA,),
)
