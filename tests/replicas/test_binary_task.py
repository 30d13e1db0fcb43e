"""Two classes of signs: exact cumulants, learning curve, and data sets that are drawn."""

import itertools
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from replicas import BinaryTask, binary_learning_curve, dataset_average, kernel_cumulants

ROWS = json.loads((Path(__file__).parents[1] / "data/data_variability.json").read_text(encoding="utf-8"))[
    "rows"
]
KERNELS = {
    "linear": None,
    "linear as a function": lambda q: q,
    "odd": lambda q: q + 0.4 * q**3,
    "even too": lambda q: np.exp(q),
    "network": ft.FullyConnected(1, "erf", weight_variance=2.0, bias_variance=0.3).nngp(),
}


def every_point(task):
    """All points x = c s with their labels and probabilities."""
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=task.dim)))
    weights = np.prod((1 + task.mean * signs) / 2, axis=1) / 2
    labels = np.repeat([1.0, -1.0], len(signs))
    return labels[:, None] * np.tile(signs, (2, 1)), labels, np.tile(weights, 2)


def gauged_kernel(task, points, labels):
    function = task.kernel or (lambda q: q)
    overlaps = np.clip(points @ points.T / task.dim, -1, 1)
    return labels[:, None] * labels * function(overlaps)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize(("dim", "mean"), [(1, 0.3), (4, 0.3), (5, -0.6), (3, 0.0), (3, 1.0)])
def test_cumulants_by_enumeration(kernel, dim, mean):
    """K_ab, Var K_ab and Cov(K_ab, K_ac) are sums over all points.

    Equation: kernel-cumulants
    """
    task = BinaryTask(dim, mean, kernel)
    points, labels, p = every_point(task)
    k = gauged_kernel(task, points, labels)
    mean_pair = p @ k @ p
    np.testing.assert_allclose(task.mean_kernel, [k[0, 0], mean_pair], atol=1e-14)
    covariance = task.kernel_covariance
    np.testing.assert_allclose(covariance.pair, p @ (k - mean_pair) ** 2 @ p, atol=1e-14)
    np.testing.assert_allclose(covariance.pairs_sharing, p @ (k @ p - mean_pair) ** 2, atol=1e-14)
    others = [covariance.disjoint_pairs, covariance.diagonal, covariance.diagonal_and_pair]
    assert [*others, covariance.two_diagonals, covariance.diagonal_and_others] == [0.0] * 5


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize(("dim", "mean"), [(1, 0.3), (4, 0.3), (5, -0.6)])
def test_modes_by_enumeration(kernel, dim, mean):
    """The eigenvalues of the kernel on 1, c, s_i and c s_i, and the trace that is left."""
    task = BinaryTask(dim, mean, kernel)
    points, labels, p = every_point(task)
    k = gauged_kernel(task, points, labels)
    signs = (labels[:, None] * points - mean) / np.sqrt(1 - mean**2)
    linear = np.column_stack([np.ones(len(labels)), signs])
    functions = np.hstack([linear, labels[:, None] * linear])
    matrix = (functions * p[:, None]).T @ k @ (functions * p[:, None])
    modes = task.modes
    known = np.sort(np.repeat(modes.eigenvalues, modes.counts.astype(int)))
    expected = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(known, expected[-len(known) :], atol=1e-14)
    assert np.abs(expected[: -len(known)]).max(initial=0) < 1e-14
    np.testing.assert_allclose(modes.rest, k[0, 0] - np.trace(matrix), atol=1e-14)
    np.testing.assert_allclose(modes.block[0, 0], matrix[0, 0], atol=1e-14)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_reference_rows(row):
    """(4.1) to (4.4) to 1e-10; sampling: 3 stderr where the correction is below 5 %, 2 % where P >= d"""
    given, theory, reference = row["parameters"], row["theory"], row["reference"]
    task = BinaryTask(given["d"], given["m"])
    curve = binary_learning_curve(task, given["P"], given["kappa"])
    for name, value in {
        "zeroth": curve.zeroth,
        "first_order_quenched": curve.first_order,
        "first_order_annealed": curve.annealed,
        "large_P_bound": curve.bound,
        "effective_ridge_prediction": curve.effective_ridge_mean,
    }.items():
        if name in theory:
            np.testing.assert_allclose(value, [theory[name]], rtol=1e-10)
    for average in ("quenched", "annealed"):
        found = dataset_average(
            task.mean_kernel, task.kernel_covariance, np.ones(given["P"]), given["kappa"], average=average
        )
        if (name := f"first_order_{average}") in theory:
            np.testing.assert_allclose(found.first_order, [theory[name]], rtol=1e-10)
    sampled = reference.get("y", reference.get("y_quenched"))
    stderr = row["stderr"].get("y", row["stderr"].get("y_quenched"))
    if abs(curve.first_order[0] / curve.zeroth[0] - 1) < 0.05:
        assert abs(curve.first_order[0] - sampled) < 3 * stderr
    if given["P"] >= given["d"]:
        assert abs(curve.effective_ridge_mean[0] - sampled) < 0.02 * sampled
    assert abs(curve.mean[0] - sampled) < curve.error_bar[0] + 3 * stderr


