"""`fieldtheory posterior`: posterior means of networks of finite width, by theory and by sampling."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

import fieldtheory as ft
from fieldtheory.counted import counted
from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.posterior import (
    network_of,
    posterior_data,
    posterior_options,
    read_posterior_theory,
    read_scan,
)
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

_EXAMPLES = """\b
Examples:
  fieldtheory posterior --width 20 --feature-strength mean-field --weight-variance 2 --input-scale 1/10 \\
      --data points.csv --label y --train 6 --theory one-loop --theory rescaled --sample 20000
  fieldtheory posterior --width 20 --data data.npz --train 6 --theory one-loop \\
      --scan width=10:160:5 --out scan.svg"""


@click.command("posterior", epilog=_EXAMPLES, short_help="Posterior means of networks of finite width.")
@posterior_options
@output_options
@budget_options
def posterior_command(**options: Any) -> None:
    """What networks of finite width predict when trained on own data: posterior means with their bars.

    The posterior of the weights, given labels with noise; by theories, and by sampling of the weights if
    asked for. With --scan the error on the points that are not trained on.
    """
    require_writable(options["files"])
    net, data = network_of(options), posterior_data(options)
    theories = {text: read_posterior_theory(text) for text in options["theories"]}
    common: dict[str, Any] = {"ridge": float(options["ridge"]), "scale_ridge": not options["fixed_ridge"]}
    common["seed"] = options["seed"]
    if options["sample"] < 0:
        raise ValueError(f"sample must be 0, or sweeps of each chain (got {options['sample']})")
    settings = {name: str(options[name]) for name in ("activation", "width", "feature_strength", "data")}
    settings |= common | {"hidden_layers": options["hidden_layers"]}
    title = f"{options['activation']}, {counted(net.hidden_layers, 'hidden layer')}, {options['data'].name}"
    X, y, train = data
    if options["scan"] is None:
        _hand_over_means(net, data, theories, options, (title, settings, common))
        return
    from fieldtheory.workbench.cli.results.posterior import ScanResult

    argument, values = read_scan(options["scan"])
    ordered = [text for text, (_, order) in theories.items() if order is not None]
    if ordered:
        raise ValueError(f"theory must be without an order in a scan (got {ordered[0]})")
    if train == len(X):
        raise ValueError(f"train must leave points to test on for --scan (got all {train})")
    along: dict[str, Any] = {argument: values}
    curve = ft.width_curve(
        net,
        X[:train],
        y[:train],
        X[train:],
        y[train:],
        **along,
        theory=list(theories),
        sample=options["sample"],
        nodes=options["nodes"],
        **common,
    )
    result = ScanResult(title, curve, settings | {"scan": options["scan"]})

    def print_table() -> None:
        from fieldtheory.workbench.cli.printing.posteriors import print_scan

        print_scan(result)

    hand_over(result, options, print_table)


def _hand_over_means(
    net: ft.FullyConnected,
    data: Any,
    theories: dict[str, tuple[str, int | None]],
    options: dict[str, Any],
    known: tuple[str, dict[str, Any], dict[str, Any]],
) -> None:
    from fieldtheory.workbench.cli.results.posterior import PosteriorResult

    (X, y, train), (title, settings, common) = data, known
    parts = (net, X[:train], y[:train], X[train:] if train < len(X) else None)
    found = {
        text: ft.posterior_mean(*parts, theory=name, order=order, nodes=options["nodes"], **common)
        for text, (name, order) in theories.items()
    }
    sampling = None
    if options["sample"]:
        progress = None if sys.stderr.isatty() and not options["quiet"] else False
        sampling = ft.sample_posterior(*parts, sweeps=options["sample"], progress=progress, **common)
    result = PosteriorResult(title, y.tolist(), train, found, sampling, settings)
    hand_over(result, options, partial(_print, result))


def _print(result: Any) -> None:
    from fieldtheory.workbench.cli.printing.posteriors import print_posterior

    print_posterior(result)
