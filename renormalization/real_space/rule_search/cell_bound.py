"""An upper bound on the information of every rule into m values, from the best single cells.

A rule is m cells S of letters; I = sum of f(S), f(S) = P(S) KL(P(e|S) || P(e)). For any prices of letters

    I <= sum_v price_v + m max(0, max_S [f(S) - sum_{v in S} price_v]),

the dual of choosing cells that cover each letter once, as for the minimum sum of squares (du Merle et al.,
SIAM J. Sci. Comput. 21 (2000), 1485). Prices come from a linear programme over cells met so far; the best
cell at these prices is sought by branch and bound, best node first: a bound whenever it is stopped.

In a node letters are in, out, or open. y_e = P(S, e) lies between two bounds; y ln y is below its chord
there, and what is left is a knapsack with the concave -Y ln Y. Letters whose choice would push the bound
below the target are decided at once; symmetries of the table leave out a whole orbit where its first letter
is out.
"""

from __future__ import annotations

import heapq
import time

import numpy as np

from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.compiled import compiled
from renormalization.real_space.rule_search.enumeration import cell_information
from renormalization.real_space.rule_search.letters import Letters
from renormalization.real_space.rule_search.logarithm import logarithm

_STARTS = 100  # of a search for good cells
_NEW = 20  # cells that enter the linear programme at a time
_REFINED = 3  # of them, letter by letter
_EVERY = 64  # nodes between attempts to round one to a cell
_OUT, _IN, _OPEN = 0, 1, 2


def cell_bound(
    letters: Letters,
    values: int,
    options: Integers,
    symmetries: Integers,
    slack: float,
    seed: int,
    seconds: float,
) -> float:
    """The bound, to `slack` unless `seconds` of processor time end before. `options`: a good rule."""
    clock = time.process_time() + seconds
    rng = np.random.default_rng(seed)
    table = letters.table
    log_columns, count = np.log(table.sum(axis=0)), len(table)
    orbits = np.unique(symmetries.min(axis=0), return_inverse=True)[1].reshape(-1)
    sizes = np.bincount(orbits)
    cells = [options == value for value in range(values) if (options == value).any()]
    cells += list(np.eye(count, dtype=bool))
    bound = np.inf
    while time.process_time() < clock:
        prices, most = _prices(table, log_columns, cells, orbits, sizes, values)
        target = max(most, 0.0) + slack / values
        better = _better_cells(table, log_columns, prices, target, rng)
        if not better:
            top, cell = _best_cell(table, log_columns, prices, target, symmetries, clock)
            bound = min(bound, float(prices.sum()) + values * top)
            if cell is None:
                break
            better = [cell]
        cells += better
    return float(bound)


def _prices(
    table: Floats, log_columns: Floats, cells: list[Booleans], orbits: Integers, sizes: Integers, values: int
) -> tuple[Floats, float]:
    """Of letters, the same along an orbit, and the most that a known cell exceeds them."""
    from scipy.optimize import linprog

    members = np.array([np.bincount(orbits[cell], minlength=len(sizes)) for cell in cells], dtype=float)
    worth = np.array([cell_information(table[cell].sum(axis=0), log_columns) for cell in cells])
    done = linprog(
        -worth, A_eq=members.T, b_eq=sizes, A_ub=np.ones((1, len(cells))), b_ub=[values], method="highs"
    )
    prices: Floats = -done.eqlin.marginals[orbits]
    return prices, float(max((worth[k] - prices[cell].sum() for k, cell in enumerate(cells)), default=0.0))


def _better_cells(
    table: Floats,
    log_columns: Floats,
    prices: Floats,
    target: float,
    rng: np.random.Generator,
) -> list[Booleans]:
    """Local maxima above the target, the best of them refined by single letters."""
    count = len(table)
    found: dict[bytes, tuple[float, Booleans]] = {}
    for _ in range(_STARTS):
        start = rng.random(count) < rng.choice([1.5 / count, 0.1, 0.3, 0.6])
        worth, inside = climbed_cell(table, log_columns, prices, start, False)
        found[inside.tobytes()] = worth, inside
    best = sorted(found.values(), key=lambda each: -each[0])[:_NEW]
    refined = [climbed_cell(table, log_columns, prices, inside, True) for _, inside in best[:_REFINED]]
    return [inside for worth, inside in (*refined, *best) if worth > target]


def _best_cell(
    table: Floats, log_columns: Floats, prices: Floats, target: float, symmetries: Integers, clock: float
) -> tuple[float, Booleans | None]:
    """An upper bound on what a cell exceeds its prices by, and a cell above the target, if one is met."""
    weights = table.sum(axis=1)
    root = np.full(len(table), _OPEN, dtype=np.int64)
    top, branch = cell_node(table, log_columns, weights, prices, target, root)
    heap = [(-top, 0, root, branch)]
    made = 0
    while heap:
        top, _, status, branch = heapq.heappop(heap)
        if branch < 0:
            return -top, status == _IN
        if time.process_time() > clock:
            return -top, None
        kept = symmetries[(status[symmetries] == status).all(axis=1)]
        for choice in (_IN, _OUT):
            child = status.copy()
            child[kept[:, branch] if choice == _OUT else branch] = choice
            bound, following = cell_node(table, log_columns, weights, prices, target, child)
            if bound <= target:
                continue
            made += 1
            heapq.heappush(heap, (-bound, made, child, following))
            if made % _EVERY == 0:
                worth, inside = climbed_cell(table, log_columns, prices, child == _IN, True)
                if worth > target:
                    return max(-heap[0][0], worth), inside
    return target, None


