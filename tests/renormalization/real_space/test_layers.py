"""Layers of coarse-graining against enumeration of all states and the reference rows."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fieldtheory as ft
from renormalization import Joint, LatticeModel, Rule, infinite_chain_joint
from tests.real_space_rows import ROWS
from tests.renormalization.real_space.conftest import SPINS

THREES = [(0, 1, 2), (3, 4, 5), (6, 7, 8)]
BLOCK = [(r, c) for r in range(1, 5) for c in range(1, 5)]
CORNERS = [(0, 0), (0, 5), (5, 0), (5, 5)]
SQUARES = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]
CHAIN_RULES = {"edge": Rule.decimation(3), "majority": Rule.majority(3)}
SQUARE_RULES = {"decimate": Rule.decimation(4), "majority_of_three": Rule.majority(4, of=(0, 1, 2))}


def rows(feature):
    return [name for name, row in ROWS.items() if row["feature"] == feature]


def entropy(chances):
    """- sum p ln p, term by term."""
    return -math.fsum(p * math.log(p) for p in chances if p > 0)


def enumerated(table, shape, layers):
    """H(T_l), I(T_l:E), H(X|T_l) from P(x, e, t_1, t_2, ...), all variables one by one."""
    states = list(product(*map(range, shape)))
    given_x = [{x: 1.0} for x in states]
    found = []
    for layer in [None, *layers]:
        if layer is not None:
            given_x = [through(chances, *layer) for chances in given_x]
        coarse = sorted({t for chances in given_x for t in chances})
        both = np.array([[chances.get(t, 0.0) for t in coarse] for chances in given_x])
        p_xt, p_te = table.sum(axis=1)[:, None] * both, both.T @ table
        h_t = entropy(p_te.sum(axis=1))
        information = h_t + entropy(table.sum(axis=0)) - entropy(p_te.ravel())
        found.append((h_t, information, entropy(p_xt.ravel()) - h_t))
    return np.array(found).T


def through(chances, groups, rules):
    """The distribution of the next layer's state."""
    found: dict[tuple[int, ...], float] = {}
    for state, weight in chances.items():
        rows_of = [
            rule.table[np.ravel_multi_index([state[k] for k in group], rule.states)]
            for group, rule in zip(groups, rules, strict=True)
        ]
        for values in product(*(range(len(row)) for row in rows_of)):
            chance = weight * math.prod(row[v] for row, v in zip(rows_of, values, strict=True))
            found[values] = found.get(values, 0.0) + chance
    return found


def random_rule(rng, states, deterministic):
    values = int(rng.integers(1, 4))
    table = rng.exponential(size=(math.prod(states), values))
    if deterministic:
        table = np.eye(values)[rng.integers(values, size=len(table))]
    return Rule(table / table.sum(axis=1, keepdims=True), states)


