"""The tangent kernel at order 1/n: typed recursions, closed forms, random networks as truth."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf, ndtr

import fieldtheory as ft
from renormalization import DepthFlow
from renormalization.depth.joint_averages import joint_averages
from renormalization.depth.neuron_averages import bend_averages, neurons, product_averages

ROWS = {
    row["id"]: row
    for row in json.loads((Path(__file__).parents[1] / "data" / "tangent_kernel.json").read_text())["rows"]
}
ONE_LAYER = [name for name in ROWS if name.startswith("ntk.")]
DEEP = [name for name in ROWS if name.startswith("ntk-deep.")]
PAIR = np.array([[1.2, 0.5], [0.5, 0.8]])

# phi, phi', phi''
DERIVATIVES: dict[str, tuple[Any, Any, Any]] = {
    "linear": (lambda x: x, np.ones_like, np.zeros_like),
    "tanh": (np.tanh, lambda x: np.cosh(x) ** -2.0, lambda x: -2 * np.tanh(x) * np.cosh(x) ** -2.0),
    "erf": (
        erf,
        lambda x: 2 / math.sqrt(math.pi) * np.exp(-(x**2)),
        lambda x: -4 / math.sqrt(math.pi) * x * np.exp(-(x**2)),
    ),
    "sin": (np.sin, np.cos, lambda x: -np.sin(x)),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) + (x == 0) / 2, np.zeros_like),
}


def typed_recursion(name: str, w: float, b: float, start: float, widths: list[int]) -> dict[str, float]:
    """Equations (5.1), (5.7) as they are written, by the trapezoidal rule; of the last layer."""
    phi, slope, bend = DERIVATIVES[name]
    x = np.arange(-14, 14.005, 0.01)
    weights = 0.01 * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    kernel, tangent = start, start
    V = A = B = D = F = P = Q = G1 = H1 = 0.0
    before = widths[0]
    for wide in widths:
        ratio, before = wide / before, wide
        z = math.sqrt(kernel) * x
        f, f1, f2 = phi(z), slope(z), bend(z)

        def mean(values: Any) -> float:
            return float(weights @ values)

        def once(values: Any, kernel: float = kernel) -> float:
            return mean(values * (x**2 - 1)) / (2 * kernel)

        def twice(values: Any, kernel: float = kernel) -> float:
            return mean(values * (x**4 - 6 * x**2 + 3)) / (4 * kernel**2)

        m, j0, j1 = mean(f1**2), once(f**2), once(f1**2)
        h0, h1 = twice(f**2), twice(f1**2)
        zeta = mean(z * f * f1) / kernel
        square, mixed, fourth = mean(f**2), mean(f**2 * f1**2), mean(f1**4)
        curved, leant = mean(f * f1**2 * f2), mean(f * f2)
        X = w**2 * (mixed - square * m) * tangent + ratio * w**2 * j0 * (j1 * V * tangent + m * D)
        V1 = w**2 * (mean(f**4) - square**2) + ratio * (w * j0) ** 2 * V
        G1_ = ratio * w * (j0 * G1 + h0 * V / 2)
        H1_ = G1_ + ratio * w * (j1 * G1 * tangent + h1 * V * tangent / 2 + m * H1 + j1 * (D + 2 * F))
        A1 = V1 + 2 * X + w**2 * (fourth - m**2) * tangent**2
        A1 += ratio * w**2 * (j1**2 * tangent**2 * V + 2 * j1 * tangent * m * D + m**2 * A)
        F1 = w**2 * (mixed * tangent + ratio * zeta**2 * F)
        P1 = w**2 * (curved * tangent**2 + ratio * (leant * m * B + zeta * m * P))
        Q1 = F1 + w**2 * (curved * tangent**2 + ratio * zeta * (j1 * tangent * F + m * Q))
        B1 = w**2 * (fourth * tangent**2 + ratio * m**2 * B)
        V, D, A, B, F, P, Q, G1, H1 = V1, V1 + X, A1, B1, F1, P1, Q1, G1_, H1_
        kernel = b + w * square
        tangent = kernel + w * m * tangent
    return {
        **{"metric": kernel, "kernel": tangent, "metric_shift": G1, "shift": H1},
        **{"V": V, "A": A, "B": B, "D": D, "F": F, "P": P, "Q": Q},
        **{"variance": A + 2 * B, "cross": D + 2 * F, "drift": 2 * (P + 2 * Q)},
    }


@pytest.mark.parametrize("name", DEEP)
def test_reference_deep(name: str) -> None:
    """Every tensor of the public rows to 1e-8; their random networks to 3 stderr and 2 V/(n K^2) relative."""
    row = ROWS[name]
    p, measured, stderr = row["parameters"], row["reference"], row["stderr"]
    widths = p["widths"]
    found = DepthFlow(p["activation"], p["C_W"], p["C_b"]).tangent_kernel(len(widths), widths, p["K0"])
    names = {"K": "metric", "H": "kernel", "G1": "metric_shift", "H1": "shift", "theta": "mean"}
    names |= {"n_variance": "variance", "n_O3_f": "drift", "n_cov_f2": "cross"}
    for key, value in row["theory"].items():
        assert getattr(found, names.get(key, key))[-1] == pytest.approx(value, rel=1e-8)
    for key, value in measured.items():
        theory = getattr(found, names[key])[-1]
        assert abs(theory - value) < 3 * stderr[key] + 2 * found.coupling[-1] * abs(theory)


@pytest.mark.parametrize("name", ONE_LAYER)
def test_reference_one_layer(name: str) -> None:
    """E Theta, n Var Theta, n E[O3 f] of (5.5) to 1e-9; random networks to 3 stderr + 2 V/(n K^2)."""
    row = ROWS[name]
    p, measured, stderr = row["parameters"], row["reference"], row["stderr"]
    found = DepthFlow(p["activation"], 1.0).tangent_kernel(1, p["n"], p["k"])
    for key, quantity in (("theta", "mean"), ("n_variance", "variance"), ("n_O3_f", "drift")):
        theory = getattr(found, quantity)[0]
        assert theory == pytest.approx(row["theory"][key], rel=1e-9)
        assert abs(theory - measured[key]) < 3 * stderr[key] + 2 * found.coupling[0] * abs(theory)


@pytest.mark.parametrize("name", DERIVATIVES)
@pytest.mark.parametrize("k", [0.6, 1.3])
def test_one_hidden_layer(name: str, k: float) -> None:
    """n Var = Var phi^2 + k^2 (3<phi'^4> - <phi'^2>^2) + 2k Cov(phi^2, phi'^2); O3 f = 4k<..> + 6k^2<..>."""
    phi, slope, bend = DERIVATIVES[name]
    x = np.arange(-14, 14.0025, 0.005)
    weights = 0.005 * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    z = math.sqrt(k) * x
    f, g, h = phi(z), slope(z), bend(z)
    if name == "relu":  # half of the line each: the rule is exact for neither, so moments in closed form
        square, fourth, m, m4, mixed, last = k / 2, 1.5 * k**2, 0.5, 0.5, k / 2, 0.0
    else:
        averages = (f**2, f**4, g**2, g**4, f**2 * g**2, g**2 * h * f)
        square, fourth, m, m4, mixed, last = (float(weights @ each) for each in averages)
    found = DepthFlow(name, 1.0).tangent_kernel(1, 30, k)
    variance = fourth - square**2 + k**2 * (3 * m4 - m**2) + 2 * k * (mixed - square * m)
    assert found.kernel[0] == pytest.approx(square + k * m, rel=1e-10)
    assert found.variance[0] == pytest.approx(variance, rel=1e-10)
    assert found.drift[0] == pytest.approx(4 * k * mixed + 6 * k**2 * last, rel=1e-10)
    assert found.shift[0] == 0


@settings(max_examples=15)
@given(
    st.sampled_from(["linear", "tanh", "erf", "sin"]),
    st.floats(0.5, 2.5),
    st.floats(0.0, 0.5),
    st.floats(0.3, 2.0),
    st.lists(st.integers(5, 100), min_size=1, max_size=4),
)
def test_deep_one_input(name: str, w: float, b: float, start: float, widths: list[int]) -> None:
    """The generated sums are the recursions (5.7), typed: every tensor to 1e-8, widths equal or not.

    Equation: tangent-kernel-map
    """
    found = DepthFlow(name, w, b).tangent_kernel(len(widths), widths, start)
    typed = typed_recursion(name, w, b, start, widths)
    rounding = 1e-10 + 1e-12 * typed["kernel"] ** 2  # of what vanishes, such as P of linear networks
    for quantity, expected in typed.items():
        value = getattr(found, quantity)[-1]
        assert value == pytest.approx(expected, rel=1e-8, abs=rounding)


def test_linear_products() -> None:
    """Theta = sum_l a_l b_l, products of chi^2/n from both ends: n Var = 2 K^2 sum_lm (L - |l - m|)."""
    found = DepthFlow("linear", 1.0).tangent_kernel(8, 40, 1.7)
    for layers in range(1, 9):
        pairs = sum(layers - abs(k - m) for k in range(layers + 1) for m in range(layers + 1))
        assert found.variance[layers - 1] == pytest.approx(2 * 1.7**2 * pairs, rel=1e-12)
        assert found.kernel[layers - 1] == pytest.approx(1.7 * (layers + 1), rel=1e-12)
    np.testing.assert_allclose(found.shift, 0, atol=1e-11)


def test_relu_at_criticality() -> None:
    """(5.7) in integers; H = l + 1, n Var = l (l + 1)(11 l + 7)/3, drift = (4/3) l (l + 1)(l + 2)."""
    found = DepthFlow("relu", 2.0).tangent_kernel(40, 64)
    V = D = A = F = B = Q = 0
    for number in range(40):
        tangent = number + 1  # <phi^4> = 3/2, <phi^2 phi'^2> = <phi'^2> = <phi'^4> = 1/2, zeta = 1/2
        X = tangent + D
        A += V + 5 + 2 * X + tangent**2
        V, D, F, B = V + 5, V + 5 + X, F + 2 * tangent, B + 2 * tangent**2
        Q += F
        assert found.kernel[number] == pytest.approx(tangent + 1, rel=1e-12)
        assert found.variance[number] == pytest.approx(A + 2 * B, rel=1e-10)
        assert found.cross[number] == pytest.approx(D + 2 * F, rel=1e-10)
        assert found.drift[number] == pytest.approx(4 * Q, rel=1e-10)
    layer = np.arange(1, 41)
    fitted = np.polynomial.Polynomial.fit(layer, found.variance, 3).convert().coef.astype(float)
    np.testing.assert_allclose(fitted, [0, 7 / 3, 6, 11 / 3], atol=1e-7)
    fitted = np.polynomial.Polynomial.fit(layer, found.drift, 3).convert().coef.astype(float)
    np.testing.assert_allclose(fitted, [0, 8 / 3, 4, 4 / 3], atol=1e-7)


@pytest.mark.parametrize(("name", "w", "b"), [("tanh", 1.5, 0.1), ("gelu", 1.8, 0.05), ("relu", 2.0, 0.0)])
def test_two_inputs_contain_one(name: str, w: float, b: float) -> None:
    """Entries of one input alone are those of a flow with one input."""
    flow = DepthFlow(name, w, b)
    both = flow.tangent_kernel(3, [20, 30, 25], PAIR)
    for k in range(2):
        one = flow.tangent_kernel(3, [20, 30, 25], PAIR[k, k])
        for quantity in ("kernel", "shift", "variance", "cross", "drift", "A", "B", "D", "F", "P", "Q", "V"):
            values = getattr(both, quantity)
            alone = values[(slice(None),) + (k,) * (values.ndim - 1)]
            np.testing.assert_allclose(alone, getattr(one, quantity), rtol=1e-8, atol=1e-10)


def test_metric_is_that_of_finite_width() -> None:
    """Kernel, shift and four-point vertex of the metric are those of `finite_width`."""
    flow = DepthFlow("erf", 1.3, 0.1)
    found, metric = flow.tangent_kernel(3, [10, 20, 15], PAIR), flow.finite_width(3, [10, 20, 15], PAIR)
    np.testing.assert_allclose(found.metric, metric.kernel, rtol=1e-12)
    np.testing.assert_allclose(found.metric_shift, metric.shift, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.V, metric.four_point_vertex, rtol=1e-10)
    np.testing.assert_allclose(found.coupling, metric.coupling, rtol=1e-10)


def test_kinks_are_delta_functions() -> None:
    """ReLU: <phi''_1 phi_2> = <delta(z_1) phi_2>, and <phi''_1 phi'_1^2 phi_2> a third of it."""
    slope, phi = DERIVATIVES["relu"][1], DERIVATIVES["relu"][0]
    at = neurons(PAIR)
    values, slopes = phi(at.z), slope(at.z)
    found = bend_averages(values, slopes, product_averages([values, slopes], at), at)
    density = 1 / math.sqrt(2 * math.pi * PAIR[0, 0])
    left = math.sqrt(PAIR[1, 1] - PAIR[0, 1] ** 2 / PAIR[0, 0])  # of z_2 where z_1 = 0
    half = density * left / math.sqrt(2 * math.pi)
    assert found.lean[0, 1] == pytest.approx(half, rel=1e-10)
    assert found.bend[0, 0, 0, 1] == pytest.approx(half / 3, rel=1e-10)
    assert found.bend[0, 0, 1, 1] == pytest.approx(half / 2, rel=1e-10)
    assert found.bend[0, 1, 1, 1] == pytest.approx(half, rel=1e-10)
    assert found.lean[0, 0] == pytest.approx(0, abs=1e-12)
    assert found.bend[0, 0, 1, 0] == pytest.approx(0, abs=1e-12)


def test_smooth_bends() -> None:
    """Derivatives of the weight do for phi'' what phi'' itself does, for a smooth activation."""
    phi, slope, bend = DERIVATIVES["tanh"]
    at = neurons(PAIR)
    values, slopes, bends = phi(at.z), slope(at.z), bend(at.z)
    found = bend_averages(values, slopes, product_averages([values, slopes], at), at)
    expected = np.einsum("q,aq,bq,cq,dq->abcd", at.weights, bends, slopes, slopes, values)
    np.testing.assert_allclose(found.bend, expected, atol=1e-12)
    np.testing.assert_allclose(found.lean, (bends * at.weights) @ values.T, atol=1e-12)
    leant = np.einsum("q,aq,bq,eq->abe", at.weights, bends, slopes, at.y)
    np.testing.assert_allclose(found.twist, leant, atol=1e-11)


@pytest.mark.parametrize(("name", "w", "b"), [("tanh", 1.5, 0.1), ("gelu", 2.0, 0.1), ("relu", 2.0, 0.0)])
def test_two_inputs_random_networks(name: str, w: float, b: float) -> None:
    """Mean, variance, cross and drift of two inputs, unequal widths: 3 stderr + 2 V/(n K^2) relative."""
    X, widths = [[1.0, 0.3, 0.2], [-0.2, 0.9, 0.5]], [64, 48, 80]
    net = ft.FullyConnected(3, name, w, b, width=widths)
    sample = ft.sample_tangent_kernel(net, X, networks=2000 if name == "relu" else 3000, seed=2)
    found = DepthFlow(name, w, b).tangent_kernel(3, widths, net.input_covariance(X))
    relative = 2 * found.coupling[-1]
    assert (np.abs(sample.kernel - found.mean[-1]) < 4 * sample.kernel_stderr).all()
    for quantity in ("variance", "cross", "drift"):
        drawn, theory = getattr(sample, quantity), getattr(found, quantity)[-1]
        stderr = getattr(sample, f"{quantity}_stderr")
        scale = np.abs(theory).max()
        assert (np.abs(drawn - theory) < 3 * stderr + relative * np.abs(theory)).all()
        assert stderr.max() < 0.25 * scale


def test_drift_is_a_derivative() -> None:
    """One hidden linear layer, one input of K = 1: grad Theta . grad f = 4 f/n, so n <O3 f> = 4 <f^2> = 4."""
    net = ft.FullyConnected(1, "linear", width=6)
    sample = ft.sample_tangent_kernel(net, [[1.0, 0.0]], networks=60000, seed=4)
    assert abs(sample.drift.item() - 4.0) < 4 * sample.drift_stderr.item()


@pytest.mark.parametrize("name", ["abs", "selu"])
def test_sampled_kinks(name: str) -> None:
    """One hidden layer, where n <grad Theta . grad f f> is exact: drifts with delta functions to 4 stderr."""
    net = ft.FullyConnected(1, name, 1.2, 0.05, width=20)
    X = [[1.0, 0.3], [-0.2, 0.9]]
    sample = ft.sample_tangent_kernel(net, X, networks=8000, seed=3)
    found = DepthFlow(name, 1.2, 0.05).tangent_kernel(1, 20, net.input_covariance(X))
    score = (sample.drift - found.drift[0]) / sample.drift_stderr
    assert np.abs(score).max() < 4
    assert sample.drift_stderr[0, 1, 0, 1] < 0.1 * abs(found.drift[0, 0, 1, 0, 1])


def test_sampled_parallel_inputs() -> None:
    """|x| at x, 2 x and -x: f and Theta are those of x times 1, 2, 1, drifts within 4 stderr."""
    net = ft.FullyConnected(2, "abs", 1.0, width=[10, 8])
    found = ft.sample_tangent_kernel(net, [[1.0, 0.5], [2.0, 1.0], [-1.0, -0.5]], networks=2000, seed=7)
    scale = np.array([1.0, 2.0, 1.0])
    np.testing.assert_allclose(found.kernel, np.outer(scale, scale) * found.kernel[0, 0], rtol=1e-10)
    four = np.einsum("a,b,c,d->abcd", scale, scale, scale, scale)
    np.testing.assert_allclose(found.variance, four * found.variance[0, 0, 0, 0], rtol=1e-9)
    stderr = found.drift_stderr / four + found.drift_stderr[0, 0, 0, 0]
    assert (np.abs(found.drift / four - found.drift[0, 0, 0, 0]) < 4 * stderr).all()


def test_diagrams() -> None:
    """V' = S + J V J; A': noise and four lines; B', F': a neuron or two; P' and Q': or a bend."""
    found = DepthFlow("tanh", 1.5).tangent_kernel(1, 10)
    counts = {name: len(found.diagrams(name)) for name in ("V", "D", "A", "B", "F", "P", "Q", "shift")}
    assert counts == {"V": 2, "D": 3, "A": 5, "B": 2, "F": 2, "P": 3, "Q": 3, "shift": 5}
    assert len(found.diagrams("variance")) == 7
    assert sorted(str(d.symmetry_factor) for d in found.diagrams("B")) == ["1", "1/2"]
    assert "<svg" in next(iter(found.diagrams("drift"))).to_svg()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": 0, "width": 8}, r"layers must be at least 1 \(got 0\)"),
        (
            {"layers": 2, "width": [8, 8, 8]},
            r"width must be one value, or one for each of 2",
        ),
        ({"layers": 2, "width": [8, 0]}, r"width must be at least 1 \(got 0\)"),
        ({"layers": 2, "width": 8, "input_kernel": [[1, 1], [1, 1]]}, "positive definite"),
        ({"layers": 2, "width": 8, "input_kernel": np.eye(5)}, "up to 4 different inputs"),
    ],
)
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DepthFlow("tanh", 1.5).tangent_kernel(**arguments)


