"""Panels of x on each of which an activation is a polynomial to rounding, kinks and jumps at their ends."""

from __future__ import annotations

import numpy as np

from fieldtheory.activations.array_function import ArrayFunction
from fieldtheory.activations.moments import Function
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown

POINTS = 16  # of a Gauss-Legendre rule, on any panel
_SAMPLES = 17  # of a panel, to see whether a polynomial follows
_NEAR, _GROWTH = 8.0, 1.5  # panels of width 1/2 up to here, from there on ever longer
_HIGHEST, _ROUNDING = 4, 4e-15  # coefficients that must vanish, and to what share of the function
_FINEST = 4e-13  # width of a panel, relative to x: one that is narrower holds a kink or a jump
_MOST = 8192  # panels


def resolved_panels(function: Function, low: float, high: float) -> Floats:
    """Their ends from `low` to `high`, found by halving where the function is no polynomial.

    ValueError for a function that varies too often to be followed, or that is not finite.

    >>> edges = resolved_panels(np.abs, -3.0, 5.0)
    >>> bool((edges == 0).any()), len(edges) < 30
    (True, True)
    """
    checked = ArrayFunction.of(function)
    steps = np.arange(0.0, _NEAR, 0.5)
    far = max(abs(low), abs(high))
    if far > _NEAR:
        number = int(np.ceil(np.log(far / _NEAR) / np.log(_GROWTH)))
        steps = np.concatenate([steps, _NEAR * _GROWTH ** np.arange(number + 1)])
    edges = np.unique(np.clip(np.concatenate([-steps, steps, [low, high]]), low, high))
    angles = np.pi * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    places = 0.5 + 0.5 * (1 - 1e-12) * np.cos(angles) / np.cos(angles[0])
    highest = np.linalg.pinv(np.polynomial.chebyshev.chebvander(2 * places - 1, _SAMPLES - 1))[-_HIGHEST:]
    floor = float(np.abs(checked(np.clip(np.linspace(-1.0, 1.0, 33), low, high))).max())
    left, right, found = edges[:-1], edges[1:], [edges]
    while len(left):
        values = checked(left[:, None] + (right - left)[:, None] * places)
        size = np.maximum(np.abs(values).max(axis=1), floor)
        rough = np.abs(values @ highest.T).max(axis=1) > _ROUNDING * size
        middle = (left + right) / 2
        rough &= right - left > _FINEST * np.maximum(1.0, np.abs(middle))
        left, middle, right = left[rough], middle[rough], right[rough]
        found.append(middle)
        if sum(map(len, found)) > _MOST:
            raise ValueError(
                "activation must be smooth but for a few kinks and jumps to be averaged (got "
                f"{shown(checked.function)}, which {_MOST} panels from x = {low:.3g} to {high:.3g} do not "
                "follow); take smaller variances"
            )
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return np.unique(np.concatenate(found))
