"""Best layers beside all stacks of rules, enumerated one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renormalization import LatticeModel, Rule, best_layers

BLOCK, ENVIRONMENT = [0, 1, 2, 3], ["e"]
GROUPS = [[(0, 1), (2, 3)], [(0, 1)]]
TABLES = [np.eye(2)[[0, *rest]].reshape(2, 2, 2) for rest in product((0, 1), repeat=3)]
CORNERS = [(0, 0), (0, 5), (5, 0), (5, 5)]


def information(table):
    """sum P ln[P/(P_t P_e)] of a table whose last axis is the environment."""
    p = table.reshape(-1, table.shape[-1])
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    return float((p[p > 0] * np.log(p[p > 0] / independent[p > 0])).sum())


def drawn(seed):
    """Four spins and an environment of six states, of any P(X, E)."""
    table = np.random.default_rng(seed).dirichlet(np.full(96, 0.3)).reshape(2, 2, 2, 2, 6)
    states = {0: 2, 1: 2, 2: 2, 3: 2, "e": 6}
    return table, LatticeModel.from_factors(states, [((0, 1, 2, 3, "e"), table)])


@pytest.mark.parametrize("shared", [True, False])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_best_layers_are_the_best_of_all(shared, seed):
    """Greedy: the best first layer, then the best second over it; composition: the best of all pairs."""
    table, model = drawn(seed)
    first = {
        (i, j): np.einsum("abcde,abx,cdy->xye", table, TABLES[i], TABLES[j])
        for i, j in product(range(8), repeat=2)
        if i == j or not shared
    }
    second = {
        pair: max(information(np.einsum("xye,xyz->ze", each, rule)) for rule in TABLES)
        for pair, each in first.items()
    }
    best = max(first, key=lambda pair: information(first[pair]))
    greedy = best_layers(model, BLOCK, ENVIRONMENT, GROUPS, shared=shared)
    whole = best_layers(model, BLOCK, ENVIRONMENT, GROUPS, "composition", shared=shared)
    assert greedy.certified
    assert whole.certified
    expected = [information(table.reshape(16, 6)), information(first[best]), second[best]]
    assert greedy.information.information == pytest.approx(expected, rel=1e-10)
    assert whole.information.information[2] == pytest.approx(max(second.values()), rel=1e-10)
    again = model.joint(BLOCK, ENVIRONMENT).layers(whole.layers).information
    assert again == pytest.approx(whole.information.information, rel=1e-12)


def test_more_values():
    """Into three values: the best of all partitions of nine states into at most three cells."""
    table = np.random.default_rng(1).dirichlet(np.ones(45)).reshape(9, 5)
    model = LatticeModel.from_factors({0: 3, 1: 3, "e": 5}, [((0, 1, "e"), table.reshape(3, 3, 5))])
    found = best_layers(model, [0, 1], ENVIRONMENT, [[(0, 1)]], values=3)
    options = product(range(3), repeat=8)
    expected = max(information(np.eye(3)[[0, *rest]].T @ table) for rest in options)
    assert found.information.information[1] == pytest.approx(expected, rel=1e-12)


def test_climbing():
    """27 letters are too many to compare all: not worse than edges kept, 9 -> 3 -> 1, nor than greedy."""
    model = LatticeModel.ising(11, 0.4, field=[0.1 * (-1) ** k for k in range(11)])
    block, groups = range(1, 10), [[(0, 1, 2), (3, 4, 5), (6, 7, 8)], [(0, 1, 2)]]
    edges = [Rule.decimation(3, keep=keep) for keep in (0, 1, 2)]
    usual = model.layers(block, [0, 10], [(groups[0], edges), (groups[1], edges[0])]).information
    greedy, whole = (
        best_layers(model, block, [0, 10], groups, objective, shared=False, restarts=2)
        for objective in ("greedy", "composition")
    )
    assert not whole.certified
    assert greedy.information.information[1] >= usual[1] * (1 - 1e-12)
    assert whole.information.information[2] >= greedy.information.information[2] >= usual[2] * (1 - 1e-12)


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_local_maxima(seed):
    """Without time to compare all: at most the best, not below the greedy layers, and certified never."""
    _, model = drawn(seed)
    found = {
        (objective, seconds): best_layers(model, BLOCK, ENVIRONMENT, GROUPS, objective, max_seconds=seconds)
        for objective in ("greedy", "composition")
        for seconds in (0, 10)
    }
    assert [each.certified for each in found.values()] == [False, True, False, True]
    kept = {key: each.information.information for key, each in found.items()}
    assert kept["greedy", 0][1] <= kept["greedy", 10][1] * (1 + 1e-12)
    assert kept["greedy", 0][2] <= kept["composition", 0][2] <= kept["composition", 10][2] * (1 + 1e-12)


def test_the_best_layer_is_not_the_best_of_two():
    """16 -> 4 -> 1 spins in a patch, K = 0.2: a majority keeps more in layer 1, a corner more in layer 2."""
    model = LatticeModel.ising((6, 6), 0.2, remove=CORNERS)
    block = [(row, column) for row in range(1, 5) for column in range(1, 5)]
    environment = [site for site in model.states if site not in block]
    squares = [(k, k + 1, k + 4, k + 5) for k in (0, 2, 8, 10)]
    groups = [squares, [(0, 1, 2, 3)]]
    corner, majority = (
        model.layers(block, environment, list(zip(groups, [rule] * 2, strict=True))).information
        for rule in (Rule.decimation(4), Rule.majority(4, of=(0, 1, 2)))
    )
    assert corner[1] < majority[1]
    assert corner[2] > majority[2]
    greedy, whole = (
        best_layers(model, block, environment, groups, objective, family="odd", restarts=1)
        for objective in ("greedy", "composition")
    )
    assert greedy.certified
    assert greedy.information.information[1] >= majority[1] * (1 - 1e-12)
    assert whole.information.information[1] < greedy.information.information[1]
    assert whole.information.information[2] > greedy.information.information[2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": 3}, "model must be a LatticeModel"),
        ({"groups": []}, "groups must be of at least one layer"),
        ({"groups": [[(0, 9)]]}, r"groups\[0\] must have groups of different numbers from 0 to 3"),
        ({"groups": [[(0,), (1, 2)]]}, r"groups\[0\] must be alike for one rule, or use shared=False"),
        ({"objective": "best"}, "objective must be"),
        ({"values": 1}, "values must be"),
        ({"values": 3, "family": "odd"}, "values must be 2 for the family 'odd'"),
        ({"environment": [1]}, "environment must not overlap"),
        ({"max_seconds": -1}, "max_seconds must be"),
    ],
)
def test_layers_that_cannot_be_sought(change, said):
    """The message names the argument."""
    right = {"model": LatticeModel.ising(6, 0.5), "block": [1, 2, 3, 4], "environment": [0, 5]}
    with pytest.raises(ValueError, match=said):
        best_layers(**(right | {"groups": GROUPS} | change))


def test_odd_rules_are_of_spins():
    """A Potts state has no opposite."""
    model = LatticeModel.potts(4, states=3, coupling=0.5)
    with pytest.raises(ValueError, match="must be of spins for the family 'odd'"):
        best_layers(model, [1, 2], [0, 3], [[(0, 1)]], family="odd")