def test_refusals_of_activations_and_networks() -> None:
    with pytest.raises(ValueError, match="activation must have a derivative"):
        DepthFlow("heaviside", 1.5).tangent_kernel(2, 8)
    with pytest.raises(ValueError, match="quantity must be one of"):
        DepthFlow("tanh", 1.0).tangent_kernel(1, 8).diagrams("R")
    with pytest.raises(ValueError, match="width must be a number"):
        ft.sample_tangent_kernel(ft.FullyConnected(1, "tanh"), [[1.0]])
    with pytest.raises(ValueError, match="net must be a FullyConnected with hidden layers"):
        ft.sample_tangent_kernel(ft.FullyConnected(0, "tanh"), [[1.0]])


FOUR = np.array([[1.2, 0.5, -0.3, 0.2], [0.5, 0.8, 0.1, 0.4], [-0.3, 0.1, 1.0, 0.3], [0.2, 0.4, 0.3, 0.9]])
TENSORS = ("V", "A", "B", "D", "F", "P", "Q", "variance", "cross", "drift")


@pytest.mark.parametrize(("name", "w", "b"), [("tanh", 1.5, 0.1), ("relu", 2.0, 0.05)])
def test_four_inputs_contain_three_contain_two(name: str, w: float, b: float) -> None:
    """Entries of some inputs are those of a flow of these inputs alone, in any sequence."""
    flow = DepthFlow(name, w, b)
    all_four = flow.tangent_kernel(2, [30, 20], FOUR)
    for chosen in ([3, 0, 2], [1, 2], [2, 1], [3]):
        part = flow.tangent_kernel(2, [30, 20], FOUR[np.ix_(chosen, chosen)])
        for quantity in TENSORS:
            values = getattr(all_four, quantity)[:, *np.ix_(*[chosen] * 4)]
            expected = getattr(part, quantity).reshape(values.shape)
            np.testing.assert_allclose(values, expected, rtol=1e-7, atol=1e-9)


