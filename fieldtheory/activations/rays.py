r"""Activations that are one power on either side of 0: relu, |x|, steps, squares; arc-cosine averages.

phi(x) = a x^p for x > 0 and b |x|^p for x < 0, p = 0, 1, 2. With u, v of correlation cos(theta),
E[phi phi'] = (a^2 + b^2) A_p(theta) + 2 a b A_p(pi - theta), A_p = q^p J_p(theta)/(2 pi): Cho and Saul, NIPS
2009. The derivative is such an activation again, with the powers p a and -p b.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fieldtheory import power_series as series
from fieldtheory.activations.moments import Function, Moments, Pair, SeriesMoments, Top, Uncertainty
from fieldtheory.array_types import Floats

# sin x - x cos x = x^3 sum_n ..., and x (2 + cos 2x) - (3/2) sin 2x = x^5 sum_n ..., both in powers of x^2
_EPS = float(np.finfo(np.float64).eps)
_LAG = [(-1) ** (n + 1) * 2 * n / math.factorial(2 * n + 1) for n in range(12, 0, -1)]
_SECOND_LAG = [(-1) ** m * (m - 1) * 2.0 ** (2 * m + 1) / math.factorial(2 * m + 1) for m in range(14, 1, -1)]


def _angle_lag(power: int, angle: Any) -> Any:
    """2 pi A_p(pi - angle)/q^p, like angle^(2p+1), real or complex and without cancellation."""
    if power == 0:
        return angle
    if power == 1:
        found = np.atleast_1d(np.sin(angle) - angle * np.cos(angle))
    else:
        found = np.atleast_1d(angle * (2 + np.cos(2 * angle)) - 1.5 * np.sin(2 * angle))
    small = np.atleast_1d(np.abs(angle) < 1.0)
    if small.any():
        few = np.atleast_1d(angle)[small]
        found[small] = np.polyval(_LAG if power == 1 else _SECOND_LAG, few**2) * few ** (2 * power + 1)
    return found.reshape(np.shape(angle))


def half_angles(low: Any, high: Any) -> tuple[Any, Any]:
    """theta and pi - theta, each accurate next to 0, given 1 - cos(theta) and 1 + cos(theta)."""
    if np.iscomplexobj(low):
        acute = np.abs(low) <= np.abs(high)
        half = np.where(acute, low, high)
        half.real *= 0.5  # a division by 2 would lose the sign of a zero, which names the lip of the cut
        half.imag *= 0.5
        near = 2 * np.arcsin(np.sqrt(half))
        return np.where(acute, near, math.pi - near), np.where(acute, math.pi - near, near)
    sine, cosine = _half_sine_and_cosine(low, high)
    return 2 * np.arctan2(sine, cosine), 2 * np.arctan2(cosine, sine)


def _half_sine_and_cosine(low: Any, high: Any) -> tuple[Any, Any]:
    return np.sqrt(low / 2), np.sqrt(np.maximum(high, 0.0) / 2)


@dataclass(frozen=True)
class Rays:
    """phi(x) = right x^power for x > 0, left |x|^power for x < 0; power 0, 1 or 2.

    >>> Rays(1.0, 0.1, 1)(np.array([-2.0, 3.0]))
    array([0.2, 3. ])
    """

    right: float
    left: float
    power: int

    def __call__(self, x: Floats) -> Floats:
        size = np.abs(x) ** self.power
        middle = (self.right + self.left) / 2 if self.power == 0 else 0.0
        return np.where(x > 0, self.right * size, np.where(x < 0, self.left * size, middle))

    @property
    def slope(self) -> Rays:
        """The derivative, away from 0."""
        return Rays(self.power * self.right, -self.power * self.left, self.power - 1)

    @classmethod
    def recognised(cls, function: Function) -> Rays | None:
        """The two powers that a function is at 60 points on either side, to rounding; None for others.

        >>> Rays.recognised(np.abs), Rays.recognised(np.tanh)
        (Rays(right=1.0, left=1.0, power=1), None)
        """
        x = np.geomspace(1e-4, 1e3, 60) * (1 + 0.1 * np.sin(np.arange(60.0)))
        try:
            right, left = function(x), function(-x)
        except ValueError:
            return None
        largest = np.maximum(np.abs(right), np.abs(left))
        for power in (0, 1, 2):
            a, b = right / x**power, left / x**power
            if max(np.ptp(a), np.ptp(b)) <= 8 * _EPS * float((largest / x**power).max()):
                found = cls(float(np.median(a)), float(np.median(b)), power)
                return None if found.is_polynomial else found
        return None

    @property
    def is_polynomial(self) -> bool:
        """Whether there is no kink or jump at 0 after all."""
        return bool(self.left == self.right * (-1) ** self.power)

    @property
    def is_even(self) -> bool:
        """Whether phi(-x) = phi(x)."""
        return self.right == self.left

    @property
    def jumps(self) -> bool:
        """Whether E[phi'^2] is infinite."""
        return self.power == 0 and self.right != self.left

    def mean_square(self, q: float) -> float:
        """E[phi^2]: E[z^(2p)] = 1, 1, 3 for p = 0, 1, 2."""
        return (self.right**2 + self.left**2) / 2 * (1.0, 1.0, 3.0)[self.power] * q**self.power

    def top(self, q: float) -> Top:
        """E[phi^2] and E[phi'^2]."""
        if self.power == 0:
            return Top(self.mean_square(q), math.inf if self.jumps else 0.0)
        return Top(self.mean_square(q), self.slope.mean_square(q))

    def covariance(self, pair: Pair) -> Floats:
        """E[phi phi'] alone, as float64.

        >>> Rays(1.0, 0.0, 1).covariance(Pair(np.array([2.0]), np.array([0.0]), 2.0))
        array([1.])
        """
        q = pair.variance
        sine, cosine = _half_sine_and_cosine(pair.deficit / q, (q + pair.covariance) / q)
        opposite = 2 * np.arctan2(cosine, sine)
        angle = 2 * np.arctan2(sine, cosine) if self.right * self.left else opposite
        return self._covariance(q, angle, opposite)

    def _covariance(self, q: float, angle: Floats, opposite: Floats) -> Floats:
        squares, product = self.right**2 + self.left**2, 2 * self.right * self.left
        found = squares * _angle_lag(self.power, opposite)
        if product:
            found = found + product * _angle_lag(self.power, angle)
        return np.asarray(q**self.power / (2 * math.pi) * found, dtype=np.float64)

    def deficit(self, q: float, low: Any, high: Any) -> Any:
        """E[phi^2] - E[phi phi'] for 1 - rho = low, 1 + rho = high, real or on the complex plane."""
        angle, _ = half_angles(low, high)
        gap, total = (self.right - self.left) ** 2, (self.right + self.left) ** 2
        squares, scale = self.right**2 + self.left**2, q**self.power / (2 * math.pi)
        lag = _angle_lag(self.power, angle)
        if self.power == 0:
            return scale * gap * lag
        if self.power == 1:
            return scale * (squares * math.pi * low - total * lag)
        return scale * (squares * 2 * math.pi * low * high + gap * lag)

    def uncertainty(self, q: float) -> Uncertainty:
        """Rounding, of a function that is these powers at the points where it was looked at."""
        top = self.top(q)
        return Uncertainty(4 * _EPS * top.variance, 4 * _EPS * top.derivative, relative=True)

    def layer(self, pair: Pair) -> Moments:
        """The moments as float64 arrays."""
        q = pair.variance
        low, high = pair.deficit / q, (q + pair.covariance) / q
        angle, opposite = half_angles(low, high)
        covariance = self._covariance(q, angle, opposite)
        deficit = np.asarray(self.deficit(q, low, np.maximum(high, 0.0)), dtype=np.float64)
        if self.power:
            return Moments(covariance, deficit, self.slope._covariance(q, angle, opposite))
        gap = (self.right - self.left) ** 2
        with np.errstate(divide="ignore"):
            derivative = gap / (2 * math.pi * q * np.sin(np.minimum(angle, opposite))) if gap else 0 * angle
        return Moments(covariance, deficit, np.asarray(derivative, dtype=np.float64))

    def series_layer(self, k: Floats, q: float, perturbed: bool) -> SeriesMoments:
        """The moments as power series, all terms positive."""
        rho = k / q
        root = series.inverse_square_root(rho)
        if self.power == 0:
            derivative = (self.right - self.left) ** 2 / (2 * math.pi * q) * root
            return SeriesMoments(self._series(rho, q, root), derivative)
        return SeriesMoments(self._series(rho, q, root), self.slope._series(rho, q, root))

    def _series(self, rho: Floats, q: float, root: Floats) -> Floats:
        start = np.array([rho[0]])
        angle, opposite = half_angles(1 - start, 1 + start)
        constant = float(self._covariance(q, angle, opposite)[0])
        if self.power == 0:
            slope = (self.right - self.left) ** 2 / (2 * math.pi) * root
        else:
            slope = q * self.slope._series(rho, q, root)
        return series.integrate(slope, rho, constant)

    def formula(self, k: Any, q: Any) -> Any:
        """E[phi phi'] in SymPy."""
        import sympy

        rho = k / q
        angle = sympy.acos(rho)
        sine = sympy.sqrt(1 - rho**2)
        here, there = {
            0: (sympy.pi - angle, angle),
            1: (sine + rho * (sympy.pi - angle), sine - rho * angle),
            2: (
                3 * sine * rho + (sympy.pi - angle) * (1 + 2 * rho**2),
                -3 * sine * rho + angle * (1 + 2 * rho**2),
            ),
        }[self.power]
        a, b = (exact(value) for value in (self.right, self.left))
        return q**self.power / (2 * sympy.pi) * ((a**2 + b**2) * here + 2 * a * b * there)

    def symbol(self, x: Any) -> Any:
        """phi in SymPy."""
        import sympy

        a, b = (exact(value) for value in (self.right, self.left))
        size = abs(x) ** self.power
        middle = (a + b) / 2 if self.power == 0 else 0
        return sympy.Piecewise((a * size, x > 0), (b * size, x < 0), (middle, True))


def exact(value: float) -> Any:
    """The decimal that a float prints as."""
    import sympy

    found = Fraction(repr(float(value)))
    return sympy.Rational(found.numerator, found.denominator)
