"""Pictures of the flow in depth: the artists hold the numbers of the results."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import fieldtheory as ft
from renormalization import DepthFlow, phase_diagram


def test_phase_diagram(tmp_path: Path) -> None:
    """Colours are the correlation depth; the white line is chi_1 = 1, where the critical point says."""
    weights, biases = np.linspace(0.5, 3.0, 26), np.linspace(0.01, 0.3, 16)
    axes = ft.plot.phase_diagram(phase_diagram("erf", weights, biases))
    assert {text.get_text() for text in axes.texts} == {"ordered", "chaotic"}
    paths = [path for each in axes.collections for path in each.get_paths() if len(path.vertices) > 20]
    line = max((path.vertices for path in paths), key=len)
    for bias in (0.05, 0.2):
        weight = DepthFlow.critical_point("erf", bias_variance=bias).weight_variance
        assert np.interp(bias, *line[line[:, 1].argsort()].T[::-1]) == pytest.approx(weight, abs=0.01)
    assert isinstance(axes.figure, Figure)
    ft.plot.save_figure(axes.figure, tmp_path / "phases.png")
    assert (tmp_path / "phases.png").stat().st_size > 10000


def test_unbounded_variance_is_named() -> None:
    """relu beyond weight variance 2."""
    axes = ft.plot.phase_diagram(phase_diagram("relu", np.linspace(1, 3, 9), np.linspace(0, 0.2, 5)))
    assert {text.get_text() for text in axes.texts} == {"ordered", "variance unbounded"}
    assert axes.get_title() == "relu; dashed: edge of finite variance"


def test_jump_is_not_called_critical() -> None:
    """gelu at small bias: the variance runs away where chi_1 is below 1; no line where chi_1 is not 1."""
    axes = ft.plot.phase_diagram(phase_diagram("gelu", np.linspace(1.5, 2.6, 23), np.linspace(0, 0.1, 5)))
    assert "critical" not in axes.get_title()
    assert "edge of finite variance" in axes.get_title()


def test_finite_width() -> None:
    """Relative variance and shift against the layer, of one and of two inputs."""
    flow = DepthFlow("tanh", 1.0)
    for start in (1.0, np.array([[1.0, 0.5], [0.5, 1.0]])):
        found = flow.finite_width(5, 50, start)
        variance, shift = ft.plot.finite_width(found).get_lines()[:2]
        np.testing.assert_array_equal(np.asarray(variance.get_ydata()), found.coupling)
        assert np.asarray(shift.get_ydata())[-1] < 0


def test_the_legend_of_finite_width_is_above_the_curves() -> None:
    axes = ft.plot.finite_width(DepthFlow("tanh", 1.5, 0.05).finite_width(20, 100))
    assert isinstance(axes.figure, Figure)
    axes.figure.draw_without_rendering()
    legend = axes.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    assert box.y0 >= axes.get_window_extent().y1 - 1
    assert box.y1 <= axes.figure.bbox.y1
    assert legend.get_title().get_text() == "tanh, width n = 100"


def test_refuses_a_line() -> None:
    with pytest.raises(ValueError, match="diagram must be a grid of at least 2 x 2"):
        ft.plot.phase_diagram(phase_diagram("erf", [1.0], [0.1, 0.2]))


def test_tangent_kernel() -> None:
    """Relative variance, shift and drift of the first of one and of two inputs, for widths that differ."""
    flow, widths = DepthFlow("tanh", 1.5), np.array([50, 40, 60])
    for start in (1.0, np.array([[1.0, 0.5], [0.5, 1.0]])):
        found = flow.tangent_kernel(3, widths, start)
        variance, shift, drift = ft.plot.tangent_kernel(found).get_lines()[:3]
        one = flow.tangent_kernel(3, widths)
        expected = one.variance / (widths * one.kernel**2)
        np.testing.assert_allclose(np.asarray(variance.get_ydata()), expected, rtol=1e-8)
        expected = one.shift / (widths * one.kernel)
        np.testing.assert_allclose(np.asarray(shift.get_ydata()), expected, rtol=1e-7, atol=1e-12)
        expected = one.drift / (widths * one.kernel * one.metric)
        np.testing.assert_allclose(np.asarray(drift.get_ydata()), expected, rtol=1e-8)
