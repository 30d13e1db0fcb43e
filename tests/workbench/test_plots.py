"""Pictures: the artists hold the numbers of the results, and files are the same each time."""

import dataclasses
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.figure import Figure
from matplotlib.image import imread

import fieldtheory as ft
from fieldtheory.workbench.plots.deviations import deviation
from fieldtheory.workbench.plots.style import COLOURS

TARGET = ft.Target({1: 1.0, 2: 1.0})
SIZES = [10, 20, 40, 80]


@pytest.fixture(scope="module")
def curves() -> list[ft.LearningCurve]:
    spectrum = ft.FullyConnected(2, weight_variance=2.0).ntk().spectrum(10)
    return [
        ft.learning_curve(spectrum, TARGET, SIZES, ridge=0.1, theory=theory)
        for theory in ("self-consistent", "equivalent-kernel")
    ]


@pytest.fixture(scope="module")
def simulation() -> ft.Simulation:
    kernel = ft.FullyConnected(2, weight_variance=2.0).ntk()
    return ft.simulate(kernel, 10, TARGET, SIZES[::2], ridge=0.1, repeats=4)


def test_curve_has_line_and_band(curves: list[ft.LearningCurve]) -> None:
    """The line is `error`, the band spans error ± error_bar; log-log; labelled."""
    curve = curves[0]
    axes = curve.plot(color="red", label="mine")
    (line,) = axes.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), np.stack([curve.n, curve.error], axis=1))
    assert (line.get_color(), line.get_label()) == ("red", "mine")
    assert ft.plot.error_curve(curve).get_lines()[0].get_label() == "self-consistent"
    (band,) = axes.collections
    assert isinstance(band, FillBetweenPolyCollection)
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    for n, error, bar in zip(curve.n, curve.error, curve.error_bar, strict=True):
        assert {(n, error - bar), (n, error + bar)} <= corners
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert "$N$" in axes.get_xlabel()
    assert "error" in axes.get_ylabel()


def test_label_has_the_order(curves: list[ft.LearningCurve]) -> None:
    second = dataclasses.replace(curves[0], theory="skeleton", order=2)
    assert ft.plot.error_curve(second).get_lines()[0].get_label() == "skeleton, order 2"
    labels = [text.get_text() for text in ft.plot.comparison([second, *curves]).legends[0].get_texts()]
    assert labels[0] == "skeleton, order 2"
    assert "bias² (skeleton, order 2)" in labels


def test_no_line_where_there_is_no_solution(
    curves: list[ft.LearningCurve], simulation: ft.Simulation, tmp_path: Path
) -> None:
    """Open circles there; a solution between two such sizes is still seen, as a point."""
    solved = np.array([False, False, True, False])
    curve = dataclasses.replace(curves[0], converged=solved)
    line, circles = ft.plot.error_curve(curve).get_lines()
    np.testing.assert_array_equal(line.get_ydata(), np.where(solved, curve.error, np.nan))
    assert (line.get_marker(), line.get_markevery()) == (".", [2])
    np.testing.assert_array_equal(circles.get_ydata(), curve.error[~solved])
    assert circles.get_markerfacecolor() == "none"
    figure = ft.plot.comparison([curve, curves[1]], simulation)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert circles.get_label() in labels
    bias = next(line for line in figure.axes[0].get_lines() if str(line.get_label()).startswith("bias"))
    np.testing.assert_array_equal(bias.get_ydata(), np.where(solved, curve.bias, np.nan))
    circles = next(line for line in figure.axes[1].get_lines() if line.get_markerfacecolor() == "none")
    np.testing.assert_array_equal(circles.get_xdata(), [10])
    ft.plot.save_figure(figure, tmp_path / "unsolved.png")


