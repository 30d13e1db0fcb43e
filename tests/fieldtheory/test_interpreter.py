"""Small work in place of compiled code: the same source, so the same values to rounding."""

import json
import math
import subprocess
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from fieldtheory.compiled import compiled, interpret_small_work


def length(values: np.ndarray) -> float:
    return float(len(values))


@compiled()
def halved(x):
    return x / 2


@compiled(steps=length, error_model="numpy")
def half_of_last(values):
    return halved(values[-1])


@compiled(steps=length, error_model="numpy")
def inverse(values):
    return 1.0 / float(values[0])


def is_made(function: object) -> bool:
    """Whether machine code has been asked for."""
    return "machine" in vars(function)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Neither steps nor machine code last beyond a test."""
    yield
    interpret_small_work(0)
    for function in (halved, half_of_last, inverse):
        vars(function).pop("machine", None)


def test_a_library_compiles() -> None:
    """Unless the process asks for it, no work is too small."""
    assert half_of_last(np.array([1.0, 5.0])) == 2.5
    assert is_made(half_of_last)


def test_small_work_is_interpreted_with_all_it_calls() -> None:
    interpret_small_work(10)
    assert half_of_last(np.array([1.0, 5.0])) == 2.5
    assert not is_made(half_of_last)
    assert not is_made(halved)


def test_steps_run_out() -> None:
    """10 steps are enough for 4 and 5, not for 2 more; work without a known size is compiled."""
    interpret_small_work(10)
    for size, made in ((4, False), (5, False), (2, True)):
        half_of_last(np.ones(size))
        assert is_made(half_of_last) == made
    interpret_small_work(10)
    assert halved(3.0) == 1.5
    assert is_made(halved)


def test_large_work_leaves_the_steps_to_small_work() -> None:
    interpret_small_work(10)
    half_of_last(np.ones(11))
    assert is_made(half_of_last)
    inverse(np.ones(9))
    assert not is_made(inverse)


def test_what_the_interpreter_refuses_is_compiled() -> None:
    """1/0 is an exception in Python and inf in compiled code."""
    interpret_small_work(10)
    assert inverse(np.array([0.0])) == math.inf
    assert is_made(inverse)
    assert half_of_last(np.array([6.0])) == 3.0  # and the next one is interpreted again
    assert not is_made(half_of_last)


def test_no_warning_more_than_compiled_code_gives() -> None:
    @compiled(steps=length, error_model="numpy")
    def product(values):
        return values[0] * values[1]

    interpret_small_work(10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert product(np.array([1e300, 1e300])) == math.inf
    assert not is_made(product)


_SETTING = """
import fieldtheory as ft, numpy as np, renormalization
from diagrams import Expansion, Theory, generate
from fieldtheory import learning_curve as curve
spectrum, target = ft.FullyConnected(3).ntk().spectrum(10, 12), ft.Target({1: 1.0, 2: 0.5})
"""
_CASES = {
    "relu": "ft.FullyConnected(3).ntk().spectrum(20).eigenvalues",
    "relu with biases": "ft.FullyConnected(2, bias_variance=0.3).ntk().spectrum(3, 20).eigenvalues",
    "relu on the circle": "ft.FullyConnected(2, bias_variance=0.3).nngp().spectrum(2, 20).eigenvalues",
    "erf": "ft.FullyConnected(2, 'erf', bias_variance=0.1).ntk().spectrum(10, 8).eigenvalues",
    "sin": "ft.FullyConnected(2, 'sin').ntk().spectrum(10, 8).eigenvalues",
    "curve": "curve(spectrum, target, [3, 30], ridge=0.1, label_noise=0.1).error",
    "no ridge": "curve(spectrum, target, [3, 300], ridge=0, theory='self-consistent').effective_ridge",
    "one loop": "curve(spectrum, target, [3, 30], ridge=0.1, theory='one-loop').error",
    "second order": "curve(spectrum, target, [30], ridge=1, theory='loop-expansion', order=1).bias",
    "flow": "renormalization.WilsonFlow(spectrum, [10, 100], 0.1, target=target).all.ridge",
    "diagrams": "np.array([(d.symmetry_number, *d.edges[0]) for d in generate(Theory.scalar({3: 1}), "
    "('phi', 'phi'), 6, by='vertices')])",
    "irreducible diagrams": "np.array([d.symmetry_number for d in generate(Theory.scalar({4: 1}), "
    "('phi',) * 4, 2, one_particle_irreducible=True)])",
    "sum of diagrams": "np.array([float(w) for w in Expansion.of(generate(Theory.scalar({4: 1}), (), 4))"
    ".weights])",
    "strong pair": "ft.activation_covariance('relu', [0.3, -1.0], [[1.0, 1.3], [1.3, 2.0]]).covariance",
    "weak pair": "ft.activation_covariance('gelu', [0.3, -1.0], [[1.0, 0.1], [0.1, 2.0]]).covariance",
    "loss of the flow": "renormalization.WilsonFlow(spectrum, [10, 100], 0.1, target=target).all.factor",
}
_INTERPRETED = f"""
import json, sys
from fieldtheory.compiled import interpret_small_work
interpret_small_work(1e9)
{_SETTING}
print(json.dumps([{", ".join(f"({case}).tolist()" for case in _CASES.values())}, "numba" in sys.modules]))
"""


@pytest.fixture(scope="module")
def interpreted() -> dict[str, np.ndarray]:
    """Each case in a process that never loads Numba."""
    done = subprocess.run([sys.executable, "-c", _INTERPRETED], capture_output=True, text=True, check=True)
    *found, loaded = json.loads(done.stdout)
    assert not loaded
    return dict(zip(_CASES, map(np.array, found), strict=True))


@pytest.mark.parametrize("name", _CASES)
def test_interpreted_and_compiled_are_the_same_formula(name: str, interpreted: dict[str, np.ndarray]) -> None:
    """They differ by the order of sums and by fused products, some roundings in all."""
    space: dict[str, object] = {}
    exec(_SETTING, space)
    compiled_values = eval(_CASES[name], space)
    np.testing.assert_allclose(interpreted[name], compiled_values, rtol=2e-12)
