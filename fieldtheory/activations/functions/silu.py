"""The sigmoid linear unit, x/(1 + exp(-x)), or swish: its averages come from its Hermite series."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.array_types import Floats


def _silu(x: Floats) -> Floats:
    return np.asarray(x * (1 + np.tanh(x / 2)) / 2, dtype=np.float64)


def _symbol(x: Any) -> Any:
    import sympy

    return x / (1 + sympy.exp(-x))


SILU = Activation.from_function("silu", _silu, symbol_function=_symbol)
