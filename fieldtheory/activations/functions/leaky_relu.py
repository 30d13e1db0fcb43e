"""The leaky rectifier, max(x, slope x) for a slope below 1: a relu of x and one of -x."""

from __future__ import annotations

from functools import partial
from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import Rays, exact
from fieldtheory.references import CHO_SAUL, TSUCHIDA_LEAKY


def _symbol(slope: float, x: Any) -> Any:
    import sympy

    return sympy.Max(0, x) + exact(slope) * sympy.Min(0, x)


def leaky_relu(slope: float) -> Activation:
    """x for x > 0 and slope x for x < 0."""
    name = "leaky_relu" if slope == 0.01 else f"leaky_relu:{slope:.12g}"
    symbol = partial(_symbol, slope)
    return Activation.from_rays(name, Rays(1.0, -slope, 1), symbol, (CHO_SAUL, TSUCHIDA_LEAKY))


LEAKY_RELU = leaky_relu(0.01)
