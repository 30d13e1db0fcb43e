"""`fieldtheory regimes data`: the published cumulants from the command line; what it refuses."""

import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
import replicas
from tests.workbench.command_line import command_line

run, succeed = command_line("regimes", "data")


def test_json_of_the_published_cumulants():
    """kappa at g = 3, rho = 0.8 (tests/data/regimes.json), and the sums beside it within their errors"""
    found = json.loads(succeed("--gain", "3", "--correlation", "0.8", "--json"))
    wanted = {
        "iiii": -1.834010880639093,
        "iijj": -0.916796379399178,
        "iiij": -1.236196295185855,
        "ij": 0.6908753592583208,
    }
    for sites, value in wanted.items():
        row = found["cumulants"][sites]
        assert row["exact"] == pytest.approx(value, rel=1e-10)
        assert abs(row["sum"] - value) <= row["truncation"] + 1e-14
        assert sum(row["terms"]) == pytest.approx(row["sum"], rel=1e-14)
    assert found["cumulants"]["ijkl"]["truncation"] is None  # infinite: the series diverges
    resummed = found["cumulants"]["ijkl"]
    assert abs(resummed["resummed"] - resummed["exact"]) < resummed["resummed_error"]
    assert found["settings"] == {"activation": "erf", "gain": 3.0, "correlation": 0.8, "order": 12}


def test_table_and_files(tmp_path):
    """A row per cumulant; the picture is drawn; four sites can not all have the correlation -0.4"""
    paths = [tmp_path / name for name in ("data.csv", "data.svg")]
    words = [word for path in paths for word in ("--out", str(path))]
    text = succeed("--gain", "1", "--correlation", "-0.4", "--order", "8", *words)
    rows = list(csv.DictReader(paths[0].read_text().splitlines()))
    assert [row["sites"] for row in rows] == ["ij", "iij", "iiii", "iiij", "iijj", "iijk"]
    data = ft.NonlinearGaussianData(1.0)
    assert float(rows[0]["exact"]) == data.covariance(-0.4)
    assert f"{data.excess_kurtosis:.9f}" in text
    assert b"<svg" in paths[1].read_bytes()


def test_other_activations():
    """No closed form, the same diagrams as in the library"""
    text = succeed("--activation", "tanh", "--order", "8", "--correlation", "0.2")
    assert "closed form" not in text
    found = replicas.DataCumulants("tanh").cumulant(np.where(np.eye(2) == 1, 1.0, 0.2), 8)
    assert f"{found.value:.10f}" in text


def test_series_too_short():
    """A warning names the cumulants without an error estimate"""
    assert "ijkl have no error estimate" in run("--order", "4").stderr


def test_picture():
    """Closed form and sum of diagrams over rho, for each fourth cumulant of two sites"""
    axes = ft.plot.fourth_cumulants(replicas.DataCumulants("erf", gain=2.0), order=12, marked=0.5)
    exact, dashed = axes.get_lines()[2:4]
    rho = exact.get_xdata()
    pairs = np.where(np.eye(2) == 1, 1.0, rho[:, None, None])[:, [0, 0, 0, 1]][:, :, [0, 0, 0, 1]]
    np.testing.assert_allclose(exact.get_ydata(), ft.NonlinearGaussianData(2.0).cumulant(pairs))
    np.testing.assert_allclose(dashed.get_ydata(), exact.get_ydata(), atol=0.02)
    (line,) = ft.plot.fourth_cumulants(replicas.DataCumulants("relu"), order=4).get_lines()[:1]
    assert line.get_linestyle() == "--"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--gain", "0"), "gain must be"),
        (("--gain", "-1"), "gain must be"),
        (("--correlation", "1.5"), "correlation must be from -1 to 1 (got 1.5)"),
        (("--order", "16"), "order must be"),
        (("--activation", "erff"), "erf"),
        (("--correlation", "nan"), "correlation must be finite"),
    ],
)
def test_refusals(words, message):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
