"""What layers keep, as a table for people."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from fieldtheory.counted import counted
from fieldtheory.workbench.cli.printing.numbers import short
from fieldtheory.workbench.cli.printing.tables import plain_console, plain_table
from fieldtheory.workbench.cli.results.layers import LayerResult

_DIGITS, _STATES = 9, 32


def print_layers(result: LayerResult) -> None:
    """One row per layer, from the block on."""
    console, table = plain_console(), plain_table()
    for head in ("layer", "variables", "H(T)", "I(T:E)", "H(T|E)", "H(X|T)"):
        table.add_column(head)
    sizes = [str(len(groups)) for groups, _ in result.layers]
    _, *rows = result.rows()
    for (number, *values), size in zip(rows, ["", *sizes], strict=True):
        table.add_row(str(number), size, *(short(float(each), _DIGITS) for each in values))
    console.print(
        Text(f"{counted(len(sizes), 'layer')} over a block X, environment E, in nats", style="bold")
    )
    console.print(table)
    if result.certified is not None:
        _print_rules(console, result)


def _print_rules(console: Console, result: LayerResult) -> None:
    """The rules that were found: of each group the value of each state, the first variable slowest."""
    of = "the best of all rules" if result.certified else "the best of local maxima"
    console.print(Text(f"by {result.settings['objective']}, {of}", style="bold"))
    table = plain_table()
    for head in ("layer", "group", "values of its states"):
        table.add_column(head)
    for number, (groups, rules) in enumerate(result.layers, start=1):
        shared = not isinstance(rules, list)
        for group, rule in [("each", rules)] if shared else zip(groups, rules, strict=True):
            values = [str(value) for value in rule.table.argmax(axis=1)[:_STATES]]
            more = " ..." if len(rule.table) > _STATES else ""
            name = group if shared else ",".join(map(str, group))
            table.add_row(str(number), name, " ".join(values) + more)
    console.print(table)
