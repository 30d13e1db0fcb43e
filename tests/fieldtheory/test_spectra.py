"""Many spectra in one call: each is that of its network."""

import warnings

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft

EDGE = 1e-7  # of the bias variance, where the left cut begins next to -1
NETWORKS = st.builds(
    ft.FullyConnected,
    st.integers(0, 6),
    st.sampled_from(["relu", "relu", "relu", "erf"]),
    st.floats(0.3, 3.0),
    st.sampled_from([0.0, EDGE, 1e-3, 0.1, 0.3, 0.6, 2.0]),
    st.sampled_from([1.0, 0.1, 2.0]),
)


def assert_equal(found, expected):
    """Numbers to 1e-12, error estimates and tails (relative to the trace) included."""
    assert found.dim == expected.dim
    assert found.exact_multiplicities == expected.exact_multiplicities
    for name in ("eigenvalues", "multiplicities", "degree_traces", "tail_eigenvalue"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(found.log_eigenvalues, expected.log_eigenvalues, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.relative_error, expected.relative_error, rtol=0, atol=1e-12)
    assert found.tail == pytest.approx(expected.tail, rel=1e-12, abs=1e-13 * expected.trace)


@given(
    st.lists(NETWORKS, min_size=1, max_size=6),
    st.sampled_from([2, 3, 5, 20, 150]),
    st.sampled_from(["ntk", "nngp"]),
    st.integers(0, 30),
)
@settings(max_examples=60)
def test_each_spectrum_is_that_of_its_network(networks, dim, kernel, max_degree):
    """spectra([..., f, ...], d) = [..., f.ntk().spectrum(d), ...], in the order of the networks"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # both say what is known to few digits
        found = ft.spectra(networks, dim, kernel, max_degree)
        assert len(found) == len(networks)
        for network, spectrum in zip(networks, found, strict=True):
            assert_equal(spectrum, getattr(network, kernel)().spectrum(dim, max_degree))


@pytest.mark.parametrize("layers", [1, 3])
def test_one_weight_variance_a_layer(layers):
    """All the same: a list of them is the one that they are"""
    (found,) = ft.spectra([ft.FullyConnected(layers, "relu", [1.7] * layers, 0.2)], 6)
    (one,) = ft.spectra([ft.FullyConnected(layers, "relu", 1.7, 0.2)], 6)
    assert_equal(found, one)


@pytest.mark.parametrize("bias", [0.0, 0.02, 0.3, 0.8, 3.0])
def test_more_networks_than_are_held_at_once(bias):
    """Of 150 networks on one contour each keeps its own spectrum; the default of max_degree is shared"""
    networks = [ft.FullyConnected(3, "relu", 1 + place / 100, bias) for place in range(150)]
    found = ft.spectra(networks, 30)
    for place in (0, 63, 64, 149):
        assert_equal(found[place], networks[place].ntk().spectrum(30))


def test_lost_digits_are_said():
    """What `spectrum` warns of, `spectra` warns of"""
    networks = [ft.FullyConnected(2, "relu", 2.0), ft.FullyConnected(1, "relu", 1.0, 1e-9)]
    with warnings.catch_warnings(record=True) as single:
        warnings.simplefilter("always")
        networks[1].nngp().spectrum(4, 60)
    with warnings.catch_warnings(record=True) as together:
        warnings.simplefilter("always")
        ft.spectra(networks, 4, "nngp", 60)
    assert single
    assert [str(each.message) for each in together] == [str(each.message) for each in single]


def test_refusals():
    deep = ft.FullyConnected(3)
    with pytest.raises(ValueError, match="networks must be a list of one or more FullyConnected"):
        ft.spectra([], 5)
    with pytest.raises(ValueError, match="networks must be a list"):
        ft.spectra(deep, 5)
    with pytest.raises(ValueError, match="kernel must be one of 'ntk', 'nngp'"):
        ft.spectra([deep], 5, "tangent")
    with pytest.raises(ValueError, match="must be numbers to evaluate a kernel"):
        ft.spectra([deep, ft.FullyConnected(3, "relu", sympy.Symbol("w"))], 5)
    with pytest.raises(ValueError, match=r"leave K\(1\) in the float range"):
        ft.spectra([deep, ft.FullyConnected(30, "relu", 1e100)], 5)
    with ft.budget(max_time=0.1), pytest.raises(ValueError, match="10000 networks and .* would take"):
        ft.spectra([deep] * 10000, 5)
