"""Strips against dense transfer matrices, Onsager's solution and conformal invariance."""

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg

from renormalization import Strip, central_charge, phenomenological_rg, strip_limit
from tests.real_space_rows import ROWS

STRIP_ROWS = [name for name in ROWS if "_strips/" in name]


def dense(width, states, coupling):
    """Eigenvalues, downwards, of exp[(J/2) sum d(s_i,s_j) + J sum d(s_i,s'_i) + (J/2) sum d(s'_i,s'_j)]"""
    rows = np.indices((states,) * width).reshape(width, -1).T
    along = (rows == np.roll(rows, 1, axis=1)).sum(1)
    between = (rows[:, None] == rows[None]).sum(2)
    matrix = np.exp(coupling * (between + 0.5 * (along[:, None] + along[None])))
    return scipy.linalg.eigvalsh(matrix)[::-1]


@pytest.mark.parametrize("row", STRIP_ROWS)
def test_reference_rows(row, reference):
    """J* and nu of widths L, L + 1; xi_L/L at J_c; (6/pi)(f_L - f_{L+1})/(L^-2 - (L+1)^-2)

    Equation: phenomenological-rg, central-charge
    """
    values, tolerance = reference(row)
    params = ROWS[row]["params"]
    width, states = params["L"], params.get("q", 2)
    found = {"central_charge_pair": central_charge(width, states)}
    point = phenomenological_rg(width, states)
    found |= {"J_star": point.coupling, "nu": point.nu}
    found |= {"K_star": point.coupling / 2, "T_star": 2 / point.coupling}
    strip = Strip(width, states)
    ratio = strip.correlation_length(math.log(1 + math.sqrt(states))) / width
    found |= {"xi_over_L_at_Jc": ratio, "xi_over_L_at_Kc": ratio}
    assert {name: found[name] for name in values} == pytest.approx(values, **tolerance)


@pytest.mark.parametrize(("width", "states"), [(3, 2), (6, 2), (3, 3), (4, 3), (3, 5)])
@pytest.mark.parametrize("coupling", [0.2, 0.9, 1.7])
def test_dense_matrix(width, states, coupling):
    """ln(Lambda_0)/L and 1/ln(Lambda_0/Lambda_1) of the matrix written out"""
    strip, values = Strip(width, states), dense(width, states, coupling)
    assert strip.free_energy(coupling) == pytest.approx(math.log(values[0]) / width, rel=1e-12)
    expected = 1 / math.log(values[0] / values[1])
    assert strip.correlation_length(coupling) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("states", [2, 3])
def test_free_energy_of_either_sign(states):
    """ln(Lambda_0)/L at J < 0, and ln q without coupling"""
    strip = Strip(5, states)
    assert strip.free_energy(-1.3) == pytest.approx(math.log(dense(5, states, -1.3)[0]) / 5, rel=1e-12)
    assert strip.free_energy(0.0) == pytest.approx(math.log(states), rel=1e-14)
    assert strip.correlation_length(0.0) == 0.0
    # deep in the ordered phase: two satisfied bonds a site, q states of the whole
    assert strip.free_energy(90.0) == pytest.approx(180.0, rel=1e-14)


def test_derivative_of_the_length():
    """d xi/dJ by first-order perturbation = the central difference"""
    for strip, coupling in ((Strip(5), 0.8), (Strip(3, 3), 1.1)):
        ends = [strip.correlation_length(coupling + side * 1e-4) for side in (1, -1)]
        assert strip.length(coupling).slope == pytest.approx((ends[0] - ends[1]) / 2e-4, rel=1e-6)


def test_onsager():
    """f of a wide strip at K = 0.15 = Onsager's integral, J = 2K, weights e^{J delta}: f - 2K a site"""
    k = 2 * math.sinh(0.3) / math.cosh(0.3) ** 2
    inner = scipy.integrate.quad(
        lambda a: math.log((1 + math.sqrt(1 - (k * math.sin(a)) ** 2)) / 2), 0, math.pi
    )
    onsager = math.log(2 * math.cosh(0.3)) + inner[0] / (2 * math.pi)
    assert Strip(12).free_energy(0.3) - 2 * 0.15 == pytest.approx(onsager, rel=1e-9)


def test_limits():
    """Ising: J_c = ln(1 + sqrt 2), nu = 1, eta = 1/4, c = 1/2, each within its small error bar"""
    found = strip_limit(9)
    expected = {"coupling": math.log(1 + math.sqrt(2)), "nu": 1.0, "eta": 0.25, "central_charge": 0.5}
    for name, value in expected.items():
        limit = getattr(found, name)
        assert abs(limit.value - value) < limit.error < 0.03 * value, name
    assert found.points[0] == phenomenological_rg(4)


def test_limits_of_three_states():
    """Potts q = 3: J_c = ln(1 + sqrt 3), nu = 5/6, eta = 4/15, c = 4/5 within their bars"""
    found = strip_limit(9, 3)
    expected = {"coupling": math.log(1 + math.sqrt(3)), "nu": 5 / 6, "eta": 4 / 15, "central_charge": 4 / 5}
    for name, value in expected.items():
        limit = getattr(found, name)
        assert abs(limit.value - value) < limit.error < 0.04 * value, name


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Strip(2), "width must be at least 3"),
        (lambda: Strip(4, 1), "states must be at least 2"),
        (lambda: phenomenological_rg(2), "width must be at least 3"),
        (lambda: central_charge(2), "width must be at least 3"),
        (lambda: Strip(4).correlation_length(-0.1), "coupling must be finite and at least 0"),
        (lambda: Strip(4).correlation_length(1e-320), "coupling must be 0 or at least 1e-08"),
        (lambda: Strip(4).free_energy(math.nan), "coupling must be finite"),
        (lambda: Strip(4).free_energy(1e3), "coupling must be at most 100"),
        (lambda: Strip(4).correlation_length(30.0), "coupling must be smaller: no gap of width 4"),
        (lambda: Strip(60), "width = 60 with 2 states would take"),
        (lambda: strip_limit(8, 4), "states must be at most 3"),
        (lambda: strip_limit(13, 3), "widest must be at most 12"),
        (lambda: strip_limit(7), "widest must be at least 8"),
    ],
)
def test_refusals(make, said):
    """Argument, value and what would be right"""
    with pytest.raises(ValueError, match=said):
        make()
