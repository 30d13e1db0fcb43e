"""The options of a posterior: a network of finite width, its data, theories, and what to scan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

import fieldtheory as ft
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.network import ActivationOption
from fieldtheory.workbench.cli.options.values import read_number, read_sizes

if TYPE_CHECKING:
    from fieldtheory.array_types import Floats

SCANS = {"width": "widths", "feature-strength": "feature_strengths", "train": "train_sizes"}
_MOST = 10_000  # values of a scan

NETWORK_OPTIONS = (  # of a network of finite width
    click.option("--activation", cls=ActivationOption, default="erf"),
    click.option("--hidden-layers", type=int, default=1, metavar="L", help="Number of hidden layers."),
    click.option("--width", metavar="N|N,N,...", help="Of the hidden layers, one or one for each."),
    click.option(
        "--weight-variance", type=read_number, default=1.0, metavar="W", help="Weight variance times fan-in."
    ),
    click.option(
        "--readout-variance", type=read_number, metavar="G", help="Of the read-out. Default: as the weights."
    ),
    click.option("--bias-variance", type=read_number, default=0.0, metavar="B", help="Bias variance."),
    click.option(
        "--input-scale", type=read_number, default=1.0, metavar="S", help="The first layer sees S x·x'."
    ),
)
DATA_OPTIONS = (  # what `posterior_data` reads
    click.option(
        "--data",
        type=click.Path(path_type=Path),
        required=True,
        metavar="FILE",
        help="Points and labels: a table, CSV, or .npz with arrays X and y.",
    ),
    click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="COLUMN",
        help="Of a table: the label, by name or number from 0; repeatable, one output each.",
    ),
    click.option("--train", type=int, metavar="P", help="Train on the first P points. Default: all."),
)
SEED_OPTION = click.option("--seed", type=int, default=0, metavar="INTEGER", help="Of all random numbers.")
_OPTIONS = (
    *NETWORK_OPTIONS[:3],
    click.option(
        "--feature-strength",
        default="1",
        metavar="CHI|mean-field",
        help="Divides the variance of the read-out; mean-field: the last width.",
    ),
    *NETWORK_OPTIONS[3:],
    *DATA_OPTIONS,
    click.option("--ridge", type=read_number, default=0.3, metavar="R", help="Variance of the label noise."),
    click.option("--fixed-ridge", is_flag=True, help="The ridge is not divided by the feature strength."),
    click.option(
        "--theory",
        "theories",
        multiple=True,
        default=("auto",),
        metavar="NAME[:ORDER]",
        help="Theory; repeatable. auto, the default, is the one with the smallest bar.",
    ),
    click.option("--nodes", type=int, default=2**15, metavar="M", help="Of averages, a power of 2."),
    click.option("--sample", type=int, default=0, metavar="SWEEPS", help="Sample the weights too, 0: not."),
    click.option(
        "--scan",
        metavar="NAME=VALUES",
        help=f"Test error along {', '.join(SCANS)}: a:b:k, or a list, as in width=10:160:5.",
    ),
    SEED_OPTION,
)


def posterior_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add all of them to a command."""
    return with_options(command, _OPTIONS)


def with_options(command: Callable[..., Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """The command with these options, in this order in its help."""
    for option in reversed(options):
        command = option(command)
    return command


def network_of(options: dict[str, Any]) -> ft.FullyConnected:
    """The network that the options describe; ValueError for what is refused."""
    width = options["width"]
    numbers = None if width is None else [_integer("width", part) for part in width.split(",")]
    strength = options.get("feature_strength", "1")
    return ft.FullyConnected(
        options["hidden_layers"],
        options["activation"],
        weight_variance=options["weight_variance"],
        bias_variance=options["bias_variance"],
        input_scale=options["input_scale"],
        width=numbers[0] if numbers is not None and len(numbers) == 1 else numbers,
        readout_variance=options["readout_variance"],
        feature_strength=strength if strength == "mean-field" else _number("feature_strength", strength),
    )


class PosteriorData(NamedTuple):
    """Points and labels, those to train on first: `y` of shape (all points, outputs)."""

    X: Floats
    y: Floats
    train: int


def posterior_data(options: dict[str, Any]) -> PosteriorData:
    """What the file holds; ValueError for what is refused."""
    import numpy as np

    path, labels = options["data"], options["labels"]
    if path.suffix.lower() == ".npz":
        from fieldtheory.workbench.input_files import read_arrays

        if labels:
            raise ValueError(f"label must be left out for a file with an array y (got {shown(labels[0])})")
        X, y = read_arrays("data", path, ("X", "y"))
        if X.ndim != 2 or y.ndim not in (1, 2) or len(X) != len(y) or not y.size:
            raise ValueError(
                f"data must hold X of shape (points, d) and y, a row each (got {X.shape}, {y.shape})"
            )
    else:
        from fieldtheory.workbench.input_files import read_table

        if not labels:
            raise ValueError("label must name a column of the table (got none)")
        table = read_table(path)
        places = [table.place(name) for name in labels]
        if len(set(places)) < len(places) or len(places) == len(table.heads):
            raise ValueError(
                f"label must name each output once, and leave a column for X (got {', '.join(labels)})"
            )
        columns = [table.numbers(place) for place in range(len(table.heads))]
        X = np.column_stack([each for place, each in enumerate(columns) if place not in places])
        y = np.column_stack([columns[place] for place in places])
    train = len(X) if options["train"] is None else options["train"]
    if not 1 <= train <= len(X):
        raise ValueError(f"train must be from 1 to {len(X)}, the points in the file (got {train})")
    return PosteriorData(np.asarray(X, dtype=float), np.asarray(y, dtype=float).reshape(len(X), -1), train)


def read_posterior_theory(text: str) -> tuple[str, int | None]:
    """Name and order of a theory.

    >>> read_posterior_theory("perturbative:2"), read_posterior_theory("tree")
    (('perturbative', 2), ('tree', None))
    """
    name, colon, written = text.partition(":")
    return name, _integer("order", written) if colon else None


def read_scan(text: str) -> tuple[str, list[Any]]:
    """The argument of `width_curve` and its values.

    >>> read_scan("width=10:160:5"), read_scan("feature-strength=1,4.5")
    (('widths', [10, 20, 40, 80, 160]), ('feature_strengths', [1.0, 4.5]))
    """
    name, equals, values = text.partition("=")
    if name not in SCANS or not equals:
        raise ValueError(
            f"scan must be one of {', '.join(SCANS)} with values, width=10:160:5 (got {shown(text)})"
        )
    if name != "feature-strength":
        return SCANS[name], read_sizes(values)
    parts = values.split(":")
    if len(parts) == 1:
        return SCANS[name], [_number("scan", part) for part in values.split(",")]
    if len(parts) != 3:
        raise ValueError(f"scan must have values a:b:k, or a list (got {shown(text)})")
    first, last, count = _number("scan", parts[0]), _number("scan", parts[1]), _integer("scan", parts[2])
    if not (0 < first < last and 2 <= count <= _MOST):
        raise ValueError(f"scan must have 0 < a < b and k from 2 to {_MOST} in a:b:k (got {shown(text)})")
    return SCANS[name], [first * (last / first) ** (step / (count - 1)) for step in range(count)]


def _integer(name: str, text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) < 10):
        raise ValueError(f"{name} must be an integer below 10^9 (got {shown(text)})")
    return int(text)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number (got {shown(text)})") from None
