"""The rectifier, max(0, x): its Gaussian averages are the arc-cosine kernels (Cho and Saul, NIPS 2009).

Equation: arc-cosine
"""

from __future__ import annotations

from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import Rays
from fieldtheory.references import CHO_SAUL


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.Max(0, x)


RELU = Activation.from_rays("relu", Rays(1.0, 0.0, 1), _symbol, (CHO_SAUL,))
