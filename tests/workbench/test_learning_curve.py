"""Learning curves as the user meets them: fields, forms of n, refusals, files."""

from __future__ import annotations

from fieldtheory.workbench.records import CURVE_COLUMNS, DEGREE_COLUMNS

BY_N = ("n", *(name for name in CURVE_COLUMNS if name != "converged"))
BY_DEGREE = DEGREE_COLUMNS
