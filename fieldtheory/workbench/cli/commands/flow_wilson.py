"""`fieldtheory flow wilson`: ridge, noise and coupling of GP regression at every cut-off degree."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from fieldtheory.workbench.cli.commands.flow_formula import formula_options, print_formula, require_format
from fieldtheory.workbench.cli.options.network import kernel_of, network_options, network_settings
from fieldtheory.workbench.cli.options.values import read_number, read_sizes, read_target
from fieldtheory.workbench.cli.printing.files import out_option, require_writable
from fieldtheory.workbench.cli.printing.json_text import json_text
from fieldtheory.workbench.cli.printing.wilson_data import WilsonData
from fieldtheory.workbench.cli.program import say_warnings

_EXAMPLES = """\b
Examples:
  fieldtheory flow wilson --dim 20 --n 100,1000 --ridge 0.01
  fieldtheory flow wilson --dim 10 --target 1:1,2:0.5 --n 200 --cutoff 1,2,3 --vertex
  fieldtheory flow wilson --dim 10 --target 1:1,2:0.5 --n 50:5000:5 --out flow.svg --out flow.csv
  fieldtheory flow wilson --formula --format latex"""
_LEGEND = (
    "Lambda: cut-off degree; deg, lambda: its multiplicity and eigenvalue, lambda ~ Lambda^-alpha;\n"
    "g2: target power in it; N: training points; sigma2, sigma_R^2: ridge; tau_R^2: label noise;\n"
    "u = lambda/kappa: coupling; N kappa: effective ridge, the same at every cut-off"
)


@click.command("wilson", epilog=_EXAMPLES, short_help="Flow of ridge, noise and coupling with the cut-off.")
@partial(network_options, require_dim=False)
@click.option(
    "--target",
    metavar="TEXT",
    help="Squared norm by degree, 1:1,2:0.5, or a polynomial in x1 ... xD. Default: none.",
)
@click.option(
    "--ridge", type=read_number, default=0.0, metavar="V", help="Ridge: likelihood variance of the model."
)
@click.option(
    "--label-noise", type=read_number, default=0.0, metavar="V", help="Variance of the noise in the labels."
)
@click.option(
    "--n",
    "sizes",
    default="100,1000",
    metavar="A:B:K|LIST",
    help="Training-set sizes: K values from A to B, log-spaced, or a list such as 50,100.",
)
@click.option("--cutoff", default="all", metavar="all|LIST", help="Cut-off degrees, such as 1,2,3.")
@click.option(
    "--max-degree", type=int, metavar="M", help="Highest degree of the spectrum. Default: enough for --dim."
)
@click.option(
    "--vertex", is_flag=True, help="Add to the ridge what finite dimension makes of kept and removed modes."
)
@formula_options
@out_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON with all results instead of the table.")
@click.option("-q", "--quiet", is_flag=True, help="Print no table; warnings and errors still go to stderr.")
def wilson_command(**options: Any) -> None:
    """Theory of the degrees up to a cut-off: the modes above it turn into ridge and noise.

    κ, the effective ridge per point, stays: its residual shows that it does. Modes above the learnability
    horizon, λ < κ, are not learnt.
    """
    require_format(options)
    require_writable(options["files"])
    if options["formula"]:
        from renormalization.wilson.flow_equation import flow_equation

        print_formula(flow_equation(), options, _LEGEND)
        return
    if options["dim"] is None:
        raise click.MissingParameter(param_hint="'--dim'", param_type="option")
    data = _compute(options)
    try:
        for path in options["files"]:
            data.write(path)
    finally:
        _show(data, options)


def _show(data: WilsonData, options: dict[str, Any]) -> None:
    if options["as_json"]:
        click.echo(json_text(data.to_dict()))
    elif not options["quiet"]:
        from fieldtheory.workbench.cli.printing.flow_tables import print_wilson

        print_wilson(data, options["files"])
    if options["cutoff"] != "all":  # of those asked for; of all the lowest are always bad
        say_warnings(data.warnings)


def _compute(options: dict[str, Any]) -> WilsonData:
    from renormalization.wilson.flow import WilsonFlow

    sizes = read_sizes(options["sizes"])
    dim = options["dim"]
    kernel = kernel_of(options)
    target = None if options["target"] is None else read_target(options["target"], dim)
    spectrum = kernel.spectrum(dim, options["max_degree"])
    if options["max_degree"] is None and target is not None and target.max_degree > spectrum.max_degree:
        spectrum = kernel.spectrum(dim, target.max_degree)
    cutoffs = read_cutoffs(options["cutoff"], spectrum.max_degree)
    regression = {name: float(options[name]) for name in ("ridge", "label_noise")}
    flow = WilsonFlow(spectrum, sizes, **regression, target=target)
    powers = None if target is None else {str(degree): power for degree, power in target.powers.items()}
    settings = network_settings(options) | {"target": powers} | regression
    settings |= {"max_degree": spectrum.max_degree, "vertex": options["vertex"]}
    data = WilsonData(kernel.name, flow, cutoffs, settings)
    data.columns, data.horizon  # noqa: B018 - refuse before anything is printed
    return data


def read_cutoffs(text: str, highest: int) -> list[int]:
    """Degrees from "0,1,2" in increasing order, or all up to the highest.

    >>> read_cutoffs("all", 3), read_cutoffs("4,2", 12)
    ([0, 1, 2, 3], [2, 4])
    """
    if text.strip() == "all":
        return list(range(highest + 1))
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise ValueError(f"cutoff must be all, or degrees such as 1,2,3 (got {text!r})")
    return sorted({int(part) for part in parts})
