"""Rules and the information that they keep: published numbers, and what holds for every rule."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from renormalization import Joint, LatticeModel, Rule, rsmi, rsmi_gradient

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # of dimers that go up, right, down, left
CENTRE = [(2, 2), (2, 3), (3, 2), (3, 3)]


def direct_information(table):
    """Sum of P ln[P/(P_v P_e)], entry by entry."""
    p, q = table.sum(axis=1), table.sum(axis=0)
    return math.fsum(
        table[i, j] * math.log(table[i, j] / (p[i] * q[j]))
        for i, j in product(range(len(p)), range(len(q)))
        if table[i, j] > 0
    )


@st.composite
def tables(draw):
    """Random joint tables, some with zeros."""
    shape = draw(st.integers(2, 8)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = rng.exponential(size=shape) * (rng.random(shape) >= draw(st.sampled_from([0.0, 0.3])))
    table[0, 0] += 0.1
    return Joint.from_table(table / table.sum())


@st.composite
def channels(draw, states, least=1, most=4):
    """Random P(h|v) for so many states."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return rng.dirichlet(np.ones(draw(st.integers(least, most))), size=states)


CHAINS = ["L2_K0.1_b1", "L2_K0.5_b0", "L2_K1_b2", "L3_K0.1_b0", "L3_K0.5_b2", "L3_K1_b1"]


@pytest.mark.parametrize("name", [f"rsmi_1d/{name}" for name in CHAINS])
def test_rules_of_a_chain(name, reference, reference_joint):
    """I(V:E), decimation of the edge and the middle, majority: enumerated by another program."""
    values, tolerance = reference(name)
    joint = reference_joint(name)
    sites = len(joint.block)
    assert joint.information == pytest.approx(values["I_VE"], **tolerance)
    assert rsmi(Rule.decimation(sites), joint) == pytest.approx(values["I_decimate_edge"], **tolerance)
    assert rsmi(Rule.majority(sites), joint) == pytest.approx(values["I_majority_random_tie"], **tolerance)
    if sites == 3:
        middle = rsmi(Rule.decimation(3, keep=1), joint)
        assert middle == pytest.approx(values["I_decimate_middle"], **tolerance)


@pytest.mark.parametrize("buffer", [0, 3])
@pytest.mark.parametrize("keep", [0, 1])
def test_decimation_of_a_chain_in_closed_form(buffer, keep, reference_joint):
    """P(s,l,r) = (1 + t^{r1} s l)(1 + t^{r2} s r)/8, r1 = b + 1 + i, r2 = b + L - i, t = tanh K.

    Equation: rule-information
    """
    from renormalization import infinite_chain_joint

    coupling, length = 0.8, 3
    spins = np.array([1.0, -1.0])
    joint = infinite_chain_joint(np.exp(coupling * np.outer(spins, spins)), block=length, buffer=buffer)
    t = math.tanh(coupling)
    first, second = t ** (buffer + 1 + keep), t ** (buffer + length - keep)
    s, l, r = np.meshgrid(spins, spins, spins, indexing="ij")
    exact = ((1 + first * s * l) * (1 + second * s * r) / 8).reshape(2, 4)
    assert rsmi(Rule.decimation(length, keep), joint) == pytest.approx(direct_information(exact), rel=1e-10)


def test_rules_of_the_6x6_patch(reference, reference_joint):
    """H(V), H(E), I(V:E), one spin, majorities, soft rules, at K = 0.3, to 1e-9."""
    values, tolerance = reference("rsmi_2d/K0.3")
    joint = reference_joint("rsmi_2d/K0.3")
    assert joint.table.shape == (16, 2**20)
    assert joint.block_entropy == pytest.approx(values["H_V"], **tolerance)
    assert joint.environment_entropy == pytest.approx(values["H_E"], **tolerance)
    assert joint.information == pytest.approx(values["I_VE"], **tolerance)
    for keep in range(4):
        assert rsmi(Rule.decimation(4, keep), joint) == pytest.approx(
            values["I_decimate_corner"], **tolerance
        )
    assert rsmi(Rule.majority(4), joint) == pytest.approx(values["I_majority_random_tie"], **tolerance)
    best = rsmi(Rule.majority(4, of=(0, 1, 2)), joint)
    assert best == pytest.approx(values["I_best_Z2odd_deterministic"], **tolerance)
    for strength, information in values["I_soft_uniform"].items():
        assert rsmi(Rule.soft([float(strength)] * 4), joint) == pytest.approx(information, **tolerance)


