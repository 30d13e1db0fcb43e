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
    if "objective" in result.settings:
        _print_rules(console, result)


def _print_rules(console: Console, result: LayerResult) -> None:
    """The rules that were found: of each group the value of each state, the first variable slowest."""
    table = plain_table()
    for head in ("layer", "group", "values of its states"):
        table.add_column(head)
    for number, (groups, found) in enumerate(result.layers, start=1):
        rules = found if isinstance(found, list) else [found] * len(groups)
        for group, rule in zip(groups, rules, strict=True):
            values = [str(value) for value in rule.table.argmax(axis=1)[:_STATES]]
            more = " ..." if len(rule.table) > _STATES else ""
            table.add_row(str(number), ",".join(map(str, group)), " ".join(values) + more)
    console.print(table)
