"""A function of float64 arrays that a user gives, checked wherever it is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown


class NotFiniteError(ValueError):
    """A function that is not finite somewhere: it may still serve for smaller variances."""


def real_array(values: Any) -> Floats:
    """Real numbers of any type as float64; TypeError for anything else, such as text.

    >>> real_array([1, 2])
    array([1., 2.])
    """
    raw = np.asarray(values)
    if raw.dtype.kind not in "biuf":
        raise TypeError(f"its values are {raw.dtype}")
    return raw.astype(np.float64)


@dataclass(frozen=True)
class ArrayFunction:
    """The function, whose values are finite float64 arrays shaped like its argument, or a ValueError.

    >>> ArrayFunction(np.sign)(np.array([-2.0, 3.0]))
    array([-1.,  1.])
    """

    function: Callable[[Floats], Any]

    @classmethod
    def of(cls, function: Callable[[Floats], Any]) -> ArrayFunction:
        """The function itself if it is checked already."""
        return function if isinstance(function, cls) else cls(function)

    def __hash__(self) -> int:
        """That of the function, or of its identity."""
        return hash(self.function) if isinstance(self.function, Hashable) else id(self.function)

    def __call__(self, x: Floats) -> Floats:
        try:
            with np.errstate(all="ignore"):  # what is not finite is refused below
                values = real_array(self.function(x))
        except TypeError as error:
            raise ValueError(
                f"activation must map float64 arrays to such arrays, like np.tanh (got "
                f"{shown(self.function)}: {error})"
            ) from None
        if values.shape != x.shape:
            raise ValueError(
                f"activation must map an array to an array of the same shape (got {values.shape} from "
                f"{x.shape})"
            )
        if not np.isfinite(values).all():
            bad = values[~np.isfinite(values)][0], x[~np.isfinite(values)][0]
            raise NotFiniteError(f"activation must be finite on the real line (got {bad[0]} at {bad[1]:.6g})")
        return values