@pytest.mark.parametrize("seed", [0, 3])
def test_spins_of_a_chain_with_random_bonds(seed, reference, reference_joint):
    """Each spin of the block by itself."""
    values, tolerance = reference(f"rsmi_random_bonds/seed{seed}")
    joint = reference_joint(f"rsmi_random_bonds/seed{seed}")
    found = [rsmi(Rule.decimation(3, keep), joint) for keep in range(3)]
    assert joint.information == pytest.approx(values["I_VE"], **tolerance)
    assert found == pytest.approx(values["I_spins"], **tolerance)


def test_rules_of_4x4_patches(reference, reference_joint):
    """Ising in a field, and Potts: one spin, majority and plurality with random ties."""
    for name, states, other in (("ising_K0.4407_h0.1", 2, "majority"), ("potts3_J1.005", 3, "plurality")):
        values, tolerance = reference(f"rsmi_patch44/{name}")
        joint = reference_joint(f"rsmi_patch44/{name}")
        assert joint.information == pytest.approx(values["I_VE"], **tolerance)
        one = rsmi(Rule.decimation(4, states=states), joint)
        assert one == pytest.approx(values["I_decimate_corner"], **tolerance)
        many = rsmi(Rule.plurality(4, states), joint)
        assert many == pytest.approx(values[f"I_{other}_random_tie"], **tolerance)


def electric_field(states):
    """sum of (-1)^{x+y} times the direction of the dimer."""
    signed = [((-1) ** (x + y), STEPS[k]) for (x, y), k in zip(CENTRE, states, strict=True)]
    return tuple(sum(sign * step[axis] for sign, step in signed) for axis in (0, 1))


def test_dimers_keep_their_electric_field(reference, reference_joint):
    """2.0273033950 of 2.3456716442; the number of horizontal dimers keeps 1.2010316413."""
    values, tolerance = reference("dimers/open6x6_buffer0")
    joint = reference_joint("dimers/open6x6_buffer0")
    field = Rule.from_function(electric_field, sites=4, states=4)
    horizontal = Rule.from_function(lambda states: sum(k in (1, 3) for k in states), sites=4, states=4)
    assert joint.information == pytest.approx(values["I_VE"], **tolerance)
    assert rsmi(field, joint) == pytest.approx(values["I_electric_field"], **tolerance)
    assert rsmi(horizontal, joint) == pytest.approx(values["I_orientation"], **tolerance)


@given(st.data())
def test_data_processing(data):
    """I(h':E) <= I(h:E) <= min(I(V:E), H(h)) for h' made from h, any rule."""
    joint = data.draw(tables())
    first = data.draw(channels(joint.block_shape[0]))
    second = data.draw(channels(first.shape[1]))
    kept = rsmi(Rule(first, joint.block_shape), joint)
    p = first[joint.block_index].T @ joint.table.sum(axis=1)
    assert kept <= joint.information + 1e-12
    assert kept <= -math.fsum(x * math.log(x) for x in p) + 1e-12
    assert 0 <= rsmi(Rule(first @ second, joint.block_shape), joint) <= kept + 1e-12
    assert kept == pytest.approx(direct_information(first[joint.block_index].T @ joint.table), abs=1e-13)


