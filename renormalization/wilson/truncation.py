r"""Truncated kernels with a renormalised ridge: by harmonics, or by powers of t (the renormalised NTK).

A kernel K(t) = sum_q b_q t^q = sum_l deg(l) lambda_l P_l(t) learns few modes from n points; the rest acts as
noise. Trimming powers q > r (Cohen, Malka, Ringel, arXiv 1906.05301, section on the renormalised NTK) leaves
sigma_r^2 = sum_{q>r} b_q and lowers the kept eigenvalues by a relative O(1/d); trimming degrees l > r
does not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp
from numpy.polynomial import chebyshev

from fieldtheory.arguments import require_dimension, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.eigenvalues.eigenvalues import EPS, Eigenvalues, from_power_series
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.references import COHEN_MALKA_RINGEL
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import gegenbauer_rows

_NODES = 48  # of the Chebyshev interpolation on [-1/2, 1/2], where K is analytic around: 3.7^-48
_TERMS = 28  # kept of it: the rest is rounding
_MOST_NOISE = 1e-6  # of a coefficient, relative to K(1)
_MOST_EXCESS = 1e-12  # of the sum of the coefficients over K(1): rounding of an interpolated kernel
_DIGITS = 30
_MORE_DIGITS = 45  # what changes between the two is rounding


class RenormalisedKernel(NamedTuple):
    """A truncated kernel and the ridge to add for what was cut: sigma_r^2."""

    kernel: ZonalKernel
    ridge: float

    def plot(self, axes: Any = None) -> Any:
        """Draw it into Matplotlib axes, by default those of a new figure; returns the axes."""
        return plot(self, axes)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (COHEN_MALKA_RINGEL, *self.kernel.references)


def renormalised_ntk(
    kernel: ZonalKernel, powers: int | None = None, *, degree: int | None = None, dim: int | None = None
) -> RenormalisedKernel:
    r"""A kernel trimmed to its lowest powers of t, or degrees, and the noise that stands for the rest.

    `powers=r`: K_r(t) = sum_{q<=r} b_q t^q and sigma_r^2 = K(1) - K_r(1), the Taylor trimming. `degree=r`
    with `dim`: degrees l <= r on S^{dim-1} instead, whose eigenvalues stay. Either is the naive, unscreened
    ridge; `WilsonFlow` screens it, and knows what n points can learn. Works for any ZonalKernel.

    The Taylor ridge is a difference, known to the rounding of K(1) and never below 0. ValueError unless one
    of `powers` and `degree` is given, for a `dim` beside `powers`, which need none, for a kernel without a
    closed form for which more than 12 powers are asked, and for coefficients that add up to more than K(1).

    Source: Cohen, Malka, Ringel, arXiv 1906.05301 (their Fig. 1 below).

    Equation: renormalised-ntk

    >>> from fieldtheory import FullyConnected
    >>> ntk = FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1 / 50).ntk()
    >>> trimmed, noise = renormalised_ntk(ntk, powers=3)
    >>> trimmed.spectrum(dim=50, max_degree=3).eigenvalues
    array([3.19370569e+00, 7.27388953e-04, 5.98201701e-06, 1.62037699e-07])
    >>> round(noise, 6)
    0.018731
    """
    if not isinstance(kernel, ZonalKernel):
        raise ValueError(
            f"kernel must be a ZonalKernel, such as FullyConnected(3).ntk() (got {shown(kernel)})"
        )
    if (powers is None) == (degree is None):
        got = f"{shown(powers)} and {shown(degree)}"
        raise ValueError(f"powers or degree must be given, one of them (got {got})")
    if degree is not None:
        degree = require_integer("degree", degree, minimum=0)
        spectrum = kernel.spectrum(require_dimension(dim), degree)
        return RenormalisedKernel(harmonic_kernel(spectrum, degree), spectrum.tail)
    if dim is not None:
        raise ValueError(
            f"dim must be None with powers, which are the same in every dimension (got {shown(dim)})"
        )
    coefficients = taylor_coefficients(kernel, require_integer("powers", powers, minimum=0, maximum=1000))
    trimmed = polynomial_kernel(coefficients, f"{kernel.name}, powers <= {powers}")
    rest = kernel.trace - trimmed.trace
    if rest < -_MOST_EXCESS * kernel.trace:
        raise ValueError(
            f"kernel must have Taylor coefficients that add up to K(1) = {kernel.trace:.6g} at most (got "
            f"{trimmed.trace:.6g} for {kernel.name})"
        )
    return RenormalisedKernel(trimmed, max(rest, 0.0))


def taylor_coefficients(kernel: ZonalKernel, powers: int) -> Floats:
    """b_0 ... b_powers of K(t) = sum b_q t^q; a kernel on every sphere has none below 0.

    From derivatives at 30 digits where the kernel has a closed form, to relative accuracy however small;
    else from an interpolation around t = 0, whose rounding grows with the power: 0 for what is below it.
    ValueError for a negative coefficient beyond rounding, and for powers where it exceeds 1e-6 K(1).

    >>> taylor_coefficients(ZonalKernel.from_function(lambda t: np.exp(t)), 3)
    array([1.        , 1.        , 0.5       , 0.16666667])
    """
    if kernel.number is not None:
        coarse, found = (_derived(kernel.number, powers, digits) for digits in (_DIGITS, _MORE_DIGITS))
        noise = np.abs(found - coarse)
    else:
        found, noise = _interpolated(kernel, powers)
        if noise[-1] > _MOST_NOISE * kernel.trace:
            lost = int(np.argmax(noise > _MOST_NOISE * kernel.trace))
            raise ValueError(
                f"powers must be below {lost} for a kernel without a closed form: the next coefficients "
                f"drown in rounding (got {powers})"
            )
    if (found < -noise).any():
        raise ValueError(
            f"kernel must have non-negative Taylor coefficients (got {found.min():.3g} at power "
            f"{int(np.argmin(found))} of {kernel.name})"
        )
    return np.where(found > noise, found, 0.0)


def _derived(function: Callable[[Any], Any], powers: int, digits: int) -> Floats:
    with mp.workdps(digits):
        return np.array([float(each) for each in mp.taylor(function, 0, powers)])


def _interpolated(kernel: ZonalKernel, powers: int) -> tuple[Floats, Floats]:
    """b_0 ... b_powers from a Chebyshev series of K(x/2), x in [-1, 1], and what rounding can do to them."""
    angles = np.pi * (np.arange(_NODES) + 0.5) / _NODES
    values = kernel(0.5 * np.cos(angles))
    series = 2 / _NODES * np.cos(np.outer(np.arange(_TERMS), angles)) @ values
    series[0] /= 2
    rounding = EPS * float(np.abs(values).max())
    terms = int(np.flatnonzero(np.abs(series) > 8 * rounding).max(initial=0)) + 1
    found, noise = np.zeros(max(powers + 1, terms)), np.zeros(max(powers + 1, terms))
    for n in range(terms):
        each = chebyshev.cheb2poly(np.eye(terms)[n])
        found[: len(each)] += series[n] * each
        noise[: len(each)] += 2 * rounding * np.abs(each)
    scale = 2.0 ** np.arange(powers + 1)
    # beyond the last term nothing is known but that its coefficient is below rounding
    noise[terms:] = noise[:terms].max()
    return np.asarray(found[: powers + 1] * scale), np.asarray(noise[: powers + 1] * scale)


def polynomial_kernel(coefficients: Floats, name: str) -> ZonalKernel:
    """The kernel sum b_q t^q with b_q >= 0, its eigenvalues from the positive series.

    >>> polynomial_kernel(np.array([0.5, 0.5]), "linear").spectrum(dim=5, max_degree=2).eigenvalues
    array([0.5, 0.1, 0. ])
    """
    b = np.array(coefficients, dtype=np.float64)

    def series(length: int, perturbed: bool) -> Floats:
        padded = np.zeros(max(length, len(b)))
        padded[: len(b)] = b * (1 + EPS) if perturbed else b
        return padded

    def values(t: Floats) -> Floats:
        return np.asarray(np.polynomial.polynomial.polyval(t, b))

    trace = float(b.sum())
    return ZonalKernel(name, trace, 0.0, values, partial(from_power_series, series, trace))


def harmonic_kernel(spectrum: Spectrum, max_degree: int) -> ZonalKernel:
    """The kernel sum_{l<=max_degree} deg(l) lambda_l P_l(t) on the sphere of the spectrum.

    ValueError for a spectrum without a dim; its `spectrum` is refused in any other dimension.

    >>> harmonic_kernel(Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 3, 5], dim=3), 1)([1.0, 0.0]).tolist()
    [2.5, 1.0]
    """
    own = spectrum.require_dim("a kernel of its harmonics")
    kept = spectrum.truncate(max_degree)
    name = f"harmonics of degree <= {max_degree} in dimension {own}"
    # functions by name and what they are given, which pickle can hand on
    values, route = partial(_harmonic_values, kept, own), partial(_harmonic_route, kept, own)
    return ZonalKernel(name, float(kept.degree_traces.sum()), 0.0, values, route)


def _harmonic_values(kept: Spectrum, dim: int, t: Floats) -> Floats:
    total = np.zeros_like(t)
    for trace, row in zip(kept.degree_traces, gegenbauer_rows(kept.max_degree, t, dim), strict=True):
        total += trace * row
    return total


def _harmonic_route(kept: Spectrum, own: int, dim: int, max_degree: int) -> Eigenvalues:
    if dim != own:
        raise ValueError(f"dim must be {own}, that of the harmonics kept (got {dim})")
    found, relative = np.zeros(max_degree + 1), np.zeros(max_degree + 1)
    common = min(max_degree, kept.max_degree) + 1
    found[:common], relative[:common] = kept.eigenvalues[:common], kept.relative_error[:common]
    return Eigenvalues(found, np.zeros(max_degree + 1, dtype=np.int64), relative, falling=False)
