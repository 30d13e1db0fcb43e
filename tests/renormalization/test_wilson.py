"""The Wilsonian flow: kappa is invariant, three running parameters carry the whole error at every cut-off."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpf

import fieldtheory as ft
from fieldtheory.activations.gaussian_averages import _RADIAL, _UNIT_ARC, line_quadrature
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from renormalization import WilsonFlow, flow_equation
from renormalization.wilson.beta_functions import BetaFunctions
from renormalization.wilson.running_couplings import RunningCouplings
from replicas.derivation.replica_diagram import POINTS

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "wilson.json").read_text(encoding="utf-8"))[
    "rows"
]


def rows(feature):
    return [pytest.param(row, id=row["id"]) for row in REFERENCE if row["id"].startswith(feature)]


DEGREES = {20: 14, 10: 40, 8: 40, 5: 200, 3: 1000}
NETWORK = ft.FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1 / 50).ntk()
TARGET = ft.Target({1: 1.0, 2: 0.5, 4: 0.25})
# lambda ~ l^-3 in two dimensions, as for the Laplace kernel
POWER_LAW = Spectrum.from_arrays(
    (1.0 + np.arange(401)) ** -3.0, multiplicities(400, 3), tail=1.0 / 200, dim=3
)
SYSTEMS = {
    "d50 deep NTK, no ridge": (NETWORK.spectrum(50, 8), 0.0, 0.0),
    "d5 NTK": (ft.FullyConnected(2, "relu", weight_variance=2.0).ntk().spectrum(5, 60), 0.01, 0.1),
    "d3 NNGP": (ft.FullyConnected(1, "erf", weight_variance=2.0).nngp().spectrum(3, 40), 1e-3, 0.05),
    "d3 power law": (POWER_LAW, 0.05, 0.05),
    "parity": (ft.FullyConnected(1, "relu").nngp().spectrum(6, 20), 0.02, 0.0),
    "finite rank": (Spectrum.from_arrays([1.0, 0.3, 0.05, 1e-3, 1e-5], [1, 4, 9, 16, 25], dim=4), 0.1, 0.2),
}


@pytest.fixture(params=SYSTEMS)
def flow(request):
    spectrum, ridge, noise = SYSTEMS[request.param]
    return WilsonFlow(spectrum, [3, 30, 300, 3000], ridge, noise, TARGET)


def test_kappa_is_invariant(flow):
    """N = sigma_R^2/kappa + sum_{l<=Lambda} deg lambda/(lambda+kappa) has the same root at every cut-off."""
    residual = flow.kappa_residual()
    assert residual.shape == (4, flow.spectrum.max_degree + 1)
    assert residual.max() < 1e-12


@pytest.mark.filterwarnings("ignore:target has power")  # at even degrees, where erf has none
def test_three_parameters_reproduce_the_error(flow):
    """Z E0_< [sum_{l<=Lambda} (1-L)^2 g^2 + tau_R^2] - tau^2 at every cut-off: the self-consistent error.

    Equation: running-couplings
    """
    curve = ft.learning_curve(
        flow.spectrum, TARGET, flow.n, flow.ridge, flow.label_noise, theory="self-consistent"
    )
    np.testing.assert_allclose(flow.error, curve.error, rtol=1e-13)
    found = flow.running_error()
    np.testing.assert_allclose(found, np.broadcast_to(curve.error[:, None], found.shape), rtol=1e-11)


def test_couplings_against_bisection():
    """sigma_R^2, tau_R^2 and Z from their definitions, with kappa by bisection to 40 digits.

    Equation: screened-ridge
    """
    spectrum, ridge, noise = SYSTEMS["d5 NTK"]
    flow = WilsonFlow(spectrum, 300, ridge, noise, TARGET)
    with mp.workdps(40):
        lam = [mpf(float(x)) for x in spectrum.eigenvalues]
        deg, s = list(spectrum.exact_multiplicities), mpf(ridge) + mpf(spectrum.tail)
        low, high = s / 300, (s + mp.fsum(m * x for m, x in zip(deg, lam, strict=True))) / 300
        while high > low * (1 + mpf(10) ** -35):
            k = (low + high) / 2
            more = s / k + mp.fsum(m * x / (x + k) for m, x in zip(deg, lam, strict=True)) > 300
            low, high = (k, high) if more else (low, k)
        learnt = [x / (x + k) for x in lam]
        powers = [mpf(float(x)) for x in TARGET.as_array(spectrum.max_degree)]
        squares = [m * a**2 for m, a in zip(deg, learnt, strict=True)]
        for cutoff in (0, 1, 2, 3, 10, 59, 60):
            above = slice(cutoff + 1, None)
            expected = (
                s + mp.fsum(m * k * a for m, a in zip(deg[above], learnt[above], strict=True)),
                s + mp.fsum(m * x for m, x in zip(deg[above], lam[above], strict=True)),
                mpf(noise)
                + mp.fsum((1 - a) ** 2 * g for a, g in zip(learnt[above], powers[above], strict=True)),
                (300 - mp.fsum(squares[: cutoff + 1])) / (300 - mp.fsum(squares)),
                lam[cutoff] / k,
            )
            np.testing.assert_allclose(flow.at(cutoff), [float(x) for x in expected], rtol=1e-13)


def test_end_points(flow):
    """sigma_R^2 = sigma^2 + tail, tau_R^2 = tau^2, Z = 1 with nothing integrated; n kappa with everything."""
    ends = flow.at(flow.spectrum.max_degree)
    bare = flow.ridge + flow.spectrum.tail
    np.testing.assert_array_equal(ends.ridge, bare)
    np.testing.assert_array_equal(ends.ridge_naive, bare)
    np.testing.assert_array_equal(ends.label_noise, flow.label_noise)
    np.testing.assert_array_equal(ends.factor, 1.0)
    first = flow.at(0)
    n = np.array(flow.n)
    np.testing.assert_allclose(first.ridge + flow.kappa * flow.learnability[:, 0], n * flow.kappa, rtol=1e-12)
    learnt = (flow.spectrum.multiplicities * flow.learnability).cumsum(axis=1)
    np.testing.assert_allclose(
        flow.all.ridge / (n * flow.kappa)[:, None], 1 - learnt / n[:, None], rtol=1e-10, atol=1e-12
    )


def test_flow_is_monotone_and_screened(flow):
    """Towards the infrared ridge, noise and Z grow; the screened ridge never exceeds the naive sum."""
    found = flow.all
    for values in (found.ridge, found.ridge_naive, found.label_noise, found.factor):
        assert (np.diff(values, axis=1) <= 1e-14 * values[:, 1:]).all()
    assert (found.ridge <= found.ridge_naive * (1 + 1e-15)).all()


def test_semigroup():
    """Integrating out to 9 and then to 2 is integrating out to 2: shifts add, Z multiplies, kappa stays."""
    spectrum, ridge, noise = SYSTEMS["d5 NTK"]
    whole = WilsonFlow(spectrum, 400, ridge, noise, TARGET)
    middle = whole.at(9)
    below = spectrum.truncate(9)
    below = Spectrum.from_arrays(below.eigenvalues, below.exact_multiplicities, dim=5)
    second = WilsonFlow(below, 400, middle.ridge, middle.label_noise, TARGET)
    assert second.kappa == pytest.approx(whole.kappa, rel=1e-13)
    direct, composed = whole.at(2), second.at(2)
    assert composed.ridge == pytest.approx(direct.ridge, rel=1e-13)
    assert composed.label_noise == pytest.approx(direct.label_noise, rel=1e-13)
    assert composed.factor * middle.factor == pytest.approx(direct.factor, rel=1e-13)
    assert composed.coupling == pytest.approx(direct.coupling, rel=1e-13)


def test_naive_limit():
    """lambda_>/kappa -> 0: one running parameter, the trace above the cut-off."""
    flow = WilsonFlow(SYSTEMS["d50 deep NTK, no ridge"][0], 200, 0.0)
    found = flow.at(3)
    assert found.ridge == pytest.approx(found.ridge_naive, rel=1e-3)
    assert found.factor == pytest.approx(1, abs=1e-3)


def test_beta_is_the_change_by_a_shell(flow):
    """beta = Lambda [parameter(Lambda) - parameter(Lambda - 1)]; for u the log-log slope of lambda.

    Equation: flow-equation
    """
    degrees = np.arange(1, flow.spectrum.max_degree + 1)
    beta, table = flow.beta(degrees), flow.all
    for name in ("ridge", "ridge_naive", "label_noise", "factor"):
        steps = degrees * np.diff(getattr(table, name), axis=1)
        scale = degrees * getattr(table, name)[:, :1]
        np.testing.assert_allclose(getattr(beta, name) / scale, steps / scale, rtol=1e-9, atol=1e-14)


def test_numeric_is_symbolic(flow):
    """The beta functions of SymPy's derivation from the replicated action are those of the flow."""
    equation = flow_equation()
    degrees = np.arange(1, flow.spectrum.max_degree + 1)
    n, kappa = np.array(flow.n)[:, None], flow.kappa[:, None]
    squares = flow.spectrum.multiplicities * flow.learnability**2
    below = n / (n - squares.cumsum(axis=1)[:, 1:])
    lam = flow.spectrum.eigenvalues[1:]
    powers = TARGET.as_array(flow.spectrum.max_degree)[1:]
    beta = flow.beta(degrees)
    alpha = np.divide(-beta.coupling[0], lam / kappa[0], out=np.zeros_like(lam), where=lam > 0)
    for name in BetaFunctions._fields:
        found = equation.compiled(name)(
            degrees,
            flow.spectrum.multiplicities[1:],
            lam,
            kappa,
            n,
            powers,
            below,
            flow.all.factor[:, 1:],
            alpha,
        )
        expected = np.broadcast_to(getattr(beta, name), (4, len(degrees)))
        np.testing.assert_allclose(np.broadcast_to(found, expected.shape), expected, rtol=1e-11)


