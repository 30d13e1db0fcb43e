"""Covariances of activations of Gaussian pairs against quadrature in the plane, and their identities."""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.activations.by_name import ACTIVATIONS, activation
from fieldtheory.activations.moments import Pair
from fieldtheory.moments.bivariate_normal import bivariate_normal, owens_t
from fieldtheory.moments.pair_covariance import SmoothedRays, rays_moments
from tests.fieldtheory.gaussian_plane import FUNCTIONS, line_average, plane_covariance, plane_derivatives

ROWS = json.loads((Path(__file__).parents[1] / "data/gaussian_pairs.json").read_text(encoding="utf-8"))[
    "rows"
]
STANDARD = (st.floats(-30, 30) | st.floats(-3, 3)).map(lambda x: round(x, 9))
CORRELATION = (
    st.floats(1e-8, 0.999)
    | st.floats(-0.999, -1e-8)
    | st.just(0.0)
    | st.sampled_from([1 - 1e-10, -1 + 1e-10, 1 - 1e-12, 1e-8, -1e-3])
    | st.floats(-12, -1).map(lambda x: 1 - 10**x)
)
VARIANCE = st.floats(-8, 8).map(lambda x: 10**x)


def moments(name, mean, covariance):
    return rays_moments(
        SmoothedRays.of(activation(name)), np.asarray(mean, float), np.asarray(covariance, float)
    )


class TestNormal:
    def test_owens_function(self):
        """T(h, t) is that of SciPy (Patefield and Tandy)."""
        h, t = np.random.default_rng(0).normal(size=(2, 4000)) * 3
        assert owens_t(h, t) == pytest.approx(scipy.special.owens_t(h, t), abs=3e-16)

    @given(STANDARD, STANDARD, st.floats(-0.9999, 0.9999))
    @settings(max_examples=100)
    def test_by_owens_function(self, a, b, r):
        """Phi_2 = [Phi(a) + Phi(b)]/2 - T(a, (b-ra)/(aq)) - T(b, (a-rb)/(bq)) - {0 if ab > 0, else 1/2}."""
        a, b, q = a or 1e-14, b or 1e-14, math.sqrt((1 - r) * (1 + r))
        owen = scipy.special.owens_t
        found = (scipy.special.ndtr(a) + scipy.special.ndtr(b)) / 2 - (0.0 if a * b > 0 else 0.5)
        found -= owen(a, (b - r * a) / (a * q)) + owen(b, (a - r * b) / (b * q))
        assert bivariate_normal(a, b, r) == pytest.approx(found, abs=2e-15)


class TestPairs:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
    def test_reference(self, row):
        """Published forms to their digits, sampled pairs within three standard errors."""
        p, theory = row["parameters"], row["theory"]
        c = p["correlation"] * math.sqrt(p["v1"] * p["v2"])
        mean, covariance = moments(p["activation"], [p["m1"], p["m2"]], [[p["v1"], c], [c, p["v2"]]])
        found = {"mean": mean[0], "covariance": covariance[0, 1], "variance": covariance[0, 0]}
        for name, value in found.items():
            assert value == pytest.approx(theory[name], abs=1e-10)
            assert value == pytest.approx(row["reference"][name], abs=3 * row["stderr"][name])

    @pytest.mark.parametrize("name", FUNCTIONS)
    @given(STANDARD, STANDARD, VARIANCE, VARIANCE, CORRELATION)
    @settings(max_examples=25)
    def test_against_the_plane(self, name, a, b, v, w, r):
        """Cov(F(x), F(y)) = int int (F(x) - E F)(F(y) - E F) N(x, y) dx dy, means up to 30 deviations."""
        check_pair(name, a, b, v, w, r)

    @given(
        st.sampled_from(["heaviside", "relu", "abs"]), STANDARD, STANDARD, CORRELATION, st.integers(-500, 150)
    )
    @settings(max_examples=60)
    def test_units(self, name, a, b, r, exponent):
        """x and y times a power of 2: moments times that power, for deviations from 1e-150 to 1e45."""
        unit = 2.0**exponent if name != "heaviside" else 1.0
        mean, covariance = np.array([a, 2 * b]), np.array([[1.0, 2 * r], [2 * r, 4.0]])
        expected = moments(name, mean, covariance)
        found = moments(name, mean * 2.0**exponent, covariance * 4.0**exponent)
        assert found[0] / unit == pytest.approx(expected[0], rel=1e-12, abs=1e-100)
        assert found[1] / unit / unit == pytest.approx(expected[1], rel=1e-12, abs=1e-20)

    @pytest.mark.parametrize("function", [np.tanh, lambda x: x / (1 + np.exp(-np.clip(x, -700, 700)))])
    @given(STANDARD, STANDARD, VARIANCE, VARIANCE, CORRELATION)
    @settings(max_examples=12)
    def test_any_function(self, function, a, b, v, w, r):
        """The ladder, or the plane on panels that were found, against panels crowded where phi is steep."""
        s, t = math.sqrt(v), math.sqrt(w)
        m, n, c = a * s, b * t, r * s * t
        r, q = exact_correlation(v, w, c)
        if q == 0:
            return
        found = ft.activation_covariance(function, [m, n], [[v, c], [c, w]])
        expected = plane_covariance(function, function, (m, n), (v, w), r, q)
        squares = [line_average(lambda x: function(x) ** 2, *each) for each in ((m, v), (n, w))]
        largest = math.sqrt(squares[0] * squares[1])
        assert found.covariance[0, 1] == pytest.approx(expected, abs=1e-12 * largest)
        assert found.error[0, 1] < 1e-11 * largest


