r"""Power laws of the flow in depth at criticality: what remains when the exponential decay is gone.

A map x' = x - a x^(1+p) + ... has x_l -> (p a l)^(-1/p), whatever the start. Universality classes as in
Roberts, Yaida, Hanin, arXiv 2106.10165, Ch. 5.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import sympy

from fieldtheory.hermite import MAX_TERMS, hermite_series
from renormalization.nonlinearity import Nonlinearity, line_quadrature
from renormalization.puiseux import angle_series

_NOTHING = 1e-9  # a coefficient below it is rounding


class PowerLaw(NamedTuple):
    """x_l -> amplitude l^exponent; amplitude None where it depends on the start."""

    exponent: float
    amplitude: float | None


class PowerLaws(NamedTuple):
    """At criticality: of the variance, q_l - q*, and of 1 - c_l. None: no power law (or nothing moves)."""

    variance: PowerLaw | None
    correlation: PowerLaw | None


def vanishing_power_laws(phi: Nonlinearity, weight: float) -> PowerLaws:
    """The class K* = 0 (tanh, erf, sin without bias): q ~ 1/(a l), q (1 - c) ~ l^(-s/a).

    a and s are the first coefficients of q'/q = 1 - a q and chi_1(q) = 1 - s q: s/a is 1 for odd
    activations, for which 1 - c tends to a value of its own, not 0.
    """
    function = phi.require_function("power laws")
    z, weights = line_quadrature()
    q = 2e-4 * np.arange(1.0, 6.0)
    growth = [weights @ function(math.sqrt(each) * z) ** 2 / each for each in q]
    slopes = [phi.slope_square(float(each)) for each in q]
    a, s = (-weight * float(np.polyfit(q / q[-1], each, 4)[-2] / q[-1]) for each in (growth, slopes))
    if abs(a) < _NOTHING:
        return PowerLaws(None, None)
    if a < 0:
        raise ValueError(f"activation must attract the variance to 0 for power laws there (got {phi.name})")
    return PowerLaws(PowerLaw(-1.0, 1 / a), PowerLaw(1 - s / a, None))


def correlation_power_law(phi: Nonlinearity, weight: float, q: float) -> PowerLaw | None:
    """The law of 1 - c at fixed variance q > 0 and chi_1 = 1.

    Smooth: 1 - c ~ 2/(f'' l) with f'' = w q E[phi''^2], the second derivative of the map of c at 1. Kinked:
    the first power beyond theta^2 in the angle theta = arccos c decides, by the series of the closed form.
    ValueError for kinked activations without a closed form.

    >>> from renormalization.nonlinearity import nonlinearity
    >>> law = correlation_power_law(nonlinearity("relu"), 2.0, 1.0)  # 9 pi^2/2 l^-2
    >>> law.exponent, law.amplitude
    (-2.0, 44.413219)
    """
    if phi.moments.formula is None:
        function = phi.require_function("power laws")
        series = hermite_series(function, q)
        n, squares = np.arange(len(series.coefficients)), series.squares
        if len(n) == MAX_TERMS and series.missing > 1e-12 * series.top.variance:
            raise ValueError(
                "activation must be smooth or have a closed form (relu, gelu, ...) for its power law "
                f"(got {phi.name})"
            )
        power, drop = 1.0, weight / q * float((n * (n - 1)) @ squares) / 2
    else:
        t = sympy.Symbol("t", real=True)
        exact = sympy.Rational(repr(float(q)))
        found, m = angle_series(phi.moments.covariance(exact * t, exact), t, 1, 6)
        mapped = [weight / q * float(c) for c in found.coefficients[: 5 * m]]
        # c = 1 - theta^2/2 + theta^4/24: what the map of c adds to it, 1 - c' = 1 - c - gain
        identity = {0: mapped[0], 2 * m: -0.5, 4 * m: 1 / 24}
        gains = {k: value - identity.get(k, 0.0) for k, value in enumerate(mapped)}
        first = next((k for k, gain in gains.items() if k > 2 * m and abs(gain) > _NOTHING), None)
        if first is None:
            return None
        power = first / (2 * m) - 1
        drop = gains[first] * 2 ** (first / (2 * m))
    if drop <= _NOTHING:
        return None
    return PowerLaw(-1 / power, (power * drop) ** (-1 / power))