def test_curve_is_drawn_into_given_axes_in_order_of_n(curves: list[ft.LearningCurve]) -> None:
    curve = curves[0]
    arrays = {field.name: getattr(curve, field.name) for field in dataclasses.fields(curve)}
    backwards = {name: value[::-1] for name, value in arrays.items() if isinstance(value, np.ndarray)}
    axes = Figure().subplots()
    assert ft.plot.error_curve(dataclasses.replace(curve, **backwards), axes) is axes
    np.testing.assert_array_equal(axes.get_lines()[0].get_xdata(), SIZES)


def test_band_wider_than_the_error_stays_drawable(curves: list[ft.LearningCurve], tmp_path: Path) -> None:
    wide = dataclasses.replace(curves[0], error_bar=3 * curves[0].error)
    figure = ft.plot.comparison([wide])
    lowest, highest = figure.axes[0].get_ylim()
    assert lowest > 1e-4
    assert highest < 10
    vertices = figure.axes[0].collections[0].get_paths()[0].vertices
    assert np.isfinite(vertices).all()
    assert (vertices[:, 1] > 0).all()
    ft.plot.save_figure(figure, tmp_path / "wide.png")


def test_simulation_has_points_and_error_bars(simulation: ft.Simulation) -> None:
    axes = ft.plot.simulated_curve(simulation)
    (container,) = axes.containers
    points, _, (bars,) = container
    np.testing.assert_array_equal(points.get_ydata(), simulation.error)
    for segment, error, stderr in zip(
        bars.get_segments(), simulation.error, simulation.error_stderr, strict=True
    ):
        np.testing.assert_allclose(segment[:, 1], [error - stderr, error + stderr])
    assert "4 data sets" in container.get_label()


def test_comparison(curves: list[ft.LearningCurve], simulation: ft.Simulation) -> None:
    figure = ft.plot.comparison(curves, simulation, "a title")
    upper, lower = figure.axes
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == [
        "self-consistent",
        "equivalent-kernel",
        "simulation, 4 data sets",
        "bias² (self-consistent)",
        "variance (self-consistent)",
    ]
    assert legend.get_title().get_text() == "a title"
    assert (upper.get_xscale(), upper.get_yscale(), lower.get_xscale()) == ("log", "log", "log")
    assert "%" in lower.get_ylabel()
    lines = {line.get_label(): line for line in upper.get_lines()}
    np.testing.assert_array_equal(lines["bias² (self-consistent)"].get_ydata(), curves[0].bias)
    assert [lines[curve.theory].get_color() for curve in curves] == list(COLOURS[:2])
    for curve, container in zip(curves, lower.containers, strict=True):
        expected = 100 * (curve.error[::2] / simulation.error - 1)
        np.testing.assert_allclose(container[0].get_ydata(), expected, rtol=1e-9)
        np.testing.assert_array_equal(container[0].get_xdata(), simulation.n)


def test_legend_covers_no_data(curves: list[ft.LearningCurve], simulation: ft.Simulation) -> None:
    figure = ft.plot.comparison(curves, simulation, "NTK(relu, 3 hidden layers), d = 50, ridge 0")
    figure.draw_without_rendering()
    panel = figure.axes[0].get_window_extent()
    legend = figure.legends[0].get_window_extent()
    assert legend.y0 >= panel.y1
    assert legend.x0 >= 0
    assert legend.x1 <= figure.bbox.x1
    assert legend.y1 <= figure.bbox.y1


def test_one_panel_without_common_sizes(curves: list[ft.LearningCurve], simulation: ft.Simulation) -> None:
    assert len(ft.plot.comparison(curves).axes) == 1
    assert len(ft.plot.comparison(curves, simulation).axes) == 2
    elsewhere = dataclasses.replace(simulation, n=1000 * simulation.n)
    [panel] = ft.plot.comparison(curves, elsewhere).axes
    assert panel.get_title("left") == "no theory at N = 10000, 40000"


