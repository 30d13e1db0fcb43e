r"""The vertices of a site: what k lines see of p factors x = (phi(g z) - mean)/Z there.

The p-th cumulant of x(m + z) over z, as a power series in m: V_pk = d^k/dm^k at m = 0. Of one factor it is
the Hermite coefficient a_k = <x He_k(z)>; moments are <x^p He_k(z)>, and series multiply by Leibniz.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.hermite import hermite_series
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown

_TERMS = 64  # of the quadrature that finds the coefficients: more than are used
_CONSTANT = 1e-26  # variance over squared mean that rounding makes
_NOISE = 8.0  # coefficients below so much of their rounding are 0


def site_vertices(phi: Activation, gain: float, factors: int, lines: int) -> Floats:
    """V_pk for p = 0 ... `factors` and k = 0 ... `lines`, shape (factors + 1, lines + 1); V_0k is 0.

    ValueError for a function that is constant.

    >>> from fieldtheory import activation
    >>> site_vertices(activation([0.0, 0.0, 2.0]), 1.0, 2, 4).round(6)  # x = He_2(z)/2^(1/2)
    array([[0.      , 0.      , 0.      , 0.      , 0.      ],
           [0.      , 0.      , 1.414214, 0.      , 0.      ],
           [1.      , 0.      , 4.      , 0.      , 0.      ]])
    """
    function = phi.require_function("the cumulants of data")
    root = np.sqrt(np.cumprod([1.0, *range(1, lines + 1)]))  # k!^(1/2)

    def projected(of_x: Callable[[Floats], Floats]) -> Floats:
        found = hermite_series(lambda x: of_x(function(x)), gain * gain, _TERMS)
        kept = np.where(np.abs(found.coefficients) > _NOISE * found.noise, found.coefficients, 0.0)
        return np.asarray(kept[: lines + 1] * root)

    mean = projected(lambda x: x)[0]
    variance = projected(lambda x: (x - mean) ** 2)[0]
    if not variance > _CONSTANT * mean**2:
        raise ValueError(f"activation must vary at gain = {gain:g} (got the constant {shown(phi.name)})")
    moments = [np.eye(1, lines + 1)[0]]
    for p in range(1, factors + 1):
        moments.append(projected(partial(_power, mean=mean, scale=float(np.sqrt(variance)), power=p)))
    moments[1][0] = 0.0
    cumulants = [np.zeros(lines + 1)]
    for p in range(1, factors + 1):
        products = [math.comb(p - 1, j - 1) * _product(cumulants[j], moments[p - j]) for j in range(1, p)]
        cumulants.append(moments[p] - sum(products, np.zeros(lines + 1)))
    return np.array(cumulants)


def _power(x: Floats, mean: float, scale: float, power: int) -> Floats:
    return np.asarray(((x - mean) / scale) ** power)


def _product(a: Floats, b: Floats) -> Floats:
    """Derivatives of a product, by Leibniz."""
    return np.array([sum(math.comb(k, j) * a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))])
