"""The soft rectifier, log(1 + exp x): its Gaussian averages come from its Hermite series."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.array_types import Floats


def _softplus(x: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, x), dtype=np.float64)


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.log(1 + sympy.exp(x))


SOFTPLUS = Activation.from_function("softplus", _softplus, symbol_function=_symbol)
