"""The logistic function, 1/(1 + exp(-x)): its Gaussian averages come from its Hermite series."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.array_types import Floats


def _sigmoid(x: Floats) -> Floats:
    return np.asarray((1 + np.tanh(x / 2)) / 2, dtype=np.float64)


def _symbol(x: Any) -> Any:
    import sympy

    return 1 / (1 + sympy.exp(-x))


SIGMOID = Activation.from_function("sigmoid", _sigmoid, symbol_function=_symbol)
