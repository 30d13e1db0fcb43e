"""`fieldtheory realspace map`: what it prints and writes is what `RGMap` says."""

import json

import numpy as np
import pytest

import fieldtheory as ft
from renormalization import RGMap, cumulant_map, migdal_kadanoff
from renormalization.real_space.maps.named_maps import NAMED_MAPS
from tests.real_space_rows import ROWS
from tests.workbench.command_line import command_line

run, succeed = command_line("realspace", "map")


def test_json():
    """J* and y of the Potts model with three states in three dimensions"""
    found = json.loads(succeed("--map", "migdal-kadanoff", "--states", "3", "--dim", "3", "--json"))
    trivial, critical = found["fixed_points"]
    assert (trivial["x"], trivial["stable"]) == (0.0, True)
    assert critical["x"] == pytest.approx(0.16495514451396126, rel=1e-8)
    assert critical["exponents"] == [pytest.approx(1.0250960510685914, rel=1e-8)]
    assert found["settings"] == {"map": "migdal-kadanoff", "interval": None, "states": 3.0, "dim": 3.0}


def test_flow_and_files(tmp_path):
    """A row per step; the picture is drawn"""
    words = ("--map", "percolation_square_bond", "--start", "0.45", "--steps", "3")
    paths = [tmp_path / name for name in ("flow.csv", "flow.svg")]
    text = succeed(*words, *(word for path in paths for word in ("--out", str(path))))
    path = RGMap.named("percolation_square_bond").flow(0.45, 3)
    rows = [line.split(",") for line in paths[0].read_text().splitlines()[1:]]
    np.testing.assert_allclose([float(value) for _, value in rows], path, rtol=1e-15)
    assert f"{path[-1]:.9f}"[:8] in text
    assert b"<svg" in paths[1].read_bytes()
    assert "no fixed point there" in succeed("--interval", "5:9")


def test_second_cumulant_of_triangles(tmp_path):
    """--start 0.3,-0.01,-0.02 goes to the reference row; the fixed point as `cumulant_map` has it"""
    row = ROWS["triangular_cumulant/map_0.3_-0.01_-0.02"]
    files = [tmp_path / name for name in ("flow.csv", "points.csv", "flow.png")]
    words = ("--map", "triangular-second-cumulant")
    flow = (*words, "--start", "0.3,-0.01,-0.02", "--steps", "1", "--out", str(files[0]))
    text = succeed(*flow, "--out", str(files[2]), columns=120)
    heads, start, end = (line.split(",") for line in files[0].read_text().splitlines())
    assert heads == ["step", "K1", "K2", "K3"]
    assert [float(each) for each in start[1:]] == [0.3, -0.01, -0.02]
    mapped = [float(each) for each in end[1:]]
    assert mapped == pytest.approx(row["values"]["mapped"], rel=row["tolerance"]["rtol"])
    assert all(f"{value:.9f}"[:9] in text for value in mapped)
    box = (*words, "--interval", "0.2:0.4,-0.05:0.05,-0.05:0.05")
    [point] = json.loads(succeed(*box, "--json", "--out", str(files[1])))["fixed_points"]
    [expected] = cumulant_map("triangular").fixed_points([(0.2, 0.4), (-0.05, 0.05), (-0.05, 0.05)])
    assert point == expected.to_dict()
    heads, values = (line.split(",") for line in files[1].read_text().splitlines())
    found = dict(zip(heads, values, strict=True))
    assert float(found["K2"]) == expected.x[1]
    assert float(found["eigenvalue_3"]) == expected.eigenvalues[2]
    text = succeed(*box)
    assert f"{expected.x[0]:.9f}"[:9] in text
    assert f"{expected.eigenvalues[0]:.8f}"[:9] in text


def test_formula():
    """--formula prints the map, for people and for LaTeX"""
    assert succeed("--formula").startswith(str(migdal_kadanoff()))
    assert succeed("--formula", "--format", "latex").strip() == migdal_kadanoff().latex()


def test_every_named_map():
    """--map and its help know the maps of `RGMap.named`"""
    text = succeed("--help")
    for name in NAMED_MAPS:
        assert name.replace("_", "-") in "".join(text.split())
        assert succeed("--map", name, "--formula").startswith(str(RGMap.named(name)))


def test_picture():
    """The curve is R(x); a circle per fixed point; of several couplings an arrow per point"""
    import sympy

    square = RGMap.named("ising_square_migdal_kadanoff")
    (axes,) = ft.plot.rg_flow(square, (0, 1)).axes
    diagonal, curve = axes.get_lines()[:2]
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    np.testing.assert_allclose(curve.get_ydata(), np.log(np.cosh(4 * curve.get_xdata())) / 2, atol=1e-14)
    circles = [line.get_xdata()[0] for line in axes.get_lines() if line.get_marker() == "o"]
    np.testing.assert_allclose(circles, [float(point.x) for point in square.fixed_points((0, 1))])
    a, b = sympy.symbols("a b")
    figure = RGMap([2 * a**2 + b / 4, b / 4], [a, b], 2).plot_flow([(-0.1, 1), (-1, 1)])
    assert len(figure.axes[0].collections) == 1
    assert len([line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--map", "potts"), "map must be one of"),
        (("--states", "0"), "states must be finite and greater than 0"),
        (("--dim", "nan"), "dim must be finite"),
        (("--map", "percolation-square-site", "--dim", "3"), "dim must only be given with --map"),
        (("--interval", "3"), "interval must be two numbers, low:high"),
        (("--interval", "0:1,0:1"), "interval must be (low, high)"),
        (("--start", "a"), "start must be a number"),
        (("--start", "0.1,0.2"), "start must be a number"),
        (
            ("--map", "triangular-second-cumulant", "--start", "0.1"),
            "start must be one sequence of 3 numbers",
        ),
        (("--interval", "1:0"), "interval must be (low, high)"),
        (("--start", "3", "--steps", "5000"), "steps must be at most 1022 from start"),
        (("--format", "latex"), "format must only be given with --formula"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