def test_four_inputs_random_networks() -> None:
    """All entries of four inputs, unequal widths: 3.5 stderr + 2 V/(n K^2) relative, each of 256."""
    widths = [60, 40]
    X = np.linalg.cholesky((FOUR - 0.1) / 1.5)
    net = ft.FullyConnected(2, "tanh", 1.5, 0.1, width=widths)
    np.testing.assert_allclose(net.input_covariance(X), FOUR, rtol=1e-12)
    sample = ft.sample_tangent_kernel(net, X, networks=4000, seed=6)
    found = DepthFlow("tanh", 1.5, 0.1).tangent_kernel(2, widths, FOUR)
    for quantity in ("variance", "cross", "drift"):
        drawn, theory = getattr(sample, quantity), getattr(found, quantity)[-1]
        stderr = getattr(sample, f"{quantity}_stderr")
        score = np.abs(drawn - theory) / (stderr + found.coupling[-1] * np.abs(theory))
        assert score.max() < 3.5
        assert 0.2 < math.sqrt((score**2).mean()) < 1.2


def test_linear_four_inputs() -> None:
    """One layer, a Wishart matrix: V = A = D = K_ac K_bd + K_ad K_bc, B = F = K_ab K_cd, drift by Wick.

    f_a = a.h_a/sqrt(n): grad Theta_ab . grad f_c = (1/n) (2 K_ab f_c + K_ac f_b + K_bc f_a) for K = <h h>.
    """
    found = DepthFlow("linear", 1.0).tangent_kernel(3, [10, 20, 15], FOUR)
    pairing = np.einsum("ac,bd->abcd", FOUR, FOUR) + np.einsum("ad,bc->abcd", FOUR, FOUR)
    np.testing.assert_allclose(found.V[0], pairing, rtol=1e-10)
    np.testing.assert_allclose(found.A[0], pairing, atol=1e-10)
    np.testing.assert_allclose(found.D[0], pairing, atol=1e-10)
    np.testing.assert_allclose(found.B[0], np.multiply.outer(FOUR, FOUR), atol=1e-10)
    np.testing.assert_allclose(found.F[0], np.multiply.outer(FOUR, FOUR), atol=1e-10)
    drift = 2 * np.multiply.outer(FOUR, FOUR) + pairing
    np.testing.assert_allclose(found.drift[0], drift, atol=1e-10)


