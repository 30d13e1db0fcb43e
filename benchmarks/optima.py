"""Hyper-parameters chosen by theory: time beside a grid, and a figure from data sets that no theory saw.

`python -m benchmarks.optima docs/chosen_networks.svg` simulates what was chosen beside the default.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np

import fieldtheory as ft
from benchmarks.clock import Row, time_row, timed

DATASETS = 20
_SHAPE = {"hidden_layers": range(1, 7), "bias_variance": (0.0, 2.0)}
PROBLEMS: dict[str, dict[str, Any]] = {
    "degrees 1, 2\nd = 30, N = 500": {
        "target": ft.Target({1: 0.5, 2: 0.5}),
        "dim": 30,
        "n": 500,
        "weight_variance": 1.5,
        "ridge": 0.01,
        **_SHAPE,
    },
    "degree 1, noise 0.3\nd = 50, N = 100": {
        "target": ft.Target({1: 1.0}),
        "dim": 50,
        "n": 100,
        "activation": ["relu", "erf"],
        "label_noise": 0.3,
        "ridge": (1e-3, 10.0),
        **_SHAPE,
    },
    "degrees 1, 3, noise 0.2\nd = 10, N = 200": {
        "target": ft.Target({1: 0.7, 3: 0.3}),
        "dim": 10,
        "n": 200,
        "activation": ["relu", "erf"],
        "label_noise": 0.2,
        "ridge": (1e-3, 10.0),
        **_SHAPE,
    },
    "degrees 0, 2\nd = 15, N = 200": {
        "target": ft.Target({0: 0.2, 2: 0.8}),
        "dim": 15,
        "n": 200,
        "activation": ["relu", "abs"],
        **_SHAPE,
    },
    "degrees 1, 2, 4\nd = 6, N = 200": {
        "target": ft.Target({1: 0.3, 2: 0.3, 4: 0.4}),
        "dim": 6,
        "n": 200,
        "kernel": ["ntk", "nngp"],
        "weight_variance": 2.0,
        "label_noise": 0.01,
        **_SHAPE,
    },
    "degree 2, noise 0.05\nd = 20, N = 400": {
        "target": ft.Target({2: 1.0}),
        "dim": 20,
        "n": 400,
        "activation": ["relu", "erf"],
        "weight_variance": (0.5, 4.0),
        "label_noise": 0.05,
        "ridge": 0.05,
        **_SHAPE,
    },
}


def rows() -> list[Row]:
    """One search beside the same choice by a loop over a grid of 240 points."""
    problem = next(iter(PROBLEMS.values()))

    def grid() -> float:
        errors = []
        for layers in range(1, 7):
            for bias in np.linspace(0, 2, 40).tolist():
                spectrum = ft.FullyConnected(layers, "relu", 1.5, bias).ntk().spectrum(problem["dim"])
                curve = ft.learning_curve(spectrum, problem["target"], problem["n"], problem["ridge"])
                errors.append(float(curve.error[0]))
        return min(errors)

    ours = timed(partial(ft.optimise, **problem), repeats=5)
    theirs = timed(grid, repeats=1)
    return [
        time_row("optimum of depth and bias by `ft.optimise`", ours, "loop over a grid of 240 points", theirs)
    ]


def simulated(setting: Any, problem: dict[str, Any]) -> ft.Simulation:
    """Exact regression on drawn data sets."""
    return ft.simulate(
        setting.kernel,
        problem["dim"],
        problem["target"],
        [problem["n"]],
        ridge=float(setting.parameters["ridge"]),
        label_noise=problem.get("label_noise", 0.0),
        repeats=DATASETS,
        seed=2026,
    )


def figure(path: str) -> None:
    """Simulated errors of what was chosen and of the default, with the predicted ones."""
    from fieldtheory.workbench.plots.style import colour, figure_of, new_axes, save_figure, styled

    with styled():
        axes = new_axes(7.0, 3.6)
        for place, (name, problem) in enumerate(PROBLEMS.items()):
            best = ft.optimise(**problem)
            chosen = ", ".join(
                f"{key} {best.parameters[key]:.3g}"
                if isinstance(best.parameters[key], float)
                else f"{key} {best.parameters[key]}"
                for key in best.space.varied
            )
            said = []
            for kind, each in enumerate((best.default, best)):
                drawn = simulated(each, problem)
                at = place + (kind - 0.5) * 0.4
                axes.bar(
                    at,
                    drawn.error[0],
                    0.38,
                    color=colour(kind),
                    label=("default", "chosen")[kind] if not place else None,
                    yerr=2 * drawn.error_stderr[0],
                    capsize=2,
                )
                axes.plot(
                    at,
                    each.error,
                    marker="_",
                    color="black",
                    markersize=12,
                    linestyle="",
                    label="predicted" if place == kind == 0 else None,
                )
                said.append(f"{drawn.error[0]:.4f} +- {drawn.error_stderr[0]:.4f} (theory {each.error:.4f})")
            print(f"{name!r}: default {said[0]}, chosen {said[1]}: {chosen}")
        axes.set_xticks(range(len(PROBLEMS)), list(PROBLEMS), fontsize=6)
        axes.set_ylabel(r"error $\langle\Vert f - g\Vert^2\rangle$")
        axes.set_ylim(bottom=0)
        axes.legend()
        save_figure(figure_of(axes), path)


if __name__ == "__main__":
    figure(sys.argv[1])
