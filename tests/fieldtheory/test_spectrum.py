"""Eigenvalues against rigorous Arb balls, high-precision quadrature, closed forms and the reference table.

Independent routes, none of which is library code: the positive Taylor series of the kernel in ball
arithmetic, with the rest bounded by the trace (encloses the eigenvalue); Gauss–Legendre quadrature in the
angle at hundreds of digits (all degrees at once); closed forms for one hidden ReLU layer.
"""

import functools
import json
import math
import pickle
import warnings
from fractions import Fraction
from pathlib import Path

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import acb, arb, arb_series, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import fieldtheory as ft
from fieldtheory.eigenvalues.eigenvalues import AngleValues, from_angles
from fieldtheory.sphere.harmonics import float_multiplicities, multiplicities

T = sympy.Symbol("t")
TABLE = json.loads((Path(__file__).parents[1] / "data" / "eigenvalues.json").read_text(encoding="utf-8"))[
    "kernels"
]
CASES = [(name, int(dim)) for name, entry in TABLE.items() for dim in entry["eig"]]


def make(name, layers, w, b, s, ntk):
    net = ft.FullyConnected(layers, name, w, b, s)
    return net.ntk() if ntk else net.nngp()


def ball(value):
    """A float stands for itself, a string for its decimal."""
    fraction = Fraction(value)
    return arb(fmpq(fraction.numerator, fraction.denominator))


def layer(name, k, q):
    """E[φφ'], E[φ'φ'] for balls and for series of balls."""
    pi = arb.pi()
    if name == "relu":
        rho = k / q
        opening = pi - rho.acos()
        return ((1 - rho * rho).sqrt() + rho * opening) * (q / (2 * pi)), opening / (2 * pi)
    if name == "erf":
        sine = k * (2 / (1 + 2 * q))
        return sine.asin() * (2 / pi), (1 - sine * sine).rsqrt() * (4 / pi / (1 + 2 * q))
    if name == "sin":
        near, far = (k - q).exp(), (-k - q).exp()
        return (near - far) / 2, (near + far) / 2
    # gelu
    s = 1 + q
    root = (s * s - k * k).sqrt()
    arc = (k / s).asin()
    value = k / 4 + (k * arc + 1 / root + root * ((q - 1) / s)) / (2 * pi)
    slope = (arc + k / root + k / root**3 - k / root * ((q - 1) / s)) / (2 * pi) + arb(1) / 4
    return value, slope


def recursion(name, t, layers, w, b, s, ntk):
    """K_h = σ_b² + σ_w² E[φφ'], Θ_h = K_h + σ_w² E[φ'φ'] Θ_{h−1}"""
    kernel, variance = b + w * s * t, b + w * s
    tangent = kernel
    for _ in range(layers):
        value, slope = layer(name, kernel, variance)
        top = variance / 2 if name == "relu" else layer(name, variance, variance)[0]
        kernel, variance = b + w * value, b + w * top
        tangent = kernel + w * slope * tangent
    return tangent if ntk else kernel


def long(value):
    """The midpoint of a ball in extended precision, whatever its exponent."""
    mantissa, exponent = (int(x) for x in value.mid().man_exp())
    drop = max(0, mantissa.bit_length() - 62)
    return np.ldexp(np.longdouble(mantissa >> drop), exponent + drop)


@functools.lru_cache(maxsize=64)
def taylor(name, layers, w, b, s, ntk, length):
    """Taylor coefficients of the kernel, and the sum of all further ones (K(1) less these, all positive)."""
    old = flint.ctx.cap
    flint.ctx.cap = length
    try:
        with flint.ctx.workprec(320):
            parameters = [ball(x) for x in (w, b, s)]
            series = recursion(name, arb_series([0, 1], length), layers, *parameters, ntk)
            if name == "relu":  # step function at t = 1: κ₀ = 1
                trace, tangent = [parameters[1] + parameters[0] * parameters[2]] * 2
                for _ in range(layers):
                    trace = parameters[1] + parameters[0] * trace / 2
                    tangent = trace + parameters[0] * tangent / 2
                trace = tangent if ntk else trace
            else:
                trace = recursion(name, arb(1), layers, *parameters, ntk)
            coefficients = [arb(0) if series[i].contains(0) else arb(series[i]) for i in range(length)]
            rest = trace - sum(coefficients, arb(0))
            assert all(c.rad() < arb(10) ** -28 for c in coefficients)
            return np.array([long(c) for c in coefficients]), float(rest.upper())
    finally:
        flint.ctx.cap = old


def series_eigenvalues(coefficients, rest, dim, max_degree):
    """λ_l = Σ_s b_{l+2s} W(l, s), all terms positive; relative bound of the rest (W must fall).

    W(l, 0) = l!/(d(d+2)…(d+2l−2)), W(l, s+1)/W(l, s) = (2s+l+2)(2s+l+1)/(4(s+1)(s+l+d/2)).
    """
    values, bounds = np.zeros(max_degree + 1, np.longdouble), np.full(max_degree + 1, np.inf)
    first = np.longdouble(1)
    for l in range(max_degree + 1):
        if l:
            first = first * l / (dim + 2 * l - 2)
        s = np.arange(len(coefficients[l::2]), dtype=np.longdouble)
        growth = (2 * s + l + 2) * (2 * s + l + 1) / (4 * (s + 1) * (s + l + np.longdouble(dim) / 2))
        weights = first * np.cumprod(np.concatenate([[np.longdouble(1)], growth]))
        values[l] = weights[:-1] @ coefficients[l::2]
        if values[l] == 0:
            bounds[l] = 0
        elif growth[-1] <= 1:
            bounds[l] = float(rest * weights[-1] / values[l])
    return values, bounds


