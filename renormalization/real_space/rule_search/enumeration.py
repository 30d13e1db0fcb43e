"""All deterministic rules, one after the other, along the tree of decisions about letters."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from renormalization.real_space.rule_search.logarithm import logarithm


@compiled(error_model="numpy", fastmath={"reassoc", "contract"})  # the sum runs in vector registers
def cell_information(cell: Floats, log_columns: Floats) -> float:
    """sum_e y_e ln[y_e/(Y P_e)] of one value of h, y_e = P(h, e), Y = P(h)."""
    total = 0.0
    found = 0.0
    for e in range(len(cell)):
        total += cell[e]
        found += cell[e] * (logarithm(cell[e]) - log_columns[e])
    return found - total * logarithm(total)


@compiled(error_model="numpy")
def enumerate_rules(
    table: Floats, rows: Integers, opposites: Integers, values: int, slack: float, most: int
) -> tuple[float, int, Integers]:
    """The largest information, the number of rules that reach it within `slack`, and (at most `most`) these.

    Values are numbered as they come, so that each rule is met once whatever its values are called; opposites
    go to the next value.
    """
    letters, columns = len(rows), table.shape[1]
    log_columns = np.log(table.sum(axis=0))
    paired = letters > 0 and opposites[0] >= 0
    cells = np.zeros((letters + 1, values, columns))  # after so many decisions
    at = np.zeros((letters + 1, values))  # information of the cells before the last decision
    option = np.full(letters, -1, dtype=np.int64)
    used = np.zeros(letters + 1, dtype=np.int64)  # values that have come
    best, count = -1.0, 0
    found = np.zeros((most, letters), dtype=np.int64)
    level = 0
    while level >= 0:
        option[level] += 1
        last = min(used[level], values - 1)
        if paired:
            last = 0 if level == 0 else values - 1
        if option[level] > last:
            option[level] = -1
            level -= 1
            continue
        own = option[level]
        other = (own + 1) % values
        used[level + 1] = max(used[level], own + 1)
        if level < letters - 1:
            for c in range(values):
                for e in range(columns):
                    cells[level + 1, c, e] = cells[level, c, e]
            for e in range(columns):
                cells[level + 1, own, e] += table[rows[level], e]
            if paired:
                for e in range(columns):
                    cells[level + 1, other, e] += table[opposites[level], e]
            level += 1
            if level == letters - 1:
                for c in range(values):
                    at[level, c] = cell_information(cells[level, c], log_columns)
            continue
        # the last letter changes one cell, or two
        information = 0.0
        for c in range(values):
            if c == own:
                information += cell_information(cells[level, c] + table[rows[level]], log_columns)
            elif paired and c == other:
                information += cell_information(cells[level, c] + table[opposites[level]], log_columns)
            else:
                information += at[level, c]
        if information > best + slack:
            best, count = information, 0
        elif information < best - slack:
            continue
        best = max(best, information)
        if count < most:
            found[count] = option
        count += 1
    return best, count, found[: min(count, most)]
