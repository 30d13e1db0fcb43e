"""The rows of tests/data/training_dynamics.json as problems, and small problems at random."""

import json
from functools import cache
from pathlib import Path

import numpy as np

import fieldtheory as ft
from renormalization.training_dynamics.training_problem import TrainingProblem


@cache
def reference():
    return json.loads((Path(__file__).parents[2] / "data/training_dynamics.json").read_text(encoding="utf-8"))


@cache
def row(name):
    return next(each for each in reference()["rows"] if each["id"] == name)


def row_data(name):
    """X and y of a row."""
    data = reference()["data"][row(name)["data"]]
    return np.array(data["X"]), np.array(data["y"])


def row_problem(name, **changes):
    given, (x, y) = row(name)["parameters"], row_data(name)
    numbers = {
        "activation": ft.activation(given.get("activation", "linear")),
        "input_kernel": x @ x.T / x.shape[1],
        "weight_variances": (1.0,) * given["hidden_layers"],
        "bias_variance": 0.0,
        "labels": y,
        "steps": given["T"],
        "learning_rate": given["eta"],
        "richness": given["gamma"],
    }
    return TrainingProblem(**(numbers | changes))


def random_problem(seed, points=3, tests=1, dim=4, depth=2, **changes):
    """Weights and biases of all sizes; the rate is small beside what is stable."""
    rng = np.random.default_rng(seed)
    x, weights = rng.normal(size=(points + tests, dim)), rng.uniform(0.5, 1.5, depth)
    bias = rng.uniform(0.0, 0.5)
    numbers = {
        "activation": ft.activation("linear"),
        "input_kernel": rng.uniform(0.5, 1.5) * x @ x.T / dim + bias,
        "weight_variances": tuple(weights),
        "bias_variance": bias,
        "labels": rng.normal(size=points),
        "steps": 6,
        "learning_rate": 0.05 / (points * (depth + 1)),
        "richness": rng.uniform(0.3, 2.0),
    }
    return TrainingProblem(**(numbers | changes))
