"""Words against counts, rules written out by hand, and averages over all data sets in exact fractions."""

from __future__ import annotations

import json
import math
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp

from diagrams.zonal.program import ZonalProgram
from replicas.resummation.ring_weights import ring_weight
from replicas.self_energy.words import Word, all_words, self_energy_words, skeleton_words

COUNTS = json.loads((Path(__file__).parents[1] / "data" / "diagram_counts.json").read_text())


def reduces_without_bridges(word: Word) -> bool:
    """Series-parallel: inner points with at most two different neighbours drop out one by one."""
    ends = {word.points[0], word.points[-1]}
    around: dict[int, set[int]] = {point: set() for point in word.points}
    for a, b in zip(word.points[:-1], word.points[1:], strict=True):
        if a != b:
            around[a].add(b)
            around[b].add(a)
    while True:
        inner = next((p for p in around if p not in ends and len(around[p]) <= 2), None)
        if inner is None:
            return set(around) == ends
        others = around.pop(inner)
        for p in others:
            around[p] = (around[p] | others) - {p, inner}


@pytest.mark.parametrize("order", range(1, 6))
def test_counts(order):
    """1, 3, 19, 179, 2183; by number of points local, non-local, and those with a Wheatstone bridge."""
    found: dict[str, Counter[str]] = {}
    for word in self_energy_words(order):
        kind = "bridge" if not reduces_without_bridges(word) else "local" if word.is_local else "nonlocal"
        found.setdefault(str(word.impurities), Counter()).update([kind, "total"])
        assert word.order == order
    names = ("total", "local", "nonlocal", "bridge")
    assert {p: [row[name] for name in names] for p, row in found.items()} == {
        p: [row[name] for name in names] for p, row in COUNTS[str(order)].items()
    }
    assert sum(row["total"] for row in found.values()) == (1, 3, 19, 179, 2183)[order - 1]
    first = next((w for w in self_energy_words(order) if not reduces_without_bridges(w)), None)
    expected = min(
        (row["first_bridge"] for row in COUNTS[str(order)].values() if row["first_bridge"]),
        key=len,
        default=None,
    )
    assert (first and str(first)) == expected


@pytest.mark.parametrize("order", range(1, 5))
def test_bridges_of_the_program_are_the_words_that_do_not_reduce(order):
    for word in self_energy_words(order):
        program = ZonalProgram()
        steps = [(i, j, 0) for i, j in word.steps()]
        reduced = program.reduce(1 if word.is_local else 2, max(max(word.points) + 1, 1), steps)
        bridges = any(kind == "bridge" for kind, _ in program.operations)
        assert not reduced.core
        assert bridges is not reduces_without_bridges(word)


def test_words_written_out():
    """Section 3.5 of the theory: the third order, word by word."""
    expected = {"1111"}
    expected |= {"11212", "11221", "12112", "12121", "12122", "12211", "12212", "12221"}
    expected |= {"121323", "121332", "122313", "122331", "123123", "123132", "123213", "123231", "123312"}
    assert {str(word) for word in self_energy_words(3)} == expected | {"123321"}


@pytest.mark.parametrize(
    ("order", "by_points"), [(1, {}), (2, {2: 1}), (3, {2: 1, 3: 4}), (4, {2: 1, 3: 18, 4: 27})]
)
def test_skeleton_counts(order, by_points):
    assert Counter(word.impurities for word in skeleton_words(order)) == by_points


def test_skeleton_counts_of_order_five():
    assert Counter(word.impurities for word in skeleton_words(5)) == {2: 1, 3: 48, 4: 249, 5: 248}


@pytest.mark.parametrize("order", range(2, 5))
def test_skeleton_by_definition(order):
    """No equal neighbours, and no run of visits to points that occur nowhere else."""

    def is_skeleton(text):
        runs = [text[i:j] for i, j in combinations(range(len(text) + 1), 2) if 2 <= j - i < len(text)]
        closed = any(all(text.count(x) == run.count(x) for x in run) for run in runs)
        return not closed and all(a != b for a, b in zip(text[:-1], text[1:], strict=True))

    expected = {str(word) for word in self_energy_words(order) if is_skeleton(str(word))}
    assert {str(word) for word in skeleton_words(order)} == expected