def test_finite_width_of_three_inputs() -> None:
    """The four-point vertex of erf by a one-dimensional integral over partial correlations."""
    from tests.renormalization.test_finite_width import four_point_erf

    metric = FOUR[1:, 1:]
    found = DepthFlow("erf", 1.0).finite_width(1, 8, metric)
    for slots in ((0, 1, 2, 0), (0, 1, 0, 2), (0, 2, 1, 1), (0, 1, 2, 2)):
        a, b, c, d = slots
        product = found.kernel[0, a, b] * found.kernel[0, c, d]
        expected = four_point_erf(metric, slots) - product
        assert found.four_point_vertex[0][slots] == pytest.approx(expected, rel=1e-9)


def test_orthants() -> None:
    """E prod erf(h_i) of four different inputs, the same integral."""
    from tests.renormalization.test_finite_width import four_point_erf

    found = DepthFlow("erf", 1.0).finite_width(1, 8, FOUR)
    product = found.kernel[0, 0, 1] * found.kernel[0, 2, 3]
    expected = four_point_erf(FOUR, (0, 1, 2, 3)) - product
    assert found.four_point_vertex[0, 0, 1, 2, 3] == pytest.approx(expected, rel=1e-9)


def test_relu_orthants() -> None:
    """ReLU, three inputs: <phi'_1 phi'_2 phi'_3^2> is the orthant probability, 1/8 + sum asin(rho)/(4 pi)."""
    metric = FOUR[:3, :3]
    averages, bends = joint_averages((DERIVATIVES["relu"][0], DERIVATIVES["relu"][1]), metric)
    rho = metric / np.sqrt(np.outer(np.diagonal(metric), np.diagonal(metric)))
    expected = 1 / 8 + (math.asin(rho[0, 1]) + math.asin(rho[0, 2]) + math.asin(rho[1, 2])) / (4 * math.pi)
    moment = averages.noise[1, 1, 1, 5] + averages.mean[1, 1] * averages.mean[1, 5]
    assert moment == pytest.approx(expected, rel=1e-10)
    # <delta(z_1) theta(z_2) theta(z_2) phi(z_3)> = density at 0 times <theta(u) v; v > 0> given z_1 = 0
    left = metric[1:, 1:] - np.outer(metric[1:, 0], metric[1:, 0]) / metric[0, 0]
    deviation, slope = math.sqrt(left[1, 1]), left[0, 1] / math.sqrt(left[0, 0] * left[1, 1])
    truncated = deviation * (1 + slope) / (2 * math.sqrt(2 * math.pi))  # <theta(u) max(v, 0)>
    expected = truncated / math.sqrt(2 * math.pi * metric[0, 0])
    assert bends.bend[0, 1, 1, 2] == pytest.approx(expected, rel=1e-9)


