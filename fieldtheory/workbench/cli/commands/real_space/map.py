"""`fieldtheory realspace map`: fixed points and exponents of maps of couplings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.arguments import require_choice
from fieldtheory.shown_value import shown
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.formula import formula_options, require_format
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import one_of, read_box, read_number, read_point
from fieldtheory.workbench.cli.printing.formulas import print_formula
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.rg_map import MapResult
    from renormalization.real_space.maps.rg_map import RGMap

_MIGDAL_KADANOFF = "migdal-kadanoff"
_SECOND_CUMULANT = "triangular-second-cumulant"
_MAPS = (
    _MIGDAL_KADANOFF,
    "ising-decimation-1d",
    "ising-square-migdal-kadanoff",
    "triangular-first-cumulant",
    _SECOND_CUMULANT,
    "percolation-triangular-site",
    "percolation-square-bond",
    "percolation-square-site",
)
_EXAMPLES = """\b
Examples:
  fieldtheory realspace map --map migdal-kadanoff --states 3 --dim 3
  fieldtheory realspace map --map percolation-square-bond --start 0.45 --steps 6 --out map.svg
  fieldtheory realspace map --map triangular-first-cumulant --formula --format latex
  fieldtheory realspace map --map triangular-second-cumulant --start 0.3,-0.01,-0.02 --steps 1"""
_LEGEND = (
    "J: Potts coupling, weight exp(J) for equal neighbours; K: Ising coupling, K1, K2, K3 at the distances\n"
    "1, sqrt 3, 2;\n"
    "p: probability that a site or bond is open"
)


@click.command("map", epilog=_EXAMPLES, short_help="Fixed points, exponents and flow of a map of couplings.")
@click.option("--map", "name", **one_of(_MAPS), default=_MIGDAL_KADANOFF, help="Which map.")
@click.option("--states", type=read_number, metavar="Q", help="Potts states of migdal-kadanoff. Default: 2.")
@click.option("--dim", type=read_number, metavar="D", help="Dimension of migdal-kadanoff. Default: 2.")
@click.option("--interval", metavar="A:B|A:B,C:D,...", help="Where to look for fixed points.")
@click.option("--start", metavar="X|X,Y,...", help="A coupling, or couplings, that flow.")
@click.option("--steps", type=int, default=8, metavar="S", help="With --start: number of steps.")
@formula_options
@output_options
@budget_options
def map_command(**options: Any) -> None:
    """Renormalisation-group maps x' = R(x): fixed points, eigenvalues dR/dx and exponents there.

    A length shrinks by b in a step: y = ln(eigenvalue)/ln(b), and nu = 1/y for what grows.
    """
    require_format(options)
    require_writable(options["files"])
    rg_map = _map(options)
    if options["formula"]:
        print_formula(rg_map, options, _LEGEND)
        return
    result = _result(rg_map, options)
    hand_over(result, options, partial(_print, result))


def _map(options: dict[str, Any]) -> RGMap:
    from renormalization.real_space.maps.migdal_kadanoff import migdal_kadanoff
    from renormalization.real_space.maps.rg_map import RGMap

    name = require_choice("map", options["name"].replace("_", "-"), _MAPS)
    given = {key: options[key] for key in ("states", "dim") if options[key] is not None}
    if name == _MIGDAL_KADANOFF:
        return migdal_kadanoff(**given)
    for key, value in given.items():
        raise ValueError(f"{key} must only be given with --map {_MIGDAL_KADANOFF} (got {shown(value)})")
    if name == _SECOND_CUMULANT:
        from renormalization.real_space.hamiltonian.cumulant_map import cumulant_map

        return cumulant_map("triangular", order=2)
    return RGMap.named(name.replace("-", "_"))


def _result(rg_map: RGMap, options: dict[str, Any]) -> MapResult:
    from fieldtheory.workbench.cli.results.rg_map import MapResult

    interval = None if options["interval"] is None else read_box(options["interval"])
    points = rg_map.fixed_points(interval)
    path = None
    if options["start"] is not None:
        path = rg_map.flow(read_point("start", options["start"]), options["steps"])
    settings = {"map": options["name"], "interval": interval}
    if options["name"].replace("_", "-") == _MIGDAL_KADANOFF:
        defaults = {key: 2 if options[key] is None else options[key] for key in ("states", "dim")}
        settings |= {key: float(value) for key, value in defaults.items()}
    return MapResult(rg_map, points, path, settings)


def _print(result: MapResult) -> None:
    from fieldtheory.workbench.cli.printing.rg_map import print_map

    print_map(result)
