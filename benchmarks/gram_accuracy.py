"""The theory of sites against brute force on real data, in the table of `make accuracy`."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

import fieldtheory as ft
from benchmarks.accuracy import FIELDS, Outcome, cells_of, fields_and_bars, judged

_THEORIES = ("self-consistent", "auto")


def gram_table() -> Table | None:
    """Deviations of the theories of sites; None without scikit-learn, whose data sets they are."""
    try:
        from tests.gram_problems import ROWS, problem
    except ModuleNotFoundError:
        return None
    call: Any = ft.learning_curve
    if "sampling" not in inspect.signature(call).parameters:
        return None
    found = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for heading in ("theory", "rows", "broken", "median", "90 %", "worst", "sim."):
        found.add_column(heading, justify="left" if heading == "theory" else "right", no_wrap=True)
    for heading in ("covered", "resolved", "covered", "bar/dev."):
        found.add_column(heading, justify="right", no_wrap=True)
    problems = [(row, *ft.Spectrum.from_gram(*problem(row))) for row in ROWS]
    for theory in _THEORIES:
        found.add_row(theory, *cells_of(_outcome(call, theory, problems), "error"))
    return found


def _outcome(call: Any, theory: str, problems: list[Any]) -> Outcome:
    predicted, values, stderr = (
        np.full((2, len(problems), len(FIELDS)), np.nan),
        np.full((len(problems), len(FIELDS)), np.nan),
        np.full((len(problems), len(FIELDS)), np.nan),
    )
    for place, (row, spectrum, target) in enumerate(problems):
        values[place, 0], stderr[place, 0] = row["err"], row["err_se"]
        options = {
            "sampling": "with-replacement" if row["replacement"] else "without-replacement",
            "points": row["points"],
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            curve = call(spectrum, target, [row["N"]], ridge=row["ridge"], theory=theory, **options)
        predicted[:, place] = fields_and_bars(curve, 0)
    return judged(predicted, values, stderr)
