"""Evidence of labels under the Gaussian process of a layer's kernel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory.arguments import require_number
from fieldtheory.array_arguments import require_reals

_ASYMMETRY = 1e-9  # of the largest entry


def gp_conditional_entropy(kernel_matrix: Any, labels: Any, ridge: Any) -> float:
    """-ln P(Y|K)/C in nats, (1/2)[tr Y^T (K + ridge)^-1 Y/C + ln det(K + ridge) + n ln 2 pi].

    The evidence of `labels` (points, outputs), per output, given the kernel of a layer; `ridge`: the variance
    of the noise. It is a conditional entropy only where labels are drawn from this process, and need not fall
    from layer to layer. ValueError for K + ridge that is not symmetric and positive definite. In the spirit
    of Ben-David & Ringel, arXiv 1902.02354, whose layer-wise loss may differ.

    Equation: label-evidence

    >>> round(gp_conditional_entropy([[1.0, 0.5], [0.5, 1.0]], [[1.0], [-1.0]], ridge=0.5), 6)
    3.184451
    """
    k = require_reals("kernel_matrix", kernel_matrix, axes=2)
    y = require_reals("labels", labels, axes=2)
    noise = require_number("ridge", ridge, minimum=0)
    if k.shape[0] != k.shape[1] or not k.size:
        raise ValueError(f"kernel_matrix must be square (got shape {k.shape})")
    if (np.abs(k - k.T) > _ASYMMETRY * np.abs(k).max()).any():
        raise ValueError(f"kernel_matrix must be symmetric (got asymmetry {np.abs(k - k.T).max():g})")
    if len(y) != len(k) or not y.shape[1]:
        raise ValueError(
            f"labels must have a row for each row of kernel_matrix, shape ({len(k)}, outputs) (got {y.shape})"
        )
    try:
        factor = np.linalg.cholesky(k + noise * np.eye(len(k)))
    except np.linalg.LinAlgError:
        least = np.linalg.eigvalsh(k)[0]
        raise ValueError(
            f"ridge must make kernel_matrix positive definite (got {noise:g} and a smallest eigenvalue of "
            f"{least:g})"
        ) from None
    whitened = np.linalg.solve(factor, y)
    misfit = float((whitened**2).sum()) / y.shape[1]
    volume = 2 * float(np.log(np.diag(factor)).sum())
    return float(0.5 * (misfit + volume + len(k) * math.log(2 * math.pi)))
