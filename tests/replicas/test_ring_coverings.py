"""Rings covered by one line: transfer matrix against words, sums against closed forms."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

from fieldtheory.complex_step import STEP
from replicas.resummation.ring_coverings import (
    coverings,
    crossings,
    ring_words,
    skeleton_count,
    transfer_matrix,
)
from replicas.resummation.ring_weights import (
    RingWeight,
    frozen_number_sum,
    frozen_ring_weight,
    ring_sum,
    ring_weight,
    ring_weight_formula,
)
from replicas.self_energy.words import Word, skeleton_words

GAMMA = sympy.Symbol("gamma")
POISSON = (3 - 2 * GAMMA) * GAMMA / (1 - GAMMA) ** 2 - 2 * GAMMA
FROZEN = -1 - GAMMA + GAMMA**2 / (1 - GAMMA)


def closes_to_a_ring(word: Word) -> bool:
    """With a line from its last visit to its first, all lines come in pairs, a ring of links between blocks.

    Each block is visited twice and has two links, the ends of a link being single points.
    """
    m = word.impurities
    if word.visits != 2 * m or set(Counter(word.blocks).values()) != {2}:
        return False
    block_of = dict(word.pairs)
    lines = Counter(
        tuple(sorted(pair)) for pair in zip(word.points, (*word.points[1:], word.points[0]), strict=True)
    )
    if any(a == b for a, b in lines) or any(count % 2 for count in lines.values()):
        return False
    links = [pair for pair, count in lines.items() for _ in range(count // 2)]
    ends = Counter(block_of[point] for pair in links for point in pair)
    if len(links) != m or set(ends.values()) != {2}:
        return False
    reached, grown = set(), {0}
    while grown != reached:
        reached = grown
        grown = reached | {
            block_of[p] for pair in links for p in pair if {block_of[q] for q in pair} & reached
        }
    return len(reached) == m


@pytest.mark.parametrize("m", range(1, 9))
def test_coverings_of_a_ring(m):
    """One line covers m links in (m + 1) 2^(m-1) ways: an odd number of swaps, or one turn back anywhere.

    In degree 0 of exactly N points the turns back cancel: 2^(m-1) ways are left.
    """
    assert coverings(m) == (m + 1) * 2 ** (m - 1)
    assert coverings(m, "fixed") == 2 ** (m - 1)


def test_crossings_of_a_point():
    """Pass, swap, turn back; in a block of two points turn back at both, with the opposite sign."""
    assert [str(each) for each in crossings()] == ["+1 1122", "+1 1212", "+1 1221"]
    assert {str(each) for each in crossings("fixed")} - {str(each) for each in crossings()} == {"-1 1122 cut"}
    assert np.linalg.eigvals(np.array(transfer_matrix(), float)) == pytest.approx([2, 0, 2], abs=1e-7)


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
@pytest.mark.parametrize("m", range(1, 6))
def test_coverings_walked_one_by_one(m, ensemble):
    """start T^m close = sum over the words of all 3^m (4^m) crossings, each walked along."""
    words = ring_words(m, ensemble)
    assert sum(-word.coefficient * ways for word, ways in words.items()) == coverings(m, ensemble)


@pytest.mark.parametrize("m", range(3, 6))
def test_a_word_has_one_covering_up_to_swaps(m):
    """2^(m-1) coverings each, and all of them are skeletons."""
    assert set(ring_words(m).values()) == {2 ** (m - 1)}
    assert set(ring_words(m)) <= set(skeleton_words(m))


def test_the_shortest_rings():
    """m = 1 is scattering at one point, 11; m = 2 is 1212, six times: three ways to pair four equal lines."""
    assert {str(word): ways for word, ways in ring_words(1).items()} == {"11": 2}
    assert {str(word): ways for word, ways in ring_words(2).items()} == {"1212": 6}


@pytest.mark.parametrize(("m", "expected"), [(1, 0), (2, 1), (3, 4), (4, 5), (5, 6)])
def test_words_that_contain_a_ring(m, expected):
    """f = gamma + sum_{m>=3} (m + 1) gamma^(m-1), by all skeleton words of order m."""
    found = {word for word in skeleton_words(m) if closes_to_a_ring(word)}
    assert len(found) == expected
    assert -sum(word.coefficient for word in found) == expected
    assert found == set(ring_words(m)) & set(skeleton_words(m))
    assert taylor(ring_weight, m) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("m", "expected"), [(1, -1), (2, -1), (3, 1), (4, 1)])
def test_words_with_exactly_n_points_that_contain_a_ring(m, expected):
    """f_0 = -1 - gamma + sum_{m>=3} gamma^(m-1), by all skeleton words with blocks through fourth order."""
    found = {word for word in skeleton_words(m, "fixed") if closes_to_a_ring(word)}
    assert -sum(word.coefficient for word in found) == expected
    assert found == set(ring_words(m, "fixed")) & set(skeleton_words(m, "fixed"))
    assert skeleton_count(m, "fixed") == expected
    assert taylor(frozen_ring_weight, m) == pytest.approx(expected, abs=1e-12)


def taylor(function, m):
    """The coefficient of gamma^(m-1)."""
    with mp.workdps(30):
        return float(mp.taylor(function, 0, m)[m - 1])


@pytest.mark.parametrize(("ensemble", "closed"), [("poisson", POISSON), ("fixed", FROZEN)])
def test_closed_forms(ensemble, closed):
    """f = (3 - 2g) g/(1-g)^2 - 2g and f_0 = -1 - g + g^2/(1-g), by SymPy and by exact fractions.

    Equation: ring-weights
    """
    assert sympy.simplify(ring_weight_formula(ensemble) - closed) == 0
    assert sympy.simplify(ring_sum(ensemble)(GAMMA) - closed) == 0


def test_what_exactly_n_points_change():
    """f_0 - f = -1/(1 - gamma)^2."""
    assert sympy.simplify(frozen_number_sum()(GAMMA) + 1 / (1 - GAMMA) ** 2) == 0


@pytest.mark.parametrize(("weight", "closed"), [(ring_weight, POISSON), (frozen_ring_weight, FROZEN)])
def test_no_digit_is_lost_next_to_the_pole(weight, closed):
    """f at 1 - gamma = 2^-k and its derivative by a complex step, against 60 digits."""
    gammas = np.concatenate([1 - 2.0 ** -np.arange(1, 50), [0.0, 1e-12, 0.3, -0.2]])
    found = weight(gammas + 1j * STEP)
    slope = sympy.lambdify(GAMMA, sympy.diff(closed, GAMMA), "mpmath")
    value = sympy.lambdify(GAMMA, closed, "mpmath")
    with mp.workdps(60):
        exact = [[float(each(mpf(gamma))) for gamma in gammas] for each in (value, slope)]
    np.testing.assert_allclose(found.real, exact[0], rtol=1e-14, atol=1e-45)  # h^2 at gamma = 0
    np.testing.assert_allclose(found.imag / STEP, exact[1], rtol=1e-14)


def test_each_stage_prints():
    """Crossings, transfer matrix, words, sum."""
    assert str(ring_sum()) == "(gamma + 2 gamma^2 - 2 gamma^3)/(1 - gamma)^2"
    assert str(ring_sum("fixed")) == "(-1 + 2 gamma^2)/(1 - gamma)"
    assert str(frozen_number_sum()) == "(-1)/(1 - gamma)^2"
    assert ring_sum() == RingWeight((0, 1, 2, -2), 2)
