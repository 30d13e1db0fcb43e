"""NNGP and NTK values against an mpmath implementation of the layer recursion, and what may go wrong."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import fieldtheory as ft
from fieldtheory.activations.activation import Activation

T = sympy.Symbol("t")
EDGE = np.logspace(-16, -6, 6)
ANGLES = np.concatenate([np.linspace(-1, 1, 9), 1 - EDGE, EDGE - 1])


def layer(name, k, q):
    """E[φφ'], E[φ'φ']: arc-cosine kernels; arcsine kernel; e^{−q} sinh k; gelu by Stein's lemma."""
    if name == "relu":
        rho = max(min(k / q, mpf(1)), mpf(-1))
        opening = mp.pi - mp.acos(rho)
        return q * (mp.sqrt(1 - rho**2) + rho * opening) / (2 * mp.pi), opening / (2 * mp.pi)
    if name == "erf":
        scale = 1 + 2 * q
        return 2 / mp.pi * mp.asin(2 * k / scale), 4 / mp.pi / mp.sqrt(scale**2 - 4 * k**2)
    if name == "sin":
        return mp.exp(-q) * mp.sinh(k), mp.exp(-q) * mp.cosh(k)
    if name == "linear":
        return k, mpf(1)
    raise ValueError(name)


def recursion(name, t, layers, w, b, s, ntk):
    """K_h = σ_b² + σ_w² E[φφ'], Θ_h = K_h + σ_w² E[φ'φ'] Θ_{h−1}"""
    kernel, variance = b + w * s * t, b + w * s
    tangent = kernel
    for _ in range(layers):
        value, slope = layer(name, kernel, variance)
        kernel, variance = b + w * value, b + w * layer(name, variance, variance)[0]
        tangent = kernel + w * slope * tangent
    return tangent if ntk else kernel


def exactly(name, t, layers, w, b, s, ntk, digits=50):
    with mp.workdps(digits):
        return recursion(
            name,
            mpf(t),
            layers,
            *(mpf(Fraction(repr(x)).numerator) / Fraction(repr(x)).denominator for x in (w, b, s)),
            ntk,
        )


def make(name, layers, w, b, s, ntk):
    net = ft.FullyConnected(layers, name, w, b, s)
    return net.ntk() if ntk else net.nngp()


# --- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("name", ["relu", "erf", "sin", "linear"])
@pytest.mark.parametrize(
    ("layers", "w", "b", "s"),
    [
        (0, 1.5, 0.3, 1.0),
        (1, 2.0, 0.0, 1.0),
        (2, 1.7, 0.05, 1.0),
        (3, 1.0, 1.0, 0.02),
        (5, 1.3, 0.3, 2.0),
        (10, 2.0, 0.1, 1.0),
    ],
)
def test_values(name, layers, w, b, s, ntk):
    """|K(t) − exact| ≤ 1e-14 K(1), t = ±1 and ±(1 − 10⁻¹⁶ … 10⁻⁶) included; looser for ten layers of error

    Equation: layer-recursion, tangent-kernel-recursion
    """
    kernel = make(name, layers, float(w), float(b), float(s), ntk)
    exact = np.array([float(exactly(name, float(t), layers, w, b, s, ntk)) for t in ANGLES])
    top = float(exactly(name, 1.0, layers, w, b, s, ntk))
    assert kernel.trace == pytest.approx(top, rel=1e-14)
    # erf and sin next to t = −1: what is odd in k keeps only absolute digits
    assert np.abs(kernel(ANGLES) - exact).max() < 1e-14 * top * max(1, layers / 3)


@given(
    st.sampled_from(["relu", "erf", "sin"]),
    st.integers(0, 6),
    st.floats(0.1, 4),
    st.one_of(st.just(0.0), st.floats(1e-6, 3)),
    st.floats(0.01, 3),
    st.floats(-1, 1),
    st.booleans(),
)
@settings(max_examples=150)
def test_values_at_random_parameters(name, layers, w, b, s, t, ntk):
    top = float(exactly(name, 1.0, layers, w, b, s, ntk, 30))
    exact = float(exactly(name, t, layers, w, b, s, ntk, 30))
    kernel = make(name, layers, w, b, s, ntk)
    assert abs(float(kernel(t)) - exact) < 3e-14 * top
    assert kernel.trace == pytest.approx(top, rel=3e-14)


@pytest.mark.parametrize("ntk", [False, True])
def test_small_differences_from_the_top(ntk):
    """K(1) − K(t) for one hidden layer of ReLU: 1 − t ≪ 1 must not decorrelate the inputs"""
    kernel = make("relu", 1, 2.0, 0.0, 1.0, ntk)
    t = 1 - np.logspace(-12, -3, 10)
    exact = np.array(
        [
            float(
                exactly("relu", 1.0, 1, 2.0, 0.0, 1.0, ntk) - exactly("relu", float(x), 1, 2.0, 0.0, 1.0, ntk)
            )
            for x in t
        ]
    )
    assert np.abs((kernel.trace - kernel(t)) - exact).max() < 1e-15 * 2 * kernel.trace


def gelu_means(k, q):
    """∫ φ(u) E[φ(v)|u] N(u) du with the conditional means of u Φ(u) and its slope (Stein's lemma)"""
    density = lambda x: mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)  # noqa: E731
    normal = lambda x: mp.erfc(-x / mp.sqrt(2)) / 2  # noqa: E731
    variance = (q - k) * (q + k) / q
    scale = mp.sqrt(1 + variance)

    def value(z):
        u, m = mp.sqrt(q) * z, k / mp.sqrt(q) * z
        return u * normal(u) * (m * normal(m / scale) + variance / scale * density(m / scale)) * density(z)

    def slope(z):
        u, m = mp.sqrt(q) * z, k / mp.sqrt(q) * z
        return (
            (normal(u) + u * density(u))
            * (normal(m / scale) + m / scale**3 * density(m / scale))
            * density(z)
        )

    return tuple(mp.quad(f, [-12, -4, 0, 4, 12]) for f in (value, slope))


def test_gelu_values():
    """Two hidden layers, each moment by its own quadrature"""
    w, b = 1.5, 0.2
    nngp, ntk = make("gelu", 2, w, b, 1.0, False), make("gelu", 2, w, b, 1.0, True)
    with mp.workdps(18):
        w, b = mpf("1.5"), mpf("0.2")
        variances = [w + b]
        variances.append(b + w * gelu_means(variances[0], variances[0])[0])
        for t in (-1.0, -0.4, 0.6, 1.0):
            kernel = tangent = b + w * mpf(t)
            for variance in variances:
                value, slope = gelu_means(kernel, variance)
                kernel = b + w * value
                tangent = kernel + w * slope * tangent
            assert float(nngp(t)) == pytest.approx(float(kernel), abs=1e-14 * nngp.trace)
            assert float(ntk(t)) == pytest.approx(float(tangent), abs=1e-14 * ntk.trace)


def test_depth_zero():
    """Θ_0 = K_0 = σ_b² + σ_w² s t"""
    net = ft.FullyConnected(0, "relu", 2.0, 0.5, 0.25)
    t = np.linspace(-1, 1, 5)
    assert np.abs(net.ntk()(t) - (0.5 + 0.5 * t)).max() < 1e-15
    assert (net.ntk()(t) == net.nngp()(t)).all()
    assert net.ntk().trace == 1.0


def test_hand_values():
    """σ_w² = 2, σ_b² = 0: NNGP 2κ₁(t), NTK 2κ₁(t) + 2t κ₀(t); at t = 0: 2/π, at t = −1: 0"""
    net = ft.FullyConnected(1, "relu", weight_variance=2)
    assert net.nngp()([0.0, 1.0, -1.0]).tolist() == pytest.approx([2 / math.pi, 2, 0], abs=1e-15)
    assert net.ntk()([0.0, 1.0, -1.0]).tolist() == pytest.approx([2 / math.pi, 4, 0], abs=1e-15)
    assert ft.FullyConnected(3, "relu", 1, 1, Fraction(1, 50)).ntk().trace == pytest.approx(3.26, rel=1e-15)


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "tanh"])
def test_shapes(name):
    kernel = make(name, 2, 1.5, 0.1, 1.0, True)
    assert np.shape(kernel(0.3)) == ()
    assert kernel(np.zeros((2, 3))).shape == (2, 3)
    assert kernel(np.zeros((0,))).shape == (0,)
    assert kernel(0.3) == kernel([0.3])[0]
    assert kernel(1) == pytest.approx(kernel.trace, rel=1e-14)
    assert kernel(np.ones(3)).flags.writeable


