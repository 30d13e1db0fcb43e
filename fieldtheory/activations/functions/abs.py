"""The absolute value, |x|, a relu of x and one of -x."""

from __future__ import annotations

from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.rays import Rays
from fieldtheory.references import CHO_SAUL


def _symbol(x: Any) -> Any:
    return abs(x)


ABS = Activation.from_rays("abs", Rays(1.0, 1.0, 1), _symbol, (CHO_SAUL,))
