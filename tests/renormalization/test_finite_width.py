"""Networks of finite width at first order: typed recursions, closed forms, and random networks as truth."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from scipy.integrate import quad

from fieldtheory.activations.by_name import activation
from renormalization.depth.flow import DepthFlow
from renormalization.depth.layer_moments import layer_moments
from renormalization.depth.layer_theory import layer_diagrams
from renormalization.depth.neuron_averages import entries

ROWS = json.loads((Path(__file__).parents[1] / "data" / "depth_flow.json").read_text())["rows"]
WEIGHTS = {"linear": 1.0, "relu": 2.0, "tanh": 1.0, "erf": math.pi / 4}


def test_diagrams_of_a_layer() -> None:
    """dK' = J dK + (1/2) H V (a tadpole); V' = S + J V J: symmetry factors 1, 1/2 and 1, 1."""
    shift, vertex = layer_diagrams(1), layer_diagrams(2)
    assert sorted(str(d.symmetry_factor) for d in shift) == ["1", "1/2"]
    assert [str(d.symmetry_factor) for d in vertex] == ["1", "1"]
    assert {str(d.symmetry_factor): d.loops for d in shift} == {"1": 0, "1/2": 1}
    assert DepthFlow("tanh", 1.0).finite_width(1, 10).diagrams("four_point_vertex") == vertex


def test_one_input_typed() -> None:
    """K' = w g + b, V' = (w g')^2 V + w^2 (E phi^4 - g^2), dK' = w g' dK + w g'' V/2, by mpmath.

    Equation: four-point-vertex
    """
    w, b, kernel, vertex, shift = 1.4, 0.1, 1.0, 0.0, 0.0
    found = DepthFlow("tanh", w, b).finite_width(3, 50)
    for layer in range(3):
        root = math.sqrt(kernel)

        def mean(factor: Any, power: int = 2, root: float = root) -> float:
            with mp.workdps(25):
                points = [-25, -6, -3, -1, 0, 1, 3, 6, 25]
                return float(mp.quad(lambda z: mp.tanh(root * z) ** power * factor(z) * mp.npdf(z), points))

        g, fourth = mean(lambda z: 1), mean(lambda z: 1, 4)
        slope = w * mean(lambda z: z**2 - 1) / (2 * kernel)
        curvature = w * mean(lambda z: z**4 - 6 * z**2 + 3) / (4 * kernel**2)
        shift = slope * shift + curvature * vertex / 2
        vertex = slope**2 * vertex + w**2 * (fourth - g**2)
        kernel = w * g + b
        assert found.kernel[layer] == pytest.approx(kernel, rel=1e-12)
        assert found.four_point_vertex[layer] == pytest.approx(vertex, rel=1e-11)
        assert found.shift[layer] == pytest.approx(shift, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize(("name", "per_layer"), [("linear", 2), ("relu", 5)])
def test_homogeneous_per_layer(name: str, per_layer: int) -> None:
    """V/K^2 = (m_4/m_2^2 - 1) l, exactly: 2 per layer for linear, 5 for ReLU; no shift."""
    found = DepthFlow(name, WEIGHTS[name]).finite_width(12, 30)
    layers = np.arange(1, 13)
    np.testing.assert_allclose(found.four_point_vertex, per_layer * layers, rtol=1e-12)
    np.testing.assert_allclose(found.coupling, per_layer * layers / 30, rtol=1e-12)
    np.testing.assert_allclose(found.shift, 0, atol=1e-11)
    np.testing.assert_allclose(found.kernel, 1, rtol=1e-13)


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("criticality.")])
def test_universality(name: str) -> None:
    """V/(K^2 layers) -> 2, 5, 2/3, 2/3; dK/(K layer) -> -1/3 and layer K -> 1/2 for K* = 0."""
    row = ROWS[name]["reference"]
    _, activation, text = name.split(".")
    layer = int(text)
    found = DepthFlow(activation, WEIGHTS[activation]).finite_width(layer - 1, 100)
    kernel, vertex, shift = found.kernel[-1], found.four_point_vertex[-1], found.shift[-1]
    assert vertex / (kernel**2 * (layer - 1)) == pytest.approx(row["V_over_K2_per_layer"], rel=1e-8)
    assert shift / (kernel * layer) == pytest.approx(row["G1_over_K_per_layer"], rel=1e-8, abs=1e-10)
    assert layer * kernel == pytest.approx(row["layer_times_K"], rel=1e-8)


def test_reference_tanh() -> None:
    """n Var and n shift of 200000 chains: 4 stderr, and the second order, 5 % of V at n = 64."""
    row = ROWS["finite_width/tanh_sw2_1_n64"]
    values, stderr = row["values"], row["stderr"]
    found = DepthFlow("tanh", 1.0).finite_width(10, 64)
    np.testing.assert_allclose(found.kernel, values["K"], rtol=1e-6)
    np.testing.assert_allclose(found.four_point_vertex, values["V"], rtol=1e-6)
    np.testing.assert_allclose(found.shift, values["dK"], rtol=1e-6, atol=1e-12)
    bound = 4 * np.array(stderr["n_var_measured"]) + 0.05 * found.four_point_vertex
    assert (np.abs(found.four_point_vertex - values["n_var_measured"]) < bound).all()
    bound = 4 * np.array(stderr["n_shift_measured"]) + 0.05 * np.abs(found.shift)
    assert (np.abs(found.shift - values["n_shift_measured"]) < bound).all()


def test_reference_relu() -> None:
    """E q^2/K^2 = prod (1 + 5/n) exactly; at first order 1 + 5 l/n."""
    values = ROWS["finite_width/relu_n64"]["values"]
    found = DepthFlow("relu", 2.0).finite_width(10, 64)
    np.testing.assert_allclose(1 + found.coupling, values["moment_leading_order"], rtol=1e-12)
    exact = np.array(values["moment_exact"])
    np.testing.assert_allclose(exact, (1 + 5 / 64) ** np.arange(1, 11), rtol=1e-12)
    # what is left out is of second order: l (l-1)/2 (5/n)^2
    np.testing.assert_allclose(exact[1] - 1 - found.coupling[1], (5 / 64) ** 2, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("random-network.")])
def test_reference_random_networks(name: str) -> None:
    """<G> and n Var of one input, 400000 draws: 3 stderr + second order, as the rows say."""
    row = ROWS[name]
    p, theory, measured, stderr = (row[k] for k in ("parameters", "theory", "reference", "stderr"))
    found = DepthFlow(p["activation"], p["C_W"]).finite_width(p["layers"] - 1, p["n"], p["K1"])
    assert found.kernel[-1] == pytest.approx(theory["K"], rel=1e-9)
    assert found.four_point_vertex[-1] == pytest.approx(theory["V"], rel=1e-9)
    assert found.shift[-1] == pytest.approx(theory["G1"], rel=1e-9, abs=1e-11)
    assert abs(found.mean[-1] - measured["mean_metric"]) < (
        3 * stderr["mean_metric"] + 0.2 * theory["K"] / p["n"] ** 2
    )
    second = found.four_point_vertex[-1] / p["n"]
    assert abs(found.four_point_vertex[-1] - measured["n_variance"]) < 3 * stderr["n_variance"] + second


def random_metrics(
    name: str, w: float, b: float, start: np.ndarray, layers: int, n: int, chains: int, seed: int
) -> np.ndarray:
    """Metrics of random networks, layer by layer: z given G is Gaussian. Shape (layers, chains, a, b)."""
    rng = np.random.default_rng(seed)
    phi = activation(name).function
    assert phi is not None
    metric = np.broadcast_to(start, (chains, *start.shape))
    found = []
    for _ in range(layers):
        factor = np.linalg.cholesky(metric)
        z = rng.normal(size=(chains, n, len(start))) @ factor.swapaxes(1, 2)
        values = phi(z)
        metric = w / n * values.swapaxes(1, 2) @ values + b
        found.append(metric)
    return np.array(found)


@pytest.mark.parametrize(("name", "w", "b"), [("tanh", 1.5, 0.05), ("relu", 2.0, 0.0), ("erf", 1.0, 0.1)])
def test_two_inputs_monte_carlo(name: str, w: float, b: float) -> None:
    """Means and covariances of G_11, G_12, G_22 of random networks: 4 stderr + the second order."""
    start = np.array([[1.0, 0.4], [0.4, 0.8]])
    n, layers, chains = 100, 4, 12000
    sample = random_metrics(name, w, b, start, layers, n, chains, seed=3)
    found = DepthFlow(name, w, b).finite_width(layers, n, start)
    for layer in range(layers):
        pairs = entries(2)
        drawn = np.array([sample[layer, :, a, c] for a, c in pairs])
        mean = np.array([found.mean[layer, a, c] for a, c in pairs])
        covariance = np.array([[found.covariance[layer][a + c] for c in pairs] for a in pairs])
        scale = np.sqrt(np.diagonal(covariance))
        stderr = drawn.std(axis=1) / math.sqrt(chains)
        assert (np.abs(drawn.mean(axis=1) - mean) < 4 * stderr + (layer + 1) ** 2 / n**2 * mean).all()
        centred = drawn - drawn.mean(axis=1, keepdims=True)
        products = centred[:, None] * centred[None]
        noise = products.std(axis=2) / math.sqrt(chains)
        second = 2.5 * (layer + 1) * np.outer(scale, scale) * (5 if name == "relu" else 1) / n
        assert (np.abs(products.mean(axis=2) - covariance) < 4 * noise + second).all()


def test_shift_of_two_inputs_monte_carlo() -> None:
    """The shift of the mean of G_12 itself stands out of the noise, and is right to 4 stderr."""
    start = np.array([[1.0, 0.5], [0.5, 1.0]])
    n, layers, chains = 16, 3, 200000
    sample = random_metrics("tanh", 1.0, 0.0, start, layers, n, chains, seed=8)
    found = DepthFlow("tanh", 1.0).finite_width(layers, n, start)
    for layer in (1, 2):
        for a, b in ((0, 0), (0, 1)):
            drawn = sample[layer, :, a, b]
            stderr = drawn.std() / math.sqrt(chains)
            shift = found.shift[layer, a, b] / n
            assert abs(shift) > 3 * stderr
            assert abs(drawn.mean() - found.mean[layer, a, b]) < 4 * stderr + 4 * abs(shift) / n


def test_two_inputs_contain_one() -> None:
    """Entries 11 are those of the first input alone."""
    start = [[1.0, 0.3], [0.3, 2.0]]
    for name in ("tanh", "relu", "gelu"):
        flow = DepthFlow(name, 1.6, 0.1)
        both, one = flow.finite_width(4, 20, start), flow.finite_width(4, 20)
        np.testing.assert_allclose(both.kernel[:, 0, 0], one.kernel, rtol=1e-11)
        np.testing.assert_allclose(both.shift[:, 0, 0], one.shift, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(both.four_point_vertex[:, 0, 0, 0, 0], one.four_point_vertex, rtol=1e-9)
        np.testing.assert_allclose(both.coupling, one.coupling, rtol=1e-9)
        np.testing.assert_allclose(both.fourth_cumulant[:, 0, 0, 0, 0], one.fourth_cumulant, rtol=1e-9)


def test_linear_two_inputs() -> None:
    """Wishart: V_(ab)(cd) = l (K_ac K_bd + K_ad K_bc) at first order."""
    start = np.array([[1.0, 0.5], [0.5, 2.0]])
    found = DepthFlow("linear", 1.0).finite_width(3, 10, start)
    pairing = np.einsum("ac,bd->abcd", start, start) + np.einsum("ad,bc->abcd", start, start)
    for layer in range(3):
        np.testing.assert_allclose(found.four_point_vertex[layer], (layer + 1) * pairing, rtol=1e-11)
    cumulant = found.fourth_cumulant[0]
    np.testing.assert_allclose(cumulant, cumulant.transpose(3, 1, 2, 0), rtol=1e-11)


def test_relu_layer_in_closed_form() -> None:
    """Arc-cosine kernels: E[u+^2 v+^2], dF_12 and d^2F_12 by mpmath on the closed form."""
    q, r, k = 0.9, 1.7, 0.6
    found = layer_moments(lambda x: np.maximum(x, 0), 1.0, 0.0, np.array([[q, k], [k, r]]))
    theta = math.acos(k / math.sqrt(q * r))
    order_two = 3 * math.sin(theta) * math.cos(theta) + (math.pi - theta) * (1 + 2 * math.cos(theta) ** 2)
    squares = q * r / (2 * math.pi) * order_two
    assert found.noise[0, 2] == pytest.approx(squares - q * r / 4, rel=1e-11)

    def mean(q: Any, k: Any, r: Any) -> Any:
        c = k / mp.sqrt(q * r)
        return mp.sqrt(q * r) / (2 * mp.pi) * (mp.sqrt(1 - c**2) + (mp.pi - mp.acos(c)) * c)

    with mp.workdps(40):
        for b in range(3):
            once = [int(b == i) for i in range(3)]
            expected = float(mp.diff(mean, (q, k, r), tuple(once)))
            assert found.slope[1, b] == pytest.approx(expected, rel=1e-9)
            for c in range(3):
                twice = tuple(once[i] + int(c == i) for i in range(3))
                expected = float(mp.diff(mean, (q, k, r), twice))
                assert found.curvature[1, b, c] == pytest.approx(expected, rel=1e-8)


def test_four_points_of_erf() -> None:
    """E prod erf(h_i) as a one-dimensional integral over partial correlations, for coincident points."""
    metric = np.array([[0.9, 0.4], [0.4, 1.6]])
    found = layer_moments(activation("erf").function, 1.0, 0.0, metric)  # type: ignore[arg-type]
    pairs = entries(2)
    for i, (a, b) in enumerate(pairs):
        for j, (c, d) in enumerate(pairs):
            expected = four_point_erf(metric, (a, b, c, d)) - found.value[i] * found.value[j]
            assert found.noise[i, j] == pytest.approx(expected, rel=1e-9)


def four_point_erf(metric: np.ndarray, slots: tuple[int, ...]) -> float:
    covariance = metric[np.ix_(slots, slots)] + np.eye(4) / 2
    size = np.sqrt(np.diagonal(covariance))
    rho = covariance / np.outer(size, size)

    def integrand(sigma: float) -> float:
        scaled = sigma * rho
        np.fill_diagonal(scaled, 1.0)
        total = 0.0
        for i, j in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)):
            k, m = (x for x in range(4) if x not in (i, j))
            given = scaled[np.ix_([k, m], [i, j])] @ np.linalg.inv(scaled[np.ix_([i, j], [i, j])])
            rest = scaled[np.ix_([k, m], [k, m])] - given @ scaled[np.ix_([i, j], [k, m])]
            partial = rest[0, 1] / math.sqrt(rest[0, 0] * rest[1, 1])
            total += rho[i, j] * 4 / math.pi**2 / math.sqrt(1 - scaled[i, j] ** 2) * math.asin(partial)
        return total

    return float(quad(integrand, 0, 1, epsabs=1e-13, epsrel=1e-12)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": 0, "width": 8}, r"layers must be at least 1 \(got 0\)"),
        ({"layers": 2, "width": 0}, r"width must be at least 1 \(got 0\)"),
        ({"layers": 2, "width": 8.5}, r"width must be an integer of at least 1 \(got 8.5\)"),
        ({"layers": 2, "width": 8, "input_kernel": -1.0}, r"input_kernel .* \(got -1.0\)"),
        ({"layers": 2, "width": 8, "input_kernel": "one"}, "input_kernel must be"),
        ({"layers": 2, "width": 8, "input_kernel": [[1, 2], [2, 1]]}, "positive definite"),
        ({"layers": 2, "width": 8, "input_kernel": np.eye(5)}, "input_kernel must be"),
        ({"layers": 2, "width": 8, "input_kernel": [[1, 1 - 1e-6], [1 - 1e-6, 1]]}, "two inputs apart"),
    ],
)
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DepthFlow("tanh", 1.5).finite_width(**arguments)


def test_refusals_of_networks() -> None:
    with pytest.raises(ValueError, match="weight_variance must keep"):
        DepthFlow("relu", 1e-3).finite_width(100, 8)
    with pytest.raises(ValueError, match="quantity must be one of"):
        DepthFlow("tanh", 1.0).finite_width(1, 8).diagrams("kernel")