# --- formulas --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("name", ["relu", "erf", "sin", "linear"])
def test_symbolic_kernel(name, ntk):
    """The SymPy expression, evaluated to 30 digits, is the recursion; floats stand for their decimals"""
    kernel = make(name, 2, 1.3, 0.1, 0.7, ntk)
    for t in (sympy.Rational(-1, 3), sympy.Rational(9, 10), sympy.Integer(1), sympy.Integer(0)):
        found = kernel.symbolic(T).subs(T, t)
        exact = exactly(name, mpf(t.p) / t.q, 2, 1.3, 0.1, 0.7, ntk)
        assert abs(sympy.N(found, 30) - sympy.Float(exact, 30)) < 1e-15  # t itself was rounded by mpf
        assert float(kernel.symbolic(t)) == pytest.approx(float(exact), rel=1e-14)


def test_symbolic_variances():
    """w, b as symbols of the network or as keywords give the same expression"""
    w, b, s = sympy.symbols("w b s", positive=True)
    keyword = ft.FullyConnected(1, "erf").ntk().symbolic(T, weight_variance=w, bias_variance=b, input_scale=s)
    own = ft.FullyConnected(1, "erf", w, b, s).ntk().symbolic(T)
    assert sympy.simplify(keyword - own) == 0
    assert own.free_symbols == {T, w, b, s}
    numbers = {
        w: sympy.Rational(3, 2),
        b: sympy.Rational(1, 5),
        s: sympy.Rational(1, 2),
        T: sympy.Rational(1, 4),
    }
    assert float(own.subs(numbers)) == pytest.approx(
        float(exactly("erf", 0.25, 1, 1.5, 0.2, 0.5, True)), rel=1e-15
    )
    hand = b + w * 2 / sympy.pi * sympy.asin(2 * (b + w * s * T) / (1 + 2 * (b + w * s)))
    assert sympy.simplify(ft.FullyConnected(1, "erf", w, b, s).nngp().symbolic(T) - hand) == 0


