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

from fieldtheory.activations.by_name import activation
from fieldtheory.moments.bivariate_normal import bivariate_normal, owens_t
from fieldtheory.moments.derivative_averages import (
    rays_derivative_means,
    rays_derivative_pairs,
    rays_square_means,
)
from fieldtheory.moments.pair_covariance import SmoothedRays, rays_moments
from tests.fieldtheory.gaussian_plane import FUNCTIONS, line_average, plane_covariance

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
    @settings(max_examples=100, deadline=None)
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
    @settings(max_examples=40, deadline=None)
    def test_against_the_plane(self, name, a, b, v, w, r):
        """Cov(F(x), F(y)) = int int (F(x) - E F)(F(y) - E F) N(x, y) dx dy, means up to 30 deviations."""
        check_pair(name, a, b, v, w, r)


def check_pair(name, a, b, v, w, r):
    s, t = math.sqrt(v), math.sqrt(w)
    m, n, c = a * s, b * t, r * s * t
    mpmath.mp.dps = 40
    r, exact = mpmath.mpf(c) / mpmath.sqrt(mpmath.mpf(v) * w), mpmath.mpf(v) * w - mpmath.mpf(c) ** 2
    if exact <= 0:
        return
    q, function = float(mpmath.sqrt(exact / (mpmath.mpf(v) * w))), FUNCTIONS[name]
    mean, covariance = moments(name, [m, n], [[v, c], [c, w]])
    expected = plane_covariance(function, function, (m, n), (v, w), float(r), q)
    scale = math.sqrt(max(covariance[0, 0], 1e-200) * max(covariance[1, 1], 1e-200))
    largest = math.sqrt(
        line_average(lambda x: function(x) ** 2, m, v) * line_average(lambda x: function(x) ** 2, n, w)
    )
    assert covariance[0, 1] == pytest.approx(expected, abs=1e-10 * scale + 1e-12 * largest)
    assert mean[0] == pytest.approx(line_average(function, m, v), rel=1e-12, abs=1e-12 * math.sqrt(v))


class TestDerivatives:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_pairs(self, name):
        """E[F^(i)(x) F^(j)(y)] = E[F(x) F(y) He_ij(x, y)], He_ij the Hermite polynomials of the pair."""
        (m, n), (s, t), r = (0.4, -0.9), (1.3, 0.8), -0.55
        covariance = np.array([[s * s, r * s * t], [r * s * t, t * t]])
        q, form = math.sqrt(1 - r * r), SmoothedRays.of(activation(name))
        for order in range(1, 7):
            for i in range(order + 1):
                found = rays_derivative_pairs(form, np.array([m, n]), covariance, i, order - i)
                orders, function = (i, order - i), FUNCTIONS[name]
                expected = plane_covariance(function, function, (m, n), (s * s, t * t), r, q, orders)
                assert found[0, 1] == pytest.approx(expected, abs=1e-9)
                flipped = rays_derivative_pairs(form, np.array([m, n]), covariance, order - i, i)
                assert flipped[1, 0] == pytest.approx(found[0, 1], rel=1e-13)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_single_neurons(self, name):
        """E[F^(k)(x)] = E[F(x) He_k(z)]/s^k, z = (x - m)/s, and so for F^2."""
        m, s, form = -0.7, 1.3, SmoothedRays.of(activation(name))
        mean, variance, function = np.array([m]), np.array([s * s]), FUNCTIONS[name]
        found = rays_derivative_means(form, mean, variance, 6)[:, 0]
        squares = rays_square_means(form, mean, variance, 6)[:, 0]
        for k in range(7):

            def weighted(x, k=k):
                return np.polynomial.hermite_e.hermeval((x - m) / s, [0] * k + [1]) / s**k

            expected = line_average(lambda x, h=weighted: function(x) * h(x), m, s * s)
            square = line_average(lambda x, h=weighted: function(x) ** 2 * h(x), m, s * s)
            assert found[k] == pytest.approx(expected, abs=1e-10)
            assert squares[k] == pytest.approx(square, abs=1e-10)

    def test_infinite_averages(self):
        """E[delta(x) delta(x)] is infinite: two equal neurons are refused."""
        form = SmoothedRays.of(activation("relu"))
        with pytest.raises(ValueError, match="of neurons 0 and 1"):
            rays_derivative_pairs(form, np.zeros(2), np.ones((2, 2)), 2, 2)
