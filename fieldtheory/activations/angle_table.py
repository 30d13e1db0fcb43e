r"""E[phi(u) phi(v)] of a function with kinks or jumps, for every angle theta between u and v.

The Hermite series of such a function converges slowly next to theta = 0. There the deficit
D = E[phi^2] - E[phi phi'] = E[(phi(u) - phi(v))^2]/2 is an average without cancellation; next to pi, with
psi(x) = phi(-x), E[phi(u) phi(-u)] - E[phi(u) psi(v)] = E[(phi(u) - phi(v)) (psi(u) - psi(v))]/2. Both are
integrated in the plane piece by piece, between the lines where u or v meets a kink or jump, and are smooth
functions of theta, kept as Chebyshev series after division by theta (jumps) or theta^2 (kinks).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.moments import Function, Moments, Pair
from fieldtheory.activations.rays import half_angles
from fieldtheory.array_types import Floats

_REACH = 9.0  # standard deviations; beyond lies 1e-18
_LIGHT = 1e-22  # weight of a node that can be left out
_NODES = 10  # of a panel
_WIDTHS = 1.5, 0.75  # of a panel, in standard deviations: the first that is fine enough
_TERMS = 28  # of a Chebyshev series in theta
_TAIL = 1e-14  # of its last terms, relative
_MOST_PANELS = 10
_SMOOTH = 1e-12  # change of E[phi^2] with the nodes of a panel, relative
MOST_PLACES = 5  # kinks and jumps that can be paid for


class Panel(NamedTuple):
    """A stretch of theta with the Chebyshev coefficients of both functions, shape (terms, 2)."""

    start: float
    end: float
    coefficients: Floats


@dataclass(frozen=True)
class AngleTable:
    """Deficits D(theta) and N(theta) on [0, pi/2], divided by theta^power.

    `places`: z > 0 or < 0 of kinks and jumps of phi(sqrt(variance) z); `error`: what the last terms of the
    series leave, relative to E[phi^2].
    """

    variance: float
    power: int
    mean_square: float
    mean_mirror: float
    panels: tuple[Panel, ...]
    error: float

    @classmethod
    def build(cls, function: Function, variance: float, places: Floats, jumps: bool) -> AngleTable | None:
        """The table at one variance; None for a function that is not smooth between these places.

        >>> hinge = AngleTable.build(lambda x: np.maximum(x - 1, 0), 1.0, np.array([1.0]), jumps=False)
        >>> round(hinge.mean_square, 10)  # 2 Phi(-1) - phi(1)
        0.0753397833
        """
        power, root = (1 if jumps else 2), math.sqrt(variance)
        places = np.unique(np.concatenate([places, -places]))

        def scaled(z: Floats) -> Floats:
            return function(root * z)

        z, weights = _line(places, 0.5, 16)
        right, left = scaled(z), scaled(-z)
        square, mirror = float(weights @ right**2), float(weights @ (right * left))
        widths = [each for each in _WIDTHS if _is_fine(scaled, places, each)]
        if not widths:
            return None
        panels: list[Panel] = []
        todo, scale, worst = [(0.0, math.pi / 2)], 0.0, 0.0
        x = np.cos(np.pi * (np.arange(_TERMS) + 0.5) / _TERMS)
        fit = np.linalg.inv(np.polynomial.chebyshev.chebvander(x, _TERMS - 1))
        while todo:
            start, end = todo.pop()
            angles = start + (end - start) * (1 + x) / 2
            values = np.array(
                [_deficits(scaled, places, angle, widths[0]) / angle**power for angle in angles]
            )
            coefficients = fit @ values
            scale = max(scale, float(np.abs(values).max()))
            tail = float(np.abs(coefficients[-3:]).max())
            if tail > _TAIL * scale and len(panels) + len(todo) >= _MOST_PANELS:
                return None
            if tail > _TAIL * scale:
                todo += [((start + end) / 2, end), (start, (start + end) / 2)]
                continue
            worst = max(worst, tail * end**power)
            panels.append(Panel(start, end, coefficients))
        return cls(variance, power, square, mirror, tuple(panels), worst / square if square else 0.0)

    def layer(self, pair: Pair) -> Moments:
        """The moments as float64 arrays; E[phi'phi'] is infinite at theta = 0 of a function that jumps."""
        q = pair.variance
        low, high = pair.deficit / q, np.maximum((q + pair.covariance) / q, 0.0)
        angle, opposite = half_angles(low, high)
        near = angle <= opposite
        acute = np.minimum(angle, opposite)
        value, growth = self._at(acute)
        which = np.where(near, 0, 1)
        value, growth = (np.take_along_axis(each, which[None], axis=0)[0] for each in (value, growth))
        powered = acute**self.power * value
        deficit = np.where(near, powered, self.mean_square - self.mean_mirror + powered)
        covariance = np.where(near, self.mean_square - powered, self.mean_mirror - powered)
        # d(theta^p g)/d theta/(q sin theta), with theta/sin(theta) finite at 0
        ratio = 1 / np.sinc(acute / math.pi)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower = acute ** (self.power - 2.0)
            slope = np.where(
                (self.power == 1) & (value == 0), 0.0, lower * (self.power * value + acute * growth)
            )
        return Moments(covariance, deficit, np.where(near, 1.0, -1.0) * ratio * slope / q)

    def _at(self, angle: Floats) -> tuple[Floats, Floats]:
        """Both functions of theta and their derivatives, shape (2, ...)."""
        value, growth = np.zeros((2, *angle.shape)), np.zeros((2, *angle.shape))
        for start, end, coefficients in self.panels:
            inside = (angle >= start) & (angle <= end)
            if not inside.any():
                continue
            x = 2 * (angle[inside] - start) / (end - start) - 1
            chebyshev = np.polynomial.chebyshev
            value[:, inside] = chebyshev.chebval(x, coefficients)
            growth[:, inside] = chebyshev.chebval(x, chebyshev.chebder(coefficients)) * 2 / (end - start)
        return value, growth


def _is_fine(function: Function, places: Floats, width: float) -> bool:
    """Whether panels of this width give E[phi^2] and E[phi(z) phi(2 z)] to rounding."""
    sums = []
    for each, points in ((0.5, 16), (width, _NODES)):
        z, weights = _line(np.union1d(places, places / 2), each, points)
        values = function(z)
        sums.append((float(weights @ values**2), float(weights @ (values * function(2 * z)))))
    return all(abs(a - b) <= _SMOOTH * abs(sums[0][0]) for a, b in zip(*sums, strict=True))


def _line(places: Floats, panel: float, points: int) -> tuple[Floats, Floats]:
    """Nodes and weights of a standard normal average, on panels that meet at the places."""
    edges = np.union1d(np.arange(-13.5, 13.5 + panel / 2, panel), places[np.abs(places) < 13])
    x, w = np.polynomial.legendre.leggauss(points)
    width = np.diff(edges)[:, None]
    z = (edges[:-1, None] + width * (1 + x) / 2).ravel()
    return z, (width * w / 2).ravel() * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _deficits(function: Function, places: Floats, angle: float, panel: float) -> Floats:
    """E[(phi(u) - phi(v))^2]/2 and E[(phi(u) - phi(v)) (phi(-u) - phi(-v))]/2.

    u, v = a cos(angle/2) +- b sin(angle/2) with a, b independent standard normal; b > 0 is half of the plane,
    and the integrand even in b. Outer panels meet where two lines of kinks cross, and follow the width
    tan(angle/2) at which they sweep over b.
    """
    cosine, sine = math.cos(angle / 2), math.sin(angle / 2)
    sweep = np.arange(-_REACH, _REACH + panel, panel) * sine if sine < 0.5 * cosine else np.zeros(1)
    crossings = (places[:, None] + places[None, :]).ravel() / 2
    edges = np.concatenate(
        [
            np.arange(-_REACH, _REACH + panel, panel),
            crossings / cosine,
            *((p + sweep) / cosine for p in places),
        ]
    )
    edges = np.unique(np.clip(edges, -_REACH, _REACH))
    x, w = np.polynomial.legendre.leggauss(_NODES)
    width = np.diff(edges)[:, None]
    a, outer = (edges[:-1, None] + width * (1 + x) / 2).ravel(), (width * w / 2).ravel()
    base = np.arange(0.0, _REACH + panel, panel)
    meets = np.abs(places - cosine * a[:, None]) / sine
    inner = np.sort(
        np.concatenate([np.broadcast_to(base, (len(a), len(base))), np.minimum(meets, base[-1])], axis=1)
    )
    step = np.diff(inner)[:, :, None]
    b = (inner[:, :-1, None] + step * (1 + x) / 2).reshape(len(a), -1)
    weight = (step * w).reshape(len(a), -1) / 2 * np.exp(-(b**2) / 2) * 2
    weight *= (outer * np.exp(-(a**2) / 2))[:, None] / (2 * math.pi)
    heavy = weight > _LIGHT
    mean, half = np.broadcast_to(cosine * a[:, None], b.shape)[heavy], sine * b[heavy]
    u, v = mean + half, mean - half
    here, there = function(u) - function(v), function(-u) - function(-v)
    flat = weight[heavy] / 2
    return np.array([flat @ here**2, flat @ (here * there)])
