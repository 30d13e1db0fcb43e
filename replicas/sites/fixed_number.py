r"""From independent numbers of points on the sites to exactly N in all.

With N fluctuating by var N an average O(N) is O - var N/2 d^2O/dN^2 to relative order 1/N^2, for sums over
what may be drawn; given that one point is not drawn, the others are drawn from one site fewer, as if there
were N/M points more. Derivatives come from the coherent potential at N e^{+-step}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from replicas.sites.copies import Sites

_STEP = 0.15  # of ln N


@dataclass(frozen=True)
class FixedNumber:
    """What goes over to exactly N points: relative variance of N, share N/M of one point, step of ln N."""

    relative_variance: float
    shift: float
    step: float
    unseen_share: float

    @classmethod
    def of(cls, n: float, sites: Sites, sampling: str) -> FixedNumber:
        """For n points drawn in this way."""
        points, tested = sites.points, sites.tested
        share = n / points
        if sampling == "with-replacement":
            unseen = float(np.exp(n * np.log1p(-1.0 / points))) if points > 1 else 0.0
            variance, step = 1.0 / n, _STEP
        else:
            unseen, variance = 1.0 - share, (1.0 - share) / n
            step = min(_STEP, -0.5 * np.log(share)) if share < 1 else 0.0
        return cls(variance, 0.0 if tested else 1.0 / points, step, 1.0 if tested else unseen)

    @property
    def ratio(self) -> float:
        """The step as a factor of N."""
        return float(np.exp(self.step))

    @property
    def exact(self) -> bool:
        """Whether the number of points is exact as it is: all are drawn."""
        return self.step == 0

    def correction(self, values: Sequence[Any], shifted: bool = False) -> Any:
        """The change of an average, from its values at N e^{-step}, N and N e^{step}.

        `shifted`: given that a point is not drawn.
        """
        below, here, above = values
        # divided differences in N, in units of N: exact for sums that are linear or quadratic in N
        up, down = self.ratio - 1.0, 1.0 - 1.0 / self.ratio
        rise, fall = (above - here) / up, (here - below) / down
        found = -self.relative_variance * (rise - fall) / (up + down)
        return found + self.shift * (down * rise + up * fall) / (up + down) if shifted else found
