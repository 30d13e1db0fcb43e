"""The optimum of predicted learning curves: against grids, drawn data sets, and exact symmetries."""

import math
from typing import Any

import numpy as np
import pytest

import fieldtheory as ft

BOTH = ft.Target({1: 0.5, 2: 0.5})
# task, and how many points a grid has along an interval
PROBLEMS: dict[str, dict[str, Any]] = {
    "issue": {
        "target": BOTH,
        "dim": 30,
        "n": 500,
        "hidden_layers": range(1, 7),
        "bias_variance": (0.0, 2.0),
        "weight_variance": 1.5,
        "ridge": 0.01,
    },
    "noise and ridge": {
        "target": ft.Target({1: 0.7, 3: 0.3}),
        "dim": 10,
        "n": 100,
        "hidden_layers": range(1, 5),
        "weight_variance": 2.0,
        "label_noise": 0.2,
        "ridge": (1e-3, 10.0),
    },
    "constant and even": {
        "target": ft.Target({0: 0.2, 2: 0.8}),
        "dim": 15,
        "n": 60,
        "hidden_layers": [1, 2, 3],
        "weight_variance": (0.5, 4.0),
        "bias_variance": (0.0, 2.0),
        "ridge": 0.05,
    },
    "activations": {
        "target": ft.Target({1: 1.0}),
        "dim": 50,
        "n": 100,
        "hidden_layers": [1, 2, 3],
        "activation": ["relu", "erf"],
        "weight_variance": 1.5,
        "bias_variance": (0.0, 1.0),
        "label_noise": 0.3,
        "ridge": 0.3,
    },
    "kernels": {
        "target": ft.Target({1: 0.3, 2: 0.3, 4: 0.4}),
        "dim": 6,
        "n": 120,
        "hidden_layers": range(1, 4),
        "kernel": ["ntk", "nngp"],
        "weight_variance": 2.0,
        "input_scale": (0.05, 20.0),
        "bias_variance": 0.2,
        "label_noise": 0.01,
        "ridge": 0.001,
    },
    "inside": {
        "target": ft.Target({2: 1.0}),
        "dim": 12,
        "n": 200,
        "hidden_layers": [1, 2],
        "activation": "erf",
        "weight_variance": (0.3, 20.0),
        "label_noise": 0.05,
        "ridge": 0.05,
    },
}


def grid_of(problem: dict[str, Any]) -> ft.Sweep:
    """Every choice, and at least 200 points: even ones and even logarithms in each interval."""
    intervals = {name: value for name, value in problem.items() if isinstance(value, tuple)}
    count = 70 if len(intervals) == 1 else 9
    axes: dict[str, Any] = {}
    for name, value in problem.items():
        if isinstance(value, tuple):
            low, high = value
            many = [np.linspace(low, high, count), np.geomspace(max(low, 1e-3), high, count)]
            axes[name] = np.unique(np.concatenate(many))
        elif isinstance(value, list | range):
            axes[name] = value
    return ft.sweep(axes, **{name: value for name, value in problem.items() if name not in axes})


def simulated(problem: dict[str, Any], parameters: Any, n: Any = None, repeats: int = 20) -> ft.Simulation:
    """Exact regression on data sets that no theory saw."""
    names = ("hidden_layers", "activation", "weight_variance", "bias_variance", "input_scale")
    network = ft.FullyConnected(**{name: parameters[name] for name in names})
    kernel = network.ntk() if parameters["kernel"] == "ntk" else network.nngp()
    return ft.simulate(
        kernel,
        problem["dim"],
        problem["target"],
        [problem["n"]] if n is None else n,
        ridge=parameters["ridge"],
        label_noise=problem.get("label_noise", 0.0),
        repeats=repeats,
        seed=17,
        jobs=1,
    )


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_grid_is_found_or_beaten(name: str) -> None:
    """error(optimum) <= min over the grid; simulated no worse, to 2 standard errors"""
    problem = PROBLEMS[name]
    best, grid = ft.optimise(**problem), grid_of(problem)
    assert grid.grid.points >= 200
    on_grid = grid.best()
    assert isinstance(on_grid, ft.SweepOptimum)
    assert best.trusted
    assert best.error <= on_grid.error * (1 + 1e-9)
    theirs = best.parameters | dict(on_grid.parameters)
    # of the same draws, one by one: the two differ by less than each of them does from its mean
    ours, other = simulated(problem, best.parameters), simulated(problem, theirs)
    spread = math.hypot(ours.error_stderr[0], other.error_stderr[0])
    assert ours.error[0] <= other.error[0] + 2 * spread
    assert best.error == pytest.approx(ours.error[0], abs=best.error_bar + 3 * ours.error_stderr[0])
