"""The step from 0 to 1: its Gaussian averages are the arc-cosine kernels of order 0."""

from __future__ import annotations

from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import Rays
from fieldtheory.references import CHO_SAUL


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.Heaviside(x)


HEAVISIDE = Activation.from_rays("heaviside", Rays(1.0, 0.0, 0), _symbol, (CHO_SAUL,))
