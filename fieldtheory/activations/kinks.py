"""Kinks and jumps of an activation away from 0, which cost the quadratures of its averages digits."""

from __future__ import annotations

import warnings

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