@compiled(error_model="numpy")
def climbed_cell(
    table: Floats, log_columns: Floats, prices: Floats, start: Booleans, singly: bool
) -> tuple[float, Booleans]:
    """The local maximum of f(S) - sum of prices above a cell: letters that gain at P(e|S) are in.

    `singly`: then letters come and go one by one as long as the value rises.
    """
    letters, columns = table.shape
    inside = start.copy()
    logs = np.zeros(columns)
    cell = np.zeros(columns)
    for _ in range(100):
        cell[:] = 0.0
        for v in range(letters):
            if inside[v]:
                cell += table[v]
        total = cell.sum()
        if total == 0.0:
            return 0.0, inside
        for e in range(columns):
            logs[e] = np.log(cell[e] / total) - log_columns[e] if cell[e] > 0.0 else -1e300
        changed = False
        for v in range(letters):
            gain = -prices[v]
            for e in range(columns):
                if table[v, e] > 0.0:
                    gain += table[v, e] * logs[e]
            if (gain > 0.0) != inside[v]:
                inside[v] = not inside[v]
                changed = True
        if not changed:
            break
    cell[:] = 0.0
    worth = 0.0
    for v in range(letters):
        if inside[v]:
            cell += table[v]
            worth -= prices[v]
    information = cell_information(cell, log_columns)
    changed = singly
    while changed:
        changed = False
        for v in range(letters):
            sign = -1.0 if inside[v] else 1.0
            moved = cell + sign * table[v]
            other = cell_information(moved, log_columns)
            if other - information - sign * prices[v] > 1e-13:
                cell[:] = moved
                information = other
                worth -= sign * prices[v]
                inside[v] = not inside[v]
                changed = True
    return worth + information, inside


@compiled(fastmath={"reassoc", "contract"})  # the sum runs in vector registers
def _product(one: Floats, other: Floats) -> float:
    found = 0.0
    for e in range(len(one)):
        found += one[e] * other[e]
    return found


@compiled(error_model="numpy")
def cell_node(
    table: Floats, log_columns: Floats, weights: Floats, prices: Floats, target: float, status: Integers
) -> tuple[float, int]:
    """The bound of a node, and the open letter to decide next, -1 if there is none; decides what is clear.

    Bounds up to the target are returned as they are met.
    """
    letters, columns = table.shape
    low, high, slopes = np.empty(columns), np.empty(columns), np.zeros(columns)
    gains = np.zeros(letters)
    while True:
        low[:] = 0.0
        high[:] = 0.0
        mass, base, count = 0.0, 0.0, 0
        for v in range(letters):
            if status[v] == _IN:
                low += table[v]
                mass += weights[v]
                base -= prices[v]
            elif status[v] == _OPEN:
                high += table[v]
                count += 1
        for e in range(columns):
            at_low = low[e] * (logarithm(low[e]) - log_columns[e])
            above = low[e] + high[e]
            at_high = above * (logarithm(above) - log_columns[e])
            base += at_low
            slopes[e] = (at_high - at_low) / high[e] if high[e] > 0.0 else 0.0
        if count == 0:
            return base - (mass * np.log(mass) if mass > 0.0 else 0.0), -1
        opened = np.empty(count, dtype=np.int64)
        place = 0
        for v in range(letters):
            if status[v] == _OPEN:
                gains[v] = _product(table[v], slopes) - prices[v]
                opened[place] = v
                place += 1
        value, reached = base, mass
        for k in np.argsort(-(gains[opened] / weights[opened])):
            v = opened[k]
            rate = gains[v] / weights[v]
            if reached > 0.0 and rate <= np.log(reached) + 1.0:
                break
            end = min(reached + weights[v], np.exp(rate - 1.0))
            value += rate * (end - reached)
            reached = end
        bound = value - (reached * np.log(reached) if reached > 0.0 else 0.0)
        if bound <= target:
            return bound, -1
        price = np.log(reached) + 1.0
        decided, branch, largest = False, -1, -1.0
        for k in range(count):
            v = opened[k]
            surplus = gains[v] - price * weights[v]
            if surplus > 0.0 and bound - surplus <= target:
                status[v] = _IN
                decided = True
            elif surplus < 0.0 and bound + surplus <= target:
                status[v] = _OUT
                decided = True
            elif weights[v] > largest:
                largest = weights[v]
                branch = v
        if not decided:
            return bound, branch
