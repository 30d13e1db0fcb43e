"""A theory with an exact answer: the loop expansion around a saddle that is not at zero.

One training point, one hidden layer of n linear units, mean-field scaling (K = 2/n, kappa = 1/(2n)): the
posterior is the integral over u of exp(-n s(u)), s = u²/4 + log(1 + 2u²)/2 - i u y, and <u>/i the predictor
without its kernel. Seroussi, Naveh, Ringel, Nature Communications 14, 908 (2023), arXiv 2112.15383.
"""

import numpy as np
import pytest
import sympy
from mpmath import mp

from diagrams import Theory, generate

LABEL = 1.5


@pytest.fixture(scope="module")
def orders():
    """<u>/i at tree, one-loop and two-loop order as functions of n, and the label that belongs to them."""
    u, n = sympy.symbols("u n", positive=True)
    with mp.workdps(40):  # a rational saddle, and the label of which it is the exact one
        root = mp.findroot(lambda tau: tau / 2 + 2 * tau / (1 - 2 * tau**2) - LABEL, 0.4)
        tau = sympy.Rational(mp.nstr(root, 35))
    label = tau / 2 + 2 * tau / (1 - 2 * tau**2)
    action = n * (u**2 / 4 + sympy.log(1 + 2 * u**2) / 2 - sympy.I * u * label)
    field = sympy.Symbol("u", positive=True)
    found = Theory.from_action(action, [field], background={field: sympy.I * tau}, degree=6)
    partial = [sympy.Integer(0), sympy.Integer(0)]
    for loops in (1, 2):
        diagrams = generate(found, ("u",), loops)
        partial[loops - 1] = sympy.simplify(sum(d.value for d in diagrams) / sympy.I)
    totals = [tau, tau + partial[0], tau + partial[0] + partial[1]]
    return [sympy.lambdify(n, total) for total in totals], label


def exact(n: int, label: float) -> float:
    """<u>/i by quadrature along the line through the saddle, where nothing oscillates away."""
    with mp.workdps(40):
        tau = mp.findroot(lambda t: t / 2 + 2 * t / (1 - 2 * t**2) - label, 0.4)

        def action(u):
            return u**2 / 4 + mp.log(1 + 2 * u**2) / 2 - mp.j * u * label

        def weight(x):  # relative to the saddle: the quadrature stops at an absolute error
            return mp.exp(-n * (action(mp.mpc(x, tau)) - action(mp.mpc(0, tau))))

        span = [k / mp.sqrt(n) for k in range(-12, 13, 2)]
        norm = mp.quad(weight, span)
        return float((mp.quad(lambda x: mp.mpc(x, tau) * weight(x), span) / norm / mp.j).real)


def test_errors_fall_with_the_order(orders):
    """Relative errors ∝ n^-1, n^-2, n^-3 for tree, one loop, two loops: slopes within 0.1."""
    predictors, label = orders
    sizes = [40, 80, 160, 320]
    truth = np.array([exact(n, float(label)) for n in sizes])
    for loops, predictor in enumerate(predictors):
        errors = np.abs(np.array([float(predictor(n)) for n in sizes]) / truth - 1)
        slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
        assert slope == pytest.approx(-1 - loops, abs=0.1)


def test_known_errors(orders):
    """n = 10 and 40 in the project's notes on finite width, computed with other code."""
    predictors, label = orders
    known = {10: (-9.73e-2, -4.66e-3, -8.86e-5), 40: (-2.53e-2, -3.09e-4, -1.17e-6)}
    for n, errors in known.items():
        truth = exact(n, float(label))
        for predictor, error in zip(predictors, errors, strict=True):
            assert float(predictor(n)) / truth - 1 == pytest.approx(error, rel=5e-3)
