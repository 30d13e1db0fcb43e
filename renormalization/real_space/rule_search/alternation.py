"""A good rule by alternation: letters go where they lose least, as in Lloyd's quantiser, then one by one.

Given P(e|h), a letter goes to the value h with the least KL(P(e|v) || P(e|h)); information never falls
(Burshtein et al., IEEE Trans. Inf. Theory 38 (1992), 1410). Where that stops, single letters are moved as
long as the information itself rises. A local maximum, hence restarts.
"""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from renormalization.real_space.rule_search.enumeration import cell_information
from renormalization.real_space.rule_search.letters import Letters

_LEAST = 1e-15  # gain of a move; below it is rounding


def alternated_rule(letters: Letters, values: int, seed: int, restarts: int) -> tuple[float, Integers]:
    """The best of so many local maxima: its information, and the value of each letter."""
    rng = np.random.default_rng(seed)
    count, best, found = len(letters.rows), -1.0, np.zeros(len(letters.rows), dtype=np.int64)
    weights = letters.table.sum(axis=1)
    conditional = letters.table / weights[:, None]
    for _ in range(restarts):
        start = _spread_start(conditional, weights, letters, values, rng)
        information, options = climbed(
            letters.table, letters.rows, letters.opposites, values, start.astype(np.int64)
        )
        if information > best + _LEAST * count:
            best, found = information, options
    return best, found


def _spread_start(
    conditional: Floats, weights: Floats, letters: Letters, values: int, rng: np.random.Generator
) -> Integers:
    """Letters beside the nearest of few that are far from each other, drawn as in k-means++."""
    if letters.opposites[0] >= 0:
        return rng.integers(values, size=len(letters.rows))
    mean = weights @ conditional
    distances = []
    nearest = np.full(len(weights), np.inf)
    first = rng.choice(len(weights), p=weights / weights.sum())
    for _ in range(values):
        center = 0.9 * conditional[first] + 0.1 * mean  # positive wherever a letter is
        ratio = np.where(conditional > 0, conditional / center, 1.0)
        distances.append((conditional * np.log(ratio)).sum(axis=1))
        nearest = np.minimum(nearest, np.maximum(distances[-1], 0.0))
        chances = weights * nearest
        if not chances.sum() > 0:
            break
        first = rng.choice(len(weights), p=chances / chances.sum())
    found: Integers = np.argmin(distances, axis=0)
    return found


@compiled(error_model="numpy")
def climbed(
    table: Floats, rows: Integers, opposites: Integers, values: int, options: Integers
) -> tuple[float, Integers]:
    """The local maximum above a rule."""
    letters, columns = len(rows), table.shape[1]
    log_columns = np.log(table.sum(axis=0))
    options = options.copy()
    cells = np.zeros((values, columns))
    logs = np.zeros((values, columns))
    changed = True
    while changed:  # all letters at once
        cells[:] = 0.0
        for k in range(letters):
            cells[options[k]] += table[rows[k]]
            if opposites[k] >= 0:
                cells[(options[k] + 1) % values] += table[opposites[k]]
        for c in range(values):
            total = cells[c].sum()
            for e in range(columns):
                logs[c, e] = np.log(cells[c, e] / total) if cells[c, e] > 0.0 else -1e300
        changed = False
        for k in range(letters):
            best, now = -np.inf, 0.0
            place = options[k]
            for c in range(values):
                if cells[c].sum() == 0.0:
                    continue
                score = 0.0
                for e in range(columns):
                    if table[rows[k], e] > 0.0:
                        score += table[rows[k], e] * logs[c, e]
                    if opposites[k] >= 0 and table[opposites[k], e] > 0.0:
                        score += table[opposites[k], e] * logs[(c + 1) % values, e]
                if c == options[k]:
                    now = score
                if score > best:
                    best, place = score, c
            if best > now + 1e-13:
                options[k] = place
                changed = True
    informations = np.zeros(values)
    for c in range(values):
        informations[c] = cell_information(cells[c], log_columns)
    moved = np.zeros((values, columns))
    changed = True
    while changed:  # one after the other
        changed = False
        for k in range(letters):
            source = options[k]
            for target in range(values):
                if target == source:
                    continue
                moved[:] = cells
                moved[source] -= table[rows[k]]
                moved[target] += table[rows[k]]
                if opposites[k] >= 0:
                    moved[(source + 1) % values] -= table[opposites[k]]
                    moved[(target + 1) % values] += table[opposites[k]]
                gain = 0.0
                for c in range(values):
                    gain += cell_information(moved[c], log_columns) - informations[c]
                if gain > 1e-13:
                    cells[:] = moved
                    for c in range(values):
                        informations[c] = cell_information(cells[c], log_columns)
                    options[k] = target
                    source = target
                    changed = True
    return informations.sum(), options
