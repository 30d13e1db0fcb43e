"""Exponents of learning curves from singularities of kernels, and from computed and measured curves."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import fieldtheory as ft
from renormalization.scaling.angle_series import angle_series
from renormalization.scaling.exponents import (
    exponent_validity,
    fitted_exponent,
    kernel_singularity,
    local_exponents,
    teacher_student_exponent,
)

ROWS = json.loads((Path(__file__).parents[1] / "data" / "depth_flow.json").read_text())["rows"]
CURVES = [name for name in ROWS if name.startswith("learning_curves/")]
t = sympy.Symbol("t")
r, theta = sympy.sqrt(2 - 2 * t), sympy.acos(t)
AC1 = (sympy.sin(theta) + (sympy.pi - theta) * t) / sympy.pi
KERNELS = {
    "laplace": sympy.exp(-r),
    "m32": (1 + sympy.sqrt(3) * r) * sympy.exp(-sympy.sqrt(3) * r),
    "m52": (1 + sympy.sqrt(5) * r + sympy.Rational(5, 3) * r**2) * sympy.exp(-sympy.sqrt(5) * r),
    "ac1": AC1,
    "ac1b": AC1.subs(t, (t + 0.1) / 1.1),
    "ntk": (t * (1 - theta / sympy.pi) + AC1) / 2,
}


@pytest.mark.parametrize(
    ("name", "power"), [("laplace", 1), ("m32", 3), ("m52", 5), ("ac1", 3), ("ac1b", 3), ("ntk", 1)]
)
def test_singularities(name: str, power: int) -> None:
    """Laplace 1, Matern-nu 2 nu, arc-cosine order 1: 3, ReLU NTK: 1."""
    assert kernel_singularity(KERNELS[name]) == power


@pytest.mark.parametrize("layers", [1, 3, 6])
@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_deep_relu(layers: int, bias: float) -> None:
    """Depth does not change the power: 3 of the NNGP, 1 of the NTK."""
    net = ft.FullyConnected(layers, "relu", 2.0, bias)
    assert kernel_singularity(net.nngp()) == 3
    assert kernel_singularity(net.ntk()) == 1


def test_powers_match_spectra() -> None:
    """lambda_l ~ l^-(D+s): local slopes of exact spectra at high degree, even degrees (parity).

    Equation: kernel-singularity
    """
    for kernel, s in ((ft.FullyConnected(2, "relu", 2.0, 0.5).ntk(), 1), (ft.FullyConnected(1).nngp(), 3)):
        values = kernel.spectrum(4, max_degree=240).eigenvalues
        slope = math.log(values[120] / values[240]) / math.log(2)
        assert slope == pytest.approx(3 + s, abs=0.1)
        assert kernel_singularity(kernel) == s


def test_other_singularities() -> None:
    """Analytic kernels: inf; fractional powers; a singularity at t = -1 alone; a number is the power."""
    assert kernel_singularity(sympy.exp(t)) == math.inf
    assert kernel_singularity(ft.FullyConnected(2, "erf", 1.2, 0.1).ntk()) == math.inf
    assert kernel_singularity(ft.FullyConnected(1, "gelu", 1.2, 0.1).nngp()) == math.inf
    assert kernel_singularity(sympy.exp(-(r**1.5))) == Fraction(3, 2)
    assert kernel_singularity(2 - sympy.sqrt(theta)) == Fraction(1, 2)
    assert kernel_singularity(sympy.exp(-r.subs(t, -t))) == 1
    assert kernel_singularity(sympy.Rational(1, 10**60) * sympy.exp(-r)) == 1
    assert kernel_singularity(2.5) == Fraction(5, 2)
    assert kernel_singularity(math.inf) == math.inf


def test_series_against_sympy() -> None:
    """The coefficients are those of SymPy's own series, where it has them."""
    angle = sympy.Symbol("theta", positive=True)
    formula = sympy.log(2 + sympy.sin(3 * t)) * sympy.cosh(t) / (3 - t) + sympy.atan(t) * sympy.cos(t)
    found, m = angle_series(formula, t, 1, 6)
    expected = sympy.series(formula.subs(t, sympy.cos(angle)), angle, 0, 6).removeO()
    assert m == 1
    for k in range(6):
        assert float(found.coefficients[k]) == pytest.approx(float(expected.coeff(angle, k)), abs=1e-13)


@pytest.mark.parametrize("name", CURVES)
def test_reference_exponents(name: str) -> None:
    """beta = min(s_T, 2 D + 2 s_S)/D; the measured local exponent within 0.06 of the closed form's.

    Equation: teacher-student-exponent
    """
    row = ROWS[name]
    p, values = row["params"], row["values"]
    beta = teacher_student_exponent(KERNELS[p["teacher"]], KERNELS[p["student"]], dim=p["d"])
    assert float(beta) == values["beta_predicted"]
    window = tuple(p["window"])
    theory = fitted_exponent(p["n"], values["mse_theory"], window)
    measured = fitted_exponent(p["n"], values["mse_measured"], window)
    assert theory == pytest.approx(values["beta_theory_window"], abs=1e-9)
    assert measured == pytest.approx(values["beta_measured"], abs=1e-9)
    assert abs(measured - theory) < 0.06
    local = local_exponents(p["n"], values["mse_theory"])
    assert local[-1] == pytest.approx(float(beta), abs=0.05)


