"""The table of docs/data_variability.md: mean predictions over data sets against drawn ones.

`python -m tests.replicas.data_variability_accuracy`; about two minutes.
"""

import numpy as np

import fieldtheory as ft
from replicas import BinaryTask, binary_learning_curve

NETWORK = ft.FullyConnected(1, "erf", weight_variance=2.0, bias_variance=0.1).nngp()
RELU = ft.FullyConnected(1, "relu", weight_variance=2.0).nngp()
TASKS = (
    ("linear", None, 50, 0.4, 1.0),
    ("linear", None, 50, 0.4, 0.2),
    ("linear", None, 50, 0.2, 1.0),
    ("linear", None, 50, 0.2, 0.2),
    ("linear", None, 50, 0.7, 0.2),
    ("linear", None, 200, 0.2, 0.2),
    ("erf", NETWORK, 50, 0.4, 0.2),
    ("relu", RELU, 50, 0.4, 0.2),
)
SHARES = (0.1, 0.25, 0.5, 1, 2, 6)  # n/dim
COLUMNS = ("zeroth", "first_order", "effective_ridge_mean", "matched", "mean")


def main() -> None:
    """Deviations in percent of the sampled mean, its standard error, and how often the bar holds."""
    print("| kernel, dim, mean, ridge | n |", " | ".join(COLUMNS), "| bar | s.e. |")
    print("|---" * (4 + len(COLUMNS)) + "|")
    held = []
    for name, kernel, dim, mean, ridge in TASKS:
        task = BinaryTask(dim, mean, kernel)
        for share in SHARES:
            n = max(2, round(share * dim))
            cheap = kernel is None
            repeats = int(min(20000, 1e8 / ((n + 40) * dim) if cheap else 4e7 / (n + 40) ** 2 + 200))
            curve = binary_learning_curve(task, n, ridge, repeats=repeats, tests=40, seed=5)
            truth, stderr = curve.sampled.mean[0], curve.sampled.stderr[0]
            off = [100 * (getattr(curve, column)[0] / truth - 1) for column in COLUMNS]
            held.append(abs(curve.mean[0] - truth) <= curve.error_bar[0] + 2 * stderr)
            cells = [f"{each:+.2f}" for each in off]
            cells += [f"{100 * each / truth:.2f}" for each in (curve.error_bar[0], stderr)]
            print(f"| {name}, {dim}, {mean:g}, {ridge:g} | {n} |", " | ".join(cells), "|", flush=True)
    print(f"bar holds: {100 * np.mean(held):.0f} %")


if __name__ == "__main__":
    main()
