"""Generated loops against typed formulas on the same nodes, exact integrals, and sampled networks."""

from dataclasses import replace
from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import roots_hermitenorm

import fieldtheory as ft
from diagrams import evaluate_points, generate, tabulate
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.saddles.action import NeuronAction
from renormalization.feature_learning.saddles.loops import (
    LoopVertices,
    discrepancy_theory,
    loop_prediction,
    normal_rule,
    one_loop,
    two_loop,
)
from renormalization.feature_learning.saddles.saddle import Saddle, newton_saddle, saddles, tree_prediction
from tests.renormalization.feature_learning.posterior_rows import (
    random_problem,
    root_mean_square,
    row,
    row_problem,
    sampled_mean,
)

SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=3)


def typed_one_loop(problem, saddle):
    """f_a = psi_ab dtau_b - psi_abc G_bc/2 with averages of s, q = phi^T G phi under the tilted law."""
    action, law, p = saddle.action, saddle.law, problem.training_points
    phi, s, n, c = action.phi, law.s[:, 0], action.width, action.coupling

    def average(values):
        return law.p @ values

    def covariance(a, b):
        return average(a * b) - average(a) * average(b)

    points, g = phi.shape[1], n * c
    v = np.array([average(s * phi[:, a]) for a in range(points)])
    slope = np.array(
        [
            [
                average(phi[:, a] * phi[:, b]) + c * covariance(s * phi[:, a], s * phi[:, b])
                for b in range(points)
            ]
            for a in range(points)
        ]
    )
    hessian = g * slope + action.bias
    inverse = np.linalg.inv(problem.ridge * np.eye(p) + hessian[:p, :p])
    q = np.einsum("qa,ab,qb->q", phi[:, :p], inverse, phi[:, :p])
    third = (
        g
        * c
        * np.array(
            [
                covariance(q, s * phi[:, a])
                + 2 * average(s * q * phi[:, a])
                + c * covariance(s**2 * q, s * phi[:, a])
                - 2 * slope[a, :p] @ inverse @ v[:p]
                for a in range(points)
            ]
        )
    )
    return hessian[:, :p] @ inverse @ third[:p] / 2 - third / 2


@FEW
@given(SEEDS, st.sampled_from(["erf", "relu", "gelu"]), st.sampled_from([0.0, 0.2]))
def test_generated_is_typed(seed, activation, bias):
    """The tadpole of the engine is (2.2) of the note, for sums over nodes and for dense tensors.

    Equation: width-loop, width-action
    """
    problem = random_problem(seed, activation=ft.activation(activation), bias_variance=bias, scrambles=1)
    (saddle,) = saddles(problem)
    found = LoopVertices(saddle, problem.ridge)
    expected = typed_one_loop(problem, saddle)
    for third in (found.dense(3), found.factorised(3)):
        np.testing.assert_allclose(found.mean(1, {"tau3": third})[:, 0], expected, rtol=1e-10, atol=1e-12)


def linear_tensors(kernel, tau, n):
    """psi', psi'', psi''', psi'''' of psi = -(n/2) log(1 - tau^T K tau/n)."""
    d = 1 - tau @ kernel @ tau / n
    r, v = 1 / d, kernel @ tau
    second = r * kernel + 2 / n * r**2 * np.outer(v, v)

    def symmetric(letters, *terms):
        return sum(np.einsum(f"{term}->{letters}", *operands) for term, *operands in terms)

    kv = symmetric("abc", ("ab,c", kernel, v), ("ac,b", kernel, v), ("bc,a", kernel, v))
    third = 2 / n * r**2 * kv + 8 / n**2 * r**3 * np.einsum("a,b,c->abc", v, v, v)
    pairs = ("ab,cd", "ac,bd", "ad,bc")
    kk = symmetric("abcd", *((pair, kernel, kernel) for pair in pairs))
    kvv = symmetric(
        "abcd",
        *(
            (f"{x}{y},{z},{w}", kernel, v, v)
            for x, y, z, w in ("abcd", "acbd", "adbc", "bcad", "bdac", "cdab")
        ),
    )
    fourth = 2 / n * r**2 * kk + 8 / n**2 * r**3 * kvv
    fourth = fourth + 48 / n**3 * r**4 * np.einsum("a,b,c,d->abcd", v, v, v, v)
    return r * v, second, third, fourth


def linear_fifth(kernel, tau, n, step=1e-5):
    """psi''''' by central differences of psi''''."""
    found = []
    for a in range(len(tau)):
        shift = step * np.eye(len(tau))[a]
        up, down = (linear_tensors(kernel, tau + sign * shift, n)[3] for sign in (1, -1))
        found.append((up - down) / (2 * step))
    return np.array(found)