@settings(max_examples=10)
@given(st.sampled_from(["relu", "linear", "abs"]), st.floats(0.2, 5.0))
def test_scaling(name: str, scale: float) -> None:
    """Degree one: all kernels are of degree two in the inputs, all tensors of degree four."""
    flow = DepthFlow(name, 1.7)
    once, scaled = flow.tangent_kernel(2, 10, PAIR), flow.tangent_kernel(2, 10, scale * PAIR)
    np.testing.assert_allclose(scaled.kernel, scale * once.kernel, rtol=1e-10)
    np.testing.assert_allclose(scaled.shift, scale * once.shift, rtol=1e-7, atol=1e-9 * scale)
    for quantity in TENSORS:
        values = scale**2 * getattr(once, quantity)
        np.testing.assert_allclose(getattr(scaled, quantity), values, rtol=1e-7, atol=1e-9 * scale**2)


def test_refusal_of_close_inputs() -> None:
    close = np.full((3, 3), 0.9999) + 1e-4 * np.eye(3)
    with pytest.raises(ValueError, match="keep more than two inputs apart"):
        DepthFlow("tanh", 1.5).tangent_kernel(1, 8, close)


@pytest.mark.parametrize(
    ("name", "w", "expected"),
    [
        ("relu", 2.0, (11 / 3, 0.0, 4 / 3)),
        ("linear", 1.0, (4 / 3, 0.0, 2 / 3)),
        ("tanh", 1.0, (0.667, -0.249, 0.168)),
        ("erf", math.pi / 4, (0.667, -0.249, 0.168)),
    ],
)
def test_growth_at_criticality(name: str, w: float, expected: tuple[float, float, float]) -> None:
    """Var/H^2, shift/H and |drift|/H^2 in units of l/n, extrapolated: the table of docs/tangent_kernel.md.

    V/(K^2 l) -> 5, 2, 2/3 as the metric of these classes, H/(K l) -> 1 for all.
    """
    found = DepthFlow(name, w).tangent_kernel(400, 64)
    layer = np.arange(1, 401)

    def limit(values: np.ndarray) -> float:
        ratio = values / layer
        return float(2 * ratio[399] - ratio[199])

    relative = found.variance / found.kernel**2, found.shift / found.kernel
    drift = np.abs(found.drift) / found.kernel**2
    for values, figure in zip((*relative, drift), expected, strict=True):
        assert limit(values) == pytest.approx(figure, abs=1e-3)
    assert limit(found.kernel / found.metric) == pytest.approx(1, abs=1e-2)
    assert limit(found.V / found.metric**2) == pytest.approx(
        {"relu": 5, "linear": 2}.get(name, 2 / 3), rel=2e-3
    )


