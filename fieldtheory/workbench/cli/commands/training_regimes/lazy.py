"""`fieldtheory regimes lazy`: how much the tangent kernel changes, from lazy to feature learning."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import read_range, read_widths
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.lazy import LazyResult

_EXAMPLES = """\b
Examples:
  fieldtheory regimes lazy --widths 64,256 --scales 0.03:10:6
  fieldtheory regimes lazy --widths 16,64,256 --scales 0.03:1:5 --repeats 8 --out lazy.svg
  fieldtheory regimes lazy --widths 64 --scales 0.1 --json"""


@click.command("lazy", epilog=_EXAMPLES, short_help="Change of the tangent kernel while networks learn.")
@click.option("--widths", default="64,256", metavar="LIST", help="h: neurons.")
@click.option(
    "--scales", default="0.03:10:6", metavar="A:B:K|LIST", help="alpha: K values from A to B, log-spaced."
)
@click.option("--repeats", type=int, default=3, metavar="R", help="Networks of each width.")
@click.option("--seed", type=int, default=0, metavar="S", help="Of the data and the weights.")
@click.option("--steps", type=int, default=20_000, metavar="N", help="Of gradient descent, at most.")
@output_options
@budget_options
def lazy_command(**options: Any) -> None:
    """Two-layer erf networks f learn 24 labels sign(x_1 x_2) through F = ALPHA (f - f_0).

    The relative change of their tangent kernel at the end, with standard errors over networks; the scale
    where it is 1, and its power of the width; beside them the wide linear network, which is solvable.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> LazyResult:
    from fieldtheory.workbench.cli.results.lazy import LazyResult
    from fieldtheory.workbench.regimes.crossover_scale import crossover_scale

    widths = read_widths(options["widths"])
    scales = read_range("scales", options["scales"], logarithmic=True)
    how = {name: options[name] for name in ("repeats", "seed", "steps")}
    return LazyResult(crossover_scale(widths, scales, **how))


def _print(result: LazyResult) -> None:
    from fieldtheory.workbench.cli.printing.lazy import print_lazy

    print_lazy(result)
