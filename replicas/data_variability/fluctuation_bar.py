"""How far the first order in the fluctuations of a kernel may be off."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats

_SQUARE = 4.0  # of the square of the relative correction
_LEFT = 0.05  # of diagrams of second order, where they cancel


def fluctuation_bar(size: Any, first: Floats, second: Floats) -> Floats:
    """The largest of what the square of the first order, the second, and its diagrams by themselves say.

    `size`: of the zeroth order, `first`, `second`: the diagrams of each order, (diagrams, means). Measured,
    the error is 0 to 8 times the square of the relative change while n is below half the dimension, and up to
    80 times beyond; it is at most about half of the second order of the covariance. Diagrams nearly cancel,
    and where they do so by chance the error is 2 % to 4 % of what they are by themselves.
    """
    change = np.abs(first.sum(axis=0))
    square = _SQUARE * change * np.divide(change, size, out=np.ones_like(change), where=size != 0)
    alone = _LEFT * np.abs(second).sum(axis=0)
    return np.asarray(np.maximum(np.maximum(np.abs(second.sum(axis=0)), square), alone))