def test_exact_decimals():
    """0.02 is 1/50; Fractions, SymPy rationals and NumPy numbers keep their values"""
    expected = sympy.Rational(1, 50) * T
    for value in (0.02, Fraction(1, 50), sympy.Rational(1, 50), np.float64(0.02)):
        assert ft.FullyConnected(0, "relu", input_scale=value).nngp().symbolic(T) == expected
    for value in (2, 2.0, np.int64(2), np.float32(2), Fraction(2), sympy.Integer(2)):
        assert ft.FullyConnected(0, "relu", weight_variance=value).nngp().symbolic(T) == 2 * T


@pytest.mark.parametrize("name", ["relu", "erf", "sin", "gelu"])
def test_number_systems_agree(name):
    """kernel.symbolic to 25 digits, float64 and mpmath: 1e-14 of K(1), next to the ends too"""
    kernel = make(name, 2, 1.4, 0.2, 1.0, True)
    expression = kernel.symbolic(T)
    for t in (-1, -0.5, 1 - 2.0**-20, 2.0**-20 - 1, 1):
        exact = float(sympy.re(sympy.N(expression.subs(T, sympy.Rational(t)), 25)))
        assert float(kernel(t)) == pytest.approx(exact, abs=1e-14 * kernel.trace)
        with mp.workdps(30):
            assert float(kernel.number(mpf(t))) == pytest.approx(exact, abs=1e-15 * kernel.trace)


