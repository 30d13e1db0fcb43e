"""Effective Hamiltonians: published couplings, and sums over all states one by one."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renormalization import LatticeModel, Rule, effective_couplings, rsmi

RULES = {
    "decimation": Rule.decimation(2),
    "majority_random_tie": Rule.majority(2),
    "soft_rbm_1_1": Rule.soft([1.0, 1.0]),
    "soft_rbm_1_0": Rule.soft([1.0, 0.0]),
}
SETS = {
    "J_nn": (0, 1),
    "J_nnn": (0, 2),
    "J_3rd": (0, 3),
    "J_4body": (0, 1, 2, 3),
    "J_4body_spread": (0, 1, 3, 4),
}


def ring(blocks, sites, coupling, field=0.0):
    """A ring of Ising spins and its blocks."""
    model = LatticeModel.ising(blocks * sites, coupling, field, boundary="periodic")
    return model, [tuple(range(sites * k, sites * (k + 1))) for k in range(blocks)]


def weights_one_by_one(model, rule, blocks):
    """W(h) = sum_v prod_j P(h_j|v_j) prod_f f(v), state after state."""
    sites = list(model.states)
    found = np.zeros((rule.values,) * len(blocks))
    for state in product(*(range(model.states[site]) for site in sites)):
        at = dict(zip(sites, state, strict=True))
        weight = math.prod(
            math.exp(f.log_scale) * f.table[tuple(at[site] for site in f.sites)] for f in model.factors
        )
        rows = [
            rule.table[np.ravel_multi_index([at[site] for site in block], rule.states)] for block in blocks
        ]
        outer = np.array(weight)
        for row in rows:
            outer = np.multiply.outer(outer, row)
        found += outer
    return found


@pytest.mark.parametrize("name", RULES)
def test_couplings_of_a_ring(name, reference):
    """J_S = 2^-6 sum_h ln P(h) prod_{i in S} h_i and rangeness, the rows of six blocks of two spins."""
    values, tolerance = reference(f"effective_couplings_1d/K0.5_{name}")
    found = effective_couplings(RULES[name], *ring(6, 2, 0.5))
    if name == "decimation":  # the row is of a soft rule with weights (30, 0)
        assert found[0, 1] == pytest.approx(math.log(math.cosh(1.0)) / 2, rel=1e-12)
    for key, blocks in SETS.items():
        assert found[blocks] == pytest.approx(values[key], **tolerance), key
    assert found.rangeness == pytest.approx(values["rangeness"], **tolerance)


def test_rangeness_against_information(reference):
    """The more information a rule keeps, the shorter the range: rank correlation over 300 soft rules."""
    values, tolerance = reference("effective_couplings_1d/K0.5_spearman")
    model, blocks = ring(6, 2, 0.5)
    joint = LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])
    rng = np.random.default_rng(0)
    rules = [Rule.soft(3 * rng.normal(size=2)) for _ in range(300)]
    pairs = [(rsmi(rule, joint), effective_couplings(rule, model, blocks).rangeness) for rule in rules]
    ranks = np.argsort(np.argsort(np.array(pairs), axis=0), axis=0)
    assert np.corrcoef(ranks.T)[0, 1] == pytest.approx(values["spearman"], **tolerance)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 3))
def test_weights_of_random_models(seed, states):
    """W(h) is the sum over all states; sum_k J_k prod_j exp(2 pi i k_j h_j/q) gives ln W back."""
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(5) for b in range(a) if rng.random() < 0.6]
    factors = [(pair, rng.exponential(size=(states, states))) for pair in pairs]
    model = LatticeModel.from_factors(dict.fromkeys(range(5), states), factors)
    table = rng.exponential(size=(states**2, states))
    rule = Rule(table / table.sum(axis=1, keepdims=True), (states, states))
    blocks = [(3, 1), (0, 4)]
    found = effective_couplings(rule, model, blocks)
    logarithm = np.log(weights_one_by_one(model, rule, blocks))
    np.testing.assert_allclose(found.log_weights, logarithm, rtol=0, atol=1e-12)
    back = sum(
        found.table[k]
        * np.exp(2j * np.pi * np.add.outer(k[0] * np.arange(states), k[1] * np.arange(states)) / states)
        for k in product(range(states), repeat=2)
    )
    np.testing.assert_allclose(back, logarithm, rtol=0, atol=1e-12)


def test_constant_is_what_is_summed():
    """One spin of two decimated: ln W(h) = ln(2 cosh K) for both values."""
    found = effective_couplings(Rule.decimation(2), LatticeModel.ising(2, 0.7), [(0, 1)])
    assert found[()] == pytest.approx(math.log(2 * math.cosh(0.7)), rel=1e-14)
    assert found[0] == pytest.approx(0.0, abs=1e-15)


def test_neighbours_across_summed_sites():
    """Blocks that are joined by spins in no block are neighbours: 0-1 are, 0-2 are not."""
    model = LatticeModel.ising(7, 0.5)
    found = effective_couplings(Rule.decimation(1), model, [(0,), (3,), (6,)])
    assert sorted(found.neighbours) == [(0, 1), (1, 2)]
    assert found[0, 1] == pytest.approx(math.atanh(math.tanh(0.5) ** 3), rel=1e-12)
    assert found.rangeness == pytest.approx(0.0, abs=1e-12)


def test_largest_couplings():
    """The largest couplings of a majority ring are its pairs of neighbours, then the next ones."""
    found = effective_couplings(Rule.majority(2), *ring(4, 2, 0.5))
    named = found.largest(5)
    assert {blocks for blocks, _ in named[:4]} == {(0, 1), (1, 2), (2, 3), (0, 3)}
    assert all(value == found[blocks] for blocks, value in named)
    assert [abs(value) for _, value in named] == sorted((abs(value) for _, value in named), reverse=True)


def test_refusals_of_couplings():
    """Blocks that overlap or do not fit, and coarse states of weight 0, are refused by name."""
    chain = LatticeModel.ising(4, 0.5)
    with pytest.raises(ValueError, match=r"blocks\[1\] must not overlap .* \(got 1 again\)"):
        effective_couplings(Rule.majority(2), chain, [(0, 1), (1, 2)])
    with pytest.raises(ValueError, match=r"states of the rule, \(2, 2\) \(got \(2,\)\)"):
        effective_couplings(Rule.majority(2), chain, [(0,)])
    with pytest.raises(ValueError, match="rule must be a Rule"):
        effective_couplings("majority", chain, [(0,)])
    with pytest.raises(ValueError, match="blocks must hold at least one"):
        effective_couplings(Rule.majority(2), chain, [])
    equal = LatticeModel.from_factors({0: 2, 1: 2}, [((0, 1), np.eye(2))])
    with pytest.raises(ValueError, match=r"ln 0 does not exist .* for values \[0, 1\]"):
        effective_couplings(Rule.decimation(1), equal, [(0,), (1,)])
    unused = Rule([[1.0, 0.0], [1.0, 0.0]], (2,))
    with pytest.raises(ValueError, match="got none for value 1"):
        effective_couplings(unused, chain, [(0,)])
    many = LatticeModel.ising(21, 0.1)
    with pytest.raises(ValueError, match="at most 1048576 coarse states"):
        effective_couplings(Rule.decimation(1), many, [(k,) for k in range(21)])
    found = effective_couplings(Rule.majority(2), chain, [(0, 1), (2, 3)])
    with pytest.raises(ValueError, match="different numbers from 0 to 1"):
        found[0, 2]
