r"""The law of a neuron that learns a linear and a weak cubic part of a target: first-order feature learning.

Target He_1(z) + eps He_3(z), z = w*.x for Gaussian inputs x, |w*| = 1; one hidden layer of erf in mean-field
scaling, with r = P/kappa_0 many training points per ridge. The weights w of a neuron enter through u = w.w*
and |w_perp|; F_1 and F_3/6 are its Hermite components along the target, b_1 = 1 - f_1 and b_3 = eps - f_3
what is left to learn:

    p(u, |w_perp|) ~ |w_perp|^(d-2) exp(-d |w|^2/(2 g_w) + (g_a/2) r^2 (b_1 F_1 + b_3 F_3)^2),
    b_1 = 1 - g_a r <F_1 (b_1 F_1 + b_3 F_3)>,    b_3 = eps - g_a r <F_3 (b_1 F_1 + b_3 F_3)>/6,

which is where the strictly convex function b_1^2/2 - b_1 + 3 b_3^2 - 6 eps b_3 + log <exp(...)>_prior/r is
smallest: there is one solution for every r, and no hysteresis. Rubin, Seroussi, Ringel, arXiv 2310.03789. It
is the limit of many points, P >> d^3/6; with P comparable to the cubic modes r is severalfold too large.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

import fieldtheory
from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.references import RUBIN_GROKKING
from fieldtheory.shown_value import shown

_FIRST, _THIRD = 2 / math.sqrt(math.pi), -4 / math.sqrt(math.pi)  # F_1 = _FIRST x, F_3 = _THIRD x^3
_REACH = 0.5**0.5  # x = u/sqrt(1 + 2 |w|^2) stays below
_CUT = 60.0  # -log of the density that is left out
_NODES = 16  # of a panel in |w_perp|
_STEPS = 100
_LOWEST = 1e-6  # height of a maximum that counts, relative to the highest
_STRONGEST = 1e8


class _Quadrature(NamedTuple):
    """Nodes u, |w_perp|, weights of the integral over |w_perp|, and log density, an axis of u first."""

    u: Floats
    w: Floats
    log_weights: Floats
    log_density: Floats


class _Averages(NamedTuple):
    """The convex function, its gradient and Hessian in b, and the quadrature they are from."""

    value: float
    gradient: Floats
    hessian: Floats
    quadrature: _Quadrature


@dataclass(frozen=True, eq=False, kw_only=True)
class NeuronState:
    """The law of a neuron at one strength.

    `learned_linear`, `learned_cubic`: f_1 of 1 and f_3 of eps. `u` with `density`: the law of |u|, whose
    `maxima` have these `heights` relative to the highest; `second_moment` <u^2>, `fourth_moment`. `dressing`:
    what the parts of a neuron that lie across the target add to the ridge. `residual` of both equations.
    """

    strength: float
    learned_linear: float
    learned_cubic: float
    second_moment: float
    fourth_moment: float
    maxima: Floats
    heights: Floats
    u: Floats
    density: Floats
    dressing: float
    residual: float

    plot = plot

    def __repr__(self) -> str:
        return (
            f"NeuronState(strength={self.strength:g}, {self.phase}, learned {self.learned_linear:.6g} "
            f"linear, {self.learned_cubic:.6g} cubic)"
        )

    @property
    def phase(self) -> str:
        """ "unimodal": |u| has one maximum; "droplet": one at 0 and others; "mixed": several, none at 0."""
        if len(self.maxima) == 1:
            return "unimodal"
        return "droplet" if self.maxima[0] == 0 else "mixed"

    def training_points(self, ridge: float) -> float:
        """P = r (kappa_0 + dressing): training points that have this strength at a bare ridge kappa_0."""
        return self.strength * (require_number("ridge", ridge) + self.dressing)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (RUBIN_GROKKING,)


@dataclass(frozen=True, eq=False)
class NeuronScan:
    """States of a neuron at increasing strengths."""

    states: tuple[NeuronState, ...]

    def __repr__(self) -> str:
        low, high = self.strengths[[0, -1]]
        return f"NeuronScan({len(self.states)} strengths from {low:g} to {high:g}: {', '.join(self.path)})"

    @property
    def path(self) -> list[str]:
        """The phases that follow each other."""
        phases = [state.phase for state in self.states]
        return [phase for k, phase in enumerate(phases) if not k or phases[k - 1] != phase]

    @property
    def strengths(self) -> Floats:
        """r of the states."""
        return np.array([state.strength for state in self.states])

    @property
    def learned_linear(self) -> Floats:
        """f_1 of the states."""
        return np.array([state.learned_linear for state in self.states])

    @property
    def learned_cubic(self) -> Floats:
        """f_3 of the states."""
        return np.array([state.learned_cubic for state in self.states])

    @property
    def phases(self) -> tuple[str, ...]:
        """The phase of each state."""
        return tuple(state.phase for state in self.states)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (RUBIN_GROKKING,)

    def plot(self, axes: Any = None) -> Any:
        """The law of |u| along the scan, with its maxima: `fieldtheory.plot.single_neuron`."""
        # through the face: what draws lives on the roof
        return fieldtheory.plot.single_neuron(self, axes)


@dataclass(frozen=True)
class SingleNeuron:
    """A neuron of a wide erf network that learns He_1(z) + `cubic` He_3(z) of one direction z of its inputs.

    `dim`: d of the inputs; `readout_variance` g_a; `weight_variance` g_w, that of |w|^2. ValueError for a
    variance that is not positive, and fewer than two dimensions.

    >>> SingleNeuron(20, readout_variance=4.0, weight_variance=1.0, cubic=-0.3).solve(0.5)
    NeuronState(strength=0.5, unimodal, learned 0.0416825 linear, -0.000645539 cubic)
    """

    dim: int
    readout_variance: float
    weight_variance: float
    cubic: float

    def __post_init__(self) -> None:
        require_integer("dim", self.dim, minimum=2, maximum=10**6)
        for name in ("readout_variance", "weight_variance"):
            value = require_number(name, getattr(self, name), exclusive=True)
            if not 1e-6 <= value <= 1e6:
                raise ValueError(f"{name} must be between 1e-06 and 1e+06 (got {value:g})")
        if abs(require_number("cubic", self.cubic, minimum=-math.inf)) > 10:
            raise ValueError(
                f"cubic must be a weak part of the target, between -10 and 10 (got {self.cubic})"
            )

    def solve(self, strength: float) -> NeuronState:
        """The state at r = P/kappa_0 = `strength`, reached from weak strengths in steps of at most 2.

        ValueError unless 0 < strength <= 1e8.
        """
        r = _require_strength(strength)
        return self._state(r, self._continued(r, *self._weak(r)))

    def scan(self, strengths: Sequence[float]) -> NeuronScan:
        """The states at increasing strengths, each reached from the one before.

        >>> neuron = SingleNeuron(60, readout_variance=4.0, weight_variance=1.0, cubic=-0.3)
        >>> neuron.scan([15, 30, 60, 230])
        NeuronScan(4 strengths from 15 to 230: unimodal, droplet, mixed)
        """
        asked = require_reals("strengths", strengths, what="an increasing list of positive numbers")
        if asked.ndim != 1 or not len(asked) or (np.diff(asked) <= 0).any():
            raise ValueError(
                f"strengths must be an increasing list of positive numbers (got {shown(strengths)})"
            )
        rs = [_require_strength(each, "strengths") for each in asked.tolist()]
        self._require_budget(len(rs))
        states = []
        last, b = self._weak(rs[0])
        for r in rs:
            b = self._continued(r, last, b)
            states.append(self._state(r, b))
            last = r
        return NeuronScan(tuple(states))

    def _require_budget(self, number: int) -> None:
        require_budget(
            f"a scan of {number} strengths in dim = {self.dim}",
            seconds=number * (0.05 + 1e-3 * math.sqrt(self.dim)),
            smaller="the number of strengths",
        )

    def _weak(self, strength: float) -> tuple[float, Floats]:
        """A strength at which the tilt is weak, and b there, next to nothing learned."""
        b = np.array([1.0, float(self.cubic)])
        return min(strength, math.sqrt(1 / self._gain(b, 1.0))), b

    def _gain(self, b: Floats, r: float) -> float:
        """A bound on (g_a/2) r^2 (b_1 F_1 + b_3 F_3)^2."""
        most = _FIRST * abs(b[0]) * _REACH - _THIRD * abs(b[1]) * _REACH**3
        return float(self.readout_variance * r**2 * most**2 / 2)

    def _continued(self, strength: float, start: float, b: Floats) -> Floats:
        """b at this strength, from b close to its solution at `start`, in equal steps of log r."""
        steps = max(1, math.ceil(math.log2(strength / start)))
        for step in range(steps + 1):
            b = self._solution(start * (strength / start) ** (step / steps), b)
        return b

    def _solution(self, r: float, b: Floats) -> Floats:
        """Where the convex function is smallest: Newton steps, halved until it falls."""
        found = self._averages(r, b)
        for _ in range(_STEPS):
            move = -np.linalg.solve(found.hessian, found.gradient)
            slope = float(found.gradient @ move)
            size = 1.0
            while size > 1e-6:
                there = self._averages(r, b + size * move)
                # rounding hides what the last steps gain
                if there.value <= found.value + 1e-4 * size * slope + 1e-14 * (1 + abs(found.value)):
                    break
                size /= 2
            b, found = b + size * move, there
            if np.abs(size * move).max() < 1e-14:
                break
        return b

    def _tilt(self, r: float, b: Floats, u: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
        """Log density of (u, |w_perp|) up to a constant, F_1, F_3."""
        d, square = self.dim, u**2 + w**2
        x = u / np.sqrt(1 + 2 * square)
        first, third = _FIRST * x, _THIRD * x**3
        with np.errstate(divide="ignore"):
            volume = (d - 2) * np.log(w) if d > 2 else 0.0
        tilt = self.readout_variance / 2 * r**2 * (b[0] * first + b[1] * third) ** 2
        return volume - d * square / (2 * self.weight_variance) + tilt, first, third

    def _quadrature(self, r: float, b: Floats) -> _Quadrature:
        """Nodes where the density is: steps in u, in which it is even and analytic; panels in w_perp."""
        sigma = math.sqrt(self.weight_variance / self.dim)
        far = math.sqrt(2 * (self._gain(b, r) + _CUT))
        u = sigma * np.arange(math.ceil(far) + 1.0)[:, None]
        w = np.asarray(sigma * (0.5 + np.arange(math.ceil(math.sqrt(self.dim) + far))), dtype=np.float64)
        logs = self._tilt(r, b, np.asarray(u, dtype=np.float64), w)[0]
        rows, columns = np.nonzero(logs > logs.max() - _CUT)
        step = min(0.25 * sigma, 0.05)
        nodes = step * np.arange(math.ceil((u[rows.max(), 0] + sigma) / step) + 1)
        low, high = max(0.0, float(w[columns.min()]) - 1.5 * sigma), float(w[columns.max()]) + 1.5 * sigma
        panels = math.ceil((high - low) / min(2 * sigma, 0.5))
        x, weights = np.polynomial.legendre.leggauss(_NODES)
        width = (high - low) / panels
        w = (low + width * (np.arange(panels)[:, None] + (1 + x) / 2)).ravel()
        log_weights = np.log(np.tile(weights * width / 2, panels))
        logs = self._tilt(r, b, nodes[:, None], w)[0] + log_weights
        return _Quadrature(nodes, w, log_weights, logs)

    def _averages(self, r: float, b: Floats) -> _Averages:
        q = self._quadrature(r, b)
        peak = float(q.log_density.max())
        p = np.exp(q.log_density - peak)
        p[0] *= 0.5  # u = 0 is the middle of an even function
        total = float(p.sum())
        p /= total
        _, first, third = self._tilt(r, b, q.u[:, None], q.w)
        g, left = self.readout_variance, b[0] * first + b[1] * third
        scores = (first * left, third * left)
        mean = np.array([float((p * each).sum()) for each in scores])
        second = np.empty((2, 2))
        for i, one in enumerate((first, third)):
            for j, two in enumerate((first, third)):
                covariance = float((p * scores[i] * scores[j]).sum()) - mean[i] * mean[j]
                second[i, j] = float((p * one * two).sum()) + g * r**2 * covariance
        weights, target = np.array([1.0, 6.0]), np.array([1.0, float(self.cubic)])
        # the coefficients of the prior, which is the same for all b, are left out
        log_total = (peak + math.log(total * (q.u[1] - q.u[0]))) / r
        return _Averages(
            float(weights @ (b**2 / 2 - target * b)) + log_total,
            weights * (b - target) + g * r * mean,
            np.diag(weights) + g * r * second,
            q,
        )

    def _state(self, r: float, b: Floats) -> NeuronState:
        found = self._averages(r, b)
        q, target = found.quadrature, np.array([1.0, float(self.cubic)])
        step = float(q.u[1] - q.u[0])
        p = np.exp(q.log_density - q.log_density.max())
        marginal = p.sum(axis=1)
        half = np.ones(len(q.u))
        half[0] = 0.5
        total = float(half @ marginal) * step
        density, weight = marginal / total, half * step / total
        square = q.u[:, None] ** 2 + q.w**2
        sine = 2 * square / (1 + 2 * square)
        third = self._tilt(r, b, q.u[:, None], q.w)[2]
        # of E[phi^2] what is neither linear nor the learned cubic mode
        across = (2 * np.arcsin(sine) - 2 * sine) / math.pi - third**2 / 6
        learned = target - b
        maxima, heights = self._maxima(r, b, q)
        return NeuronState(
            strength=r,
            learned_linear=float(learned[0]),
            learned_cubic=float(learned[1]),
            second_moment=float((half * step * density) @ q.u**2),
            fourth_moment=float((half * step * density) @ q.u**4),
            maxima=maxima,
            heights=heights,
            u=q.u,
            density=density,
            dressing=float(self.readout_variance * (weight @ (p * across).sum(axis=1))),
            residual=float(np.abs(found.gradient / [1.0, 6.0]).max()),
        )

    def _maxima(self, r: float, b: Floats, q: _Quadrature) -> tuple[Floats, Floats]:
        """Of the law of |u|, with heights relative to the highest; those below 1e-6 do not count."""

        def log_marginal(u: float) -> float:
            return float(logsumexp(self._tilt(r, b, np.array(u), q.w)[0] + q.log_weights))

        logs = np.array([log_marginal(u) for u in q.u.tolist()])
        around = np.concatenate([[logs[1]], logs, [-math.inf]])
        places = np.flatnonzero((logs >= around[:-2]) & (logs > around[2:]))
        step = float(q.u[1] - q.u[0])
        found = []
        for place in places.tolist():
            if place == 0 and log_marginal(1e-3 * step) <= logs[0]:
                found.append((0.0, logs[0]))
                continue
            ends = max(0.0, q.u[place] - step), q.u[place] + step
            best = minimize_scalar(lambda u: -log_marginal(float(u)), bounds=ends, method="bounded")
            found.append((float(best.x), -float(best.fun)))
        highest = max(height for _, height in found)
        kept = [(u, math.exp(height - highest)) for u, height in found]
        kept = [each for each in kept if each[1] >= _LOWEST]
        return np.array([u for u, _ in kept]), np.array([height for _, height in kept])


def _require_strength(strength: Any, name: str = "strength") -> float:
    r = require_number(name, strength, exclusive=True)
    if not 1e-8 <= r <= _STRONGEST:
        raise ValueError(f"{name} must be between 1e-08 and {_STRONGEST:g} (got {r:g})")
    return r