def test_relu_is_a_limit_of_smooth_activations() -> None:
    """x Phi(s x) -> ReLU: errors fall like 1/s in all tensors, P and Q with their second derivatives too."""

    def smooth(steepness: float) -> ft.Activation:
        return ft.Activation.from_function(
            f"smooth relu {steepness:g}",
            lambda x: x * ndtr(steepness * x),
            symbol_function=lambda x: x * (1 + sympy.erf(steepness * x / sympy.sqrt(2))) / 2,
        )

    kinked = DepthFlow("relu", 2.0, 0.05).tangent_kernel(2, [30, 20], PAIR)
    near, far = (DepthFlow(smooth(s), 2.0, 0.05).tangent_kernel(2, [30, 20], PAIR) for s in (80.0, 40.0))
    for quantity in TENSORS:
        expected = getattr(kinked, quantity)
        scale = np.abs(expected).max()
        extrapolated = 2 * getattr(near, quantity) - getattr(far, quantity)
        np.testing.assert_allclose(extrapolated, expected, atol=2e-3 * scale)


def test_sampled_reference() -> None:
    """Random networks of the row `ntk-deep.tanh.64-64`: what others have drawn, to 3.5 stderr of both."""
    row = ROWS["ntk-deep.tanh.64-64"]
    p, measured, stderr = row["parameters"], row["reference"], row["stderr"]
    net = ft.FullyConnected(2, "tanh", p["C_W"], p["C_b"], width=p["widths"])
    x = math.sqrt((p["K0"] - p["C_b"]) / p["C_W"])
    found = ft.sample_tangent_kernel(net, [[x]], networks=4000, seed=9)
    names = {"theta": "kernel", "n_variance": "variance", "n_O3_f": "drift", "n_cov_f2": "cross"}
    for key, name in names.items():
        error = math.hypot(stderr[key], getattr(found, f"{name}_stderr").item())
        assert abs(getattr(found, name).item() - measured[key]) < 3.5 * error
    again = ft.sample_tangent_kernel(net, [[x]], networks=4000, seed=9)
    assert again.to_dict() == found.to_dict()
