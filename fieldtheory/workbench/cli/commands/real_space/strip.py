"""`fieldtheory realspace strip`: Potts strips, and what pairs of them say about the critical point."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import read_number, read_widths
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.strips import StripResult

_EXAMPLES = """\b
Examples:
  fieldtheory realspace strip --width 3,4,5,6 --states 3
  fieldtheory realspace strip --width 4,6,8,10 --out crossings.svg
  fieldtheory realspace strip --width 4 --limit 9"""


@click.command(
    "strip", epilog=_EXAMPLES, short_help="Correlation lengths of strips, critical point, exponents."
)
@click.option("--width", default="4", metavar="L|L,L,...", help="Sites across, periodic: 3 or more.")
@click.option("--states", type=int, default=2, metavar="Q", help="Potts states; 2: Ising, J = 2K.")
@click.option("--coupling", type=read_number, metavar="J", help="Potts coupling. Default: ln(1 + sqrt Q).")
@click.option("--limit", type=int, metavar="L", help="Extrapolate from the pairs of strips up to this width.")
@output_options
@budget_options
def strip_command(**options: Any) -> None:
    """Strips of the Potts model, infinitely long: from the two leading eigenvalues of their transfer matrix.

    Of each width the free energy and the correlation length; of widths L and L + 1 together the coupling J*
    where the lengths scale, the exponent nu there, and the central charge c at the critical coupling.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> StripResult:
    from fieldtheory.workbench.cli.results.strips import StripResult, StripRow
    from renormalization.real_space.strips.strip import Strip
    from renormalization.real_space.strips.strip_limit import strip_limit
    from renormalization.real_space.strips.strip_point import central_charge, phenomenological_rg

    given, states = read_widths(options["width"]), options["states"]
    strips = [Strip(width, states) for width in (given if isinstance(given, list) else [given])]
    coupling = strips[0].critical_coupling if options["coupling"] is None else float(options["coupling"])
    rows = [
        StripRow(
            strip.width,
            strip.free_energy(coupling),
            strip.correlation_length(coupling),
            phenomenological_rg(strip.width, states),
            central_charge(strip.width, states),
        )
        for strip in strips
    ]
    limit = None if options["limit"] is None else strip_limit(options["limit"], states)
    return StripResult(states, coupling, rows, limit)


def _print(result: StripResult) -> None:
    from fieldtheory.workbench.cli.printing.strips import print_strips

    print_strips(result)
