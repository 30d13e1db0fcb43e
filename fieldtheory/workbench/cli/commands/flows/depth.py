"""`fieldtheory flow depth`: random networks layer by layer, their phases, finite width."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from fieldtheory.activations.by_name import parse_name
from fieldtheory.arguments import require_number
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.formula import formula_options, require_format
from fieldtheory.workbench.cli.options.network import ActivationOption
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import read_number, read_widths
from fieldtheory.workbench.cli.printing.formulas import print_formula
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.cli.results.depth import DepthData
from fieldtheory.workbench.cli.results.phases import PhaseData
from fieldtheory.workbench.output_files import require_writable

_EXAMPLES = """\b
Examples:
  fieldtheory flow depth --activation tanh --weight-variance 1.5 --bias-variance 0.05
  fieldtheory flow depth --activation tanh --critical --q-star 0.5 --width 100 --tangent --out depth.svg
  fieldtheory flow depth --activation erf --phase-diagram --out phases.svg
  fieldtheory flow depth --activation sin --formula"""
_LEGEND = (
    "q: variance of one input, c: correlation of two; sigma_w^2, sigma_b^2: weight and bias variance;\n"
    "chi_1: growth of the distance of two inputs in a layer, chi_parallel: of a deviation of q"
)
_WEIGHTS, _BIASES = (0.1, 4.0, 66), (0.0, 0.5, 41)  # of the phase diagram: first, last, number


@click.command("depth", epilog=_EXAMPLES, short_help="Flow of random networks with depth, and finite width.")
@click.option("--activation", cls=ActivationOption)
@click.option(
    "--weight-variance", type=read_number, metavar="W", help="Weight variance times fan-in. Default: 1."
)
@click.option("--bias-variance", type=read_number, metavar="B", help="Bias variance. Default: 0.")
@click.option(
    "--critical", is_flag=True, help="Take the point of the critical line with --bias-variance or --q-star."
)
@click.option("--q-star", type=read_number, metavar="Q", help="With --critical: fixed point of the variance.")
@click.option("--layers", type=int, default=10, metavar="L", help="Number of layers in the table.")
@click.option(
    "--width", default="64", metavar="N|N,N,...", help="Neurons of a layer, or of layers 0 to L - 1."
)
@click.option(
    "--input-variance", type=read_number, default=1.0, metavar="K", help="Variance of an input in layer 0."
)
@click.option("--correlation", type=read_number, default=0.0, metavar="C", help="Of two inputs in layer 0.")
@click.option(
    "--tangent", is_flag=True, help="The tangent kernel, too: how it fluctuates, and moves in training."
)
@click.option(
    "--phase-diagram", is_flag=True, help="The critical line and, with --out, the diagram, instead of layers."
)
@formula_options
@output_options
@budget_options
def depth_command(**options: Any) -> None:
    """Random networks, layer by layer: fixed point, phase and correlation depth at infinite width.

    Finite width: at first order in 1/n the metric G of a layer has the mean K + δK/n and the variance V/n.
    --tangent: mean H + δH/n and variance of the tangent kernel Θ, and the drift <∇Θ.∇f f> of an output f.
    """
    require_format(options)
    require_writable(options["files"])
    parse_name(options["activation"])
    if options["formula"]:
        from renormalization.depth.flow import DepthFlow

        print_formula(DepthFlow(options["activation"], 1.0).symbolic(), options, _LEGEND)
        return
    data = _phases(options) if options["phase_diagram"] else _layers(options)
    hand_over(data, options, partial(_print, data))


def _print(data: DepthData | PhaseData) -> None:
    from fieldtheory.workbench.cli.printing.flow_tables import print_depth, print_phases

    if isinstance(data, PhaseData):
        print_phases(data)
    else:
        print_depth(data)


def _layers(options: dict[str, Any]) -> DepthData:
    from renormalization.depth.flow import DepthFlow

    activation, weight, bias = (options[name] for name in ("activation", "weight_variance", "bias_variance"))
    critical = None
    if options["critical"]:
        if weight is not None:
            raise ValueError(f"weight_variance must not be given with --critical (got {float(weight):g})")
        if options["q_star"] is None and bias is None:
            bias = 0.0
        critical = DepthFlow.critical_point(activation, bias_variance=bias, q_star=options["q_star"])
        weight, bias, _ = critical
    elif options["q_star"] is not None:
        raise ValueError(f"q_star must only be given with --critical (got {float(options['q_star']):g})")
    flow = DepthFlow(activation, 1.0 if weight is None else weight, 0.0 if bias is None else bias)
    start = require_number("input_variance", options["input_variance"], exclusive=True)
    layers, width = options["layers"], read_widths(options["width"])
    finite = flow.finite_width(layers, width, start)
    path = flow.trajectory(layers, start, float(options["correlation"]))
    tangent = flow.tangent_kernel(layers, width, start) if options["tangent"] else None
    return DepthData(flow, path, finite, critical, tangent)


def _phases(options: dict[str, Any]) -> PhaseData:
    import numpy as np

    from renormalization.depth.phase_diagram import phase_diagram

    for name in ("weight_variance", "bias_variance", "q_star"):
        if options[name] is not None:
            raise ValueError(f"{name} must not be given with --phase-diagram, which covers a range of them")
    if options["critical"]:
        raise ValueError("critical must not be given with --phase-diagram, which shows the critical line")
    if options["tangent"]:
        raise ValueError("tangent must not be given with --phase-diagram, which is of infinite width")
    activation = options["activation"]
    return PhaseData(phase_diagram(activation, np.linspace(*_WEIGHTS), np.linspace(*_BIASES)))
