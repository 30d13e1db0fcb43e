"""`fieldtheory regimes stability`: functions of handwritten digits under smooth deformations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import read_number
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.stability import StabilityResult

_EXAMPLES = """\b
Examples:
  fieldtheory regimes stability --function laplace --cutoff 3 --temperature 0.002
  fieldtheory regimes stability --cutoff 4 --temperature 0.001 --out stability.svg
  fieldtheory regimes stability --function linear,gaussian --fields 200 --json"""


@click.command("stability", epilog=_EXAMPLES, short_help="Stability of functions to smooth deformations.")
@click.option(
    "--function",
    default="laplace,gaussian,linear",
    metavar="LIST",
    help="Kernels of the regressions: laplace, gaussian, linear.",
)
@click.option("--cutoff", type=int, default=3, metavar="C", help="Of the wave numbers of deformations.")
@click.option("--temperature", type=read_number, default=0.002, metavar="T", help="How large they are.")
@click.option("--fields", type=int, default=60, metavar="K", help="Deformations that are drawn.")
@click.option("--seed", type=int, default=0, metavar="S", help="Of deformations and noise.")
@output_options
@budget_options
def stability_command(**options: Any) -> None:
    """R_f: how much a smooth deformation of handwritten digits changes f, relative to noise of its size.

    f is a kernel regression of the parity of 500 digits. R_f is sampled on 400 others, with its standard
    error, and exact to first order in T. Below 1, f is stable to deformations. Needs the extra [sklearn].
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> StabilityResult:
    from fieldtheory.workbench.cli.results.stability import StabilityResult

    names = [name.strip() for name in options["function"].split(",")]
    how = {name: options[name] for name in ("cutoff", "fields", "seed")}
    try:
        return StabilityResult.of(names, temperature=float(options["temperature"]), **how)
    except ImportError as error:
        raise click.UsageError(str(error)) from None


def _print(result: StabilityResult) -> None:
    from fieldtheory.workbench.cli.printing.stability import print_stability

    print_stability(result)
