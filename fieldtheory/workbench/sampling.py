"""How training sets are drawn from the points of a data set, and on which points errors are measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fieldtheory.arguments import POINTS, SAMPLINGS, require_choice


def require_sampling(sampling: Any, points: Any, n: Iterable[float], number: int) -> tuple[str, str]:
    """Both, checked; ValueError for unknown ones, and for sizes that `number` points don't allow."""
    sampling = require_choice("sampling", sampling, SAMPLINGS)
    points = require_choice("points", points, POINTS)
    for size in n:
        if sampling == "without-replacement" and size > number:
            raise ValueError(
                f"n must be at most {number}, the number of points, without replacement (got {size:g}): "
                "take smaller sizes, or draw with replacement"
            )
        unseen = unseen_points(sampling, size, number)
        if points == "unseen" and unseen < 1:
            raise ValueError(
                f"n must leave at least one of the {number} points unseen (got {size:g}, after which "
                f"{unseen:.2g} are on average): take smaller sizes, or the error on all points"
            )
    return sampling, points


def unseen_points(sampling: str, n: float, number: int) -> float:
    """Mean number of points that are not among n draws from `number`.

    >>> unseen_points("without-replacement", 3, 4), unseen_points("with-replacement", 1, 4)
    (1.0, 3.0)
    """
    if sampling == "without-replacement":
        return float(number - n)
    return float(number * (1.0 - 1.0 / number) ** n)
