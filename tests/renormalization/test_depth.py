"""The flow in depth against the reference file, mpmath, and random networks of finite width."""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from mpmath import mp

from fieldtheory.activations.by_name import activation
from fieldtheory.activations.gaussian_averages import plane_quadrature
from fieldtheory.activations.kinks import quadrature_activation
from renormalization.depth.critical_line import critical_point
from renormalization.depth.fixed_points import slope_at_zero
from renormalization.depth.flow import DepthFlow
from renormalization.depth.phase_diagram import phase_diagram
from renormalization.depth.power_laws import vanishing_power_laws
from renormalization.depth.recursion_formulas import depth_recursion

ROWS = json.loads((Path(__file__).parents[1] / "data" / "depth_flow.json").read_text())["rows"]
MP_FUNCTIONS: dict[str, Any] = {
    "tanh": mp.tanh,
    "erf": mp.erf,
    "sin": mp.sin,
    "gelu": lambda x: x * mp.ncdf(x),
}


def gaussian(function: Any) -> float:
    """E function(z) with mpmath."""
    with mp.workdps(30):
        points = [-30, -8, -4, -2, -1, 0, 1, 2, 4, 8, 30]
        return float(mp.quad(lambda z: function(z) * mp.npdf(z), points))


def at(formula: sympy.Eq, **values: float) -> float:
    """The right-hand side with numbers for its symbols, by name."""
    numbers = {symbol: values[str(symbol)] for symbol in formula.rhs.free_symbols}
    return float(formula.rhs.subs(numbers).evalf())


def of(feature: str) -> list[str]:
    return [name for name in ROWS if name.startswith(f"{feature}/")]


@pytest.mark.parametrize("name", of("critical_line"))
def test_critical_line(name: str) -> None:
    """w = 1/E[phi'^2], b = q* - w E[phi^2], by q* and by b."""
    row = ROWS[name]
    given = {key: value for key, value in row["params"].items() if key != "activation"}
    found = DepthFlow.critical_point(row["params"]["activation"], **given)
    for key, value in row["values"].items():
        assert getattr(found, key) == pytest.approx(value, rel=row["tolerance"]["rtol"]), key


@pytest.mark.parametrize("name", ["tanh", "erf", "sin", "gelu"])
@pytest.mark.parametrize("q", [0.3, 2.0])
def test_moments(name: str, q: float) -> None:
    """chi_1 = w E[phi'^2], chi_parallel = w d E[phi^2]/dq, by mpmath at the fixed point.

    Equation: depth-recursion
    """
    phi, root = MP_FUNCTIONS[name], math.sqrt(q)
    power = gaussian(lambda z: phi(root * z) ** 2)
    slope = gaussian(lambda z: mp.diff(phi, root * z) ** 2)
    growth = gaussian(lambda z: phi(root * z) ** 2 * (z**2 - 1)) / (2 * q)
    bias = 0.1 if name != "gelu" else 0.4 * q
    weight = (q - bias) / power
    flow = DepthFlow(name, weight, bias)
    assert flow.fixed_point == pytest.approx(q, rel=1e-11)
    assert flow.chi_1 == pytest.approx(weight * slope, rel=1e-10)
    assert flow.chi_parallel == pytest.approx(weight * growth, rel=1e-10)
    assert flow.chi_perpendicular == flow.chi_1


def test_erf_closed_forms() -> None:
    """E erf^2 = (2/pi) asin(2q/(1+2q)), E erf'^2 = (4/pi)/sqrt(1+4q)."""
    row = ROWS["erf_moments/q1"]["values"]
    recursion = depth_recursion(activation("erf"))
    values = {"q": 1, "sigma_w": 1, "sigma_b": 0}
    assert at(recursion.variance, **values) == pytest.approx(row["E_phi2"], rel=1e-14)
    assert at(recursion.chi_1, **values) == pytest.approx(row["E_dphi2"], rel=1e-14)


