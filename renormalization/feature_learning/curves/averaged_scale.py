r"""Learning curves of networks of finite width: the scale of the kernel, averaged over data sets.

Given its scale Q a network is a Gaussian process, f | Q ~ GP(0, Q K/chi), exactly so if it is linear. Its
action, averaged over data sets on the sphere, is

    2 S = sum_l n_l (Q_l - log Q_l) + <log det(Q K/chi + kappa)> + <y^T (Q K/chi + kappa)^-1 y>,

Q = prod_l Q_l, with the averages of the self-consistent theory, in which the ridge kappa shows up as
rho = chi kappa/Q and k(rho) is the effective ridge: `rescaled_curve_formulas` derives it from the replicated
action. At the saddle Q = R all n_l (1 - Q_l) are equal,

    n_l (1 - Q_l) = tr - chi x/R,    tr = sum deg lambda/(lambda + k),
    x = <y^T (K + rho)^-1 K (K + rho)^-1 y> = sum_l g_l^2 (lambda_l + k s)/(lambda_l + k)^2 + label_noise s/k,
    s = sum deg lambda k/(lambda + k)^2/(N (1 - gamma)),

and the curve is that of infinite width with the ridge rho. It drops what changes the shape of the kernel and
not its scale (directional adaptation, absent in linear networks), and 1/n beyond P/n.

Equation: rescaled-curve
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.bracketed_root import bracketed_root
from replicas.prediction import Problem
from replicas.saddle_point.effective_ridge import effective_ridges

_GRID = 0.2  # of log Q of the narrowest layer, where saddles are looked for
_RTOL = 1e-15
_STEP = 1e-3  # of differences for the curvature of the action, which only bars need


@dataclass(frozen=True, eq=False)
class AveragedScale:
    """The averaged action of the scale at one size; `noise` = label noise and target power that is not held.

    `ridge`: chi kappa, in units of the kernel at chi = 1. A point of the action is Q of the narrowest layer.
    """

    problem: Problem
    ridge: float
    widths: tuple[int, ...]
    feature_strength: float

    @cached_property
    def _modes(self) -> tuple[Floats, Floats, Floats]:
        spectrum = self.problem.spectrum
        return spectrum.eigenvalues, spectrum.degree_traces, spectrum.multiplicities

    @property
    def size(self) -> float:
        """N."""
        return float(self.problem.n[0])

    @property
    def _noise(self) -> float:
        return self.problem.label_noise + self.problem.unresolved

    def scales(self, q: float) -> Floats:
        """Q_l of each layer; all n_l (1 - Q_l) are equal."""
        shares = min(self.widths) / np.array(self.widths)
        return np.asarray((1 - shares) + shares * q)  # with no loss where q is tiny

    def scale(self, q: float) -> float:
        """Q = prod_l Q_l."""
        return float(np.prod(self.scales(q)))

    def effective_ridge(self, q: float) -> float:
        """k at the ridge chi kappa/Q."""
        total = self.ridge / self.scale(q) + self.problem.spectrum.tail
        return float(effective_ridges(self.problem.n, total, *self._modes)[0])

    def learnt_and_fitted(self, q: float) -> tuple[float, float]:
        """tr[K (K + rho)^-1], the tail of the spectrum included, and chi x/R."""
        k, scale, tail = self.effective_ridge(q), self.scale(q), self.problem.spectrum.tail
        values, traces, _ = self._modes
        inverse = 1 / (values + k)
        partly = k * float(traces @ inverse**2) + tail / k
        share = partly / (self.ridge / scale / k + partly)
        x = float(self.problem.powers @ ((values + k * share) * inverse**2)) + self._noise * share / k
        return float(traces @ inverse) + tail / k, self.feature_strength / scale * x

    def force(self, q: float) -> float:
        """-2 dS/d log Q; zero at the saddle."""
        learnt, fitted = self.learnt_and_fitted(q)
        return min(self.widths) * (1 - q) - learnt + fitted

    def value(self, q: float) -> float:
        """2 S, up to what does not depend on Q."""
        k, (values, traces, _), n = self.effective_ridge(q), self._modes, self.size
        scales, scale = self.scales(q), self.scale(q)
        prior = float(np.array(self.widths) @ (scales - np.log(scales)))
        x = values / k
        shape = np.where(x > 0, np.log1p(x) / np.where(x > 0, x, 1.0), 1.0)
        volume = float(np.sum(traces / k * shape)) + (self.problem.spectrum.tail + self.ridge / scale) / k
        volume += n * math.log(k * scale)
        misfit = float(self.problem.powers @ (1 / (values + k))) + self._noise / k
        return prior + volume + self.feature_strength / scale * misfit

    def bounds(self) -> tuple[float, float]:
        """Ends between which all saddles lie: tr <= N, tr <= N K(1)/rho and chi x/R <= |y|^2/(4 kappa)."""
        least, n = min(self.widths), self.size
        trace, power = self.problem.spectrum.trace, float(self.problem.powers.sum()) + self._noise
        low = max(least / (least + n * trace / self.ridge), 1 - n / least)
        high = 1 + self.feature_strength * n * power / (4 * self.ridge * least)
        return low * (1 - 1e-6), high * (1 + 1e-6)

    def saddles(self) -> list[float]:
        """All minima of the action, the lowest first."""
        low, high = self.bounds()
        q = np.geomspace(low, high, 3 + math.ceil(math.log(high / low) / _GRID))
        force = [self.force(float(each)) for each in q]
        found = [
            bracketed_root(self.force, float(q[i]), float(q[i + 1]), _RTOL)
            for i in range(len(q) - 1)
            if force[i] > 0 >= force[i + 1]
        ]
        return sorted(found, key=self.value)

    def fluctuation(self, q: float) -> tuple[float, float]:
        """Mean and standard deviation of log Q - log R around the saddle, to one loop.

        With the measure that the directions of several layers leave behind at fixed Q.
        """
        points = q * np.exp(_STEP * np.array([-1.0, 0.0, 1.0]))
        u = np.array([math.log(self.scale(float(each))) for each in points])
        slopes = np.array([-self.force(float(each)) / 2 for each in points])
        left, right = np.diff(slopes) / np.diff(u)
        second = (left * (u[2] - u[1]) + right * (u[1] - u[0])) / (u[2] - u[0])
        third = 2 * (right - left) / (u[2] - u[0])
        softness = 1 / (np.array(self.widths) * self.scales(q))
        share = softness / softness.sum()
        measure = (1 - float(share @ share)) / 2
        return -third / (2 * second**2) - measure / second, 1 / math.sqrt(second)
