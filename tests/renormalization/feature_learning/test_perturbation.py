"""Orders in 1/n: generated diagrams against typed sums, published numbers, exact integrals, samples."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.networks.point_covariance import layer_covariance
from renormalization.feature_learning.assessment import own_bar
from renormalization.feature_learning.cumulants.feature_rules import FeatureRule, rules
from renormalization.feature_learning.cumulants.layer_cumulants import (
    derivatives_of_layers,
    kernel_laws,
    pair_derivatives,
    square_derivatives,
)
from renormalization.feature_learning.cumulants.linear_orders import linear_orders
from renormalization.feature_learning.cumulants.perturbation import mean_expansion, prediction
from renormalization.feature_learning.cumulants.prior_cumulants import NeuronCumulants
from renormalization.feature_learning.cumulants.width_series import width_series
from renormalization.feature_learning.posteriors.infinite_width import prediction as infinite_width
from renormalization.feature_learning.posteriors.infinite_width import prior_kernels
from renormalization.feature_learning.registry import POSTERIOR_THEORIES
from tests.renormalization.feature_learning.posterior_rows import (
    random_problem,
    reference,
    root_mean_square,
    row,
    row_problem,
    sampled_mean,
)

SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=3)


def finite_width_problem(name, nodes):
    """The problem of a finite-width row, all test points."""
    numbers, data = row(name)["parameters"], reference()["data"][row(name)["data"]]
    layers = 2 if "C_W" in numbers else 1
    return random_problem(
        0,
        widths=(numbers["n"],) * layers,
        weight_variances=(numbers["g_w"], *[numbers.get("C_W")] * (layers - 1)),
        readout_variance=numbers["g"],
        ridge=numbers["kappa"],
        input_scale=1 / numbers["d"],
        X=np.array(data["X"]),
        y=np.array(data["y"])[:, None],
        X_test=np.array(data["X_test"]),
        feature_strength=1.0,
        nodes=nodes,
    )


@pytest.mark.parametrize(
    ("name", "nodes", "tolerance"),
    [
        ("finite-width.one-layer.t0.n10", 2**18, 1e-9),
        ("finite-width.one-layer.t0.n20", 2**18, 1e-9),
        ("finite-width.one-layer.t0.n40", 2**18, 1e-9),
        ("finite-width.one-layer.t0.n160", 2**18, 1e-9),
        ("finite-width.two-layer.n20", 2**20, 1e-6),
    ],
)
def test_published_first_order(name, nodes, tolerance):
    """f_* to order 1/n as published, and within 3 standard errors + O(n^-2) of sampled networks."""
    problem = finite_width_problem(name, nodes)
    found, p = prediction(problem, 1), problem.training_points
    assert found.mean[p, 0] == pytest.approx(row(name)["theory"]["f_first_order"], abs=tolerance)
    assert found.spread[p, 0] < 1e-5
    beyond = 0.03 * (20 / problem.widths[0]) ** 2 / 4
    assert (
        abs(found.mean[p, 0] - row(name)["reference"]["f_test"]) < 3 * row(name)["stderr"]["f_test"] + beyond
    )


def kernel_and_lines(problem):
    p, gaussian = problem.training_points, infinite_width(problem)
    inverse = np.linalg.inv(gaussian.kernel[:p, :p] + problem.ridge * np.eye(p))
    return p, gaussian.kernel, inverse, gaussian.discrepancy[:, 0]


@FEW
@given(SEEDS, st.sampled_from(["erf", "relu", "gelu"]))
def test_first_order_is_typed(seed, activation):
    """(g^2/2n) [<phi s^3> - v <s^2> - 3 <phi q s> + 2 <phi phi^T> M v + v <q>], and U (tau^3 - 3 M tau)/6.

    Equation: width-perturbation
    """
    problem = random_problem(seed, activation=ft.activation(activation), dim=6)
    p, kernel, inverse, tau = kernel_and_lines(problem)
    g, n = problem.readout_variance, problem.widths[0]
    typed, contracted = [], []
    for rule in rules(problem, 6):
        weights, phi = rule.features(problem, problem.first_covariance)
        s = phi[:, :p] @ tau
        q = np.einsum("qa,ab,qb->q", phi[:, :p], inverse, phi[:, :p])
        v, second = phi.T @ (weights * s), (phi * weights[:, None]).T @ phi
        u = phi.T @ (weights * (s**3 - 3 * q * s)) - v * (weights @ s**2)
        u += 2 * second[:, :p] @ inverse @ v[:p] + v * (weights @ q)
        typed.append(g**2 / (2 * n) * u)
        fourth = np.einsum("q,qa,qb,qc,qd->abcd", weights, phi, phi, phi, phi)
        pairs = ("ab,cd", "ac,bd", "ad,bc")
        cumulant = 3 * fourth - sum(np.einsum(f"{pair}->abcd", second, second) for pair in pairs)
        cumulant = g**2 / n * cumulant[:, :p, :p, :p]
        ends = np.einsum("a,b,c->abc", tau, tau, tau) - 3 * np.einsum("ab,c->abc", inverse, tau)
        contracted.append(np.einsum("dabc,abc->d", cumulant, ends) / 6)
    found = prediction(problem, 1).last_loop[:, 0]
    for each in (typed, contracted):
        u = np.mean(each, axis=0)
        expected = u - kernel[:, :p] @ inverse @ u[:p]
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12 * np.abs(u).max())


def one_point(n, **changes):
    numbers = {
        "X": np.array([[1.0]]),
        "X_test": np.zeros((0, 1)),
        "y": np.array([[1.5]]),
        "weight_variances": (2.0,),
        "input_scale": 1.0,
        "widths": (n,),
        "readout_variance": 2.0,
        "ridge": 0.3,
        "feature_strength": 1.0,
    }
    return random_problem(0, points=1, tests=0, dim=1, **(numbers | changes))


def test_published_series_of_erf():
    """<f> = 1.1960833124 - 0.0546978411/n + ..., one training point; the next order from exact integrals."""
    zeroth, first = row("series.erf.low")["reference"]["coefficients"]
    found = prediction(one_point(40), 1)
    assert 40 * found.last_loop[0, 0] == pytest.approx(first, abs=1e-9)
    assert (found.mean - found.last_loop)[0, 0] == pytest.approx(zeroth, abs=1e-9)
    left = {}
    for n in (10, 40):
        exact = row(f"series.erf.n{n}")["reference"]["f"]
        left[n] = abs(prediction(one_point(n), 2).mean[0, 0] - exact)
    assert left[10] / left[40] == pytest.approx(4**3, rel=0.5)


def linear_problem(layers):
    x = np.linalg.cholesky([[2, 0.5, 1.0], [0.5, 1, -0.5], [1.0, -0.5, 2.0]])
    return random_problem(
        0,
        activation=ft.activation("linear"),
        widths=(30,) * layers,
        weight_variances=(1.0,) * layers,
        readout_variance=1.0,
        input_scale=1.0,
        ridge=0.5,
        X=x[:2],
        y=np.array([[2.0], [-1.0]]),
        X_test=x[2:],
        nodes=2**18,
    )


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_series_of_a_linear_network(layers):
    """3/2 - (5/14)/n + (703/686)/n^2 - (43166/16807)/n^3, and that of deeper ones."""
    problem = linear_problem(layers)
    series = width_series(layers, [[2, "1/2"], ["1/2", 1]], [1, "-1/2"], [2, -1], "1/2", 3)
    for order in (1, 2, 3):
        found = linear_orders(problem, order)[order]
        assert 30**order * found[2, 0] == pytest.approx(float(series[order]), rel=1e-11)
    last = prediction(replace(problem, nodes=2**10), 3)
    assert last.mean[2, 0] == pytest.approx(float(sum(c / 30**k for k, c in enumerate(series))), rel=1e-11)


def test_generated_orders_of_a_linear_network():
    """Two fourth cumulants and a sixth by diagrams are the series."""
    problem = linear_problem(1)
    # no series is taken with a bias
    with_bias = replace(problem, bias_variance=1e-12)
    for order, accuracy in ((1, 1e-6), (2, 1e-5)):
        expected = linear_orders(problem, order)[order]
        np.testing.assert_allclose(prediction(with_bias, order).last_loop, expected, rtol=accuracy)


@pytest.mark.parametrize(
    ("name", "order", "most"),
    [
        ("adaptive.80-1", 1, 0.0015),
        ("adaptive.20-4", 1, 0.04),
        ("adaptive.relu.20-1", 1, 0.005),
        ("adaptive.relu.20-1", 2, 0.002),
        ("adaptive-deep.erf.20-20-1", 1, 0.004),
        ("adaptive-deep.relu.20-20-1", 1, 0.013),
    ],
)
def test_sampled_networks(name, order, most):
    """Of sampled means, within the bar; kernels of all layers to 3 %."""
    found, (mean, error) = prediction(row_problem(name, nodes=2**13), order), sampled_mean(name)
    assert root_mean_square(found.mean - mean) < most
    assert np.mean(np.abs(found.mean - mean) <= own_bar(found) + 2 * error) >= 0.9
    sampled = np.array(row(name)["reference"]["kernel"])
    assert np.linalg.norm(found.kernel - sampled) < 0.035 * np.linalg.norm(sampled)


def test_useless_where_features_are_learnt():
    """chi = n: off by more than the outputs themselves vary, and the bar says so."""
    found, (mean, error) = prediction(row_problem("adaptive.20-20"), 1), sampled_mean("adaptive.20-20")
    off = np.abs(found.mean - mean)
    assert root_mean_square(off) == pytest.approx(0.609, abs=0.02)
    assert np.all(off <= own_bar(found) + 2 * error)
    assert root_mean_square(own_bar(found)) > 0.5


@pytest.mark.parametrize("activation", ["erf", "relu", "tanh"])
def test_derivatives_of_pairs(activation):
    """dE[phi phi']/dC and its second derivatives by differences of the kernel."""
    phi, c, step = ft.activation(activation), np.array([[1.3, 0.4], [0.4, 0.8]]), 1e-3
    shapes = [np.array(each) for each in ([[1, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]])]

    def kernel(shift):
        return layer_covariance(phi, c + step * shift)[0, 1]

    found = pair_derivatives(phi, c)
    first = [(kernel(e) - kernel(-e)) / (2 * step) for e in shapes]
    np.testing.assert_allclose(found.first, first, atol=1e-6)
    second = [
        [(kernel(e + f) - kernel(e - f) - kernel(f - e) + kernel(-e - f)) / (4 * step**2) for f in shapes]
        for e in shapes
    ]
    np.testing.assert_allclose(found.second, second, atol=2e-5)
    square = [layer_covariance(phi, np.array([[1.3 + s * step]]))[0, 0] for s in (1, 0, -1)]
    one, two = square_derivatives(phi, 1.3)
    assert one == pytest.approx((square[0] - square[2]) / (2 * step), abs=1e-6)
    assert two == pytest.approx((square[0] - 2 * square[1] + square[2]) / step**2, abs=1e-5)


@pytest.mark.parametrize(("activation", "gain", "ratio"), [("linear", 1.0, 2), ("relu", 2.0, 5)])
def test_laws_of_a_kernel_at_one_point(activation, gain, ratio):
    """n Var/K^2 = 2 L of linear networks, 5 L of ReLU networks to leading order; the mean does not move."""
    problem = random_problem(
        1,
        points=1,
        tests=0,
        activation=ft.activation(activation),
        widths=(10, 10, 10),
        weight_variances=(gain, gain, gain),
        readout_variance=gain,
        nodes=2**16,
    )
    rule = FeatureRule(2**16, 0)
    kernels = prior_kernels(problem)
    laws = kernel_laws(problem, kernels, rule, derivatives_of_layers(problem, kernels))
    for depth, (law, kernel) in enumerate(zip(laws, kernels, strict=True), 1):
        assert 10 * law.covariance[0, 0] / kernel[0, 0] ** 2 == pytest.approx(ratio * depth, rel=2e-3)
        assert abs(law.shift[0]) < 1e-6 * kernel[0, 0]


def test_layers_and_neurons_agree():
    """The tensor of a random kernel, one hidden layer, is the sum over nodes; so are two outputs."""
    from renormalization.feature_learning.cumulants.prior_cumulants import kernel_vertices

    problem = random_problem(2, outputs=2)
    tau, rule = infinite_width(problem).discrepancy, FeatureRule(2**10, 0)
    (law,) = kernel_laws(problem, prior_kernels(problem), rule, (None,))
    tensors = kernel_vertices(law.covariance, law.shift, tau, 6)
    cumulants = NeuronCumulants.of(problem, rule, 4, tau)
    for name, parts in cumulants.fourth().items():
        legs = int(name[-1])
        total = sum(part.tensor(("tau",) * legs if hasattr(part, "weights") else "tau") for part in parts)
        np.testing.assert_allclose(total, tensors[name], atol=1e-12 * np.abs(tensors[name]).max())
        np.testing.assert_allclose(total, cumulants.dense_fourth()[name], atol=1e-12 * np.abs(total).max())


@FEW
@given(SEEDS)
def test_symmetries(seed):
    """y -> -y; a factor 1/n in each order; an output that is 0; a test point that is a training point."""
    problem = random_problem(seed, nodes=2**8)
    first, second = (prediction(problem, order).last_loop for order in (1, 2))
    wide = replace(problem, widths=(24,))
    np.testing.assert_allclose(prediction(wide, 1).last_loop, first / 2, atol=1e-12)
    np.testing.assert_allclose(prediction(wide, 2).last_loop, second / 4, atol=1e-11)
    turned = prediction(replace(problem, y=-problem.y), 2)
    np.testing.assert_allclose(turned.last_loop, -second, atol=1e-10)
    same = prediction(replace(problem, X_test=problem.X[:2]), 1)
    np.testing.assert_allclose(same.mean[4:], same.mean[:2], atol=1e-10)
    np.testing.assert_allclose(same.mean[:4], problem.y - problem.ridge * same.discrepancy, atol=1e-12)


def test_refusals():
    """Order 2 of deep networks; points that are parallel, of deep networks."""
    deep = random_problem(0, widths=(5, 5), weight_variances=(1.0, 1.0))
    with pytest.raises(ValueError, match="order must be 1 for theory='perturbative' with more than one"):
        prediction(deep, 2)
    with pytest.raises(ValueError, match="order must be 1 or 2 for theory='perturbative' but for linear"):
        prediction(random_problem(0), 3)
    with pytest.raises(ValueError, match="no points that are parallel or zero"):
        prediction(replace(deep, X_test=deep.X[:1]), 1)
    theory = POSTERIOR_THEORIES["perturbative"]
    assert not theory.refused(deep)
    assert "parallel" in theory.refused(replace(deep, X_test=-deep.X[:1]))
    assert not theory.refused(random_problem(0, X_test=deep.X[:1]))


def test_diagrams():
    """A tree of three tau and a tadpole; at order 2 twelve."""
    assert [len(mean_expansion(order)) for order in (1, 2)] == [2, 12]
