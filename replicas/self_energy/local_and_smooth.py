"""The self-energy as a local part (a delta function) and a smooth part (a kernel on the sphere)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class LocalAndSmooth(NamedTuple):
    """A self-energy: its local part, a number, and the Funk-Hecke coefficients of the smooth part."""

    local: Any
    smooth: Any

    def in_degrees(self, degrees: int) -> Any:
        """In so many degrees, cut or padded with zeros, and last the local part, for infinite degree."""
        found = np.zeros((*self.smooth.shape[:-1], degrees + 1), dtype=self.smooth.dtype)
        kept = min(degrees, self.smooth.shape[-1])
        found[..., :kept] = self.smooth[..., :kept]
        return found + self.local[..., None]
