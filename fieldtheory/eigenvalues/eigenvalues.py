r"""Funk-Hecke eigenvalues of a zonal kernel, by power series and by quadrature.

Routes: contour integral (deep ReLU kernels, contour.py and relu_contour.py), power series with
non-negative coefficients (every other network), Gauss quadrature (a black-box function; absolute
accuracy only). Each says how far its numbers can be trusted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.cost import require_quadrature
from fieldtheory.power_series import funk_hecke
from fieldtheory.sphere.harmonics import gauss_rule, gegenbauer
from fieldtheory.sphere.projection import project_by_parity

EPS = float(np.finfo(np.float64).eps)
_LONGEST = 2**13
_LONG = 2**9  # of a series that a smooth kernel does not need
_FEW_DIMENSIONS = 30
_PRECISE = 1e-12  # relative error of an eigenvalue that is good enough
_PHASE = 2 * math.pi  # of P_l over one panel, at most


@dataclass(frozen=True)
class Eigenvalues:
    """Eigenvalues with relative error estimates; lambda_l = mantissa 2^exponent, so that none underflows.

    Last axis: degrees; of many kernels, `mantissa` and `relative_error` have a row for each.
    `falling`: lambda_{l+2} <= lambda_l, as for every kernel with non-negative Taylor coefficients.
    """

    mantissa: Floats
    exponent: NDArray[np.int64]
    relative_error: Floats
    falling: bool = True

    @property
    def values(self) -> Floats:
        """float64 eigenvalues; below 1e-308 they underflow to 0, their logarithms do not."""
        return np.asarray(np.ldexp(self.mantissa, self.exponent))

    @property
    def logs(self) -> Floats:
        """Natural logarithms; -inf where the eigenvalue is exactly zero."""
        logs = np.full(self.mantissa.shape, -np.inf)
        np.log(self.mantissa, out=logs, where=self.mantissa > 0)
        return np.asarray(logs + self.exponent * math.log(2.0))


def best_of(first: Eigenvalues, second: Eigenvalues) -> Eigenvalues:
    """Of each eigenvalue, that of the two routes with the smaller error."""
    better = first.relative_error <= second.relative_error
    return Eigenvalues(
        np.where(better, first.mantissa, second.mantissa),
        np.where(better, first.exponent, second.exponent),
        np.where(better, first.relative_error, second.relative_error),
        first.falling and second.falling,
    )


class EigenvalueRoute(Protocol):
    """How a kernel computes its eigenvalues of degrees 0 to max_degree on S^{dim-1}."""

    def __call__(self, dim: int, max_degree: int) -> Eigenvalues: ...


def from_power_series(
    coefficients: Callable[[int, bool], Floats],
    trace: float,
    dim: int,
    max_degree: int,
    values: AngleValues | None = None,
    longest: int = _LONGEST,
) -> Eigenvalues:
    """Eigenvalues of sum_q b_q t^q with b_q >= 0, given `coefficients(length, perturbed)`.

    The length doubles until no eigenvalue can move by more than rounding; what is still missing at the
    last length (at most `longest`) enters the relative error, as does the change by `perturbed` coefficients.
    `values`: the kernel itself, whose integral is the better route to the low degrees of a kernel with kinks,
    in few dimensions.
    """
    length, integral = 2 * (max_degree // 2 + 64), None
    while True:
        b = coefficients(length, False)
        mantissa, exponent, beyond = funk_hecke(b, dim, max_degree)
        missing = _missing_mass(b, trace) * beyond
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            # an eigenvalue without a single coefficient is zero by symmetry
            truncation = np.where((missing > 0) & (mantissa > 0), missing / mantissa, 0.0)
        if length >= longest or float(truncation.max()) < 4 * EPS:
            break
        if values is not None and dim <= _FEW_DIMENSIONS and length >= _LONG:
            if integral is None:
                integral = from_angles(values, dim, max_degree)
            if np.minimum(truncation, integral.relative_error).max() < _PRECISE:
                break
        length *= 2
    moved, moved_exponent, _ = funk_hecke(coefficients(length, True), dim, max_degree)
    change = np.abs(np.ldexp(moved, moved_exponent - exponent) - mantissa)
    with np.errstate(divide="ignore"):
        spread = np.divide(change, mantissa, out=np.zeros_like(change), where=change > 0)
    rounding = (16 + 2 * np.arange(max_degree + 1)) * EPS
    found = Eigenvalues(mantissa, exponent, truncation + spread + np.where(mantissa > 0, rounding, 0.0))
    if values is not None and dim <= _FEW_DIMENSIONS and found.relative_error.max() > _PRECISE:
        integral = from_angles(values, dim, max_degree) if integral is None else integral
        return best_of(found, integral)
    return found


class AngleValues(NamedTuple):
    """A kernel as function of t and 1 - t, and the absolute error of its values beyond rounding."""

    values: Callable[[Floats, Floats], Floats]
    error: float


def from_angles(kernel: AngleValues, dim: int, max_degree: int) -> Eigenvalues:
    """Eigenvalues by quadrature in the angle, where the kernels of networks are smooth but for the ends.

    Panels shrink towards 0 and pi. The accuracy is absolute: see `from_quadrature`.
    """
    current, size = _angle_integral(kernel, dim, max_degree, 16)
    change = np.abs(current - _angle_integral(kernel, dim, max_degree, 12)[0])
    unsure = change + (EPS * (8 + 2 * np.arange(max_degree + 1)) + kernel.error) * size
    known = unsure < np.abs(current)
    relative = np.divide(unsure, np.abs(current), out=np.full_like(unsure, np.inf), where=known)
    exponent = np.zeros(max_degree + 1, dtype=np.int64)
    return Eigenvalues(np.where(known & (current > 0), current, 0.0), exponent, relative)


def _angle_integral(kernel: AngleValues, dim: int, max_degree: int, nodes: int) -> tuple[Floats, Floats]:
    """The integrals of K P_l, and of |P_l| times the largest |K|."""
    ends = 0.5 ** np.arange(40, 2, -1)
    ends = ends[ends * max_degree / 2 < _PHASE]
    middle = np.linspace(ends[-1], math.pi / 2, 6 + math.ceil(max_degree * math.pi / 2 / _PHASE))[1:]
    x, w = np.polynomial.legendre.leggauss(nodes)
    edges = np.concatenate([[0.0], ends, middle])
    width = np.diff(edges)[:, None]
    angle, weight = (edges[:-1, None] + width * (1 + x) / 2).ravel(), (w * width / 2).ravel()
    gap = 2 * np.sin(angle / 2) ** 2
    constant = math.exp(math.lgamma(dim / 2) - math.lgamma((dim - 1) / 2)) / math.sqrt(math.pi)
    measure = constant * weight * np.sin(angle) ** (dim - 2)
    right, left = kernel.values(1 - gap, gap), kernel.values(gap - 1, 2 - gap)
    largest = max(float(np.abs(right).max()), float(np.abs(left).max()))
    # P_l(-t) = (-1)^l P_l(t): even degrees see the sum of both halves, odd ones the difference
    both = np.stack([measure * (right + left), measure * (right - left)])
    found, size = project_by_parity(max_degree, 1 - gap, dim, both, measure)
    return found, 2 * largest * size


def _missing_mass(b: Floats, trace: float) -> float:
    """Bound on the sum of the coefficients left out: the trace less what is there.

    Where that drowns in the rounding of the trace, the last two octaves of the coefficients continued as
    a power law, which is exact for a power law and too much for anything that falls faster.
    """
    by_trace = max(trace - float(b.sum()), 0.0)
    if by_trace > 64 * EPS * trace:
        return by_trace
    half = len(b) // 2
    last, before = float(b[half:].sum()), float(b[half // 2 : half].sum())
    if last < 0.9 * before:
        return last * last / (before - last)
    return by_trace + 4 * EPS * trace if last > 0 else 0.0


def from_quadrature(function: Callable[[Floats], Floats], dim: int, max_degree: int) -> Eigenvalues:
    """Eigenvalues of any function of t by Gauss quadrature, doubled until it no longer changes.

    The accuracy is absolute: rounding leaves about EPS max|K| / sqrt(deg), so that the relative error of
    a high degree can exceed 1, and is reported as such. ValueError for an eigenvalue that is negative
    beyond its error: the function is not a kernel.
    """
    require_quadrature(dim, max_degree)
    previous, nodes = None, 2 * max_degree + 32
    while True:
        t, w = gauss_rule(dim, nodes)
        values = function(t)
        polynomials = gegenbauer(max_degree, t, dim)
        current = polynomials @ (w * values)
        noise = EPS * (8 + 2 * np.arange(max_degree + 1)) * (np.abs(polynomials) @ (w * np.abs(values)))
        if previous is not None:
            change = np.abs(current - previous)
            if (change <= 4 * noise).all() or nodes > 2000:
                break
        previous, nodes = current, 2 * nodes
    unsure = change + noise
    if (current < -unsure - 64 * EPS * np.abs(values).max()).any():
        raise ValueError(
            f"function must be a positive-definite kernel for dim {dim} "
            f"(got the eigenvalue {current.min():.3g} at degree {int(np.argmin(current))})"
        )
    with np.errstate(divide="ignore"):
        relative = unsure / np.abs(current)
    # what can't be told from zero and came out negative is zero, with an infinite relative error
    lost = current <= 0
    exponent = np.zeros(max_degree + 1, dtype=np.int64)
    return Eigenvalues(
        np.where(lost, 0.0, current), exponent, np.where(lost, np.inf, relative), falling=False
    )
