"""Many learning curves in one call: each is that of its spectrum and ridge."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft

COLUMNS = (
    "error",
    "error_bar",
    "bias",
    "variance",
    "effective_ridge",
    "posterior_variance",
    "label_noise_gain",
    "training_error",
)
ON_SPHERES = [
    ft.FullyConnected(layers, "relu", 2.0, bias).ntk().spectrum(dim, max_degree=degree)
    for layers, bias, dim, degree in ((1, 0.1, 12, 5), (2, 0.0, 12, 5), (4, 0.3, 12, 5), (3, 0.1, 5, 20))
]
FINITE = ft.Spectrum.from_arrays([1.0, 0.3, 0.05], [1, 5, 14], dim=5)  # a divergence at n = 20
STEEP = ft.Spectrum.from_arrays([1.0, 1e-3, 1e-6, 1e-9, 0.0], [1, 3, 5, 7, 9], tail=1e-9, dim=3)
PLAIN = ft.Spectrum.from_arrays([1.0, 0.5, 0.25, 0.1], [1, 2, 3, 10], tail=0.1)
TARGET = ft.Target({1: 1.0, 2: 0.5})
UNRESOLVED = ft.Target.from_function(np.exp, 12, max_degree=2)
THEORIES = [("auto", None), ("self-consistent", None), ("loop-expansion", 0), ("loop-expansion", 1)]


def assert_each_is_its_own(spectra, target, n, ridges, **options):
    """error[i, j], ..., converged and warnings are those of learning_curve(spectra[i], ..., ridges[j])"""
    with warnings.catch_warnings(record=True) as together:
        warnings.simplefilter("always")
        found = ft.learning_curves(spectra, target, n, ridges, **options)
    assert found.error.shape == (len(spectra), len(ridges), len(n))
    references, said_once = set(), set()
    for i, spectrum in enumerate(spectra):
        for j, ridge in enumerate(ridges):
            with warnings.catch_warnings(record=True) as single:
                warnings.simplefilter("always")
                curve = ft.learning_curve(spectrum, target, n, ridge, **options)
            for name in COLUMNS:
                here, there = getattr(found, name), getattr(curve, name)
                if there is None:
                    assert here is None
                    continue
                np.testing.assert_allclose(here[i, j], there, rtol=1e-12, atol=1e-300, err_msg=name)
            np.testing.assert_array_equal(found.converged[i, j], curve.converged)
            assert [each.text for each in found.warnings if (i, j) in each.curves] == list(curve.warnings)
            references |= set(curve.references)
            said_once |= {str(each.message) for each in single}
    assert set(found.references) == references
    assert {str(each.message) for each in together} == said_once
    assert len(together) == len(said_once)
    return found


@given(
    st.lists(st.sampled_from([*ON_SPHERES, FINITE, STEEP, PLAIN]), min_size=1, max_size=4),
    st.sampled_from([TARGET, UNRESOLVED, ft.Target({0: 0.1, 2: 1.0})]),
    st.lists(st.floats(0.5, 2000.0), min_size=1, max_size=5),
    st.lists(st.floats(1e-8, 10.0), min_size=1, max_size=3),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from(THEORIES),
    st.booleans(),
)
@settings(max_examples=80)
def test_each_curve_is_its_own(spectra, target, n, ridges, label_noise, theory, error_bar):
    """Whatever the spectra, bars, few points, first orders that make no sense and warnings included"""
    name, order = theory
    if order == 1:
        spectra = [each for each in spectra if each.dim is not None] or [STEEP]
    options = {"theory": name, "order": order, "label_noise": label_noise, "error_bar": error_bar}
    assert_each_is_its_own(spectra, target, n, ridges, **options)


@pytest.mark.parametrize("theory", THEORIES)
@pytest.mark.parametrize("error_bar", [True, False])
def test_poisson_numbers_of_points(theory, error_bar):
    """With bars rare small training sets count, curve by curve"""
    name, order = theory
    options = {"theory": name, "order": order, "ensemble": "poisson", "error_bar": error_bar}
    assert_each_is_its_own([ON_SPHERES[0], FINITE], TARGET, [3.0, 40.0], [1e-3, 0.5], **options)


@pytest.mark.parametrize(
    ("theory", "order"),
    [("one-loop", None), ("perturbative", 2), ("skeleton", 2), ("equivalent-kernel", None)],
)
def test_other_theories(theory, order):
    """What has no batch of its own is computed curve by curve"""
    assert_each_is_its_own(ON_SPHERES[:2], TARGET, [10.0, 100.0], [0.1, 1.0], theory=theory, order=order)


def test_where_the_first_order_makes_no_sense():
    """Twenty modes, next to no ridge: self-consistent numbers at n = 20, and it is said of this curve"""
    n = np.arange(3.0, 40.0)
    found = assert_each_is_its_own([FINITE, ON_SPHERES[0]], TARGET, n, [1e-12, 1.0])
    assert not found.converged[0, 0].all()
    assert found.converged[1].all()
    (nonsense,) = [each for each in found.warnings if "makes no sense" in each.text]
    assert nonsense.curves == ((0, 0),)


def test_target_power_where_a_kernel_vanishes():
    """It is noise, which is said of every curve of this kernel, and once aloud"""
    odd = ft.FullyConnected(1, "relu").nngp().spectrum(12, max_degree=5)
    found = assert_each_is_its_own([ON_SPHERES[0], odd], ft.Target({1: 1.0, 3: 0.5}), [10.0], [0.1, 1.0])
    assert found.warnings[0].curves == ((1, 0), (1, 1))
    assert "unlearnable" in found.warnings[0].text


def test_more_curves_than_are_taken_at_once():
    """2e5 points in pieces: places in the list do not mix"""
    networks = [ft.FullyConnected(2, "relu", 1 + place / 50, 0.1) for place in range(100)]
    spectra = ft.spectra(networks, 10, max_degree=8)
    n, ridges = np.geomspace(5, 1000, 200), np.geomspace(0.01, 10, 10)
    found = ft.learning_curves(spectra, TARGET, n, ridges)
    for i, j in ((0, 0), (31, 9), (33, 2), (99, 9)):
        curve = ft.learning_curve(spectra[i], TARGET, n, ridges[j])
        np.testing.assert_allclose(found.error[i, j], curve.error, rtol=1e-12)
        np.testing.assert_allclose(found.error_bar[i, j], curve.error_bar, rtol=1e-12)
        whole = found.curve(i, j)
        np.testing.assert_array_equal(whole.coefficients, curve.coefficients)
        np.testing.assert_allclose(whole.error, found.error[i, j], rtol=1e-12)


def test_a_curve_that_diverges_at_one_size():
    """Without ridge at N = 20 modes: the gain is infinite there, all else is as without that size."""
    found = ft.learning_curves([FINITE], TARGET, [10, 20, 40], [0.1, 0.0])
    others = ft.learning_curves([FINITE], TARGET, [10, 40], [0.1, 0.0])
    assert found.label_noise_gain[0, 1, 1] == np.inf
    assert found.converged[0, 1].tolist() == [True, False, True]
    assert np.isfinite(found.error[0, 0]).all()
    np.testing.assert_allclose(found.error[:, :, [0, 2]], others.error, rtol=1e-12)
    np.testing.assert_allclose(found.error_bar[:, :, [0, 2]], others.error_bar, rtol=1e-9)
    (said,) = (each for each in found.warnings if "n = 20 is the number of modes" in each.text)
    assert said.curves == ((0, 1),)


def test_refusals():
    with pytest.raises(ValueError, match="spectra must be a list of one or more"):
        ft.learning_curves(ON_SPHERES[0], TARGET, [10])
    with pytest.raises(ValueError, match="ridge must be a number or a flat list"):
        ft.learning_curves(ON_SPHERES, TARGET, [10], [[0.1]])
    with pytest.raises(ValueError, match="ridge must be finite and at least 0"):
        ft.learning_curves(ON_SPHERES, TARGET, [10], [0.1, -1.0])
    with pytest.raises(ValueError, match="degrees that the spectrum holds, 0 to 2"):
        ft.learning_curves([ON_SPHERES[0], FINITE], ft.Target({4: 1.0}), [10], 0.1)
    with pytest.raises(ValueError, match="order must be None"):
        ft.learning_curves(ON_SPHERES, TARGET, [10], 0.1, order=1)
    with pytest.raises(ValueError, match=r"ridge must be positive at n = 20, the number of modes"):
        ft.learning_curves([FINITE], TARGET, [20], [0.1, 0.0])
    with ft.budget(max_time=0.1), pytest.raises(ValueError, match="100 spectra, 1 ridge and 1000 sizes n"):
        ft.learning_curves([STEEP] * 100, TARGET, np.arange(1, 1001), 0.1)
    found = ft.learning_curves([STEEP], TARGET, [10], 0.1)
    with pytest.raises(ValueError, match="spectrum must be at most 0"):
        found.curve(1)