@st.composite
def stacks(draw):
    """A model of 5 sites, a block of 3 and an environment, two layers of random groups and rules."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    forbidden, deterministic = draw(st.sampled_from([0.0, 0.0, 0.3])), draw(st.booleans())
    states = {k: int(rng.integers(2, 4)) for k in range(5)}
    factors = []
    for pair in [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)]:
        table = rng.exponential(size=[states[k] for k in pair])
        table *= rng.random(table.shape) >= forbidden
        table[0, 0] += 0.1
        factors.append((pair, table))
    order = rng.permutation(5).tolist()
    block, environment = order[:3], order[3 : 3 + draw(st.integers(1, 2))]
    layers, shape = [], [states[k] for k in block]
    for _ in range(2):
        groups = [
            tuple(rng.permutation(len(shape))[: rng.integers(1, 1 + len(shape))].tolist()) for _ in range(2)
        ]
        rules = [random_rule(rng, tuple(shape[k] for k in group), deterministic) for group in groups]
        layers.append((groups, rules))
        shape = [rule.values for rule in rules]
    return LatticeModel.from_factors(states, factors), block, environment, layers


@given(stacks())
def test_layers_are_sums_over_all_states(stack):
    """H(T_l), I(T_l:E), H(X|T_l) of channels and functions, from a table and from factors, to 1e-12.

    Groups may share variables; rules of one layer may differ.
    """
    model, block, environment, layers = stack
    joint = model.joint(block, environment)
    table = np.zeros((math.prod(joint.block_shape), math.prod(joint.environment_shape)))
    table[np.ix_(joint.block_index, joint.environment_index)] = joint.table
    expected = enumerated(table, joint.block_shape, layers)
    for found in (joint.layers(layers), model.layers(block, environment, layers)):
        values = [found.entropy, found.information, found.conditional_entropy]
        assert np.allclose(values, expected, rtol=0, atol=1e-12)
        assert np.array_equal(found.given_environment, found.entropy - found.information)


@given(stacks())
def test_data_processing(stack):
    """H(X|T_{l+1}) >= H(X|T_l), I(T_{l+1}:E) <= I(T_l:E) <= H(T_l), any rule: (4.1).

    Equation: data-processing
    """
    model, block, environment, layers = stack
    found = model.layers(block, environment, layers)
    assert (np.diff(found.information) <= 1e-13).all()
    assert (np.diff(found.conditional_entropy) >= -1e-13).all()
    assert (found.information <= found.entropy + 1e-13).all()
    assert (found.information >= 0).all()


@pytest.mark.parametrize("name", rows("layers_chain"))
def test_layers_of_the_infinite_chain(name, reference):
    """9 -> 3 -> 1 spins of the infinite chain, edge decimation and majority."""
    expected, tolerance = reference(name)
    params = ROWS[name]["params"]
    joint = infinite_chain_joint(np.exp(params["K"] * np.outer(SPINS, SPINS)), block=9, buffer=0)
    rule = CHAIN_RULES[params["rule"]]
    found = joint.layers([(THREES, rule), ([(0, 1, 2)], rule)])
    assert found.information == pytest.approx(expected["I_TE"], **tolerance)
    assert found.entropy == pytest.approx(expected["H_T"], **tolerance)
    assert found.conditional_entropy == pytest.approx(expected["H_X_given_T"], **tolerance)
    assert found.given_environment == pytest.approx(expected["H_T_given_E"], **tolerance)


@pytest.mark.parametrize("name", rows("layers_2d"))
def test_layers_of_a_square(name, reference):
    """16 -> 4 -> 1 spins beside 16, whose table would have 2^32 entries; no array above 2^22."""
    expected, tolerance = reference(name)
    params = ROWS[name]["params"]
    model = LatticeModel.ising((6, 6), params["K"], remove=CORNERS)
    assert model.log_partition_function == pytest.approx(expected["log_partition_function"], rel=1e-12)
    environment = [site for site in model.states if site not in BLOCK]
    rule = SQUARE_RULES[params["rule"]]
    with ft.budget(max_memory=24.0 * 2**22):  # of three arrays of floats
        found = model.layers(BLOCK, environment, [(SQUARES, rule), ([(0, 1, 2, 3)], rule)])
    assert found.information == pytest.approx(expected["I_TE"], **tolerance)
    assert found.entropy == pytest.approx(expected["H_T"], **tolerance)
    assert found.entropy[0] == pytest.approx(expected["H_X"], **tolerance)
    assert found.given_environment == pytest.approx(expected["H_T_given_E"], **tolerance)
    assert found.conditional_entropy == pytest.approx(found.entropy[0] - found.entropy, rel=1e-12)


def test_whole_information_is_that_of_the_table():
    """I(X:E) = H(X) + H(E) - H(X, E) from averages of ln f: 12 spins beside 12 of a 4x6 patch."""
    model = LatticeModel.ising((4, 6), 0.4, field=0.1)
    block = [site for site in model.states if site[1] in (1, 2, 4)]
    environment = [site for site in model.states if site not in block]
    found = model.layers(block, environment, [])
    with ft.budget(max_memory=2.0**31):
        joint = model.joint(block, environment)
    assert found.information == pytest.approx([joint.information], rel=1e-12)


def test_layers_of_dimers():
    """A function of a block with forbidden states keeps what `rsmi` says of it."""
    model = LatticeModel.dimers((4, 4))
    block = [(1, 1), (1, 2), (2, 1), (2, 2)]
    environment = [site for site in model.states if site not in block]
    rule = Rule.from_function(lambda x: sum(d in (0, 2) for d in x), sites=4, states=4)
    found = model.layers(block, environment, [([range(4)], rule)])
    joint = model.joint(block, environment)
    coarse = rule.table[joint.block_index].T @ joint.table
    coarse = coarse[coarse.sum(axis=1) > 0]
    expected = entropy(coarse.sum(axis=1)) + joint.environment_entropy - entropy(coarse.ravel())
    assert found.information[1] == pytest.approx(expected, rel=1e-12)


def test_str_has_a_line_for_each_layer():
    """A header, then layers 0 and 1."""
    joint = Joint.from_table(np.eye(4) / 4, (2, 2))
    found = joint.layers([([(0, 1)], Rule.majority(2))])
    assert len(found) == 2
    assert str(found).splitlines()[2].split() == ["1", *(f"{x:.8f}" for x in expected_of_majority())]
    assert repr(found).startswith("LayerInformation of 1 layer")


def expected_of_majority():
    """Four equal states, E = X, the two middle ones at random: H(T), I(T:E), H(T|E), H(X|T)."""
    ln2 = math.log(2)
    return ln2, ln2 / 2, ln2 / 2, 2 * ln2 + ln2 / 2 - ln2


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (3, "layers must be a list of pairs"),
        ([3], r"layers\[0\] must be a pair"),
        ([([], Rule.majority(2))], r"layers\[0\] must have at least one group"),
        ([([0, 1], Rule.majority(2))], r"each a list such as \(0, 1\)"),
        ([([(0, 4)], Rule.majority(2))], "numbers from 0 to 1"),
        ([([(0, 0)], Rule.majority(2))], "different numbers"),
        ([([(0, 1)], "majority")], "such as Rule.majority"),
        ([([(0, 1)], Rule.majority(3))], r"rule for groups with \(2, 2\) states"),
        ([([(0, 1)], [Rule.majority(2)] * 2)], "one for each of the 1 groups"),
    ],
)
def test_layers_that_are_none(layers, said):
    """The message names the layer and the value."""
    model = LatticeModel.ising(4, 0.5)
    for call in (model.joint([1, 2], [0, 3]).layers, lambda value: model.layers([1, 2], [0, 3], value)):
        with pytest.raises(ValueError, match=said):
            call(layers)


def test_layers_refuse_overlap():
    """Block and environment have no site in common."""
    with pytest.raises(ValueError, match="environment must not overlap with block"):
        LatticeModel.ising(4, 0.5).layers([1, 2], [2, 3], [])
