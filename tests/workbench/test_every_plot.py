"""Every result of the four faces has a picture, in colours that all kinds of colour vision tell apart."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib import container
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

import diagrams
import fieldtheory
import renormalization
import replicas
from fieldtheory.workbench.plots.result_pictures import PICTURES
from fieldtheory.workbench.plots.style import COLOURS, figure_of, new_axes
from tests.workbench.results import NO_RESULTS, RESULTS

colorspacious = pytest.importorskip("colorspacious", reason="needs the extra [test]")
FACES = (fieldtheory, diagrams, replicas, renormalization)
DEFICIENCIES = ("protanomaly", "deuteranomaly", "tritanomaly")  # at full severity: the -anopias
APART = 10.0


def seen(colour: Any, deficiency: str) -> Any:
    """As somebody without one kind of cones sees it (Machado, Oliveira, Fernandes 2009)"""
    space = {"name": "sRGB1+CVD", "cvd_type": deficiency, "severity": 100}
    return np.clip(colorspacious.cspace_convert(to_rgb(colour), space, "sRGB1"), 0, 1)


def distance(one: Any, other: Any, deficiency: str) -> float:
    """Delta E in CAM02-UCS"""
    pair = seen(one, deficiency), seen(other, deficiency)
    return float(colorspacious.deltaE(*pair, input_space="sRGB1"))


def colours_of(axes: Axes) -> list[str]:
    """Of lines, points and bars that carry data, in the order in which they were drawn, each once"""
    found: list[Any] = []
    for line in axes.get_lines():
        if (
            len(np.atleast_1d(line.get_xdata()))
            and line.get_linestyle() not in ("None", "")
            or line.get_marker()
        ):
            found.append(line.get_color())
    for group in axes.containers:
        if isinstance(group, container.BarContainer):
            found += [bar.get_facecolor() for bar in group]
    for each in axes.collections:
        if isinstance(each, PathCollection):
            found += list(each.get_facecolor())
    return list(dict.fromkeys(to_hex(colour) for colour in found))


def classes() -> Iterator[tuple[str, type]]:
    for face in FACES:
        for name in face.__all__:
            found = getattr(face, name)
            if inspect.isclass(found) and not issubclass(found, BaseException):
                yield name, found


def test_no_class_is_forgotten() -> None:
    """Results and others are all there are, and what is drawn is a result"""
    names = {name for name, _ in classes()}
    assert names == set(RESULTS) | NO_RESULTS
    assert not set(RESULTS) & NO_RESULTS
    assert set(PICTURES) <= set(RESULTS)
    for name, found in classes():
        if name in RESULTS:
            assert "axes" in inspect.signature(found.plot).parameters, name  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_a_result_is_drawn(name: str) -> None:
    """In a figure of its own and in given axes; neighbouring colours are told apart by everybody"""
    result = RESULTS[name]()
    assert type(result).__name__ == name
    alone = result.plot()
    figure = alone if isinstance(alone, Figure) else figure_of(alone)
    figure.canvas.draw()
    given = new_axes()
    assert result.plot(axes=given) is given
    figure_of(given).canvas.draw()
    assert given.has_data()
    assert given.axison is False or given.get_xlabel() or given.get_ylabel()
    for axes in (*figure.axes, *figure_of(given).axes):
        used = colours_of(axes)
        for deficiency in DEFICIENCIES:
            for one, other in zip(used, used[1:], strict=False):
                assert distance(one, other, deficiency) >= APART, (one, other, deficiency)


def test_the_colours() -> None:
    """All pairs of the palette, black included, not only those beside each other"""
    for deficiency in DEFICIENCIES:
        for place, one in enumerate((*COLOURS, "#000000")):
            for other in COLOURS[:place]:
                assert distance(one, other, deficiency) >= APART, (one, other, deficiency)


def test_flows_in_depth_of_every_kind() -> None:
    """Ordered, critical, chaotic, without a variance left; one that grows without bound says so"""
    flows = (("tanh", 0.5, 0.0), ("relu", 2.0, 0.0), ("tanh", 3.0, 0.1), ("relu", 1.0, 0.0))
    for activation, weights, biases in flows:
        axes = renormalization.DepthFlow(activation, weights, biases).plot()
        assert all(np.isfinite(line.get_ydata()).all() for line in axes.get_lines())
    with pytest.raises(ValueError, match="weight_variance must be small enough"):
        renormalization.DepthFlow("relu", 3.0, 0.1).plot()


def test_one_style_file() -> None:
    """Where a result is drawn Matplotlib's settings are those of the file, and afterwards those of before"""
    import matplotlib

    before = dict(matplotlib.rcParams)
    axes = RESULTS["Spectrum"]().plot()
    assert [line.get_color() for line in axes.get_lines()[:2]] == list(COLOURS[:2])
    assert axes.xaxis.label.get_fontsize() == 9.0
    assert axes.get_legend().get_frame_on() is False
    figure_of(axes).canvas.draw()
    assert {to_hex(line.get_color()) for line in axes.get_xgridlines()} == {to_hex("0.92")}
    assert dict(matplotlib.rcParams) == before


def test_refusals() -> None:
    with pytest.raises(
        ValueError, match="axes must be Matplotlib axes, or None for a new figure .got 'here'"
    ):
        RESULTS["Spectrum"]().plot("here")
    with pytest.raises(ValueError, match="result must be one that has a method plot .got 3"):
        fieldtheory.plot.drawn(3)
