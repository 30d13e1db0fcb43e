"""Calls that `make fuzz` once found at fault: a wrong argument by name, in one line, or a right result."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

import fieldtheory as ft
import replicas
from tests.fuzz.calls import Call, right_calls
from tests.fuzz.verdicts import fault_of_call


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("ZonalKernel.from_function", "name", np.array([])),
        ("ZonalKernel.from_function", "name", np.array([np.inf, 1.0])),
        ("theory_from_formula", "source", "x" * 5000),
        ("with_counterterms", "counterterms", {1: 1.0}),
        ("predict", "error_bar", np.array(["1", "b"])),
        ("simulate", "progress", np.array(["1", "b"])),
        ("AngleTransform.build", "dim", [[1.0]]),
        ("depth.finite_width", "input_kernel", 1e-320),
        ("saddle_point_formulas", "max_degree", 10**30),
        ("Target.from_function", "max_degree", 10**30),
        ("self_energy_table", "order", 2**63),
        ("gegenbauer", "t", 1e308),
        ("Spectrum.from_arrays", "eigenvalues", np.array([1 + 1j])),
        ("learning_curve", "n", 1e308),
        ("learning_curve", "ridge", 1e308),
        ("learning_curve", "label_noise", 1e308),
        ("WilsonFlow", "ridge", 1e308),
        ("simulate", "ridge", 1e308),
        ("simulate", "label_noise", 1e308),
        ("simulate", "orientations", 10**30),
        ("simulate", "orientations", np.array([1, 2], dtype=object)),
        ("kernel", "t", 1j),
        ("ZonalKernel.from_function", "function", sympy.Matrix([[1]])),
        ("AngleTransform.build", "max_degree", 10**30),
        ("curve.to_csv", "path", "x" * 5000),
        ("fitted_exponent", "window", np.array([1 + 1j])),
        ("renormalised_ntk", "powers", 10**30),
        ("renormalised_ntk", "degree", "x" * 5000),
    ],
)
def test_a_wrong_argument_is_named(name: str, argument: str, value: Any) -> None:
    function, right = right_calls()[name]
    assert fault_of_call(Call(name, function, {**right, argument: value}, (argument,))) is None
    with pytest.raises((ValueError, MemoryError)):
        function(**{**right, argument: value})


@pytest.mark.parametrize(
    ("remove", "name", "still"),
    [
        (ft.unregister_activation, "relu", lambda: ft.activation("relu")),
        (replicas.unregister_theory, "skeleton", lambda: replicas.THEORIES["skeleton"]),
    ],
)
def test_what_is_built_in_stays(remove: Callable[[str], Any], name: str, still: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=f"'{name}', which is built in"):
        remove(name)
    assert still().name == name


def test_formulas_of_many_degrees() -> None:
    """E_l = (kappa/(lambda_l + kappa))^2/(1 - gamma) in fractions, for 20 degrees."""
    found = replicas.saddle_point_formulas(19)
    lam = [sympy.Rational(1, l * l + 1) for l in range(20)]
    n, kappa = sympy.Integer(40), sympy.Rational(1, 30)
    values = {"N": n, "kappa": kappa} | {f"lambda{l}": x for l, x in enumerate(lam)}
    values |= {f"deg{l}": 2 * l + 1 for l in range(20)}
    one_minus_gamma = 1 - sum((2 * l + 1) * (x / (x + kappa)) ** 2 for l, x in enumerate(lam)) / n
    for x, error in zip(lam, found["error"], strict=True):
        exact = error.subs({s: values[s.name] for s in error.free_symbols})
        assert exact == (kappa / (x + kappa)) ** 2 / one_minus_gamma
