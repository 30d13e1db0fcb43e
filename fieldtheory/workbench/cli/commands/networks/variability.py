"""`fieldtheory network variability`: what the randomness of data sets does to a kernel machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import require_choice
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.network import KERNELS, kernel_of, layer_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import one_of, read_number, read_sizes
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.variability import VariabilityResult

_EXAMPLES = """\b
Examples:
  fieldtheory network variability --dim 50 --mean 0.4 --ridge 1 --n 5:500:9
  fieldtheory network variability --dim 50 --mean 0.4 --ridge 1 --n 5,20 --simulate 3000 --annealed
  fieldtheory network variability --dim 40 --mean 0.4 --kernel nngp --activation erf --out curve.svg"""
_KERNELS = ("linear", *KERNELS)


@click.command("variability", epilog=_EXAMPLES, short_help="Data sets, and how their randomness moves means.")
@click.option("--dim", type=int, required=True, metavar="D", help="Number of signs of a point.")
@click.option("--mean", type=read_number, default=0.4, metavar="M", help="Mean of the signs of a class.")
@click.option(
    "--kernel", **one_of(_KERNELS), default="linear", help="x·x'/D, or that of a network on it, for which:"
)
@layer_options
@click.option(
    "--ridge", type=read_number, default=1.0, metavar="V", help="Ridge: likelihood variance of the model."
)
@click.option(
    "--n",
    "sizes",
    default="5:500:9",
    metavar="A:B:K|LIST",
    help="Training-set sizes: K values from A to B, log-spaced, or a list such as 50,100.",
)
@click.option("--simulate", type=int, default=0, metavar="R", help="Also draw R data sets of each size.")
@click.option(
    "--annealed", is_flag=True, help="With --simulate: weight the data sets by the likelihood, too."
)
@click.option("--seed", type=int, default=0, metavar="S", help="Of the data sets that are drawn.")
@output_options
@budget_options
def variability_command(**options: Any) -> None:
    """The mean prediction of a kernel machine over random data sets of two classes.

    Points are c s with the label c = 1 or -1 and D random signs s. From the mean of the kernel and its
    covariance: quenched, the average over data sets, and annealed, over data sets weighted by the likelihood
    of their labels; and by the effective ridge, for many points.
    """
    require_writable(options["files"])
    hand_over(result := _result(options), options, partial(_print, result))


def _result(options: dict[str, Any]) -> VariabilityResult:
    from fieldtheory.workbench.cli.results.variability import VariabilityResult
    from replicas.data_variability.binary_learning_curve import binary_learning_curve
    from replicas.data_variability.binary_task import BinaryTask
    from replicas.data_variability.dataset_sampling import simulate_datasets

    kind, repeats, seed = (options[name] for name in ("kernel", "simulate", "seed"))
    linear = require_choice("kernel", kind, _KERNELS) == "linear"
    if options["annealed"] and not repeats:
        raise ValueError("annealed must only be given with --simulate, whose data sets are weighted")
    if repeats < 0 or repeats == 1:
        raise ValueError(f"simulate must be 0, or at least 2 data sets of each size (got {repeats})")
    mean, ridge, sizes = float(options["mean"]), float(options["ridge"]), read_sizes(options["sizes"])
    task = BinaryTask(options["dim"], mean, None if linear else kernel_of(options))
    curve = binary_learning_curve(task, sizes, ridge, repeats=repeats, seed=seed)
    weighted = None
    if options["annealed"]:
        weighted = simulate_datasets(task, sizes, ridge, repeats, seed, average="annealed")
    settings = {"dim": task.dim, "mean": mean, "kernel": kind, "ridge": ridge}
    if not linear:
        settings |= {name: options[name] for name in ("activation", "hidden_layers")}
        names = ("weight_variance", "bias_variance", "input_scale")
        settings |= {name: float(options[name]) for name in names}
    title = f"two classes of signs, dim {task.dim}, mean {mean:g}, kernel {kind}, ridge {ridge:g}"
    return VariabilityResult(title, curve, weighted, settings)


def _print(result: VariabilityResult) -> None:
    from fieldtheory.workbench.cli.printing.variability import print_variability

    print_variability(result)
