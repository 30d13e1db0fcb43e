"""Moments behind an activation with cumulants weak and strong."""

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.moments.affine_layers import MeanCovariance
from fieldtheory.moments.propagation import gaussian_activation
from renormalization.moments.edgeworth import InputCumulants, corrected_moments
from renormalization.moments.pair_cumulants import pair_entries
from renormalization.moments.pair_series import series_corrections

PHI = ft.activation("gelu")
MEAN, COVARIANCE = np.array([0.3, -0.5]), np.array([[1.0, 0.3], [0.3, 0.6]])
INPUTS = MeanCovariance(MEAN, COVARIANCE)


def corrected(strength, second_order=True):
    """With cumulants that shrink as sums of more numbers do: kappa_3 ~ e, kappa_4 ~ e^2."""
    factors = np.array([[1.0, 0.4], [-0.3, 0.8]])
    third = strength * sum(np.einsum("a,b,c", row, row, row) for row in factors)
    fourth = strength**2 * sum(np.einsum("a,b,c,d", row, row, row, row) for row in factors)
    pairs = pair_entries(third, fourth)
    series = series_corrections(PHI.function, MEAN, COVARIANCE, pairs)
    gaussian = gaussian_activation(PHI, INPUTS)
    found = corrected_moments(
        PHI.function, gaussian, InputCumulants(*INPUTS, pairs=pairs), second_order=second_order
    )
    return gaussian, series, found


def test_weak_cumulants_have_the_series():
    """C = C_Gauss + kappa_3 + kappa_4 + kappa_3^2 - shift shift, but for the bound, which is of order 4."""
    errors = []
    for strength in (0.02, 0.04):
        gaussian, series, (found, removed) = corrected(strength)
        shift = series.means.sum(axis=0)
        exact = gaussian.covariance + series.products.sum(axis=0) - np.outer(shift, shift)
        errors.append(np.abs(found.covariance - exact).max())
        assert removed == 0
    assert np.log2(errors[1] / errors[0]) == pytest.approx(4, abs=0.5)


def test_strong_cumulants_are_bounded():
    """However large kappa_4 is, what second order adds is less than first order and a quarter of C."""
    gaussian, series, (found, _) = corrected(3000.0)
    _, _, (first, _) = corrected(3000.0, second_order=False)
    further = np.linalg.norm(series.products[1:].sum(axis=0))
    most = np.linalg.norm(series.products[0]) + np.linalg.norm(gaussian.covariance) / 4
    assert further > 10 * most
    share = most / (most + further)
    assert found.mean - first.mean == pytest.approx(share * series.means[1:].sum(axis=0), rel=1e-10)


@pytest.mark.parametrize("strength", [0.3, 5.0, 30.0])
def test_covariances_have_no_negative_eigenvalue(strength):
    """The nearest one that has none: what is removed is reported."""
    _, _, (found, removed) = corrected(strength)
    assert np.linalg.eigvalsh(found.covariance)[0] > -1e-12 * np.abs(found.covariance).max()
    assert removed >= 0


def test_gaussian_inputs_have_no_corrections():
    """Without cumulants the moments are the Gaussian ones."""
    gaussian = gaussian_activation(PHI, INPUTS)
    found, removed = corrected_moments(PHI.function, gaussian, InputCumulants(*INPUTS))
    assert found is gaussian
    assert removed == 0
