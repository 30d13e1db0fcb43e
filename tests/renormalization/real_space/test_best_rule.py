"""The best rule: published optima, every method against enumeration in plain Python, bounds that hold."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from renormalization import Joint, LatticeModel, Rule, best_rule, infinite_chain_joint, rsmi

SPINS = np.array([1.0, -1.0])


def all_informations(table, values):
    """The information of every map of rows to values, one by one, with NumPy alone."""
    columns = table.sum(axis=0)
    found = {}
    for choice in product(range(values), repeat=len(table)):
        names = {}
        if any(names.setdefault(c, len(names)) != c for c in choice):
            continue  # another name of a rule that comes too
        cells = np.array([table[np.array(choice) == c].sum(axis=0) for c in range(max(choice) + 1)])
        ratio = cells / np.outer(cells.sum(axis=1), columns)
        found[choice] = float((cells * np.log(np.where(cells > 0, ratio, 1.0))).sum())
    return found


@st.composite
def random_joints(draw, least=2, most=8, columns=6):
    """Tables of up to `most` block states, some entries 0."""
    shape = draw(st.integers(least, most)), draw(st.integers(2, columns))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = rng.exponential(size=shape) ** draw(st.sampled_from([1, 3]))
    table *= rng.random(shape) >= draw(st.sampled_from([0.0, 0.2]))
    table[np.arange(shape[0]), rng.integers(shape[1], size=shape[0])] += 0.05
    return Joint.from_table(table / table.sum())


@settings(max_examples=40)
@given(random_joints(), st.integers(2, 3))
def test_enumeration_is_the_maximum_over_all_maps(joint, values):
    """max over all maps of states to values of I(h:E), each by NumPy; the number of maximal ones.

    States with the same P(e|v) count as one, so the number is compared where there are none.
    """
    every = all_informations(joint.table, values)
    best = max(every.values())
    found = best_rule(joint, values, method="enumerate")
    assert found.information == pytest.approx(best, rel=1e-9, abs=1e-13)
    assert rsmi(found.rule, joint) == pytest.approx(best, rel=1e-9, abs=1e-13)
    assert found.certified
    assert found.bound == found.information
    conditional = joint.table / joint.table.sum(axis=1, keepdims=True)
    if len(np.unique(conditional.round(9), axis=0)) == len(conditional):
        assert found.degeneracy == sum(each > best - 1e-9 * best for each in every.values())


@settings(max_examples=40)
@given(random_joints(least=2, most=12, columns=8), st.integers(2, 4), st.integers(0, 3))
def test_branch_and_bound_is_enumeration(joint, values, seed):
    """The same information, certified, on tables of up to 12 block states; alternation is below its bound.

    Equation: rule-bound
    """
    if values > 3 and len(joint.table) > 10:
        values = 3
    exact = best_rule(joint, values, method="enumerate")
    branch = best_rule(joint, values, method="branch", seed=seed)
    assert branch.information == pytest.approx(exact.information, rel=1e-9, abs=1e-13)
    assert branch.certified
    assert branch.degeneracy == exact.degeneracy
    local = best_rule(joint, values, method="alternate", seed=seed)
    assert local.information <= exact.information * (1 + 1e-9) + 1e-13
    assert local.bound >= exact.information - 1e-13
    assert local.degeneracy is None


@settings(max_examples=20)
@given(random_joints(least=9, most=12, columns=30), st.integers(2, 3))
def test_bounds_of_a_stopped_search_hold(joint, values):
    """Without time the bound is still one: bound >= the maximum, and information <= it."""
    exact = best_rule(joint, values, method="enumerate")
    stopped = best_rule(joint, values, method="branch", max_seconds=1e-9)
    assert stopped.bound >= exact.information * (1 - 1e-9)
    assert stopped.information <= stopped.bound
    assert stopped.certified == (stopped.bound == stopped.information)


@pytest.mark.parametrize(
    "name", ["L2_K0.1_b1", "L2_K0.5_b0", "L2_K1_b2", "L3_K0.1_b0", "L3_K0.5_b2", "L3_K1_b1"]
)
def test_best_rule_of_a_chain_without_field(name, reference, reference_joint):
    """Decimation of an edge spin, among all rules, odd ones, and as the limit of soft ones."""
    values, tolerance = reference(f"rsmi_1d/{name}")
    joint = reference_joint(f"rsmi_1d/{name}")
    for family, method in (("all", "enumerate"), ("odd", "branch"), ("soft", "auto")):
        found = best_rule(joint, family=family, method=method)
        assert found.information == pytest.approx(values["I_best_deterministic"], **tolerance)
        assert found.certified
    soft = best_rule(joint, family="soft")
    assert soft.information == pytest.approx(values["I_best_rbm"], **tolerance)


@pytest.mark.parametrize(
    "name",
    ["ising_L2_K0.5_h0.2_b0", "ising_L3_K1.0_h0.1_b0", "ising_L3_K0.3_h0.5_b1", "potts3_L2_J1.0_b0_m3"],
)
def test_best_rule_of_a_chain_in_a_field(name, reference, reference_joint):
    """K = 0.5, field 0.2: 0.0991985381, above decimation; Potts: decimation."""
    values, tolerance = reference(f"rsmi_chain/{name}")
    joint = reference_joint(f"rsmi_chain/{name}")
    count = 3 if "potts" in name else 2
    assert joint.information == pytest.approx(values["I_VE"], **tolerance)
    edge = Rule.decimation(len(joint.block), states=joint.block_shape[0])
    assert rsmi(edge, joint) == pytest.approx(values["I_decimate_edge"], **tolerance)
    for method in ("enumerate", "branch"):
        found = best_rule(joint, count, method=method)
        assert found.information == pytest.approx(values["I_best_deterministic"], **tolerance)
        assert found.certified


@pytest.mark.parametrize("seed", [0, 3])
def test_best_rule_follows_the_disorder(seed, reference, reference_joint):
    """With random bonds it keeps one of the end spins, not always the same."""
    values, tolerance = reference(f"rsmi_random_bonds/seed{seed}")
    found = best_rule(reference_joint(f"rsmi_random_bonds/seed{seed}"))
    assert found.information == pytest.approx(values["I_best_deterministic"], **tolerance)
    kept = found.rule.table.argmax(axis=1)
    edge = Rule.decimation(3, keep={0: 0, 3: 2}[seed]).table.argmax(axis=1)
    assert (kept == edge).all() or (kept == 1 - edge).all()


def test_best_odd_rule_of_the_6x6_patch(reference, reference_joint):
    """K = 0.3: the majority of three of the four spins, which has four forms; 0.0337147602."""
    values, tolerance = reference("rsmi_2d/K0.3")
    joint = reference_joint("rsmi_2d/K0.3")
    found = best_rule(joint, family="odd")
    assert found.information == pytest.approx(values["I_best_Z2odd_deterministic"], **tolerance)
    assert found.certified
    assert found.degeneracy == 4
    majorities = [Rule.majority(4, of=set(range(4)) - {left}).table[:, 0] for left in range(4)]
    up = found.rule.table[:, 0]
    assert any((up == each).all() or (up == 1 - each).all() for each in majorities)
    soft = best_rule(joint, family="soft")
    assert soft.information == pytest.approx(found.information, rel=1e-9)
    assert soft.certified


def test_best_rule_of_the_4x4_patch(reference, reference_joint):
    """In a field, of all 2^15 rules: 0.2363177820, by enumeration and by branch and bound."""
    values, tolerance = reference("rsmi_patch44/ising_K0.4407_h0.1")
    joint = reference_joint("rsmi_patch44/ising_K0.4407_h0.1")
    for method in ("enumerate", "branch", "auto"):
        found = best_rule(joint, method=method)
        assert found.information == pytest.approx(values["I_best_deterministic"], **tolerance)
        assert found.certified
    assert best_rule(joint, method="alternate").information <= found.information + 1e-12


def test_the_best_rule_need_not_share_the_symmetry():
    """Without field the best of all rules gives all ties to one side: above all odd rules."""
    joint = LatticeModel.ising((4, 4), 0.4406867935097715).joint(
        [(1, 1), (1, 2), (2, 1), (2, 2)],
        [(0, 1), (0, 2), (1, 0), (2, 0), (1, 3), (2, 3), (3, 1), (3, 2)],
    )
    one_sided = Rule.from_function(lambda states: sum(states) <= 1, sites=4)
    best, odd = best_rule(joint), best_rule(joint, family="odd")
    assert best.information == pytest.approx(rsmi(one_sided, joint), rel=1e-12)
    assert best.degeneracy == 2
    assert odd.information == pytest.approx(rsmi(Rule.majority(4, of=(0, 1, 2)), joint), rel=1e-12)
    assert odd.degeneracy == 4
    assert best.information > odd.information * 1.005
    assert best.certified
    assert odd.certified


def test_odd_rules_one_by_one():
    """All 2^{2^{n-1}} odd rules of three spins: h(-v) = -h(v), each by itself."""
    joint = LatticeModel.ising((2, 4), 0.5).joint([(0, 1), (0, 2), (1, 1)], [(0, 0), (1, 3)])
    best = 0.0
    for half in product([0, 1], repeat=4):
        values = np.array([*half, *(1 - v for v in reversed(half))]).reshape(2, 2, 2)
        best = max(best, rsmi(Rule.deterministic(values), joint) if len(set(values.flat)) > 1 else 0.0)
    for method in ("enumerate", "branch", "alternate"):
        found = best_rule(joint, family="odd", method=method)
        assert found.information == pytest.approx(best, rel=1e-10)
        assert (found.rule.table[::-1, ::-1] == found.rule.table).all()


def test_letters_that_tell_the_same():
    """Of a block of ten spins of a chain the environment sees the two at the edge: certified at once."""
    joint = infinite_chain_joint(np.exp(0.6 * np.outer(SPINS, SPINS)), block=10, buffer=0)
    found = best_rule(joint)
    assert found.certified
    assert found.information == pytest.approx(rsmi(Rule.decimation(10), joint), rel=1e-10)


def test_soft_rules_without_a_hyperplane():
    """The best odd rule of this table is the parity of three spins: soft rules stay below, and say so."""
    states = np.array(list(product([1, -1], repeat=3)))
    parity = states.prod(axis=1)
    table = np.stack([0.5 + 0.4 * parity, 0.5 - 0.4 * parity], axis=1) / 8
    joint = Joint.from_table(table, block_shape=(2, 2, 2))
    odd, soft = best_rule(joint, family="odd"), best_rule(joint, family="soft")
    assert odd.information == pytest.approx(joint.information, rel=1e-10)
    assert soft.information < odd.information
    assert not soft.certified
    assert soft.bound >= odd.information


def test_dimers_into_many_values(reference_joint):
    """The best rule into two values is within its bound of ln 2; a certificate or a bound, never neither."""
    joint = reference_joint("dimers/open6x6_buffer0")
    found = best_rule(joint, values=2, max_seconds=0.5)
    assert found.information <= found.bound <= math.log(2) + 1e-15
    assert found.information > 0.99 * math.log(2)
    assert found.certified == (found.bound == found.information)


CHAIN = LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])
POTTS = LatticeModel.potts(4, 3, 0.5).joint([1, 2], [0, 3])
REFUSALS = [
    (lambda: best_rule(CHAIN.table), "joint must be a Joint"),
    (lambda: best_rule(CHAIN, values=1), r"values must be at least 2 \(got 1\)"),
    (lambda: best_rule(CHAIN, family="even"), "family must be one of"),
    (lambda: best_rule(CHAIN, method="guess"), "method must be one of"),
    (lambda: best_rule(CHAIN, values=3, family="odd"), r"values must be 2 for the family 'odd' \(got 3\)"),
    (lambda: best_rule(POTTS, family="odd"), r"family must be 'all' .*\(3, 3\)"),
    (lambda: best_rule(CHAIN, max_seconds=0), "max_seconds must be finite and greater than 0"),
]


@pytest.mark.parametrize(("call", "message"), REFUSALS, ids=[message[:40] for _, message in REFUSALS])
def test_best_rule_refusals(call, message):
    """One line that names argument, value and what would be right."""
    with pytest.raises(ValueError, match=message):
        call()


def test_an_enumeration_too_long_is_refused(reference_joint):
    """3^80 rules of a Potts block: said before the work, with a remedy that works."""
    joint = reference_joint("rsmi_patch44/potts3_J1.005")
    with pytest.raises(ft.budgets.OverBudget, match="lower values, or use method='branch'"):
        best_rule(joint, 3, method="enumerate")