def test_single_size(curves: list[ft.LearningCurve], tmp_path: Path) -> None:
    """One point is drawn as a point; a line through it would not be seen."""
    curve = ft.learning_curve(ft.FullyConnected(2).ntk().spectrum(10), TARGET, [10], ridge=0.1)
    figure = ft.plot.comparison([curve])
    assert figure.axes[0].get_lines()[0].get_marker() == "."
    ft.plot.save_figure(figure, tmp_path / "one.svg")


def test_no_curves() -> None:
    with pytest.raises(ValueError, match="at least one learning curve"):
        ft.plot.comparison([])


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_files_are_the_same_each_time(
    suffix: str, curves: list[ft.LearningCurve], simulation: ft.Simulation, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in ("first", "second")]
    for path in paths:
        ft.plot.save_figure(ft.plot.comparison(curves, simulation, "title"), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b"Date" not in paths[0].read_bytes() or suffix == ".png"


def test_face_of_the_plots() -> None:
    """`ft.plot` holds what is listed, each documented, and loads no drawing library before it is used."""
    assert dir(ft.plot) == sorted(ft.plot.__all__)
    assert all(getattr(ft.plot, name).__doc__ for name in ft.plot.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        ft.plot.nonsense  # noqa: B018
    code = "import sys, fieldtheory as ft; ft.plot; print('matplotlib' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_simulation_draws_itself(simulation: ft.Simulation) -> None:
    (container,) = simulation.plot(label="mine").containers
    np.testing.assert_array_equal(container[0].get_ydata(), simulation.error)
    assert container.get_label() == "mine"


@pytest.mark.parametrize("name", ["curve.txt", "curve", "nowhere/curve.svg", "folder.svg"])
def test_figures_go_to_files_of_their_kinds(
    name: str, curves: list[ft.LearningCurve], tmp_path: Path
) -> None:
    """Refused: another suffix or none, a folder that is not there, a folder as the file."""
    (tmp_path / "folder.svg").mkdir()
    with pytest.raises(ValueError, match="path must be"):
        ft.plot.save_figure(ft.plot.comparison(curves), tmp_path / name)


def test_a_notebook_shows_what_plot_returns(curves: list[ft.LearningCurve]) -> None:
    """The axes of a new figure are a picture where a cell ends with them, without pyplot."""
    resvg_py = pytest.importorskip("resvg_py")
    formatter = pytest.importorskip("IPython.core.formatters").DisplayFormatter()
    for shown in (curves[0].plot(), ft.plot.comparison(curves)):
        data, _ = formatter.format(shown)
        assert "image/png" not in data
        svg = re.sub(r'(width|height)="([\d.]+)pt"', r'\1="\2"', data["image/svg+xml"], count=2)
        pixels = bytes(resvg_py.svg_to_bytes(svg_string=svg, background="#ffffff"))
        picture = imread(BytesIO(pixels))[..., :3]
        assert (picture.min(axis=-1) < 0.5).sum() > 500


def test_simulated_sizes_between_those_of_the_theory_are_compared(
    curves: list[ft.LearningCurve], simulation: ft.Simulation
) -> None:
    """For theory 3 N^-1.5 and simulation 2 N^-1.5 the deviation is 50 % at every N within the theory's."""
    n = np.array([10.0, 20.0, 40.0, 80.0])
    law = dataclasses.replace(curves[0], n=n, error=3 * n**-1.5, error_bar=0 * n)
    sizes = np.array([5.0, 14.0, 20.0, 67.0, 80.0, 300.0])
    arrays = {"error": 2 * sizes**-1.5, "error_stderr": 0.1 * sizes**-1.5}
    measured = dataclasses.replace(simulation, n=sizes, **arrays)
    figure = ft.plot.comparison([law], measured)
    upper, lower = figure.axes
    np.testing.assert_array_equal(upper.containers[0][0].get_xdata(), sizes)
    (container,) = lower.containers
    np.testing.assert_array_equal(container[0].get_xdata(), [14, 20, 67, 80])
    np.testing.assert_allclose(container[0].get_ydata(), 50.0, rtol=1e-9)
    between = next(line for line in lower.get_lines() if line.get_marker() == "D")
    np.testing.assert_array_equal(between.get_xdata(), [14, 67])
    assert lower.get_title("left") == (
        "diamonds: theory interpolated between its sizes; no theory at N = 5, 300"
    )


def test_what_is_interpolated_says_how_far_to_trust_it(
    curves: list[ft.LearningCurve], simulation: ft.Simulation
) -> None:
    """Between sizes the band holds the true curve, here 1/(1 + (N/30)^2), though the theory has no bar."""

    def true(n: np.ndarray) -> np.ndarray:
        return 1 / (1 + (n / 30) ** 2)

    n, sizes = np.array([10.0, 20.0, 40.0, 80.0]), np.array([14.0, 28.0, 57.0])
    curve = dataclasses.replace(curves[0], n=n, error=true(n), error_bar=0 * n)
    measured = dataclasses.replace(simulation, n=sizes, error=true(sizes), error_stderr=0 * sizes)
    found = deviation(curve, measured)
    assert found.between.all()
    assert (np.abs(found.value) <= found.band).all()
    assert found.largest < 5
    gap = deviation(dataclasses.replace(curve, converged=np.array([True, True, False, True])), measured)
    np.testing.assert_array_equal(gap.n, [14.0])
    np.testing.assert_array_equal(gap.beyond, [28.0, 57.0])


@pytest.mark.parametrize(("factor", "words"), [(1.0, "reaches 0"), (50.0, "reaches 0"), (0.95, "further")])
def test_a_band_that_reaches_far_is_cut_off_and_says_so(
    curves: list[ft.LearningCurve], factor: float, words: str
) -> None:
    """The axes end about a decade below and above the errors, the line is inside, a note tells."""
    wide = dataclasses.replace(curves[0], error_bar=factor * curves[0].error)
    axes = wide.plot()
    low, high = axes.get_ylim()
    assert wide.error.min() / 20 < low < wide.error.min()
    assert wide.error.max() < high < 20 * wide.error.max()
    assert words in axes.get_title("right")
    mine = Figure().subplots()
    wide.plot(mine)
    assert words in mine.get_legend_handles_labels()[1][-1]
    assert words in ft.plot.comparison([wide]).axes[0].get_title("right")
    narrow = curves[0].plot()
    assert narrow.get_title("right") == ""


def test_simulated_bars_that_reach_zero_leave_the_points_in_view(simulation: ft.Simulation) -> None:
    noisy = dataclasses.replace(simulation, error_stderr=3 * simulation.error)
    low, high = ft.plot.simulated_curve(noisy).get_ylim()
    assert low > simulation.error.min() / 20
    assert high < 20 * simulation.error.max()


def test_auto_is_called_auto() -> None:
    spectrum = ft.FullyConnected(2, weight_variance=2.0).ntk().spectrum(10)
    curve = ft.learning_curve(spectrum, TARGET, SIZES, ridge=0.1)
    assert (curve.asked, curve.theory) == ("auto", "loop-expansion")
    assert curve.plot().get_lines()[0].get_label() == f"auto: loop-expansion, order {curve.order}"
    same = ft.learning_curve(spectrum, TARGET, SIZES, ridge=0.1, theory="loop-expansion", order=curve.order)
    assert same.plot().get_lines()[0].get_label() == f"loop-expansion, order {curve.order}"
    labels = [text.get_text() for text in ft.plot.comparison([curve, same]).legends[0].get_texts()]
    assert "bias² (auto)" in labels


def test_a_long_title_stays_on_the_page(curves: list[ft.LearningCurve], simulation: ft.Simulation) -> None:
    """NTK of a callable, with every setting that a title can hold."""
    title = (
        "NTK(leaky_relu(0.25), 12 hidden layers, bias), d = 1000, ridge 1.5e-05, label noise 0.25, N Poisson"
    )
    figure = ft.plot.comparison(curves, simulation, title)
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert figure.legends[0].get_title().get_text().replace("\n", " ") == title
