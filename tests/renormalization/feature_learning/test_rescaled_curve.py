"""Learning curves of finite networks: the scale of the kernel, averaged over data sets on the sphere."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import fieldtheory as ft
import renormalization
import replicas
from renormalization import rescaled_curve_formulas
from renormalization.feature_learning.curves.averaged_scale import AveragedScale
from renormalization.feature_learning.curves.rescaled_curve import error_by_eigenvalues

ERF = ft.FullyConnected(1, "erf", 2.0, input_scale=0.1).nngp().spectrum(10, 12)
TARGET = ft.Target({1: 1.0, 3: 0.2})


def linear(dim):
    """The kernel t of a linear network whose variances are 1, on the unit sphere."""
    return ft.Spectrum.from_arrays([0.0, 1 / dim], [1, dim], dim=dim)


# exact error with its standard error over 200 data sets; error and R of the theory
TABLE = [
    (30, 20, 20, 0.1, 0.3777, 0.0086, 0.3761, 0.928),
    (30, 60, 20, 0.1, 0.0139, 0.0005, 0.0133, 0.952),
    (30, 30, 60, 0.1, 0.1647, 0.0053, 0.1596, 0.956),
    (100, 80, 50, 0.5, 0.4578, 0.0046, 0.4535, 0.813),
    (30, 60, 10, 1.0, 0.2687, 0.0051, 0.2708, 0.717),
]


@pytest.mark.parametrize(("dim", "n", "width", "ridge", "exact", "stderr", "error", "scale"), TABLE)
def test_published_table(dim, n, width, ridge, exact, stderr, error, scale):
    """E(N; kappa/R) and R of the note, and the exact error within the bar

    Equation: rescaled-curve
    """
    curve = ft.learning_curve(
        linear(dim), ft.Target({1: 1.0}), [n], ridge, theory="self-consistent", width=width
    )
    assert curve.error[0] == pytest.approx(error, abs=6e-5)
    assert curve.rescaling[0] == pytest.approx(scale, abs=6e-4)
    for theory in ("self-consistent", "auto"):
        found = ft.learning_curve(linear(dim), ft.Target({1: 1.0}), [n], ridge, theory=theory, width=width)
        assert abs(found.error[0] - exact) <= found.error_bar[0] + 2 * stderr


def width_effect(network, dim, n, ridge, sets, seed):
    """Exact error of a linear network, less that at infinite width, over data sets y = sqrt(d) x_1.

    The two on the same points: what they have in common does not count. Mean and standard error.
    """
    rng = np.random.default_rng(seed)
    truth, found = math.sqrt(dim) * np.eye(dim)[0], []
    for _ in range(sets):
        x = rng.normal(size=(n, dim))
        x /= np.linalg.norm(x, axis=1)[:, None]
        y = x @ truth
        finite = renormalization.linear_posterior(network, x, y, np.eye(dim), ridge=ridge).test
        infinite = x.T @ np.linalg.solve(x @ x.T + ridge * np.eye(n), y)
        miss = [float((each - truth) @ (each - truth)) / dim for each in (finite, infinite)]
        found.append(miss[0] - miss[1])
    return np.mean(found), np.std(found, ddof=1) / math.sqrt(sets)


@pytest.mark.parametrize("strength", [1.0, "mean-field"])
@pytest.mark.parametrize("widths", [(10,), (12, 8)])
def test_linear_networks(strength, widths):
    """What the width adds to the error is that of the exact posterior, to the bar and 2 standard errors.

    At 90 % of the sizes, P/n from 0.1 to 2.5; in the mean-field scaling the bar is well below the effect.
    """
    dim, layers, sizes = 12, len(widths), [1, 4, 8, 12, 25]
    network = ft.FullyConnected(layers, "linear", width=widths, feature_strength=strength)
    regression = (linear(dim), ft.Target({1: 1.0}), sizes, 0.2)
    curve = ft.learning_curve(*regression, width=widths, hidden_layers=layers, feature_strength=strength)
    infinite = ft.learning_curve(*regression)
    inside = []
    for n, shift, bar in zip(sizes, curve.error - infinite.error, curve.error_bar, strict=True):
        exact, stderr = width_effect(network, dim, n, 0.2, 25, n)
        inside.append(abs(shift - exact) <= bar + 2 * stderr)
        if strength == "mean-field" and n > 4:
            assert bar < 0.5 * abs(shift)
    assert np.mean(inside) >= 0.9


SAMPLED = json.loads(
    (Path(__file__).parents[2] / "data/finite_width_curves.json").read_text(encoding="utf-8")
)


def test_sampled_networks():
    """What the width adds for erf and ReLU, d = 10 and 30, P/n from 0.1 to 2, chi = 1 and n.

    Sampled weights on random data sets: within the bar and 2 standard errors at 90 %, at chi = 1 within the
    bar and one.
    """
    inside, lazy = [], []
    for row in SAMPLED["rows"]:
        network = ft.FullyConnected(1, row["activation"], weight_variance=2.0)
        powers = {1: 0.8, (3 if row["activation"] == "erf" else 2): 0.2}
        regression = (network.nngp().spectrum(row["dim"], 20), ft.Target(powers), [row["n"]], 0.3)
        curve = ft.learning_curve(*regression, width=20, feature_strength=row["feature_strength"])
        shift = curve.error[0] - ft.learning_curve(*regression).error[0]
        off = abs(shift - row["shift"])
        inside.append(off <= curve.error_bar[0] + 2 * row["stderr"])
        if row["feature_strength"] == 1.0:
            lazy.append(off <= curve.error_bar[0] + row["stderr"])
    assert np.mean(inside) >= 0.9
    assert np.mean(lazy) >= 0.9


def numbers(action, q, formulas):
    """What the symbols of the formulas are at a point of the action."""
    problem, names = action.problem, {}
    spectrum = problem.spectrum
    names |= {f"lambda{degree}": value for degree, value in enumerate(spectrum.eigenvalues)}
    names |= {f"deg{degree}": value for degree, value in enumerate(spectrum.multiplicities)}
    names |= {f"g2_{degree}": value for degree, value in enumerate(problem.powers)}
    names |= {f"n{layer}": value for layer, value in enumerate(action.widths, start=1)}
    names |= {f"Q{layer}": value for layer, value in enumerate(action.scales(q), start=1)}
    chi = action.feature_strength
    names |= {"N": problem.n[0], "tau2": problem.label_noise, "chi": chi, "kappa": action.ridge / chi}
    names["k"] = action.effective_ridge(q)
    symbols = {
        each.name: each for each in formulas["action"].free_symbols | {sympy.Symbol("k", positive=True)}
    }
    return {symbols[name]: value for name, value in names.items() if name in symbols}


@pytest.mark.parametrize("widths", [(7,), (9, 5)])
def test_replicated_action(widths):
    """The saddle of the replicated action, in SymPy, is the compiled one: force, error, value"""
    spectrum = ft.Spectrum.from_arrays([0.5, 0.3, 0.05], [1, 5, 14], dim=5)
    problem = replicas.Problem(spectrum, np.array([0.2, 1.0, 0.5]), np.array([11.0]), 0.3, 0.15, "fixed")
    action = AveragedScale(problem, 0.3, widths, 4.0)
    formulas = rescaled_curve_formulas(2, len(widths))
    for q in (action.saddles()[0], 0.6):
        at = numbers(action, q, formulas)
        assert abs(float(formulas["fixed_point"].subs(at))) < 1e-10 * problem.n[0]
        force = formulas["layers"][0] - formulas["scale"]
        assert float(force.subs(at)) == pytest.approx(action.force(q), rel=1e-9, abs=1e-9)
        assert len({round(float(each.subs(at)), 9) for each in formulas["layers"]}) == 1
        rescaled = replace(problem, ridge=problem.ridge / action.scale(q))
        error = replicas.predict(rescaled, "self-consistent", error_bar=False).error[0]
        assert float(formulas["error"].subs(at)) == pytest.approx(error, rel=1e-10)


@pytest.mark.parametrize("widths", [(7,), (9, 5)])
def test_stationary(widths):
    """Every derivative of the replicated action vanishes at the saddle"""
    problem = replicas.Problem(
        ft.Spectrum.from_arrays([0.5, 0.3], [1, 5], dim=5),
        np.array([0.2, 1.0]),
        np.array([6.0]),
        0.3,
        0.1,
        "fixed",
    )
    action = AveragedScale(problem, 0.3, widths, 2.0)
    formulas = rescaled_curve_formulas(1, len(widths))
    at = numbers(action, action.saddles()[0], formulas)
    at |= {field: float(value.subs(at)) for field, value in formulas["overlaps"].items()}
    for field in formulas["fields"]:
        if field.name.startswith("Q"):  # along log Q_l
            assert abs(float((field * sympy.diff(formulas["action"], field)).subs(at))) < 1e-8
        else:
            assert abs(float(sympy.diff(formulas["action"], field).subs(at))) < 1e-8


@given(
    st.floats(0.01, 10),
    st.floats(0.5, 50),
    st.integers(2, 60),
    st.integers(1, 60),
    st.floats(0.3, 2),
)
def test_force_is_minus_the_slope_of_the_action(ridge, strength, n, width, q):
    problem = replicas.Problem(ERF, TARGET.as_array(12), np.array([float(n)]), ridge, 0.05, "fixed")
    action = AveragedScale(problem, ridge, (width, 2 * width), strength)
    low = max(q, 0.55)  # all Q_l > 0, far from the ends
    step = 1e-4
    values = [action.value(low * math.exp(each)) for each in (-2 * step, -step, step, 2 * step)]
    scales = [math.log(action.scale(low * math.exp(each))) for each in (-step, step)]
    slope = (8 * (values[2] - values[1]) - values[3] + values[0]) / (6 * (scales[1] - scales[0]))
    size = abs(action.force(low)) + width + n + abs(action.learnt_and_fitted(low)[1])
    assert slope == pytest.approx(-action.force(low), abs=1e-5 * size)


@given(st.floats(1e-3, 10), st.floats(0.5, 100), st.integers(1, 200), st.integers(1, 100))
def test_saddles(ridge, strength, n, width):
    """The force vanishes at every saddle, and has the sign of a way back at the ends"""
    problem = replicas.Problem(ERF, TARGET.as_array(12), np.array([float(n)]), ridge, 0.05, "fixed")
    action = AveragedScale(problem, ridge, (width,), strength)
    low, high = action.bounds()
    assert action.force(low) > 0 > action.force(high)
    found = action.saddles()
    assert found
    for q in found:
        assert abs(action.force(q)) <= 1e-9 * (width + n) * max(1.0, q)
        assert action.fluctuation(q)[1] > 0


def test_infinitely_wide_networks():
    """width -> oo is the curve of infinite width to the digit, whatever the feature strength"""
    for theory in ("auto", "self-consistent", "one-loop"):
        usual = ft.learning_curve(ERF, TARGET, [5, 30, 100], 0.3, 0.1, theory=theory)
        for strength in (1.0, 7.0):
            wide = ft.learning_curve(
                ERF, TARGET, [5, 30, 100], 0.3, 0.1, theory, width=10**17, feature_strength=strength
            )
            np.testing.assert_allclose(wide.rescaling, 1.0, rtol=1e-14)
            for name in ("error", "bias", "variance", "training_error", "effective_ridge", "coefficients"):
                np.testing.assert_allclose(getattr(wide, name), getattr(usual, name), rtol=1e-13)
            np.testing.assert_allclose(wide.error_bar, usual.error_bar, rtol=1e-6)
            np.testing.assert_allclose(
                wide.posterior_variance * strength, usual.posterior_variance, rtol=1e-13
            )


def test_slopes_of_the_error():
    """A change of one eigenvalue by a factor 1 + h changes the self-consistent error by h times its slope"""
    problem = replicas.Problem(ERF, TARGET.as_array(12), np.array([17.0]), 0.3, 0.1, "fixed")
    slopes, step = [], 1e-4
    for degree in range(13):
        errors = []
        for sign in (-1, 1):
            factors = 1 + sign * step * (np.arange(13) == degree)
            spectrum = replace(
                ERF, eigenvalues=ERF.eigenvalues * factors, degree_traces=ERF.degree_traces * factors
            )
            changed = replace(problem, spectrum=spectrum)
            errors.append(replicas.predict(changed, "self-consistent", error_bar=False).error[0])
        slopes.append((errors[1] - errors[0]) / (2 * step))
    assert error_by_eigenvalues(problem) == pytest.approx(slopes, rel=1e-5, abs=1e-9)


def test_feature_strength_scales_the_prior():
    """chi divides the variance of the read-out, and the ridge: else that counts chi times"""
    arguments = {"spectrum": ERF, "target": TARGET, "n": [10, 40], "width": 20}
    fixed = ft.learning_curve(**arguments, ridge=0.06, feature_strength=5.0, scale_ridge=False)
    scaled = ft.learning_curve(**arguments, ridge=0.3, feature_strength=5.0)
    np.testing.assert_allclose(fixed.error, scaled.error, rtol=1e-12)
    assert (fixed.likelihood_variance, scaled.likelihood_variance) == pytest.approx((0.06, 0.06))
    # the kernel K/chi with its own ridge at chi = 1 is the same network
    smaller = ft.Spectrum.from_arrays(ERF.eigenvalues / 5, ERF.exact_multiplicities, ERF.tail / 5, dim=10)
    same = ft.learning_curve(smaller, TARGET, [10, 40], 0.06, width=20)
    np.testing.assert_allclose(same.error, scaled.error, rtol=1e-9)
    np.testing.assert_allclose(same.rescaling, scaled.rescaling, rtol=1e-9)
    mean_field = ft.learning_curve(**arguments, ridge=0.3, feature_strength="mean-field")
    number = ft.learning_curve(**arguments, ridge=0.3, feature_strength=20)
    np.testing.assert_array_equal(mean_field.error, number.error)


def test_record():
    """A curve like any other, with R: tables, JSON, papers"""
    curve = ft.learning_curve(ERF, TARGET, [10, 40], 0.3, width=20)
    assert isinstance(curve, ft.FiniteWidthCurve)
    assert curve.to_dict()["rescaling"] == curve.rescaling.tolist()
    assert "sompolinsky" in ft.cite(curve).lower()
    assert str(curve).startswith("FiniteWidthCurve(loop-expansion, n = 10 ... 40 (2), error ")
    assert ft.learning_curve(ERF, TARGET, [10], 0.3, width=20, error_bar=False).error_bar is None


GRAM = ft.Spectrum.from_gram([[2.0, 1.0], [1.0, 2.0]], [1.0, 0.0])
REFUSED = [
    ({"width": 0}, "width must be at least 1"),
    ({"width": [10, 10]}, "width must be one number, or one for each of hidden_layers=1"),
    ({"width": 2.5}, "width must be"),
    ({"width": 10**300}, "width must be at most"),
    ({"width": 10, "ridge": 1e-300}, "ridge must be at least 1e-60 for a finite width"),
    ({"width": 10, "feature_strength": 1e-300}, "feature_strength must be from 1e-60"),
    ({"width": 10, "feature_strength": -1.0}, "feature_strength must be"),
    ({"feature_strength": 2.0}, "feature_strength must be 1.0 for width=None"),
    ({"hidden_layers": 2}, "hidden_layers must be 1 for width=None"),
    ({"scale_ridge": False}, "scale_ridge must be True for width=None"),
    ({"width": 10, "ridge": 0.0}, "ridge must be positive for a finite width"),
    ({"width": 10, "ensemble": "poisson"}, "ensemble must be 'fixed' for a finite width"),
    ({"width": 10, "accuracy": 0.1}, "accuracy must be None for a finite width"),
    ({"width": 10, "spectrum": GRAM[0], "target": GRAM[1]}, "spectrum must be on a sphere"),
    ({"width": 10, "sampling": "with-replacement"}, "sampling must be left out"),
    ({"width": 10, "theory": "no such"}, "theory must be one of"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_refusals(changes, said):
    with pytest.raises(ValueError, match=said):
        ft.learning_curve(**({"spectrum": ERF, "target": TARGET, "n": [10], "ridge": 0.3} | changes))