@pytest.mark.parametrize("name", of("correlation_depth"))
def test_correlation_depth(name: str) -> None:
    """q*, chi_1, c*, xi_c, xi_q and the recursion of c; networks of width 1000 within 4 stderr.

    Equation: depth-exponents
    """
    row = ROWS[name]
    values, params = row["values"], row["params"]
    flow = DepthFlow("tanh", params["weight_variance"], params["bias_variance"])
    found = {
        "q_star": flow.fixed_point,
        "chi_1": flow.chi_1,
        "c_star": flow.fixed_correlation,
        "xi_c": flow.correlation_depth,
        "xi_q": flow.variance_depth,
    }
    for key, value in found.items():
        assert value == pytest.approx(values[key], rel=1e-9), key
    c = flow.trajectory(len(values["c_theory"]) - 1, correlation=0.5).correlation
    np.testing.assert_allclose(c, values["c_theory"], rtol=1e-9)
    pulls = (c - values["c_measured"]) / np.array(row["stderr"]["c_measured"])
    assert np.abs(pulls).max() < 4
    assert flow.phase == ("ordered" if flow.chi_1 < 1 else "chaotic")


def test_power_laws_of_the_flow() -> None:
    """ReLU: l^2 (1-c_l) at l = 2000 -> 9 pi^2/2; tanh: 2 l K_l at l = 1000 -> 1."""
    relu, tanh = (ROWS[f"critical_power_laws/{name}"]["values"] for name in ("relu_l2000", "tanh_l1000"))
    drop = DepthFlow("relu", 2.0).trajectory(2000, correlation=0.0).drop[-1]
    assert 2000**2 * drop == pytest.approx(relu["l2_one_minus_c"], rel=1e-6)
    variance = DepthFlow("tanh", 1.0).trajectory(1000, variance=1.0).variance[-1]
    assert 2000 * variance == pytest.approx(tanh["two_l_K"], rel=1e-8)


def test_power_law_amplitudes() -> None:
    """ReLU 1-c ~ (9 pi^2/2)/l^2; tanh, erf K ~ 1/(2 l); sin K ~ 1/l; at q* > 0 1-c ~ 2/(f'' l)."""
    law = DepthFlow("relu", 2.0).power_laws().correlation
    assert law == pytest.approx((-2.0, 9 * math.pi**2 / 2), rel=1e-10)
    for name, weight, amplitude in (("tanh", 1.0, 0.5), ("erf", math.pi / 4, 0.5), ("sin", 1.0, 1.0)):
        laws = DepthFlow(name, weight).power_laws()
        assert laws.variance == pytest.approx((-1.0, amplitude), rel=1e-8)
        assert laws.correlation is None  # odd: 1 - c tends to a value of its own
    point = critical_point("erf", q_star=0.5)
    law = DepthFlow("erf", point.weight_variance, point.bias_variance).power_laws().correlation
    # f'' = w q E[phi''^2], phi'' = -4 x exp(-x^2)/sqrt(pi)
    second = gaussian(lambda z: 16 / mp.pi * 0.5 * z**2 * mp.exp(-(z**2)))
    assert law == pytest.approx((-1.0, 2 / (point.weight_variance * 0.5 * second)), rel=1e-10)
    tanh = critical_point("tanh", q_star=0.5)
    law = DepthFlow("tanh", tanh.weight_variance, tanh.bias_variance).power_laws().correlation
    root = math.sqrt(0.5)
    second = gaussian(lambda z: (2 * mp.tanh(root * z) / mp.cosh(root * z) ** 2) ** 2)
    assert law == pytest.approx((-1.0, 2 / (tanh.weight_variance * 0.5 * second)), rel=1e-9)