def linear_tree(kernel, ridge, y, n):
    """(kappa + R K) tau = y, 1/R = 1 - tau^T K tau/n."""

    def tau(scale):
        return np.linalg.solve(scale * kernel + ridge * np.eye(len(y)), y)

    def equation(scale):
        return 1 / scale - 1 + tau(scale) @ kernel @ tau(scale) / n

    return tau(brentq(equation, 1.0, 1000.0, xtol=1e-15, rtol=1e-15))


def linear_loops(kernel, ridge, y, n):
    """<tau> at tree, one and two loops: what `generate` finds, with the tensors of the linear network."""
    tau = linear_tree(kernel, ridge, y, n)
    first, second, third, fourth = linear_tensors(kernel, tau, n)
    fifth = linear_fifth(kernel, tau, n)
    fifth = np.mean([np.moveaxis(fifth, 0, k) for k in range(5)], axis=0)
    inverse = np.linalg.inv(ridge * np.eye(len(y)) + second)
    inverse = (inverse + inverse.T) / 2
    lines = {
        ("tau", "tau"): -inverse,
        ("f", "tau"): ridge * inverse,
        ("f", "f"): ridge * (np.eye(len(y)) - ridge * inverse),
    }
    vertices, means = {"tau3": third, "tau4": fourth, "tau5": fifth}, [first]
    for order in (1, 2):
        table = tabulate(generate(discrepancy_theory(5), ("f",), order))
        means.append(means[-1] + evaluate_points(table, lines, vertices=vertices))
    return np.array([(y - mean) / ridge for mean in means])


@cache
def exact_linear(n, strength, size):
    """<tau> from the one-dimensional integral over Q ~ g chi^2_n/n, in 30 digits."""
    kernel, ridge, y = linear_case(strength, size)
    values, vectors = np.linalg.eigh(kernel)
    b = vectors.T @ y
    with mpmath.workdps(30):

        def log_weight(q):
            each = [q * v + ridge for v in values]
            logs = sum(mpmath.log(e) + float(bi) ** 2 / e for e, bi in zip(each, b, strict=True))
            return (mpmath.mpf(n) / 2) * mpmath.log(q) - mpmath.mpf(n) * q / 2 - logs / 2

        top = max(mpmath.linspace(mpmath.mpf("0.05"), 12, 240), key=log_weight)
        reference = log_weight(top)
        cuts = mpmath.linspace(mpmath.log(top) - 8, mpmath.log(top) + 3, 23)

        def integral(weighted):
            return mpmath.quad(
                lambda u: mpmath.exp(log_weight(mpmath.exp(u)) - reference) * weighted(mpmath.exp(u)), cuts
            )

        norm = integral(lambda q: mpmath.mpf(1))
        parts = [
            float(integral(lambda q, v=v, bi=bi: float(bi) / (q * v + ridge)) / norm)
            for v, bi in zip(values, b, strict=True)
        ]
    return vectors @ np.array(parts)


def linear_case(strength, size):
    if size == 1:
        return np.array([[2.0]]) / strength, 0.5 / strength, np.array([1.5])
    return np.array([[2.0, 0.5], [0.5, 1.0]]) / strength, 0.5 / strength, np.array([2.0, -1.0])


def relative_errors(n, strength, size):
    """Of <tau> at tree, one and two loops."""
    found, exact = linear_loops(*linear_case(strength, size), n), exact_linear(n, strength, size)
    return (found - exact) @ exact / (exact @ exact)


@pytest.mark.parametrize("name", ["loops.1", "loops.3", "loops.7", "loops.9"])
def test_published_errors_of_each_order(name):
    """The relative errors of tree, one and two loops against the exact integral, one training point."""
    numbers = row(name)["parameters"]
    strength = numbers["n"] if numbers["scaling"] == "mean-field" else 1
    expected = row(name)["theory"]["relative_error_tree_one_two_loop"]
    np.testing.assert_allclose(relative_errors(numbers["n"], strength, 1), expected, atol=1e-8, rtol=1e-6)
    exact = exact_linear(numbers["n"], strength, 1)[0] * 0.5 / strength
    assert exact == pytest.approx(row(name)["reference"]["discrepancy"], rel=1e-10)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize(("scaling", "tolerance"), [("mean-field", 0.1), ("standard", 0.15)])
