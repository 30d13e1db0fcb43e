r"""The correction X[g]: the self-energy beyond scattering off single points, as a functional of the line.

In units of kappa = 1/(N T) the self-energy is 1 + X[g] with lines g_l = G_l/kappa = 1/(kappa/lambda_l + 1 +
X_l). X = 0 is the self-consistent theory; every other resummation is a choice of X.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.spectrum import Spectrum
from replicas.saddle_point.saddle_point import learnability, traced_learnability

_NEGLIGIBLE = 1e-7


class Correction(Protocol):
    """A self-energy correction X[g] as a function of the propagator.

    From lines g (..., n, degrees) and the sizes n to X (..., n, degrees + 1), complex or real. The last entry
    is the local part, what a mode of infinite degree feels.
    """

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines."""
        ...


def active_degrees(spectrum: Spectrum, kappa: Floats) -> int:
    """The number of degrees that carry the learning, at every n.

    Those above hold less than 1e-7 of sum deg g^2. They count in full where they are summed one by one; only
    products of lines leave them out.
    """
    learnt, _ = learnability(spectrum, kappa.min(keepdims=True))
    traced = traced_learnability(spectrum, kappa.min(keepdims=True))
    beyond = np.cumsum((traced * learnt)[0, ::-1])[::-1]
    above = np.flatnonzero(beyond > _NEGLIGIBLE * beyond[0])
    return int(above.max(initial=0)) + 1