@given(st.data(), st.floats(0, 1))
def test_information_is_convex_in_the_rule(data, share):
    """I(a P + (1 - a) Q) <= a I(P) + (1 - a) I(Q)."""
    joint = data.draw(tables())
    one, other = (data.draw(channels(joint.block_shape[0], 3, 3)) for _ in range(2))
    informations = [rsmi(Rule(table, joint.block_shape), joint) for table in (one, other)]
    mixed = rsmi(Rule(share * one + (1 - share) * other, joint.block_shape), joint)
    assert mixed <= share * informations[0] + (1 - share) * informations[1] + 1e-12


@given(st.data())
def test_relabelling_changes_nothing(data):
    """Neither of the values of h, nor of the states of block and environment."""
    joint = data.draw(tables())
    table = data.draw(channels(joint.block_shape[0]))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    dense = np.zeros((joint.block_shape[0], joint.table.shape[1]))
    dense[joint.block_index] = joint.table
    rows, columns, values = (rng.permutation(n) for n in (*dense.shape, table.shape[1]))
    kept = rsmi(Rule(table, joint.block_shape), joint)
    other = Joint.from_table(dense[rows][:, columns])
    assert rsmi(Rule(table[rows][:, values], joint.block_shape), other) == pytest.approx(kept, abs=1e-14)


@given(st.data())
def test_gradient_against_differences(data):
    """dI/dP(h|v) = sum_e P(v,e) ln[P(e|h)/P(e)] on changes that keep rows normalised, to 1e-7.

    Equation: rule-gradient
    """
    joint = data.draw(tables())
    table = data.draw(channels(joint.block_shape[0], 2))
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    table = 0.9 * table + 0.1 / table.shape[1]
    change = rng.normal(size=table.shape)
    change -= change.mean(axis=1, keepdims=True)
    change *= 1e-5 / np.abs(change).max()
    up, down = (rsmi(Rule(table + sign * change, joint.block_shape), joint) for sign in (1, -1))
    slope = (rsmi_gradient(Rule(table, joint.block_shape), joint) * change).sum()
    assert (slope - (up - down) / 2) / 1e-5 == pytest.approx(0, abs=1e-7)


def test_gradient_where_the_logarithm_has_no_value():
    """-inf for a value that would come beside a new e; one-sided for a value that is never taken."""
    joint = Joint.from_table(np.diag([0.5, 0.3, 0.2]))
    kept = Rule.deterministic([0, 1, 1])
    gradient = rsmi_gradient(kept, joint)
    assert gradient[0, 1] == -math.inf
    assert gradient[0, 0] == pytest.approx(0.5 * math.log(1 / 0.5))
    never = rsmi_gradient(Rule(np.eye(3)[[0, 1, 1]], (3,)), joint)[:, 2]
    step = 1e-7
    for v in range(3):
        table = np.eye(3)[[0, 1, 1]]
        at = table.copy()
        table[v] += step * (np.eye(3)[2] - at[v])
        change = rsmi(Rule(table, (3,)), joint) - rsmi(kept, joint)
        away = rsmi_gradient(kept, joint)[v, at[v].argmax()]
        assert change / step == pytest.approx(never[v] - away, abs=1e-5)


def test_hard_soft_rules():
    """At |w| = 30 on one spin a soft rule is decimation, at equal weights majority with random ties: 1e-9."""
    joint = LatticeModel.ising((2, 3), 0.5).joint([(0, 0), (0, 1)], [(0, 2), (1, 2)])
    soft, hard = Rule.soft([30.0, 0.0]), Rule.decimation(2)
    assert rsmi(soft, joint) == pytest.approx(rsmi(hard, joint), abs=1e-9)
    np.testing.assert_allclose(soft.table, hard.table, atol=1e-9)
    np.testing.assert_allclose(Rule.soft([15.0, 15.0]).table, Rule.majority(2).table, atol=1e-9)
    np.testing.assert_allclose(Rule.soft([1e308, 1.0]).table, hard.table, atol=1e-9)