def test_slopes(size, scaling, tolerance):
    """The error of tree, one loop, two loops falls as n^-1, n^-2, n^-3."""
    widths = (40, 160) if scaling == "mean-field" else (80, 160)
    errors = [np.abs(relative_errors(n, n if scaling == "mean-field" else 1, size)) for n in widths]
    slopes = np.log(errors[1] / errors[0]) / np.log(widths[1] / widths[0])
    np.testing.assert_allclose(slopes, [-1, -2, -3], atol=tolerance)


def hermite_saddle(problem):
    """The saddle of one training point with Gauss-Hermite nodes."""
    z, weights = roots_hermitenorm(200)
    kept = weights > 0
    z, weights = z[kept], weights[kept] / weights.sum()
    (width,) = problem.widths
    root = np.sqrt(problem.first_covariance[0, 0])
    action = NeuronAction(
        problem.activation.function(root * z)[:, None],
        np.log(weights),
        width,
        problem.readout_variance / width,
        0.0,
    )
    tau, law = newton_saddle(action, problem.y, problem.ridge, 0 * problem.y)
    return Saddle(action, tau, law, action.hessian(law), 0.0)


def exact_one_point(problem, height):
    """<f> = y - kappa <tau>, <tau> = -i<t>, from the integral over t = i height + u by trapezoidal rules."""
    (n,), g, ridge, y = problem.widths, problem.readout_variance, problem.ridge, problem.y[0, 0]
    h = np.linspace(-9, 9, 4001) * np.sqrt(problem.first_covariance[0, 0])
    p = np.exp(-(h**2) / 2 / problem.first_covariance[0, 0])
    p /= p.sum()
    square = problem.activation.function(h) ** 2
    t = 1j * height + np.linspace(-12, 12, 2401) / np.sqrt(ridge)
    log_average = np.array([np.log(p @ np.exp(-g / (2 * n) * value**2 * square)) for value in t])
    exponent = 1j * t * y - ridge * t**2 / 2 + n * log_average
    weight = np.exp(exponent - exponent.real.max())
    return y - ridge * float((np.sum(-1j * t * weight) / np.sum(weight)).real)


@pytest.mark.parametrize("scaling", ["mean-field", "standard"])
def test_slopes_of_a_nonlinear_network(scaling):
    """erf, one training point: orders fall as n^-1, n^-2, n^-3 against the integral over t."""
    errors = []
    widths = (20, 80)
    for n in widths:
        strength = n if scaling == "mean-field" else 1.0
        problem = random_problem(
            0,
            points=1,
            tests=0,
            dim=1,
            X=np.array([[1.0]]),
            X_test=np.zeros((0, 1)),
            y=np.array([[1.5]]),
            weight_variances=(2.0,),
            input_scale=1.0,
            widths=(n,),
            readout_variance=2.0 / strength,
            ridge=0.3 / strength,
            feature_strength=strength,
        )
        saddle = hermite_saddle(problem)
        exact = exact_one_point(problem, saddle.tau[0, 0])
        means = [
            tree_prediction(problem, saddle).mean[0, 0],
            *(loop_prediction(problem, saddle, loops).mean[0, 0] for loops in (1, 2)),
        ]
        errors.append(np.abs(np.array(means) - exact))
    slopes = np.log(errors[1] / errors[0]) / np.log(widths[1] / widths[0])
    np.testing.assert_allclose(slopes, [-1, -2, -3], atol=0.25)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("adaptive.20-4", 0.006),
        ("adaptive.20-20", 0.008),
        ("adaptive.80-1", 0.003),
        ("adaptive.relu.20-20", 0.008),
        ("adaptive.relu.20-1", 0.015),
        ("adaptive.erf.two-outputs.20-20", 0.01),
    ],
)
def test_sampled_networks(name, most):
    """Root mean square over points of the difference between one loop and sampled posterior means."""
    found = one_loop(row_problem(name))
    mean, error = sampled_mean(name)
    assert root_mean_square(found.mean - mean) < most
    if "variance" in row(name)["reference"]:
        sampled = np.array(row(name)["reference"]["variance"])
        assert np.abs(found.variance / sampled - 1).max() < 0.1
    sampled = np.array(row(name)["reference"]["kernel"])
    assert np.linalg.norm(found.kernel - sampled) < 0.01 * np.linalg.norm(sampled)


