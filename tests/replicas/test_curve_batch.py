"""Many curves in one call: each is the self-consistent curve of its network."""

import numpy as np
import pytest

import fieldtheory as ft
from replicas.saddle_point.curve_batch import curve_batch

TARGET = ft.Target({1: 1.0, 2: 0.5})
SPECTRA = [
    ft.FullyConnected(depth, "relu", 2.0, bias).ntk().spectrum(dim=12, max_degree=degree)
    for depth, bias, degree in ((1, 0.1, 5), (2, 0.0, 8), (4, 0.3, 6))
]


@pytest.mark.parametrize("label_noise", [0.0, 0.3])
def test_each_curve_is_its_own(label_noise: float) -> None:
    n, ridges = np.geomspace(2, 5000, 40), [0.0, 0.1, 2.0]
    found = curve_batch(SPECTRA, TARGET, n, ridges, label_noise)
    for place, (spectrum, ridge) in enumerate(zip(SPECTRA, ridges, strict=True)):
        curve = ft.learning_curve(
            spectrum, TARGET, n, ridge=ridge, label_noise=label_noise, theory="self-consistent"
        )
        np.testing.assert_allclose(found.error[place], curve.error, rtol=1e-12)
        np.testing.assert_allclose(found.kappa[place], curve.effective_ridge, rtol=1e-12)


def test_target_power_of_unknown_degree() -> None:
    target = ft.Target.from_function(np.exp, 12, max_degree=3)
    (found,) = curve_batch(SPECTRA[:1], target, [50], 0.1).error
    curve = ft.learning_curve(SPECTRA[0], target, [50], ridge=0.1, theory="self-consistent")
    assert found == pytest.approx(curve.error, rel=1e-12)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="spectra must be a list of one or more"):
        curve_batch([], TARGET, [10])
    with pytest.raises(ValueError, match="n must be finite and positive"):
        curve_batch(SPECTRA, TARGET, [0])
    with pytest.raises(ValueError, match="ridge"):
        curve_batch(SPECTRA, TARGET, [10], [0.1, -1.0, 0.1])
    with pytest.raises(ValueError, match="degrees that every spectrum holds, here 0 to 5"):
        curve_batch(SPECTRA, ft.Target({7: 1.0}), [10])
    finite = ft.Spectrum.from_arrays([1.0, 0.5, 0.25], [1, 5, 14], dim=5)
    with pytest.raises(ValueError, match="number of modes of spectrum 0"):
        curve_batch([finite], TARGET, [20])
