"""Activations by name: averages, kernels and spectra against mpmath quadrature of the function itself."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import fieldtheory as ft
from fieldtheory.activations.activation import Activation
from fieldtheory.activations.by_name import ACTIVATIONS, activation
from fieldtheory.activations.moments import Pair
from fieldtheory.workbench.cli import main
from renormalization import DepthFlow


def density(x: Any) -> Any:
    return mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)


def normal(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def power_mean(power: int, m: Any, v: Any) -> Any:
    """E[max(0, x)^p], x ~ N(m, v)"""
    s = mp.sqrt(v)
    if power == 0:
        return normal(m / s)
    if power == 1:
        return m * normal(m / s) + s * density(m / s)
    return (m**2 + v) * normal(m / s) + m * s * density(m / s)


def rays(power: int, right: Any, left: Any) -> tuple[Any, Any]:
    """phi and its mean under N(m, v)"""
    return (
        lambda x: (right if x > 0 else left) * abs(x) ** power,
        lambda m, v: right * power_mean(power, m, v) + left * power_mean(power, -m, v),
    )


def exponential_mean(m: Any, v: Any) -> Any:
    """E[(exp(x) - 1) 1(x < 0)], x ~ N(m, v)"""
    return mp.exp(m + v / 2) * normal(-(m + v) / mp.sqrt(v)) - normal(-m / mp.sqrt(v))


# phi and its mean under N(m, v), elementary, and of phi' the same
CLOSED: dict[str, tuple[tuple[Any, Any], tuple[Any, Any] | None]] = {
    "leaky_relu": (rays(1, 1, -mpf("0.01")), rays(0, 1, mpf("0.01"))),
    "leaky_relu:0.3": (rays(1, 1, -mpf("0.3")), rays(0, 1, mpf("0.3"))),
    "leaky_relu:-2": (rays(1, 1, 2), rays(0, 1, -2)),
    "abs": (rays(1, 1, 1), rays(0, 1, -1)),
    "relu2": (rays(2, 1, 0), rays(1, 2, 0)),
    "heaviside": (rays(0, 1, 0), None),
    "step": (rays(0, 1, 0), None),
    "sign": (rays(0, 1, -1), None),
    "cos": (
        (mp.cos, lambda m, v: mp.exp(-v / 2) * mp.cos(m)),
        (lambda x: -mp.sin(x), lambda m, v: -mp.exp(-v / 2) * mp.sin(m)),
    ),
    "cos:2.5": (
        (lambda x: mp.cos(2.5 * x), lambda m, v: mp.exp(-6.25 * v / 2) * mp.cos(2.5 * m)),
        (lambda x: -2.5 * mp.sin(2.5 * x), lambda m, v: -2.5 * mp.exp(-6.25 * v / 2) * mp.sin(2.5 * m)),
    ),
    "sin:3": (
        (lambda x: mp.sin(3 * x), lambda m, v: mp.exp(-4.5 * v) * mp.sin(3 * m)),
        (lambda x: 3 * mp.cos(3 * x), lambda m, v: 3 * mp.exp(-4.5 * v) * mp.cos(3 * m)),
    ),
    "gaussian": (
        (lambda x: mp.exp(-(x**2) / 2), lambda m, v: mp.exp(-(m**2) / (2 * (1 + v))) / mp.sqrt(1 + v)),
        (
            lambda x: -x * mp.exp(-(x**2) / 2),
            lambda m, v: -m * mp.exp(-(m**2) / (2 * (1 + v))) / mp.sqrt(1 + v) ** 3,
        ),
    ),
}
SMOOTH: dict[str, tuple[Any, Any]] = {
    "silu": (
        lambda x: x / (1 + np.exp(-x)),
        lambda x: (1 + np.exp(-x) + x * np.exp(-x)) / (1 + np.exp(-x)) ** 2,
    ),
    "swish": (
        lambda x: x / (1 + np.exp(-x)),
        lambda x: (1 + np.exp(-x) + x * np.exp(-x)) / (1 + np.exp(-x)) ** 2,
    ),
    "softplus": (lambda x: np.log1p(np.exp(x)), lambda x: 1 / (1 + np.exp(-x))),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (2 + np.exp(x) + np.exp(-x))),
}


def average(phi: Any, mean: Any, rho: Any, q: Any) -> Any:
    """E[phi(u) phi(v)] = ∫ phi(u) E[phi(v) | u] N(u; 0, q) du"""
    rho, q = mpf(rho), mpf(q)
    variance = q * (1 - rho**2)
    width = mp.sqrt(1 - rho**2)
    points = sorted({mpf(0), *(s * x for s in (-1, 1) for x in (1, 3, 7, 13, 4 * width, 30 * width))})
    return mp.quad(lambda z: phi(mp.sqrt(q) * z) * mean(rho * mp.sqrt(q) * z, variance) * density(z), points)


def pair(rho: float, q: float) -> Pair:
    return Pair(np.array([rho * q]), np.array([(1 - rho) * q]), q)


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize(("q", "rho"), [(0.1, -0.9), (1.0, 0.0), (1.0, 0.6), (6.0, -0.3), (6.0, 0.99)])
def test_closed_forms(name: str, q: float, rho: float) -> None:
    """E[phi phi'], its deficit and E[phi'phi'] to 1e-13; the SymPy formulas give the same"""
    phi, slope = CLOSED[name]
    found, top = activation(name).layer(pair(rho, q)), activation(name).top(q)
    with mp.workdps(20):
        value = average(*phi, rho, q)
        power = mp.quad(lambda z: phi[0](mp.sqrt(q) * z) ** 2 * density(z), [-13, -3, 0, 3, 13])
        assert found.covariance[0] == pytest.approx(float(value), abs=1e-13 * float(power))
        assert found.deficit[0] == pytest.approx(float(power - value), rel=1e-12)
        assert top.variance == pytest.approx(float(power), rel=1e-13)
        assert float(activation(name).covariance(rho * q, q)) == pytest.approx(float(value), rel=1e-9)
        if slope is not None:
            size = float(mp.quad(lambda z: slope[0](mp.sqrt(q) * z) ** 2 * density(z), [-13, -3, 0, 3, 13]))
            assert top.derivative == pytest.approx(size, rel=1e-13)
            assert found.derivative[0] == pytest.approx(float(average(*slope, rho, q)), abs=1e-13 * size)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("q", [0.1, 1.0, 6.0])
def test_smooth_functions(name: str, q: float) -> None:
    """E[phi phi'], E[phi'phi'] by the trapezoid rule in the plane, exponentially good: 1e-12"""
    z = np.arange(-120, 121) * 0.1
    weight = 0.1 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    for rho in (-0.7, 0.2, 0.95):
        found = activation(name).layer(pair(rho, q))
        u = np.sqrt(q) * z[:, None]
        v = np.sqrt(q) * (rho * z[:, None] + np.sqrt(1 - rho**2) * z)
        for function, value in zip(SMOOTH[name], (found.covariance, found.derivative), strict=True):
            exact = float(weight @ (function(u) * function(v)) @ weight)
            assert value[0] == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("name", ["heaviside", "sign", "abs", "leaky_relu:0.3", "relu2"])
@pytest.mark.parametrize("gap", [1e-3, 1e-8, 1e-15, 1e-30])
def test_deficits_keep_their_digits(name: str, gap: float) -> None:
    """E[phi²] - E[phi phi'] from the formula to 60 digits"""
    q = 1.5
    found = activation(name).layer(Pair(np.array([q - gap]), np.array([gap]), q))
    with mp.workdps(90):
        formula = activation(name).covariance
        import sympy

        k, v = sympy.symbols("k q")
        value = sympy.lambdify((k, v), formula(k, v), "mpmath")
        exact = value(mpf(q), mpf(q)) - value(mpf(q) - mpf(gap), mpf(q))
    assert found.deficit[0] == pytest.approx(float(exact), rel=1e-12)


@given(st.floats(-2, 2), st.floats(-2, 2), st.sampled_from([0, 1, 2]), st.floats(-1, 1))
@settings(max_examples=60)
def test_one_power_on_either_side(right: float, left: float, power: int, rho: float) -> None:
    """phi = a phi_+ + b phi_-: the averages are bilinear, a² + b² of relu^p and 2 a b of its mirror image"""
    from fieldtheory.activations.rays import Rays

    q = 1.3
    found = Rays(right, left, power).layer(pair(rho, q)).covariance
    one, mirror = (Rays(1.0, 0.0, power).layer(pair(sign * rho, q)).covariance for sign in (1, -1))
    expected = (right**2 + left**2) * one + 2 * right * left * mirror
    np.testing.assert_allclose(found, expected, atol=1e-14 * (right**2 + left**2 + 1e-300) * 3 * q**power)


@pytest.mark.parametrize("name", ["leaky_relu", "leaky_relu:0.8", "abs", "relu2"])
@pytest.mark.parametrize("bias", [0.0, 0.2])
@pytest.mark.parametrize("dim", [3, 8])
def test_spectra_against_certified_digits(name: str, bias: float, dim: int) -> None:
    """λ_l of an NTK with two layers, by double-exponential quadrature in mpmath, within the stated error"""
    kernel = ft.FullyConnected(2, name, 0.9, bias).ntk()
    spectrum = kernel.spectrum(dim, max_degree=12)
    for degree in (0, 1, 2, 5, 12):
        exact = float(kernel.eigenvalue(degree, dim, 15))
        error = spectrum.relative_error[degree]
        assert spectrum.eigenvalues[degree] == pytest.approx(exact, rel=float(error) + 1e-15), degree
        assert error < (1e-7 if name == "leaky_relu:0.8" else 1e-8)


@pytest.mark.parametrize("name", ["heaviside", "sign"])
def test_spectra_of_steps(name: str) -> None:
    """λ_l of an NNGP with two layers of jumps to 1e-11, K(1) = w E[phi²], and no NTK"""
    network = ft.FullyConnected(2, name, 0.9, 0.1)
    kernel = network.nngp()
    assert kernel.trace == pytest.approx(0.1 + 0.9 * {"heaviside": 0.5, "sign": 1.0}[name])
    assert float(kernel(1.0)) == kernel.trace
    spectrum = kernel.spectrum(3, max_degree=9)
    for degree in (0, 1, 4, 9):
        exact = float(kernel.eigenvalue(degree, 3, 15))
        assert spectrum.eigenvalues[degree] == pytest.approx(exact, rel=1e-11)
    with pytest.raises(ValueError, match="activation must be continuous for an NTK"):
        network.ntk()


def test_frequency_is_a_scale() -> None:
    """phi(f x) with weight variance w is phi(x) with f² w, where the read-out does not see it"""
    fast = ft.FullyConnected(1, "sin:3", weight_variance=1.0).nngp()
    slow = ft.FullyConnected(1, "sin", weight_variance=1.0, input_scale=9.0).nngp()
    t = np.linspace(-1, 1, 7)
    np.testing.assert_allclose(fast(t), slow(t), rtol=1e-14)
    assert activation("sin:1") is activation("sin")
    assert activation("sin:30") is activation("sin:30.0")


@pytest.mark.parametrize(
    "name", [*ACTIVATIONS, "step", "swish", "relu^2", "leaky_relu:0.2", "elu:0.5", "sin:2", "cos:0.5"]
)
def test_on_the_command_line(name: str) -> None:
    """spectrum --activation NAME is the spectrum of that name in Python, and flow depth takes it too"""
    command = f"spectrum --activation {name} --kernel nngp --hidden-layers 1 --dim 5 --max-degree 2 --json"
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 0, result.output
    expected = ft.FullyConnected(1, name, weight_variance=1.0).nngp().spectrum(5, 2).eigenvalues
    assert json.loads(result.stdout)["eigenvalues"] == pytest.approx(expected.tolist())
    rays = activation(name).rays
    if rays is None or rays.power:
        arguments = [
            "flow",
            "depth",
            "--activation",
            name,
            "--weight-variance",
            "0.5",
            "--layers",
            "2",
            "--json",
        ]
        found = json.loads(CliRunner().invoke(main, arguments).stdout)
        assert found["chi_1"] == pytest.approx(DepthFlow(name, 0.5).chi_1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("relu:3", "activation must be a name, or one of leaky_relu, .* such as sin:30"),
        ("sin:fast", r"frequency must be a number after the colon, such as sin:0.5 \(got 'sin:fast'\)"),
        ("sin:-1", "frequency must be finite and greater than 0"),
        ("cos:0", "frequency must be finite and greater than 0"),
        ("leaky_relu:inf", "slope must be finite"),
        ("leaky", "did you mean 'leaky_relu'"),
    ],
)
def test_names_that_are_refused(text: str, words: str) -> None:
    """A parameter where there is none, none where there is one, and misspelt names"""
    with pytest.raises(ValueError, match=words):
        activation(text)


