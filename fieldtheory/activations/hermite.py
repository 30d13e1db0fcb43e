r"""Hermite series of activations without a closed form, with a bound on what is neglected.

phi(sqrt(q) z) = sum_n a_n(q) h_n(z), h_n = He_n/sqrt(n!) orthonormal under the standard normal law,
gives E[phi phi'] = sum_n a_n^2 rho^n and E[dphi dphi'] = sum_n n a_n^2 rho^(n-1)/q, rho = k/q (Mehler's
formula). What is neglected is bounded by the sum rules sum_n a_n^2 = E[phi^2], sum_n n a_n^2 = q E[phi'^2].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.angle_table import MOST_PLACES, AngleTable
from fieldtheory.activations.array_function import ArrayFunction
from fieldtheory.activations.moments import Function, Moments, Pair, SeriesMoments, Top, Uncertainty
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown

MAX_TERMS = 1024
_NODES = 16  # of a panel
_WIDTH = 0.5  # of a panel in z, unless the function asks for less
_SIGHT = 13.0  # exp(-z^2/4) is below 1e-18 beyond
_SAMPLES = 17  # of a panel, to see whether the function is smooth there
_MOST_ROUGH = 128  # panels of one width
_ROUNDING = 1e-15  # of a sum of squares, relative
_CONSTANT = 1e-15  # relative variation of what is constant but for rounding
_TABLE_ROUNDING, _SLOPE_LOSS = 1e-13, 300.0  # of an AngleTable, and by what a derivative is worse
_FAR = 8.5  # standard deviations, beyond which a kink has no weight
_ODD = 0.3764912  # a fraction that no kink is likely to sit at
_ASIDE, _SHORT = 1e-2, 1e-11  # of the points on either side of a kink; of a short decimal
_NARROW, _CLUSTER = 1e-5, 1e-3  # of panels around a kink, and how far apart kinks must be
_FINEST = 1e-12  # width of a panel; one that is narrower holds a jump or nothing


@dataclass(frozen=True)
class HermiteSeries:
    """Hermite coefficients a_n of an activation at one variance, with their errors.

    `noise`: quadrature error of each; `missing`, `missing_derivative`: what the sum rules add to E[phi^2] and
    E[phi'^2]; `top`: these two, of the series or, where terms are missing, by quadrature.

    Equation: hermite-series
    """

    coefficients: Floats
    noise: float
    top: Top
    missing: float
    missing_derivative: float

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing but rounding."""
        return self.missing <= 2 * _ROUNDING * self.top.variance

    @property
    def squares(self) -> Floats:
        """Squared coefficients a_n^2: the power series of E[phi phi'] in rho."""
        return self.coefficients**2

    @property
    def perturbed_squares(self) -> Floats:
        """Squared coefficients off by their error: a quarter of them if some lack, else the noise added.

        For squares that fall like n^(-3/2) or faster, kinks included, what the last three quarters of the
        terms change is at least what all missing ones would, in E[phi phi'] and E[dphi dphi'] alike.
        """
        if len(self.coefficients) == MAX_TERMS:
            return self.squares[: MAX_TERMS // 4]
        return np.where(self.coefficients != 0, (np.abs(self.coefficients) + self.noise) ** 2, 0.0)


def hermite_series(
    function: Function, variance: float, most: int = MAX_TERMS, breakpoints: Sequence[float] = ()
) -> HermiteSeries:
    """Hermite coefficients of phi(sqrt(variance) z), as many as the sum rule asks for (at most `most`).

    Composite Gauss-Legendre quadrature in z, on panels that meet at 0, at `breakpoints` (values of x) and
    wherever else the function has kinks or jumps; the noise is the change when the panels are halved.

    >>> hermite_series(np.tanh, 1.0).missing < 1e-14
    True
    """
    terms, function = 64, ArrayFunction.of(function)
    edges = rough_places(function, variance, breakpoints)
    while True:
        panels = np.union1d(np.arange(0.0, _reach(terms) + _WIDTH / 2, _WIDTH), edges)
        coarse, coarse_power, coarse_slope = _project(function, variance, terms, panels)
        panels = np.union1d(panels, (panels[1:] + panels[:-1]) / 2)
        fine, power, slope_power = _project(function, variance, terms, panels)
        noise = float(np.abs(fine - coarse).max()) + 4e-17 * math.sqrt(power)
        found = Top(float((fine**2).sum()), float(np.arange(terms) @ fine**2) / variance)
        missing, missing_slope, floor = (
            power - found.variance,
            slope_power - found.derivative,
            _ROUNDING * power,
        )
        if missing <= floor:
            return HermiteSeries(fine, noise, found, floor, floor / variance)
        if terms >= most:
            # more slope in the series than in the function, between its jumps: the true one is infinite
            jumps = missing_slope < -1e-8 * power
            top = Top(power, math.inf if jumps else slope_power)
            missing += abs(power - coarse_power)
            missing_slope += floor + abs(slope_power - coarse_slope)
            return HermiteSeries(fine, noise, top, missing, math.inf if jumps else missing_slope)
        terms *= 4


def _reach(terms: int) -> int:
    """Range of z to integrate over: past the turning point of h_n exp(-z^2/4), for all terms."""
    return 2 * math.isqrt(terms) + 10


def rough_places(
    function: Function, variance: float, breakpoints: Sequence[float] = (), shift: float = 0.0
) -> Floats:
    """Panel edges in z > 0 that isolate kinks and jumps of phi(+-sqrt(variance) z); given those known.

    `shift`: of the panels to begin with, since what happens at their edges is not seen.

    Panels in which a polynomial does not follow the function are halved, and again those of their halves in
    which it does not; where it is cut off by the Gaussian weight this does not matter.
    """
    root, scale = math.sqrt(variance), 0.0
    known = np.abs(np.asarray(breakpoints, dtype=np.float64)) / root
    first = np.union1d([0.0], np.arange(shift, _SIGHT + _WIDTH / 2, _WIDTH))
    starts = np.union1d(first, known[known < _SIGHT])
    function, left, width = ArrayFunction.of(function), starts[:-1], np.diff(starts)
    angles = np.pi * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    # the ends of a panel, too, but not jumps that are there
    places = 0.5 + 0.5 * (1 - 1e-12) * np.cos(angles) / np.cos(angles[0])
    highest = np.linalg.pinv(np.polynomial.chebyshev.chebvander(2 * places - 1, _SAMPLES - 1))[-4:]
    edges = [left]
    while len(left):
        z = left[:, None] + width[:, None] * places
        values = np.stack([function(s * z.ravel()).reshape(z.shape) for s in (root, -root)])
        weight = np.exp(-(left**2) / 4)
        scale = max(scale, float((np.abs(values).max(axis=(0, 2)) * weight).max()))
        rough = np.abs(values @ highest.T).max(axis=2)
        rough_panels = (rough > 1e-10 * np.ptp(values, axis=2)) & (rough * weight > 1e-13 * scale)
        halved = rough_panels.any(axis=0) & (width > _FINEST)
        left, width = left[halved], width[halved] / 2
        if len(left) > _MOST_ROUGH:  # no kinks but noise: what the quadrature makes of it shows in its error
            break
        left, width = np.concatenate([left, left + width]), np.concatenate([width, width])
        edges.append(left)
    return np.concatenate(edges)


def kink_places(function: Function, variance: float, breakpoints: Sequence[float] = ()) -> Floats:
    """The z > 0 of kinks and jumps of phi(+-sqrt(variance) z), 0 included.

    Those found are where the panels of `rough_places` shrink without end; jumps are bisected to the last
    digit.

    >>> kink_places(lambda x: np.clip(x, -1, 1), 4.0)
    array([0. , 0.5])
    """
    function, root = ArrayFunction.of(function), math.sqrt(variance)
    edges = np.unique(rough_places(function, variance, breakpoints, shift=_ODD * _WIDTH))
    given = np.abs(np.asarray(breakpoints, dtype=np.float64)) / root
    narrow = np.flatnonzero(np.diff(edges) < _NARROW)
    found: list[float] = []
    for group in np.split(narrow, np.flatnonzero(np.diff(edges[narrow]) > _CLUSTER) + 1):
        if len(group):
            low, high = edges[group[0]], edges[group[-1] + 1]
            low, high = low - 1e-11, high + 1e-11
            if not (np.abs(given - low) < _CLUSTER).any():
                found += _located(function, root, low, high)
    return np.unique(np.concatenate([[0.0], given[given < _FAR], [z for z in found if z < _FAR]]))


def _located(function: Function, root: float, low: float, high: float) -> list[float]:
    """Where phi(sqrt(q) z) and phi(-sqrt(q) z) jump between low and high, else the middle, rounded."""
    found = []
    for sign in (root, -root):
        left, right = low, high
        ends = function(sign * np.array([left, right]))
        jump = abs(float(ends[1] - ends[0]))
        around = function(sign * np.array([low - _ASIDE, high + _ASIDE]))
        steepest = float(np.abs(around - ends).max()) / _ASIDE
        if jump > max(10 * steepest * (high - low), 1e-9 * float(np.abs(ends).max())):
            while (middle := (left + right) / 2) not in (left, right):
                value = float(function(sign * np.array([middle]))[0])
                if abs(value - ends[0]) < abs(value - ends[1]):
                    left = middle
                else:
                    right = middle
            found.append(right)
    if found:
        return found
    middle = _crossing(function, root, low, high)
    short = round(middle * root, 10) / root
    return [short if abs(short - middle) < _SHORT else middle]


def _crossing(function: Function, root: float, low: float, high: float) -> float:
    """Where the polynomials through the function below and above a kink cross; the middle if they do not."""
    middle, x = (low + high) / 2, np.cos(np.pi * (np.arange(8) + 0.5) / 8) * 0.5 + 0.5
    best, found = 0.0, middle
    for sign in (root, -root):
        left, right = (
            np.polynomial.polynomial.polyfit((z - middle) / _ASIDE, function(sign * z), 5)
            for z in (low - _ASIDE * x, high + _ASIDE * x)
        )
        kink = abs(float(left[1] - right[1]))
        if kink > max(best, 1e-6 * float(np.abs(left).max())):
            roots = np.roots((left - right)[::-1])
            nearest = roots[np.argmin(np.abs(roots))]
            if abs(nearest.imag) * _ASIDE < _NARROW and abs(nearest.real) * _ASIDE < _CLUSTER:
                best, found = kink, middle + _ASIDE * float(nearest.real)
    return found


def _project(function: Function, variance: float, terms: int, edges: Floats) -> tuple[Floats, float, float]:
    """Hermite coefficients a_0 ... a_{terms-1}, E[phi^2] and E[phi'^2], by quadrature on these panels.

    phi' is the derivative of the polynomial through the nodes of a panel, which sees no jump at its ends;
    panels that are there for a jump are left out.
    """
    x, w = np.polynomial.legendre.leggauss(_NODES)
    width = np.diff(edges)[:, None]
    z = (edges[:-1, None] + width * (1 + x) / 2).ravel()
    weight = (w * width / 2).ravel()
    root = math.sqrt(variance)
    right, left = function(root * z), function(-root * z)
    # even and odd parts apart: what vanishes by symmetry is then exactly zero
    parts = (right + left) / 2, (right - left) / 2
    envelope = np.exp(-(z**2) / 4) / (2 * math.pi) ** 0.25
    out = np.empty(terms)
    previous, current = np.zeros_like(z), envelope
    for n in range(terms):
        out[n] = 2 * float((weight * envelope * parts[n % 2]) @ current)
        previous, current = current, (z * current - math.sqrt(n) * previous) / math.sqrt(n + 1)
    if np.ptp(parts[0]) <= _CONSTANT * np.abs(parts[0]).max():  # odd but for a constant, like the sigmoid
        out[2::2] = 0.0
    gaussian = weight * envelope**2
    power = 2 * float(gaussian @ (parts[0] ** 2 + parts[1] ** 2))
    slope_power = 0.0
    for values in (right, left):
        slope = values.reshape(-1, _NODES) @ _differences().T * (2 / (root * width))
        slope_power += float(gaussian @ np.where(width < _FINEST, 0.0, slope).ravel() ** 2)
    return out, power, slope_power


@lru_cache(maxsize=1)
def _differences() -> Floats:
    """The matrix that differentiates the polynomial through the Gauss-Legendre nodes, at the nodes."""
    legendre = np.polynomial.legendre
    x = legendre.leggauss(_NODES)[0]
    values = legendre.legvander(x, _NODES - 1)
    slopes = np.stack([legendre.legval(x, legendre.legder(row)) for row in np.eye(_NODES)])
    found = np.linalg.solve(values.T, slopes).T.astype(np.float64)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=256)
def _kept_series(function: ArrayFunction, variance: float, breakpoints: tuple[float, ...]) -> HermiteSeries:
    return hermite_series(function, variance, breakpoints=breakpoints)


@lru_cache(maxsize=64)
def _kept_table(
    function: ArrayFunction, variance: float, breakpoints: tuple[float, ...]
) -> AngleTable | None:
    found = _kept_series(function, variance, breakpoints)
    places = kink_places(function, variance, breakpoints)
    if found.is_complete or len(places) > MOST_PLACES:
        return None
    return AngleTable.build(function, variance, places, math.isinf(found.top.derivative))


@dataclass(frozen=True)
class HermiteAverages:
    """The Gaussian averages of any function of float64 arrays with at most polynomial growth.

    In the form that `Activation` takes them; they can be pickled if the function can.

    >>> HermiteAverages(ArrayFunction(np.tanh)).uncertainty(1.0).covariance < 1e-14
    True
    """

    function: ArrayFunction
    breakpoints: tuple[float, ...] = ()

    def at(self, variance: float) -> HermiteSeries:
        """The Hermite series at this variance."""
        return _kept_series(self.function, variance, self.breakpoints)

    def table(self, variance: float) -> AngleTable | None:
        """The averages by angle, where the series leaves digits out; None where it does not."""
        if self.at(variance).is_complete:
            return None
        return _kept_table(self.function, variance, self.breakpoints)

    def top(self, variance: float) -> Top:
        """E[phi^2] and E[phi'^2]."""
        return self.at(variance).top

    def layer(self, pair: Pair) -> Moments:
        """The moments as float64 arrays."""
        table = self.table(pair.variance)
        if table is not None:
            return table.layer(pair)
        squares = self.at(pair.variance).squares
        rho, drop = pair.covariance / pair.variance, pair.deficit / pair.variance
        rest = np.cumsum(squares[::-1])[::-1][1:]  # sum_{n>m} a_n^2: 1 - rho^n = (1 - rho) sum_{m<n} rho^m
        slope = np.arange(1, len(squares)) * squares[1:] / pair.variance
        missing = self.at(pair.variance).top.variance - float(squares.sum())
        deficit = drop * _polynomial(rest, rho) + missing
        return Moments(_polynomial(squares, rho), deficit, _polynomial(slope, rho))

    def series_layer(self, k: Floats, q: float, perturbed: bool) -> SeriesMoments:
        """The moments as power series."""
        found = self.at(q)
        squares = found.perturbed_squares if perturbed else found.squares
        slope = np.arange(1, len(squares)) * squares[1:] / q
        return SeriesMoments(*series.compose([squares, slope], k / q))

    def uncertainty(self, variance: float) -> Uncertainty:
        """Bounds on the errors of both moments."""
        found, table = self.at(variance), self.table(variance)
        if table is not None:
            error = table.error + _TABLE_ROUNDING
            return Uncertainty(
                error * found.top.variance, _SLOPE_LOSS * error * found.top.derivative, relative=True
            )
        noise = 2 * found.noise * float(np.abs(found.coefficients).sum())
        slope_noise = 2 * found.noise * float(np.arange(len(found.coefficients)) @ np.abs(found.coefficients))
        return Uncertainty(found.missing + noise, found.missing_derivative + slope_noise / variance)


def _polynomial(coefficients: Floats, x: Floats) -> Floats:
    return np.asarray(np.polynomial.polynomial.polyval(x, coefficients), dtype=np.float64)


@dataclass(frozen=True)
class HermiteSum:
    """The function sum_n c_n He_n(x)/sqrt(n!).

    >>> HermiteSum((0.0, 0.0, 2.0))(np.array([1.0, 2.0]))
    array([0.        , 4.24264069])
    """

    coefficients: tuple[float, ...]

    @classmethod
    def of(cls, coefficients: Sequence[float]) -> HermiteSum:
        """That of these numbers; ValueError unless they are finite."""
        c = require_reals("coefficients", coefficients, what="a list of finite numbers")
        if c.ndim != 1 or not len(c):
            raise ValueError(
                f"coefficients must be a non-empty list of finite numbers (got {shown(coefficients)})"
            )
        return cls(tuple(c.tolist()))

    def __call__(self, x: Floats) -> Floats:
        total, previous, current = np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
        for n, value in enumerate(self.coefficients):
            total = total + value * current
            previous, current = current, (x * current - math.sqrt(n) * previous) / math.sqrt(n + 1)
        return total
