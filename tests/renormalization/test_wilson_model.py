"""Truncated kernels: harmonic features, the compressed model, Taylor trimming."""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonic_features import count_harmonics, harmonic_features
from fieldtheory.sphere.harmonics import gegenbauer, multiplicity
from renormalization import WilsonFlow, renormalised_ntk
from renormalization.wilson.truncation import harmonic_kernel, taylor_coefficients

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "wilson.json").read_text(encoding="utf-8"))[
    "rows"
]
# cut-off 60 keeps 3721 modes for 256 points, and takes long
TRUNCATIONS = [
    pytest.param(row, id=row["id"])
    for row in REFERENCE
    if "ir_distance_bare" in row["values"] and row["params"]["cutoff_l"] < 60
]
NTK = ft.FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1 / 50).ntk()


def draw(count, dim, seed):
    rng = np.random.default_rng(seed) if isinstance(seed, int | list) else seed
    points = rng.normal(size=(count, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize(("dim", "degree"), [(2, 30), (3, 25), (4, 9), (8, 4), (20, 2), (50, 2), (5, 0)])
def test_addition_theorem(dim, degree):
    """sum_m Y_lm(x) Y_lm(y) = deg(l) P_l(x.y), degree by degree."""
    points = draw(40, dim, seed=1)
    features = harmonic_features(points, degree)
    assert features.shape == (40, count_harmonics(degree, dim))
    t, start = np.clip(points @ points.T, -1, 1), 0
    for l, polynomial in enumerate(gegenbauer(degree, t, dim)):
        block = features[:, start : start + multiplicity(l, dim)]
        np.testing.assert_allclose(
            block @ block.T, multiplicity(l, dim) * polynomial, atol=1e-11 * block.shape[1]
        )
        start += block.shape[1]


def test_orthonormal():
    """int Y_i Y_j dmu = delta_ij, sampled: 4 standard errors."""
    features = harmonic_features(draw(200_000, 4, seed=2), 2)
    for i in range(features.shape[1]):
        products = features * features[:, i : i + 1]
        error = products.std(axis=0) / math.sqrt(len(features)) + 1e-12
        assert (np.abs(products.mean(axis=0) - np.eye(features.shape[1])[i]) < 4.5 * error).all()


def test_features_at_poles_and_refusals():
    """Polynomials: no point of the sphere is special."""
    np.testing.assert_allclose((harmonic_features(np.eye(6), 3) ** 2).sum(axis=1), count_harmonics(3, 6))
    for bad in (np.ones(3), np.ones((4, 1))):
        with pytest.raises(ValueError, match="points must have shape"):
            harmonic_features(bad, 2)


@pytest.mark.parametrize("count", [12, 60])
def test_both_sizes_of_linear_algebra_agree_with_the_dual(count):
    """f = K_<(x, X)(K_< + sigma_R^2)^{-1} y, from n x n or from modes x modes."""
    spectrum = NTK.spectrum(4, 8)
    flow = WilsonFlow(spectrum, count, 0.01)
    model = flow.compressed_model(3)
    assert model.modes == 30
    points, test = draw(count, 4, seed=3), draw(25, 4, seed=4)
    labels = np.random.default_rng(5).normal(size=(count, 2))
    kernel, ridge = flow.truncated_kernel(3)
    assert ridge == model.ridge == flow.at(3).ridge
    gram = kernel(np.clip(points @ points.T, -1, 1)) + ridge * np.eye(count)
    expected = kernel(np.clip(test @ points.T, -1, 1)) @ np.linalg.solve(gram, labels)
    np.testing.assert_allclose(model.fit(points, labels).predict(test), expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(
        model.fit(points, labels[:, 0]).predict(test), expected[:, 0], rtol=1e-7, atol=1e-9
    )
    assert model.predict(np.empty((0, 4))).shape == (0,)


def test_model_refusals():
    spectrum = Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 3, 5], dim=3)
    flow = WilsonFlow(spectrum, 5, 0.1)
    model = flow.compressed_model(1)
    with pytest.raises(ValueError, match="model must be fitted"):
        model.predict(np.eye(3))
    with pytest.raises(ValueError, match=r"X must have shape \(n, 3\)"):
        model.fit(np.eye(4), np.ones(4))
    with pytest.raises(ValueError, match="X must have rows of unit norm"):
        model.fit(2 * np.eye(3), np.ones(3))
    with pytest.raises(ValueError, match=r"y must hold 3 finite labels, as X \(got shape \(2,\)\)"):
        model.fit(np.eye(3), np.ones(2))
    with pytest.raises(ValueError, match=r"y must be finite \(got nan at position 1\)"):
        model.fit(np.eye(3), [1.0, math.nan, 0.0])
    with pytest.raises(ValueError, match="target must be given to the flow"):
        _ = model.predicted_loss
    with pytest.raises(ValueError, match="n must be one number"):
        WilsonFlow(spectrum, [5, 6], 0.1).compressed_model(1)
    nowhere = WilsonFlow(Spectrum.from_arrays([1.0, 0.5], [1, 3]), 2, 0.1)
    for method in (nowhere.compressed_model, nowhere.truncated_kernel):
        with pytest.raises(ValueError, match="spectrum must have a dim"):
            method(1)


def test_warns_when_learnable_modes_are_cut():
    """u > 1 above the cut-off with target power there: no ridge repairs it."""
    spectrum = NTK.spectrum(5, 8)
    flow = WilsonFlow(spectrum, 4000, 1e-9, target=ft.Target({1: 1.0, 2: 1.0}))
    assert flow.at(2).coupling > 1
    with pytest.warns(UserWarning, match="cutoff 1 removes learnable modes of the target, of degree 2"):
        flow.compressed_model(1)
    assert "removes degree 2" in flow.validity(1)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flow.compressed_model(2)
        WilsonFlow(spectrum, 2, 1e-9, target=ft.Target({1: 1.0, 2: 1.0})).compressed_model(1)


def target_values(target, points, pole):
    """sum_l sqrt(g_l^2 deg(l)) P_l(x.u)."""
    shapes = gegenbauer(target.max_degree, points @ pole, points.shape[1])
    return sum(math.sqrt(p * multiplicity(l, points.shape[1])) * shapes[l] for l, p in target.powers.items())


@pytest.mark.parametrize("row", TRUNCATIONS)
def test_reference_distances(row, reference_spectrum, reference_kernel):
    """|P_< f_full - f_truncated|^2/|P_< f_full|^2 and the errors, on the data sets of the reference.

    At least threefold below the bare ridge wherever lambda_UVmax/kappa < 0.3; what the flow predicts for both
    errors and for their difference, within 4 standard errors and 2 %.
    """
    p, values = row["params"], row["values"]
    dim, n, noise = p["d"], p["n"], p["noise_var"]
    target = ft.Target({int(l): power for l, power in p["target_c"].items()})
    flow = WilsonFlow(
        reference_spectrum(p["kernel"], dim, {3: 1000}.get(dim, 14)), n, p["ridge"], noise, target
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at cut-off 6 the target has learnable modes above it
        model, bare = flow.compressed_model(p["cutoff_l"]), flow.compressed_model(p["cutoff_l"])
    bare.ridge = p["ridge"]
    assert model.modes == p.get("modes_kept", model.modes)
    function, samples = reference_kernel(p["kernel"]), []
    for repeat in range(row["n_rep"]):
        rng = np.random.default_rng([11, dim, n, repeat])
        pole, points, test = draw(1, dim, rng)[0], draw(n, dim, rng), draw(2000, dim, rng)
        labels = target_values(target, points, pole) + math.sqrt(noise) * rng.normal(size=n)
        gram = function(np.clip(points @ points.T, -1, 1)) + p["ridge"] * np.eye(n)
        coefficients, cross = np.linalg.solve(gram, labels), np.clip(test @ points.T, -1, 1)
        infrared, truth = model.kernel(cross) @ coefficients, target_values(target, test, pole)
        found = [each.fit(points, labels).predict(test) for each in (model, bare)]
        distances = [((each - infrared) ** 2).mean() / (infrared**2).mean() for each in found]
        everything = [*found, function(cross) @ coefficients]
        samples.append(distances + [((each - truth) ** 2).mean() + noise for each in everything])
    renormalised, unchanged, error, bare_error, full_error = np.mean(samples, axis=0)
    assert renormalised == pytest.approx(values["ir_distance_screened"], rel=1e-6)
    assert unchanged == pytest.approx(values["ir_distance_bare"], rel=1e-6)
    assert error == pytest.approx(values["mse_screened"], rel=1e-6)
    assert bare_error == pytest.approx(values["mse_bare"], rel=1e-6)
    if values["lam_uv_max_over_kappa"] < 0.3:
        assert renormalised < unchanged / 3
    errors = np.array(samples)[:, [2, 4]]
    stderr = errors.std(axis=0, ddof=1) / math.sqrt(len(samples))
    predicted = np.array([model.predicted_error, model.full_error]) + noise
    assert (np.abs(errors.mean(axis=0) - predicted) < 4 * stderr + 0.02 * predicted).all()
    loss = errors[:, 0] - errors[:, 1]
    tolerance = 4 * loss.std(ddof=1) / math.sqrt(len(loss)) + 0.02 * full_error
    assert abs(loss.mean() - model.predicted_loss) < tolerance


def test_paper_numbers():
    """lambda_0..3 = 3.19371, 7.27389e-4, 5.98202e-6, 1.62038e-7, sigma_r^2 = 0.018731 (Fig. 1, r = 3).

    Equation: renormalised-ntk
    """
    kernel, noise = renormalised_ntk(NTK, powers=3)
    found = kernel.spectrum(50, 5).eigenvalues
    assert [float(f"{x:.6g}") for x in found[:4]] == [3.19371, 7.27389e-4, 5.98202e-6, 1.62038e-7]
    assert found[4:].tolist() == [0, 0]
    assert round(noise, 6) == 0.018731
    whole, rest = renormalised_ntk(NTK, degree=3, dim=50)
    np.testing.assert_array_equal(whole.spectrum(50, 3).eigenvalues, NTK.spectrum(50, 3).eigenvalues)
    assert rest == NTK.spectrum(50, 3).tail
    # trimming powers lowers the eigenvalues: 3.6 % at degree 2, 8 % at degree 3
    ratio = found[:4] / whole.spectrum(50, 3).eigenvalues
    np.testing.assert_allclose(1 - ratio[2:], [0.036, 0.080], atol=1.5e-3)
    assert whole.trace + rest == pytest.approx(NTK.trace, rel=1e-14)


@pytest.mark.parametrize("activation", ["relu", "erf", "sin", "tanh"])
def test_taylor_coefficients_against_the_eigenvalues_at_large_dim(activation):
    """lambda_l -> l! b_l/d^l [1 + O(1/d)], extrapolated; they add up to no more than K(1)."""
    kernel = ft.FullyConnected(2, activation, weight_variance=1.5, bias_variance=0.1).nngp()
    b = taylor_coefficients(kernel, 4)
    for l in range(5):
        first, second = (
            float(kernel.spectrum(dim, 4).eigenvalues[l]) * float(dim) ** l / math.factorial(l)
            for dim in (20000, 40000)
        )
        assert b[l] == pytest.approx(2 * second - first, rel=2e-6, abs=1e-9)
    assert 0 < b.sum() <= kernel.trace


def test_taylor_of_known_series():
    """b_q = 1/q! for exp, from the interpolation; the ReLU kernel to 15 digits against mpmath."""
    found = taylor_coefficients(ZonalKernel.from_function(np.exp), 7)
    np.testing.assert_allclose(found, [1 / math.factorial(q) for q in range(8)], rtol=1e-7, atol=1e-10)
    relu = taylor_coefficients(ft.FullyConnected(1, "relu", weight_variance=2).nngp(), 10)
    expected = mpmath.taylor(
        lambda t: (mpmath.sqrt(1 - t * t) + t * (mpmath.pi - mpmath.acos(t))) / mpmath.pi, 0, 10
    )
    np.testing.assert_allclose(relu, [2 * float(x) for x in expected], rtol=1e-12, atol=1e-15)


def test_small_coefficients_are_kept():
    """erf on inputs of norm 1/50: b_11 = 5e-17 of K(1) = 2.7, and lambda_11 as that of the full kernel."""
    kernel = ft.FullyConnected(3, "erf", weight_variance=1, bias_variance=1, input_scale=1 / 50).ntk()
    found = taylor_coefficients(kernel, 20)
    assert found[11] == pytest.approx(5.2998e-17, rel=1e-4)
    np.testing.assert_allclose(found[1:] / found[:-1], found[12] / found[11], rtol=0.5, atol=0.02)
    trimmed = renormalised_ntk(kernel, powers=11).kernel.spectrum(50, 11).eigenvalues
    np.testing.assert_allclose(trimmed, kernel.spectrum(50, 11).eigenvalues, rtol=2e-3)


def test_vanishing_coefficients_are_zero():
    """Odd activations without bias: even powers vanish exactly, not to rounding."""
    kernel = ft.FullyConnected(2, "erf", weight_variance=1).ntk()
    found = taylor_coefficients(kernel, 14)
    assert found[::2].tolist() == [0.0] * 8
    assert (found[1::2] > 1e-3).all()


def test_coefficients_beyond_the_kernel():
    """Coefficients that add up to more than K(1) leave a negative ridge: refused, not clipped."""
    kernel = replace(ft.FullyConnected(2, "erf", weight_variance=1).ntk(), trace=0.9)
    with pytest.raises(ValueError, match="kernel must have Taylor coefficients that add up to"):
        renormalised_ntk(kernel, powers=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "powers or degree must be given"),
        ({"powers": 2, "degree": 2}, "powers or degree must be given"),
        ({"powers": -1}, "powers must be at least 0"),
        ({"powers": 2.5}, "powers must be an integer"),
        ({"degree": 2}, "dim must be an integer"),
        ({"powers": 2, "dim": 7}, r"dim must be None with powers.*\(got 7\)"),
        ({"powers": 30, "kernel": ZonalKernel.from_function(np.exp)}, "powers must be below"),
        ({"powers": 3, "kernel": ZonalKernel.from_function(np.cos)}, "non-negative Taylor coefficients"),
        ({"powers": 3, "kernel": np.exp}, "kernel must be a ZonalKernel"),
    ],
)
def test_trimming_refusals(arguments, message):
    arguments = {"kernel": NTK} | arguments
    with pytest.raises(ValueError, match=message):
        renormalised_ntk(arguments.pop("kernel"), **arguments)


def test_harmonic_kernel_stays_on_its_sphere():
    with pytest.raises(ValueError, match="dim must be 50"):
        harmonic_kernel(NTK.spectrum(50, 2), 2).spectrum(49, 2)
