"""`fieldtheory realspace couplings`: the effective Hamiltonian of coarse variables, exact and by diagrams."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import require_integer
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.lattices import (
    block_lengths,
    model_options,
    read_model,
    read_shape,
    read_sites,
)
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.rules import SHOWN, read_rule, ties_option
from fieldtheory.workbench.cli.options.tiles import tiled
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.couplings import CouplingResult
    from renormalization.real_space.hamiltonian.couplings import Couplings

_EXAMPLES = """\b
Examples:
  fieldtheory realspace couplings --shape 12 --boundary periodic --coupling 0.5 --tile 2
  fieldtheory realspace couplings --shape 4x4 --coupling 0.2 --tile 2x2 --rule majority --order 2
  fieldtheory realspace couplings --shape 6x6 --region 1,1:4,4 --tile 2x2 --out couplings.svg"""


@click.command("couplings", epilog=_EXAMPLES, short_help="Couplings of coarse variables, and their range.")
@model_options
@click.option("--tile", required=True, metavar="TILE", help="The sites of a block: 2x2, or 3 of a chain.")
@click.option(
    "--region", metavar="SITES", help="The rectangle that is tiled; other sites are summed. Default: all."
)
@click.option("--rule", default="majority", metavar=SHOWN, help="How a block becomes one variable.")
@ties_option
@click.option("--largest", type=int, default=10, metavar="N", help="How many couplings to list.")
@click.option(
    "--order", type=int, default=0, metavar="N", help="Cumulant expansion beside, to so many lines."
)
@output_options
@budget_options
def couplings_command(**options: Any) -> None:
    """ln W(h) = sum over sets S of blocks of J_S times the product of their variables h, exactly.

    The rangeness is the share of couplings beyond fields and pairs of neighbours in the sum of all |J_S|.
    With --order N, the same from diagrams with 0 to N couplings between blocks; compare the orders.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> CouplingResult:
    from fieldtheory.workbench.cli.results.couplings import CouplingResult
    from renormalization.real_space.hamiltonian.effective_couplings import effective_couplings

    order, count = (require_integer(name, options[name], minimum=0) for name in ("order", "largest"))
    model = read_model(options)
    shape = read_shape(options["shape"])
    region = options["region"]
    if region is None:
        lengths = (shape,) if isinstance(shape, int) else shape
        region = ":".join(
            ",".join(map(str, corner)) for corner in ([0] * len(lengths), [n - 1 for n in lengths])
        )
    sites = read_sites("region", [region])
    groups, _ = tiled("tile", options["tile"], block_lengths([region]))
    blocks = [[sites[place] for place in group] for group in groups]
    states = model.states.get(sites[0], 2)
    rule = read_rule(options["rule"], (states,) * len(groups[0]), options["ties"])
    exact = effective_couplings(rule, model, blocks)
    orders: tuple[Couplings, ...] = ()
    if order:
        from renormalization.real_space.hamiltonian.cumulant_expansion import cumulant_couplings

        orders = cumulant_couplings(model, blocks, rule, order)
    names = ("model", "shape", "coupling", "field", "boundary", "tile", "rule", "ties")
    settings = {name: options[name] for name in names}
    return CouplingResult(exact, orders, blocks, exact.largest(count), settings)


def _print(result: CouplingResult) -> None:
    from fieldtheory.workbench.cli.printing.couplings import print_couplings

    print_couplings(result)
