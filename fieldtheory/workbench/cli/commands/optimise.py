"""`fieldtheory optimise`: hyper-parameters chosen by predicted learning curves."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import ENSEMBLES
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.search import search_options, searched
from fieldtheory.workbench.cli.options.theories import read_theory
from fieldtheory.workbench.cli.options.values import one_of, read_number, read_target
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable
from replicas.theories.registry import AUTO

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.optimise import OptimiseResult

_EXAMPLES = """\b
Examples:
  fieldtheory optimise --dim 30 --n 500 --target 1:0.5,2:0.5 --bias-variance 0:2 --ridge 0.01
  fieldtheory optimise --dim 10 --n 100 --target 1:0.7,3:0.3 --label-noise 0.2 --hidden-layers 1,2,4 \\
      --ridge 0.001:10 --simulate 20 --out landscape.svg
  fieldtheory optimise --dim 20 --target 2:1 --activation relu,erf --objective samples --goal 0.1"""


@click.command("optimise", epilog=_EXAMPLES, short_help="Hyper-parameters with the best learning curve.")
@click.option("--dim", type=int, required=True, metavar="D", help="Dimension of the inputs, on S^{D-1}.")
@click.option(
    "--target",
    required=True,
    metavar="TEXT",
    help="Squared norm by degree, 1:1,2:0.5, or a polynomial in x1 ... xD, such as 'x1*x2 + x1**3'.",
)
@click.option("--n", type=int, metavar="N", help="Number of training points; none for --objective samples.")
@search_options
@click.option(
    "--label-noise", type=read_number, default=0.0, metavar="V", help="Variance of the noise in the labels."
)
@click.option(
    "--objective",
    **one_of(("error", "samples", "evidence")),
    default="error",
    help="Least error at N, fewest points that reach --goal, or most evidence.",
)
@click.option("--goal", type=float, metavar="E", help="The error to reach with --objective samples.")
@click.option("--ensemble", **one_of(ENSEMBLES), default="fixed", help="Exactly N points, or N on average.")
@click.option("--theory", default=AUTO, metavar="NAME[:ORDER]", help="Of the curves. Default: auto.")
@click.option("--max-degree", type=int, metavar="M", help="Highest degree of the spectra.")
@click.option(
    "--simulate",
    "repeats",
    type=int,
    default=0,
    metavar="REPEATS",
    help="Random data sets for the best and the default, 0: none.",
)
@click.option("--seed", type=int, default=0, metavar="INTEGER", help="Seed of the data sets.")
@click.option("--jobs", type=int, metavar="J", help="Processes that simulate. Default: by size and cores.")
@output_options
@budget_options
def optimise_command(**options: Any) -> None:
    """The network and ridge with the least error by theory, and how much better than the default that is.

    An option with one value is fixed, a list such as 1,2,4 a choice, and A:B an interval: of integers for
    the depth, of reals for the variances, the input scale and the ridge. The default is a ReLU network of 3
    hidden layers as it comes.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> OptimiseResult:
    import fieldtheory as ft
    from fieldtheory.workbench.cli.results.optimise import OptimiseResult

    repeats = options["repeats"]
    if repeats < 0 or repeats == 1:
        raise ValueError(f"simulate must be 0, or 2 and more data sets (got {repeats})")
    theory, order = read_theory(options["theory"])
    best = ft.optimise(
        read_target(options["target"], options["dim"]),
        options["dim"],
        options["n"],
        **searched(options),
        label_noise=float(options["label_noise"]),
        objective=options["objective"],
        goal=options["goal"],
        theory=theory,
        order=order,
        ensemble=options["ensemble"],
        max_degree=options["max_degree"],
    )
    if not repeats:
        return OptimiseResult(best, None)
    drawn = {name: options[name] for name in ("seed", "jobs", "ensemble")}
    shows = sys.stderr.isatty() and not options["quiet"]
    return OptimiseResult(
        best,
        tuple(
            ft.simulate(
                each.kernel,
                best.dim,
                best.task.target,
                [round(best.n)],
                ridge=float(each.parameters["ridge"]),
                label_noise=best.task.label_noise,
                repeats=repeats,
                progress=shows,
                **drawn,
            )
            for each in (best, best.default)
        ),
    )


def _print(result: OptimiseResult) -> None:
    from fieldtheory.workbench.cli.printing.optimise import print_optimum

    print_optimum(result)