def test_annealed_is_not_quenched():
    """Each average of first order is within 3 stderr of its sampling, and not of that of the other."""
    [row] = [row for row in ROWS if row["id"] == "data-variability.annealed.0"]
    given, sampled, stderr = row["parameters"], row["reference"], row["stderr"]
    curve = binary_learning_curve(BinaryTask(given["d"], given["m"]), given["P"], given["kappa"])
    quenched, annealed = curve.first_order[0], curve.annealed[0]
    assert abs(quenched - sampled["y_quenched"]) < 3 * stderr["y_quenched"]
    assert abs(annealed - sampled["y_annealed"]) < 3 * stderr["y_annealed"]
    assert abs(quenched - sampled["y_annealed"]) > 5 * stderr["y_annealed"]
    assert abs(annealed - sampled["y_quenched"]) > 5 * stderr["y_quenched"]


@settings(max_examples=30)
@given(st.integers(2, 300), st.integers(2, 200), st.floats(0.05, 0.95), st.floats(0.05, 3.0))
def test_closed_form_of_first_order(points, dim, mean, ridge):
    """-(1/D) v1 P(P-1)(M1+M2) + (m^2/D^2)[P(P-1) v2 (M1+M2) + P(P-1)(P-2) v1 (M1+3 M2)] (4.3)"""
    m2 = mean**2
    alone = 1 + ridge - m2
    together = alone + points * m2
    own, other = 1 / alone - m2 / (alone * together), -m2 / (alone * together)
    v1, v2 = (m2 - m2**2) / dim, (1 - m2**2) / dim
    several = points * (points - 1)
    terms = [
        m2 * points / together,
        -v1 * several * (own + other) / together,
        m2 / together**2 * several * v2 * (own + other),
        m2 / together**2 * several * (points - 2) * v1 * (own + 3 * other),
    ]
    task = BinaryTask(dim, mean)
    curve = binary_learning_curve(task, points, ridge)
    size = 1e-12 * np.abs(terms).sum()
    assert abs(curve.first_order[0] - sum(terms)) < size
    found = dataset_average(task.mean_kernel, task.kernel_covariance, np.ones(points), ridge)
    assert abs(found.mean[0] - sum(terms)) < size
    np.testing.assert_allclose(found.error_bar[0] >= 4 * (found.correction**2) * terms[0] * (1 - 1e-9), True)


@settings(max_examples=30)
@given(st.integers(1, 400), st.integers(2, 200), st.floats(0.05, 0.95), st.floats(0.05, 3.0))
def test_effective_ridge(points, dim, mean, ridge):
    """lambda (1 - (1/P) sum_i e_i/(e_i + lambda)) = kappa d/P, y = m^2 d/(1 - m^2 + d m^2 + lambda) (4.4)"""
    curve = binary_learning_curve(BinaryTask(dim, mean), points, ridge)
    scale = curve.effective_ridge[0] * dim
    small, large = 1 - mean**2, 1 - mean**2 + dim * mean**2
    modes = (dim - 1) * small / (small + scale) + large / (large + scale)
    np.testing.assert_allclose(scale * (points - modes), ridge * dim, rtol=1e-9)
    np.testing.assert_allclose(curve.effective_ridge_mean[0], mean**2 * dim / (large + scale), rtol=1e-12)
    bare = ridge * dim / points
    np.testing.assert_allclose(curve.bound[0], mean**2 * dim / (large + bare), rtol=1e-12)
    assert curve.bound[0] >= curve.effective_ridge_mean[0]


@pytest.mark.parametrize("kernel", ["linear", "odd"])
def test_matched_is_right_in_both_limits(kernel):
    """At a given n it leaves the first order by dim^-2, at a given n/dim the equivalent by dim^-1."""
    dims = np.array([1000, 2000, 4000])
    tasks = [BinaryTask(int(dim), 0.4, KERNELS[kernel]) for dim in dims]
    few = [binary_learning_curve(task, 6, 0.7) for task in tasks]
    many = [binary_learning_curve(task, 2 * task.dim, 0.7) for task in tasks]
    apart = [curve.matched[0] - curve.first_order[0] for curve in few]
    np.testing.assert_allclose(np.diff(np.log2(np.abs(apart))), -2, atol=0.15)
    apart = [curve.matched[0] - curve.effective_ridge_mean[0] for curve in many]
    np.testing.assert_allclose(np.diff(np.log2(np.abs(apart))), -1, atol=0.15)


