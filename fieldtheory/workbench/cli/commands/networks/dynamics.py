"""`fieldtheory network dynamics`: gradient descent at infinite width, beside real networks if asked for."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.counted import counted
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.posterior import network_of, posterior_data
from fieldtheory.workbench.cli.options.training import training_options
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.cli.results.training import TrainingResult
from fieldtheory.workbench.output_files import require_writable

_EXAMPLES = """\b
Examples:
  fieldtheory network dynamics --activation linear --hidden-layers 2 --input-scale 1/8 \\
      --data points.csv --label y --steps 100 --richness 1.5
  fieldtheory network dynamics --activation linear --hidden-layers 2 --data data.npz --train 6 \\
      --width 256 --networks 100 --out training.svg"""


@click.command("dynamics", epilog=_EXAMPLES, short_help="Training, and how it moves the kernels.")
@training_options
@output_options
@budget_options
def dynamics_command(**options: Any) -> None:
    """Gradient descent of wide networks: outputs, loss, and how the kernel of each layer turns to the labels.

    At infinite width, by dynamical mean-field theory; with --networks beside as many networks of --width.
    The richness is 0 in lazy training, by the tangent kernel, and about 1 where features are learnt.
    """
    require_writable(options["files"])
    net, (X, y, train) = network_of(options), posterior_data(options)
    if y.shape[1] != 1:
        raise ValueError(f"label must name one column, as training has one output (got {y.shape[1]} outputs)")
    if options["networks"] < 0:
        raise ValueError(f"networks must be 0, or how many to train (got {options['networks']})")
    names = ("steps", "learning_rate", "richness", "seed")
    common: dict[str, Any] = {name: options[name] for name in names}
    common |= {name: float(common[name]) for name in ("learning_rate", "richness")}
    parts = (net, X[:train], y[:train, 0])
    test = X[train:] if train < len(X) else None
    found = ft.training_dynamics(*parts, X_test=test, paths=options["paths"], **common)
    columns: dict[str, Any] = {found.theory: found}
    if options["networks"]:
        columns["networks"] = ft.train_networks(*parts, options["networks"], X_test=test, **common)
    settings = {name: str(options[name]) for name in ("activation", "width", "data")}
    settings |= common | {name: options[name] for name in ("hidden_layers", "paths", "networks")}
    title = f"{options['activation']}, {counted(net.hidden_layers, 'hidden layer')}, {options['data'].name}"
    result = TrainingResult(title, y[:, 0].tolist(), columns, settings)
    hand_over(result, options, partial(_print, result))


def _print(result: TrainingResult) -> None:
    from fieldtheory.workbench.cli.printing.training import print_training

    print_training(result)
