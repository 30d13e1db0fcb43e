"""Run all benchmarks, print the table, and put it into the README between its markers."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from benchmarks import compiled, curves, feynman, flows, latency, regression, spectra

README = Path(__file__).parents[1] / "README.md"


def main() -> None:
    """`python -m benchmarks`."""
    # a child process inherits the peak memory of its parent: regression before what takes much
    parts = (regression, spectra, curves, flows, feynman, compiled, latency)
    rows = [row for part in parts for row in part.rows()]
    lines = ["| what | this package | instead | ratio |", "|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:,.0f}" if row.ratio >= 1 else f"{row.ratio:.2g}"
        lines.append(f"| {row.what} | {row.ours} | {row.alternative} | {ratio} |")
    lines.append("")
    lines.append(
        f"From one run of `make bench`, Python {platform.python_version()}; medians "
        "but for the compilations, one core but for the regression."
    )
    table = "\n".join(lines)
    print(table)
    text = README.read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- benchmarks -->\n).*?(\n<!-- /benchmarks -->)", re.S)
    if not marked.search(text):
        raise SystemExit(f"{README.name} has no <!-- benchmarks --> markers")
    README.write_text(marked.sub(lambda m: m[1] + table + m[2], text), encoding="utf-8")


if __name__ == "__main__":
    main()
