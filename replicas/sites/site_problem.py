"""Regression on the points of a data set: what goes into the theory of sites."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldtheory.arguments import POINTS as POINTS
from fieldtheory.arguments import SAMPLINGS as SAMPLINGS
from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS


@dataclass(frozen=True, eq=False)
class SiteProblem:
    """Training sets of n of the M points of a data set; their error on all points, or on those not drawn.

    `features`: of shape (M, rank), K = features features^T; `labels`: (M, outputs), of which errors are
    sums over outputs; `label_noise`: its variance, in all outputs together; `n`: sizes, arrays over n come
    out; `sampling`: one of `SAMPLINGS`; `points`: one of `POINTS`. Points that are never drawn, such as test
    points, follow the first `drawn` ones (None: all are drawn); error and variance are then means over these.
    `beyond`: variance that features do not hold, mean of K(x, x) - |features|^2 over the points of the
    averages; `replicas.predict` adds it to the posterior one. `rounding`: unit of the numbers that K came in.
    """

    features: Floats
    labels: Floats
    n: Floats
    ridge: float
    label_noise: float
    sampling: str = "with-replacement"
    points: str = "all"
    drawn: int | None = None
    beyond: float = 0.0
    rounding: float = EPS

    def at(self, n: Floats) -> SiteProblem:
        """The same with other sizes."""
        return replace(self, n=n)
