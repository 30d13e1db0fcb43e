"""Averages over data sets from the cumulants of the kernel, against formulas, exact series and sampling."""

import itertools
import math

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from replicas import PermutationSymmetric, dataset_average
from replicas.data_variability.coincidence_sum import coincidence_sums, uniform_power_sum
from replicas.data_variability.kernel_theory import mean_diagrams, with_replicas


def symmetric_covariance(rng, points):
    """A covariance of the entries of a symmetric matrix, and a root of it: (points, points, rank)."""
    root = rng.normal(size=(points, points, 3))
    root = root + root.swapaxes(0, 1)
    return np.einsum("abk,cdk->abcd", root, root), root


def problem(seed, points, tests):
    rng = np.random.default_rng(seed)
    whole, _ = symmetric_covariance(rng, points + tests)
    p = slice(points)
    kernel = rng.normal(size=(points, points))
    return {
        "mean_kernel": kernel @ kernel.T,
        "kernel_covariance": whole[p, p, p, p],
        "y": rng.normal(size=points),
        "ridge": rng.uniform(0.3, 2.0),
        "mean_test": rng.normal(size=(tests, points)),
        "test_covariance": whole[points:, p, p, p],
    }


def lines(mean_kernel, ridge, y, mean_test, **_):
    line = np.linalg.inv(mean_kernel + ridge * np.eye(len(y)))
    return line, line @ y, mean_test @ line


SIZES = {"seed": st.integers(0, 10**6), "points": st.integers(1, 5), "tests": st.integers(1, 3)}


@settings(max_examples=40)
@given(**SIZES)
def test_quenched_first_order(seed, points, tests):
    """y_* = K_* tau - C_(*a)(bc) M_ab tau_c + (K_* M)_a C_(ab)(cd) M_bc tau_d (4.1)

    Equation: dataset-average
    """
    given = problem(seed, points, tests)
    line, tau, end = lines(**given)
    c, beside = given["kernel_covariance"], given["test_covariance"]
    terms = [
        given["mean_test"] @ tau,
        -np.einsum("tabc,ab,c->t", beside, line, tau),
        np.einsum("ta,abcd,bc,d->t", end, c, line, tau),
    ]
    found = dataset_average(**given)
    size = np.sum(np.abs(terms), axis=0)
    assert (np.abs(found.zeroth - terms[0]) <= 1e-12 * size).all()
    assert (np.abs(found.first_order - sum(terms)) <= 1e-12 * size).all()
    assert len(found.diagrams) == 2


@settings(max_examples=40)
@given(**SIZES)
def test_annealed_first_order(seed, points, tests):
    """y_* = K_* tau + C_(*a)(bc) [tau tau tau - ...]/2 - (K_* M)_a C_(ab)(cd) [tau tau tau - ...]/2 (4.2)"""
    given = problem(seed, points, tests)
    line, tau, end = lines(**given)

    def cubic(rest):
        found = np.einsum("a,b,c->abc", tau, tau, tau)
        for order in ("ab,c->abc", "ac,b->abc", "bc,a->abc"):
            found = found - np.einsum(order, line, tau)
        return found / 2

    beside = np.einsum("tabc,abc->t", given["test_covariance"], cubic(line))
    inside = np.einsum("ta,abcd,bcd->t", end, given["kernel_covariance"], cubic(line))
    found = dataset_average(**given, average="annealed")
    size = 1e-12 * (np.abs(beside) + np.abs(inside) + np.abs(found.zeroth) + 100)
    assert (np.abs(found.first_order - (found.zeroth + beside - inside)) <= size).all()
    assert len(found.diagrams) == 6


def gaussian_moment(covariances, indices):
    """E[x_i x_j ...] of Gaussian numbers: the sum over all pairings."""
    if not indices:
        return 1
    first, rest = indices[0], indices[1:]
    pairs = ((covariances[first, rest[k]], rest[:k] + rest[k + 1 :]) for k in range(len(rest)))
    return sum(c * gaussian_moment(covariances, others) for c, others in pairs if c)


