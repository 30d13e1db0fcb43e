"""Effective Hamiltonians: published couplings, and sums over all states one by one."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagrams import Theory, draw_sheet, evaluate_points, generate, tabulate
from renormalization import (
    BlockCumulants,
    Couplings,
    LatticeModel,
    RGMap,
    Rule,
    cumulant_couplings,
    cumulant_expansion,
    cumulant_map,
    effective_couplings,
    rsmi,
)

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
    joint = LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])  # without field as in the infinite chain
    kept = rsmi(RULES[name], joint)
    assert kept == pytest.approx(values["I_hE"], **tolerance)
    assert kept / joint.information == pytest.approx(values["I_hE_over_I_VE"], **tolerance)


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


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 3))
def test_weights_of_random_models(seed, states):
    """W(h) is the sum over all states; sum_k J_k prod_j exp(2 pi i k_j h_j/q) gives ln W back.

    Equation: effective-couplings
    """
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


@settings(max_examples=60)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_largest_couplings_one_by_one(values, blocks, k, seed):
    """All sets S by themselves, sorted by |J_S| at 12 digits, then as they come; equal ones among them."""
    rng = np.random.default_rng(seed)
    found = Couplings.of(rng.integers(0, 3, size=(values,) * blocks).astype(float), frozenset())
    scale = np.abs(found.table).max() or 1.0
    sets = [each for size in range(1, blocks + 1) for each in combinations(range(blocks), size)]
    sizes = {each: round(float(np.abs(found[each]).sum()) / scale, 12) for each in sets}
    # with one value there is nothing but the constant
    expected = sorted(sets, key=lambda each: -sizes[each])[:k] if values > 1 else []
    assert [each for each, _ in found.largest(k)] == expected


def test_largest_couplings_of_many_blocks():
    """ln W of 18 spins made of three terms: those are found, with their values, and then zeros."""
    spins = 1.0 - 2.0 * np.indices((2,) * 18, dtype=np.int8)
    table = 2.0 + 0.5 * spins[3] - 0.25 * spins[0] * spins[17] + 0.125 * spins[2] * spins[5] * spins[11]
    named = Couplings.of(table, frozenset()).largest(4)
    assert [blocks for blocks, _ in named] == [(3,), (0, 17), (2, 5, 11), (0,)]
    assert [value for _, value in named] == pytest.approx([0.5, -0.25, 0.125, 0.0], abs=1e-14)


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


BLOCKS = [(0, 1), (2, 3), (4, 5)]


def scaled_ring(between, rule_weights=(0.7, 0.4)):
    """A ring of three blocks with bonds of 0.5 inside, `between` outside, and a rule without symmetry."""
    coupling = [0.5 if k % 2 == 0 else between for k in range(6)]
    model = LatticeModel.ising(6, coupling, boundary="periodic")
    # bonds are listed site after site: that of site k joins it to site k + 1
    assert [(a, (a + 1) % 6) for a in range(6)] == [tuple(bond) for bond in model.bonds]
    return model, BLOCKS, Rule.soft(rule_weights)


def cumulants_of_energy(inside, between, rule):
    """kappa_n(V)/n!, n = 1, 2, 3, at each coarse state, of spins drawn by P(h|v) exp(inside): all states."""
    found = np.zeros((4, 2, 2, 2))
    spins = 1 - 2 * np.indices((2,) * 6).reshape(6, -1).T
    base = np.einsum("si,ij,sj->s", spins, inside, spins) / 2
    energy = np.einsum("si,ij,sj->s", spins, between, spins) / 2
    bits = (1 - spins) // 2
    for h in product(range(2), repeat=3):
        weight = np.exp(base)
        for k, value in enumerate(h):
            weight = weight * rule.table[2 * bits[:, 2 * k] + bits[:, 2 * k + 1], value]
        p = weight / weight.sum()
        mean = p @ energy
        centred = energy - mean
        found[(slice(None), *h)] = math.log(weight.sum()), mean, p @ centred**2 / 2, p @ centred**3 / 6
    return found


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_orders_are_cumulants_of_the_energy(seed):
    """The diagrams with n lines add up to d^n/dx^n ln <exp(x V)>_0 / n! at x = 0, for any bonds.

    Equation: block-cumulants
    """
    rng = np.random.default_rng(seed)
    pairs = {(a, b): rng.normal() / 2 for a in range(6) for b in range(a)}
    factors = [
        ((a, b), np.exp(value * np.outer([1.0, -1.0], [1.0, -1.0]))) for (a, b), value in pairs.items()
    ]
    model = LatticeModel.from_factors(dict.fromkeys(range(6), 2), factors)
    table = rng.exponential(size=(4, 2))
    rule = Rule(table / table.sum(axis=1, keepdims=True), (2, 2))
    matrix = np.zeros((6, 6))
    for (a, b), value in pairs.items():
        matrix[a, b] = matrix[b, a] = value
    same = np.kron(np.eye(3), np.ones((2, 2)))
    expected = cumulants_of_energy(matrix * same, matrix * (1 - same), rule)
    orders = np.diff([each.log_weights for each in cumulant_couplings(model, BLOCKS, rule, 3)], axis=0)
    np.testing.assert_allclose(orders, expected[1:], rtol=0, atol=1e-10)


def test_remainder_of_the_expansion():
    """|ln W - (orders up to n)| is of order n + 1 in the bonds between blocks: log-log slopes."""
    remainders = []
    for between in (0.02, 0.01):
        exact = effective_couplings(scaled_ring(between)[2], *scaled_ring(between)[:2])
        found = cumulant_couplings(*scaled_ring(between), 3)
        remainders.append([np.abs(each.log_weights - exact.log_weights).max() for each in found])
    slopes = np.log2(np.array(remainders[0]) / remainders[1])
    np.testing.assert_allclose(slopes, [1, 2, 3, 4], atol=0.1)


def test_fields_of_factors_go_inside():
    """Factors between blocks that are no pure couplings: exp(a + b s + b' s' + C s s'), all in ln W."""
    rng = np.random.default_rng(3)
    model = LatticeModel.from_factors(
        dict.fromkeys(range(4), 2),
        [
            ((1, 0), rng.exponential(size=(2, 2))),
            ((3, 1), np.exp(1e-3 * rng.normal(size=(2, 2))) * 5),
            ((3, 2), [[1, 2], [3, 0]]),
        ],
    )
    rule = Rule.soft([0.3, 0.8])
    logarithm = np.log(weights_one_by_one(model, rule, [(0, 1), (2, 3)]))
    found = cumulant_couplings(model, [(0, 1), (2, 3)], rule, 3)[-1]
    np.testing.assert_allclose(found.log_weights, logarithm, rtol=0, atol=1e-11)


def test_expansion_is_drawn_and_counted():
    """2, 4, 11 diagrams of 1, 2, 3 lines, of which 1, 2, 5 have no line inside of one vertex."""
    model, blocks, rule = scaled_ring(0.5)
    found = cumulant_expansion(model, blocks, rule, 3)
    legs = range(1, 7)
    theory = Theory.from_cumulants(dict.fromkeys(legs, 1), orders={k: {"legs": k} for k in legs})
    sizes, kept = [], []
    for lines in (1, 2, 3):
        every = list(generate(theory, (), 2 * lines, by="legs"))
        sizes.append(len(every))
        kept.append(sum(all(i != j for i, j, _ in each.edges) for each in every))
    assert (sizes, kept) == ([2, 4, 11], [1, 2, 5])
    assert len(found) == 8
    assert "<svg" in draw_sheet(found)
    parts = BlockCumulants.of(model, blocks, rule)
    value = evaluate_points(tabulate(found), parts.propagator, vertices=parts.vertices((0, 1, 0), 6))
    couplings = cumulant_couplings(model, blocks, rule, 3)
    assert value == pytest.approx(
        couplings[-1].log_weights[0, 1, 0] - couplings[0].log_weights[0, 1, 0], rel=1e-12
    )


def test_refusals_of_expansions():
    """Sites outside of blocks, more states, joints of three spins and forbidden pairs are refused."""
    with pytest.raises(ValueError, match=r"each site in one block .* \(got 2\)"):
        cumulant_expansion(LatticeModel.ising(3, 0.5), [(0, 1)], Rule.majority(2), 1)
    with pytest.raises(ValueError, match="two states on each site"):
        cumulant_expansion(LatticeModel.potts(2, 3), [(0,), (1,)], Rule.plurality(1, 3), 1)
    three = LatticeModel.from_factors(dict.fromkeys(range(4), 2), [((0, 1, 2), np.ones((2, 2, 2)))])
    with pytest.raises(ValueError, match="got one of 3 sites"):
        cumulant_expansion(three, [(0, 1), (2, 3)], Rule.majority(2), 1)
    equal = LatticeModel.from_factors({0: 2, 1: 2}, [((0, 1), np.eye(2))])
    with pytest.raises(ValueError, match="positive factors of two spins .* least entry 0"):
        cumulant_expansion(equal, [(0,), (1,)], Rule.decimation(1), 1)
    up = LatticeModel.from_factors({0: 2, 1: 2}, [((0,), [1.0, 0.0])])
    with pytest.raises(ValueError, match="got 0 for value 1 of block 0"):
        cumulant_couplings(up, [(0,), (1,)], Rule.decimation(1), 1)
    parts = BlockCumulants.of(LatticeModel.ising(4, 0.5), [(0, 1), (2, 3)], Rule.majority(2))
    with pytest.raises(ValueError, match="coarse must be 2 values"):
        parts.vertices((0,), 2)


def test_second_order_map_of_triangles(reference):
    """(0.3, -0.01, -0.02) goes where the brute sum over pairs of bonds says, the row."""
    values, tolerance = reference("triangular_cumulant/map_0.3_-0.01_-0.02")
    assert cumulant_map("triangular", order=2)([0.3, -0.01, -0.02]) == pytest.approx(
        np.array(values["mapped"]), **tolerance
    )


def triangle_weights(coupling):
    """The states of a triangle with majority +1, and their probabilities."""
    states = [s for s in product((1, -1), repeat=3) if sum(s) > 0]
    weights = np.array([math.exp(coupling * (a * b + b * c + c * a)) for a, b, c in states])
    return np.array(states), weights / weights.sum()


@settings(max_examples=10)
@given(st.floats(0.0, 0.6), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_second_order_map_by_pairs_of_bonds(k1, k2, k3):
    """K' = <V> + <V^2>_c/2 between two cells, summed over bonds and pairs of bonds."""
    states, p = triangle_weights(k1)
    mean = p @ states
    second = np.einsum("v,vi,vj->ij", p, states, states)
    # places in the plane, not the integer ones of the code: corners of upward triangles around the origin
    one, two = np.array([1.0, 0.0]), np.array([0.5, math.sqrt(3) / 2])
    corners = [0 * one, one, two]
    cells = [m * (2 * one - two) + n * (one + two) for m, n in product(range(-4, 5), repeat=2)]
    origin = int(np.argmin(np.linalg.norm(cells, axis=1)))
    at = np.array([[cell + corner for corner in corners] for cell in cells])
    distance = np.linalg.norm(at[:, None, :, None] - at[None, :, None, :], axis=-1)  # cell, cell, site, site
    near, middle, far = (np.isclose(distance, d) for d in (1.0, math.sqrt(3), 2.0))
    for each in (near, middle, far):
        each[np.arange(len(cells)), np.arange(len(cells))] = False
    found = []
    for d in (1.0, math.sqrt(3), 2.0):
        separations = np.linalg.norm(np.array(cells) - cells[origin], axis=1)
        other = next(k for k, r in enumerate(separations) if np.isclose(r, d * math.sqrt(3)))
        bonds = k1 * near[origin, other] + k2 * middle[origin, other] + k3 * far[origin, other]
        value = mean @ bonds @ mean
        for between in range(len(cells)):
            if between in (origin, other):
                continue
            a, b = near[origin, between].astype(float), near[between, other].astype(float)
            value += k1**2 * (
                np.einsum("i,ij,jk,kl,l->", mean, a, second, b, mean) - (mean @ a @ mean) * (mean @ b @ mean)
            )
        found.append(value)
    np.testing.assert_allclose(cumulant_map()([k1, k2, k3]), found, rtol=0, atol=1e-12)


def test_first_order_map_of_triangles():
    """To first order the map in closed form, K' = 2 K [(e^{3K} + e^{-K})/(e^{3K} + 3 e^{-K})]^2.

    Equation: triangular-map
    """
    generated = cumulant_map("triangular", order=1)
    named = RGMap.named("triangular_first_cumulant")
    difference = generated.expressions[0].subs(generated.symbols[0], named.symbols[0]) - named.expressions[0]
    assert difference.equals(0)


def test_fixed_point_of_triangles():
    """Niemeijer and van Leeuwen's fixed point to second order; the Jacobian is the slope of the map."""
    found = cumulant_map("triangular", order=2)
    [point] = found.fixed_points([(0.2, 0.4), (-0.05, 0.05), (-0.05, 0.05)])
    assert point.x == pytest.approx(np.array([0.2789, -0.0143, -0.0152]), abs=1e-4)
    step = 1e-5
    slopes = [(found(point.x + step * e) - found(point.x - step * e)) / (2 * step) for e in np.eye(3)]
    eigenvalues = sorted(np.linalg.eigvals(np.array(slopes).T), key=abs, reverse=True)
    assert point.eigenvalues == pytest.approx(np.array(eigenvalues), abs=1e-8)
    assert [abs(each) > 1 for each in point.eigenvalues] == [True, False, False]


def test_refusals_of_maps():
    """Other lattices and orders are refused by name."""
    with pytest.raises(ValueError, match="lattice must be"):
        cumulant_map("square")
    with pytest.raises(ValueError, match="order must be"):
        cumulant_map("triangular", order=3)