@pytest.mark.parametrize(
    ("task", "ridge"),
    [
        (BinaryTask(50, 0.4), 0.2),
        (BinaryTask(50, 0.2), 1.0),
        (BinaryTask(50, 0.7), 0.2),
        (BinaryTask(40, 0.4, KERNELS["odd"]), 0.5),
        (BinaryTask(40, 0.4, KERNELS["network"]), 0.5),
        (BinaryTask(40, 0.4, KERNELS["even too"]), 0.5),
    ],
)
def test_curve_against_drawn_data_sets(task, ridge):
    """The mean that is trusted: within its bar and 4 stderr, and within 2 %."""
    curve = binary_learning_curve(task, [3, 10, 25, 50, 100], ridge, repeats=800, seed=3)
    off = np.abs(curve.mean - curve.sampled.mean) - 4 * curve.sampled.stderr
    assert (off < curve.error_bar).all()
    assert (off < 0.02 * curve.sampled.mean).all()


def every_data_set(task, points, ridge):
    """Exact averages over all data sets of so many points, quenched and annealed."""
    x, labels, p = every_point(task)
    k = gauged_kernel(task, x, labels)
    total = np.zeros(4)
    for drawn in itertools.product(range(len(x)), repeat=points):
        chosen = list(drawn)
        inner = k[np.ix_(chosen, chosen)] + ridge * np.eye(points)
        solved = np.linalg.solve(inner, np.ones(points))
        mean = p @ k[:, chosen] @ solved
        likelihood = np.exp(-solved.sum() / 2) / np.sqrt(np.linalg.det(inner))
        total += p[chosen].prod() * np.array([1, mean, likelihood, likelihood * mean])
    return total[1] / total[0], total[3] / total[2]


@pytest.mark.parametrize("kernel", ["linear", "even too"])
def test_drawn_data_sets_against_all_of_them(kernel):
    """Quenched and weighted means are sums over all data sets of three points."""
    task = BinaryTask(2, 0.5, KERNELS[kernel])
    exact = every_data_set(task, 3, 0.6)
    for average, value in zip(("quenched", "annealed"), exact, strict=True):
        found = ft.simulate_datasets(task, 3, 0.6, repeats=20000, seed=1, average=average, tests=4)
        assert abs(found.mean[0] - value) < 4 * found.stderr[0]
        assert found.stderr[0] < 0.004
    assert abs(exact[0] - exact[1]) > 0.005


@pytest.mark.parametrize("average", ["quenched", "annealed"])
@pytest.mark.parametrize("n", [3, 12])
def test_features_and_kernels_agree(average, n):
    """F_* (F^T F + ridge)^-1 F^T y = K_* (K + ridge)^-1 y, and both have one likelihood"""
    task = BinaryTask(6, 0.4)
    options = {"n": n, "ridge": 0.8, "repeats": 300, "seed": 2, "average": average, "tests": 3}
    options["y"] = np.linspace(0.2, 1.0, n)
    found = ft.simulate_datasets(task, **options)
    again = ft.simulate_datasets(task.sample_kernel, **options)
    np.testing.assert_allclose(found.mean, again.mean, rtol=1e-10)
    np.testing.assert_allclose(found.stderr, again.stderr, rtol=1e-8)
    np.testing.assert_allclose(found.effective_samples, again.effective_samples, rtol=1e-8)


def test_cumulants_of_drawn_kernels():
    """Estimates are within 4.5 stderr of the exact ones, and so is their average over data sets."""
    task = BinaryTask(20, 0.4)
    points, tests = 3, 2
    found = kernel_cumulants(task.sample_kernel, points, samples=20000, seed=4, tests=tests)
    exact = task.kernel_covariance.tensor(points + tests)
    own, other = task.mean_kernel
    means = np.full((points + tests,) * 2, other) + (own - other) * np.eye(points + tests)
    p, t = slice(points), slice(points, None)
    for name, expected in {
        "mean_kernel": means[p, p],
        "mean_test": means[t, p],
        "kernel_covariance": exact[p, p, p, p],
        "test_covariance": exact[t, p, p, p],
    }.items():
        value, stderr = getattr(found, name), getattr(found, f"{name}_stderr")
        assert (np.abs(value - expected) <= 4.5 * stderr + 1e-14).all(), name
        assert stderr.max() < 0.01
    average = found.average(np.ones(points), 1.0)
    curve = binary_learning_curve(task, points, 1.0)
    np.testing.assert_allclose(average.mean, curve.first_order[0], atol=0.01)