# a finite space: three places with probabilities, and any symmetric line between them
PLACES = range(3)
CHANCE = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
LINE = np.array([[Fraction(x, 7) for x in row] for row in ((5, 2, -1), (2, 4, 3), (-1, 3, 6))], dtype=object)


def identity():
    return np.array([[Fraction(int(i == j)) for j in PLACES] for i in PLACES], dtype=object)


@cache
def mean_power(k: int, size: int, centre: int):
    """<(G0 (centre p - u))^k G0>, u = counts at the places: the mean over all data sets of `size` points."""
    total = 0 * identity()
    for counts in product(range(size + 1), repeat=3):
        if sum(counts) == size:
            chance = Fraction(math.factorial(size))
            for count, p in zip(counts, CHANCE, strict=True):
                chance *= p**count / math.factorial(count)
            moved = np.array([centre * p - c for c, p in zip(counts, CHANCE, strict=True)], dtype=object)
            power = identity()
            for _ in range(k):
                power = power @ LINE * moved
            total = total + chance * (power @ LINE)
    return total


def poisson_mean_power(k: int, mean: int):
    """The same for Poisson numbers of points: a polynomial in the number, by its forward differences at 0."""
    values = [mean_power(k, size, mean) for size in range(k + 1)]
    total, factor = 0 * identity(), Fraction(1)
    for b in range(k + 1):
        total = total + factor * values[0]
        values = [after - before for before, after in zip(values[:-1], values[1:], strict=True)]
        factor *= Fraction(mean, b + 1)
    return total


