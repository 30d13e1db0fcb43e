"""One reader of arrays: what goes in by any kind of container, and what is no array of numbers."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

import fieldtheory as ft
from fieldtheory.array_arguments import require_integers, require_numbers, require_reals
from renormalization import WilsonFlow, local_exponents, phase_diagram

SPECTRUM = ft.Spectrum.from_arrays([1.0, 0.1], [1, 3], dim=3)
TARGET = ft.Target({1: 1.0})
SIZES: dict[str, Callable[[], Any]] = {
    "list": lambda: [10, 20, 30],
    "tuple": lambda: (10, 20, 30),
    "generator": lambda: (n for n in (10, 20, 30)),
    "map": lambda: map(int, ("10", "20", "30")),
    "set": lambda: {30, 10, 20},
    "range": lambda: range(10, 31, 10),
    "array": lambda: np.array([10, 20, 30], dtype=np.uint8),
    "exact": lambda: [Fraction(10), sympy.Integer(20), Decimal(30)],
    "unmasked": lambda: np.ma.masked_array([10, 20, 30], mask=[False] * 3),
    "keys": lambda: {10: 0, 20: 0, 30: 0}.keys(),
}
CALLS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "learning_curve": ("n", lambda n: ft.learning_curve(SPECTRUM, TARGET, n, ridge=0.1).n),
    "curve_batch": ("n", lambda n: ft.curve_batch([SPECTRUM], TARGET, n, 0.1).error[0]),
    "WilsonFlow": ("n", lambda n: WilsonFlow(SPECTRUM, n, ridge=0.1, target=TARGET).kappa),
    "local_exponents": ("n", lambda n: local_exponents(n, [0.3, 0.2, 0.1])),
    "phase_diagram": ("weight_variance", lambda w: phase_diagram("erf", w, [0.1]).weight_variance),
    "gegenbauer": ("t", lambda t: ft.gegenbauer(1, require_reals("t", t) / 30, 3)[1]),
    "from_coefficients": ("coefficients", lambda c: ft.Activation.from_coefficients(c).mean_square(1.0)),
}
NO_NUMBERS = {
    "bytes": b"10",
    "text": "10",
    "mapping": {10: 1},
    "masked": np.ma.masked_array([10.0, 20.0, 30.0], mask=[False, True, False]),
    "booleans": [True, False],
    "none": None,
    "words": ["10", "20"],
    "objects": [object()],
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "complex": [1j, 2.0],
    "ragged": [[1.0], [1.0, 2.0]],
    "function": len,
    "not finite": [10.0, np.nan, 30.0],
    "memory": memoryview(b"10"),
}


@pytest.mark.parametrize("container", SIZES)
@pytest.mark.parametrize("call", CALLS)
def test_every_container_counts_in_full(call: str, container: str) -> None:
    _, function = CALLS[call]
    expected, found = function([10, 20, 30]), function(SIZES[container]())
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("container", sorted(SIZES.keys() - {"exact"}))  # sizes of simulations are integers
def test_whole_sizes(container: str) -> None:
    kernel = ft.FullyConnected(1, "relu").nngp()
    found = ft.simulate(kernel, 3, TARGET, SIZES[container](), ridge=0.1, repeats=2, jobs=1)
    assert sorted(found.n.tolist()) == [10, 20, 30]


@pytest.mark.parametrize("wrong", NO_NUMBERS)
@pytest.mark.parametrize("call", CALLS)
def test_what_holds_no_numbers_is_refused_by_name(call: str, wrong: str) -> None:
    name, function = CALLS[call]
    with pytest.raises(ValueError, match=rf"^{name} must ") as refusal:
        function(NO_NUMBERS[wrong])
    assert len(str(refusal.value)) < 200
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("wrong", ["bytes", "text", "mapping", "masked", "none", "not finite"])
def test_simulations_refuse_them_too(wrong: str) -> None:
    kernel = ft.FullyConnected(1, "relu").nngp()
    with pytest.raises(ValueError, match=r"^n must "):
        ft.simulate(kernel, 3, TARGET, NO_NUMBERS[wrong], repeats=2, jobs=1)


@pytest.mark.parametrize("name", ["K", "y"])
def test_masks_of_data_are_not_ignored(name: str) -> None:
    given = {"K": np.eye(3), "y": np.ones(3)}
    masked = np.ma.masked_array(given[name], mask=given[name] > 0)
    with pytest.raises(ValueError, match=rf"^{name} must have no masked entries"):
        ft.Spectrum.from_gram(**given | {name: masked})


def test_what_never_ends_is_refused() -> None:
    def forever() -> Any:
        while True:
            yield 1

    with pytest.raises(ValueError, match=r"^n must end"):
        require_reals("n", forever())


def test_numbers_keep_their_kind() -> None:
    assert require_numbers("values", [1, 2]).dtype == np.float64
    assert require_numbers("values", [1, 2j]).dtype == np.complex128
    assert require_integers("cutoff", [1, 2], "degrees").dtype.kind == "i"
    with pytest.raises(ValueError, match=r"^cutoff must be degrees \(got \[1\.5\]\)"):
        require_integers("cutoff", [1.5], "degrees")
    assert require_reals("t", mpmath.mpf(2)).tolist() == 2.0
