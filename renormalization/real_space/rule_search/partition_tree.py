"""Branch and bound over rules, letter by letter: exact for few letters, an upper bound when it is stopped.

A node has decided the first letters. Each cell y_c(e) = P(h = c, e) then lies between what is decided and
that plus all that is open; there the convex y ln y is below its chord, and the concave -Y ln Y of the whole
cell below a tangent. What is left is linear in the open letters: each goes where it gains most. A second
bound keeps each open letter as a value of its own (data processing).
"""

from __future__ import annotations

import heapq
import time

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from renormalization.real_space.rule_search.enumeration import cell_information
from renormalization.real_space.rule_search.letters import Letters
from renormalization.real_space.rule_search.logarithm import logarithm

_TANGENTS = 4  # refinements of the point where the tangent touches
TIES = 1e-9  # relative difference of information below which rules are equally good


def searched_tree(
    letters: Letters, values: int, known: float, start: Integers, seconds: float
) -> tuple[float, float, list[Integers]]:
    """The largest information, an upper bound, and the rules that reach it (all, if the two are equal).

    `known`, `start`: a rule to begin with; `seconds`: of processor time, after which the search stops.
    """
    table, rows, opposites = letters.table, letters.rows, letters.opposites
    clock = time.process_time() + seconds
    count = len(rows)
    best, found = known, [_named_as_they_come(start) if opposites[0] < 0 else start]
    own = float(_row_informations(table).sum())
    empty = np.zeros(count, dtype=np.int64)
    heap = [(-own, 0, 0, empty, 0)]
    made = 0
    while heap and time.process_time() < clock:
        top, _, decided, options, used = heapq.heappop(heap)
        if -top < best * (1 - TIES):
            break
        paired = opposites[0] >= 0
        last = (0 if decided == 0 else values - 1) if paired else min(used, values - 1)
        for option in range(last + 1):
            child = options.copy()
            child[decided] = option
            bound = rule_bound(table, rows, opposites, values, child, decided + 1)
            if bound < best * (1 - TIES):
                continue
            made += 1
            if decided + 1 < count:
                heapq.heappush(heap, (-bound, made, decided + 1, child, max(used, option + 1)))
                continue
            if bound > best * (1 + TIES):
                found = []
            best = max(best, bound)
            if not any((child == other).all() for other in found):
                found.append(child)
    open_bound = max([-heap[0][0]] if heap else [best])
    return best, max(best, open_bound), found


def _named_as_they_come(options: Integers) -> Integers:
    names: dict[int, int] = {}
    return np.array([names.setdefault(int(option), len(names)) for option in options])


@compiled(error_model="numpy")
def _row_informations(table: Floats) -> Floats:
    log_columns = np.log(table.sum(axis=0))
    found = np.empty(len(table))
    for k in range(len(table)):
        found[k] = cell_information(table[k], log_columns)
    return found


@compiled(error_model="numpy")
def rule_bound(
    table: Floats, rows: Integers, opposites: Integers, values: int, options: Integers, decided: int
) -> float:
    """Of all rules with the first `decided` options as they are; the information itself if that is all."""
    letters, columns = len(rows), table.shape[1]
    log_columns = np.log(table.sum(axis=0))
    low = np.zeros((values, columns))
    for k in range(decided):
        low[options[k]] += table[rows[k]]
        if opposites[k] >= 0:
            low[(options[k] + 1) % values] += table[opposites[k]]
    exact = 0.0
    for c in range(values):
        exact += cell_information(low[c], log_columns)
    if decided == letters:
        return exact
    rest = np.zeros(columns)
    alone = exact
    for k in range(decided, letters):
        rest += table[rows[k]]
        alone += cell_information(table[rows[k]], log_columns)
        if opposites[k] >= 0:
            rest += table[opposites[k]]
            alone += cell_information(table[opposites[k]], log_columns)
    slopes = np.zeros((values, columns))
    base = 0.0
    masses = np.zeros(values)
    for c in range(values):
        for e in range(columns):
            below, above = low[c, e], low[c, e] + rest[e]
            masses[c] += below
            at_below = below * (logarithm(below) - log_columns[e])
            at_above = above * (logarithm(above) - log_columns[e])
            base += at_below
            slopes[c, e] = (at_above - at_below) / rest[e] if rest[e] > 0.0 else 0.0
    return min(alone, _chord_bound(table, rows, opposites, slopes, masses, base, decided))


@compiled(error_model="numpy")
def _chord_bound(
    table: Floats,
    rows: Integers,
    opposites: Integers,
    slopes: Floats,
    masses: Floats,
    base: float,
    decided: int,
) -> float:
    letters, values = len(rows), len(masses)
    gains = np.zeros((letters, values))
    weights = np.zeros((letters, 2))
    open_mass = 0.0
    for k in range(decided, letters):
        weights[k, 0] = table[rows[k]].sum()
        if opposites[k] >= 0:
            weights[k, 1] = table[opposites[k]].sum()
        open_mass += weights[k, 0] + weights[k, 1]
        for c in range(values):
            gains[k, c] += (table[rows[k]] * slopes[c]).sum()
            if opposites[k] >= 0:
                gains[k, c] += (table[opposites[k]] * slopes[(c + 1) % values]).sum()
    touching = masses + open_mass / values
    best = np.inf
    for _ in range(_TANGENTS):
        prices = np.log(touching) + 1.0  # the derivative of Y ln Y
        bound = base
        reached = masses.copy()
        for c in range(values):
            bound += touching[c] - prices[c] * masses[c]
        for k in range(decided, letters):
            most, place = -np.inf, 0
            for c in range(values):
                gain = gains[k, c] - prices[c] * weights[k, 0] - prices[(c + 1) % values] * weights[k, 1]
                if gain > most:
                    most, place = gain, c
            bound += most
            reached[place] += weights[k, 0]
            reached[(place + 1) % values] += weights[k, 1]
        best = min(best, bound)
        touching = 0.5 * (touching + reached)
    return best
