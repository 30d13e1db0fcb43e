"""Images at points between their pixels, by bilinear interpolation; beyond the border the border is seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

_LARGEST = 1e100  # of entries: their squares are floats


def require_images(images: Any) -> Floats:
    """Square images, (n, p, p) with p of at least 2, as float64; ValueError otherwise."""
    found = require_reals("images", images, axes=3, what="square images of real numbers")
    if not len(found) or found.shape[1] != found.shape[2] or found.shape[1] < 2:
        raise ValueError(
            f"images must be square, shape (n, p, p) with p of at least 2 (got shape {found.shape})"
        )
    if np.abs(found).max() > _LARGEST:
        raise ValueError(
            f"images must have entries of at most {_LARGEST:g} in size (got {np.abs(found).max():g})"
        )
    return np.ascontiguousarray(found)


def shifted_images(images: Floats, shifts: Floats) -> Floats:
    """x(r + shift(r)) at every pixel r; `shifts`: in pixels, (n, 2, p, p), or (1, 2, p, p) for all images.

    >>> shifted_images(np.array([[[0.0, 1.0], [2.0, 3.0]]]), np.full((1, 2, 2, 2), 0.5)).tolist()
    [[[1.5, 2.0], [2.5, 3.0]]]
    """
    out = np.empty_like(images)
    shift: Any = _shift
    shift(images, np.ascontiguousarray(shifts), out)
    return out


def one_sided_slopes(images: Floats) -> tuple[Floats, Floats]:
    """What a small shift of +1 or -1 pixel along rows and columns changes: (n, 2, p, p) each, 0 at borders.

    The first of them for shifts to larger rows or columns, the second for those to smaller ones, both as the
    difference of the pixel at the larger index and the one at the smaller.
    """
    upward, downward = np.zeros((2, len(images), 2, *images.shape[1:]))
    upward[:, 0, :-1] = downward[:, 0, 1:] = np.diff(images, axis=1)
    upward[:, 1, :, :-1] = downward[:, 1, :, 1:] = np.diff(images, axis=2)
    return upward, downward


@compiled(error_model="numpy")
def _shift(images, shifts, out):  # type: ignore[no-untyped-def]
    number, pixels, _ = images.shape
    last = pixels - 1
    shared = len(shifts) == 1
    for k in range(number):
        m = 0 if shared else k
        for i in range(pixels):
            for j in range(pixels):
                row = min(max(i + shifts[m, 0, i, j], 0.0), float(last))
                column = min(max(j + shifts[m, 1, i, j], 0.0), float(last))
                a, b = min(int(row), last - 1), min(int(column), last - 1)
                s, t = row - a, column - b
                above = images[k, a, b] + t * (images[k, a, b + 1] - images[k, a, b])
                below = images[k, a + 1, b] + t * (images[k, a + 1, b + 1] - images[k, a + 1, b])
                out[k, i, j] = above + s * (below - above)
