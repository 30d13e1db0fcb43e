"""Change of the tangent kernel of trained networks, against the published runs and independent gradients."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import erf

import fieldtheory as ft
from fieldtheory.workbench.regimes.erf_network import descend, outputs, tangent_kernel

DATA = json.loads((Path(__file__).parents[2] / "data" / "regimes.json").read_text(encoding="utf-8"))
ROWS = {row["id"].split("/")[1]: row for row in DATA["rows"] if row["feature"] == "lazy_erf_net"}


def points(seed):
    """24 points of |x|^2 = 4 in four dimensions, y = sign(x_1 x_2): the protocol lazy_erf_net"""
    x = np.random.default_rng([seed, 17]).standard_normal((24, 4))
    x *= 2 / np.linalg.norm(x, axis=1)[:, None]
    return x, np.sign(x[:, 0] * x[:, 1])


@pytest.mark.parametrize("name", ["h64_alpha0.1", "h64_alpha1", "h256_alpha0.03"])
def test_published_runs(name):
    """|Theta_end - Theta_0|/|Theta_0| of three networks, from the same draws: within 1e-6 of the mean"""
    row = ROWS[name]
    h, alpha = row["params"]["h"], row["params"]["alpha"]
    runs = [ft.kernel_change(h, alpha, *points(s), seed=[s, h]) for s in range(row["n_rep"])]
    changes = [run.relative_change for run in runs]
    assert np.mean(changes) == pytest.approx(row["values"]["kernel_change"], rel=1e-6)
    assert np.std(changes, ddof=1) / math.sqrt(3) == pytest.approx(row["stderr"]["kernel_change"], rel=1e-5)
    assert all(run.converged for run in runs)
    worst = max(run.final_error for run in runs)
    assert worst == pytest.approx(row["values"]["worst_final_mse"], rel=1e-6)


def test_collapse_on_the_side_of_features():
    """The change times alpha sqrt(h) is one constant at alpha sqrt(h) < 1: two published rows in 4 stderr"""
    rows = [ROWS[name] for name in ("h64_alpha0.1", "h256_alpha0.03")]
    runs = ft.crossover_scale([32, 128], [0.05, 0.1])
    products = runs.mean_change * runs.scales * np.sqrt(runs.widths)[:, None]
    errors = runs.stderr * runs.scales * np.sqrt(runs.widths)[:, None]
    for row in rows:
        factor = row["params"]["alpha"] * math.sqrt(row["params"]["h"])
        expected, spread = row["values"]["kernel_change"] * factor, row["stderr"]["kernel_change"] * factor
        assert (np.abs(products - expected) < 4 * np.hypot(errors, spread)).all()


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_tangent_kernel_is_of_gradients(seed, width, dim, number):
    """Theta(x, x') = sum over weights of df/dw df'/dw, by central differences of f

    Equation: kernel-change
    """
    rng = np.random.default_rng(seed)
    a, w, x = (
        rng.standard_normal(width),
        rng.standard_normal((width, dim)),
        rng.standard_normal((number, dim)),
    )
    flat = np.concatenate([a, w.ravel()])

    def f(every):
        return outputs(every[:width], every[width:].reshape(width, dim), x)

    step = 1e-5 * np.eye(len(flat))
    gradients = np.array([(f(flat + e) - f(flat - e)) / 2e-5 for e in step])
    np.testing.assert_allclose(tangent_kernel(a, w, x), gradients.T @ gradients, atol=1e-8)


def test_descent_is_the_flow():
    """Small steps end where the flow of an ODE solver ends; those of `kernel_change` within a tenth of it"""
    x, y = np.array([[1.0, 1.0], [1.0, -1.0], [-0.5, 1.5]]), np.array([1.0, -1.0, 0.5])
    h, alpha, inputs = 8, 0.4, x / math.sqrt(2)
    rng = np.random.default_rng(5)
    w, a = rng.standard_normal((h, 2)), rng.standard_normal(h)

    def parts(state):
        return state[:h], state[h:].reshape(h, 2)

    def f(a, w):
        return erf(inputs @ w.T) @ a / math.sqrt(h)

    start = f(a, w)

    def flow(_time, state):
        a, w = parts(state)
        z = inputs @ w.T
        left = (alpha * (f(a, w) - start) - y) / alpha / math.sqrt(h)
        slopes = left[:, None] * 2 / math.sqrt(math.pi) * np.exp(-(z**2)) * a
        return -np.concatenate([left @ erf(z), (slopes.T @ inputs).ravel()])

    end = solve_ivp(flow, (0, 400), np.concatenate([a, w.ravel()]), rtol=1e-9, atol=1e-11).y[:, -1]
    before, after = tangent_kernel(a, w, inputs), tangent_kernel(*parts(end), inputs)
    expected = np.linalg.norm(after - before) / np.linalg.norm(before)
    changes = []
    for share in (0.4, 0.1, 0.01):  # of the step 1/lambda_max; the first is that of `kernel_change`
        readout, weights, error = a.copy(), w.copy(), 1.0
        while error > 1e-12:
            step = share / np.linalg.eigvalsh(tangent_kernel(readout, weights, inputs))[-1]
            error = descend(readout, weights, inputs, y, start, alpha, step, 25)
        moved = tangent_kernel(readout, weights, inputs) - before
        changes.append(np.linalg.norm(moved) / np.linalg.norm(before))
    assert changes[-1] == pytest.approx(expected, rel=0.002)
    off = np.abs(np.array(changes) - expected)
    assert 2 < off[0] / off[1] < 12  # first order in the step, at the end
    assert off[1] / off[2] == pytest.approx(10, rel=0.5)
    found = ft.kernel_change(h, alpha, x, y, seed=5, tolerance=1e-12)
    assert found.converged
    assert found.relative_change == pytest.approx(changes[0], rel=1e-3)


def test_linear_side():
    """Far on the lazy side nothing changes: the first-order shift falls like 1/alpha"""
    x, y = points(0)
    runs = [ft.kernel_change(16, alpha, x[:6], y[:6], seed=1) for alpha in (100.0, 200.0)]
    assert all(run.converged for run in runs)
    assert runs[0].relative_change / runs[1].relative_change == pytest.approx(2, rel=0.05)


def test_what_has_not_converged():
    """Few steps: not converged, and said; the same seed gives the same numbers"""
    found = ft.crossover_scale([8, 16], [0.3, 3.0], repeats=2, seed=4, steps=100)
    assert not found.converged.any()
    assert "8 of 8 runs have not reached the tolerance" in found.warnings[0]
    again = ft.crossover_scale([8, 16], [0.3, 3.0], repeats=2, seed=4, steps=100)
    np.testing.assert_array_equal(again.relative_change, found.relative_change)
    single = ft.kernel_change(16, 3.0, *points(5), seed=[5, 16], steps=100)
    assert single.relative_change == found.relative_change[1, 1, 1]
    assert (single.steps, single.converged) == (100, False)


def test_crossing_and_exponent():
    """alpha* from the runs by hand: straight lines between logarithms, and the slope of two widths"""
    found = ft.crossover_scale([16, 64], [0.1, 0.5, 2.0], repeats=2, tolerance=0.05)
    logs = np.log(found.scales)
    by_hand = [
        [np.interp(0, -np.log(found.relative_change[i, :, r]), logs) for r in range(2)] for i in range(2)
    ]
    np.testing.assert_allclose(found.scale, np.exp(np.mean(by_hand, axis=1)), rtol=1e-12)
    slopes = np.subtract(by_hand[1], by_hand[0]) / math.log(4)
    assert found.exponent == pytest.approx(slopes.mean(), rel=1e-12)
    assert found.exponent_stderr == pytest.approx(abs(slopes[0] - slopes[1]) / 2, rel=1e-12)
    axes = found.plot()
    assert axes.get_xscale() == "log"
    # one series per width and the linear network
    assert len(axes.get_legend().get_texts()) == 3
    outside = ft.crossover_scale([8], [50.0], repeats=1, tolerance=0.5)
    assert np.isnan(outside.scale).all()
    assert math.isnan(outside.exponent)
    assert "does not cross 1 within the scales at width 8" in outside.warnings[-1]


X, Y = [[1.0, 1.0], [1.0, -1.0]], [1.0, -1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ft.kernel_change(0, 1, X, Y), "width must be at least 1"),
        (lambda: ft.kernel_change(4, 0, X, Y), "scale must be finite and greater than 0"),
        (lambda: ft.kernel_change(4, -1.0, X, Y), "scale must be finite and greater than 0"),
        (lambda: ft.kernel_change(4, math.inf, X, Y), "scale must be finite"),
        (lambda: ft.kernel_change(4, 1, X, [1.0]), "labels must be one for each of 2 inputs"),
        (lambda: ft.kernel_change(4, 1, [1.0, 2.0], Y), "inputs must"),
        (lambda: ft.kernel_change(4, 1, [[0.0, 0.0], [1.0, 2.0]], Y), "inputs must not be 0"),
        (lambda: ft.kernel_change(4, 1, [[math.nan, 0.0], [1.0, 2.0]], Y), "inputs must"),
        (lambda: ft.kernel_change(4, 1, X, Y, seed=-1), "seed must be what"),
        (lambda: ft.kernel_change(4, 1, X, Y, seed=None), "seed must be what"),
        (lambda: ft.kernel_change(4, 1, X, Y, tolerance=0), "tolerance must be finite and greater than 0"),
        (lambda: ft.kernel_change(4, 1, X, Y, steps=0), "steps must be at least 1"),
        (lambda: ft.crossover_scale([0], [1.0]), "widths must be at least 1"),
        (lambda: ft.crossover_scale([4, 4], [1.0]), "widths must be a number or a flat list of different"),
        (lambda: ft.crossover_scale([4], []), "scales must"),
        (lambda: ft.crossover_scale([4], [0.0]), "scales must be finite and greater than 0"),
        (lambda: ft.crossover_scale([4], [1.0], inputs=X), "inputs and labels must be given together"),
        (lambda: ft.crossover_scale([10**6], [1.0], steps=10**6), "training of 3 networks would take"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