@pytest.mark.parametrize("seed", range(3))
def test_second_order_of_a_gaussian_kernel(seed):
    """<(K_* + z)(K + kappa + x)^-1 y> = sum_k (-1)^k <(K_* + z) M (x M)^k y> for Gaussian x and z."""
    given = problem(seed, 2, 1)
    rng = np.random.default_rng(seed)
    whole, root = symmetric_covariance(rng, 3)
    line, tau, _ = lines(**given)
    test = given["mean_test"][0]
    # a polynomial in the three Gaussian numbers that make x and z
    order = {0: 0.0, 2: 0.0, 4: 0.0}
    for k in range(5):
        for numbers in itertools.product(range(3), repeat=k):
            vector = tau
            for number in reversed(numbers):
                vector = -line @ root[:2, :2, number] @ vector
            if k % 2 == 0:
                moment = gaussian_moment(np.eye(3), numbers)
                order[k] += moment * (test @ vector)
            if k % 2 and k < 4:
                for own in range(3):
                    moment = gaussian_moment(np.eye(3), (own, *numbers))
                    order[k + 1] += moment * (root[2, :2, own] @ vector)
    found = dataset_average(**given, order=2)
    np.testing.assert_allclose(found.zeroth[0], order[0], rtol=1e-10)
    np.testing.assert_allclose(found.first_order[0] - found.zeroth[0], order[2], rtol=1e-9)
    np.testing.assert_allclose(found.mean[0] - found.first_order[0], order[4], rtol=1e-9)
    [said] = [each for each in found.warnings if "third cumulant" in each]
    assert said.startswith("order 2 is that of the covariance alone")


@pytest.mark.parametrize("order", [1, 2])
def test_annealed_orders_are_those_of_the_weighted_average(order):
    """<N(y; 0, K + kappa) K_* (K + kappa)^-1 y>/<N(y; 0, K + kappa)> of one point, to e^order."""
    k, kappa, y, test = 1.3, 0.7, 0.9, 0.4
    cov = np.array([[0.8, 0.3], [0.3, 0.5]])  # of K_11 and K_*1

    def exact(size):
        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        x, z = np.meshgrid(nodes, nodes, indexing="ij")
        both = np.outer(weights, weights)
        root = np.linalg.cholesky(cov) * math.sqrt(size)
        inside = k + kappa + root[0, 0] * x
        beside = test + root[1, 0] * x + root[1, 1] * z
        likelihood = both * np.exp(-(y**2) / (2 * inside)) / np.sqrt(inside)
        return (likelihood * beside * y / inside).sum() / likelihood.sum()

    def series(size):
        return dataset_average(
            [[k]],
            np.full((1,) * 4, cov[0, 0] * size),
            [y],
            kappa,
            mean_test=[[test]],
            test_covariance=np.full((1,) * 4, cov[0, 1] * size),
            average="annealed",
            order=order,
        ).mean[0]

    errors = [abs(exact(size) - series(size)) for size in (2e-2, 1e-2, 5e-3)]
    assert errors[0] < 30 * 0.02 ** (order + 1)
    slopes = np.diff(np.log2(errors))
    assert np.abs(slopes + order + 1).max() < 0.25


ENTRIES = st.lists(st.floats(-1.0, 1.0), min_size=12, max_size=12)


def alike(numbers):
    """That of K_ab = a^1/2 g_ab + b^1/2 (h_a + h_b) + c k + 1_ab (d^1/2 l_a + e k + f h_a)."""
    a, b, c, d, e = (abs(each) for each in numbers[:5])
    f = numbers[5]
    return PermutationSymmetric(
        pair=a + 2 * b + c**2,
        pairs_sharing=b + c**2,
        disjoint_pairs=c**2,
        diagonal=a + (2 * math.sqrt(b) + f) ** 2 + (c + e) ** 2 + d,
        two_diagonals=(c + e) ** 2,
        diagonal_and_pair=math.sqrt(b) * (2 * math.sqrt(b) + f) + c * (c + e),
        diagonal_and_others=c * (c + e),
    )


@settings(max_examples=40)
@given(ENTRIES, st.integers(1, 5), st.sampled_from(["quenched", "annealed"]), st.sampled_from([1, 2]))
def test_points_that_are_alike(numbers, points, average, order):
    """The sum over coincidences of points is the sum over the points."""
    covariance = alike(numbers)
    tensor = covariance.tensor(points + 1)
    own, other = 1.0 + abs(numbers[6]), numbers[7] / 2
    other = abs(other) if points > 1 else other
    y = np.array(numbers[8 : 8 + min(points, 4)] + [0.7] * (points - 4))
    kernel = np.full((points, points), other) + (own - other) * np.eye(points)
    p = slice(points)
    options = {"average": average, "order": order}
    dense = dataset_average(
        kernel,
        tensor[p, p, p, p],
        y,
        1.5,
        mean_test=np.full((1, points), other),
        test_covariance=tensor[points:, p, p, p],
        **options,
    )
    found = dataset_average((own, other), covariance, y, 1.5, **options)
    mixed = {"mean_test": np.full((1, points), other), "test_covariance": tensor[points:, p, p, p]}
    again = dataset_average(kernel, covariance, y, 1.5, **mixed, **options)
    np.testing.assert_allclose(again.mean, dense.mean, rtol=1e-9, atol=1e-13)
    size = 1 + np.abs(tensor).max() ** order * 10 ** (2 * order)
    np.testing.assert_allclose(found.zeroth, dense.zeroth, atol=1e-13)
    np.testing.assert_allclose(found.mean, dense.mean, atol=1e-12 * size)
    assert found.diagrams == dense.diagrams