@pytest.mark.parametrize("name", ["tanh", np.cos])
def test_no_formula(name):
    kernel = ft.FullyConnected(1, name).ntk()
    with pytest.raises(ValueError, match="closed form"):
        kernel.symbolic(T)
    with pytest.raises(ValueError, match="closed form"):
        kernel.eigenvalue(1, 3)


# --- Hermite route ---------------------------------------------------------------------------------


def tanh_kernels(t, layers, w, b):
    """The recursion with both moments by the trapezoid rule on the plane, which converges geometrically"""
    z = np.arange(-9.5, 9.5, 0.0625)
    weight = np.exp(-(z**2) / 2) * 0.0625 / math.sqrt(2 * math.pi)
    kernel, variance = b + w * t, b + w
    tangent = kernel
    for _ in range(layers):
        rho = min(1.0, max(-1.0, kernel / variance))
        u = math.sqrt(variance) * z[:, None]
        v = math.sqrt(variance) * (rho * z[:, None] + math.sqrt(1 - rho**2) * z)
        kernel = b + w * (weight @ (np.tanh(u) * np.tanh(v)) @ weight)
        slope = weight @ (1 / np.cosh(u) ** 2 / np.cosh(v) ** 2) @ weight
        variance = b + w * (weight @ np.tanh(math.sqrt(variance) * z) ** 2)
        tangent = kernel + w * slope * tangent
    return kernel, tangent


@pytest.mark.parametrize(("layers", "w", "b"), [(1, 1.0, 0.0), (3, 1.5, 0.1)])
def test_tanh_within_its_bound(layers, w, b):
    net = ft.FullyConnected(layers, "tanh", w, b)
    for kernel, which in ((net.nngp(), 0), (net.ntk(), 1)):
        assert kernel.error_bound < 1e-9
        for t in (-1.0, -0.3, 0.5, 0.9, 1.0):
            error = abs(float(kernel(t)) - tanh_kernels(t, layers, w, b)[which])
            assert error <= (kernel.error_bound + 5e-15) * kernel.trace


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_relu_as_a_callable_within_its_bound(layers):
    """A function that is relu has the averages of relu, with an error that `error_bound` covers: rounding"""
    callable_net = ft.FullyConnected(layers, lambda x: np.maximum(x, 0), 2.0, 0.1)
    closed_net = ft.FullyConnected(layers, "relu", 2.0, 0.1)
    t = np.concatenate([np.linspace(-1, 1, 101), 1 - np.logspace(-9, -2, 20)])
    for found, exact in (
        (callable_net.nngp(), closed_net.nngp()),
        (callable_net.ntk(), closed_net.ntk()),
    ):
        error = np.abs(found(t) - exact(t)).max() / exact.trace
        assert error <= 1.05 * found.error_bound
        assert 0 < found.error_bound < 1e-13


def test_polynomial_activation():
    """φ = He_2/√2, σ_w² = 1: K_1 = t², Θ_1 = t² + 2t · t"""
    net = ft.FullyConnected(1, Activation.from_coefficients([0.0, 0.0, 1.0]))
    t = np.linspace(-1, 1, 11)
    assert np.abs(net.nngp()(t) - t**2).max() < 1e-14
    assert np.abs(net.ntk()(t) - 3 * t**2).max() < 1e-13


