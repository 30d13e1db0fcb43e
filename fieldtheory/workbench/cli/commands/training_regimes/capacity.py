"""`fieldtheory regimes capacity`: what a perceptron stores, by replicas and by measured margins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import read_range
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.capacity import CapacityResult

_EXAMPLES = """\b
Examples:
  fieldtheory regimes capacity --load 0.2:1.8:9
  fieldtheory regimes capacity --load 1 --simulate 12 --inputs 200
  fieldtheory regimes capacity --load 0.2:2.4:12 --negative --simulate 20 --out margins.svg"""


@click.command("capacity", epilog=_EXAMPLES, short_help="Capacity, margin and contacts of a perceptron.")
@click.option(
    "--load",
    default="0.2:1.8:9",
    metavar="A:B:K|LIST",
    help="Patterns per input: K values from A to B, or a list such as 0.5,1.",
)
@click.option("--inputs", type=int, default=100, metavar="N", help="Of measured sets and Cover's count.")
@click.option("--simulate", type=int, default=0, metavar="R", help="Also measure R sets at each load.")
@click.option("--negative", is_flag=True, help="Allow loads above 2, with bounds of negative margins.")
@click.option("--seed", type=int, default=0, metavar="S", help="Of the sets that are drawn.")
@output_options
@budget_options
def capacity_command(**options: Any) -> None:
    """Random patterns on a perceptron: the largest margin and the patterns at it, by replicas at large N.

    Beside them Cover's count, the share of labellings that a hyperplane separates, and with --simulate the
    exact maximum margins of random patterns, with standard errors. Up to a load of 2 margins are positive.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> CapacityResult:
    from fieldtheory.arguments import require_integer
    from fieldtheory.workbench.cli.results.capacity import CapacityResult
    from fieldtheory.workbench.regimes.capacity_curve import capacity_curve

    simulate = require_integer("simulate", options["simulate"], minimum=0)
    curve = capacity_curve(
        read_range("load", options["load"]),
        options["inputs"],
        repeats=simulate,
        seed=options["seed"],
        negative=options["negative"],
    )
    return CapacityResult(curve)


def _print(result: CapacityResult) -> None:
    from fieldtheory.workbench.cli.printing.capacity import print_capacity

    print_capacity(result)
