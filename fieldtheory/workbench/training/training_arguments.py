"""The arguments of a training run, checked, as a problem for theory and networks alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.by_name import activation as find_activation
from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.point_covariance import points
from fieldtheory.shown_value import shown
from renormalization.training_dynamics.training_problem import TrainingProblem

_SMALLEST, _LARGEST = 1e-30, 1e30  # of rates, so that products of a few stay floats


def training_problem(
    net: FullyConnected,
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike | None,
    steps: int,
    learning_rate: float,
    richness: float,
    seed: int,
    paths: int = 4000,
) -> TrainingProblem:
    """The problem; ValueError for what cannot be trained or makes no sense."""
    require_trainable(net)
    inputs = all_points(X, X_test)
    labels, count = require_reals("y", y), len(points("X", X))
    if labels.shape != (count,):
        raise ValueError(
            f"y must have one label for each of {counted(count, 'training point')}, for one output (got "
            f"shape {labels.shape})"
        )
    if labels.any() and not _SMALLEST <= np.abs(labels).max() <= _LARGEST:
        raise ValueError(
            f"y must have a largest label from {_SMALLEST:g} to {_LARGEST:g} (got {np.abs(labels).max():g})"
        )
    kernel = net.input_covariance(inputs)
    if not kernel[:count, :count].any():
        raise ValueError("X must have a point other than 0 for a network without biases (got zeros)")
    for largest in (np.abs(kernel[:count, :count]).max(), np.abs(kernel).max()):
        if not _SMALLEST <= largest <= _LARGEST:
            raise ValueError(
                f"X must have points whose kernel w s x.x' + b is from {_SMALLEST:g} to {_LARGEST:g} (got "
                f"{largest:.3g})"
            )
    return TrainingProblem(
        activation=find_activation(net.activation),
        input_kernel=kernel,
        weight_variances=tuple(float(weight) for weight in net.weight_variances[1:]),
        bias_variance=float(net.bias_variance),
        labels=labels,
        steps=require_integer("steps", steps, minimum=1, maximum=10**6),
        learning_rate=_rate("learning_rate", learning_rate),
        richness=_rate("richness", richness),
        paths=require_integer("paths", paths, minimum=1, maximum=10**9),
        seed=require_integer("seed", seed, minimum=0, maximum=2**62),
    )


def all_points(X: ArrayLike, X_test: ArrayLike | None) -> Floats:
    """Training points, then test points."""
    x = points("X", X)
    if X_test is None:
        return x
    test = points("X_test", X_test)
    if test.shape[1] != x.shape[1]:
        raise ValueError(
            f"X_test must have points in {x.shape[1]} dimensions, as X has (got {test.shape[1]} dimensions)"
        )
    return np.concatenate([x, test])


def require_trainable(net: Any) -> None:
    """ValueError unless net is a network with hidden layers of one width in its own parametrisation."""
    if not isinstance(net, FullyConnected):
        raise ValueError(f"net must be a FullyConnected (got {shown(net)})")
    if not net.hidden_layers:
        raise ValueError("net must have a hidden layer, whose kernel moves (got hidden_layers=0)")
    if net.feature_strength != 1:
        raise ValueError(
            "net must have feature_strength=1 in training, where richness says how much features move (got "
            f"feature_strength={shown(net.feature_strength)})"
        )
    if net.width is not None and len(set(net.widths)) > 1:
        raise ValueError(f"net must have hidden layers of one width in training (got {net.widths})")
    rays = find_activation(net.activation).rays
    if rays is not None and not rays.power:
        raise ValueError(
            f"activation must have a derivative to be trained (got {find_activation(net.activation).name}, "
            'which is constant on either side of 0); take a smooth one, such as "erf"'
        )
    net.ntk()  # refuses symbols, and other activations that jump


def _rate(name: str, value: Any) -> float:
    found = require_number(name, value, exclusive=True)
    if not _SMALLEST <= found <= _LARGEST:
        raise ValueError(f"{name} must be from {_SMALLEST:g} to {_LARGEST:g} (got {found:g})")
    return found
