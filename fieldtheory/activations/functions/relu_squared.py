"""The squared rectifier, max(0, x)^2: the arc-cosine kernels of second order (Cho and Saul, NIPS 2009)."""

from __future__ import annotations

from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import Rays
from fieldtheory.references import CHO_SAUL


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.Max(0, x) ** 2


RELU_SQUARED = Activation.from_rays("relu2", Rays(1.0, 0.0, 2), _symbol, (CHO_SAUL,))
