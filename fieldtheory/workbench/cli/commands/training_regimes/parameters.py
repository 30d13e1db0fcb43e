"""`fieldtheory regimes parameters`: how the error falls with the number of parameters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.network import ActivationOption
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.values import one_of, read_number, read_spaced_integers
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.parameter_number import ParameterResult

_EXAMPLES = """\b
Examples:
  fieldtheory regimes parameters --data digits --widths 100:3200:6
  fieldtheory regimes parameters --data sphere --widths 64,256,1024 --repeats 40 --out excess.svg
  fieldtheory regimes parameters --data digits --model network --widths 16,32 --scale 0.2 --repeats 4"""


@click.command("parameters", epilog=_EXAMPLES, short_help="Test error over the number of parameters.")
@click.option("--data", **one_of(("digits", "sphere")), default="digits", help="What is learnt.")
@click.option(
    "--widths", default="100:3200:6", metavar="A:B:K|LIST", help="h: K values from A to B, log-spaced."
)
@click.option("--model", **one_of(("features", "network")), default="features", help="What is trained.")
@click.option("--activation", cls=ActivationOption, default="erf", help="phi, for networks erf")
@click.option("--gain", type=read_number, metavar="G", help="Of phi(g w.x), by default that of the data.")
@click.option("--ridge", type=read_number, metavar="R", help="Of features, by default 0.01.")
@click.option("--scale", type=read_number, default=1.0, metavar="ALPHA", help="Of networks.")
@click.option("--loss", **one_of(("hinge", "square")), default="hinge", help="Of networks.")
@click.option("--train", type=int, metavar="P", help="Points that are learnt.")
@click.option("--test", type=int, metavar="T", help="Points that errors are measured on.")
@click.option("--repeats", type=int, default=10, metavar="R", help="Networks of each width.")
@click.option(
    "--seed", type=int, default=0, metavar="S", help="Of the weights; the data are always the same."
)
@click.option("--steps", type=int, default=3000, metavar="N", help="Of gradient descent, at most.")
@output_options
@budget_options
def parameters_command(**options: Any) -> None:
    """Errors of many networks of each width, and of their ensemble, with standard errors over networks.

    features: ridge regression on h random features, beside it the limits of h times variance and excess error
    from generated diagrams. network: two-layer erf networks F = ALPHA (f - f_0) by gradient descent.

    digits: even against odd, all pixels on the unit sphere, gain 3, P = 300, T = 500; for networks 10
    principal components, gain 1, P = 200, T = 1000. Needs the extra [sklearn]. sphere: y = 5 x_0 x_1 + x_2 in
    five dimensions, gain sqrt(5), P = 48, T = 100.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> ParameterResult:
    import math

    from fieldtheory.arguments import require_choice
    from fieldtheory.workbench.cli.results.parameter_number import ParameterResult
    from fieldtheory.workbench.regimes.learning_task import digits_task, sphere_task
    from fieldtheory.workbench.regimes.parameter_number import MODELS, parameter_number

    require_choice("data", options["data"], ("digits", "sphere"))
    trained = require_choice("model", options["model"], MODELS) == "network"
    usual = (200, 1000) if trained else (300, 500)
    gain = 1.0 if trained else 3.0
    if options["data"] == "sphere":
        usual, gain = (48, 100), math.sqrt(5)
    train, test = (
        number if given is None else given
        for given, number in zip((options["train"], options["test"]), usual, strict=True)
    )
    try:
        if options["data"] == "sphere":
            task = sphere_task(train, test)
        else:
            task = digits_task(train, test, 10 if trained else None)
    except ImportError as error:
        raise click.UsageError(str(error)) from None
    ridge = options["ridge"]
    if ridge is None:
        ridge = 0.0 if trained else 0.01
    how = {name: options[name] for name in ("model", "activation", "loss", "repeats", "seed", "steps")}
    found = parameter_number(
        *task,
        read_spaced_integers("widths", options["widths"]),
        gain=float(gain if options["gain"] is None else options["gain"]),
        ridge=float(ridge),
        scale=float(options["scale"]),
        **how,
    )
    return ParameterResult(found)


def _print(result: ParameterResult) -> None:
    from fieldtheory.workbench.cli.printing.parameter_number import print_parameters

    print_parameters(result)
