"""`fieldtheory curve`: learning curves by theory and by simulation."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.arguments import ENSEMBLES
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.network import network_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.own_data import OwnData, own_data_of, own_data_options
from fieldtheory.workbench.cli.options.regression import regression_of, regression_options
from fieldtheory.workbench.cli.options.theories import TheoryOption, read_theory
from fieldtheory.workbench.cli.options.values import one_of, read_sizes
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.cli.results.curves import CurveData
from fieldtheory.workbench.output_files import require_writable
from replicas.theories.registry import AUTO

_EXAMPLES = """\b
Examples:
  fieldtheory curve --dim 50 --target 1:1,2:1 --n 50:2000:8
  fieldtheory curve --dim 10 --target "x1*x2 + x1**3" --n 20,50,100 --ridge 0.01 --simulate 10 --out curve.svg
  fieldtheory curve --dim 20 --target 2:1 --ridge 0.1 --theory one-loop --theory perturbative:2
  fieldtheory curve --dim 5 --target 1:1,2:1 --n 20,50,100 --accuracy 0.01 --max-seconds 60
  fieldtheory curve --weight-variance 1 --bias-variance 1 --input-scale 1/50 --dim 50 --target 1:1,2:1 \\
      --n 50:500:3 --theory self-consistent --theory equivalent-kernel --renormalise-at 3 --simulate 2
  fieldtheory curve --gram K.npy --labels y.npy --n 50,100 --ridge 0.1 --points unseen --simulate 20
  fieldtheory curve --data table.csv --label species --kernel-on-data rbf:0.5 --standardise --n 20,40"""


@click.command("curve", epilog=_EXAMPLES, short_help="Learning curves by theory and simulation.")
@partial(network_options, require_dim=False)
@partial(regression_options, sizes="10:1000:9", require_target=True, or_data=True)
@own_data_options
@click.option("--ensemble", **one_of(ENSEMBLES), default="fixed", help="Exactly N points, or N on average.")
@click.option("--theory", "theories", cls=TheoryOption, multiple=True, default=(AUTO,))
@click.option(
    "--renormalise-at",
    type=int,
    metavar="R",
    help="Equivalent kernel only: degrees above R act as ridge. Default: the highest degree.",
)
@click.option(
    "--simulate", "repeats", type=int, default=0, metavar="REPEATS", help="Random data sets per N, 0: none."
)
@click.option(
    "--simulate-points", type=int, metavar="K", help="Simulate K of the sizes, evenly spread. Default: all."
)
@click.option(
    "--orientations", default="exact", metavar="exact|K", help="Average over all rotations, or K random ones."
)
@click.option(
    "--accuracy",
    type=float,
    metavar="SHARE",
    help="Draw data sets at each N until the bar is this share of the error.",
)
@click.option("--max-seconds", type=float, metavar="S", help="Time that --accuracy may take for a theory.")
@click.option("--seed", type=int, default=0, metavar="INTEGER", help="Seed of all data sets.")
@click.option("--jobs", type=int, metavar="J", help="Processes that simulate. Default: by size and cores.")
@output_options
@click.option("--no-progress", is_flag=True, help="Show no progress bar (never shown unless on a terminal).")
@budget_options
def curve_command(**options: Any) -> None:
    """Error of wide networks trained on N random points, against N: theories, and simulation if asked for.

    Error: mean over data sets of the squared distance to the target, without noise on the test labels.
    The inputs are uniform on the unit sphere, which needs --dim and --target, or points of own data, given by
    --gram or --data.
    """
    require_writable(options["files"])
    data, died = _compute(options)
    hand_over(data, options, partial(_print, data))
    if died is not None:  # after what was finished
        raise died


def _print(data: CurveData) -> None:
    from fieldtheory.workbench.cli.printing.tables import print_curves

    print_curves(data)


def _compute(options: dict[str, Any]) -> tuple[CurveData, ft.WorkerDied | None]:
    theories = {text: read_theory(text) for text in options["theories"]}
    cut = options["renormalise_at"]
    if cut is not None and all(theory != "equivalent-kernel" for theory, _ in theories.values()):
        raise ValueError(
            f"--renormalise-at must only be given for the theory equivalent-kernel (got {cut}, theory "
            f"{', '.join(theories)}): add --theory equivalent-kernel, or leave the option out"
        )
    repeats = options["repeats"]
    if repeats < 0 or repeats == 1:
        raise ValueError(f"simulate must be 0, or 2 and more data sets (got {repeats})")
    own = own_data_of(options)
    if own is not None:
        return _compute_on_data(own, theories, options)
    kernel, spectrum, target, sizes, noise, settings = regression_of(options)
    assert target is not None  # the option is required
    simulated = _spread(sizes, options["simulate_points"])
    common: dict[str, Any] = noise | {"ensemble": options["ensemble"]}
    if cut is not None and not 0 <= cut <= spectrum.max_degree:
        raise ValueError(f"renormalise_at must be a degree from 0 to {spectrum.max_degree} (got {cut})")
    renormalised = spectrum if cut is None else spectrum.truncate(cut)
    curves, drawn = {}, _drawn(options)
    for text, (theory, order) in theories.items():
        used = renormalised if theory == "equivalent-kernel" else spectrum
        curves[text] = ft.learning_curve(used, target, sizes, theory=theory, order=order, **(common | drawn))
    simulation, died = None, None
    if repeats:
        orientations = options["orientations"]
        try:
            simulation = ft.simulate(
                kernel,
                options["dim"],
                target,
                simulated,
                **common,
                repeats=repeats,
                seed=options["seed"],
                orientations=int(orientations) if orientations.isdecimal() else orientations,
                jobs=options["jobs"],
                progress=_shows_progress(options),
            )
        except ft.WorkerDied as error:
            simulation, died = error.finished, error
    settings |= common | {"renormalise_at": cut}
    return CurveData(kernel.name, sizes, curves, simulation, settings), died


def _compute_on_data(
    own: OwnData, theories: dict[str, tuple[str, int | None]], options: dict[str, Any]
) -> tuple[CurveData, ft.WorkerDied | None]:
    """The same on the points of a data set."""
    sizes = read_sizes(options["sizes"])
    common: dict[str, Any] = {name: float(options[name]) for name in ("ridge", "label_noise")}
    common |= {name: own.settings[name] for name in ("sampling", "points")}
    data = ft.Spectrum.from_gram(own.gram, own.labels)
    drawn = _drawn(options)
    curves = {
        text: ft.learning_curve(*data, sizes, theory=theory, order=order, **(common | drawn))
        for text, (theory, order) in theories.items()
    }
    simulation = None
    if options["repeats"]:
        simulation = ft.simulate_gram(
            own.gram,
            own.labels,
            _spread(sizes, options["simulate_points"]),
            **common,
            repeats=options["repeats"],
            seed=options["seed"],
            jobs=options["jobs"],
            progress=_shows_progress(options),
        )
    return CurveData(own.name, sizes, curves, simulation, own.settings | common, own.notes), None


def _drawn(options: dict[str, Any]) -> dict[str, Any]:
    """What a theory's curve needs to be finished by data sets."""
    names = ("accuracy", "max_seconds", "seed", "jobs")
    return {name: options[name] for name in names} | {"progress": _shows_progress(options)}


def _shows_progress(options: dict[str, Any]) -> bool:
    return sys.stderr.isatty() and not (options["quiet"] or options["no_progress"])


def _spread(sizes: list[int], points: int | None) -> list[int]:
    """`points` of the sizes, evenly spread over their order; the middle one for 1, all for None."""
    if points is None:
        return sizes
    if points < 1:
        raise ValueError(f"simulate_points must be at least 1 (got {points})")
    if points >= len(sizes):
        return sizes
    ordered = sorted(sizes)
    last = len(ordered) - 1
    places = [last // 2] if points == 1 else [round(last * step / (points - 1)) for step in range(points)]
    return [ordered[place] for place in places]
