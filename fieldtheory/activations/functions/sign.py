"""The sign, -1 or 1: its Gaussian averages are (2/pi) asin(k/q) (Sheppard; Williams, NIPS 1996)."""

from __future__ import annotations

from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import Rays
from fieldtheory.references import CHO_SAUL, WILLIAMS


def _symbol(x: Any) -> Any:
    import sympy

    return sympy.sign(x)


SIGN = Activation.from_rays("sign", Rays(1.0, -1.0, 0), _symbol, (WILLIAMS, CHO_SAUL))