def test_closed_form_of_the_binary_task():
    """-(1/D) v1 P(P-1)(M1+M2) + (m^2/D^2)[P(P-1) v2 (M1+M2) + P(P-1)(P-2) v1 (M1+3 M2)] (4.3), in symbols

    Equation: binary-task
    """
    p, m, d, m1, m2, v1, v2 = sympy.symbols("P m D M1 M2 v1 v2")
    entries = {"pair": v2, "pairs_sharing": v1}
    found = coincidence_sums(
        1, 0, -m1, -m2, -(m**2) / d, lambda name: entries.get(name, 0), uniform_power_sum(p, 1 / d)
    )
    several = p * (p - 1)
    expected = -v1 * several * (m1 + m2) / d + m**2 / d**2 * (
        several * v2 * (m1 + m2) + several * (p - 2) * v1 * (m1 + 3 * m2)
    )
    assert sympy.expand(sum(found) - expected) == 0


def test_replica_limit():
    """A replica line that does not end at the prediction is a factor of the number of replicas."""
    diagrams = mean_diagrams(1)
    lines = [each.closed_lines for each in diagrams]
    assert sorted(lines) == [0, 0, 1, 1, 1, 1]
    for replicas in (0, 1, 2):
        factors = {id(each): factor for each, factor in with_replicas(diagrams, replicas)}
        assert [factors.get(id(each), 0) for each in diagrams] == [replicas**line for line in lines]


def given_with(**changes):
    return problem(0, 3, 2) | changes


SKEW = np.arange(81.0).reshape((3,) * 4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ridge": 0.0}, "ridge must be finite and greater than 0"),
        ({"ridge": -1.0}, "ridge must be finite and greater than 0"),
        ({"kernel_covariance": SKEW}, "kernel_covariance must have the symmetry"),
        ({"kernel_covariance": -np.ones((3,) * 4)}, "kernel_covariance must be positive semidefinite"),
        ({"test_covariance": SKEW[:2]}, "test_covariance must have the symmetry"),
        ({"mean_kernel": np.triu(np.ones((3, 3)))}, "mean_kernel must have the symmetry"),
        ({"mean_kernel": -np.eye(3)}, "mean_kernel must be positive semidefinite"),
        ({"mean_kernel": np.eye(4)}, "mean_kernel must have shape"),
        ({"mean_test": np.ones((2, 4))}, "mean_test must have shape"),
        ({"mean_test": None}, "mean_test must be given"),
        ({"y": []}, "y must have a label"),
        ({"y": np.full(3, 1e308)}, "y and ridge must be numbers whose products are floats"),
        ({"kernel_covariance": 1e300 * np.ones((3,) * 4)}, "must be numbers whose products are floats"),
        ({"y": [1.0, 2.0, np.nan]}, "y must be finite"),
        ({"average": "quench"}, "average must be one of 'quenched', 'annealed'"),
        ({"order": 3}, "order must be at most 2"),
    ],
)
def test_wrong_arguments(changes, words):
    """A refusal names the argument."""
    with pytest.raises(ValueError, match=words):
        dataset_average(**given_with(**changes))


@pytest.mark.parametrize(
    ("kernel", "options", "words"),
    [
        (np.diag([1.0, 2.0, 3.0]), {}, "one entry on its diagonal"),
        ((1.0, 2.0), {}, "positive semidefinite"),
        ((1.0, 0.2), {"mean_test": [[0.1, 0.2, 0.3]]}, "mean_test must be K_ab"),
        (np.eye(2), {}, "mean_kernel must have shape"),
    ],
)
def test_wrong_points_that_are_alike(kernel, options, words):
    """What is not alike is refused."""
    with pytest.raises(ValueError, match=words):
        dataset_average(kernel, PermutationSymmetric(0.1), np.ones(3), 1.0, **options)


def test_entries_that_are_no_covariance():
    """Cov(K_ab, K_ac) > Var(K_ab) is none."""
    with pytest.raises(ValueError, match="must be the entries of a covariance"):
        PermutationSymmetric(pair=0.1, pairs_sharing=0.2)
    with pytest.raises(ValueError, match=r"pair must be finite \(got nan\)"):
        PermutationSymmetric(pair=np.nan)
