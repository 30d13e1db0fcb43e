"""Sampled posteriors against exact ones, other samplers and published rows; the chains behind them."""

import json
from pathlib import Path

import numpy as np
import pytest

import fieldtheory as ft

DATA = json.loads((Path(__file__).parents[1] / "data/finite_width.json").read_text(encoding="utf-8"))
ROWS = {each["id"]: each for each in DATA["rows"]}
RNG = np.random.default_rng(0)
X, Y, X_TEST = RNG.normal(size=(4, 3)), RNG.normal(size=4), RNG.normal(size=(2, 3))
FEW = {"chains": 2, "sweeps": 120, "burn_in": 30}


def net(**changes):
    return ft.FullyConnected(1, **({"activation": "erf", "width": 8, "input_scale": 1 / 3} | changes))


def near(found, expected, stderr, at_most=4.0):
    """Every deviation within so many standard errors, and most of them within two"""
    z = np.abs(np.asarray(found) - expected) / stderr
    assert z.max() < at_most
    assert np.mean(z < 2) > 0.75


@pytest.mark.parametrize("name", [name for name in ROWS if name.startswith("adaptive")])
def test_published_rows(name):
    """Mean and kernels within 4 standard errors of both samplers; R-hat below 1.01."""
    row = ROWS[name]
    given, data = row["parameters"], DATA["data"][row["data"]]
    x, y = np.array(data["X"]), np.array(data.get("Y", data.get("y")), dtype=float)
    network = ft.FullyConnected(
        len(given.get("widths", [1])),
        given["activation"],
        weight_variance=given["g_w"],
        input_scale=1 / x.shape[1],
        width=given.get("n", given.get("widths")),
        readout_variance=given["g_a"],
        feature_strength=given["chi"],
    )
    p = len(y)
    found = ft.sample_posterior(network, x[:p], y, x[p:], given["kappa_0"], sweeps=4000, burn_in=1000)
    assert found.r_hat < 1.01
    assert not found.warnings
    reference, error = row["reference"], row["stderr"]
    shape = found.mean.shape
    near(
        found.mean,
        np.reshape(reference["f"], shape),
        np.hypot(found.mean_stderr, np.reshape(error["f"], shape)),
    )
    lower = np.tril_indices(len(x))
    kernels = [(found.kernel, "kernel")]
    if "hidden_kernel" in reference:
        kernels.append((found.hidden_kernels[0], "hidden_kernel"))
    for kernel, key in kernels:
        # 36 entries, whose errors in the rows are of 8 chains
        deviation = (kernel - reference[key])[lower]
        assert np.abs(deviation).max() < 6 * np.hypot(found.kernel_stderr, error[key])[lower].max()
    if "variance" in reference:
        np.testing.assert_allclose(found.variance, np.reshape(reference["variance"], shape), rtol=0.06)