@cache
def exact_parts(ensemble: str, k: int):
    """The coefficients of N, N^2, ... in the mean k-th power: a polynomial without constant in N."""
    sizes = range(1, k // 2 + 2)  # one more than there are coefficients
    if ensemble == "fixed":
        values = [mean_power(k, size, size) for size in sizes]
    else:
        values = [poisson_mean_power(k, size) for size in sizes]
    # Newton's form through the values, 0 at N = 0
    table, parts = [0 * identity(), *values], {}
    differences = []
    while table:
        differences.append(table[0])
        table = [after - before for before, after in zip(table[:-1], table[1:], strict=True)]
    polynomial = [Fraction(1)]  # binom(N, b) by powers of N
    for b, difference in enumerate(differences):
        for power, c in enumerate(polynomial):
            parts[power] = parts.get(power, 0 * identity()) + c * difference
        shifted = [Fraction(0), *polynomial]
        polynomial = [
            (x - b * (polynomial[i] if i < len(polynomial) else 0)) / (b + 1) for i, x in enumerate(shifted)
        ]
    assert (parts.pop(max(parts)) == 0).all()  # the check on the degree
    return parts


def inner(word: Word):
    """The lines of a word between its visits, those between summed: a matrix over first and last place."""
    found = 0 * identity()
    for places in product(PLACES, repeat=max(word.points) + 1):
        at = [places[point] for point in word.points]
        value = math.prod((CHANCE[x] for x in places), start=Fraction(1))
        for a, b in zip(at[:-1], at[1:], strict=True):
            value = value * LINE[a, b]
        found[at[0], at[-1]] += value
    return found


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_words_are_the_exact_average(ensemble, order):
    """All words of the full line with k visits and p blocks are the N^p of the mean k-th power, exactly.

    Equation: word-weight
    """
    found = {}
    for word in all_words(order, ensemble):
        value = -word.coefficient * (LINE @ inner(word) @ LINE)
        place = word.visits, word.impurities
        found[place] = found.get(place, 0) + value
    assert set(found) == {(order + p, p) for p in range(1, order + 1)}
    for (k, p), value in found.items():
        assert (value == exact_parts(ensemble, k)[p]).all()


def times(first, second):
    """Product of two power series of matrices, cut at their length."""
    return [sum(first[i] @ second[n - i] for i in range(n + 1)) for n in range(len(first))]


def dyson(sigma):
    """G = (1/G0 + sum_{n>=1} sigma_n)^-1 as a series."""
    series = [LINE]
    for n in range(1, len(sigma)):
        series.append(-LINE @ sum(sigma[i] @ series[n - i] for i in range(1, n + 1)))
    return series


def exact_line(ensemble, orders):
    """<G> by powers of 1/N with ridge = N."""
    return [LINE] + [
        sum(exact_parts(ensemble, n + p)[p] for p in range(1, n + 1)) for n in range(1, orders + 1)
    ]


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_self_energy_words_sum_to_the_exact_average(ensemble):
    """Dyson's equation with the irreducible words gives <G>, exactly, through third order."""
    sigma = [0 * identity()]
    for order in range(1, 4):
        words = self_energy_words(order, ensemble)
        sigma.append(sum(word.coefficient * inner(word) for word in words))
    for found, expected in zip(dyson(sigma), exact_line(ensemble, 3), strict=True):
        assert (found == expected).all()


def scalar_times(first, second):
    return [sum(first[i] * second[n - i] for i in range(n + 1)) for n in range(len(first))]


def dressed(word: Word, line, visit):
    """A word with full lines and full scattering: series by place of first and last visit."""
    orders = len(line)
    found = [0 * identity() for _ in range(orders)]
    for places in product(PLACES, repeat=max(word.points) + 1):
        at = [places[point] for point in word.points]
        value = [math.prod((CHANCE[x] for x in places), start=Fraction(1))] + [Fraction(0)] * (orders - 1)
        for x in at:
            value = scalar_times(value, visit[x])
        for a, b in zip(at[:-1], at[1:], strict=True):
            value = scalar_times(value, [each[a, b] for each in line])
        for n in range(orders - word.order):
            found[n + word.order][at[0], at[-1]] += word.coefficient * value[n]
    return found


@pytest.mark.parametrize(("ensemble", "orders"), [("poisson", 2), ("poisson", 3), ("fixed", 1), ("fixed", 2)])
def test_skeleton_words_sum_to_the_exact_average(ensemble, orders):
    """Full lines and T = 1/(ridge + G(x,x)) in the skeleton words: <G> through that order, exactly.

    Equation: skeleton-series
    """
    line = [LINE] + [0 * identity()] * orders
    for _ in range(orders):  # each turn makes one more order right
        visit = []  # N T at each place: 1/(1 + G(x,x)/N)
        for x in PLACES:
            series = [Fraction(1)]
            for n in range(orders):
                series.append(-sum(line[i][x, x] * series[n - i] for i in range(n + 1)))
            visit.append(series)
        sigma = [
            np.diag(np.array([CHANCE[x] * visit[x][n] for x in PLACES], dtype=object))
            for n in range(orders + 1)
        ]
        sigma[0] = 0 * identity()
        for order in range(1, orders + 1):
            for word in skeleton_words(order, ensemble):
                sigma = [a + b for a, b in zip(sigma, dressed(word, line, visit), strict=True)]
        line = dyson(sigma)
    for found, expected in zip(line, exact_line(ensemble, orders), strict=True):
        assert (found == expected).all()


def closed_ring(word: Word) -> bool:
    """Every block visited twice, and with its ends joined the word runs around a ring of doubled links."""
    m = word.impurities
    if word.visits != 2 * m:
        return False
    links = Counter(
        frozenset(pair) for pair in zip(word.blocks, (*word.blocks[1:], word.blocks[0]), strict=True)
    )
    if m == 1:
        return True
    around: dict[int, set[int]] = {}
    for link in links:
        if len(link) == 1:
            return False
        for a in link:
            around.setdefault(a, set()).update(link - {a})
    if m == 2:
        return True
    return set(links.values()) == {2} and all(len(others) == 2 for others in around.values())


@pytest.mark.parametrize(("m", "ways"), [(2, 1), (3, 4), (4, 5), (5, 6)])
def test_ring_weights(m, ways):
    """f(gamma) = sum_m a_m gamma^(m-1): a_m skeleton words close to a ring of m doubled links."""
    assert sum(closed_ring(word) for word in skeleton_words(m)) == ways
    with mp.workdps(30):
        coefficients = mp.taylor(ring_weight, 0, m)
    assert float(coefficients[m - 1]) == pytest.approx(ways, abs=1e-12)
