"""Target: powers per degree, against polynomials, closed forms and Monte Carlo."""

import copy
import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import eval_gegenbauer, gammaln

from fieldtheory.targets import Target

FINITE = st.floats(1e-6, 1e6)


def test_powers_are_sorted_read_only_and_positive() -> None:
    target = Target({2: 1, np.int64(1): np.float64(0.5), 7: 0.0})
    assert list(target.powers.items()) == [(1, 0.5), (2, 1.0)]
    assert all(type(k) is int and type(v) is float for k, v in target.powers.items())
    assert target.norm_squared == 1.5
    assert target.max_degree == 2
    assert target.remainder == 0.0
    assert target.exact_powers is None
    with pytest.raises(TypeError):
        target.powers[1] = 2.0  # type: ignore[index]
    with pytest.raises(AttributeError):
        target.remainder = 1.0  # type: ignore[misc]


def test_later_changes_of_the_argument_do_not_reach_the_target() -> None:
    powers = {1: 1.0}
    target = Target(powers)
    powers[1] = 5.0
    assert target.powers[1] == 1.0


@given(powers=st.dictionaries(st.integers(0, 30), FINITE, min_size=1), remainder=FINITE)
def test_value_semantics(powers: dict[int, float], remainder: float) -> None:
    target = Target(powers, remainder)
    twin = Target(dict(reversed(powers.items())), remainder)
    assert target == twin
    assert hash(target) == hash(twin)
    assert target != Target(powers, 2 * remainder)
    assert pickle.loads(pickle.dumps(target)) == target
    assert copy.deepcopy(target) == target
    assert eval(repr(target), {"Target": Target}) == target
    array = target.as_array(40)
    assert array.shape == (41,)
    assert array.dtype == np.float64
    assert {l: p for l, p in enumerate(array.tolist()) if p} == dict(target.powers)


