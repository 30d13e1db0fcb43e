"""An activation of one's own: a dozen lines through public names, and every list of activations has it."""

import json
import math
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
import sympy
from click.testing import CliRunner
from scipy import integrate

import fieldtheory as ft
from fieldtheory.activations.by_name import ACTIVATIONS
from fieldtheory.workbench.cli import main
from renormalization import DepthFlow

ROOT = Path(__file__).parents[2]


def swish(x):
    """x/(1 + exp(-x)), without overflow."""
    return x * (1 + np.tanh(x / 2)) / 2


@pytest.fixture
def added():
    found = ft.register_activation(ft.Activation.from_function("swish", swish))
    yield found
    ft.unregister_activation("swish")


def gaussian(function, q):
    """E[f(u)], u ~ N(0, q), by SciPy's adaptive quadrature"""

    def integrand(z):
        return function(math.sqrt(q) * z) * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    return integrate.quad(integrand, -12, 12, epsabs=1e-14, epsrel=1e-13, limit=500)[0]


def slope(x):
    """phi' = s + x s (1 - s), s the logistic function"""
    s = (1 + np.tanh(x / 2)) / 2
    return s + x * s * (1 - s)


def test_its_averages(added):
    """E[phi^2], E[phi'^2] and E[phi(u) phi(v)] against SciPy's quadrature, in one and in two dimensions"""
    for q in (0.3, 1.0, 4.0):
        assert added.mean_square(q) == pytest.approx(gaussian(lambda x: swish(x) ** 2, q), rel=1e-12)
        assert added.top(q).variance == pytest.approx(gaussian(lambda x: swish(x) ** 2, q), rel=1e-12)
        assert added.slope_square(q) == pytest.approx(gaussian(lambda x: slope(x) ** 2, q), rel=1e-11)


def test_kernels_have_it(added):
    """NNGP of one layer at t = 0: b + w E[phi(u) phi(v)] with cov(u, v) = b, by a double integral"""
    w, b = 1.5, 0.2
    kernel = ft.FullyConnected(1, "swish", weight_variance=w, bias_variance=b).nngp()
    q, rho = w + b, b / (w + b)

    def integrand(y, x):
        u = math.sqrt(q) * x
        v = math.sqrt(q) * (rho * x + math.sqrt(1 - rho**2) * y)
        return swish(u) * swish(v) * math.exp(-(x * x + y * y) / 2) / (2 * math.pi)

    double, _ = integrate.dblquad(integrand, -9, 9, -9, 9, epsabs=1e-9, epsrel=1e-9)
    assert float(kernel(0.0)) == pytest.approx(b + w * double, rel=1e-8)
    assert kernel.trace == pytest.approx(b + w * gaussian(lambda x: swish(x) ** 2, q), rel=1e-12)


def test_learning_curve_has_it(added):
    """The name stands for the function: the same spectrum, the same curve"""
    spectra = [ft.FullyConnected(2, phi, 1.5, 0.1).ntk().spectrum(5, 8) for phi in ("swish", swish)]
    np.testing.assert_array_equal(spectra[0].eigenvalues, spectra[1].eigenvalues)
    curves = [ft.learning_curve(each, ft.Target({1: 1.0}), [20], ridge=0.1) for each in spectra]
    assert 0 < curves[0].error[0] < 1
    assert curves[0].error[0] == curves[1].error[0]


def test_depth_flow_has_it(added):
    """chi_1 = w E[phi'^2] and q* = b + w E[phi^2] at q*; finite width averages phi itself"""
    flow = DepthFlow("swish", weight_variance=1.5, bias_variance=0.1)
    q = flow.fixed_point
    assert q == pytest.approx(0.1 + 1.5 * gaussian(lambda x: swish(x) ** 2, q), rel=1e-11)
    assert flow.chi_1 == pytest.approx(1.5 * gaussian(lambda x: slope(x) ** 2, q), rel=1e-11)
    finite = flow.finite_width(layers=1, width=64)
    assert finite.kernel[0] == pytest.approx(0.1 + 1.5 * gaussian(lambda x: swish(x) ** 2, 1.0), rel=1e-11)
    assert "swish(" in str(flow.symbolic())


COMMANDS = {"curve": main.commands["curve"], "flow depth": main.commands["flow"].commands["depth"]}


@pytest.mark.parametrize(("name", "command"), COMMANDS.items())
def test_command_line_has_it(added, name, command):
    """In help and completion of every command that takes an activation"""
    text = "".join(CliRunner().invoke(main, [*name.split(), "--help"]).output.split())
    assert f":{','.join(ACTIVATIONS)};" in text
    assert "swish" in ACTIVATIONS
    [option] = [each for each in command.params if each.name == "activation"]
    completed = [item.value for item in option.shell_complete(click.Context(command), "s")]
    assert completed == [name for name in ACTIVATIONS if name.startswith("s")]
    assert {"sin", "sign", "swish"} < set(completed)


def test_command_line_computes_with_it(added):
    """Its numbers are those of the library"""
    arguments = "spectrum --activation swish --hidden-layers 1 --dim 5 --max-degree 2 --json"
    found = json.loads(CliRunner().invoke(main, arguments.split()).stdout)
    expected = ft.FullyConnected(1, "swish", weight_variance=1.0).ntk().spectrum(5, 2).eigenvalues
    assert found["eigenvalues"] == expected.tolist()
    found = json.loads(CliRunner().invoke(main, ["flow", "depth", "--activation", "swish", "--json"]).stdout)
    assert found["chi_1"] == DepthFlow("swish", 1.0).chi_1


