"""Lattice models against enumeration of all states, transfer matrices and published numbers."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fieldtheory as ft
from renormalization import Joint, LatticeModel, infinite_chain_joint


def enumerated(states, factors, kept):
    """Z, and the weights of the states of `kept`, from all states one by one."""
    sites = list(states)
    weights: dict[tuple[int, ...], float] = {}
    for x in product(*(range(states[site]) for site in sites)):
        at = dict(zip(sites, x, strict=True))
        weight = math.prod(table[tuple(at[s] for s in where)] for where, table in factors)
        key = tuple(at[site] for site in kept)
        weights[key] = weights.get(key, 0.0) + weight
    return math.fsum(weights.values()), weights


@st.composite
def random_models(draw):
    """3 to 6 sites of 2 to 4 states, factors on 1 to 3 of them, some entries 0, a block, an environment."""
    states = {k: draw(st.integers(2, 4)) for k in range(draw(st.integers(3, 6)))}
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    forbidden = draw(st.sampled_from([0.0, 0.0, 0.1, 0.4]))
    factors = []
    for _ in range(draw(st.integers(1, 7))):
        sites = tuple(rng.choice(len(states), size=rng.integers(1, 4), replace=False).tolist())
        table = rng.exponential(size=[states[s] for s in sites]) * (
            rng.random([states[s] for s in sites]) >= forbidden
        )
        table.flat[0] += 0.1
        factors.append((sites, table))
    order = rng.permutation(len(states)).tolist()
    cut = draw(st.integers(1, len(states) - 1))
    end = draw(st.integers(cut + 1, len(states)))
    return states, factors, order[:cut], order[cut:end]


@given(random_models())
def test_joint_is_the_sum_over_all_states(model):
    """P(v, e) = (1/Z) sum over the other sites of prod_f f, to 1e-12, with and without forbidden states."""
    states, factors, block, environment = model
    z, weights = enumerated(states, factors, [*block, *environment])
    found = LatticeModel.from_factors(states, factors)
    joint = found.joint(block, environment)
    assert found.log_partition_function == pytest.approx(math.log(z), rel=1e-12, abs=1e-12)
    table = {
        (*v, *e): joint.table[i, j]
        for i, v in enumerate(map(tuple, joint.block_states.tolist()))
        for j, e in enumerate(map(tuple, joint.environment_states.tolist()))
    }
    for state, weight in weights.items():
        assert table.get(state, 0.0) == pytest.approx(weight / z, abs=1e-12)
    assert set(table) >= {state for state, weight in weights.items() if weight > 0}
    assert joint.table.sum(axis=1).all()
    assert joint.table.sum(axis=0).all()


@given(random_models())
def test_information_is_a_difference_of_entropies(model):
    """I = H(V) + H(E) - H(V, E), each entropy from all states one by one; 0 <= I <= min(H(V), H(E))."""
    states, factors, block, environment = model
    joint = LatticeModel.from_factors(states, factors).joint(block, environment)
    entropies = []
    for kept in (block, environment, [*block, *environment]):
        z, weights = enumerated(states, factors, kept)
        entropies.append(-math.fsum(w / z * math.log(w / z) for w in weights.values() if w > 0))
    assert joint.block_entropy == pytest.approx(entropies[0], abs=1e-12)
    assert joint.environment_entropy == pytest.approx(entropies[1], abs=1e-12)
    assert joint.information == pytest.approx(entropies[0] + entropies[1] - entropies[2], abs=1e-12)
    assert 0 <= joint.information <= min(entropies[:2]) + 1e-12


def test_ising_patch(reference):
    """ln Z and the centre bond of the open 6x6 patch are those of its row transfer matrix."""
    values, tolerance = reference("ising_patch/K0.3")
    model = LatticeModel.ising((6, 6), coupling=0.3)
    assert model.log_partition_function == pytest.approx(values["log_partition_function"], **tolerance)
    assert model.correlation((2, 2), (2, 3)) == pytest.approx(values["centre_bond"], **tolerance)


@pytest.mark.parametrize("name", ["ising", "potts"])
def test_open_chain_in_closed_form(name):
    """ln Z = ln q + (N - 1) ln(e^J + q - 1) of the open Potts chain; Ising: K = J/2, less (N - 1) K."""
    coupling, sites = 0.7, 9
    q = 2 if name == "ising" else 4
    closed = math.log(q) + (sites - 1) * math.log(math.exp(coupling) + q - 1)
    if name == "ising":
        model = LatticeModel.ising(sites, coupling / 2)
        closed -= (sites - 1) * coupling / 2
    else:
        model = LatticeModel.potts(sites, q, coupling)
    assert model.log_partition_function == pytest.approx(closed, rel=1e-13)


def test_long_chains_leave_no_float():
    """Z = 2 (2 cosh K)^(N - 1), of many spins far above the largest float."""
    for coupling in (0.0, 3.0):
        exact = math.log(2) + 1299 * math.log(2 * math.cosh(coupling))
        chain = LatticeModel.ising(1300, coupling)
        assert chain.log_partition_function == pytest.approx(exact, rel=1e-12)
    assert chain.correlation(600, 603) == pytest.approx(math.tanh(3.0) ** 3, rel=1e-10)


@pytest.mark.parametrize("distance", [1, 2, 5])
def test_correlation_along_a_chain(distance):
    """<s_0 s_r> = tanh(K)^r on an open chain, in a Potts chain ((e^J - 1)/(e^J + q - 1))^r."""
    ising, potts = LatticeModel.ising(8, 0.6), LatticeModel.potts(8, 3, 0.9)
    assert ising.correlation(1, 1 + distance) == pytest.approx(math.tanh(0.6) ** distance, rel=1e-12)
    ratio = (math.exp(0.9) - 1) / (math.exp(0.9) + 2)
    assert potts.correlation(1, 1 + distance) == pytest.approx(ratio**distance, rel=1e-12)


def test_bonds_are_in_the_order_of_couplings():
    """Site after site, first to the right, then down; one coupling correlates its two ends alone."""
    bonds = LatticeModel.ising((2, 3), 1.0).bonds
    assert bonds[:3] == (((0, 0), (0, 1)), ((0, 0), (1, 0)), ((0, 1), (0, 2)))
    assert len(bonds) == 7
    for k, (a, b) in enumerate(bonds):
        model = LatticeModel.ising((2, 3), np.eye(7)[k])
        assert model.correlation(a, b) == pytest.approx(math.tanh(1.0))
        assert model.correlation(*bonds[(k + 1) % 7]) == pytest.approx(0.0, abs=1e-15)


def test_field_of_single_sites():
    """P(s = +1) = 1/(1 + e^{-2h}) of free spins, e^h/(e^h + q - 1) of free Potts states."""
    fields = [0.3, -1.2]
    joint = LatticeModel.ising(2, 0.0, field=fields).joint([0], [1])
    assert joint.table.sum(axis=1)[0] == pytest.approx(1 / (1 + math.exp(-0.6)))
    assert joint.table.sum(axis=0)[0] == pytest.approx(1 / (1 + math.exp(2.4)))
    potts = LatticeModel.potts(2, 3, 0.0, field=0.5).joint([0], [1])
    assert potts.table.sum(axis=1)[0] == pytest.approx(math.exp(0.5) / (math.exp(0.5) + 2))


@pytest.mark.parametrize("coupling", [400.0, 5000.0, -5000.0])
def test_strong_couplings_overflow_nothing(coupling):
    """ln Z -> ln 2 + K times the number of bonds: the ground states, even where e^K is no float."""
    model = LatticeModel.ising((3, 3), coupling)
    assert model.log_partition_function == pytest.approx(math.log(2) + 12 * abs(coupling), rel=1e-12)
    assert model.joint([(0, 0)], [(2, 2)]).information == pytest.approx(math.log(2), rel=1e-12)


def test_periodic_boundary():
    """Z of the ring of N spins is (2 cosh K)^N + (2 sinh K)^N."""
    k, n = 0.4, 7
    exact = (2 * math.cosh(k)) ** n + (2 * math.sinh(k)) ** n
    model = LatticeModel.ising(n, k, boundary="periodic")
    assert model.log_partition_function == pytest.approx(math.log(exact), rel=1e-13)
    assert len(LatticeModel.ising((3, 4), k, boundary="periodic").bonds) == 24


def test_removed_sites():
    """The 2x2 square without a corner is the chain of three."""
    model = LatticeModel.ising((2, 2), 0.7, remove=[(1, 1)])
    assert len(model.states) == 3
    chain = LatticeModel.ising(3, 0.7)
    assert model.log_partition_function == pytest.approx(chain.log_partition_function, rel=1e-14)


@pytest.mark.parametrize("shape", [(2, 3), (4, 4), (4, 5), (6, 6), (3, 8)])
def test_dimer_coverings(shape):
    """Kasteleyn 1961: prod_{j<=m/2, k<=n/2} (4 cos^2(pi j/(m+1)) + 4 cos^2(pi k/(n+1))), rounded up."""
    m, n = shape
    exact = math.prod(
        4 * math.cos(math.pi * j / (m + 1)) ** 2 + 4 * math.cos(math.pi * k / (n + 1)) ** 2
        for j in range(1, (m + 1) // 2 + 1)
        for k in range(1, (n + 1) // 2 + 1)
    )
    assert math.exp(LatticeModel.dimers(shape).log_partition_function) == pytest.approx(exact, rel=1e-12)


def test_models_that_forbid_everything():
    """No dimers cover nine sites: refused, nothing divided by 0."""
    model = LatticeModel.dimers((3, 3))
    with pytest.raises(ValueError, match="factors must leave a state of positive weight"):
        model.log_partition_function  # noqa: B018
    with pytest.raises(ValueError, match="factors must leave a state of positive weight"):
        model.joint([(0, 0)], [(0, 1)])


def test_dimers_lists_only_what_occurs():
    """Of 4^20 states of the outer ring few occur; probabilities are numbers of coverings, of 6728."""
    model = LatticeModel.dimers((6, 6))
    outer = [(r, c) for r in range(6) for c in range(6) if r in (0, 5) or c in (0, 5)]
    joint = model.joint([(2, 2), (2, 3), (3, 2), (3, 3)], outer)
    counts = joint.table * 6728
    assert np.abs(counts - counts.round()).max() < 1e-9
    assert counts.sum() == pytest.approx(6728)
    assert joint.table.shape[1] < 4**8


@pytest.mark.parametrize("field", [0.0, 0.3])
def test_infinite_chain_is_the_limit_of_long_ones(field):
    """P(v, e) of an infinite chain is that of the middle of a chain of 60, to the decay of correlations.

    Equation: infinite-chain
    """
    spins = np.array([1.0, -1.0])
    matrix = np.exp(0.5 * np.outer(spins, spins) + field / 2 * np.add.outer(spins, spins))
    found = infinite_chain_joint(matrix, block=2, buffer=1)
    long = LatticeModel.ising(60, 0.5, field=field).joint([29, 30], [27, 32])
    assert found.environment == (-2, 3)
    np.testing.assert_allclose(found.table, long.table, rtol=1e-8)


def test_infinite_chain_of_an_unsymmetric_matrix():
    """For a stochastic matrix the chain is Markov: P(l, v, r) = pi(l) T(l, v) T(v, r), pi T = pi."""
    t = np.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.0, 0.9, 0.1]])
    pi = np.linalg.matrix_power(t, 200)[0]
    joint = infinite_chain_joint(t, block=1, buffer=0)
    exact = np.einsum("l,lv,vr->vlr", pi, t, t).reshape(3, 9)
    whole = np.zeros((3, 9))
    whole[np.ix_(joint.block_index, joint.environment_index)] = joint.table
    np.testing.assert_allclose(whole, exact, atol=1e-14)


def test_tables_obey_the_symmetry_of_the_lattice():
    """A rotation of block and environment permutes the table and leaves it as it is."""
    model = LatticeModel.ising((4, 4), 0.4, field=0.2)
    centre = [(1, 1), (1, 2), (2, 2), (2, 1)]
    ring = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 2), (3, 1), (2, 0), (1, 0)]
    one = model.joint(centre, ring).table
    other = model.joint([*centre[1:], centre[0]], [*ring[2:], *ring[:2]]).table
    np.testing.assert_allclose(one, other, rtol=1e-13)


SQUARE = LatticeModel.ising((3, 3), 0.4)
REFUSALS = [
    (
        lambda: SQUARE.joint([(0, 0)], [(0, 0), (1, 1)]),
        r"environment must not overlap with block \(got \(0, 0\)",
    ),
    (lambda: SQUARE.joint([], [(1, 1)]), "block must name at least one site"),
    (lambda: SQUARE.joint([(0, 0)], []), "environment must name at least one site"),
    (lambda: SQUARE.joint([(0, 3)], [(1, 1)]), r"block must be of the sites of the model.*\(got \(0, 3\)\)"),
    (lambda: SQUARE.joint([(0, 0), (0, 0)], [(1, 1)]), r"block must name each site once"),
    (lambda: LatticeModel.ising((3, 3), math.nan), r"coupling must be finite \(got nan\)"),
    (lambda: LatticeModel.ising((2, 2), [1.0, 2.0]), r"coupling must be a number, or 4, one for each bond"),
    (lambda: LatticeModel.ising((2, 2), 1.0, field=math.inf), "field must be finite"),
    (lambda: LatticeModel.ising((2, 2), 1.0, boundary="periodic"), "shape must have lengths of at least 3"),
    (lambda: LatticeModel.ising((2, 2), 1.0, boundary="ring"), "boundary must be one of"),
    (lambda: LatticeModel.ising((2, 0), 1.0), "shape must be at least 1"),
    (lambda: LatticeModel.ising((2, 2), 1.0, remove=[(5, 5)]), "remove must be of the sites"),
    (lambda: LatticeModel.potts((2, 2), states=1), "states must be at least 2"),
    (lambda: LatticeModel.dimers(4), r"shape must be \(rows, columns\) for dimers"),
    (
        lambda: LatticeModel.from_factors({0: 2, 1: 2}, [((0, 1), [[1, -1], [1, 1]])]),
        r"factors\[0\] must be non-negative \(got -1\)",
    ),
    (
        lambda: LatticeModel.from_factors({0: 2}, [((0,), [0, 0])]),
        r"factors\[0\] must have a positive entry \(got zeros only\)",
    ),
    (
        lambda: LatticeModel.from_factors({0: 2}, [((0,), [1, 2, 3])]),
        r"factors\[0\] must have an axis .* \(2,\) \(got shape \(3,\)\)",
    ),
    (lambda: LatticeModel.from_factors({0: 2}, [((1,), [1, 2])]), r"factors\[0\] must be of the sites"),
    (
        lambda: infinite_chain_joint([[1, 0], [0, 1]]),
        "transfer_matrix must lead from each state",
    ),
    (lambda: infinite_chain_joint([[1, -1], [1, 1]]), "transfer_matrix must be non-negative"),
    (lambda: infinite_chain_joint([[1, 1]]), "transfer_matrix must be square"),
    (lambda: infinite_chain_joint(np.ones((2, 2)), block=0), "block must be at least 1"),
    (lambda: Joint.from_table([[0.5, 0.4]]), r"table must hold probabilities that sum to 1 \(got 0.9\)"),
    (lambda: Joint.from_table([[0.5], [0.5]], block_shape=(2, 2)), "block_shape must have the product 2"),
]


@pytest.mark.parametrize(("call", "message"), REFUSALS, ids=[message[:40] for _, message in REFUSALS])
def test_lattice_refusals(call, message):
    """One line that names argument, value and what would be right."""
    with pytest.raises(ValueError, match=message):
        call()


def test_a_table_too_large_is_refused_with_its_size():
    """A 6x6 block and 30 outer sites would have 2^36 * 2^28 entries: said before the work."""
    model = LatticeModel.ising((8, 8), 0.4)
    block = [(r, c) for r in range(1, 7) for c in range(1, 7)]
    ring = [site for site in model.states if site not in block]
    with pytest.raises(ft.budgets.OverBudget, match=r"a table of 68719476736 block states and 268435456 env"):
        model.joint(block, ring)
    large = LatticeModel.ising((25, 24), 0.4)
    sites = list(large.states)
    with pytest.raises(ft.budgets.OverBudget, match="a table of an integer of 301 bits block states"):
        large.joint(sites[:300], sites[300:])
    with ft.budget(max_memory=1e6), pytest.raises(MemoryError, match="the partition function.* lower shape"):
        LatticeModel.ising((18, 18), 0.4).log_partition_function  # noqa: B018
    with ft.budget(max_memory=1e6), pytest.raises(MemoryError, match="lower environment"):
        LatticeModel.dimers((8, 8)).joint(block[:4], ring)
