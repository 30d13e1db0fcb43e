r"""The correction X[h]: the self-energy beyond scattering off single points, as a functional of the line.

In units of kappa = 1/(N T) the self-energy is 1 + X[h] with lines h_l = G_l/kappa = 1/(kappa/lambda_l + 1 +
X_l). X = 0 is the self-consistent theory; every other resummation is a choice of X.
"""

from __future__ import annotations

from typing import Any, Protocol

from fieldtheory.array_types import Floats


class Correction(Protocol):
    """A self-energy correction X[h] as a function of the propagator.

    From lines h (..., n, degrees) and the sizes n to X (..., n, degrees + 1), complex or real. The last entry
    is the local part, what a mode of infinite degree feels.
    """

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines."""
        ...
