"""Prior kernels at points of any norms against quadrature, and the Gaussian process made of them."""

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy.integrate import dblquad

import fieldtheory as ft
from fieldtheory.networks.point_covariance import layer_covariance
from renormalization.feature_learning.posteriors.infinite_width import prediction, prior_kernels
from tests.renormalization.feature_learning.posterior_rows import random_problem, row, row_problem

COVARIANCE = np.array([[1.3, 0.4], [0.4, 0.5]])


@pytest.mark.parametrize("name", ["erf", "linear", "tanh", "relu", "gelu", "leaky_relu:0.2"])
def test_points_of_different_norms(name):
    """E[phi(u) phi(v)] by adaptive quadrature of the density."""
    phi, inverse = ft.activation(name).function, np.linalg.inv(COVARIANCE)
    scale = 1 / (2 * np.pi * np.sqrt(np.linalg.det(COVARIANCE)))

    def integrand(v, u):
        h = np.array([u, v])
        return scale * np.exp(-h @ inverse @ h / 2) * float(phi(h[:1])[0] * phi(h[1:])[0])

    quadrants = [(a, b) for a in ((-9.0, 0.0), (0.0, 9.0)) for b in ((-6.0, 0.0), (0.0, 6.0))]
    expected = sum(dblquad(integrand, *u, *v, epsabs=1e-10)[0] for u, v in quadrants)
    found = layer_covariance(ft.activation(name), COVARIANCE)
    assert found[0, 1] == pytest.approx(expected, abs=1e-8)
    assert found[0, 1] == found[1, 0]


def test_erf_in_closed_form():
    """(2/pi) asin(2 C_ab/sqrt((1 + 2 C_aa)(1 + 2 C_bb)))."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(4, 3))
    c = a @ a.T
    v = 1 + 2 * np.diag(c)
    expected = 2 / np.pi * np.arcsin(2 * c / np.sqrt(np.outer(v, v)))
    np.testing.assert_allclose(layer_covariance(ft.activation("erf"), c), expected, atol=1e-12)


def test_kernel_of_the_sphere():
    """On the sphere all layers have the kernel of `FullyConnected.nngp()`."""
    x = np.random.default_rng(1).normal(size=(5, 3))
    x /= np.linalg.norm(x, axis=1)[:, None]
    problem = random_problem(0, activation=ft.activation("gelu"), weight_variances=(1.2, 1.2))
    problem = type(problem)(
        **(
            vars(problem)
            | {"X": x, "X_test": x[:0], "bias_variance": 0.3, "input_scale": 0.7, "readout_variance": 1.2}
        )
    )
    net = ft.FullyConnected(2, "gelu", weight_variance=1.2, bias_variance=0.3, input_scale=0.7)
    np.testing.assert_allclose(prior_kernels(problem)[-1], net.nngp().gram(x), rtol=1e-10)


@pytest.mark.parametrize("name", ["adaptive.20-4", "adaptive.20-20", "adaptive.80-1"])
def test_posterior_of_the_rows(name):
    """f = K (K + kappa)^-1 y does not depend on chi."""
    expected = row(name)["theory"]["f_nngp"]
    np.testing.assert_allclose(prediction(row_problem(name)).mean[:, 0], expected, atol=2e-10)


def test_variance():
    """K_aa - K_ab (K + kappa)^-1 K_ba, at training points kappa (1 - kappa M)_aa."""
    problem = random_problem(3)
    found = prediction(problem)
    kernel, p = found.kernel, problem.training_points
    inverse = np.linalg.inv(kernel[:p, :p] + problem.ridge * np.eye(p))
    np.testing.assert_allclose(
        found.variance[:p, 0], problem.ridge * (1 - problem.ridge * np.diag(inverse)), rtol=1e-10
    )
    test = kernel[p:, p:] - kernel[p:, :p] @ inverse @ kernel[:p, p:]
    np.testing.assert_allclose(found.variance[p:, 0], np.diag(test), rtol=1e-10)


@pytest.mark.parametrize("variances", [(1.0, 4.0), (1e8, 1e6), (1e-8, 3.0)])
def test_erf_of_parallel_points(variances):
    """(2/pi) asin(2k/sqrt((1 + 2q)(1 + 2r))) at k = sqrt(qr) and next to it, in mpmath"""
    q, r = variances
    for rho in (1.0, -1.0, 1 - 1e-9):
        k = rho * np.sqrt(q * r)
        found = ft.activation("erf").cross(np.array([[k]]), np.array([[q]]), np.array([r]))[0, 0]
        with mp.workdps(40):
            root = mp.sqrt((1 + 2 * mpf(q)) * (1 + 2 * mpf(r)))
            expected = float(2 / mp.pi * mp.asin(2 * mpf(float(k)) / root))
        # k is known to rounding, and what it is off by counts 1/cos times
        assert found == pytest.approx(expected, abs=4e-16 * max(1.0, np.sqrt(min(q, r))))