def test_closed_forms_have_no_error_beyond_rounding():
    assert make("relu", 3, 1.0, 1.0, 0.02, True).error_bound == 0


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [1.0000001, -1.5, math.nan, math.inf, [0.0, 2.0], [[0.1, math.nan]]])
def test_t_outside(t):
    kernel = make("relu", 1, 2.0, 0.0, 1.0, True)
    with pytest.raises(ValueError, match=r"t must be in \[-1, 1\]"):
        kernel(t)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("weight_variance", 0.0),
        ("weight_variance", -1),
        ("weight_variance", math.nan),
        ("weight_variance", math.inf),
        ("weight_variance", "two"),
        ("weight_variance", 1j),
        ("weight_variance", None),
        ("weight_variance", -sympy.pi),
        ("bias_variance", -1e-9),
        ("bias_variance", math.nan),
        ("input_scale", 0),
        ("hidden_layers", -1),
        ("hidden_layers", 1.5),
        ("hidden_layers", True),
    ],
)
def test_bad_network(argument, value):
    arguments = {"hidden_layers": 1, "activation": "relu"} | {argument: value}
    with pytest.raises(ValueError, match=f"{argument} must be"):
        ft.FullyConnected(**arguments)


def test_unknown_activation():
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        ft.FullyConnected(1, "rello")


def test_symbols_have_no_numbers():
    kernel = ft.FullyConnected(1, "relu", weight_variance=sympy.Symbol("w")).ntk()
    for use in (
        lambda: kernel(0.5),
        lambda: kernel.spectrum(3),
        lambda: kernel.eigenvalue(1, 3),
    ):
        with pytest.raises(ValueError, match="must be numbers"):
            use()


def test_unknown_parameter():
    with pytest.raises(ValueError, match=r"got \['bias'\]"):
        make("relu", 1, 1.0, 0.0, 1.0, True).symbolic(T, bias=1)


def test_function_that_is_not_finite():
    with pytest.raises(ValueError, match="finite"):
        ft.FullyConnected(1, np.log).ntk().trace  # noqa: B018


def test_constant_and_zero_activations():
    """φ = 1: K_1 = σ_b² + σ_w², no slope; φ = 0 and σ_b² = 0: all kernels vanish after the first layer"""
    one = ft.FullyConnected(2, np.ones_like, 2.0, 0.5)
    assert one.nngp().trace == pytest.approx(2.5, rel=1e-14)
    assert one.ntk().trace == pytest.approx(2.5, rel=1e-14)
    with pytest.raises(ValueError, match="positive variance"):
        ft.FullyConnected(2, np.zeros_like, 1.0, 0.0).nngp()


# --- kernels from functions ------------------------------------------------------------------------


def test_from_function():
    kernel = ft.ZonalKernel.from_function(lambda t: np.exp(t - 1))
    t = np.linspace(-1, 1, 7)
    assert (kernel(t) == np.exp(t - 1)).all()
    assert kernel.trace == 1
    assert np.shape(kernel(0.5)) == ()
    assert kernel(t).flags.writeable
    expression = ft.ZonalKernel.from_function(sympy.exp(T - 1))
    assert np.abs(expression(t) - np.exp(t - 1)).max() < 1e-15
    x = sympy.Symbol("x")
    assert expression.symbolic(x) == sympy.exp(x - 1)
    with pytest.raises(ValueError, match="parameters must be|weight_variance"):
        expression.symbolic(x, weight_variance=2)
    constant = ft.ZonalKernel.from_function(lambda t: 2.0)
    assert constant(t).tolist() == [2.0] * 7


@pytest.mark.parametrize(
    "bad",
    [
        3,
        "exp(t)",
        None,
        sympy.Integer(1),
        sympy.Symbol("a") * T,
        lambda t: -t,
        lambda t: t - 1,
        lambda t: 1 / (1 - t),
        lambda t: t * np.nan,
    ],
)
def test_bad_functions(bad):
    with pytest.raises(ValueError, match="function must"):
        ft.ZonalKernel.from_function(bad)


def test_error_bound_of_an_activation_that_jumps():
    """E[sign sign'] = (2/π) asin ρ is finite, its slope at ρ = 1 is not: a finite bound for one layer."""
    kernel = ft.FullyConnected(1, np.sign, 2.0, 0.1).nngp()
    exact = 0.1 + 2 * (2 / np.pi) * np.arcsin((0.1 + 2 * 0.5) / 2.1)
    assert np.isfinite(kernel.error_bound)
    assert abs(kernel(0.5) - exact) <= kernel.error_bound * kernel.trace
