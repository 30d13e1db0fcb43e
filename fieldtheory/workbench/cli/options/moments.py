"""The options of moments of a given network: its weights, its inputs, orders and samples."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.network import ActivationOption
from fieldtheory.workbench.cli.options.posterior import SEED_OPTION, with_options
from fieldtheory.workbench.cli.options.values import one_of

ORDERS = ("gaussian", "edgeworth")
_MOST_LAYERS = 1000
_OPTIONS = (
    click.option(
        "--weights",
        type=click.Path(path_type=Path),
        required=True,
        metavar="FILE",
        help="The network, as .npz: arrays W1, b1, W2, b2, ..., W (outputs, inputs), a b that is left out 0; "
        "W1_variance, b1_variance, ... of random ones.",
    ),
    click.option("--activation", cls=ActivationOption),
    click.option(
        "--input-mean",
        default="0",
        metavar="M",
        help="Of the inputs: a number for all, numbers such as 0.5,-1, or a .npy file.",
    ),
    click.option(
        "--input-covariance",
        default="1",
        metavar="C",
        help="Of the inputs: a variance for all, variances such as 1,0.5, or a matrix as .npy.",
    ),
    click.option(
        "--order",
        "orders",
        multiple=True,
        **one_of(ORDERS),
        help="What is propagated; repeatable. Default: gaussian.",
    ),
    click.option("--sample", type=int, default=0, metavar="N", help="Draw so many inputs too, 0: none."),
    SEED_OPTION,
)


def moments_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add all of them to a command."""
    return with_options(command, _OPTIONS)


class GivenNetwork(NamedTuple):
    """Arguments of `propagate_moments`, but for the order."""

    weights: list[Any]
    biases: list[Any]
    activation: str
    mean: Any
    covariance: Any
    weight_variances: list[Any] | None
    bias_variances: list[Any] | None


def given_network(options: dict[str, Any]) -> GivenNetwork:
    """What the options describe; ValueError for files that hold anything else."""
    import numpy as np

    from fieldtheory.workbench.input_files import array_names, read_arrays

    path = options["weights"]
    names = array_names("weights", path)
    layers = sum(1 for name in names if re.fullmatch(r"W[0-9]+", name))
    known = [
        f"{part}{k}{ending}"
        for k in range(1, min(layers, _MOST_LAYERS) + 1)
        for part in "Wb"
        for ending in ("", "_variance")
    ]
    missing = [f"W{k}" for k in range(1, max(layers, 1) + 1) if f"W{k}" not in names]
    other = [name for name in names if name not in known]
    if missing or other:
        raise ValueError(
            f"weights must hold arrays W1, b1, W2, b2, ... (got {shown(', '.join(names))} in {path})"
        )
    arrays = dict(zip(names, read_arrays("weights", path, names), strict=True))

    def by_layer(part: str, ending: str) -> list[Any]:
        return [arrays.get(f"{part}{k}{ending}") for k in range(1, layers + 1)]

    weights = by_layer("W", "")
    spreads, offset_spreads = by_layer("W", "_variance"), by_layer("b", "_variance")
    size = weights[0].shape[-1] if weights[0].ndim else 1
    mean = _numbers("input_mean", options["input_mean"], size)
    covariance = _numbers("input_covariance", options["input_covariance"], size)
    return GivenNetwork(
        weights,
        by_layer("b", ""),
        options["activation"],
        mean,
        np.diag(covariance) if covariance.ndim == 1 else covariance,
        spreads if any(each is not None for each in spreads) else None,
        offset_spreads if any(each is not None for each in offset_spreads) else None,
    )


def _numbers(name: str, text: str, size: int) -> Any:
    """An array from a .npy file, from numbers between commas, or from one number for all inputs."""
    import numpy as np

    from fieldtheory.workbench.input_files import read_matrix

    if text.endswith(".npy"):
        return read_matrix(name, Path(text))
    try:
        found = np.array([float(part) for part in text.split(",")])
    except ValueError:
        raise ValueError(
            f"{name} must be a number, numbers between commas, or a .npy file (got {shown(text)})"
        ) from None
    if len(found) not in (1, size):
        raise ValueError(f"{name} must be a number, or one for each of {size} inputs (got {len(found)})")
    return np.full(size, found[0]) if len(found) == 1 else found
