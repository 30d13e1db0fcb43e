"""Test errors along width, feature strength and number of points: `posterior_mean` at each, as a table."""

import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench.records import json_text

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(6, 4)), RNG.normal(size=6)
X_TEST, Y_TEST = RNG.normal(size=(3, 4)), RNG.normal(size=3)
NET = ft.FullyConnected(1, "erf", weight_variance=2.0, input_scale=0.25, width=12)
FEW = {"nodes": 2**8, "scrambles": 2}


def curve(**changes):
    return ft.width_curve(
        **({"net": NET, "X": X, "y": Y, "X_test": X_TEST, "y_test": Y_TEST} | FEW | changes)
    )


def test_widths():
    """Errors are mean squares of what `posterior_mean` misses; along widths they approach the NNGP's"""
    found = curve(widths=[8, 10**6], theory=["tree", "one-loop"])
    assert (found.along, found.theories) == ("width", ("tree", "one-loop"))
    for row, theory in enumerate(found.theories):
        for place, width in enumerate([8, 10**6]):
            net = ft.FullyConnected(1, "erf", weight_variance=2.0, input_scale=0.25, width=width)
            direct = ft.posterior_mean(net, X, Y, X_TEST, theory=theory, **FEW)
            assert found.error[row, place] == pytest.approx(np.mean((direct.test - Y_TEST) ** 2), rel=1e-12)
            kernel = direct.kernel[:6, :6]
            aligned = Y @ kernel @ Y / (Y @ Y * np.sqrt(np.sum(kernel**2)))
            assert found.alignment[row, place] == pytest.approx(aligned, rel=1e-12)
    infinite = ft.posterior_mean(NET, X, Y, X_TEST, theory="nngp", error_bar=False)
    expected = np.mean((infinite.test - Y_TEST) ** 2)
    assert found.error[:, 1] == pytest.approx(expected, rel=2e-2)  # to the error of the nodes
    assert not found.error_stderr.any()


def test_feature_strengths_align_the_kernel():
    """Of the exact posterior of a linear network: the kernel turns to y as chi rises, in every net"""
    linear = ft.FullyConnected(1, "linear", input_scale=0.25, width=30)
    found = curve(net=linear, feature_strengths=[1.0, 30.0], theory="exact")
    assert found.alignment[0, 1] > found.alignment[0, 0]


def test_training_sizes():
    """Nested subsets of the points, in orders drawn from the seed: all of them whatever the order"""
    found = curve(train_sizes=[2, 6], theory="tree", repeats=4)
    assert found.repeats == 4
    assert found.error_stderr[0, 0] > 0
    assert found.error_stderr[0, 1] == pytest.approx(0, abs=1e-12)
    whole = ft.posterior_mean(NET, X, Y, X_TEST, theory="tree", **FEW)
    assert found.error[0, 1] == pytest.approx(np.mean((whole.test - Y_TEST) ** 2), rel=1e-10)
    again = curve(train_sizes=[2, 6], theory="tree", repeats=4)
    np.testing.assert_array_equal(found.error, again.error)


def test_sampling_beside_theory():
    """A linear network: sampling agrees with the exact posterior to its bar"""
    linear = ft.FullyConnected(1, "linear", input_scale=0.25, width=10)
    found = curve(net=linear, widths=[10], theory="exact", sample=4000)
    assert found.theories == ("exact", "sampling")
    assert abs(found.error[1, 0] - found.error[0, 0]) <= 4 * found.error_bar[1, 0]
    assert found.alignment[1, 0] == pytest.approx(found.alignment[0, 0], abs=0.02)


def test_table_and_picture(tmp_path):
    found = curve(widths=[8, 16], theory=["one-loop", "tree"])
    found.to_csv(tmp_path / "curve.csv")
    with open(tmp_path / "curve.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["width"], row["theory"]) for row in rows] == [
        ("8.0", "one-loop"),
        ("8.0", "tree"),
        ("16.0", "one-loop"),
        ("16.0", "tree"),
    ]
    assert float(rows[3]["error"]) == found.error[1, 1]
    assert json.loads(json_text(found.to_dict()))["error"] == found.error.tolist()
    assert found.plot().axes[0].get_ylabel() == "test error"
    assert str(found) == "WidthCurve(one-loop, tree; width = 8 ... 16 (2))"
    assert ft.cite(found)


REFUSED = [
    ({}, "one of widths, feature_strengths, train_sizes must be given \\(got none"),
    ({"widths": [8], "train_sizes": [2]}, "one of widths, feature_strengths, train_sizes must be given"),
    ({"widths": []}, "widths must be a list of one or more numbers"),
    ({"widths": [0]}, "widths must be at least 1"),
    ({"train_sizes": [7]}, "train_sizes must be at most 6"),
    ({"feature_strengths": [-1.0]}, "feature_strength must be"),
    ({"widths": [8], "repeats": 2}, "repeats must be 1 along widths"),
    ({"widths": [8], "theory": "no such"}, "theory must be one of"),
    ({"widths": [8], "theory": ["tree", "tree"]}, "theory must be one or several different names"),
    ({"widths": [8], "y_test": Y}, "y_test must have labels of the 3 points"),
    ({"widths": [8], "net": "net"}, "net must be a FullyConnected"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_refusals(changes, said):
    with pytest.raises(ValueError, match=said):
        curve(**changes)
