r"""Power laws of the flow in depth at criticality: what remains when the exponential decay is gone.

A map x' = x - a x^(1+p) + ... has x_l -> (p a l)^(-1/p), whatever the start. Universality classes as in
Roberts, Yaida, Hanin, arXiv 2106.10165, Ch. 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import sympy

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.gaussian_averages import line_quadrature
from fieldtheory.activations.hermite import MAX_TERMS, hermite_series
from fieldtheory.array_types import Floats
from renormalization.scaling.angle_series import angle_series

_NOTHING = 1e-9  # a coefficient below it is rounding
_NO_POWER = 1e-6  # an exponent below it is none
_SMALL = 2e-3  # by how much a layer changes the variance, relatively, where coefficients are extrapolated
_STILL = 1e-7  # relative change of two such extrapolations
_FINEST, _COARSEST = 1e-30, 1e30


class PowerLaw(NamedTuple):
    """x_l -> amplitude l^exponent; amplitude None where it depends on the start."""

    exponent: float
    amplitude: float | None


class PowerLaws(NamedTuple):
    """At criticality: of the variance, q_l - q*, and of 1 - c_l. None: no power law (or nothing moves)."""

    variance: PowerLaw | None
    correlation: PowerLaw | None


def vanishing_power_laws(phi: Activation, weight: float) -> PowerLaws:
    """The class K* = 0 (tanh, erf, sin without bias): q ~ 1/(a l), q (1 - c) ~ l^(-s/a).

    a and s are the first coefficients of q'/q = 1 - a q and chi_1(q) = 1 - s q: s/a is 1 for odd
    activations, for which 1 - c tends to a value of its own, not 0: no power law.

    ValueError for activations that repel the variance from 0, or have no such coefficients.
    """
    function = phi.require_function("power laws")
    z, weights = line_quadrature()

    def changes(q: float) -> Floats:
        """1 - q'/q and 1 - chi_1."""
        growth = float(weights @ function(math.sqrt(q) * z) ** 2) / q
        return 1 - weight * np.array([growth, phi.slope_square(q)])

    found = _first_coefficients(changes, phi.name)
    if found is None:
        return PowerLaws(None, None)
    a, s = found
    if a < 0:
        raise ValueError(f"activation must attract the variance to 0 for power laws there (got {phi.name})")
    exponent = 1 - s / a
    return PowerLaws(PowerLaw(-1.0, 1 / a), None if abs(exponent) < _NO_POWER else PowerLaw(exponent, None))


def _first_coefficients(changes: Callable[[float], Floats], name: str) -> tuple[float, float] | None:
    """The slopes at 0 of two functions of q that vanish there, whatever their scale; None if the first is 0.

    From variances at which both are small but no rounding, and smaller ones until the slopes stand still.
    """

    def size(q: float) -> float:
        return float(np.abs(changes(q)).max())

    top = 1.0
    while size(top) > _SMALL and top > _FINEST:
        top /= 4
    while size(4 * top) <= _SMALL:
        top *= 4
        if top > _COARSEST:
            return None
    before = np.full(2, math.inf)
    fractions = np.arange(1.0, 6.0) / 5
    while top > _FINEST:
        values = np.array([changes(float(top * each)) for each in fractions])
        found = np.polyfit(fractions, values, 4)[-2] / top
        scale = float(np.abs(values).max()) / top
        if (np.abs(found - before) <= _STILL * scale).all():
            return None if abs(found[0]) <= _NO_POWER * scale else (float(found[0]), float(found[1]))
        top, before = top / 2, found
    raise ValueError(f"activation must be smooth at 0 for power laws of a vanishing variance (got {name})")


def correlation_power_law(phi: Activation, weight: float, q: float) -> PowerLaw | None:
    """The law of 1 - c at fixed variance q > 0 and chi_1 = 1.

    Smooth: 1 - c ~ 2/(f'' l) with f'' = w q E[phi''^2], the second derivative of the map of c at 1. Kinked:
    the first power beyond theta^2 in the angle theta = arccos c decides, by the series of the closed form.
    ValueError for kinked activations without a closed form.

    >>> from fieldtheory import activation
    >>> law = correlation_power_law(activation("relu"), 2.0, 1.0)  # 9 pi^2/2 l^-2
    >>> law.exponent, law.amplitude
    (-2.0, 44.413219)
    """
    if phi.formula is None:
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
        found, m = angle_series(phi.covariance(exact * t, exact), t, 1, 6)
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
