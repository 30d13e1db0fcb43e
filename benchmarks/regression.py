"""Exact GP regression: Gram matrices, and one data set of 10^4 points in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

import fieldtheory as ft
from benchmarks.clock import Row, median_seconds
from fieldtheory.sphere.kernel_table import KernelTable, gram_matrix

_LARGE = """
import json, resource, time
import fieldtheory as ft
kernel = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk()
target = ft.Target({1: 0.5, 2: 0.5})
ft.simulate(kernel, dim=50, target=target, n=[100], ridge=0.0, repeats=2, orientations=1)
start = time.process_time(), time.perf_counter()
ft.simulate(kernel, dim=50, target=target, n=[10_000], ridge=0.0, repeats=2, orientations=1)
cpu, wall = time.process_time() - start[0], time.perf_counter() - start[1]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"cpu": cpu / 2, "wall": wall / 2, "gigabytes": peak * 1.024}))
"""


def rows() -> list[Row]:
    """Time per Gram entry against the kernel formula in NumPy; CPU and memory at N = 10^4."""
    kernel = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk()
    table = KernelTable.build(kernel)
    points = np.random.default_rng(0).normal(size=(2000, 50))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    entries = len(points) * (len(points) + 1) / 2
    ours = median_seconds(lambda: gram_matrix(table, points), repeats=7) / entries
    theirs = median_seconds(lambda: kernel(np.clip(points @ points.T, -1, 1)), repeats=3) / len(points) ** 2
    run = subprocess.run([sys.executable, "-c", _LARGE], capture_output=True, text=True, check=True)
    large = json.loads(run.stdout)
    return [
        Row(
            "Gram matrix of a depth-3 NTK, N = 2000, d = 50",
            f"{ours * 1e9:.0f} ns per entry (table error {table.error:.0e})",
            f"closed form in NumPy: {theirs * 1e9:.0f} ns per entry",
            theirs / ours,
        ),
        Row(
            "regression on 10,000 points, d = 50, test error included",
            f"{large['cpu']:.1f} s CPU, {large['wall']:.1f} s wall, {large['gigabytes']:.2f} GB",
            "",
            None,
        ),
    ]
