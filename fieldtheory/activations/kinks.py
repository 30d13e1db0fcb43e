"""Kinks and jumps of an activation away from 0, which cost the quadratures of its averages digits."""

from __future__ import annotations

import warnings

import numpy as np

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.by_name import activation
from fieldtheory.activations.gaussian_averages import line_quadrature
from fieldtheory.activations.moments import Function

_MOST_LOST = 1e-9


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


_KINK_INTERVALS, _KINK_HALVINGS, _KINK = 2**12, 15, 1e-3


def has_kinks(function: Function) -> bool:
    """Whether phi or phi' jumps somewhere between -8 and 8, by more than a thousandth of the largest |phi'|.

    Of short intervals the half is followed in which phi bends more: across a kink it bends on, however short
    that becomes.

    >>> from fieldtheory.activations.by_name import activation
    >>> [has_kinks(activation(name).require_function("")) for name in ("tanh", "relu", "elu", "selu")]
    [False, True, False, True]
    """
    x = np.linspace(-8.03, 8.01, _KINK_INTERVALS + 1)  # 0 and other short numbers lie inside
    left, width = x[:-1], float(x[1] - x[0])
    values = [function(left), function(left + width / 2), function(x[1:])]
    scale = float(np.abs(values[2] - values[0]).max()) / width
    for _ in range(_KINK_HALVINGS):
        width /= 2
        low, middle, high = values
        first, second = function(left + width / 2), function(left + 1.5 * width)
        upper = np.abs(middle - 2 * second + high) > np.abs(low - 2 * first + middle)
        left = np.where(upper, left + width, left)
        values = [np.where(upper, b, a) for a, b in ((low, middle), (first, second), (middle, high))]
    low, middle, high = values
    return bool((np.abs(low - 2 * middle + high) / width > _KINK * scale).any())
