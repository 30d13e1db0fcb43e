"""The rows of tests/data/finite_width.json as problems, and small problems at random."""

import json
from functools import cache
from pathlib import Path

import numpy as np

import fieldtheory as ft
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem


@cache
def reference():
    return json.loads((Path(__file__).parents[2] / "data/finite_width.json").read_text(encoding="utf-8"))


@cache
def row(name):
    return next(each for each in reference()["rows"] if each["id"] == name)


def row_problem(name, **changes):
    """The problem of a row with inputs in the data section."""
    found = row(name)
    given, data = found["parameters"], reference()["data"][found["data"]]
    x, y = np.array(data["X"]), np.array(data.get("Y", data.get("y")), dtype=float)
    y = y.reshape(len(y), -1)
    test = np.array(data["X_test"]) if "X_test" in data else x[len(y) :]
    widths = tuple(given["widths"]) if "widths" in given else (given["n"],)
    numbers = {
        "activation": ft.activation(given["activation"]),
        "widths": widths,
        "weight_variances": (given["g_w"], *[given.get("g_h", given["g_w"])] * (len(widths) - 1)),
        "readout_variance": given["g"],
        "bias_variance": 0.0,
        "input_scale": 1 / x.shape[1],
        "ridge": given["kappa"],
        "feature_strength": given.get("chi", 1.0),
        "X": x[: len(y)],
        "y": y,
        "X_test": test,
    }
    return PosteriorProblem(**(numbers | changes))


def sampled_mean(name):
    """Posterior mean of a row, points x outputs, and its standard error."""
    found = row(name)
    shape = len(found["reference"]["f"]), -1
    return np.array(found["reference"]["f"]).reshape(shape), np.array(found["stderr"]["f"]).reshape(shape)


def root_mean_square(difference):
    return float(np.sqrt(np.mean(np.square(difference))))


def random_problem(seed, points=4, tests=2, dim=5, outputs=1, **changes):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(points + tests, dim)), rng.normal(size=(points, outputs))
    numbers = {
        "activation": ft.activation("erf"),
        "widths": (12,),
        "weight_variances": (1.5,),
        "readout_variance": 0.4,
        "bias_variance": 0.0,
        "input_scale": 1 / dim,
        "ridge": 0.1,
        "feature_strength": 3.0,
        "X": x[:points],
        "y": y,
        "X_test": x[points:],
        "nodes": 2**10,
        "scrambles": 2,
    }
    return PosteriorProblem(**(numbers | changes))
