"""`fieldtheory train`: learning curves of real networks, trained to the end, beside the theory."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.counted import counted
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.network import layer_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import (
    one_of,
    read_integers,
    read_number,
    read_sizes,
    read_target,
)
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.cli.results.trained_curve import TrainedCurveResult
from fieldtheory.workbench.output_files import require_writable

_EXAMPLES = """\b
Examples:
  fieldtheory train --hidden-layers 1 --weight-variance 2 --dim 10 --target 1:1 --n 20,40 --widths 64,256
  fieldtheory train --hidden-layers 1 --activation erf --dim 5 --target 1:1 --n 10 --widths 256 \\
      --method langevin --ridge 0.5 --members 8
  fieldtheory train --dim 10 --target "x1 + x2*x3" --n 20,40,80 --widths 64,256,1024 --out curve.svg"""
_METHODS = ("gradient-flow", "langevin")
_NAMES = ("members", "datasets", "tests", "seed", "method", "steps", "device")
_RATES = ("ridge", "tolerance", "learning_rate")


@click.command("train", epilog=_EXAMPLES, short_help="Learning curves of real networks beside theory.")
@layer_options
@click.option("--dim", type=int, required=True, metavar="D", help="Dimension of the inputs, on S^{D-1}.")
@click.option(
    "--target",
    required=True,
    metavar="TEXT",
    help="Squared norm by degree, 1:1,2:0.5, or a polynomial in x1 ... xD, such as 'x1*x2 + x1**3'.",
)
@click.option(
    "--n",
    "sizes",
    default="20,40",
    metavar="A:B:K|LIST",
    help="Training-set sizes: K values from A to B, log-spaced, or a list such as 50,100.",
)
@click.option("--widths", default="64,256", metavar="LIST", help="Of the hidden layers, one after another.")
@click.option("--members", type=int, default=8, metavar="K", help="Networks of each width on a data set.")
@click.option("--datasets", type=int, default=4, metavar="R", help="Data sets of each size.")
@click.option("--tests", type=int, default=1000, metavar="K", help="Test points of a data set.")
@click.option("--method", **one_of(_METHODS), default="gradient-flow", help="Train, or sample the posterior.")
@click.option(
    "--ridge",
    type=read_number,
    default=0.0,
    metavar="V",
    help="Ridge: pull to the start, or noise of labels.",
)
@click.option("--no-centre", is_flag=True, help="Keep the outputs before training as a part of the function.")
@click.option("--tolerance", type=read_number, default=1e-6, metavar="SHARE", help="At the end of training.")
@click.option(
    "--learning-rate", type=read_number, metavar="ETA", help="Descent in steps. Default: gradient flow."
)
@click.option("--steps", type=int, metavar="T", help="At most so many; of chains: so many.")
@click.option("--seed", type=int, default=0, metavar="INTEGER", help="Seed of data sets and networks.")
@click.option("--device", default="cpu", metavar="NAME", help="What computes.")
@output_options
@budget_options
def train_command(**options: Any) -> None:
    """Train real networks on random data sets, and compare with kernel regression and theory.

    Error: mean over networks and data sets of the squared distance to the target; excess: what it is above
    kernel regression on the same data sets, about 1/width.
    """
    require_writable(options["files"])
    names = ("activation", "weight_variance", "bias_variance", "input_scale")
    net = ft.FullyConnected(options["hidden_layers"], **{name: options[name] for name in names})
    settings = {name: options[name] for name in _NAMES} | {"centre": not options["no_centre"]}
    settings |= {name: None if options[name] is None else float(options[name]) for name in _RATES}
    sizes, widths = read_sizes(options["sizes"]), read_integers("widths", options["widths"])
    target = read_target(options["target"], options["dim"])
    progress = False if options["quiet"] else None
    found = ft.train(net, options["dim"], target, sizes, widths, progress=progress, **settings)
    title = f"{options['activation']}, {counted(net.hidden_layers, 'hidden layer')}, d = {options['dim']}"
    result = TrainedCurveResult(title, found)
    hand_over(result, options, partial(_print, result))


def _print(result: TrainedCurveResult) -> None:
    from fieldtheory.workbench.cli.printing.trained_curve import print_trained_curve

    print_trained_curve(result)
