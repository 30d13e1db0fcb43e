"""Training dynamics at infinite width beside averages over real networks, and averages over data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import fieldtheory as ft
import replicas
from benchmarks.clock import Row, Timing, time_row, timed, timed_once

_ROWS = Path(__file__).parents[1] / "tests" / "data" / "training_dynamics.json"
_STEPS = {"steps": 30, "learning_rate": 0.05, "richness": 1.5}
_FEWER = {**_STEPS, "steps": 20}
_ERROR = 0.005  # of an output, root mean square: a fifth of what networks of width 64 are off by


def network(activation: str, width: int) -> ft.FullyConnected:
    """Two hidden layers on inputs of eight dimensions."""
    return ft.FullyConnected(2, activation, input_scale=1 / 8, width=width)


def linear_row(X: Any, y: Any) -> Row:
    """Networks of widths 64 and 128, extrapolated to 1/n = 0, until the standard error is what is wanted."""
    found: list[ft.TrainedNetworks] = []
    ours = timed(lambda: ft.training_dynamics(network("linear", 64), X, y, **_STEPS))
    spent = timed_once(
        lambda: found.extend(
            ft.train_networks(network("linear", n), X, y, networks=200, jobs=1, **_STEPS) for n in (64, 128)
        )
    )
    narrow, wide = found
    error = float(np.sqrt(np.mean(4 * wide.stderr**2 + narrow.stderr**2)))
    times = (error / _ERROR) ** 2
    return time_row(
        "training dynamics, two linear layers, P = 3, T = 30",
        ours,
        f"networks of widths 64 and 128, extrapolated, to a standard error of {_ERROR}",
        Timing(spent.cpu * times, spent.wall * times),
    )


def sampled_row(X: Any, y: Any) -> Row:
    """Paths of single neurons, and networks of width 400 to the same standard error."""
    net = network("tanh", 400)
    theory = ft.training_dynamics(net, X, y, paths=4000, **_FEWER)
    ours = timed(lambda: ft.training_dynamics(net, X, y, paths=4000, **_FEWER), repeats=5)
    found: list[ft.TrainedNetworks] = []
    spent = timed_once(lambda: found.append(ft.train_networks(net, X, y, networks=12, jobs=1, **_FEWER)))
    times = float((found[-1].stderr[-1].mean() / theory.stderr[-1].mean()) ** 2)
    return time_row(
        "training dynamics, two tanh layers, P = 3, T = 20, 4000 paths",
        ours,
        "networks of width 400 to the same standard error",
        Timing(spent.cpu * times, spent.wall * times),
    )


def data_row() -> Row:
    """A curve of 200 sizes, bars included, beside drawn data sets at one size."""
    task = replicas.BinaryTask(50, 0.4)
    n = np.unique(np.geomspace(2, 1e6, 200).astype(int))
    return time_row(
        f"data variability, binary task, {len(n)} sizes with bars",
        timed(lambda: replicas.binary_learning_curve(task, n, 1.0), repeats=5),
        "2,000 drawn data sets at one size, n = 100",
        timed(lambda: ft.simulate_datasets(task, 100, 1.0, 2000), repeats=3),
    )


def flow_row() -> Row:
    """Networks to the end of gradient flow, beside descent at half the largest stable step."""
    net, target = ft.FullyConnected(1, "relu", weight_variance=2.0), ft.Target({1: 1.0})
    common: dict[str, Any] = {"n": 40, "widths": 256, "members": 2, "datasets": 2, "tests": 200}
    return time_row(
        "gradient flow to its end, ReLU, width 256, N = 40, 4 networks",
        timed(lambda: ft.train(net, 10, target, **common), repeats=3),
        "descent with learning rate x eigenvalue = 0.5",
        timed_once(lambda: ft.train(net, 10, target, learning_rate=0.0135, **common)),
    )


def rows() -> list[Row]:
    """Linear networks, others, data sets."""
    given = json.loads(_ROWS.read_text(encoding="utf-8"))["data"]["dynamics-3x8"]
    return [linear_row(given["X"], given["y"]), sampled_row(given["X"], given["y"]), data_row(), flow_row()]
