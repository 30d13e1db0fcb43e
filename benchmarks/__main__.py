"""Run all benchmarks, print the tables, and put them into the README between its markers."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks import (
    batches,
    compiled,
    curves,
    data_sets,
    feynman,
    flows,
    latency,
    moments,
    optima,
    posteriors,
    realspace,
    regimes,
    regression,
    scaling,
    spectra,
    sweeps,
    training,
)
from benchmarks.clock import Row
from benchmarks.peers import versions

README = Path(__file__).parents[1] / "README.md"


def ratio(value: float) -> str:
    """A ratio to two digits, larger ones whole."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def line(row: Row) -> str:
    """A row of the table in Markdown."""
    ratios = ("", "") if row.ratios is None else tuple(map(ratio, row.ratios))
    return f"| {' | '.join((row.what, row.ours, row.alternative, *ratios))} |"


def main() -> None:
    """`python -m benchmarks`."""
    # a child process inherits the peak memory of its parent: regression before what takes much
    parts = (
        *(
            regression,
            data_sets,
            spectra,
            batches,
            sweeps,
            optima,
            curves,
            flows,
            posteriors,
            training,
            moments,
        ),
        *(realspace, regimes, feynman, compiled, latency),
    )
    rows = [row for part in parts for row in part.rows()]
    tables = [
        "| what | this package | instead | CPU ratio | wall ratio |",
        "|---|---|---|---|---|",
        *map(line, rows),
        "",
        *scaling.HEADER,
        *(growth.as_row() for growth in scaling.growths()),
        "",
        "From one run of `make bench`: medians of CPU time, with wall time where it is another; one core if "
        f"nothing else is said. {versions()}.",
    ]
    text = "\n".join(tables)
    print(text)
    readme = README.read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- benchmarks -->\n).*?(\n<!-- /benchmarks -->)", re.S)
    if not marked.search(readme):
        raise SystemExit(f"{README.name} has no <!-- benchmarks --> markers")
    README.write_text(marked.sub(lambda found: found[1] + text + found[2], readme), encoding="utf-8")


if __name__ == "__main__":
    main()
