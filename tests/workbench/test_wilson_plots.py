"""Pictures of the Wilsonian flow hold the numbers of the flow."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer

import fieldtheory as ft
from renormalization import WilsonFlow

KERNEL = ft.FullyConnected(2, weight_variance=2.0).ntk()
SPECTRUM = KERNEL.spectrum(6, 10)
TARGET = ft.Target({1: 1.0, 2: 0.5})


def test_flow_has_ridge_noise_and_factor() -> None:
    """A line for every n in each panel, the naive sum in the first, horizons marked on the lines."""
    flow = WilsonFlow(SPECTRUM, [20, 200], 0.01, 0.05, TARGET)
    figure = ft.plot.wilson_flow(flow, max_cutoff=8)
    ridge, noise, factor = (
        [line.get_ydata() for line in axes.get_lines() if len(line.get_ydata()) > 1] for axes in figure.axes
    )
    couplings = flow.at(np.arange(9))
    np.testing.assert_array_equal(ridge[0], couplings.ridge_naive[0])
    np.testing.assert_array_equal(ridge[1:], couplings.ridge)
    np.testing.assert_array_equal(noise, couplings.label_noise)
    np.testing.assert_allclose(factor, couplings.factor - 1, rtol=1e-12)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][:3] == ["naive sum", "$N$ = 20", "$N$ = 200"]
    marked = [line.get_xdata()[0] for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 1]
    assert marked == flow.horizon().tolist()
    with pytest.raises(ValueError, match="cutoff must be between 0 and 10"):
        ft.plot.wilson_flow(flow, max_cutoff=11)


def test_flow_without_target_or_label_noise(tmp_path: Path) -> None:
    """Nothing to show on a logarithmic axis is no error; one n works as well."""
    figure = ft.plot.wilson_flow(WilsonFlow(SPECTRUM, 50, 0.0))
    assert [axes.get_ylabel().split("$")[0] for axes in figure.axes] == ["running ridge ", "running factor "]
    ft.plot.save_figure(figure, tmp_path / "flow.svg")
    assert (tmp_path / "flow.svg").stat().st_size > 1000


def test_many_sizes_have_colours_of_their_own() -> None:
    figure = ft.plot.wilson_flow(WilsonFlow(SPECTRUM, np.geomspace(10, 1000, 12), 0.1))
    lines = [line for line in figure.axes[0].get_lines()[1:] if len(line.get_xdata()) > 1]
    assert len({tuple(np.atleast_1d(line.get_color())) for line in lines}) == 12


def test_compression_shows_both_curves(tmp_path: Path) -> None:
    """Theory as lines, simulation as points: they agree within 4 standard errors and 5 %."""
    sizes = [30, 90]
    flow = WilsonFlow(SPECTRUM, sizes, 0.05, 0.05, TARGET)
    full = ft.simulate(KERNEL, 6, TARGET, sizes, ridge=0.05, label_noise=0.05, repeats=12)
    compressed = []
    for n in sizes:
        kernel, ridge = WilsonFlow(SPECTRUM, n, 0.05).truncated_kernel(2)
        compressed.append(ft.simulate(kernel, 6, TARGET, n, ridge=ridge, label_noise=0.05, repeats=12))
    figure = ft.plot.compression(flow, 2, [full], compressed)
    (axes,) = figure.axes
    bars = [each for each in axes.containers if isinstance(each, ErrorbarContainer)]
    lines = [flow.error, flow.truncated_error(2)]
    for found, error, simulations in zip(bars, lines, ([full], compressed), strict=True):
        points = found.lines[0].get_ydata()
        stderr = np.concatenate([each.error_stderr for each in simulations])
        np.testing.assert_array_equal(points, np.concatenate([each.error for each in simulations]))
        assert (np.abs(points - error) < 4 * stderr + 0.05 * error).all()
    ft.plot.save_figure(figure, tmp_path / "compression.svg")
    with pytest.raises(ValueError, match="flow must have a target"):
        ft.plot.compression(WilsonFlow(SPECTRUM, 50, 0.1), 2)
