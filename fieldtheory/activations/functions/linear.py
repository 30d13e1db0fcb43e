"""The identity, of linear networks: its Gaussian averages are the covariance itself and 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top
from fieldtheory.array_types import Floats


def _linear(x: Floats) -> Floats:
    return x


def _symbol(x: Any) -> Any:
    return x


def _formula(k: Any, q: Any) -> Any:
    return k


def _top(q: float) -> Top:
    return Top(q, 1.0)


def _layer(pair: Pair) -> Moments:
    return Moments(pair.covariance, pair.deficit, np.ones_like(pair.covariance))


def _cross(k: Floats, q: Floats, r: Floats) -> Floats:
    return k


def _series_layer(k: Floats, q: float, perturbed: bool) -> SeriesMoments:
    one = np.zeros_like(k)
    one[0] = 1.0
    return SeriesMoments(k, one)


LINEAR = Activation(
    "linear",
    _top,
    _layer,
    _series_layer,
    formula=_formula,
    function=_linear,
    symbol_function=_symbol,
    cross=_cross,
)
