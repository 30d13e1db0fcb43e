"""`fieldtheory regimes data`: cumulants of data that is not Gaussian."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.network import ActivationOption
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import read_number
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.data_cumulants import DataResult

_EXAMPLES = """\b
Examples:
  fieldtheory regimes data --gain 3 --correlation 0.5
  fieldtheory regimes data --gain 1 --correlation 0.8 --order 15 --out cumulants.svg
  fieldtheory regimes data --activation relu --correlation -0.3 --json"""


@click.command("data", epilog=_EXAMPLES, short_help="Cumulants of data that is not Gaussian.")
@click.option("--activation", cls=ActivationOption, default="erf", help="phi, of which the data is made")
@click.option("--gain", type=read_number, default=1.0, metavar="G", help="g: how far from Gaussian.")
@click.option(
    "--correlation", type=read_number, default=0.5, metavar="RHO", help="Of z between different sites."
)
@click.option("--order", type=int, default=12, metavar="K", help="Most lines of a diagram, up to 15.")
@output_options
@budget_options
def data_command(**options: Any) -> None:
    """Cumulants of x = (phi(g z) - mean)/Z of unit variance, z Gaussian with correlation RHO between sites.

    Of sites i, j, k, l that differ, some of them repeated; iijk and ijkl where so many sites can have this
    correlation. For erf in closed form; for all activations as sums of diagrams, with their truncation error,
    and as Pade approximants of these sums.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> DataResult:
    from fieldtheory.workbench.cli.results.data_cumulants import DataResult

    return DataResult.of(
        options["activation"], float(options["gain"]), float(options["correlation"]), options["order"]
    )


def _print(result: DataResult) -> None:
    from fieldtheory.workbench.cli.printing.data_cumulants import print_data

    print_data(result)
