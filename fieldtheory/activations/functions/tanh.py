"""tanh x: no closed form; its Gaussian averages come from its Hermite series."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.tanh(x)


TANH = Activation.from_function("tanh", np.tanh, symbol_function=_symbol)
