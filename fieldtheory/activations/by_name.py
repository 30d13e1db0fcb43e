"""The activations by name, and any other by its Hermite series."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.closed_forms import CLOSED_FORMS
from fieldtheory.activations.hermite import from_coefficients, hermite_activation
from fieldtheory.arguments import require_choice
from fieldtheory.array_types import Floats

NAMES = (*CLOSED_FORMS, "tanh")


def activation(choice: str | Activation | Callable[[Floats], Floats] | Sequence[float]) -> Activation:
    """The activation of that name, or one made from a function of float64 arrays by its Hermite series.

    Names: "relu", "erf", "linear", "sin", "gelu" (closed forms), "tanh" (Hermite series). A list of numbers
    c_n stands for the finite Hermite series sum_n c_n He_n(x)/sqrt(n!).

    >>> activation("relu").name
    'relu'
    >>> activation(np.cos).name
    'cos'
    """
    if isinstance(choice, Activation):
        return choice
    if callable(choice):
        return _expanded(choice) if isinstance(choice, Hashable) else hermite_activation(choice)
    if isinstance(choice, (list, tuple, np.ndarray)):
        return from_coefficients(choice)
    name = require_choice("activation", choice, NAMES)
    return CLOSED_FORMS[name] if name in CLOSED_FORMS else _expanded(np.tanh)


@lru_cache(maxsize=64)
def _expanded(function: Callable[[Floats], Floats]) -> Activation:
    return hermite_activation(function)
