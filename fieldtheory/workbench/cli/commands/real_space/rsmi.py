"""`fieldtheory realspace rsmi`: the information that a coarse-graining rule keeps, and the best rule."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from fieldtheory.workbench.cli.options.budget import budget_options
from fieldtheory.workbench.cli.options.lattices import (
    block_lengths,
    model_options,
    part_options,
    read_joint,
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
from fieldtheory.workbench.cli.options.values import one_of, read_number
from fieldtheory.workbench.cli.printing.results import hand_over
from fieldtheory.workbench.output_files import require_writable

if TYPE_CHECKING:
    from fieldtheory.workbench.cli.results.rules import RuleResult

_EXAMPLES = """\b
Examples:
  fieldtheory realspace rsmi --shape 6x6 --coupling 0.3 --block 2,2:3,3 --family odd
  fieldtheory realspace rsmi --shape 6x6 --coupling 0.3 --block 2,2:3,3 --rule majority
  fieldtheory realspace rsmi --shape infinite --coupling 0.5 --field 0.2 --block 0:1 --buffer 0"""


@click.command("rsmi", epilog=_EXAMPLES, short_help="Information that a rule keeps, and the best rule.")
@model_options
@part_options
@click.option("--rule", default=BEST, metavar=f"best|{SHOWN}", help="How a block becomes one variable.")
@ties_option
@VALUES_OPTION
@family_option("all", "odd", "soft")
@click.option(
    "--method", **one_of(("auto", "enumerate", "alternate", "branch")), default="auto", help="Of the search."
)
@click.option("--seed", type=int, default=0, metavar="S", help="Of the starts of the search.")
@click.option("--max-seconds", type=read_number, default=60.0, metavar="T", help="Of branch and bound.")
@output_options
@budget_options
def rsmi_command(**options: Any) -> None:
    """Real-space mutual information: I(h:E) of a coarse variable h of a block with its environment, exactly.

    The best rule comes with a certificate, or with an upper bound on all rules. All in nats.
    """
    require_writable(options["files"])
    result = _result(options)
    hand_over(result, options, partial(_print, result))


def _result(options: dict[str, Any]) -> RuleResult:
    from fieldtheory.workbench.cli.results.rules import RuleResult
    from renormalization.real_space.mutual_information import rsmi

    joint = read_joint(options)
    lengths = block_lengths(options["block"])
    columns = lengths[1] if len(lengths) == 2 else None
    settings = {name: options[name] for name in ("model", "shape", "coupling", "field", "rule")}
    if options["rule"] == BEST:
        from renormalization.real_space.rule_search.best_rule import best_rule

        search = {name: options[name] for name in ("values", "family", "method", "seed", "max_seconds")}
        best = best_rule(joint, **search)
        return RuleResult(joint, best.rule, best.information, best, settings | search, columns)
    rule = read_rule(options["rule"], joint.block_shape, options["ties"])
    return RuleResult(joint, rule, rsmi(rule, joint), None, settings | {"ties": options["ties"]}, columns)


def _print(result: RuleResult) -> None:
    from fieldtheory.workbench.cli.printing.rules import print_rule

    print_rule(result)
