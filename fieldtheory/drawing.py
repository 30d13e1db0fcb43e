"""The method by which results draw themselves; what draws lives on the roof, `fieldtheory.plot`."""

from __future__ import annotations

from typing import Any

import fieldtheory


def plot(self: Any, axes: Any = None) -> Any:
    """Draw the result into these axes, by default those of a new figure; returns the Matplotlib axes."""
    return fieldtheory.plot.drawn(self, axes)
