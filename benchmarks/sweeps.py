"""Sweeps of a million points by one call, with and without a store; `python -m benchmarks.sweeps`."""

from __future__ import annotations

import resource
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

import fieldtheory as ft
from benchmarks.batches import DIM, RIDGES, TARGET, N, singly
from benchmarks.clock import Row, time_row, timed, timed_once


def swept(networks: int, **options: object) -> ft.Sweep:
    """As many ReLU networks, each at every ridge and size."""
    return ft.sweep(
        {"bias_variance": np.linspace(0, 1, networks), "ridge": RIDGES, "n": N},
        target=TARGET,
        dim=DIM,
        hidden_layers=3,
        weight_variance=2.0,
        max_degree=60,
        progress=False,
        **options,
    )


def _row(what: str, stored: bool, **options: object) -> Row:
    swept(10, **options)
    with tempfile.TemporaryDirectory() as folder:
        where = {"store": Path(folder, "sweep.zarr")} if stored else {}
        if stored:
            swept(10, store=Path(folder, "warm.zarr"), **options)
        ours = timed_once(partial(swept, 1000, **options, **where))
    theirs = timed(partial(singly, 10, **options), repeats=1).per(10 / 1000)
    return time_row(f"10⁶ points by `ft.sweep`, {what}", ours, "loop over `learning_curve`", theirs)


def rows() -> list[Row]:
    """Two theories, each without and with a store."""
    plain = {"theory": "self-consistent", "error_bar": False}
    return [
        _row("self-consistent", False, **plain),
        _row("self-consistent, stored", True, **plain),
        _row("auto with bars", False),
        _row("auto with bars, stored", True),
    ]


if __name__ == "__main__":
    for row in rows():
        print(*row[:3], *(row.ratios or ()), sep="  |  ")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
