"""Theories by name: orders that they take, refuse, or choose."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from replicas.theories.registry import THEORIES

SPHERE = Spectrum.from_arrays([1.0, 0.3], multiplicities(1, 5), dim=5)
FREE = Spectrum.from_arrays([1.0, 0.3], [1, 5])
HIGHEST = {"perturbative": 4, "skeleton": 4, "loop-expansion": 1}


def curve(theory, order=None, spectrum=SPHERE, n=(10, 100), ridge=0.1, **options):
    return learning_curve(spectrum, Target({1: 1.0}), n, ridge=ridge, theory=theory, order=order, **options)


@pytest.mark.parametrize(("theory", "highest"), HIGHEST.items())
def test_orders(theory, highest):
    """Every order from 0 to the highest is taken, as NumPy integers too, and kept in the curve."""
    for order in range(highest + 1):
        found = curve(theory, np.int64(order))
        assert (found.theory, found.order) == (theory, order)
        assert type(found.order) is int
        assert np.isfinite(found.error).all()


@pytest.mark.parametrize(("theory", "highest"), HIGHEST.items())
@pytest.mark.parametrize("order", [None, -1, 5, True, False, 1.0, "1", [1], np.array([1]), float("nan")])
def test_bad_orders(theory, highest, order):
    said = f"order must be an integer from 0 to {highest} for theory={theory!r} (got "
    with pytest.raises(ValueError, match=re.escape(said)):
        curve(theory, order)


@pytest.mark.parametrize("theory", ["self-consistent", "equivalent-kernel", "one-loop"])
@pytest.mark.parametrize("order", [0, 1, True, "2"])
def test_orders_that_nobody_asked_for(theory, order):
    said = f"order must be None for theory={theory!r}, which is not an expansion (got {order!r})"
    with pytest.raises(ValueError, match=re.escape(said)):
        curve(theory, order)


@pytest.mark.parametrize("order", [0, 1, False])
def test_auto_takes_no_order(order):
    with pytest.raises(ValueError, match=re.escape('order must be None for theory="auto", which chooses')):
        curve("auto", order)


def test_unknown_theory():
    with pytest.raises(ValueError, match="theory must be one of"):
        curve("two-loop")


def test_choice():
    """On a sphere the first order of the loop expansion, else the self-consistent theory."""
    found = curve("auto")
    assert (found.theory, found.order) == ("loop-expansion", 1)
    np.testing.assert_array_equal(found.error, curve("loop-expansion", 1).error)
    found = curve("auto", spectrum=FREE)
    assert (found.theory, found.order) == ("self-consistent", None)


@pytest.mark.parametrize(
    ("theory", "order", "said"),
    [
        ("one-loop", None, "spectrum must have a dim for the ring sum"),
        ("loop-expansion", 1, "order must be 0 for a spectrum without dim"),
        ("skeleton", 2, "spectrum must have a dim for crossing words of order 2"),
        ("perturbative", 2, "order must be at most 1 for a spectrum without dim"),
    ],
)
def test_theories_that_need_a_sphere(theory, order, said):
    with pytest.raises(ValueError, match=said):
        curve(theory, order, FREE)


@pytest.mark.parametrize("theory", [*THEORIES, "auto"])
@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_interpolation_peak_without_ridge(theory, ensemble):
    """Six modes and six points, no ridge: the error diverges, in every theory."""
    order = 1 if theory in HIGHEST else None
    with pytest.raises(ValueError, match="ridge must be positive"):
        curve(theory, order, n=[6], ridge=0.0, ensemble=ensemble)
    if theory == "perturbative":  # which has no size without ridge
        return
    found = curve(theory, order, n=[5, 6, 7], ridge=0.0, ensemble=ensemble, label_noise=0.1)
    assert found.error[1] == found.error_bar[1] == np.inf
    assert not found.converged[1]
    assert np.isfinite(found.error[[0, 2]]).all()
    assert any("n = 6" in said for said in found.warnings)


@pytest.mark.parametrize("theory", [*THEORIES, "auto"])
@pytest.mark.parametrize(
    "bad", [{"ridge": -1.0}, {"label_noise": -0.1}, {"n": [0.0]}, {"n": [-3]}, {"n": []}]
)
def test_bad_numbers(theory, bad):
    order = 1 if theory in HIGHEST else None
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
        curve(theory, order, **bad)


@pytest.mark.parametrize("theory", [*THEORIES, "auto"])
def test_target_beyond_the_spectrum(theory):
    order = 1 if theory in HIGHEST else None
    with pytest.raises(ValueError, match=r"target must have its power at degrees .* 0 to 1 \(got degree 2\)"):
        learning_curve(SPHERE, Target({2: 1.0}), [10], ridge=0.1, theory=theory, order=order)


@pytest.mark.parametrize("theory", [*THEORIES, "auto"])
def test_references(theory):
    """Every curve names its papers."""
    found = curve(theory, 1 if theory in HIGHEST else None)
    assert any("Cohen" in text for text in found.references)
