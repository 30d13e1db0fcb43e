"""The hyperbolic tangent: its Gaussian averages have no closed form and come from its Hermite series."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.tanh(x)


TANH = Activation.from_function("tanh", np.tanh, symbol_function=_symbol)
