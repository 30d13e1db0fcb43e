"""Real networks of depth 4 beside theory: the figure of docs/real_networks.md.

    python -m benchmarks.real_networks docs/real_networks.svg

Three hidden layers of ReLU neurons on a polynomial of ten variables, four numbers of points, three widths,
trained to the end by gradient flow, 4 networks on each of 6 data sets; two minutes on one core.
"""

from __future__ import annotations

import sys
from pathlib import Path

import fieldtheory as ft

DIM, POLYNOMIAL = 10, "x1 + x2*x3"
SIZES, WIDTHS = (20, 40, 80, 160), (32, 128, 512)


def main(figure: Path) -> None:
    """Train, and write the picture, and its numbers beside it as CSV."""
    net = ft.FullyConnected(3, "relu", weight_variance=2.0)
    target = ft.Target.from_polynomial(POLYNOMIAL, DIM)
    found = ft.train(net, DIM, target, SIZES, widths=WIDTHS, members=4, datasets=6, progress=None)
    found.to_csv(figure.with_suffix(".csv"))
    axes = found.plot()
    axes.set_title(f"3 hidden layers, relu, NTK, d = {DIM}, target {POLYNOMIAL}", fontsize=8)
    axes.get_figure().savefig(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