def test_power_law_coupling():
    """d ln u/d ln Lambda = -alpha for lambda ~ Lambda^-alpha; zero eigenvalues are passed over."""
    degrees = np.arange(1, 101)
    lam = np.concatenate([[1.0], degrees**-3.0])
    flow = WilsonFlow(Spectrum.from_arrays(lam, [1, *[2] * 100], dim=2), 20, 0.1)
    inner = np.array([1, 2, 50, 100])
    np.testing.assert_allclose(flow.beta(inner).coupling, -3 * flow.at(inner).coupling, rtol=1e-12)
    lam[3::2] = 0
    flow = WilsonFlow(Spectrum.from_arrays(lam, [1, *[2] * 100], dim=2), 20, 0.1)
    np.testing.assert_allclose(flow.beta(8).coupling, -3 * flow.at(8).coupling, rtol=1e-12)
    assert flow.beta(9).coupling == 0


def test_horizon_grows_with_the_number_of_points():
    """Without ridge Lambda* ~ n^{1/D}: two dimensions, so that 16 times the data is 4 times the degree."""
    spectrum = POWER_LAW
    flow = WilsonFlow(spectrum, [256, 4096], 0.0)
    low, high = flow.horizon(interpolate=True)
    assert high / low == pytest.approx(4, rel=0.06)
    integer = flow.horizon()
    assert integer.dtype == np.int64
    assert (flow.at(integer).coupling.diagonal() > 1).all()
    assert (flow.at(integer + 1).coupling.diagonal() <= 1).all()
    assert (integer <= (low, high)).all()
    assert ((low, high) <= integer + 1).all()
    assert WilsonFlow(spectrum, 1, 100.0).horizon() == -1
    with pytest.raises(ValueError, match="spectrum must reach the horizon"):
        WilsonFlow(spectrum.truncate(5), 10**4, 0.0).horizon()


