"""Smooth deformations: published sums, statistics of fields, interpolation, stability of functions."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.ndimage import map_coordinates

import fieldtheory as ft

FILE = Path(__file__).parents[2] / "data" / "regimes.json"
ROWS = {row["id"]: row for row in json.loads(FILE.read_text(encoding="utf-8"))["rows"]}


def smooth_images(number: int, pixels: int) -> np.ndarray:
    r = (np.arange(pixels) + 0.5) / pixels
    waves = np.cos(np.pi * np.outer(r, np.arange(4)))
    return waves @ np.random.default_rng(1).normal(size=(number, 4, 4)) @ waves.T


def test_published_moments():
    """diffeo_moments/c5_T0.5: (4.2), (4.3) of the field"""
    row = ROWS["diffeo_moments/c5_T0.5"]
    waves = ft.Diffeomorphisms(row["params"]["cutoff"], row["params"]["T"])
    assert waves.mean_variance == pytest.approx(row["values"]["variance_mean"], rel=1e-10)
    assert waves.variance([0.5, 0.5]) == pytest.approx(row["values"]["variance_centre"], rel=1e-10)
    assert waves.gradient_variance == pytest.approx(row["values"]["gradient_variance_mean"], rel=1e-10)


def test_published_fields():
    """diffeo/c8: the mean of u^2 over pixels, exactly and over 400 fields"""
    row = ROWS["diffeo/c8"]
    waves = ft.Diffeomorphisms(8, 1.0)
    assert waves.mean_variance == pytest.approx(row["values"]["variance_exact"], rel=1e-10)
    with pytest.warns(UserWarning, match=r"above 0\.0[0-9]*, .* [0-9.]+% of"):
        u = waves.sample(32, 400, seed=0)
    means = (u**2).mean(axis=(2, 3))
    stderr = means.std(axis=0, ddof=1) / 20
    assert (np.abs(means.mean(axis=0) - waves.mean_variance) < 4 * stderr).all()
    assert np.abs(row["values"]["variance_measured"] - waves.mean_variance) < 4 * stderr.max()


@given(st.integers(2, 6), st.floats(0.0, 5.0))
@settings(max_examples=10, deadline=None)
def test_mean_of_the_variance(cutoff: int, temperature: float):
    """int <u^2(r)> d^2r = mean_variance, by quadrature; 0 at the walls"""
    waves = ft.Diffeomorphisms(cutoff, temperature)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    r = np.stack(np.meshgrid((nodes + 1) / 2, (nodes + 1) / 2), axis=-1)
    found = np.einsum("a,b,ab->", weights, weights, waves.variance(r)) / 4
    assert found == pytest.approx(waves.mean_variance, rel=1e-12)
    assert waves.variance([0.0, 0.3]) == pytest.approx(0.0, abs=1e-25)


@pytest.mark.parametrize("grid", ["midpoints", "edges"])
def test_covariance_of_fields(grid):
    """<u(r) u(r')> over fields is `covariance`, components are independent; its diagonal is `variance`"""
    waves = ft.Diffeomorphisms(3, 0.01, grid)
    u = waves.sample(4, 20_000, seed=2).reshape(-1, 2, 16)
    exact = waves.covariance(4)
    for a, b in ((0, 0), (1, 1), (0, 1)):
        products = u[:, a, :, None] * u[:, b, None, :]
        difference = products.mean(axis=0) - (exact if a == b else 0)
        assert (np.abs(difference) <= 5 * products.std(axis=0) / math.sqrt(len(u)) + 1e-17).all()
    r = waves.positions(4)
    points = np.stack(np.meshgrid(r, r, indexing="ij"), axis=-1)
    np.testing.assert_allclose(waves.variance(points).ravel(), exact.diagonal(), atol=1e-16)


def test_energy():
    """C_ij has the variance T/(i^2 + j^2) in exp(-E/T), E = (2/pi^2) int |grad u|^2: E = C^2 (i^2 + j^2)/2"""
    i, j, amplitude = 2, 3, 0.7

    def density(y: float, x: float) -> float:
        along_x = i * math.cos(i * math.pi * x) * math.sin(j * math.pi * y)
        along_y = j * math.sin(i * math.pi * x) * math.cos(j * math.pi * y)
        return (along_x**2 + along_y**2) * math.pi**2

    energy = 2 / math.pi**2 * amplitude**2 * dblquad(density, 0, 1, 0, 1)[0]
    assert energy == pytest.approx(amplitude**2 * (i * i + j * j) / 2, rel=1e-9)
    variances = np.diff([ft.Diffeomorphisms(c, 1.0).mean_variance for c in (3, 4)])[0]
    assert 4 * variances == pytest.approx(2 / 13 + 2 / 10)  # (2, 3), (3, 2), (1, 3), (3, 1)


@pytest.mark.parametrize("grid", ["midpoints", "edges"])
def test_interpolation(grid):
    """Deformed images are those of scipy.ndimage.map_coordinates, order 1, positions clamped to the grid"""
    images = np.random.default_rng(0).normal(size=(300, 9, 9))
    waves = ft.Diffeomorphisms(4, 0.05, grid)
    found, u = waves.deform(images, seed=3), waves.sample(9, 300, seed=3)
    rows, columns = np.mgrid[:9, :9]
    length = 9 if grid == "midpoints" else 8
    for image, field, deformed in zip(images, u, found, strict=True):
        wanted = map_coordinates(
            image, [rows + length * field[0], columns + length * field[1]], order=1, mode="nearest"
        )
        np.testing.assert_allclose(deformed, wanted, atol=1e-12)
    if grid == "edges":  # corners stay where they are
        np.testing.assert_allclose(found[:, ::8, ::8], images[:, ::8, ::8], atol=1e-12)


def test_temperature_range():
    """At `lowest` <|u|^2> is (1/2 pixel)^2; at `highest` <(d u/d r)^2> is 1, and above it fields fold"""
    for pixels, grid in ((32, "midpoints"), (9, "edges")):
        low, high = ft.Diffeomorphisms(5, 0.3, grid).temperature_range(pixels)
        length = pixels - (grid == "edges")
        assert 2 * length**2 * ft.Diffeomorphisms(5, low).mean_variance == pytest.approx(0.25)
        assert ft.Diffeomorphisms(5, high).gradient_variance == pytest.approx(1.0)
    fractions = [
        ft.Diffeomorphisms(5, high * share).folded_fraction(fields=40) for share in (0.02, 0.5, 2, 50)
    ]
    assert fractions[0].value == 0.0
    assert all(a.value < b.value for a, b in zip(fractions[:-1], fractions[1:], strict=True))


def test_folded_fraction():
    """The sign of the Jacobian determinant, here by finite differences of the sampled field"""
    waves = ft.Diffeomorphisms(3, 0.15)
    u = waves.sample(200, 30, seed=1)
    (xx, xy), (yx, yy) = (np.gradient(u[:, k], 1 / 200, axis=(1, 2)) for k in (0, 1))
    shares = (((1 + xx) * (1 + yy) - xy * yx) <= 0).mean(axis=(1, 2))
    found = waves.folded_fraction(pixels=200, fields=30, seed=1)
    assert 0.01 < found.value < 0.5
    assert found.value == pytest.approx(shares.mean(), abs=1e-3)
    assert found.stderr == pytest.approx(shares.std(ddof=1) / math.sqrt(30), rel=0.02)


@pytest.mark.parametrize(("temperature", "cutoff"), [(1e-3, 3), (1e-2, 3), (1e-3, 6), (5e-3, 6)])
def test_white_linear_function(temperature, cutoff):
    """R_f = 1 for f(x) = w.x, w white: numerator and denominator have the same mean over w

    Equation: relative-stability
    """
    images = smooth_images(4, 8)
    changes = []
    for seed in range(60):
        w = np.random.default_rng(seed).normal(size=(64, 8))
        found = ft.relative_stability(
            lambda x, w=w: x.reshape(len(x), -1) @ w, images, cutoff, temperature, fields=8, seed=seed
        )
        changes.append((found.numerator, found.denominator))
    above, below = np.array(changes).T
    ratio = above.mean() / below.mean()
    stderr = np.std(above - ratio * below, ddof=1) / math.sqrt(len(above)) / below.mean()
    assert abs(ratio - 1) < 4 * stderr < 0.2


@pytest.fixture(scope="module")
def laplace():
    pytest.importorskip("sklearn")
    return ft.digit_function("laplace")


def test_stability_of_digits(laplace):
    """stability_digits/laplace_regression_c3, by its protocol: the same draws"""
    row = ROWS["stability_digits/laplace_regression_c3"]
    found = ft.relative_stability(laplace, laplace.images, 3, 0.002, fields=60, seed=3)
    assert found.ratio == pytest.approx(row["values"]["R_f"], rel=1e-6)
    assert found.stderr == pytest.approx(row["stderr"]["R_f"], rel=1e-6)
    assert laplace.error == pytest.approx(row["values"]["classification_error"], rel=1e-6)
    assert found == ft.relative_stability(laplace, laplace.images, 3, 0.002, fields=60, seed=3)


def test_delta_method():
    """`stderr` is the scatter of the ratio over independent sets of fields"""
    images = smooth_images(3, 6)
    f = lambda x: x[:, 2, 2] + 0.3 * np.sin(x[:, 1, 3])  # noqa: E731
    found = [ft.relative_stability(f, images, 3, 0.005, fields=100, seed=seed) for seed in range(100)]
    scatter = np.std([each.ratio for each in found], ddof=1)
    assert np.mean([each.stderr for each in found]) == pytest.approx(scatter, rel=4 / math.sqrt(200))


@pytest.mark.parametrize("name", ["laplace", "gaussian", "linear"])
def test_gradients_of_digit_functions(name):
    """df/dx by central differences

    Equation: digit-function
    """
    pytest.importorskip("sklearn")
    f = ft.digit_function(name)
    images, step = f.images[:2], 1e-5
    gradient = f.gradient(images)
    for pixel in ((0, 3), (4, 4), (7, 5)):
        shift = np.zeros((8, 8))
        shift[pixel] = step
        slope = (f(images + shift) - f(images - shift)) / (2 * step)
        np.testing.assert_allclose(gradient[:, *pixel], slope, rtol=1e-6, atol=1e-8)
    assert 0 < f.error < 0.3


@pytest.mark.parametrize("grid", ["midpoints", "edges"])
def test_linear_stability(grid):
    """First order in T: sampling at T -> 0 within 4 stderr, the difference falls like sqrt(T) or faster

    Equation: linear-stability
    """
    images = smooth_images(5, 6)
    w = np.random.default_rng(3).normal(size=(6, 6))
    f = lambda x: np.tanh((x * w).sum(axis=(1, 2)) / 6)  # noqa: E731
    slope = lambda x: w / 6 / np.cosh((x * w).sum(axis=(1, 2)) / 6)[:, None, None] ** 2  # noqa: E731
    exact = ft.linear_stability(slope, images, 3, 1e-12, grid=grid)
    small = ft.relative_stability(f, images, 3, 1e-12, fields=4000, grid=grid)
    assert abs(small.ratio - exact.ratio) < 4 * small.stderr
    assert small.stderr < 0.03 * exact.ratio
    assert small.numerator == pytest.approx(exact.numerator, rel=0.15)
    assert small.denominator == pytest.approx(exact.denominator, rel=0.1)
    # on the same fields
    limit = ft.relative_stability(f, images, 3, 1e-12, fields=400, grid=grid).ratio
    temperatures = np.array([4e-8, 4e-6, 4e-4])
    differences = [
        abs(ft.relative_stability(f, images, 3, t, fields=400, grid=grid).ratio - limit) for t in temperatures
    ]
    exponents = np.diff(np.log(differences)) / np.diff(np.log(np.sqrt(temperatures)))
    assert (exponents > 0.9).all()


def test_linear_stability_of_outputs():
    """R of several outputs: the sum over them of numerators by that of denominators; T is a factor"""
    images = smooth_images(3, 5)
    gradients = np.random.default_rng(0).normal(size=(3, 4, 5, 5))
    found = ft.linear_stability(lambda x: gradients, images, 3)
    each = [ft.linear_stability(lambda x, k=k: gradients[:, k], images, 3) for k in range(4)]
    assert found.numerator == pytest.approx(sum(one.numerator for one in each))
    assert found.denominator == pytest.approx(sum(one.denominator for one in each))
    cold = ft.linear_stability(lambda x: gradients, images, 3, 1e-4)
    assert cold.ratio == pytest.approx(found.ratio, rel=1e-12)
    assert cold.numerator == pytest.approx(1e-4 * found.numerator, rel=1e-12)
    # all pixels as outputs: noise has the norm of the displacement
    every = np.broadcast_to(np.eye(25).reshape(25, 5, 5), (3, 25, 5, 5))
    assert ft.linear_stability(lambda x: every, images, 3).ratio == pytest.approx(1.0, rel=1e-12)


FLAT, PLAIN = np.ones((2, 4, 4)), np.arange(32.0).reshape(2, 4, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ft.Diffeomorphisms(3, -0.1), "temperature must be finite and at least 0"),
        (lambda: ft.Diffeomorphisms(1, 0.1), "cutoff must be at least 2"),
        (lambda: ft.Diffeomorphisms(3, 0.1, "corners"), "grid must be one of"),
        (lambda: ft.Diffeomorphisms(3, 0.1).deform(np.ones((2, 3, 4))), "images must be square"),
        (lambda: ft.Diffeomorphisms(3, 0.1).deform(np.ones((3, 3))), "images must be square"),
        (lambda: ft.Diffeomorphisms(3, 0.1).variance([0.5, 1.5]), "points must be in the unit square"),
        (
            lambda: ft.relative_stability(lambda x: np.ones(len(x)), PLAIN, 3, 0.01),
            "f and images must change .* 0/0",
        ),
        (
            lambda: ft.relative_stability(lambda x: x[:, 0, 0], FLAT, 3, 0.01),
            "f and images must change .* 0/0",
        ),
        (
            lambda: ft.relative_stability(lambda x: x[:, 0, 0], PLAIN, 3, 0.0),
            "f and images must change .* 0/0",
        ),
        (lambda: ft.relative_stability(lambda x: x, PLAIN, 3, 0.01), r"f must return \(n,\) or"),
        (lambda: ft.relative_stability("f", PLAIN, 3, 0.01), "f must be a function"),
        (
            lambda: ft.relative_stability(lambda x: x[:, 0, 0] * np.nan, PLAIN, 3, 0.01),
            "f.images. must be finite",
        ),
        (lambda: ft.linear_stability(lambda x: x[0], PLAIN, 3), "gradient must return"),
        (lambda: ft.linear_stability(np.zeros_like, PLAIN, 3), "f and images must change .* 0/0"),
        (lambda: ft.relative_stability(lambda x: x[:, 0, 1], 1e-155 * PLAIN, 3, 0.01), "f and images .* 0/0"),
        (
            lambda: ft.relative_stability(lambda x: 1e200 * x[:, 0, 1], PLAIN, 3, 0.01),
            "change by finite numbers",
        ),
        (lambda: ft.linear_stability(lambda x: np.full_like(x, 1e200), PLAIN, 3), "change by finite numbers"),
        (
            lambda: ft.relative_stability(lambda x: x[:, 0, 1], 1e155 * PLAIN, 3, 0.01),
            "entries of at most 1e.100",
        ),
        (lambda: ft.digit_function("laplac"), "did you mean 'laplace'"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
