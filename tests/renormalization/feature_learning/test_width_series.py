"""The exact series in 1/n against published rationals, the exact integral and the diagrams of order 1/n."""

import numpy as np
import pytest
import sympy

import fieldtheory as ft
from renormalization import linear_posterior, width_series
from tests.renormalization.feature_learning.posterior_rows import row

K, SEEN, Y, RIDGE = [[2, "1/2"], ["1/2", 1]], [1, "-1/2"], [2, -1], "1/2"


def test_published_rationals():
    """`series.linear.L1`: 3/2 − (5/14)/n + (703/686)/n² − (43166/16807)/n³"""
    given = row("series.linear.L1")
    numbers = given["parameters"]
    found = width_series(
        numbers["hidden_layers"], numbers["K"], numbers["K_star"], numbers["y"], numbers["kappa"], order=3
    )
    assert found == tuple(map(sympy.Rational, given["reference"]["coefficients"]))


@pytest.mark.parametrize("name", ["series.linear.L1.n20", "series.linear.L1.n80"])
def test_published_integral(name):
    """What the series leaves of the exact mean is of the order of its next term"""
    n = row(name)["parameters"]["n"]
    series = width_series(1, K, SEEN, Y, RIDGE, order=4)
    total = sum(coefficient / sympy.Integer(n) ** k for k, coefficient in enumerate(series[:-1]))
    left = row(name)["reference"]["f_test"] - float(total)
    assert left == pytest.approx(float(series[-1]) / n**4, rel=12 / n)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_exact_integral(layers):
    """f(n) − Σ_(k≤m) c_k n^−k falls like n^−(m+1): x with x·x' = K, and the integral over the scale"""
    points = np.linalg.cholesky(np.array([[2, 0.5, 1.0], [0.5, 1, -0.5], [1, -0.5, 2.0]]))
    series = [float(each) for each in width_series(layers, K, SEEN, Y, RIDGE, order=3)]
    widths = np.array([160, 320])
    exact = [
        linear_posterior(
            ft.FullyConnected(layers, "linear", width=int(n)), points[:2], Y, points[2:], ridge=0.5
        ).test[0]
        for n in widths
    ]
    for order in range(4):
        left = np.abs(exact - sum(series[k] / widths.astype(float) ** k for k in range(order + 1)))
        slope = np.log(left[1] / left[0]) / np.log(2)
        assert slope == pytest.approx(-(order + 1), abs=0.15)


def test_one_point():
    """P = 1: (1/6) U κM (τ³ − 3Mτ) with U = 6a², M = 1/(a + κ), τ = My: a tree and a tadpole"""
    a, kappa, y = sympy.symbols("a kappa y", positive=True)
    found = width_series(1, [[a]], [a], [y], kappa, order=1)
    m = 1 / (a + kappa)
    assert sympy.simplify(found[0] - a * m * y) == 0
    assert sympy.simplify(found[1] - a**2 * kappa * m * ((m * y) ** 3 - 3 * m**2 * y)) == 0


def test_first_order_of_deep_networks():
    """At order 1/n the layers add up: c_1(L) = L c_1(1); y → −y changes the sign of all"""
    one, three = (width_series(layers, K, SEEN, Y, RIDGE, order=2) for layers in (1, 3))
    assert three[1] == 3 * one[1]
    mirrored = width_series(3, K, SEEN, [-2, 1], RIDGE, order=2)
    assert mirrored == tuple(-each for each in three)


def test_decimals():
    """Floats and arrays stand for their decimals"""
    found = width_series(1, np.array([[2, 0.5], [0.5, 1]]), (1, -0.5), np.array(Y), 0.5, order=1)
    assert found == (sympy.Rational(3, 2), sympy.Rational(-5, 14))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden_layers": 0}, "hidden_layers must be"),
        ({"order": -1}, "order must be"),
        ({"kernel": [[1, 0], [1, 1]]}, "kernel must be symmetric"),
        ({"kernel": [[1, 2]]}, "kernel must be a square matrix"),
        ({"kernel": 3}, "kernel must be a list"),
        ({"test_kernel": [1]}, "test_kernel must have"),
        ({"y": []}, "y must have a number"),
        ({"y": ["__import__('os')", 1]}, "y must be a number"),
        ({"ridge": -1}, "must have a sum with an inverse"),
        ({"ridge": float("nan")}, "ridge must be"),
        ({"order": 10**6}, "lower order"),
    ],
)
def test_refusals(changes, words):
    right = {"hidden_layers": 1, "kernel": [[1, 0], [0, 1]], "test_kernel": [1, 1], "y": [1, 2]}
    with pytest.raises(ValueError, match=words):
        width_series(**(right | {"ridge": 1, "order": 1} | changes))
