"""`fieldtheory realspace layers`: what each layer of a stack of coarse-grainings keeps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.lattices import (
    INFINITE,
    block_lengths,
    model_options,
    part_options,
    read_joint,
    read_model,
    read_parts,
)
from fieldtheory.workbench.cli.options.output import output_options
from fieldtheory.workbench.cli.options.rules import (
    BEST,
    SHOWN,
    VALUES_OPTION,
    family_option,
    read_rule,
    ties_option,
)
from fieldtheory.workbench.cli.options.tiles import tiled
from fieldtheory.workbench.cli.options.values import one_of, read_number
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.layers import LayerResult

_EXAMPLES = """\b
Examples:
  fieldtheory realspace layers --shape infinite --coupling 0.5 --block 0:8 --buffer 0 \\
      --layer 3 --layer 3 --rule decimation
  fieldtheory realspace layers --shape 6 --coupling 0.5 --block 1:4 --buffer 0 --layer 2 --layer 2 \\
      --rule best --objective composition"""


@click.command("layers", epilog=_EXAMPLES, short_help="What each layer of coarse-grainings keeps.")
@model_options
@part_options
@click.option(
    "--layer",
    "tiles",
    multiple=True,
    required=True,
    metavar="TILE",
    help="How many variables become one, such as 2x2, or 3 of a chain; once for each layer.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    default=("majority",),
    metavar=f"best|{SHOWN}",
    help="For all layers, or once for each.",
)
@ties_option
@click.option(
    "--objective",
    **one_of(("greedy", "composition")),
    default="greedy",
    help="Of best rules: layer by layer, or of the whole stack.",
)
@VALUES_OPTION
@family_option("all", "odd")
@click.option("--separate", is_flag=True, help="A best rule for each group, not one for a layer.")
@click.option("--seed", type=int, default=0, metavar="S", help="Of the starts of best rules.")
@click.option(
    "--max-seconds",
    type=read_number,
    default=10.0,
    metavar="T",
    help="Up to which all rules are compared, else the best of local maxima is taken.",
)
@output_options
@budget_options
def layers_command(**options: Any) -> None:
    """Entropy of each layer T_l of a block X, and its information about the environment E, in nats.

    I(T:E) never rises and H(X|T) never falls from layer to layer, whatever the rule.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> LayerResult:
    from fieldtheory.workbench.cli.results.layers import LayerResult

    names = ("model", "shape", "coupling", "field", "tiles", "rules")
    settings = {name: options[name] for name in names}
    groups, lengths = [], block_lengths(options["block"])
    for text in options["tiles"]:
        found, lengths = tiled("layer", text, lengths)
        groups.append(found)
    rules = options["rules"] * (len(groups) if len(options["rules"]) == 1 else 1)
    if len(rules) != len(groups) or (BEST in rules and set(rules) != {BEST}):
        raise ValueError(
            f"rule must be given once for all layers or once for each of the {len(groups)}, and be best for "
            f"all or none (got {', '.join(rules)})"
        )
    if BEST in rules:
        from renormalization.real_space.layers.best_layers import best_layers

        model = read_model(options)
        search = {name: options[name] for name in ("objective", "values", "family", "seed", "max_seconds")}
        search["shared"] = not options["separate"]
        best = best_layers(model, *read_parts(model, options), groups, **search)
        return LayerResult(best.information, best.layers, best.certified, settings | search)
    if options["shape"] == INFINITE:
        joint = read_joint(options)
        layers = _layers(groups, rules, joint.block_shape[0], options)
        information = joint.layers(layers)
    else:
        model = read_model(options)
        block, environment = read_parts(model, options)
        layers = _layers(groups, rules, model.states[block[0]], options)
        information = model.layers(block, environment, layers)
    return LayerResult(information, layers, None, settings | {"ties": options["ties"]})


def _layers(groups: Any, rules: Any, states: int, options: dict[str, Any]) -> list[tuple[Any, Any]]:
    """(groups, rule) of each layer; the first variables have so many states."""
    found = []
    for each, text in zip(groups, rules, strict=True):
        rule = read_rule(text, (states,) * len(each[0]), options["ties"])
        found.append((each, rule))
        states = rule.values
    return found


def _print(result: LayerResult) -> None:
    from fieldtheory.workbench.cli.printing.layers import print_layers

    print_layers(result)
