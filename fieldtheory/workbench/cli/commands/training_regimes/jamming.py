"""`fieldtheory regimes jamming`: how many parameters a small network needs for its patterns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import one_of
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.jamming import JammingResult

_EXAMPLES = """\b
Examples:
  fieldtheory regimes jamming --patterns 200 --dim 10 --widths 6:16
  fieldtheory regimes jamming --patterns 200 --dim 10 --widths 4,6,8,10,12,14 --out jamming.svg
  fieldtheory regimes jamming --patterns 300 --dim 10 --widths 2:40:2 --labels digits-parity"""


@click.command("jamming", epilog=_EXAMPLES, short_help="How many parameters a network needs.")
@click.option("--patterns", type=int, required=True, metavar="P", help="How many are learnt.")
@click.option("--dim", type=int, default=10, metavar="D", help="Of the patterns.")
@click.option("--widths", required=True, metavar="A:B[:STEP]|LIST", help="All widths from A to B, or a list.")
@click.option("--repeats", type=int, default=6, metavar="R", help="Runs of each width.")
@click.option("--seed", type=int, default=0, metavar="S", help="Of patterns and weights.")
@click.option("--activation", **one_of(("tanh", "erf")), default="tanh", help="Of the hidden layer.")
@click.option("--labels", **one_of(("random", "digits-parity")), default="random", help="Signs, or digits.")
@click.option("--iterations", type=int, default=20_000, metavar="K", help="Most steps of a run.")
@output_options
@budget_options
def jamming_command(**options: Any) -> None:
    """Two-layer networks of N = width (D + 1) parameters, trained on P patterns by a quadratic hinge loss.

    Runs that end with a loss above 1e-8 are jammed. N*: where half of them are, with a 68 % interval. Minima
    are local, and slow to reach just below N*; runs that may still go down are counted.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> JammingResult:
    from fieldtheory.workbench.cli.options.values import read_integers
    from fieldtheory.workbench.cli.results.jamming import JammingResult
    from fieldtheory.workbench.regimes.jamming import jamming

    names = ("patterns", "dim", "repeats", "seed", "activation", "labels", "iterations")
    given = {name: options[name] for name in names}
    return JammingResult(jamming(widths=read_integers("widths", options["widths"]), **given))


def _print(result: JammingResult) -> None:
    from fieldtheory.workbench.cli.printing.jamming import print_jamming

    print_jamming(result)