@pytest.mark.parametrize("outputs", [1, 2])
def test_kernel_of_one_loop(outputs):
    """K(tau + eta) to second order, <eta> = -df/kappa, <eta eta> = -G, by differences of K along tau."""
    problem = random_problem(6, outputs=outputs, scrambles=1)
    (saddle,) = saddles(problem)
    found = LoopVertices(saddle, problem.ridge)
    loop = found.mean(1, {"tau3": found.dense(3)})
    tau, p = saddle.tau, problem.training_points
    step = 1e-3 * np.abs(tau).max()

    def kernel(shift):
        return replace(saddle, law=saddle.action.law(tau + shift.reshape(tau.shape))).kernel

    units = step * np.eye(tau.size)
    first = np.array([(kernel(u) - kernel(-u)) / (2 * step) for u in units])
    second = np.array(
        [
            [(kernel(u + v) - kernel(u - v) - kernel(v - u) + kernel(-u - v)) / (4 * step**2) for v in units]
            for u in units
        ]
    )
    inverse = np.linalg.inv(problem.ridge * np.eye(tau.size) + saddle.hessian[: tau.size, : tau.size])
    shift = (-loop[:p] / problem.ridge).ravel()
    expected = np.tensordot(shift, first, 1) - np.tensordot(inverse, second, 2) / 2
    np.testing.assert_allclose(found.kernel(loop), expected, atol=2e-5 * np.abs(expected).max())


def test_two_loops_are_closer_in_standard_scaling():
    """ReLU, n = 20, chi = 1: one loop .011 from sampling, two loops within 3 standard errors + .002."""
    found, (mean, error) = two_loop(row_problem("adaptive.relu.20-1")), sampled_mean("adaptive.relu.20-1")
    assert root_mean_square(found.mean - mean) < 0.002 + 3 * root_mean_square(error)


@FEW
@given(SEEDS)
def test_one_loop_is_inverse_to_feature_strength(seed):
    """At fixed chi/n, on the same nodes."""
    problem = random_problem(seed)
    other = replace(
        problem, widths=(24,), feature_strength=6.0, readout_variance=0.2, ridge=problem.ridge / 2
    )
    found, half = one_loop(problem), one_loop(other)
    np.testing.assert_allclose(half.last_loop, found.last_loop / 2, atol=1e-8)
    np.testing.assert_allclose(half.mean - half.last_loop, found.mean - found.last_loop, atol=1e-8)
    second, quarter = two_loop(problem).last_loop, two_loop(other).last_loop
    np.testing.assert_allclose(quarter, second / 4, atol=1e-8)


@FEW
@given(SEEDS)
def test_symmetries(seed):
    """y -> -y; y = 0; an output that is 0 changes the mean only through log det; infinite width."""
    problem = random_problem(seed)
    found = one_loop(problem)
    np.testing.assert_allclose(one_loop(replace(problem, y=-problem.y)).mean, -found.mean, atol=1e-10)
    np.testing.assert_allclose(one_loop(replace(problem, y=0 * problem.y)).mean, 0, atol=1e-14)
    both = one_loop(replace(problem, y=np.hstack([problem.y, 0 * problem.y])))
    np.testing.assert_allclose(both.mean[:, 1], 0, atol=1e-10)
    wide = one_loop(replace(problem, widths=(10**8,), nodes=2**12, scrambles=4))
    expected = infinite_width(replace(problem, widths=(10**8,)))
    assert np.all(np.abs(wide.mean - expected.mean) < 8 * wide.spread + 1e-5)


def test_training_points_and_test_points_agree():
    """At training points f = y - kappa (tau + dtau); a test point that equals one has the same mean."""
    problem = random_problem(7)
    same = one_loop(replace(problem, X_test=problem.X[:2]))
    np.testing.assert_allclose(same.mean[4:], same.mean[:2], atol=1e-11)
    np.testing.assert_allclose(same.mean[:4], problem.y - problem.ridge * same.discrepancy, atol=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_normal_rule(dim):
    """Exact moments of independent normal numbers to degree 5, or 3."""
    z, weights = normal_rule(dim, 3)
    np.testing.assert_allclose(np.einsum("q,qi,qj->ij", weights, z, z), np.eye(dim), atol=1e-14)
    np.testing.assert_allclose(weights @ z**3, 0, atol=1e-14)
    z, weights = normal_rule(dim)
    assert weights.sum() == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(weights @ z, 0, atol=1e-14)
    np.testing.assert_allclose(np.einsum("q,qi,qj->ij", weights, z, z), np.eye(dim), atol=1e-14)
    eye = np.eye(dim)
    expected = sum(np.einsum(f"{pair}->abcd", eye, eye) for pair in ("ab,cd", "ac,bd", "ad,bc"))
    np.testing.assert_allclose(np.einsum("q,qa,qb,qc,qd->abcd", weights, z, z, z, z), expected, atol=1e-13)
