"""Double descent: the linear kernel without ridge, label noise, around as many points as dimensions."""

import json

import numpy as np
import pytest

import fieldtheory as ft
import replicas
from fieldtheory.workbench.records import json_text

DIM = 20
LINEAR = ft.Spectrum.from_arrays([0.0, 1 / DIM], [1, DIM], dim=DIM)


def curve(n, **options):
    return ft.learning_curve(LINEAR, ft.Target({1: 1.0}), n, label_noise=0.3, **options)


def gain_of_noise(n):
    """W: N(d−2)/(d(d−N−1)) below d; above, Tr (XᵀX)⁻¹/d of random points, whose rows are unit vectors."""
    if n < DIM:
        return n * (DIM - 2) / (DIM * (DIM - n - 1)), 0.0
    rng, found = np.random.default_rng(n), []
    for _ in range(4000):
        points = rng.normal(size=(n, DIM))
        points /= np.linalg.norm(points, axis=1)[:, None]
        found.append(np.trace(np.linalg.inv(points.T @ points)) / DIM)
    return np.mean(found), np.std(found) / np.sqrt(len(found))


@pytest.mark.parametrize("n", [2, 5, 10, 13, 30, 60, 200])
def test_gain_and_error(n):
    """W and E = (1 − N/d)₊ + τ² W within the bars of the theory."""
    gain, stderr = gain_of_noise(n)
    found = curve(n)
    assert abs(found.label_noise_gain[0] - gain) <= found.label_noise_gain_bar[0] + 3 * stderr
    exact = max(0.0, 1 - n / DIM) + 0.3 * gain
    assert abs(found.error[0] - exact) <= found.error_bar[0] + 3 * 0.3 * stderr
    assert found.error_bar[0] < 0.5 * exact


@pytest.mark.parametrize("theory", ["auto", *sorted(replicas.THEORIES)])
def test_a_list_with_the_peak(theory):
    """inf at N = d, where the mean is infinite, and every other size as without it."""
    options = {"theory": theory}
    if theory in ("skeleton", "loop-expansion"):
        options["order"] = 1
    if theory == "perturbative":  # has nothing to say without a ridge
        with pytest.raises(ValueError, match="ridge must be positive for theory"):
            curve([10, 20, 40], theory=theory, order=1)
        return
    found, others = curve([10, 20, 40], **options), curve([10, 40], **options)
    assert found.error[1] == found.error_bar[1] == found.label_noise_gain[1] == np.inf
    assert not found.converged[1]
    np.testing.assert_array_equal(found.error[[0, 2]], others.error)
    np.testing.assert_array_equal(found.error_bar[[0, 2]], others.error_bar)
    assert "n = 20 is the number of modes of the kernel" in found.warnings[-1]
    assert not np.isnan(found.error_by_degree).any()


def test_the_peak_in_files_and_pictures(tmp_path):
    """inf is null in JSON, inf in CSV, and left out of pictures."""
    found = curve([10, 20, 40])
    assert json.loads(json_text(found.to_dict()))["error"][1] is None
    found.to_csv(tmp_path / "curve.csv")
    assert (tmp_path / "curve.csv").read_text().splitlines()[2].startswith("20.0,inf,")
    axes = found.plot()
    axes.figure.canvas.draw()
    assert np.isfinite(axes.get_ylim()).all()
