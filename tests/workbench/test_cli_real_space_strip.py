"""`fieldtheory realspace strip`: what it prints and writes is what `Strip` says."""

import json
import math

import numpy as np
import pytest

import fieldtheory as ft
from renormalization import Strip, central_charge, phenomenological_rg
from tests.workbench.command_line import command_line

run, succeed = command_line("realspace", "strip")


def test_json_and_table(tmp_path):
    """Widths, at the critical coupling or another; CSV has the same numbers"""
    file = tmp_path / "strips.csv"
    found = json.loads(succeed("--width", "3,4", "--states", "3", "--json", "--out", str(file)))
    critical = math.log(1 + math.sqrt(3))
    assert found["coupling"] == pytest.approx(critical, rel=1e-15)
    for row, width in zip(found["strips"], (3, 4), strict=True):
        strip, point = Strip(width, 3), phenomenological_rg(width, 3)
        expected = [width, strip.free_energy(critical), strip.correlation_length(critical)]
        values = [row["width"], row["free_energy"], row["correlation_length"]]
        np.testing.assert_allclose(values, expected, rtol=1e-12)
        np.testing.assert_allclose(list(row["point"].values()), point, rtol=1e-10)
        assert row["central_charge"] == pytest.approx(central_charge(width, 3), rel=1e-10)
    heads, *rows = (line.split(",") for line in file.read_text().splitlines())
    assert [float(row[heads.index("J_star")]) for row in rows] == pytest.approx(
        [row["point"]["coupling"] for row in found["strips"]], rel=1e-15
    )
    text = succeed("--width", "4", "--coupling", "0.5")
    assert f"{Strip(4).free_energy(0.5):.6f}"[:7] in text


def test_limit():
    """--limit adds the limits with their error bars"""
    found = json.loads(succeed("--width", "3", "--limit", "8", "--json"))["limit"]
    assert abs(found["nu"]["value"] - 1) < found["nu"]["error"]
    assert "infinite width" in succeed("--width", "3", "--limit", "8")


def test_picture():
    """A line for each width: xi_L/L over J"""
    (axes,) = ft.plot.strip_crossings([3, 5]).axes
    first = axes.get_lines()[0]
    couplings, lengths = first.get_xdata(), first.get_ydata()
    assert lengths[4] == pytest.approx(Strip(3).correlation_length(couplings[4]) / 3, rel=1e-10)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--width", "2"), "width must be at least 3"),
        (("--width", "four"), "width must be an integer"),
        (("--states", "1"), "states must be at least 2"),
        (("--coupling", "nan"), "coupling must be finite"),
        (("--limit", "5"), "widest must be at least 8"),
        (("--width", "50"), "would take"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