def test_shapes():
    """The shape of n, then that of the cut-off; floats where both are numbers."""
    spectrum = SYSTEMS["finite rank"][0]
    one, many = WilsonFlow(spectrum, 10, 0.1), WilsonFlow(spectrum, [10, 20, 30], 0.1)
    for flow, shape in ((one, ()), (many, (3,))):
        for cutoff, more in ((2, ()), ([0, 2], (2,)), ([[0], [2]], (2, 1))):
            for values in (flow.at(cutoff), flow.corrections(cutoff)):
                assert {np.shape(each) for each in values} == {shape + more}
            for each in (flow.kappa_residual, flow.running_error, flow.truncated_error):
                assert np.shape(each(cutoff)) == shape + more
        assert np.shape(flow.beta([1, 2]).ridge) == (*shape, 2)
        assert np.shape(flow.kappa) == np.shape(flow.error) == shape
    assert all(type(each) is float for each in one.at(2))
    assert isinstance(one.at(2), RunningCouplings)
    np.testing.assert_array_equal(many.at(2).ridge[0], one.at(2).ridge)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, r"n must be finite and positive, at least 1e-100 \(got 0\)"),
        ({"n": [10, -3]}, r"n must be finite and positive, at least 1e-100 \(got -3\)"),
        ({"n": []}, "n must be a number or a flat list of positive numbers"),
        ({"n": "many"}, "n must be positive numbers"),
        ({"n": math.nan}, "n must be finite"),
        ({"ridge": -1.0}, "ridge must be finite and at least 0"),
        ({"label_noise": math.inf}, "label_noise must be finite"),
        ({"spectrum": [1.0]}, "spectrum must be a Spectrum"),
        ({"target": {1: 1.0}}, "target must be a Target or None"),
        ({"target": ft.Target({9: 1.0})}, r"target must have its power .* 0 to 4 \(got degree 9\)"),
        ({"ridge": 0.0, "n": 60}, r"ridge must be positive where n is not below the number of modes, 55"),
        ({"ridge": 0.0, "n": 55}, r"ridge must be positive"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        WilsonFlow(**{"spectrum": SYSTEMS["finite rank"][0], "n": 10, "ridge": 0.1} | arguments)


@pytest.mark.parametrize(
    "method", ["at", "corrections", "kappa_residual", "truncated_error", "compressed_model"]
)
@pytest.mark.parametrize("cutoff", [5, -1, 2.5, None, "2", True])
def test_cutoff_outside_the_spectrum(method, cutoff):
    if method == "kappa_residual" and cutoff is None:
        return
    flow = WilsonFlow(SYSTEMS["finite rank"][0], 10, 0.1)
    with pytest.raises(ValueError, match="cutoff must be"):
        getattr(flow, method)(cutoff)


def test_vertex_out_of_reach():
    """As many kept modes as points: the rings diverge, and nothing is clipped in silence."""
    lam = [0.22, 0.145, 0.0265, 7.2e-4, 7.9e-6, 3.3e-6]
    flow = WilsonFlow(Spectrum.from_arrays(lam, [1, 2, 2, 2, 2, 2], dim=2), 9, 2.4e-8)
    assert any("converge badly" in said for said in flow.validity(4))
    with pytest.raises(ValueError, match="vertex must be False where its correction exceeds"):
        flow.at([3, 4], vertex=True)


def test_as_many_points_as_modes():
    """n = modes, ridge 1e-20: 1 - gamma_< is 1e-10, and the running error keeps its digits."""
    spectrum, _, noise = SYSTEMS["finite rank"]
    flow = WilsonFlow(spectrum, 55, 1e-20, noise, TARGET)
    np.testing.assert_allclose(flow.running_error(), flow.error, rtol=1e-10)


def test_cached_tables_cannot_be_written():
    """Views of what the flow keeps, and of the quadratures that all share."""
    flow = WilsonFlow(SYSTEMS["finite rank"][0], [10, 20], 0.1, 0.2, TARGET)
    handed = [flow.kappa, flow.all.ridge, flow.at(np.arange(5)).label_noise]
    for each in [*handed, *line_quadrature(), *_RADIAL, *_UNIT_ARC]:
        with pytest.raises(ValueError, match="read-only"):
            each[...] = 0
    for table in (flow_equation().beta, flow_equation().symbols):
        with pytest.raises(TypeError, match="item assignment"):
            table["ridge"] = 0


def test_validity_where_nothing_is_removed():
    """The last degree of a spectrum without a tail: no change of the ridge to compare the vertex with."""
    for n in (10, [10, 20]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert WilsonFlow(SYSTEMS["finite rank"][0], n, 0.1).validity(4) == ()


def test_symbolic_prints():
    equation = WilsonFlow(POWER_LAW, 10, 0.1).symbolic()
    assert equation is flow_equation()
    assert equation.kappa_drift == 0
    # replicas and points of the action from which all else is derived
    assert equation.symbols["N"] == POINTS
    assert "<...>^M at phi = 0, M -> 0" in str(equation)
    assert POINTS in equation.beta["factor"].free_symbols
    assert "-Lambda*deg*kappa*lambda/(kappa + lambda)" in str(equation)
    assert r"\frac{d \sigma_R^2}{d\ln\Lambda}" in equation.latex()
    assert equation.latex().count("&=") == len(equation.steps) == len(str(equation).splitlines()) // 2
    power_law = equation.power_law()["ridge_naive"]
    assert str(power_law) == "-Lambda**(D - alpha)*a*b"
    with pytest.raises(ValueError, match="coupling must be one of ridge"):
        equation.compiled("mass")


def test_beta_needs_a_logarithm():
    with pytest.raises(ValueError, match="cutoff must be at least 1"):
        WilsonFlow(SYSTEMS["finite rank"][0], 10, 0.1).beta(0)


@pytest.mark.parametrize("row", rows("wilson_ridge"))
def test_reference_ridge(row, reference_spectrum):
    """Screened and naive sums of the reference; the measured shift within the stated tolerance of (2.4)."""
    p, values = row["params"], row["values"]
    dim = p["d"]
    flow = WilsonFlow(reference_spectrum(p["kernel"], dim, DEGREES[dim]), p["n"], p["ridge"])
    found = flow.at(p["cutoff_l"])
    assert found.ridge - p["ridge"] == pytest.approx(values["delta_screened"], rel=1e-6)
    assert found.ridge_naive - p["ridge"] == pytest.approx(values["delta_naive"], rel=1e-6)
    assert flow.at(p["cutoff_l"] + 1).coupling == pytest.approx(values["lam_uv_max_over_kappa"], rel=1e-5)
    kept = slice(p["cutoff_l"] + 1)
    freedom = (flow.spectrum.multiplicities * flow.learnability)[kept].sum()
    assert freedom == pytest.approx(values["ir_dof_theory"], rel=1e-6)
    tolerance = {20: 0.025, 8: 0.025, 5: 0.05, 3: 0.15}[dim]
    assert (found.ridge - p["ridge"]) / values["delta_measured"] == pytest.approx(1, abs=tolerance)


@pytest.mark.parametrize("row", rows("wilson_truncation"))
def test_reference_truncation(row, reference_spectrum):
    """kappa, Z, tau_R^2, the error at every cut-off; the error of the truncated model as simulated."""
    p, values = row["params"], row["values"]
    target = ft.Target({int(l): power for l, power in p["target_c"].items()})
    spectrum = reference_spectrum(p["kernel"], p["d"], DEGREES[p["d"]])
    flow = WilsonFlow(spectrum, p["n"], p["ridge"], p["noise_var"], target)
    if "cutoff_l" not in p:
        assert flow.kappa == pytest.approx(values["kappa"], rel=1e-6)
        assert flow.error + p["noise_var"] == pytest.approx(values["mse_theory"], rel=1e-6)
        assert abs(values["mse_measured"] - values["mse_theory"]) < 4 * row["stderr"]["mse_measured"]
        return
    found = flow.at(p["cutoff_l"])
    assert found.ridge - p["ridge"] == pytest.approx(values["delta_screened"], rel=1e-6)
    assert found.label_noise == pytest.approx(values["noise_running"], rel=1e-6)
    assert found.factor == pytest.approx(values["Z"], rel=1e-6)
    simulated, noise = values["mse_screened"], row["stderr"]["mse_screened"]
    predicted = flow.truncated_error(p["cutoff_l"]) + p["noise_var"]
    assert abs(predicted - simulated) < 4 * noise + 0.01 * simulated


@pytest.mark.parametrize("row", rows("eigenlearning"))
def test_reference_eigenlearning(row, reference_spectrum):
    """kappa, L_l and the error of (3.1), the noise of the test label included; spectrum up to l = 40."""
    p, values = row["params"], row["values"]
    target = ft.Target({int(l): power for l, power in p["c"].items()})
    flow = WilsonFlow(reference_spectrum(p["kernel"], p["d"], 40), p["n"], p["ridge"], p["noise_var"], target)
    assert flow.kappa == pytest.approx(values["kappa"], rel=1e-6)
    assert flow.error + p["noise_var"] == pytest.approx(values["mse_theory"], rel=1e-6)
    for degree in (1, 2):
        assert flow.learnability[degree] == pytest.approx(values[f"L{degree}_theory"], rel=1e-6)