@pytest.mark.parametrize(
    ("powers", "message"),
    [
        ({}, "positive power in at least one degree"),
        ({1: 0.0}, "positive power in at least one degree"),
        ({-1: 1.0}, r"powers: a degree must be at least 0 \(got -1\)"),
        ({1.0: 1.0}, r"powers: a degree must be an integer"),
        ({True: 1.0}, r"powers: a degree must be an integer"),
        ({"1": 1.0}, r"powers: a degree must be an integer"),
        ({1: -0.5}, r"powers\[1\] must be finite and at least 0 \(got -0.5\)"),
        ({1: math.nan}, r"powers\[1\] must be finite"),
        ({1: math.inf}, r"powers\[1\] must be finite"),
        ({1: "a"}, r"powers\[1\] must be a finite number"),
        ([1.0, 2.0], "powers must map degrees to powers"),
        (None, "powers must map degrees to powers"),
    ],
)
def test_refused_powers(powers: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Target(powers)  # type: ignore[arg-type]


@pytest.mark.parametrize("remainder", [-1.0, math.nan, math.inf])
def test_refused_remainder(remainder: float) -> None:
    with pytest.raises(ValueError, match="remainder must be finite"):
        Target({1: 1.0}, remainder)


def test_array_refuses_to_lose_power() -> None:
    with pytest.raises(ValueError, match=r"max_degree must be at least 4.*got 3.*raise max_degree"):
        Target({4: 1.0}).as_array(3)
    with pytest.raises(ValueError, match="max_degree must be"):
        Target({4: 1.0}).as_array(-1)


def test_from_polynomial_is_exact() -> None:
    target = Target.from_polynomial("x1*x2 + x3", 50)
    assert target.exact_powers == {1: sympy.Rational(1, 50), 2: sympy.Rational(1, 2600)}
    assert target == Target({1: 1 / 50, 2: 1 / 2600})
    assert target == Target.from_polynomial(sympy.sympify("x1*x2 + x3"), 50)
    assert target == Target.from_polynomial(sympy.Poly(sympy.sympify("x1*x2 + x3")), 50)
    assert pickle.loads(pickle.dumps(target)).exact_powers == target.exact_powers


def test_from_polynomial_refuses() -> None:
    with pytest.raises(ValueError, match="must not vanish on the sphere"):
        Target.from_polynomial("x1**2 + x2**2 - 1", 2)
    with pytest.raises(ValueError, match="got '__import__'"):
        Target.from_polynomial("__import__('os')", 3)
    with pytest.raises(ValueError, match="float range"):
        Target.from_polynomial("1e200*x1", 3)
    with pytest.raises(ValueError, match="float range"):
        Target.from_polynomial("1e-200*x1", 3)
    with pytest.raises(ValueError, match="dim must be"):
        Target.from_polynomial("x1", 1)


@settings(max_examples=25)
@given(
    coefficients=st.lists(st.integers(-4, 4), min_size=1, max_size=7).filter(any),
    dim=st.sampled_from([2, 3, 4, 10, 50, 1000, 10_000]),
)
def test_function_and_polynomial_agree(coefficients: list[int], dim: int) -> None:
    text = "+".join(f"({c})*x1**{k}" for k, c in enumerate(coefficients))
    exact = Target.from_polynomial(text, dim)
    target = Target.from_function(lambda t: np.polynomial.Polynomial(coefficients)(t), dim, max_degree=8)
    scale = exact.norm_squared
    assert target.norm_squared + target.remainder == pytest.approx(scale, rel=1e-13)
    assert target.remainder <= 1e-12 * scale
    for degree in exact.powers.keys() | target.powers.keys():
        expected = exact.powers.get(degree, 0.0)
        # Amplitudes, not powers, carry the rounding of the quadrature; the cut at 1e-12 may drop a degree.
        assert target.powers.get(degree, 0.0) == pytest.approx(expected, rel=1e-11, abs=2e-12 * scale)


@pytest.mark.parametrize("dim", [3, 4, 50, 1000])
@pytest.mark.parametrize("degree", [1, 6, 20])
def test_pure_degree(degree: int, dim: int) -> None:
    """P_l has power 1/deg(l), deg(l) = (2l+d-2)/l binom(l+d-3, l-1)"""
    a = dim / 2 - 1
    target = Target.from_function(
        lambda t: eval_gegenbauer(degree, a, t) / eval_gegenbauer(degree, a, 1.0), dim, max_degree=25
    )
    multiplicity = (2 * degree + dim - 2) * math.comb(degree + dim - 3, degree - 1) // degree
    assert list(target.powers) == [degree]
    assert target.powers[degree] * multiplicity == pytest.approx(1.0, rel=1e-10)


@pytest.mark.parametrize("dim", [2, 3, 7, 50, 1000, 10_000])
def test_kinks(dim: int) -> None:
    """‖relu‖² = 1/(2d), [relu]_1 = 1/(2d), ⟨|t|⟩ = Γ(d/2)/(√π Γ((d+1)/2)); relu = (t + |t|)/2"""
    mean = math.exp(gammaln(dim / 2) - gammaln((dim + 1) / 2)) / math.sqrt(math.pi)
    rel = 1e-12 + 1e-15 * dim  # of the logarithms of the gamma function above
    relu = Target.from_function(lambda t: np.maximum(t, 0.0), dim, max_degree=30)
    modulus = Target.from_function(np.abs, dim, max_degree=30)
    assert relu.norm_squared + relu.remainder == pytest.approx(0.5 / dim, rel=1e-12)
    assert relu.powers[0] == pytest.approx((mean / 2) ** 2, rel=rel)
    assert relu.powers[1] == pytest.approx(0.25 / dim, rel=1e-12)
    assert 1e-7 < relu.remainder / relu.norm_squared < 0.05
    assert set(relu.powers) == {0, 1, *range(2, 31, 2)}
    for degree in range(0, 31, 2):
        assert modulus.powers[degree] == pytest.approx(4 * relu.powers[degree], rel=1e-11)


def test_kink_away_from_zero() -> None:
    """½∫ |t - c| dt = (1 + c²)/2, ½∫ |t - c| t dt = c(c² - 3)/6 on S²; ½∫ (t - c)² dt = 1/3 + c²"""
    c = 0.1234567
    target = Target.from_function(lambda t: np.abs(t - c), 3, max_degree=10)
    assert target.powers[0] == pytest.approx(((1 + c**2) / 2) ** 2, rel=1e-12)
    assert target.powers[1] == pytest.approx(3 * (c * (c**2 - 3) / 6) ** 2, rel=1e-12)
    assert target.norm_squared + target.remainder == pytest.approx(1 / 3 + c**2, rel=1e-12)


def test_jump() -> None:
    """sign(t - c) on S²: mean -c, norm 1"""
    c = 1 / 3
    target = Target.from_function(lambda t: np.sign(t - c), 3, max_degree=3)
    assert target.powers[0] == pytest.approx(c**2, rel=1e-11)
    assert target.norm_squared + target.remainder == pytest.approx(1.0, rel=1e-12)


def test_monte_carlo() -> None:
    """⟨g²⟩ and ⟨g⟩² of g = tanh(3 w·x) + 1/2 with x drawn on S⁴"""
    x = np.random.default_rng(7).normal(size=(200_000, 5))
    values = np.tanh(3 * x[:, 0] / np.linalg.norm(x, axis=1)) + 0.5
    target = Target.from_function(lambda t: np.tanh(3 * t) + 0.5, 5)
    error = np.std(values**2) / math.sqrt(len(values))
    assert abs(target.norm_squared - np.mean(values**2)) < 5 * error
    assert target.powers[0] == pytest.approx(
        np.mean(values) ** 2, abs=5 * np.std(values) / math.sqrt(len(values))
    )
    assert target.remainder <= 1e-12 * target.norm_squared


def test_constant_and_scalar_result() -> None:
    target = Target.from_function(lambda t: 2.0, 10)
    assert list(target.powers) == [0]
    assert target.powers[0] == pytest.approx(4.0, rel=1e-13)


def test_unresolved_power_is_announced() -> None:
    with pytest.warns(UserWarning, match=r"degrees up to 256 leave .* of the power of g"):
        target = Target.from_function(np.abs, 50)
    assert target.norm_squared + target.remainder == pytest.approx(1 / 50, rel=1e-12)
    assert 0 < target.remainder < 1e-5 * target.norm_squared
    assert "remainder=" in repr(target)
    assert Target.from_function(np.abs, 50, tolerance=1e-3).max_degree < 60


@pytest.mark.parametrize(
    ("g", "message"),
    [
        (lambda t: np.where(t > 0.5, np.nan, t), r"g must be finite on \[-1, 1\] \(got nan at t = "),
        (lambda t: np.where(t > 0.5, np.inf, t), r"g must be finite on \[-1, 1\] \(got inf at t = "),
        (lambda t: 0.0 * t, "must not be zero everywhere"),
        (lambda t: 1j * t, "must return a real number for each t"),
        (lambda t: t[:3], "must return a real number for each t"),
        (lambda t: "a", "must return a real number for each t"),
        (lambda t: np.random.default_rng(0).normal(size=t.shape), "smooth but for some kinks"),
        (3.0, "g must be a function"),
    ],
)
def test_refused_functions(g: Callable[[np.ndarray], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Target.from_function(g, 3)


def test_refused_settings_of_from_function() -> None:
    for dim in (1, 2.5):
        with pytest.raises(ValueError, match="dim must be"):
            Target.from_function(np.exp, dim)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_degree must be"):
        Target.from_function(np.exp, 3, max_degree=-1)
    with pytest.raises(ValueError, match=r"max_degree must be at most \d+ for dim 1000000"):
        Target.from_function(np.exp, 10**6, max_degree=500)
    with pytest.raises(ValueError, match="tolerance must be"):
        Target.from_function(np.exp, 3, tolerance=0.0)


def test_power_all_above_max_degree_is_refused() -> None:
    with pytest.raises(ValueError, match="positive power"):
        Target.from_function(lambda t: t**3, 3, max_degree=0)


def test_sympy_is_not_loaded() -> None:
    program = (
        "import sys; from fieldtheory.targets import Target; Target({1: 1.0}); print('sympy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "False"
