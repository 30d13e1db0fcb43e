"""What a network is given once for all its hidden layers or once for each, and what its width says."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown


def per_layer(name: str, value: Any, layers: int) -> Any:
    """A list of one value per hidden layer as a tuple, and anything else as it is.

    >>> per_layer("width", [20, 40], 2), per_layer("width", 20, 2)
    ((20, 40), 20)
    """
    if not isinstance(value, list | tuple) and not (isinstance(value, np.ndarray) and value.ndim):
        return value
    found = tuple(value.tolist() if isinstance(value, np.ndarray) else value)
    if not layers:
        raise ValueError(f"{name} must be one value without hidden layers (got {shown(value)})")
    if len(found) != layers:
        raise ValueError(
            f"{name} must be one value, or one for each of {counted(layers, 'hidden layer')} "
            f"(got {len(found)} values)"
        )
    return found


def require_width(width: Any, layers: int) -> int | tuple[int, ...] | None:
    """Numbers of neurons of the hidden layers, one or one each, or None for infinitely many."""
    if width is None:
        return None
    if not layers:
        raise ValueError(f"width must be None without hidden layers (got {shown(width)})")
    found = per_layer("width", width, layers)
    if isinstance(found, tuple):
        return tuple(require_integer("width", each, minimum=1) for each in found)
    return require_integer("width", found, minimum=1)


def require_feature_strength(strength: Any, width: Any) -> float | str:
    """A positive number, or "mean-field", which needs a width to stand for.

    >>> require_feature_strength(4, None)
    4.0
    """
    if not isinstance(strength, str):
        return require_number("feature_strength", strength, exclusive=True)
    if strength != "mean-field":
        raise ValueError(
            f"feature_strength must be a number greater than 0, or 'mean-field' (got {shown(strength)})"
        )
    if width is None:
        raise ValueError(
            f"feature_strength must be a number without a width (got {strength!r}, the width of the last "
            "hidden layer); give width=, too"
        )
    return strength
