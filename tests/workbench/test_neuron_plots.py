"""Pictures of a neuron: the artists hold the numbers of the scan."""

from pathlib import Path

import numpy as np
import pytest

import fieldtheory as ft
from renormalization import SingleNeuron


def test_law_along_a_scan(tmp_path: Path) -> None:
    """Points are the maxima, in colour is the law of |u|, names and dashed lines are the phases."""
    scan = SingleNeuron(60, 4.0, 1.0, -0.3).scan([5, 15, 30, 60, 120, 240])
    axes = scan.plot()
    drawn = [tuple(point) for line in axes.lines for point in line.get_xydata() if line.get_marker() == "o"]
    assert drawn == [(state.strength, u) for state in scan.states for u in state.maxima]
    assert [text.get_text() for text in axes.texts] == ["unimodal", "droplet", "mixed"]
    edges = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"]
    assert 15 < edges[0] < 30
    assert 120 < edges[1] < 240
    colours = axes.collections[0].get_array()
    assert colours.shape == (400, 6)
    assert np.allclose(colours.max(axis=0), 0, atol=1e-2)
    ft.plot.save_figure(axes.figure, tmp_path / "neuron.png")
    assert (tmp_path / "neuron.png").stat().st_size > 10000


def test_one_strength() -> None:
    with pytest.raises(ValueError, match="scan must have at least 2"):
        SingleNeuron(20, 4.0, 1.0, 0.1).scan([1.0]).plot()