@functools.lru_cache(maxsize=8)
def legendre_rule(n, bits):
    with flint.ctx.workprec(bits):
        return [arb.legendre_p_root(n, k, weight=True) for k in range((n + 1) // 2)]


def quadrature_eigenvalues(kernel, dim, max_degree, n, bits):
    """λ_l = Γ(d/2)/(√π Γ((d−1)/2)) ∫_0^π K(cos a) P_l(cos a) sin^{d−2} a da, n Gauss–Legendre nodes in a"""
    with flint.ctx.workprec(bits):
        half_pi = arb.pi() / 2
        totals = [arb(0)] * (max_degree + 1)
        factors = [
            (fmpq(2 * l + dim - 2, l + dim - 2), fmpq(l, l + dim - 2)) if l else (None, None)
            for l in range(max_degree + 1)
        ]
        factors = [(arb(a), arb(b)) if a is not None else None for a, b in factors]
        for x, w in legendre_rule(n, bits):
            x, w = x.mid(), w.mid()
            t, sine = (half_pi * x).sin(), (half_pi * x).cos()
            weight = w * half_pi * sine ** (dim - 2)
            if x == 0:
                weight = weight / 2
            right, left = kernel(t) * weight, kernel(-t) * weight
            even, odd = right + left, right - left
            previous, current = arb(1), t
            totals[0] += even
            for l in range(1, max_degree + 1):
                totals[l] += (odd if l % 2 else even) * current
                a, b = factors[l]
                previous, current = current, a * t * current - b * previous
        scale = (arb(dim) / 2).gamma() / (arb.pi().sqrt() * (arb(dim - 1) / 2).gamma())
        return np.array([long(scale * total) for total in totals])


def relative(spectrum, exact):
    """Relative deviations, by logarithms below the float range."""
    exact = np.asarray(exact, np.longdouble)
    small = np.abs(exact) < 1e-300
    out = np.zeros(len(exact))
    zero = exact == 0
    assert (spectrum.eigenvalues[zero] == 0).all()
    direct = ~small & ~zero
    out[direct] = np.abs(spectrum.eigenvalues[direct] / exact[direct] - 1)
    logs = small & ~zero
    out[logs] = np.abs(spectrum.log_eigenvalues[logs] - np.log(exact[logs]))
    return out


# --- reference table -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "dim"), CASES)
def test_reference_table(name, dim):
    """Relative 1e-12 at every degree; exact zeros exact; the reported error covers the actual one"""
    entry = TABLE[name]
    p = entry["params"]
    scale = 1 / dim if p["in_scale"] == "1/d" else float(p["in_scale"])
    kernel = make(p["act"], p["L"], float(p["sw2"]), float(p["sb2"]), scale, p["kind"] == "ntk")
    reference = {int(l): v for l, v in entry["eig"][str(dim)].items() if v is not None}
    spectrum = kernel.spectrum(dim, max(reference))
    for l, text in reference.items():
        found, exact = spectrum.eigenvalues[l], float(text)
        if exact == 0:
            assert found == 0
            assert spectrum.relative_error[l] == 0
            assert spectrum.log_eigenvalues[l] == -math.inf
        elif exact > 1e-300:
            assert abs(found / exact - 1) < 1e-12
            assert abs(found / exact - 1) < 10 * spectrum.relative_error[l]
        else:
            assert spectrum.log_eigenvalues[l] == pytest.approx(float(mp.log(mpf(text))), rel=1e-14)


def test_published_spectrum():
    """Cohen, Malka, Ringel 2021, figure 1, untrimmed: d = 50, ReLU NTK, "depth 4", σ_w² = σ_b² = 1"""
    spectrum = ft.FullyConnected(3, "relu", 1, 1, Fraction(1, 50)).ntk().spectrum(50, 3)
    assert spectrum.eigenvalues.tolist() == pytest.approx(
        [3.19370856, 7.27579e-4, 6.19913e-6, 1.76142e-7], rel=3e-6
    )
    assert spectrum.trace == pytest.approx(3.26, rel=1e-14)


# --- closed form -----------------------------------------------------------------------------------


def one_layer(l, d, ntk):
    """σ_w² = 2, σ_b² = 0: NNGP 2 λ(κ₁), NTK 2 [λ(κ₁) + λ(t κ₀)] from half-space integrals"""
    w = mp.gamma(mpf(d) / 2) / (mp.sqrt(mp.pi) * mp.gamma(mpf(d - 1) / 2))

    def rodrigues(j):
        return mp.gamma(mpf(d - 1) / 2) / (2**j * mp.gamma(j + mpf(d - 1) / 2))

    def step(j):
        if j < 0:
            return mpf(0)
        if j == 0:
            return mpf(1) / 2
        if j % 2 == 0:
            return mpf(0)
        return (
            w
            * rodrigues(j)
            * (-1) ** ((j - 1) // 2)
            * mp.factorial(j - 1)
            * mp.binomial(j + mpf(d - 3) / 2, (j - 1) // 2)
        )

    def ramp(j):
        if j == 0:
            return w / (d - 1)
        if j == 1:
            return 1 / mpf(2 * d)
        if j % 2:
            return mpf(0)
        return (
            w
            * rodrigues(j)
            * (-1) ** ((j - 2) // 2)
            * mp.factorial(j - 2)
            * mp.binomial(j + mpf(d - 3) / 2, (j - 2) // 2)
        )

    below = l * 2 * step(l - 1) ** 2 if l else mpf(0)
    tangent = (
        (below + (l + d - 2) * 2 * step(l + 1) ** 2) / (2 * l + d - 2) if 2 * l + d > 2 else 2 * step(1) ** 2
    )
    return 2 * (2 * d * ramp(l) ** 2 + (tangent if ntk else 0))


@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("dim", [3, 4, 11, 100, 1000, 10_000])
def test_one_hidden_relu_layer(dim, ntk):
    """Closed form, l ≤ 200; odd l ≥ 3 vanish exactly

    Equation: relu-layer-eigenvalue
    """
    with mp.workdps(30):
        exact = [one_layer(l, dim, ntk) for l in range(201)]
        logs = [float(mp.log(x)) if x else -math.inf for x in exact]
    spectrum = make("relu", 1, 2.0, 0.0, 1.0, ntk).spectrum(dim, 200)
    for l, (value, log) in enumerate(zip(exact, logs, strict=True)):
        if value > 1e-300:
            assert abs(spectrum.eigenvalues[l] / float(value) - 1) < 1e-12
        elif value:
            assert spectrum.log_eigenvalues[l] == pytest.approx(log, abs=1e-11)
        else:
            assert l % 2 == 1
            assert spectrum.eigenvalues[l] == 0
            assert spectrum.log_eigenvalues[l] == -math.inf


# --- all degrees -----------------------------------------------------------------------------------


def relu_in_angle(layers, w, b, s, ntk):
    parameters = [ball(x) for x in (w, b, s)]
    return lambda t: recursion("relu", t, layers, *parameters, ntk)


def test_every_degree_to_1000():
    """d = 100, three hidden layers, l ≤ 1000, to 1e-12: 1500 nodes, 900 bits (deg(1000) ≈ 10^{141})"""
    exact = quadrature_eigenvalues(relu_in_angle(3, "2", "0", "1", True), 100, 1000, 1500, 900)
    spectrum = make("relu", 3, 2.0, 0.0, 1.0, True).spectrum(100, 1000)
    error = relative(spectrum, exact)
    assert error.max() < 1e-12
    assert (error < 10 * spectrum.relative_error + 1e-15).all()
    assert spectrum.relative_error.max() < 1e-10


@pytest.mark.parametrize(
    ("dim", "max_degree", "nodes", "bits"),
    [(2, 300, 700, 200), (3, 300, 700, 200), (10, 100, 500, 250), (10_000, 12, 1400, 300)],
)
@pytest.mark.parametrize(("layers", "b", "ntk"), [(3, "0", True), (2, "0.25", False)])
def test_small_and_large_dimensions(dim, max_degree, nodes, bits, layers, b, ntk):
    exact = quadrature_eigenvalues(relu_in_angle(layers, "2", b, "1", ntk), dim, max_degree, nodes, bits)
    spectrum = make("relu", layers, 2.0, float(b), 1.0, ntk).spectrum(dim, max_degree)
    error = relative(spectrum, exact)
    assert error.max() < 1e-13
    assert (error < 10 * spectrum.relative_error + 1e-15).all()


@pytest.mark.parametrize("dim", [2, 3, 7, 60])
@pytest.mark.parametrize("bias", [1e-3, 0.05, 0.1, 0.25, 0.3, 0.5, 0.69, 0.7, 0.71, 0.8, 1.0])
def test_the_left_cut_moves_through_the_contour(bias, dim):
    """The left branch point at t = −(1 + 2 σ_b²/σ_w²): quadrature at 300 bits against the contour"""
    exact = quadrature_eigenvalues(relu_in_angle(2, 2.0, bias, 1.0, True), dim, 24, 160, 300)
    spectrum = make("relu", 2, 2.0, bias, 1.0, True).spectrum(dim, 24)
    error = relative(spectrum, exact)
    assert error.max() < 1e-12
    assert (error < 10 * spectrum.relative_error + 1e-15).all()


@given(
    st.integers(1, 5),
    st.floats(0.3, 4),
    st.one_of(st.just(0.0), st.floats(1e-4, 3)),
    st.sampled_from([1.0, 0.5, 0.02, 3.0]),
    st.integers(30, 400),
    st.booleans(),
)
@example(1, 1.0703125, 0.0, 3.0, 141, True)
@example(2, 2.0, 0.7, 1.0, 60, True)
@settings(max_examples=25)
def test_contour_against_the_positive_series(layers, w, b, s, dim, ntk):
    """ReLU at random parameters: within 1e-11 and 10 × the reported error where the series is good"""
    exact, bounds = series_eigenvalues(*taylor("relu", layers, w, b, s, ntk, 256), dim, 30)
    spectrum = make("relu", layers, w, b, s, ntk).spectrum(dim, 30)
    reliable = bounds < 1e-14
    assert reliable[:3].all()
    honest = spectrum.relative_error < 1e-6
    odd_cancellation = layers == 1  # right minus left cut nearly cancel: the error grows, and is reported
    error = relative(spectrum, exact)[reliable & honest]
    if not odd_cancellation:
        assert error.max() < 1e-11
        assert honest[reliable].all()
    assert (error < 10 * spectrum.relative_error[reliable & honest] + 1e-15).all()


def test_reported_errors_are_not_absurd():
    """A bound of 1e-9 on a number that is good to 1e-15 would be no information"""
    for dim in (3, 10, 100):
        for bias in (0.0, 0.2):
            assert make("relu", 3, 2.0, bias, 1.0, True).spectrum(dim, 100).relative_error.max() < 1e-11


# --- smooth activations ----------------------------------------------------------------------------


@pytest.mark.parametrize("ntk", [False, True])
@pytest.mark.parametrize("name", ["erf", "sin", "gelu"])
@pytest.mark.parametrize(
    ("layers", "w", "b", "dim"), [(1, 2.0, 0.0, 5), (2, 1.5, 0.25, 3), (3, 1.0, 0.5, 40)]
)
def test_smooth_activations(name, layers, w, b, dim, ntk):
    """Gauss–Legendre quadrature of 160 nodes at 400 bits: relative 1e-13 and within the reported error"""
    parameters = [ball(x) for x in (w, b, 1.0)]
    exact = quadrature_eigenvalues(lambda t: recursion(name, t, layers, *parameters, ntk), dim, 20, 160, 400)
    spectrum = make(name, layers, w, b, 1.0, ntk).spectrum(dim, 20)
    if b == 0:  # odd activations have odd kernels; gelu is even but for its linear part
        vanishing = np.arange(21) % 2 == (1 if name == "gelu" else 0)
        vanishing[1] = False
        assert (spectrum.eigenvalues[vanishing] == 0).all()
        assert (spectrum.relative_error[vanishing] == 0).all()
        assert np.abs(exact[vanishing]).max() < 1e-90
        exact[vanishing] = 0
    error = relative(spectrum, exact)
    assert error.max() < 1e-13
    assert (error <= 10 * spectrum.relative_error).all()


def tanh_coefficients(q, count):
    """a_n² of tanh(√q z) by the trapezoid rule, which converges geometrically"""
    h = 0.03125
    z = np.arange(-40, 40, h)
    previous, current = np.zeros_like(z), np.exp(-(z**2) / 4) / (2 * math.pi) ** 0.25
    out = []
    for n in range(count):
        out.append(
            h * (np.tanh(math.sqrt(q) * z) * np.exp(-(z**2) / 4) / (2 * math.pi) ** 0.25 * current).sum()
        )
        previous, current = current, (z * current - math.sqrt(n) * previous) / math.sqrt(n + 1)
    return np.array(out)


def test_tanh_spectrum():
    """One hidden layer, σ_b² = 0: K(t) = Σ a_n² tⁿ, so λ_l = Σ_s a²_{l+2s} W(l, s)"""
    kernel = ft.FullyConnected(1, "tanh").nngp()
    spectrum = kernel.spectrum(10, 15)
    exact, _ = series_eigenvalues(tanh_coefficients(1.0, 200).astype(np.longdouble) ** 2, 0.0, 10, 15)
    odd = slice(1, None, 2)
    assert (spectrum.eigenvalues[::2] == 0).all()
    error = np.abs(spectrum.eigenvalues[odd] / exact[odd] - 1)
    assert (error <= 10 * spectrum.relative_error[odd]).all()
    assert error.max() < 1e-11
    assert (spectrum.relative_error[::2] == 0).all()


def test_tanh_with_bias_and_depth():
    """Float quadrature of the kernel's own values can only confirm low degrees"""
    kernel = ft.FullyConnected(2, "tanh", 1.5, 0.2).ntk()
    spectrum = kernel.spectrum(6, 6)
    t, w = np.polynomial.legendre.leggauss(120)
    angle = np.pi / 2 * (1 + t)
    weight = w * np.sin(angle) ** 4
    weight /= weight.sum()
    for l in range(7):
        p = np.array(
            [float(mpmath.gegenbauer(l, 2, float(x)) / mpmath.gegenbauer(l, 2, 1)) for x in np.cos(angle)]
        )
        assert spectrum.eigenvalues[l] == pytest.approx(
            float(weight @ (kernel(np.cos(angle)) * p)), abs=1e-14 * kernel.trace
        )


@pytest.mark.parametrize("layers", [1, 2])
def test_relu_as_a_callable_reports_its_error(layers):
    """1024 Hermite terms change the eigenvalues; relative_error must say by how much"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = ft.FullyConnected(layers, lambda x: np.maximum(x, 0), 2.0, 0.1).ntk().spectrum(10, 8)
    exact = ft.FullyConnected(layers, "relu", 2.0, 0.1).ntk().spectrum(10, 8)
    error = np.abs(found.eigenvalues / exact.eigenvalues - 1)
    assert (error <= 10 * found.relative_error).all()


def test_gaps_in_the_power_series():
    """φ = He_2/√2 + He_200/√200!: K = t² + t^{200}; a run of zero coefficients is no end of the series"""
    from fieldtheory.activations.activation import Activation

    coefficients = np.zeros(201)
    coefficients[[2, 200]] = 1.0
    spectrum = ft.FullyConnected(1, Activation.from_coefficients(coefficients)).nngp().spectrum(3, 4)
    for l in (0, 2, 4):
        with mp.workdps(30):
            exact = mp.quad(lambda t: (t**2 + t**200) * mp.legendre(l, t), [0, 0.9, 1])  # noqa: B023
        assert spectrum.eigenvalues[l] == pytest.approx(float(exact), rel=1e-12)
    assert (spectrum.eigenvalues[1::2] == 0).all()


def test_linear_network():
    """K = (σ_w²)^{L+1} t: λ_1 = (σ_w²)^{L+1}/d, all others exactly zero"""
    spectrum = ft.FullyConnected(2, "linear", 1.5).nngp().spectrum(7, 5)
    assert spectrum.eigenvalues.tolist() == pytest.approx([0, 1.5**3 / 7, 0, 0, 0, 0], rel=1e-15, abs=0)
    assert spectrum.tail == pytest.approx(0, abs=1e-15)


def test_sin_at_large_variance():
    """e^{−q} sinh(q t), q = 800: λ_1 on S² is e^{−q}(cosh q/q − sinh q/q²) = (1/q − 1/q²)/2 to all digits"""
    spectrum = ft.FullyConnected(1, "sin", 800.0).nngp().spectrum(3, 2)
    assert spectrum.eigenvalues[1] == pytest.approx(800 * (1 / 800 - 1 / 800**2) / 2, rel=1e-12)


def test_erf_logs_below_the_float_range():
    """erf, d = 100, l = 999: λ < 10⁻³⁰⁸; the positive series in balls, two lengths"""
    exact, _ = series_eigenvalues(*taylor("erf", 3, 1.0, 0.0, 1.0, True, 2000), 100, 999)
    shorter, _ = series_eigenvalues(*taylor("erf", 3, 1.0, 0.0, 1.0, True, 1850), 100, 999)
    assert abs(shorter[999] / exact[999] - 1) < 1e-12
    spectrum = ft.FullyConnected(3, "erf", 1.0).ntk().spectrum(100, 999)
    assert spectrum.eigenvalues[999] == 0
    assert spectrum.log_eigenvalues[999] == pytest.approx(float(np.log(exact[999])), abs=1e-11)


# --- arbitrary precision ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "dim", "degree"),
    [
        ("ntk_relu_L1_w2_b0", 10, 4),
        ("ntk_relu_L3_w2_b0", 50, 7),
        ("nngp_erf_L1_w2_b0", 20, 9),
        ("ntk_relu_L3_w1_b1_inscale1/d", 50, 3),
        ("ntk_relu_L3_w1_b1_inscale1/d", 50, 10),
    ],
)
def test_thirty_digits(name, dim, degree):
    entry = TABLE[name]
    p = entry["params"]
    scale = Fraction(1, dim) if p["in_scale"] == "1/d" else Fraction(p["in_scale"])
    kernel = make(p["act"], p["L"], Fraction(p["sw2"]), Fraction(p["sb2"]), scale, p["kind"] == "ntk")
    with mp.workdps(40):
        found, exact = kernel.eigenvalue(degree, dim, digits=28), mpf(entry["eig"][str(dim)][str(degree)])
        assert abs(found / exact - 1) < mpf(10) ** -27


def test_digits_within_a_rigorous_enclosure():
    """erf NTK, two layers, d = 6: acb.integral encloses ∫ K(t) P_l(t) (1 − t²)^{3/2} dt"""
    kernel = make("erf", 2, Fraction(3, 2), Fraction(1, 4), 1, True)
    with flint.ctx.workdps(45):
        w, b, s = arb("1.5"), arb("0.25"), arb(1)

        def integrand(a, analytic):
            t = a.cos()
            sine = 2 * (b + w * s * t) / (1 + 2 * (b + w * s))
            if analytic and (not abs(sine.real) < 1 or not abs(sine.imag) < 1):
                return acb("nan")
            try:
                value = recursion("erf", t, 2, w, b, s, True)
            except ValueError:
                return acb("nan")
            return value * t.gegenbauer_c(5, 2) / acb(1).gegenbauer_c(5, 2) * a.sin() ** 4

        total = acb.integral(integrand, 0, arb.pi()).real
        total = total * arb(3).gamma() / (arb.pi().sqrt() * arb("2.5").gamma())
        assert total.rad() < total.mid() * arb(10) ** -33
        found = kernel.eigenvalue(5, 6, digits=32)
        with mp.workdps(40):
            text = mp.nstr(found, 34)
        assert abs(arb(text) / total - 1) < arb(10) ** -30


def test_digits_of_deep_relu_within_a_rigorous_enclosure():
    """d = 60, l = 6, three layers, bias: the series in balls, whose rest is bounded by K(1)"""
    exact, bounds = series_eigenvalues(*taylor("relu", 3, 2.0, 0.25, 1.0, True, 1024), 60, 6)
    assert bounds[6] < 1e-25
    found = make("relu", 3, 2.0, 0.25, 1.0, True).eigenvalue(6, 60, digits=25)
    assert float(found) == pytest.approx(float(exact[6]), rel=3e-16)


@pytest.mark.parametrize("digits", [8, 30, 40])
def test_all_digits_asked_for_are_shown(digits):
    """d = 3, K = exp(t - 1): lambda_0 = (1 - e^-2)/2, lambda_1 = e^-2; as text, as repr, in a pickle."""
    kernel = ft.ZonalKernel.from_function(sympy.exp(sympy.Symbol("t") - 1))
    with mp.workdps(60):
        for degree, exact in ((0, (1 - mp.exp(-2)) / 2), (1, mp.exp(-2))):
            text = mp.nstr(exact, digits)
            with mp.workdps(15):
                found = kernel.eigenvalue(degree, 3, digits)
                assert isinstance(found, mpf)
                assert str(found) == mp.nstr(found, digits) == text
                assert repr(found) == repr(pickle.loads(pickle.dumps(found))) == f"mpf('{text}')"
    zero = ft.FullyConnected(1, "erf").ntk().eigenvalue(2, 5, digits)
    assert str(zero) == "0.0"


def test_exact_zeros_and_bad_requests():
    kernel = ft.FullyConnected(1, "relu", 2).ntk()
    assert kernel.eigenvalue(3, 10) == 0
    for arguments, name in (
        ((-1, 3), "degree"),
        ((1, 1), "dim"),
        ((1, 3, 0), "digits"),
        ((1.5, 3), "degree"),
    ):
        with pytest.raises(ValueError, match=f"{name} must be"):
            kernel.eigenvalue(*arguments)


# --- tail and default ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "tanh"])
@pytest.mark.parametrize("dim", [3, 10, 60])
def test_trace_and_tail(name, dim):
    """K(1) = Σ deg λ + tail, and what truncation moves into the tail is what a shorter spectrum has there"""
    kernel = make(name, 2, 1.5, 0.1, 1.0, True)
    long_one, short = kernel.spectrum(dim, 12), kernel.spectrum(dim, 4)
    assert short.trace == pytest.approx(kernel.trace, rel=1e-14)
    assert long_one.trace == pytest.approx(kernel.trace, rel=1e-14)
    assert (short.eigenvalues * short.multiplicities).sum() + short.tail == pytest.approx(
        kernel.trace, rel=1e-14
    )
    cut = long_one.truncate(4)
    assert np.abs(cut.eigenvalues / short.eigenvalues - 1).max() < 1e-13
    assert cut.tail == pytest.approx(short.tail, abs=1e-14 * kernel.trace)
    assert cut.trace == pytest.approx(long_one.trace, rel=1e-15)
    assert cut.max_degree == 4
    assert cut.dim == dim
    assert cut.tail_eigenvalue >= long_one.eigenvalues[5:].max() * (1 - 1e-13)
    assert short.tail_eigenvalue >= long_one.eigenvalues[5] * (1 - 1e-13)
    assert short.exact_multiplicities == tuple(int(m) for m in short.multiplicities)


def test_small_tails_keep_their_digits():
    """d = 1000, erf, l > 6: the tail, 10⁻⁶ of the trace or less, equals the sum of the next degrees"""
    kernel = ft.FullyConnected(1, "erf", 0.01).nngp()
    tail = kernel.spectrum(1000, 6).tail
    further = kernel.spectrum(1000, 30)
    assert tail == pytest.approx(further.degree_traces[7:].sum(), rel=1e-3, abs=4e-16 * kernel.trace)


def test_default_degree():
    """max_degree=None keeps 10⁸ modes, at most 1000 degrees"""
    kernel = make("relu", 2, 2.0, 0.0, 1.0, True)
    for dim, expected in ((2, 1000), (3, 1000)):
        assert kernel.spectrum(dim).max_degree == expected
    spectrum = kernel.spectrum(50)
    assert sum(spectrum.exact_multiplicities) >= 10**8 > sum(spectrum.exact_multiplicities[:-1])


@pytest.mark.parametrize(("dim", "max_degree"), [(1, 3), (2.5, 3), (True, 3), (5, -1), (5, 1.5), ("5", 3)])
def test_bad_dim_or_degree(dim, max_degree):
    with pytest.raises(ValueError, match="must be"):
        make("relu", 2, 2.0, 0.0, 1.0, True).spectrum(dim, max_degree)


def test_degrees_whose_multiplicity_overflows():
    """d = 10⁴, l = 300: deg(l) > 10³⁰⁸, deg λ and log λ stay finite"""
    spectrum = make("relu", 3, 2.0, 0.0, 1.0, True).spectrum(10_000, 300)
    assert spectrum.multiplicities[-1] == math.inf
    assert np.isfinite(spectrum.log_eigenvalues).all()
    assert np.isfinite(spectrum.degree_traces).all()
    assert spectrum.trace == pytest.approx(8.0, rel=1e-13)
    exact, bounds = series_eigenvalues(*taylor("relu", 3, 2.0, 0.0, 1.0, True, 768), 10_000, 300)
    assert bounds.max() < 1e-14
    assert np.abs(spectrum.log_eigenvalues - np.log(exact)).max() < 1e-12


# --- black boxes -----------------------------------------------------------------------------------


def quiet(function, dim, max_degree):
    """The spectrum of a black box without its (expected) UserWarning; any other warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return ft.ZonalKernel.from_function(function).spectrum(dim, max_degree)


@pytest.mark.parametrize("dim", [2, 3, 10, 1000])
@pytest.mark.parametrize("function", [lambda t: np.exp(t - 1), sympy.exp(T - 1)])
def test_exponential_kernel(function, dim):
    """λ_l = e^{−1} Γ(d/2) 2^{d/2−1} I_{l+d/2−1}(1); absolute accuracy, honest error, noise accepted"""
    spectrum = quiet(function, dim, 30)
    with mp.workdps(30):
        exact = [
            float(
                mp.exp(-1)
                * mp.gamma(mpf(dim) / 2)
                * mp.mpf(2) ** (mpf(dim) / 2 - 1)
                * mp.besseli(l + mpf(dim) / 2 - 1, 1)
            )
            for l in range(31)
        ]
    error = np.abs(spectrum.eigenvalues - exact)
    assert error.max() < 2e-14
    known = spectrum.relative_error < 0.1
    assert (
        error[known] <= 10 * spectrum.relative_error[known] * np.abs(spectrum.eigenvalues[known]) + 1e-18
    ).all()
    assert (np.array(exact)[~known] < 1e-14).all()
    assert (spectrum.relative_error[-1] > 0.1) or exact[-1] > 1e-18
    assert spectrum.eigenvalues[:3] == pytest.approx(exact[:3], rel=1e-10)


@pytest.mark.parametrize("dim", [2, 3, 10, 1000, 10_000])
@pytest.mark.parametrize(
    "function", [lambda t: t**2, lambda t: 1 + 0 * t, T**2 + T, 1 / (2 - T), lambda t: 5 * t**3 + t]
)
@pytest.mark.parametrize("max_degree", [3, 40])
def test_black_boxes_do_not_warn(function, dim, max_degree):
    """Rounding below zero is noise, neither a refusal nor a RuntimeWarning"""
    spectrum = quiet(function, dim, max_degree)
    assert np.isfinite(spectrum.eigenvalues).all()
    assert not np.isnan(spectrum.log_eigenvalues).any()
    assert not np.isnan(spectrum.relative_error).any()


@pytest.mark.parametrize("dim", [2, 3, 10, 1000])
def test_polynomial_kernel(dim):
    """t² = 1/d + (1 − 1/d) P_2: λ_0 = 1/d, λ_2 = (1 − 1/d)/deg(2) = 2/(d(d+2))"""
    for function in (lambda t: t**2, T**2):
        spectrum = quiet(function, dim, 2)
        assert spectrum.eigenvalues[[0, 2]].tolist() == pytest.approx(
            [1 / dim, 2 / (dim * (dim + 2))], rel=1e-13
        )
        assert abs(spectrum.eigenvalues[1]) < 1e-16
        assert spectrum.tail < 1e-13


def test_negative_kernels_are_refused():
    for function in (lambda t: 1 - 0.5 * t, lambda t: 2 - t**2, T - T**2 / 4):
        with pytest.raises(ValueError, match="positive-definite"):
            ft.ZonalKernel.from_function(function).spectrum(5, 4)


@pytest.mark.parametrize("dim", [2, 3, 10, 1000])
def test_kinked_kernels(dim):
    """|t| has λ_4 < 0 in every dimension; its kink takes thousands of nodes, none of which may overflow"""
    with pytest.raises(ValueError, match="positive-definite"):
        ft.ZonalKernel.from_function(lambda t: 1 + np.abs(t)).spectrum(dim, 4)


def test_small_eigenvalues_of_black_boxes_warn():
    with pytest.warns(UserWarning, match="fewer than 6 digits"):
        ft.ZonalKernel.from_function(lambda t: np.exp(t - 1)).spectrum(10, 25)


def test_own_cut_off_warns_of_nothing_unseen():
    """tanh, d = 5: degrees 81 to 185 hold 10^-21 of the trace; who asks for them is told, others are not"""
    kernel = ft.FullyConnected(1, "tanh").ntk()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrum = kernel.spectrum(5)
        assert len(ft.spectra([ft.FullyConnected(1, "tanh")], 5)[0].eigenvalues) == len(spectrum.eigenvalues)
    assert (spectrum.relative_error > 1e-6).any()
    assert spectrum.degree_traces[spectrum.relative_error > 1e-6].sum() < 1e-20
    with pytest.warns(UserWarning, match=r"degree 81, 83, 85, 87, \.\.\. 185 are known to fewer than 6"):
        kernel.spectrum(5, max_degree=185)


def test_own_cut_off_warns_of_what_is_seen():
    """exp(t − 1), d = 5: λ_9 ≈ 10^−10, known to 10^−6, holds 3·10^−8 of the trace"""
    with pytest.warns(UserWarning, match="degree 9, 10, 11, 12 are known to fewer than 6 digits"):
        ft.ZonalKernel.from_function(lambda t: np.exp(t - 1)).spectrum(5)


def test_digits_of_a_formula():
    """exp(t − 1), d = 3, l = 20: λ = e^{−1} √(π/2) I_{41/2}(1) ≈ 10^{−26.5}, lost to float64"""
    kernel = ft.ZonalKernel.from_function(sympy.exp(T - 1))
    with mp.workdps(40):
        exact = mp.exp(-1) * mp.sqrt(mp.pi / 2) * mp.besseli(mpf(41) / 2, 1)
        assert abs(kernel.eigenvalue(20, 3, digits=25) / exact - 1) < mpf(10) ** -24
    assert ft.ZonalKernel.from_function(T**2).eigenvalue(2, 3, digits=20) == pytest.approx(2 / 15, rel=1e-15)


# --- arrays ----------------------------------------------------------------------------------------


def test_from_arrays():
    spectrum = ft.Spectrum.from_arrays([2.0, 0.5, 0.0], [1, 3, 5], tail=0.25, dim=3)
    assert spectrum.trace == 3.75
    assert spectrum.degree_traces.tolist() == [2.0, 1.5, 0.0]
    assert spectrum.log_eigenvalues.tolist() == [math.log(2), math.log(0.5), -math.inf]
    assert spectrum.exact_multiplicities == (1, 3, 5)
    assert spectrum.max_degree == 2
    assert spectrum.truncate(2).tail == 0.25
    assert spectrum.truncate(0).tail == 1.75
    assert spectrum.truncate(np.int64(1)).trace == 3.75


def test_from_arrays_of_a_spectrum_with_huge_multiplicities():
    """Exact multiplicities beyond 10³⁰⁸ are integers like any other"""
    spectrum = ft.Spectrum.from_arrays([1.0, 0.0], [1, 10**400])
    assert spectrum.exact_multiplicities == (1, 10**400)
    assert spectrum.degree_traces.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([], []), "eigenvalues"),
        (([[1.0]], [[1]]), "eigenvalues"),
        (([-1.0], [1]), "eigenvalues"),
        (([math.nan], [1]), "eigenvalues"),
        (([math.inf], [1]), "eigenvalues"),
        (([1.0], [1, 2]), "multiplicities"),
        (([1.0], [0]), "multiplicities"),
        (([1.0], [1.5]), "multiplicities"),
        (([1.0], [math.nan]), "multiplicities"),
        (([1.0], [math.inf]), "multiplicities"),
        (([1.0], [-2]), "multiplicities"),
        (([1.0], [1], -0.1), "tail"),
        (([1.0], [1], math.nan), "tail"),
        (([1.0], [1], math.inf), "tail"),
        (([1.0], [1], 0.0, 1), "dim"),
    ],
)
def test_bad_arrays(arguments, name):
    with pytest.raises(ValueError, match=f"{name} must be|{name} must have"):
        ft.Spectrum.from_arrays(*arguments)


@pytest.mark.parametrize(
    ("counts", "dim", "degree", "right"),
    [([1, 5], 3, 1, 3), ([1, 3, 6], 3, 2, 5), ([2, 3], 3, 0, 1), ([1, 3], 2, 1, 2)],
)
def test_multiplicities_that_are_not_those_of_the_sphere(counts, dim, degree, right):
    got = rf"\(got {counts[degree]}\)"
    message = rf"dim={dim}, {right} in degree {degree} {got}: give \[fieldtheory.multiplicity"
    with pytest.raises(ValueError, match=message):
        ft.Spectrum.from_arrays(np.ones(len(counts)), counts, dim=dim)
    assert ft.Spectrum.from_arrays(np.ones(len(counts)), counts).dim is None


def test_rounded_multiplicities_of_a_sphere_are_made_exact():
    whole = multiplicities(14, 100)
    assert int(float(whole[-1])) != whole[-1]
    spectrum = ft.Spectrum.from_arrays(np.ones(15), float_multiplicities(14, 100), dim=100)
    assert spectrum.exact_multiplicities == whole


@pytest.mark.parametrize("bad", [True, np.True_, np.array(False)])
def test_truth_values_are_no_numbers(bad):
    with pytest.raises(ValueError, match="tail must be a finite number at least 0"):
        ft.Spectrum.from_arrays([1.0], [1], tail=bad)


@pytest.mark.parametrize("bad", [-1, 3, 1.5])
def test_bad_truncation(bad):
    with pytest.raises(ValueError, match="max_degree must be"):
        ft.Spectrum.from_arrays([1.0, 1.0, 1.0], [1, 3, 5]).truncate(bad)


def test_negative_eigenvalues_say_how_negative() -> None:
    with pytest.raises(
        ValueError, match=r"got -1e-18 at position 1; rounding explains 4e-16 beside the largest, 1"
    ):
        ft.Spectrum.from_arrays([1.0, -1e-18], [1, 5])


@pytest.mark.parametrize("max_degree", [60, 300, 1000])
@pytest.mark.parametrize("r", [0.5, 0.99])
def test_integral_in_the_angle_at_high_degrees(max_degree, r):
    """sum_l r^l P_l(t) = 1/sqrt(1 - 2 r t + r^2): for d = 3 lambda_l = r^l/(2 l + 1), within its error."""
    kernel = AngleValues(lambda t, gap: 1 / np.sqrt((1 - r) ** 2 + 2 * r * gap), 0.0)
    found = from_angles(kernel, 3, max_degree)
    degree = np.arange(max_degree + 1)
    exact = r**degree / (2 * degree + 1)
    known = found.relative_error < 1
    assert known[exact > 1e-12].all()
    assert (np.abs(found.values / exact - 1) <= found.relative_error)[known].all()


@pytest.mark.filterwarnings("ignore:eigenvalues of")
@pytest.mark.parametrize("layers", [2, 3])
def test_degrees_up_to_the_default_of_few_dimensions_add_up_to_the_trace(layers):
    kernel = ft.FullyConnected(layers, "tanh", 1.0, 0.3).nngp()
    found = kernel.spectrum(3).degree_traces
    assert found.sum() == pytest.approx(kernel.trace, rel=1e-12)
    assert (found[200:] < 1e-30).all()
