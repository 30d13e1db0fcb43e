r"""Ridge nodes: effective ridges at which a function along a learning curve is computed, the rest between.

Along a curve every line lambda_l/(lambda_l + kappa) is a function of x = log kappa alone, analytic for
|Im x| < pi, and so is what is made of lines. On an interval of length L its Chebyshev coefficients fall as
rho^{-k} with log rho = arsinh(2 pi/L) (Trefethen, Approximation Theory and Approximation Practice, 2013,
theorem 8.1), times k^{m-1}/(m-1)! for a pole of order m. Where so many are not enough, near the end of a
branch of solutions, the interval is halved, until it holds too few sizes for nodes to save anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats, Integers

_POLE = 7  # lines in a word of order 4
_FEWEST = 30  # so that halves bring more digits also where a pole is near
_LAST = 2  # coefficients that have to be negligible: parity may take every second one away


def along_curve(
    kappa: Floats,
    tolerance: float,
    at_nodes: Callable[[Floats], Floats],
    at_sizes: Callable[[Integers], Floats],
    units: Callable[[Floats], Floats] | None = None,
) -> Floats:
    """A function at every effective ridge of a curve (first axis), computed at a few where they are enough.

    `at_nodes` takes any kappa and gives NaN where the function has no value, `at_sizes` positions in `kappa`.
    `units`, functions of kappa too, are divided out between the nodes: the tolerance is in theirs.
    """

    def part(which: Integers) -> Floats:
        nodes = RidgeNodes.of_curve(kappa[which], tolerance)
        if nodes is None:
            return at_sizes(which)
        values = at_nodes(nodes.kappa)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            scale, over = (units(kappa[which]), units(nodes.kappa)) if units else (1.0, 1.0)
            between = nodes.interpolated(values / over, kappa[which])
            if between is not None:
                return between * scale
        if not np.isfinite(values).any():
            return at_sizes(which)
        found = np.empty((len(which), *values.shape[1:]))
        low = np.log(kappa[which]) < nodes.middle
        found[low], found[~low] = part(which[low]), part(which[~low])
        return found

    return part(np.arange(len(kappa)))


@dataclass(frozen=True)
class RidgeNodes:
    """Chebyshev nodes of log kappa in the range of a curve.

    `tolerance`: how far a function may be off, in units of 1 or its largest coefficient.

    >>> sizes = np.geomspace(1.0, 1e4, 500)
    >>> nodes = RidgeNodes.of_curve(1 / sizes, 1e-13)
    >>> nodes.count
    80
    >>> found = nodes.interpolated(1 / (1 + 50 * nodes.kappa), 1 / sizes)
    >>> bool(np.abs(found - 1 / (1 + 50 / sizes)).max() < 1e-13)
    True
    """

    middle: float
    half: float
    count: int
    tolerance: float

    @classmethod
    def of_curve(cls, kappa: Floats, tolerance: float) -> RidgeNodes | None:
        """The nodes for these effective ridges; None where there are not twice as many ridges as nodes."""
        if not (kappa.size and kappa.min() > 0):
            return None
        low, high = math.log(kappa.min()), math.log(kappa.max())
        half = (high - low) / 2
        if not 0 < half < np.inf:
            return None
        rate = math.asinh(math.pi / half)
        needed = _FEWEST
        while needed * rate < math.log(needed ** (_POLE - 1) / math.factorial(_POLE - 1) / tolerance):
            needed += 1
        count = needed + _LAST
        return cls((low + high) / 2, half, count, tolerance) if 2 * count <= kappa.size else None

    @property
    def kappa(self) -> Floats:
        """The effective ridges at the nodes."""
        found: Floats = np.exp(self.middle + self.half * np.cos(self._angles))
        return found

    def interpolated(self, values: Floats, kappa: Floats) -> Floats | None:
        """A real function, from its values at the nodes (first axis), at these effective ridges.

        None where the nodes do not resolve it: its last coefficients are not below the tolerance.
        """
        if not np.isfinite(values).all():
            return None
        orders = np.arange(self.count)
        rows = values.reshape(self.count, -1)
        coefficients = 2 / self.count * np.cos(np.outer(orders, self._angles)) @ rows
        coefficients[0] /= 2
        sizes = np.abs(coefficients).max(axis=1)
        if sizes[-_LAST:].max() > self.tolerance * max(1.0, sizes.max()):
            return None
        # the ends of the range round to a little beyond it
        places = np.clip((np.log(kappa) - self.middle) / self.half, -1, 1)
        found = np.cos(np.outer(np.arccos(places), orders)) @ coefficients
        between: Floats = found.reshape(len(kappa), *values.shape[1:])
        return between

    @property
    def _angles(self) -> Floats:
        return (np.arange(self.count, dtype=np.float64) + 0.5) * (math.pi / self.count)
