"""The exponential linear unit, x for x > 0 and alpha (exp(x) - 1) for x < 0, averaged by quadrature.

In closed form they contain normal probabilities of two variables (Tsuchida et al., AAAI 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import exact
from fieldtheory.array_types import Floats
from fieldtheory.references import TSUCHIDA


@dataclass(frozen=True)
class Elu:
    """scale x for x > 0 and scale alpha (exp(x) - 1) for x < 0.

    >>> Elu(1.0)(np.array([-np.inf, 2.0]))
    array([-1.,  2.])
    """

    alpha: float
    scale: float = 1.0

    def __call__(self, x: Floats) -> Floats:
        return self.scale * np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0.0)))


def symbol(alpha: float, scale: float, x: Any) -> Any:
    """The function in SymPy."""
    import sympy

    below = exact(alpha) * (sympy.exp(x) - 1)
    return sympy.Piecewise((exact(scale) * x, x > 0), (exact(scale) * below, True))


def elu(alpha: float) -> Activation:
    """x for x > 0 and alpha (exp(x) - 1) for x < 0."""
    return Activation.from_function(
        "elu" if alpha == 1 else f"elu:{alpha:.12g}",
        Elu(alpha),
        symbol_function=partial(symbol, alpha, 1.0),
        references=(TSUCHIDA,),
        breakpoints=(0.0,),
    )


ELU = elu(1.0)
