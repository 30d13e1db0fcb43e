"""`fieldtheory spectrum`: the eigenvalues of a kernel by degree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.arguments import require_integer
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.network import kernel_of, network_options, network_settings
from fieldtheory.workbench.cli.options.output import json_option, references_option
from fieldtheory.workbench.records import json_text

_EXAMPLES = """\b
Examples:
  fieldtheory spectrum --dim 50
  fieldtheory spectrum --kernel nngp --activation erf --dim 10 --max-degree 6 --json
  fieldtheory spectrum --bias-variance 1 --input-scale 1/50 --dim 50 --max-degree 2 --digits 30"""


@click.command("spectrum", epilog=_EXAMPLES, short_help="Eigenvalues of a kernel by degree.")
@network_options
@click.option("--max-degree", type=int, default=10, metavar="M", help="Highest degree.")
@click.option(
    "--digits",
    type=int,
    metavar="D",
    help="Compute D certified digits; slow, and only for closed forms (not tanh). Default: float64.",
)
@json_option
@references_option
@budget_options
def spectrum_command(**options: Any) -> None:
    """Eigenvalues λ_l of the kernel on the sphere, with their multiplicities and shares of the trace.

    K(t) = sum over l of deg(l) λ_l P_l(t), with P_l(1) = 1 and inputs uniform on the unit sphere.
    """
    dim = options["dim"]
    kernel = kernel_of(options)
    max_degree = require_integer("max_degree", options["max_degree"], minimum=0)
    digits = options["digits"]
    certified = None if digits is None else _certified(kernel, dim, max_degree, digits)
    spectrum = kernel.spectrum(dim, max_degree)
    if options["as_json"]:
        data = {
            "dim": dim,
            "eigenvalues": spectrum.eigenvalues,
            "multiplicities": [f"{Decimal(number):f}" for number in spectrum.exact_multiplicities],
            "trace": spectrum.trace,
            "tail": spectrum.tail,
            "bandwidth": _bandwidth(spectrum),
            "relative_error": spectrum.relative_error,
            "log_eigenvalues": spectrum.log_eigenvalues,
            "settings": network_settings(options),
        }
        click.echo(json_text(data | ({} if certified is None else {"certified": certified})))
        return
    from fieldtheory.workbench.cli.printing.tables import print_references, print_spectrum

    print_spectrum(kernel.name, spectrum, certified)
    print_references(kernel.references, options["references"])


def _bandwidth(spectrum: ft.Spectrum) -> int | None:
    """Of 9/10 of the trace; None where less is held."""
    held = float(spectrum.degree_traces.sum())
    return spectrum.bandwidth() if held >= 0.9 * spectrum.trace else None


def _certified(kernel: ft.ZonalKernel, dim: int, max_degree: int, digits: int) -> list[str]:
    import mpmath

    found = (kernel.eigenvalue(degree, dim, digits) for degree in range(max_degree + 1))
    return [mpmath.nstr(value, digits, strip_zeros=False) if value else "0" for value in found]