@pytest.mark.parametrize("scale", [1e-3, 30.0, 100.0])
def test_any_scale_of_the_activation(scale: float) -> None:
    """tanh(s x): phi'(0)^2 = s^2, critical at 1/s^2, K ~ 1/(2 s^2 l)."""

    def phi(x: Any) -> Any:
        return np.tanh(scale * x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # steep: the quadrature of E[phi^4] at variance 1 loses digits
        weight = critical_point(phi, bias_variance=0).weight_variance
        assert weight == pytest.approx(scale**-2, rel=1e-11)
        assert slope_at_zero(activation(phi)) == pytest.approx(scale**2, rel=1e-11)
        laws = vanishing_power_laws(activation(phi), weight)
    assert laws.variance == pytest.approx((-1.0, 0.5 / scale**2), rel=1e-8)
    assert laws.correlation is None


def test_two_scales_in_one_activation() -> None:
    """tanh x + 1e-6 tanh 1000 x: slope 1.001 and third derivative -2002 at 0, K ~ 1.001/(2002 l)."""
    phi = activation(lambda x: np.tanh(x) + 1e-6 * np.tanh(1000 * x))
    slope = slope_at_zero(phi)
    assert slope == pytest.approx(1.001**2, rel=1e-11)
    laws = vanishing_power_laws(phi, 1 / slope)
    assert laws.variance == pytest.approx((-1.0, 1.001 / 2002), rel=1e-7)


def test_power_law_of_the_correlation_without_symmetry() -> None:
    """sin x + d x^2: a = 1 - 3 d^2, s = 1 - 4 d^2, 1 - c ~ l^(1 - s/a)."""
    laws = DepthFlow(lambda x: np.sin(x) + 0.3 * x**2, 1.0).power_laws()
    assert laws.correlation is not None
    assert laws.variance == pytest.approx((-1.0, 1 / 0.73), rel=1e-8)
    assert laws.correlation.exponent == pytest.approx(1 - 0.64 / 0.73, rel=1e-7)


def test_slope_at_zero_of_other_activations() -> None:
    """No slope where there is none, beside a constant and a square; roots have no expansion in q."""
    for phi in (np.cos, lambda x: x**2):
        assert slope_at_zero(activation(phi)) == 0
    assert slope_at_zero(activation(lambda x: x**2 + 1e-5 * x)) == pytest.approx(1e-10, rel=1e-6)
    assert slope_at_zero(activation("relu")) == 0.5
    with pytest.raises(ValueError, match="activation must be smooth at 0 for the limit of no variance"):
        slope_at_zero(activation(lambda x: np.abs(x) ** 1.5))


def test_critical_points_that_repel_the_variance() -> None:
    """gelu: w dE[phi^2]/dq > 1 on the critical line below b = 0.17, where the flow from 1 ends elsewhere."""
    with pytest.warns(UserWarning, match=r"q_star = 1\.63243, .* gelu .* flows to 0\.422801 from 1"):
        point = critical_point("gelu", bias_variance=0.1)
    flow = DepthFlow("gelu", point.weight_variance, 0.1)
    assert flow.fixed_point == pytest.approx(0.422801, rel=2e-6)
    with pytest.warns(UserWarning, match="q_star = 0.316.* grows without bound from 1"):
        critical_point("gelu", bias_variance=0.0205)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, bias in (("gelu", 0.2), ("gelu", 1.0), ("erf", 1e-27), ("tanh", 1e-9), ("sin", 0.3)):
            point = critical_point(name, bias_variance=bias)
            flow = DepthFlow(name, point.weight_variance, bias)
            assert flow.fixed_point == pytest.approx(point.q_star, rel=1e-6)


def test_small_variance_on_the_critical_line() -> None:
    """b = (4/3) q*^3 [1 + O(q*)] for tanh and erf: no digits lost down to q* = 1e-6."""
    for name in ("tanh", "erf"):
        bias = critical_point(name, q_star=1e-6).bias_variance
        assert bias == pytest.approx(4 / 3 * 1e-18, rel=1e-5)
        assert critical_point(name, bias_variance=bias).q_star == pytest.approx(1e-6, rel=1e-8)


def test_known_critical_points() -> None:
    """(2, 0) for ReLU, (1, 0) for tanh, (pi/4, 0) for erf."""
    for name, weight in (("relu", 2.0), ("linear", 1.0), ("tanh", 1.0), ("erf", math.pi / 4)):
        point = critical_point(name, bias_variance=0)
        assert point.weight_variance == pytest.approx(weight, rel=1e-12)
        flow = DepthFlow(name, weight)
        assert flow.phase == "critical"
        assert math.isinf(flow.correlation_depth)
    assert critical_point("relu", q_star=7.0) == (2.0, 0.0, 7.0)


def test_correlation_depth_diverges_like_one_over_distance() -> None:
    """xi ~ 1/|w - w_c| on both sides, twice as long below as above the line (chi_c - 1 = 2 (1 - chi_1))."""
    point = critical_point("erf", bias_variance=0.05)
    depths = {
        step: DepthFlow("erf", point.weight_variance + step, 0.05).correlation_depth
        for step in (-2e-4, -1e-4, 1e-4, 2e-4)
    }
    assert depths[-1e-4] / depths[-2e-4] == pytest.approx(2, rel=1e-3)
    assert depths[1e-4] / depths[2e-4] == pytest.approx(2, rel=1e-2)
    assert depths[1e-4] / depths[-1e-4] == pytest.approx(1, rel=1e-2)


@pytest.mark.parametrize("name", ["relu", "erf", "sin", "gelu"])
def test_symbolic_is_numeric(name: str) -> None:
    """The printed recursions, at numbers, are the float64 flow."""
    flow = DepthFlow(name, 1.5, 0.2)
    q = flow.fixed_point
    values = {"q": q, "c": 0.3, "sigma_w": math.sqrt(1.5), "sigma_b": math.sqrt(0.2)}
    found = flow.symbolic()
    assert at(found.variance, **values) == pytest.approx(q, rel=1e-12)
    step = flow.trajectory(1, correlation=0.3).correlation[1]
    assert at(found.correlation, **values) == pytest.approx(step, rel=1e-12)
    assert at(found.chi_1, **values) == pytest.approx(flow.chi_1, rel=1e-12)
    assert at(found.chi_parallel, **values) == pytest.approx(flow.chi_parallel, rel=1e-12)


def test_symbolic_integrals() -> None:
    """tanh has no closed form: Gaussian integrals that print, and are the numbers."""
    found = DepthFlow("tanh", 1.5, 0.05).symbolic()
    value = at(found.variance, q=0.4, sigma_w=1, sigma_b=0)
    assert value == pytest.approx(gaussian(lambda z: mp.tanh(mp.sqrt(0.4) * z) ** 2), rel=1e-10)
    assert r"\int" in found.latex()
    assert "tanh" in str(found)
    assert "sign(" in str(depth_recursion(activation(np.sign)))


def test_any_function_flows_like_the_named_one() -> None:
    """A function of arrays, and the Hermite coefficients of x^2 = sqrt(2) h_2 + h_0."""
    named, given = DepthFlow("tanh", 1.5, 0.05), DepthFlow(np.tanh, 1.5, 0.05)
    assert given.chi_1 == named.chi_1
    assert given.chi_parallel == named.chi_parallel
    square = activation([1.0, 0.0, math.sqrt(2)])
    assert square.mean_square(2.0) == pytest.approx(3 * 2.0**2, rel=1e-13)


def test_kinks_away_from_zero_are_reported() -> None:
    """Hard tanh: E[phi^2] = 1 - E[(1 - x^2) 1(|x| < 1)], to what the warning says."""
    with pytest.warns(UserWarning, match="known to 1?[0-9]?e-0[3-6] only"):
        phi = quadrature_activation(lambda x: np.clip(x, -1, 1))
    exact = gaussian(lambda z: min(z * z, 1))
    assert phi.mean_square(1.0) == pytest.approx(exact, rel=1e-3)


def test_phase_diagram_is_the_flow_cell_by_cell() -> None:
    """Interpolated averages of tanh and exact ones of erf give what single flows give."""
    weights, biases = np.linspace(0.6, 3.0, 7), np.linspace(0.0, 0.3, 4)
    for name in ("tanh", "erf"):
        found = phase_diagram(name, weights, biases)
        for row, column in ((0, 1), (1, 5), (3, 0), (2, 6), (0, 6)):
            flow = DepthFlow(name, weights[column], biases[row])
            assert found.fixed_point[row, column] == flow.fixed_point
            assert found.chi_1[row, column] == pytest.approx(flow.chi_1, rel=1e-8)
            assert found.correlation_depth[row, column] == pytest.approx(flow.correlation_depth, rel=1e-7)


def test_phase_diagram_of_relu() -> None:
    """chi_1 = w/2 everywhere; beyond w = 2 the variance grows without bound."""
    found = phase_diagram("relu", [1.0, 1.9, 2.5], [0.0, 0.1])
    np.testing.assert_allclose(found.chi_1, np.array([[0.5, 0.95, 1.25]] * 2))
    assert np.isinf(found.fixed_point[:, 2]).all()
    assert np.isinf(found.correlation_depth[:, 2]).all()
    assert found.fixed_point[1, 0] == pytest.approx(0.2, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DepthFlow("tanh", -1.0), r"weight_variance .* greater than 0 \(got -1.0\)"),
        (lambda: DepthFlow("tanh", 1.0, -0.1), r"bias_variance .* at least 0 \(got -0.1\)"),
        (lambda: DepthFlow("tahn", 1.0), r"activation must be one of .*did you mean 'tanh'"),
        (lambda: DepthFlow(np.sign, 1.0, 0.1).chi_1, "activation must have a derivative.*sign"),
        (lambda: DepthFlow("relu", 2.5, 0.1).fixed_point, r"weight_variance must be small enough.*2\.5"),
        (lambda: DepthFlow.critical_point(np.sign, q_star=1.0), "activation must have a derivative"),
        (lambda: DepthFlow.critical_point("tanh", q_star=-1.0), r"q_star .* \(got -1.0\)"),
        (lambda: DepthFlow.critical_point("tanh", bias_variance=-1.0), r"bias_variance .* \(got -1.0\)"),
        (lambda: DepthFlow.critical_point("tanh"), "one of bias_variance and q_star .*neither"),
        (lambda: critical_point("tanh", q_star=1, bias_variance=1), r"\(got both\)"),
        (lambda: DepthFlow.critical_point("relu", bias_variance=0.1), r"bias_variance .* \(got 0.1\)"),
        (lambda: DepthFlow.critical_point(np.cos, q_star=0.1), r"q_star .* \(got 0.1"),
        (lambda: DepthFlow("tanh", 1.5).power_laws(), "critical_point finds"),
        (lambda: DepthFlow("tanh", 1.5).trajectory(3, correlation=1.5), r"correlation .* \(got 1.5\)"),
        (lambda: DepthFlow("tanh", 1.5).trajectory(-1), "layers must be at least 0"),
        (lambda: DepthFlow("tanh", 0.5).trajectory(1), "variance must be given"),
        (lambda: phase_diagram("tanh", [1.0, 0.5], [0.0]), "weight_variance must be an increasing list"),
        (lambda: phase_diagram("tanh", [-1.0, 0.5], [0.0]), "weight_variance must be greater than 0"),
        (lambda: phase_diagram("tanh", [1.0], [-0.1, 0.5]), "bias_variance must be at least 0"),
        (
            lambda: replace(activation(np.cos), function=None).require_function("finite_width"),
            "activation must be given by name",
        ),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_jumps_need_no_derivative_for_the_variance() -> None:
    """sign: q* = w + b, chi_parallel = 0, all in one layer."""
    flow = DepthFlow(np.sign, 1.0, 0.1)
    assert flow.fixed_point == pytest.approx(1.1, rel=1e-12)
    assert flow.chi_parallel == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("correlation", [-0.99, 0.0, 0.5, 0.9999])
def test_plane_quadrature(correlation: float) -> None:
    """E[u+ v+] = sqrt(q r)/(2 pi) (sin + (pi - theta) cos), E[tanh tanh] by its Hermite series."""
    q, r = 0.7, 2.0
    k = correlation * math.sqrt(q * r)
    nodes, weights = plane_quadrature(np.array([[q, k], [k, r]]))
    u, v = nodes.T
    theta = math.acos(correlation)
    arc = math.sqrt(q * r) / (2 * math.pi) * (math.sin(theta) + (math.pi - theta) * correlation)
    assert weights @ (np.maximum(u, 0) * np.maximum(v, 0)) == pytest.approx(arc, rel=1e-11, abs=1e-14)
    erf = 2 / math.pi * math.asin(2 * k / math.sqrt((1 + 2 * q) * (1 + 2 * r)))
    phi = activation("erf").function
    assert phi is not None
    assert weights @ (phi(u) * phi(v)) == pytest.approx(erf, rel=1e-11, abs=1e-14)


def test_symbols_have_no_clash() -> None:
    """q and c of the printed formulas are plain SymPy symbols."""
    found = DepthFlow("sin", 1.0).symbolic().correlation.rhs
    assert {str(each) for each in found.free_symbols} == {"q", "c", "sigma_w", "sigma_b"}
    assert isinstance(found, sympy.Expr)


def test_reprs_fit_a_glance():
    """What a result is of, not its arrays."""
    flow = DepthFlow("tanh", 1.3, 0.05)
    finite = flow.finite_width(10, 64)
    assert repr(finite) == "FiniteWidth(tanh, layers=10, width=64, inputs=1, coupling 0.00814 to 0.0171)"
    assert "inputs=2" in repr(flow.finite_width(2, 64, [[1.0, 0.5], [0.5, 1.0]]))
    diagram = phase_diagram("tanh", [0.5, 1.0, 2.0], [0.01, 0.1])
    assert repr(diagram) == "PhaseDiagram(tanh, 3 weight variances 0.5 ... 2, 2 bias variances 0.01 ... 0.1)"
    assert repr(flow.symbolic()).startswith("DepthRecursion of 4 equations:\nq_{l+1} = ")


def test_critical_bias_out_of_reach_names_the_range():
    with pytest.raises(ValueError, match=r"bias_variance must be 0, which .* of relu takes \(got 0.1\)"):
        DepthFlow.critical_point("relu", bias_variance=0.1)