def test_table_has_it(added):
    """The table of the documentation is the registry's own"""
    assert "| `swish` | a function of arrays | no | Hermite series |" in ft.activation_table().splitlines()


def test_documentation_holds_the_table():
    assert ft.activation_table() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_closed_form_is_optional():
    """phi = x^2: E[phi phi'] = q^2 + 2 k^2, exact kernels and certified digits included"""
    square = ft.Activation.from_function(
        "square", np.square, formula=lambda k, q: q**2 + 2 * k**2, symbol_function=lambda x: x**2
    )
    ft.register_activation(square)
    try:
        kernel = ft.FullyConnected(1, "square").nngp()
        t = sympy.Symbol("t")
        assert sympy.expand(kernel.symbolic(t)) == 2 * t**2 + 1
        assert kernel([0.0, 0.5]).tolist() == pytest.approx([1.0, 1.5], rel=1e-12)
        assert float(kernel.eigenvalue(2, 3, digits=20)) == pytest.approx(4 / 15, rel=1e-15)  # t^2: 2/15
        assert "| `square` | `x**2` | yes | elementary |" in ft.activation_table()
        printed = DepthFlow("square", 0.1).symbolic().variance.rhs
        assert str(printed) == "3*q**2*sigma_w**2 + sigma_b**2"
    finally:
        ft.unregister_activation("square")


def test_the_error_of_a_series_is_stated_beside_a_formula():
    """Leaky relu: its float kernel differs from the exact one by at most `error_bound`, which is not zero"""

    def formula(k, q):  # x/2 + relu(x)/2: (k + 2 E[x relu'] + E[relu relu'])/4 with E[x relu'] = k/2
        rho = k / q
        ramp = q / (2 * sympy.pi) * (sympy.sqrt(1 - rho**2) + rho * (sympy.pi - sympy.acos(rho)))
        return (2 * k + ramp) / 4

    leaky = ft.Activation.from_function("leaky", lambda x: np.maximum(x, x / 2), formula=formula)
    kernel = ft.FullyConnected(1, leaky).nngp()
    t = np.linspace(-1, 1, 9)
    exact = [float(kernel.symbolic(sympy.Rational(x))) for x in t]
    assert 0 < kernel.error_bound < 1e-3
    assert np.abs(kernel(t) - exact).max() <= (kernel.error_bound + 1e-14) * kernel.trace


def test_a_formula_of_another_function_is_refused():
    with pytest.raises(ValueError, match=r"formula must be E\[phi\(u\) phi\(v\)\].*got 0.375 for 'cube'"):
        ft.Activation.from_function("cube", lambda x: x**3, formula=lambda k, q: k)


@pytest.mark.parametrize(
    ("name", "said"),
    [("relu", "name must be new"), ("two words", "name must be lower-case"), ("", "name must be lower-case")],
)
def test_names_that_are_refused(name, said):
    with pytest.raises(ValueError, match=said) as refusal:
        ft.register_activation(ft.Activation.from_function(name, np.sin))
    assert repr(name) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_what_is_no_activation():
    with pytest.raises(ValueError, match="new must be an Activation, see ft.Activation.from_function"):
        ft.register_activation(np.tanh)
    with pytest.raises(ValueError, match="name must be one of 'relu'.*'swissh'"):
        ft.unregister_activation("swissh")


def test_averages_alone_are_an_activation():
    """Kernels need no phi; what averages phi itself says so"""
    relu = ft.activation("relu")
    averages = ft.Activation("ramp", relu.top, relu.layer, relu.series_layer, relu.formula)
    assert averages.function is None
    t = np.linspace(-1, 1, 5)
    np.testing.assert_array_equal(
        ft.FullyConnected(2, averages).ntk()(t), ft.FullyConnected(2, "relu").ntk()(t)
    )
    with pytest.raises(ValueError, match="activation must be given by name or as a function"):
        DepthFlow(averages, 2.0).finite_width(2, 64)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_rows_agree_with_themselves(name):
    """phi in SymPy is phi in NumPy; E[phi^2] and E[phi'^2] by quadrature of either are `top`"""
    row, x = ft.activation(name), sympy.Symbol("x", real=True)
    assert row.name == name
    values = np.array([-2.0, -0.3, 0.4, 1.7])
    symbols = [float(row.symbol_function(x).subs(x, value)) for value in values]
    assert row.function(values).tolist() == pytest.approx(symbols, rel=1e-14)
    square = gaussian(lambda u: float(row.function(np.array([u]))[0]) ** 2, 1.3)
    assert row.top(1.3).variance == pytest.approx(square, rel=1e-9)
    assert row.mean_square(1.3) == pytest.approx(square, rel=1e-9)


def test_names_are_light():
    """The registry knows its names without numbers, symbols or compilers"""
    code = (
        "import sys; from fieldtheory.activations.by_name import ACTIVATIONS; assert 'relu' in ACTIVATIONS; "
        "assert not {'numpy', 'sympy', 'numba', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
