"""Kinks and jumps of an activation away from 0, which cost the quadratures of its averages digits."""

from __future__ import annotations

import warnings

import numpy as np

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.by_name import activation
from fieldtheory.activations.gaussian_averages import line_quadrature
from fieldtheory.activations.moments import Function

_MOST_LOST = 1e-9
_INTERVALS, _HALVINGS, _QUARTERS = 2**14, 16, np.arange(5) / 4
_KINK = 1e-3  # of the largest slope


def quadrature_activation(choice: ActivationLike) -> Activation:
    """The activation of that choice, for averages of phi itself: in depth and at finite width.

    A UserWarning if it has no closed form, and kinks or jumps away from 0, which cost digits.

    >>> quadrature_activation("tanh").mean_square(1.0)
    0.39429449039784
    """
    found = activation(choice)
    if found.formula is None and found.function is not None:
        lost = _lost_digits(found.function)
        if lost > _MOST_LOST:
            warnings.warn(
                f"averages of the activation {found.name} are known to {lost:.0e} only (kinks or jumps away "
                "from 0?)",
                UserWarning,
                stacklevel=2,
            )
    return found


def _lost_digits(function: Function) -> float:
    """By how much E[phi^4] changes with the number of nodes of a panel: panels only meet at 0."""
    coarse, fine = (
        float(weights @ function(1.1 * z) ** 4) for z, weights in (line_quadrature(12), line_quadrature())
    )
    return abs(coarse / fine - 1) if fine else 0.0


def has_kinks(function: Function) -> bool:
    """Whether phi or phi' jumps somewhere between -8 and 8, by more than a thousandth of the largest slope.

    Of each interval that half is followed, left, right or in the middle, in which phi bends most: across a
    kink it bends on, however short the interval becomes.

    >>> from fieldtheory.activations.by_name import activation
    >>> [has_kinks(activation(name).require_function("")) for name in ("tanh", "relu", "elu", "selu")]
    [False, True, False, True]
    """
    left = np.linspace(-8.03, 8.01, _INTERVALS)
    width = float(left[2] - left[0])  # they overlap: every kink is well inside of one
    values = np.stack([function(left + part * width) for part in _QUARTERS])
    scale = float(np.abs(values[4] - values[0]).max()) / width
    for _ in range(_HALVINGS):
        half = np.abs(np.diff(values, 2, axis=0)).argmax(axis=0)
        left, width = left + half * width / 4, width / 2
        kept = np.take_along_axis(values, half + np.arange(3)[:, None], axis=0)
        values[::2], values[1], values[3] = kept, function(left + width / 4), function(left + 0.75 * width)
    return bool((np.abs(np.diff(values, 2, axis=0)) > _KINK * scale * width / 4).any())
