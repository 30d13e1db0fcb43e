"""A rule and its information as tables for people."""

from __future__ import annotations

from rich.text import Text

from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.rules import RuleResult

_DIGITS, _ROWS = 9, 32


def print_rule(result: RuleResult) -> None:
    """What the block knows, what the rule keeps, and the rule state by state."""
    console, numbers, joint = plain_console(), plain_table(), result.joint
    console.print(Text(str(joint), style="bold"))
    for head in ("in nats", "", ""):
        numbers.add_column(head)
    numbers.add_row("I(V:E)", short(joint.information, _DIGITS), "known to the block")
    share = f"{result.information / joint.information:.2%} of it" if joint.information > 0 else ""
    numbers.add_row(
        "I(h:E)",
        short(result.information, _DIGITS),
        f"kept by the {result.settings['rule']} rule, {share}".rstrip(", "),
    )
    if result.best is not None:
        of = (
            "certified: no rule keeps more"
            if result.best.certified
            else "not certified: no rule keeps more than this"
        )
        numbers.add_row("bound", short(result.best.bound, _DIGITS), of)
        if result.best.degeneracy is not None:
            numbers.add_row("rules", str(result.best.degeneracy), "that keep as much")
    numbers.add_row("H(V)", short(joint.block_entropy, _DIGITS), "")
    numbers.add_row("H(E)", short(joint.environment_entropy, _DIGITS), "")
    console.print(numbers)
    states = plain_table()
    heads, *rows = result.rows()
    sites = len(joint.block)
    states.add_column("state")
    states.add_column("probability")
    states.add_column("h" if result.rule.is_deterministic else "P(h)")
    for row in rows[:_ROWS]:
        chances = list(row[sites + 1 :])
        value = (
            str(chances.index(1.0))
            if result.rule.is_deterministic
            else " ".join(short(float(each), 4) for each in chances)
        )
        states.add_row(" ".join(map(str, row[:sites])), short(float(row[sites]), 4), value)
    console.print(states)
    console.print(Text("state 0 of a spin is +1, value 0 of h too", style="dim"))
    if len(rows) > _ROWS:
        console.print(
            Text(f"and {len(rows) - _ROWS} states more: --out rule.csv has all of them", style="dim")
        )
