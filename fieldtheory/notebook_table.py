"""Small tables that notebooks show for results: a title, some rows, the warnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_MOST_ROWS = 12


def notebook_table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], warnings: Iterable[str] = ()
) -> str:
    """HTML; numbers to four digits, of many rows the first and the last, text as it stands.

    >>> notebook_table("Curve", ["n", "error"], [[10, 0.51234]], ["n < 20"]).partition("<tbody>")[2]
    '<tr><td>10</td><td>0.5123</td></tr></tbody></table><p>warning: n &lt; 20</p>'
    """
    shown = [[_cell(each) for each in row] for row in kept_rows(rows)]
    if len(rows) > _MOST_ROWS:
        shown.insert(_MOST_ROWS - 1, ["…"] * len(heads))
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>" for row in shown)
    said = "".join(f"<p>warning: {escape(each)}</p>" for each in warnings)
    return (
        f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        f"</table>{said}"
    )


def kept_rows(rows: Sequence[Any]) -> list[Any]:
    """Those that are shown: all if they are few, else the first and the last one.

    >>> kept_rows(range(100))
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99]
    """
    return list(rows) if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS - 1], rows[-1]]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return escape(f"{value:.4g}" if isinstance(value, float) else str(value))
