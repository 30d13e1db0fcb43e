"""Bandwidth of a spectrum: degrees that hold a share of the trace, and the frequency that sets it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import fieldtheory as ft
from fieldtheory.workbench.cli import main


def sine_spectrum(frequency: float, dim: int = 3, max_degree: int = 60) -> ft.Spectrum:
    """One hidden layer of sin(f x), no read-out bias, and unit weights."""
    return ft.FullyConnected(1, f"sin:{frequency}", weight_variance=1.0).nngp().spectrum(dim, max_degree)


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=8), st.floats(0.01, 1))
def test_definition(traces: list[float], share: float) -> None:
    """Degrees 0 to l hold the share, degrees 0 to l - 1 do not"""
    spectrum = ft.Spectrum.from_arrays(traces, [1] * len(traces))
    found = spectrum.bandwidth(share)
    total = math.fsum(traces)
    assert math.fsum(traces[: found + 1]) >= share * total * (1 - 1e-14)
    assert math.fsum(traces[:found]) < share * total


@pytest.mark.parametrize("frequency", [1.0, 3.0, 7.0])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_sines_on_the_sphere(frequency: float, share: float) -> None:
    """exp(-f²) sinh(f² t) = sum over odd l of (2l+1) exp(-f²) i_l(f²) P_l(t)"""
    x = frequency**2
    degree = np.arange(61)
    traces = np.where(degree % 2, (2 * degree + 1) * special.spherical_in(degree, x) * math.exp(-x), 0)
    expected = int(np.searchsorted(np.cumsum(traces), share * -math.expm1(-2 * x) / 2))
    assert sine_spectrum(frequency).bandwidth(share) == expected


def test_frequency_sets_the_width() -> None:
    """exp(-f² (1 - t)) is Gaussian in the angle: degrees up to f sqrt(2 log 10) hold 9/10, dim 3"""
    for frequency in (8.0, 12.0):
        found = sine_spectrum(frequency).bandwidth(0.9)
        assert found == pytest.approx(frequency * math.sqrt(2 * math.log(10)), abs=2)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "share must be finite and greater than 0"),
        (1.5, r"share must be at most 1, the whole trace \(got 1.5\)"),
        ("all", "share must be a finite number"),
        (0.999, "share must be at most 0.75, what degrees 0 to 1 hold .* larger max_degree"),
    ],
)
def test_shares_that_are_refused(share: object, words: str) -> None:
    """Not a share, or one that the tail takes part in"""
    with pytest.raises(ValueError, match=words):
        ft.Spectrum.from_arrays([1.0, 0.5], [1, 1], tail=0.5).bandwidth(share)  # type: ignore[arg-type]


def test_on_the_command_line() -> None:
    """spectrum --json says it, null where the tail holds more than a tenth"""
    command = "spectrum --kernel nngp --activation sin:3 --hidden-layers 1 --weight-variance 1 --dim 3 --json"
    for max_degree, expected in (("40", sine_spectrum(3.0).bandwidth()), ("2", None)):
        result = CliRunner().invoke(main, [*command.split(), "--max-degree", max_degree])
        assert json.loads(result.stdout)["bandwidth"] == expected