def test_exponent_of_a_computed_curve() -> None:
    """ReLU NTK as teacher and student on S^2: error ~ n^-1/2, on the reference window n^-0.518.

    Equation: local-exponent
    """
    row = ROWS["learning_curves/d3_ntk_to_ntk"]
    kernel = ft.FullyConnected(1, "relu", 1.0).ntk()
    spectrum = kernel.spectrum(3, max_degree=400)
    powers = spectrum.multiplicities * spectrum.eigenvalues
    target = ft.Target({degree: power for degree, power in enumerate(powers.tolist()) if power > 0})
    n = row["params"]["n"]
    # what the teacher has beyond is noise of the labels, and is missed
    noise = spectrum.tail
    found = ft.learning_curve(spectrum, target, n, label_noise=noise, theory="self-consistent")
    error = found.error + noise
    np.testing.assert_allclose(error, row["values"]["mse_theory"], rtol=1e-3)
    fitted = fitted_exponent(n, error, tuple(row["params"]["window"]))
    assert fitted == pytest.approx(row["values"]["beta_theory_window"], abs=1e-3)


def test_saturation() -> None:
    """A student too rough for the teacher: beta = (2 D + 2 s_S)/D, also for an analytic one."""
    assert teacher_student_exponent(9, KERNELS["laplace"], dim=2) == 4
    assert teacher_student_exponent(math.inf, KERNELS["laplace"], dim=3) == 3


def test_validity() -> None:
    """D = 1, Laplace: 4 pi/(3 n) against pi/n; otherwise words by dimension and smoothness.

    Equation: circle-amplitude
    """
    exact = exponent_validity(KERNELS["laplace"], KERNELS["laplace"], dim=2)
    assert exact.amplitude_ratio == 4 / 3
    assert "4/3" in exact.statement
    assert exponent_validity(5, 1, dim=2).amplitude_ratio is None
    assert "tens of per cent" in exponent_validity(3, 1, dim=3).statement
    assert "few per cent" in exponent_validity(1, 1, dim=5).statement
    for name in CURVES:  # measured over closed form, at the largest n
        row = ROWS[name]
        ratio = row["values"]["mse_measured"][-1] / row["values"]["mse_theory"][-1]
        p = row["params"]
        found = exponent_validity(KERNELS[p["teacher"]], KERNELS[p["student"]], dim=p["d"])
        if found.amplitude_ratio is not None:
            stderr = row["stderr"]["mse_measured"][-1] / row["values"]["mse_theory"][-1]
            assert abs(ratio - found.amplitude_ratio) < 4 * stderr
        elif "few per cent" in found.statement:
            assert ratio == pytest.approx(1, abs=0.05)
        else:
            assert 1 < ratio < 1.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernel_singularity(ft.FullyConnected(1, "tanh").nngp()), "kernel must have a closed form"),
        (lambda: kernel_singularity(t * sympy.Symbol("u")), "kernel must have one free symbol"),
        (lambda: kernel_singularity(sympy.gamma(t + 2)), "kernel must be made of"),
        (lambda: kernel_singularity(1 / (1 - t)), "kernel must be finite"),
        (lambda: kernel_singularity(sympy.log(1 - t)), "kernel must be"),
        (lambda: kernel_singularity("laplace"), "kernel must be a ZonalKernel, a SymPy"),  # type: ignore[arg-type]
        (lambda: kernel_singularity(-1.0), "kernel must be a ZonalKernel, a SymPy"),
        (lambda: teacher_student_exponent(1, sympy.exp(t), dim=3), "student must have a singular kernel"),
        (lambda: teacher_student_exponent(1, 1, dim=1), "dim must be at least 2"),
        (lambda: local_exponents([1, 2], [1.0, -1.0]), "error must be positive"),
        (lambda: local_exponents([2, 1], [1.0, 1.0]), "n must increase"),
        (lambda: local_exponents([2], [1.0]), "n must be at least two"),
        (lambda: local_exponents("many", [1.0]), "n must be real numbers"),
        (lambda: fitted_exponent([1, 2, 4], [1, 1, 1], (3, 9)), "window must hold at least two sizes"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("window", [3, "ab", (0.0, 10.0), (1, 2, 3), (1, "b")])
def test_window_must_be_two_sizes(window):
    with pytest.raises(ValueError, match="window must be two positive sizes"):
        fitted_exponent([1, 2, 3], [1, 2, 3], window=window)


@pytest.mark.parametrize("kernel", ["x", -1.0, None])
def test_what_a_kernel_may_be(kernel):
    with pytest.raises(ValueError, match="kernel must be a ZonalKernel, a SymPy expression in t, or a power"):
        kernel_singularity(kernel)