def test_leaky_function_is_the_name() -> None:
    """Whatever the slope, 1 - slope is the kink: E[phi phi'] is quadratic in the slope"""
    found = [activation(f"leaky_relu:{slope}").layer(pair(0.4, 2.0)).covariance[0] for slope in (0, 0.5, 1.0)]
    assert found[2] == pytest.approx(0.8)  # linear
    assert found[0] == pytest.approx(activation("relu").layer(pair(0.4, 2.0)).covariance[0])
    assert isinstance(activation("leaky_relu:0.5"), Activation)


@pytest.mark.parametrize("slope", ["-0.5", "-0.9", "-2"])
def test_deep_networks_of_negative_slope(slope: str) -> None:
    """Opposite inputs of the second layer nearly coincide: the bound holds against 30 digits.

    The kernel is written down anew: E[phi phi'] = q [(1 + a^2) J(theta) - 2 a J'(theta)] with the
    integrals of Cho and Saul over equal and over opposite quadrants.
    """
    weight, layers, degree = mpf(13) / 10, 2, 11

    def value(t: mpf) -> mpf:
        a, k, q = mpf(slope), weight * t, weight
        for _ in range(layers):
            rho = max(min(k / q, mpf(1)), mpf(-1))
            theta = mp.acos(rho)
            equal = (mp.sin(theta) + (mp.pi - theta) * rho) / (2 * mp.pi)
            opposite = (mp.sin(theta) - theta * rho) / (2 * mp.pi)
            k = weight * q * ((1 + a**2) * equal - 2 * a * opposite)
            q = weight * q * (1 + a**2) / 2
        return k

    with mp.workdps(30):
        exact = mp.quad(
            lambda x: value(mp.cos(x)) * mp.legendre(degree, mp.cos(x)) * mp.sin(x) / 2,
            mp.linspace(0, mp.pi, 5),
        )
    spectrum = ft.FullyConnected(layers, f"leaky_relu:{slope}", 1.3).nngp().spectrum(3, 12)
    error = abs(float(spectrum.eigenvalues[degree] / exact - 1))
    assert error <= spectrum.relative_error[degree] < 1e-8