def exact_correlation(v, w, c):
    """r and sqrt(1 - r^2) of the floats that are given."""
    mpmath.mp.dps = 40
    product = mpmath.mpf(v) * w
    return float(c / mpmath.sqrt(product)), float(mpmath.sqrt(max(product - mpmath.mpf(c) ** 2, 0) / product))


def check_pair(name, a, b, v, w, r):
    s, t = math.sqrt(v), math.sqrt(w)
    m, n, c = a * s, b * t, r * s * t
    (r, q), function = exact_correlation(v, w, c), FUNCTIONS[name]
    if q == 0:
        return
    mean, covariance = moments(name, [m, n], [[v, c], [c, w]])
    expected = plane_covariance(function, function, (m, n), (v, w), r, q)
    # root by root: products of two variances in the tails are below all floats
    scale = math.sqrt(max(covariance[0, 0], 1e-200)) * math.sqrt(max(covariance[1, 1], 1e-200))
    squares = [line_average(lambda x: function(x) ** 2, *each) for each in ((m, v), (n, w))]
    largest = math.sqrt(squares[0]) * math.sqrt(squares[1])
    assert covariance[0, 1] == pytest.approx(expected, abs=1e-10 * scale + 1e-12 * largest)
    assert mean[0] == pytest.approx(line_average(function, m, v), rel=1e-12, abs=1e-12 * math.sqrt(v))
    variance = line_average(lambda x: (function(x) - mean[0]) ** 2, m, v)
    assert covariance[0, 0] == pytest.approx(variance, rel=1e-10, abs=1e-30 * (variance + mean[0] ** 2))


def nested_average(name, means, variances, c):
    """E[F(x) F(y)] by mpmath: in z for x = m + s z, and in w for y = n + t (r z + q w), at 20 digits."""
    mpmath.mp.dps = 20
    function = {
        "relu": lambda x: max(x, mpmath.mpf(0)),
        "heaviside": lambda x: mpmath.mpf(int(x > 0)),
        "gelu": lambda x: x * mpmath.ncdf(x),
        "erf": mpmath.erf,
    }[name]
    m, n = (mpmath.mpf(each) for each in means)
    s, t = (mpmath.sqrt(mpmath.mpf(each)) for each in variances)
    r = mpmath.mpf(c) / (s * t)
    q = mpmath.sqrt((1 - r) * (1 + r))

    def average(values, *kinks):
        ends = sorted(
            {-8, -3, 0, 3, 8, *(max(-8, min(8, each)) for each in kinks if name in ("relu", "heaviside"))}
        )
        weighted = lambda z: mpmath.npdf(z) * values(z)  # noqa: E731
        return mpmath.quad(weighted, ends, method="gauss-legendre", maxdegree=3)

    def given(z):
        return average(lambda w: function(n + t * (r * z + q * w)), -(n / t + r * z) / q)

    kinks = (-m / s, -n / (t * r), -m / s - 8 * q, -m / s + 8 * q)
    return average(lambda z: function(m + s * z) * given(z) if function(m + s * z) else 0, *kinks)


