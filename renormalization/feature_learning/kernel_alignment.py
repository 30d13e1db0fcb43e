"""How much of a kernel lies in the directions of the labels."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats


def kernel_alignment(kernel: Floats, y: Floats) -> float:
    """sum_c y_c^T K y_c over |y|^2 |K|: the share of a kernel that lies in the directions of the labels.

    >>> kernel_alignment(np.outer([1.0, 2.0], [1.0, 2.0]), np.array([[1.0], [2.0]]))
    1.0
    """
    size = float(np.linalg.norm(y.T @ y) * np.linalg.norm(kernel))
    return float(np.sum(y * (kernel @ y))) / size if size else 0.0
