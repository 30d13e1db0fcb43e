r"""An activation as a function of one number, with the Gaussian averages that its covariance map lacks.

The flow in depth needs E[phi^2] at many variances and, at finite width, E[phi^4], derivatives of E[phi phi']
with respect to the covariance of its arguments, and E[phi phi phi phi]: quadratures on the real line and, for
two inputs, in the plane. Panels meet where activations have their kinks: at 0, or on the lines u = 0, v = 0.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import hermite_e
from scipy.special import erf, ndtr

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.activations.closed_forms import CLOSED_FORMS
from fieldtheory.array_types import Floats

Function = Callable[[Floats], Floats]
ActivationLike = str | Activation | Function | Sequence[float]
_REACH = 13.0  # standard deviations: what is beyond has weight 1e-37
_STEEPEST = 2.0**-10  # width of the first panel: activations may vary that fast at 0


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0.0)


def _linear(x: Floats) -> Floats:
    return x


def _gelu(x: Floats) -> Floats:
    return np.asarray(x * ndtr(x), dtype=np.float64)


def _erf(x: Floats) -> Floats:
    return np.asarray(erf(x), dtype=np.float64)


_FUNCTIONS: dict[str, Function] = {
    "relu": _relu,
    "erf": _erf,
    "linear": _linear,
    "sin": np.sin,
    "gelu": _gelu,
    "tanh": np.tanh,
}


@dataclass(frozen=True)
class Nonlinearity:
    """The covariance map of an activation beside the function itself, if that is known.

    `function`: phi, or None for an `Activation` of one's own, which only knows its averages.
    """

    moments: Activation
    function: Function | None

    @property
    def name(self) -> str:
        """As formulas and messages call it."""
        return self.moments.name

    def mean_square(self, variance: float) -> float:
        """E[phi(u)^2] for u of this variance."""
        if self.function is None or self.moments.formula is not None:
            return self.moments.top(variance).variance
        z, weights = line_quadrature()
        return float(weights @ self.function(math.sqrt(variance) * z) ** 2)

    def slope_square(self, variance: float) -> float:
        """E[phi'(u)^2] for u of this variance; ValueError if phi has jumps."""
        found = self.moments.top(variance).derivative
        if not math.isfinite(found):
            raise ValueError(
                f"activation must have a derivative with E[phi'^2] finite here (got {self.name}: it "
                'jumps, or has kinks away from 0); take a smooth one, such as "erf"'
            )
        return found

    def require_function(self, what: str) -> Function:
        """phi; ValueError, naming what needs it, if only its averages are known."""
        if self.function is None:
            raise ValueError(
                f"activation must be given by name or as a function for {what} "
                f"(got the Activation {self.name!r})"
            )
        return self.function


def nonlinearity(choice: ActivationLike) -> Nonlinearity:
    """The activation of that name, function, Hermite coefficients or `Activation`.

    ValueError for a name that is unknown and coefficients that are no finite numbers; a UserWarning for a
    function with kinks or jumps away from 0, which costs digits.

    >>> nonlinearity("tanh").mean_square(1.0)
    0.39429449039784
    """
    moments = find_activation(choice)
    if isinstance(choice, Activation):
        named = choice is CLOSED_FORMS.get(choice.name)
        return Nonlinearity(moments, _FUNCTIONS[choice.name] if named else None)
    if isinstance(choice, str):
        return Nonlinearity(moments, _FUNCTIONS[choice])
    if callable(choice):
        function = _float_function(choice)
        _warn_of_kinks(moments.name, function)
        return Nonlinearity(moments, function)
    return Nonlinearity(moments, _hermite_sum(np.asarray(choice, dtype=np.float64)))


def _warn_of_kinks(name: str, function: Function) -> None:
    """Panels only meet at 0: a UserWarning if E[phi^4] changes with their number of nodes."""
    coarse, fine = (
        float(weights @ function(1.1 * z) ** 4) for z, weights in (line_quadrature(12), line_quadrature())
    )
    lost = abs(coarse / fine - 1) if fine else 0.0
    if lost > 1e-9:
        warnings.warn(
            f"averages of the activation {name} are known to {lost:.0e} only (kinks or jumps away from 0?)",
            UserWarning,
            stacklevel=3,
        )


def _float_function(function: Any) -> Function:
    return lambda x: np.asarray(function(x), dtype=np.float64)


def _hermite_sum(coefficients: Floats) -> Function:
    scaled = [c / math.sqrt(math.factorial(n)) for n, c in enumerate(coefficients.tolist())]
    return lambda x: np.asarray(hermite_e.hermeval(x, scaled), dtype=np.float64)


class PlaneQuadrature(NamedTuple):
    """Nodes, shape (q, 2), and weights for averages over two Gaussian numbers of a given covariance."""

    nodes: Floats
    weights: Floats


@lru_cache(maxsize=2)
def line_quadrature(points: int = 16) -> tuple[Floats, Floats]:
    """Nodes and weights of a standard normal average: panels that shrink towards 0, from both sides.

    `points`: nodes of a panel.

    >>> z, weights = line_quadrature()
    >>> round(float(weights @ z**4), 13)
    3.0
    """
    z, width = _graded_panels(_REACH, points)
    weights = width * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return _frozen(np.concatenate([-z[::-1], z]), np.concatenate([weights[::-1], weights]))


def plane_quadrature(covariance: Floats) -> PlaneQuadrature:
    """Averages over (u, v) of this 2 x 2 covariance, in polar coordinates of independent normal numbers.

    u = 0 and v = 0 are then lines of constant angle, at which panels meet: exact for kinked activations too.

    >>> nodes, weights = plane_quadrature(np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> round(float(weights @ (nodes[:, 0] * nodes[:, 1])), 12)
    0.5
    """
    first, second = math.sqrt(covariance[0, 0]), math.sqrt(covariance[1, 1])
    correlation = min(max(covariance[0, 1] / (first * second), -1.0), 1.0)
    turn = math.acos(correlation)
    kinks = np.sort(
        np.mod([math.pi / 2, 3 * math.pi / 2, turn + math.pi / 2, turn - math.pi / 2], 2 * math.pi)
    )
    starts, ends = kinks, np.append(kinks[1:], kinks[0] + 2 * math.pi)
    angles, angle_weights = [], []
    unit, unit_weights = _UNIT_ARC
    for start, end in zip(starts, ends, strict=True):
        if end > start:
            angles.append(start + (end - start) * unit)
            angle_weights.append((end - start) * unit_weights)
    angle, angle_weight = np.concatenate(angles), np.concatenate(angle_weights) / (2 * math.pi)
    r, radial = _RADIAL
    nodes = np.stack(
        [first * np.outer(r, np.cos(angle)), second * np.outer(r, np.cos(angle - turn))], axis=-1
    )
    return PlaneQuadrature(nodes.reshape(-1, 2), np.outer(radial, angle_weight).ravel())


def _graded_panels(reach: float, points: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [0, reach]: panels of at most 1/2, ever smaller towards 0."""
    edges = [0.0, _STEEPEST]
    while edges[-1] < 0.5:
        edges.append(2 * edges[-1])
    edges = [*edges, *np.linspace(0.5, reach, math.ceil(2 * (reach - 0.5)) + 1)[1:]]
    return _panels(np.array(edges), points)


def _panels(edges: Floats, points: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(points)
    widths = np.diff(edges)
    nodes = edges[:-1, None] + widths[:, None] * (1 + x) / 2
    return nodes.ravel(), (widths[:, None] * w / 2).ravel()


def _frozen(nodes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Not to be written: every caller gets the same arrays."""
    for each in (nodes, weights):
        each.setflags(write=False)
    return nodes, weights


def _radial() -> tuple[Floats, Floats]:
    r, w = _panels(np.array([0.0, 0.02, 0.1, 0.4, *np.arange(1.0, 11.5, 0.75)]), 14)
    return r, w * r * np.exp(-(r**2) / 2)


def _unit_arc() -> tuple[Floats, Floats]:
    half = np.array([0.0, 0.03, 0.1, 0.25, 0.5])
    return _panels(np.concatenate([half, 1 - half[-2::-1]]), 14)


_RADIAL = _frozen(*_radial())
_UNIT_ARC = _frozen(*_unit_arc())