CENTRES = np.array([[0.9, 0.0], [0.6, 0.3], [0.8, -0.3], [-0.5, 0.2], [-0.8, 0.3], [-0.7, -0.2]])


def gaussian_points(rng, points, dim=20):
    """Kernel of training points around a centre each, and of test points around another one."""
    means = np.zeros((points, dim))
    means[:6, :2] = CENTRES
    means[6:, :2] = [0.7, 0.2]
    x = means + rng.normal(size=means.shape) / np.sqrt(dim)
    return x @ x.T


@pytest.mark.parametrize(("dim", "ridge"), [(10, 0.4), (20, 0.4), (20, 1.0)])
@pytest.mark.parametrize("average", ["quenched", "annealed"])
def test_points_that_differ(average, dim, ridge):
    """First order with estimated arrays is the mean over drawn data sets, within its bar and 4 stderr."""
    y, tests = [1.0, 1.0, 1.0, -1.0, -1.0, -1.0], 2
    sampler = partial(gaussian_points, dim=dim)
    cumulants = kernel_cumulants(sampler, 6, samples=6000, seed=1, tests=tests)
    found = cumulants.average(y, ridge, average=average)
    options = {"repeats": 6000, "seed": 2, "tests": tests, "y": y, "average": average}
    drawn = ft.simulate_datasets(sampler, 6, ridge, **options)
    off = abs(found.mean.mean() - drawn.mean[0])
    assert off < found.error_bar.max() + 4 * drawn.stderr[0]
    assert drawn.stderr[0] < 0.005


def test_uneven_weights():
    """Few effective data sets are warned of, fewer than 10 refused."""
    task = BinaryTask(10, 0.3)
    found = ft.simulate_datasets(task, 10, 0.1, repeats=300, average="annealed")
    assert 10 < found.effective_samples[0] < 100
    assert "carry the weight: the standard error is uncertain" in found.warnings[0]
    with pytest.raises(ValueError, match=r"repeats must be more for the annealed average at n = 60"):
        ft.simulate_datasets(task, 60, 0.05, repeats=300, average="annealed")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: BinaryTask(0, 0.4), "dim must be at least 1"),
        (lambda: BinaryTask(5, 1.4), "mean must be at most 1"),
        (lambda: BinaryTask(5, 0.4, "linear"), "kernel must be a function"),
        (lambda: BinaryTask(5, 0.4, lambda q: q[0]).mean_kernel, "kernel must return a finite number"),
        (lambda: BinaryTask(5, 0.4, lambda q: q / "a").mean_kernel, "kernel must be a function"),
        (lambda: BinaryTask(5, 0.4, lambda q: q + 1j).mean_kernel, "kernel must return a finite number"),
        (lambda: BinaryTask(5, 0.4, lambda q: q * np.nan).mean_kernel, "kernel must return a finite number"),
        (lambda: BinaryTask(5, 0.4, lambda q: -q).modes, "kernel must be positive semidefinite"),
        (lambda: binary_learning_curve("task", 5, 1.0), "task must be a BinaryTask"),
        (
            lambda: binary_learning_curve(BinaryTask(5, 0.4), 5, 0.0),
            "ridge must be finite and greater than 0",
        ),
        (lambda: binary_learning_curve(BinaryTask(5, 0.4), 2.5, 1.0), "n must be an integer"),
        (
            lambda: ft.simulate_datasets(BinaryTask(5, 0.4), 5, -1.0),
            "ridge must be finite and greater than 0",
        ),
        (lambda: ft.simulate_datasets(BinaryTask(5, 0.4), 5, 1.0, y=[1.0]), "y must have a label for each"),
        (lambda: ft.simulate_datasets("task", 5, 1.0), "task must be a function"),
        (lambda: ft.simulate_datasets(BinaryTask(5, 0.4), 5, 1.0, average="a"), "average must be one of"),
        (lambda: kernel_cumulants(lambda rng, p: np.eye(2), 3), "sampler must return a matrix of shape"),
        (lambda: kernel_cumulants(lambda rng, p: np.tri(p), 3), "sampler must return a symmetric matrix"),
        (lambda: kernel_cumulants(lambda rng: 0, 3), "sampler must be a function"),
        (
            lambda: kernel_cumulants(lambda rng, p: 1j * np.eye(p), 3),
            "sampler must return a symmetric matrix",
        ),
        (
            lambda: ft.simulate_datasets(lambda rng, p: 1j * np.eye(p), 3, 1.0),
            "task must return a symmetric matrix",
        ),
    ],
)
def test_wrong_arguments(call, words):
    """A refusal names the argument."""
    with pytest.raises(ValueError, match=words):
        call()
