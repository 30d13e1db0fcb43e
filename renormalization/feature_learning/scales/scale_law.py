r"""The prior law of the scale of a linear network: q = prod_l u_l, u_l ~ chi^2_n/n for a layer of width n.

Given its read-out seen from the first hidden layer, a linear network is a Gaussian process with covariance
q K, K the kernel at infinite width. The density of log q is an inverse Mellin transform of the moments
E[q^s] = prod_l Gamma(a_l + s)/(Gamma(a_l) a_l^s), a_l = n_l/2, along a contour through the saddle point s_0
where E[q^s] q^(-s) is stationary: there nothing cancels, and tails keep their digits, down to where a
posterior may put its weight (a convolution by FFT loses them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import digamma, loggamma, polygamma

from fieldtheory.array_types import Floats

_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
_FAR = 12.0  # |z| from which eight terms of Stirling's series are exact to rounding
_DEPTH = 40.0  # -log of what is neglected
_BLOCK = 64  # nodes at a time, whose contours are cut off together
_SINE = math.sqrt(0.5)  # of the angle between the contour and the imaginary axis, far out
_STEP = 0.12  # of the contour's parameter: analytic in a strip of half width pi/4


class ScaleLaw(NamedTuple):
    """The law of q at nodes: `logs` = log q, `log_density` of log q, and means at given q.

    `partial[k]`: E[u_1 ... u_k | q], k = 0 ... L - 1, a row each; `jacobian`: d log q/dv of the nodes v.
    """

    logs: Floats
    log_density: Floats
    partial: Floats
    jacobian: Floats


def scale_law(widths: Sequence[int], v: Floats) -> ScaleLaw:
    """At nodes v, real numbers: log q rises like v to the left, like log v to the right, and is <log q> at 0.

    >>> law = scale_law([2], np.array([0.0]))  # q of an exponential law, density e^-q
    >>> bool(np.isclose(law.log_density, law.logs - np.exp(law.logs)).all())
    True
    """
    shapes = np.array(widths, dtype=np.float64) / 2
    # the saddle s_0 = -n/2 + e^asinh(v) n/2 of the smallest width n, with no cancellation next to -n/2
    above = shapes.min() * np.where(v > 0, v + np.hypot(v, 1), 1 / (np.hypot(v, 1) - np.minimum(v, 0)))
    z = (shapes - shapes.min())[:, None] + above
    a, s = shapes[:, None], above - shapes.min()
    lag = digamma(z) - np.log(z)
    spread = np.sum(polygamma(1, z), axis=0)
    near = np.abs(s) < a / 2
    growth = np.where(near, np.log1p(np.where(near, s / a, 0.0)), np.log(z / a))
    at_saddle = (a - 0.5) * growth - s * (1 + lag) + _stirling_rest(z) - _stirling_rest(a)
    logs = np.sum(growth + lag, axis=0)
    density, partial = np.empty(len(v)), np.empty((len(shapes), len(v)))
    for start in range(0, len(v), _BLOCK):
        part = slice(start, start + _BLOCK)
        density[part], partial[:, part] = _along_contour(z[:, part], a, lag[:, part], spread[part])
    jacobian = above / np.hypot(v, 1) * spread
    return ScaleLaw(logs, at_saddle.sum(axis=0) + np.log(density), partial / density, jacobian)


def _along_contour(z: Floats, a: Floats, lag: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """(1/2 pi i) int ds E[q^s] q^(-s) relative to the saddle; and the means of u_1, u_1 u_2, ... times that.

    The contour is a hyperbola that opens to the left around the poles of Gamma, from the first of them
    mu (1 - sin phi cosh theta + i cos phi sinh theta), phi = pi/4; the trapezoidal rule in theta converges
    geometrically (Weideman, Trefethen 2007).
    """
    least = z.min(axis=0)
    size = least / (1 - _SINE)  # mu (1 - sin phi) is the distance of the saddle from the first pole
    step = np.minimum(_STEP, 0.6 / (size * _SINE * np.sqrt(spread)))
    number = 16
    while True:
        theta = step[:, None] * np.arange(number)
        move = size[:, None] * _SINE * (1 - np.cosh(theta) + 1j * np.sinh(theta))
        exponent = np.zeros(theta.shape, dtype=np.complex128)
        for layer, real in enumerate(z):
            there = real[:, None] + move
            exponent += (there - 0.5) * _log_of_ratio(move / real[:, None])
            exponent += _stirling_rest(there) - _stirling_rest(real)[:, None]
            exponent -= move * (1 + lag[layer][:, None])
        if (exponent[:, -1].real < -_DEPTH).all():
            break
        number = number * 3 // 2
    along = np.cosh(theta) + 1j * np.sinh(theta)
    values = np.exp(exponent) * along * (size * _SINE * step / math.pi)[:, None]
    values[:, 0] *= 0.5
    partial = []
    for layer, real in enumerate(z):
        partial.append(values.real.sum(axis=1))
        if layer + 1 < len(z):
            values = values * (real[:, None] + move) / a[layer, 0]
    return partial[0], np.array(partial)


def _log_of_ratio(w: Any) -> Any:
    """log(1 + w), its small real part to full accuracy."""
    real, imaginary = w.real, w.imag
    return 0.5 * np.log1p(2 * real + real**2 + imaginary**2) + 1j * np.arctan2(imaginary, 1 + real)


def _stirling_rest(z: Any) -> Any:
    """log Gamma(z) - (z - 1/2) log z + z - log(2 pi)/2, without cancellation for large z."""
    far = np.abs(z) >= _FAR
    inverse = 1 / np.where(far, z, _FAR)
    series = np.polynomial.polynomial.polyval(inverse**2, _STIRLING) * inverse
    near = np.where(far, _FAR, z)
    return np.where(
        far, series, loggamma(near) - (near - 0.5) * np.log(near) + near - 0.5 * math.log(2 * math.pi)
    )