@pytest.mark.parametrize(
    ("name", "means", "variances", "r"),
    [
        ("relu", (0.0, 0.5), (1.0, 4.0), 1 - 1e-10),
        ("relu", (0.3, 0.2), (1.0, 1.0), -1 + 1e-10),
        ("heaviside", (0.2, 0.1), (1.0, 1.0), 0.9),
        ("gelu", (0.2, -0.4), (1.0, 0.5), 0.6),
        ("erf", (-0.5, 0.4), (0.3, 1.0), -0.7),
    ],
)
def test_against_mpmath(name, means, variances, r):
    """Cov = E[F(x) F(y)] - E[F(x)] E[F(y)], the average by nested quadrature in mpmath."""
    c = r * math.sqrt(variances[0] * variances[1])
    found = ft.activation_covariance(name, means, [[variances[0], c], [c, variances[1]]])
    expected = float(nested_average(name, means, variances, c)) - found.mean[0] * found.mean[1]
    assert found.covariance[0, 1] == pytest.approx(expected, abs=1e-10)


class TestActivationCovariance:
    MEAN = np.array([0.3, -0.8, 0.0])
    COVARIANCE = np.array([[1.0, 0.6, -0.3], [0.6, 2.0, 0.1], [-0.3, 0.1, 0.5]])

    def test_unpacks(self):
        mean, covariance = ft.activation_covariance("relu", self.MEAN, self.COVARIANCE)
        assert mean.shape == (3,)
        assert covariance.shape == (3, 3)

    @pytest.mark.parametrize("name", ACTIVATIONS)
    def test_kernels_are_the_limit(self, name):
        """Without means, Cov + E E is the covariance map E[phi phi'] of networks."""
        phi = activation(name)
        found = ft.activation_covariance(name, np.zeros(2), [[1.3, 0.4], [0.4, 1.3]])
        kernel = (
            phi.covariance(0.4, 1.3) if phi.formula else phi.layer(Pair(np.array(0.4), np.array(0.9), 1.3))
        )
        expected = float(kernel) if phi.formula else float(kernel.covariance)
        assert found.covariance[0, 1] + found.mean[0] * found.mean[1] == pytest.approx(expected, abs=1e-13)
        square = found.covariance[0, 0] + found.mean[0] ** 2
        assert square == pytest.approx(phi.mean_square(1.3), abs=1e-13)

    @pytest.mark.parametrize("name", ["relu", "gelu", "erf", "relu2", "heaviside"])
    @pytest.mark.parametrize("c", [0.02, 0.6, -0.9])
    def test_price(self, name, c):
        """d Cov/dc = E[F'(x) F'(y)], by differences.

        Equation: activation-covariance
        """
        mean, h = np.array([0.4, -0.2]), 1e-5

        def covariance(c):
            return ft.activation_covariance(name, mean, [[1.0, c], [c, 1.0]]).covariance[0, 1]

        slope = (covariance(c + h) - covariance(c - h)) / (2 * h)
        expected = plane_derivatives(FUNCTIONS[name], mean, np.array([[1.0, c], [c, 1.0]]), 2)[1, 1]
        assert slope == pytest.approx(expected, rel=1e-7)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_three_routes(self, name):
        """Closed form, Hermite ladder and quadrature in the plane, each within its bound of the first."""
        exact = ft.activation_covariance(name, self.MEAN, self.COVARIANCE)
        plane = ft.activation_covariance(name, self.MEAN, self.COVARIANCE, method="quadrature")
        ladder = ft.activation_covariance(name, self.MEAN, self.COVARIANCE, method="ladder", rungs=7)
        assert exact.method == "exact"
        for other in (plane, ladder):
            assert other.mean == pytest.approx(exact.mean, abs=1e-14)
            assert (np.abs(other.covariance - exact.covariance) <= other.error + 1e-15).all()
        assert plane.error.max() < 1e-12
        assert (np.abs(ladder.covariance - exact.covariance).max() > 1e-9) == (name not in ("linear",))

    def test_kinks_away_from_zero(self):
        """clip(x, -1, 1) = relu(x + 1) - relu(x - 1) - 1."""

        def clipped(x):
            return np.clip(x, -1.0, 1.0)

        matrix = np.array([[1.0, 1.4, 0.1], [1.4, 2.0, 0.1], [0.1, 0.1, 0.5]])
        found = ft.activation_covariance(clipped, self.MEAN, matrix)
        both = np.concatenate([self.MEAN + 1, self.MEAN - 1])
        mean, covariance = ft.activation_covariance("relu", both, np.tile(matrix, (2, 2)))
        difference = np.hstack([np.eye(3), -np.eye(3)])
        assert found.mean == pytest.approx(difference @ mean - 1, abs=1e-14)
        assert found.covariance == pytest.approx(difference @ covariance @ difference.T, abs=1e-14)
        assert found.method == "ladder and quadrature"

    def test_steep(self):
        """tanh(x/e) -> sign(x), at correlations up to 1."""
        covariance = np.array([[1e8, 1e8, -3e7], [1e8, 1e8, -3e7], [-3e7, -3e7, 1e8]])
        mean = np.array([1e4, 1e4, -2e3])
        found = ft.activation_covariance("tanh", mean, covariance)
        sign = ft.activation_covariance("sign", mean, covariance)
        assert found.covariance == pytest.approx(sign.covariance, abs=3e-4)
        assert found.covariance[0, 1] == pytest.approx(found.covariance[0, 0], abs=1e-13)
        assert found.error.max() < 1e-11

    @pytest.mark.parametrize("name", ["relu", "abs", "erf", "gelu", "heaviside", "linear", "relu2", "tanh"])
    def test_full_correlation(self, name):
        """Equal neurons have one variance; y = -x has Cov = E[F(x) F(-x)] - E[F(x)] E[F(-x)]."""
        covariance = 1.7 * np.array([[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
        mean, found = ft.activation_covariance(name, [0.6, 0.6, -0.6], covariance)
        function = activation(name).require_function("")
        product = line_average(lambda x: function(x) * function(-x), 0.6, 1.7)
        assert found[0, 1] == pytest.approx(found[0, 0], rel=1e-14)
        assert found[0, 2] == pytest.approx(product - mean[0] * mean[2], abs=1e-13)

    @pytest.mark.parametrize("name", ["relu", "heaviside", "erf", "tanh"])
    def test_certain_neurons(self, name):
        """A neuron without variance is phi of its mean, and is correlated with nothing."""
        covariance = np.array([[1.0, 0.0, 0.2], [0.0, 0.0, 0.0], [0.2, 0.0, 1.0]])
        mean, found = ft.activation_covariance(name, [0.0, 0.7, 1.0], covariance)
        value = activation(name).require_function("")(np.array([0.7]))[0]
        assert mean[1] == pytest.approx(value, rel=1e-14)
        assert found[1].tolist() == [0.0, 0.0, 0.0]
        assert found[0, 2] > 0

    @given(st.integers(2, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
    @settings(max_examples=60)
    def test_is_a_covariance(self, neurons, rank, seed):
        """No direction has a negative variance, of any rank."""
        rng = np.random.default_rng(seed)
        factor = rng.normal(size=(neurons, rank)) * 10 ** rng.uniform(-3, 3, size=(neurons, 1))
        mean = rng.normal(size=neurons) * 10 ** rng.uniform(-3, 3, size=neurons)
        for name in ("relu", "gelu", "erf", "heaviside"):
            found = ft.activation_covariance(name, mean, factor @ factor.T).covariance
            scale = np.sqrt(np.maximum(np.diag(found), 1e-300))
            assert np.linalg.eigvalsh(found / np.outer(scale, scale))[0] > -1e-8

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (([0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]]), "covariance must be symmetric"),
            (([0.0, 0.0], [[1.0, 1.5], [1.5, 1.0]]), "correlations from -1 to 1"),
            (([0.0, 0.0], [[1.0, 0.5], [0.5, 0.0]]), "correlations from -1 to 1"),
            (([0.0, 0.0], [[-1.0, 0.0], [0.0, 1.0]]), "no negative variance"),
            (([0.0] * 3, [[1.0, -0.9, -0.9], [-0.9, 1.0, -0.9], [-0.9, -0.9, 1.0]]), "negative eigenvalue"),
            (([0.0, 0.0], [1.0, 1.0]), "covariance must be a matrix"),
            (([0.0], [[1.0, 0.0], [0.0, 1.0]]), "must have shape"),
            (([], [[]]), "at least one neuron"),
        ],
    )
    def test_refusals(self, arguments, said):
        with pytest.raises(ValueError, match=said):
            ft.activation_covariance("relu", *arguments)

    def test_other_refusals(self):
        gaussian = ([0.0], [[1.0]])
        with pytest.raises(ValueError, match="method must be one of"):
            ft.activation_covariance("relu", *gaussian, method="plane")
        with pytest.raises(ValueError, match="rungs must be None unless"):
            ft.activation_covariance("relu", *gaussian, rungs=3)
        with pytest.raises(ValueError, match="must be smooth but for a few kinks"):
            ft.activation_covariance(lambda x: np.sin(1e7 * x), *gaussian)
