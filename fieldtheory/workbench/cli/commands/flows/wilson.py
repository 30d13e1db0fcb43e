"""`fieldtheory flow wilson`: ridge, noise and coupling of GP regression at every cut-off degree."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from fieldtheory.workbench.cli.options.formula import formula_options, require_format
from fieldtheory.workbench.cli.options.network import network_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.regression import regression_of, regression_options
from fieldtheory.workbench.cli.options.values import read_cutoffs
from fieldtheory.workbench.cli.printing.formulas import print_formula
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.cli.results.wilson import WilsonData
from fieldtheory.workbench.output_files import require_writable

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
@partial(regression_options, sizes="100,1000", require_target=False)
@click.option("--cutoff", default="all", metavar="all|LIST", help="Cut-off degrees, such as 1,2,3.")
@click.option(
    "--vertex", is_flag=True, help="Add to the ridge what finite dimension makes of kept and removed modes."
)
@formula_options
@output_options
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
    hand_over(data, options, partial(_print, data))


def _print(data: WilsonData) -> None:
    from fieldtheory.workbench.cli.printing.flow_tables import print_wilson

    print_wilson(data)


def _compute(options: dict[str, Any]) -> WilsonData:
    from renormalization.wilson.flow import WilsonFlow

    kernel, spectrum, target, sizes, noise, settings = regression_of(options)
    cutoffs = read_cutoffs(options["cutoff"], spectrum.max_degree)
    flow = WilsonFlow(spectrum, sizes, **noise, target=target)
    settings |= {"vertex": options["vertex"]}
    data = WilsonData(kernel.name, flow, cutoffs, settings, warned=options["cutoff"] != "all")
    data.columns, data.horizon  # noqa: B018 - refuse before anything is printed
    return data
