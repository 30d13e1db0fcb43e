"""Upper bounds on the information of every rule, and the symmetries that make them affordable."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from renormalization import Joint, LatticeModel, Rule, best_rule, rsmi
from renormalization.real_space.rule_search.alternation import alternated_rule
from renormalization.real_space.rule_search.cell_bound import cell_bound
from renormalization.real_space.rule_search.letters import Letters
from renormalization.real_space.rule_search.logarithm import logarithm
from renormalization.real_space.rule_search.symmetries import letter_symmetries

CENTRE = [(1, 1), (1, 2), (2, 1), (2, 2)]
RING = [(0, 1), (0, 2), (1, 0), (2, 0), (1, 3), (2, 3), (3, 1), (3, 2)]


@given(st.floats(min_value=2.3e-308, max_value=1e308))
def test_logarithm_of_searches(x):
    """ln x to a relative 1e-15, and near 1, where it is small, too."""
    assert logarithm(x) == pytest.approx(math.log(x), rel=1e-15, abs=0)
    near = 1 + math.remainder(x, 1) * 1e-3
    assert logarithm(near) == pytest.approx(math.log(near), rel=1e-15, abs=0)
    assert 0 * logarithm(0.0) == 0


def all_cells(table):
    """Members and f(S) = sum_e P(S,e) ln[P(e|S)/P(e)] of every set of rows."""
    columns, count = table.sum(axis=0), len(table)
    for size in range(1, count + 1):
        for members in combinations(range(count), size):
            cell = table[list(members)].sum(axis=0)
            ratio = np.where(cell > 0, cell / (cell.sum() * columns), 1.0)
            yield np.isin(np.arange(count), members), float((cell * np.log(ratio)).sum())


def dual_over_all_cells(table, values):
    """max sum f(S) x_S, each row covered once, sum x_S <= m, x >= 0, over all cells, by SciPy."""
    cells = list(all_cells(table))
    members, worth = np.array([cell for cell, _ in cells], dtype=float), np.array([f for _, f in cells])
    done = linprog(
        -worth, A_eq=members.T, b_eq=np.ones(len(table)), A_ub=np.ones((1, len(cells))), b_ub=[values]
    )
    return -done.fun


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.integers(4, 8), st.integers(2, 4))
def test_the_bound_is_the_programme_over_all_cells(seed, count, values):
    """What prices and branch and bound give is the optimum with all 2^n - 1 cells, above every rule."""
    rng = np.random.default_rng(seed)
    table = rng.exponential(size=(count, 5)) ** 2 * (rng.random((count, 5)) > 0.15)
    table[:, 0] += 0.01
    joint = Joint.from_table(table / table.sum())
    letters = Letters.all_rules(joint)
    _, start = alternated_rule(letters, values, seed, 5)
    symmetries = letter_symmetries(joint, letters)
    found = cell_bound(letters, values, start, symmetries, 1e-12, seed, 60.0)
    assert found == pytest.approx(dual_over_all_cells(joint.table, values), abs=1e-8)
    assert found >= best_rule(joint, values, method="enumerate").information - 1e-12


@pytest.mark.parametrize(("field", "coarse"), [(0.0, 2), (0.1, 2), (0.1, 3)])
def test_symmetries_do_not_change_the_bound(field, coarse):
    """Bound with all symmetries of the square = bound with none, and above the best rule."""
    joint = LatticeModel.ising((4, 4), 0.44, field=field).joint(CENTRE, RING)
    letters = Letters.all_rules(joint)
    information, start = alternated_rule(letters, coarse, 0, 20)
    symmetries = letter_symmetries(joint, letters)
    bounds = [
        cell_bound(letters, coarse, start, group, 1e-10, 0, 60.0) for group in (symmetries, symmetries[:1])
    ]
    assert bounds[0] == pytest.approx(bounds[1], abs=1e-8)
    assert bounds[0] >= information - 1e-10


@pytest.mark.parametrize(
    ("model", "order"),
    [
        (LatticeModel.ising((4, 4), 0.4), 16),
        (LatticeModel.ising((4, 4), 0.4, field=0.2), 8),
        (LatticeModel.potts((4, 4), 3, 0.8), 48),
        (LatticeModel.ising((4, 4), np.linspace(0.2, 0.5, 24)), 2),
    ],
)
def test_symmetries_of_a_square(model, order):
    """8 of the square, times those of the states: 2 without field, 6 of three Potts states."""
    joint = model.joint(CENTRE, RING)
    letters = Letters.all_rules(joint)
    symmetries = letter_symmetries(joint, letters)
    assert len(symmetries) == order
    assert (symmetries[0] == np.arange(len(letters.table))).all()
    for moved in symmetries:
        one, other = (np.sort(table.T.view(), axis=0) for table in (letters.table, letters.table[moved]))
        np.testing.assert_allclose(one, other, rtol=1e-9)
        composed = {tuple(moved[other]) for other in symmetries}
        assert composed == {tuple(other) for other in symmetries}


def test_potts_block_into_three_values(reference, reference_joint):
    """81 states: the best rule is above plurality, and certified; no rule that is tried exceeds it."""
    values, _ = reference("rsmi_patch44/potts3_J1.005")
    joint = reference_joint("rsmi_patch44/potts3_J1.005")
    found = best_rule(joint, values=3, max_seconds=300)
    assert found.information > 0.50926 > values["I_plurality_random_tie"]
    assert rsmi(found.rule, joint) == pytest.approx(found.information, rel=1e-9)
    assert found.certified
    assert found.bound == found.information < joint.information
    for ties in ("random", "first"):
        assert rsmi(Rule.plurality(4, 3, ties), joint) < found.information
    for keep in product(range(3), repeat=3):
        table = np.array([keep[states[0]] for states in product(range(3), repeat=4)]).reshape((3,) * 4)
        assert rsmi(Rule.deterministic(table), joint) <= found.bound
