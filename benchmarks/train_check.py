"""How real networks come to infinite width, at length: `make train-check`; status 1 if they do not.

One hidden layer of ReLU neurons, d = 10, N = 40, widths 64 to 1024, 16 networks on each of 64 data sets: the
excess over kernel regression on the same data sets is a power of the width, and nothing in the limit.
"""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

import numpy as np

import fieldtheory as ft

WIDTHS = (64, 128, 256, 512, 1024)


class WidthFit(NamedTuple):
    """excess ~ width^exponent, from 128 on, and excess = limit + b/width + c/width^2."""

    exponent: float
    exponent_stderr: float
    limit: float
    limit_stderr: float


def width_fit(found: ft.TrainedCurve) -> WidthFit:
    """Of the first size, by least squares with the standard errors of the excess."""
    widths, excess, stderr = np.array(found.widths, dtype=float), found.excess[0], found.excess_stderr[0]
    wide = widths >= 128
    ratio = excess[wide] / stderr[wide]
    powers = np.stack([np.ones(wide.sum()), np.log(widths[wide])], axis=1)
    (_, exponent), (_, exponent_stderr) = _fit(powers * ratio[:, None], np.log(excess[wide]) * ratio)
    orders = np.stack([np.ones(len(widths)), 1 / widths, 1 / widths**2], axis=1)
    (limit, *_), (limit_stderr, *_) = _fit(orders / stderr[:, None], excess / stderr)
    return WidthFit(exponent, exponent_stderr, limit, limit_stderr)


def _fit(columns: np.ndarray, values: np.ndarray) -> tuple[list[float], list[float]]:
    """Coefficients and their standard errors."""
    found = np.linalg.lstsq(columns, values, rcond=None)[0]
    return found.tolist(), np.sqrt(np.diag(np.linalg.inv(columns.T @ columns))).tolist()


def main() -> None:
    """Train, print, judge."""
    net = ft.FullyConnected(1, "relu", weight_variance=2.0)
    found = ft.train(net, 10, ft.Target({1: 1.0}), n=40, widths=WIDTHS, members=16, datasets=64, seed=1)
    print(f"kernel regression {found.kernel_error[0]:.5f}, theory {found.theory.error[0]:.5f}")
    for width, excess, stderr in zip(WIDTHS, found.excess[0], found.excess_stderr[0], strict=True):
        print(f"width {width:5}: excess {excess:.5f} +- {stderr:.5f}, times width {excess * width:.3f}")
    fit = width_fit(found)
    print(f"exponent {fit.exponent:.3f} +- {fit.exponent_stderr:.3f}, wanted -1 +- 0.3")
    print(f"limit {fit.limit:.2g} +- {fit.limit_stderr:.2g}, wanted 0 within 3 standard errors")
    right = abs(fit.exponent + 1) < 0.3 and abs(fit.limit) < 3 * fit.limit_stderr
    sys.exit(0 if right and math.isfinite(fit.limit) else 1)


if __name__ == "__main__":
    main()