@pytest.mark.parametrize("weights", [[0.3], [0.2, -0.5], [1.0, 2.0, -0.7]])
def test_soft_rules(weights):
    """P(h|v) = e^{h w.v}/(2 cosh w.v), spin +1 first."""
    for row, spins in zip(Rule.soft(weights).table, product([1, -1], repeat=len(weights)), strict=True):
        field = np.dot(weights, spins)
        assert row[0] == pytest.approx(math.exp(field) / (2 * math.cosh(field)), rel=1e-14)


def test_majority_and_plurality_by_hand():
    """The sign of a sum of spins; the most frequent state, of equally frequent ones any or the first."""
    majority, first = Rule.majority(4), Rule.majority(4, ties="first")
    plurality, of_ties = Rule.plurality(3, 3), Rule.plurality(3, 3, ties="first")
    for k, spins in enumerate(product([1, -1], repeat=4)):
        total = sum(spins)
        assert majority.table[k, 0] == (0.5 if total == 0 else float(total > 0))
        assert first.table[k, 0] == float((total or spins[0]) > 0)
    for k, states in enumerate(product(range(3), repeat=3)):
        counts = [states.count(q) for q in range(3)]
        winners = [q for q in range(3) if counts[q] == max(counts)]
        assert plurality.table[k].tolist() == pytest.approx(
            [float(q in winners) / len(winners) for q in range(3)]
        )
        assert of_ties.table[k].argmax() == next(q for q in states if q in winners)


def test_functions_become_rules():
    """Values are numbered as they come; a deterministic table is its own function."""
    rule = Rule.from_function(lambda states: "odd" if sum(states) % 2 else "even", sites=3)
    assert rule.is_deterministic
    assert rule.table.argmax(axis=1).reshape(2, 2, 2).tolist() == [[[0, 1], [1, 0]], [[1, 0], [0, 1]]]
    again = Rule.deterministic(rule.table.argmax(axis=1).reshape(2, 2, 2))
    assert (again.table == rule.table).all()
    assert again.states == (2, 2, 2)


CHAIN = LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])
REFUSALS = [
    (
        lambda: rsmi(Rule.majority(3), CHAIN),
        r"rule must be for a block with \(2, 2\) states .*\(got \(2, 2, 2\)\)",
    ),
    (lambda: rsmi(Rule.plurality(2, 3), CHAIN), r"rule must be for a block with \(2, 2\).*\(got \(3, 3\)\)"),
    (lambda: rsmi("majority", CHAIN), "rule must be a Rule"),
    (lambda: rsmi_gradient(Rule.majority(2), CHAIN.table), "joint must be a Joint"),
    (lambda: Rule([[0.5, 0.4], [0, 1]], (2,)), r"table must have rows that sum to 1 \(got 0.9 in row 0\)"),
    (lambda: Rule([[1.5, -0.5], [0, 1]], (2,)), r"table must hold non-negative probabilities \(got -0.5\)"),
    (lambda: Rule([[1, 0], [0, 1]], (2, 2)), "table must have a row for each of the 4 states"),
    (lambda: Rule([[math.nan, 0], [0, 1]], (2,)), "table must be finite"),
    (lambda: Rule.decimation(2, keep=2), r"keep must be one of the 2 sites, from 0 on \(got 2\)"),
    (lambda: Rule.majority(3, of=(0, 3)), r"of must be different numbers of sites, from 0 to 2"),
    (lambda: Rule.majority(3, ties="lowest"), "ties must be one of 'random', 'first'"),
    (lambda: Rule.soft([]), "weights must hold at least one number"),
    (lambda: Rule.deterministic([0, -1]), r"table must hold values from 0 .*\(got -1\)"),
    (lambda: Rule.from_function(lambda states: [1], 2), r"f must return something hashable \(got \[1\]\)"),
    (lambda: Rule.plurality(40, 3), "a rule for 12157665459056928801 block states .* lower sites"),
]


@pytest.mark.parametrize(("call", "message"), REFUSALS, ids=[message[:40] for _, message in REFUSALS])
def test_rule_refusals(call, message):
    """One line that names argument, value and what would be right."""
    with pytest.raises(ValueError, match=message):
        call()
