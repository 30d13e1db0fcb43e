"""`fieldtheory realspace maze`: critical mazes, and what breadth-first networks of a depth miss."""

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
    from fieldtheory.workbench.cli.results.mazes import MazeResult

_EXAMPLES = """\b
Examples:
  fieldtheory realspace maze --size 129 --samples 20000
  fieldtheory realspace maze --size 65 --depth 80 --out missed.svg"""


@click.command("maze", epilog=_EXAMPLES, short_help="Ways out of mazes, and what shallow networks miss.")
@click.option("--size", type=int, default=33, metavar="L", help="Sites a side; the centre is at L//2.")
@click.option("--p", type=read_number, metavar="P", help="Probability of an open site. Default: critical.")
@click.option("--samples", type=int, default=1000, metavar="N", help="Mazes to draw.")
@click.option("--seed", type=int, default=0, metavar="S", help="Of the mazes.")
@click.option("--depth", type=int, multiple=True, metavar="M", help="Layers; again for more than one.")
@click.option("--jobs", type=int, default=1, metavar="J", help="Threads; they change no number.")
@output_options
@budget_options
def maze_command(**options: Any) -> None:
    """Site percolation: is the centre joined to the boundary, and how long is the shortest path?

    A breadth-first network of M layers misses the mazes whose shortest path is longer than M. Every number
    comes with its standard error.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> MazeResult:
    from fieldtheory.workbench.cli.results.mazes import MazeResult
    from renormalization.real_space.percolation.mazes import P_CRITICAL, maze_statistics

    p = P_CRITICAL if options["p"] is None else options["p"]
    settings = {name: options[name] for name in ("size", "samples", "seed", "jobs")}
    mazes = maze_statistics(p=p, **settings)
    depths = options["depth"] or mazes.usual_depths
    return MazeResult(mazes, [mazes.at_depth(depth) for depth in depths])


def _print(result: MazeResult) -> None:
    from fieldtheory.workbench.cli.printing.mazes import print_mazes

    print_mazes(result)
