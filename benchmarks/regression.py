"""Exact GP regression: Gram matrices, one data set of a size, and the published configuration."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import fieldtheory as ft
from benchmarks.clock import Row, time_row, timed, timed_once
from fieldtheory.array_types import Floats
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
_MAKEFILE = Path(__file__).parents[1] / "Makefile"


def demo_words() -> list[str]:
    """The words of the command that `make demo` runs, without its file."""
    lines = r"^\t\$\(BIN\)/fieldtheory (curve [^\\\n]*(?:\\\n[^\\\n]*)+)"
    recipe = re.search(lines, _MAKEFILE.read_text(encoding="utf-8"), re.M)
    assert recipe is not None
    words = recipe[1].replace("\\\n", " ").split()
    return words[: words.index("--out")]


def demo_row() -> Row:
    """The published configuration as a whole process, on both cores."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        words = [*demo_words(), "--out", f"{folder}/curve.svg"]
        subprocess.run([sys.executable, "-m", "fieldtheory", *words], check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Row("make demo, after installation, all cores", f"{cpu:.0f} s CPU, {wall:.0f} s wall")


def data_set_row() -> Row:
    """One data set of the published configuration, exact orientations, against bare linear algebra."""
    kernel = ft.FullyConnected(3, "relu", 1.0, bias_variance=1.0, input_scale=1 / 50).ntk()
    n, target = 3500, ft.Target({1: 1.0, 2: 1.0})
    rng = np.random.default_rng(0)
    first: Floats = rng.normal(size=(n, n))
    positive = first @ first.T + n * np.eye(n)

    def bare() -> None:
        np.linalg.cholesky(positive)
        _ = first @ positive
        _ = positive @ first

    ours = timed_once(lambda: ft.simulate(kernel, dim=50, target=target, n=[n], repeats=2, jobs=1)).per(2)
    what = f"one data set, N = {n}, d = 50, all orientations"
    return time_row(what, ours, "Cholesky factor and two products of that size", timed(bare, repeats=1))


def rows() -> list[Row]:
    """Time per Gram entry against the kernel formula in NumPy; data sets; CPU and memory at N = 10^4."""
    run = subprocess.run([sys.executable, "-c", _LARGE], capture_output=True, text=True, check=True)
    large = json.loads(run.stdout)
    kernel = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk()
    table = KernelTable.build(kernel)
    points = np.random.default_rng(0).normal(size=(2000, 50))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    ours = timed(lambda: gram_matrix(table, points), repeats=7).per(len(points) * (len(points) + 1) / 2)
    theirs = timed(lambda: kernel(np.clip(points @ points.T, -1, 1)), repeats=3).per(len(points) ** 2)
    what, note = (
        "one entry of a Gram matrix, depth-3 NTK, N = 2000, d = 50",
        f" (table error {table.error:.0e})",
    )
    return [
        time_row(what, ours, "closed form in NumPy", theirs, note),
        data_set_row(),
        Row(
            "regression on 10,000 points, d = 50, test error included, all cores",
            f"{large['cpu']:.1f} s CPU, {large['wall']:.1f} s wall, {large['gigabytes']:.2f} GB",
        ),
        demo_row(),
    ]
