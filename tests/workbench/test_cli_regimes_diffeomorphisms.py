"""`fieldtheory regimes stability`: the published stability of digits (diffeo) from the command line."""

import builtins
import csv
import json

import numpy as np
import pytest

import fieldtheory as ft
from tests.workbench.command_line import command_line

run, succeed = command_line("regimes", "stability")


@pytest.fixture(autouse=True)
def _digits():
    pytest.importorskip("sklearn")


def test_json_of_the_published_stability():
    """stability_digits/laplace_regression_c3 (tests/data/regimes.json): R_f and the classification error"""
    words = ("--cutoff", "3", "--temperature", "0.002", "--seed", "3")
    found = json.loads(succeed("--function", "laplace", *words, "--json"))
    row = found["functions"]["laplace"]
    assert row["ratio"] == pytest.approx(1.6238169387998542, rel=1e-6)
    assert row["stderr"] == pytest.approx(0.08379261618724329, rel=1e-6)
    assert row["classification_error"] == pytest.approx(0.012263099219620958, rel=1e-6)
    assert row["ratio"] == pytest.approx(row["numerator"] / row["denominator"])
    f = ft.digit_function("laplace")
    assert row["first_order"] == ft.linear_stability(f.gradient, f.images, 3, 0.002).ratio
    assert found["folded_fraction"] == 0


def test_table_and_files(tmp_path):
    """A row per function, the same fields for each; the linear function is the stable one; the picture"""
    paths = [tmp_path / name for name in ("stability.csv", "stability.svg")]
    out = [word for path in paths for word in ("--out", str(path))]
    text = succeed("--fields", "20", *out)
    rows = list(csv.DictReader(paths[0].read_text().splitlines()))
    assert [row["function"] for row in rows] == ["laplace", "gaussian", "linear"]
    assert float(rows[2]["ratio"]) < 1 < float(rows[0]["ratio"])
    assert "wrong signs" in text
    assert b"<svg" in paths[1].read_bytes()
    alone = json.loads(succeed("--function", "linear", "--fields", "20", "--json"))
    assert alone["functions"]["linear"]["ratio"] == float(rows[2]["ratio"])


def test_folds_are_said():
    """Above the range of temperatures: a warning with the folded fraction, said once"""
    result = run("--function", "linear,laplace", "--temperature", "0.5", "--fields", "2")
    assert result.exit_code == 0
    assert result.stderr.count("temperature 0.5 is above 0.203, where the slopes") == 1
    assert "% of the square is folded" in result.stderr


def test_picture():
    """Each image, then its copies, which are those of `deform`"""
    images, waves = np.random.default_rng(0).random((2, 6, 6)), ft.Diffeomorphisms(3, 0.01)
    figure = ft.plot.deformed_images(images, waves, copies=3, seed=4)
    shown = [axes.images[0].get_array() for axes in figure.axes]
    assert len(shown) == 8
    np.testing.assert_array_equal(shown[4], images[1])
    np.testing.assert_array_equal(shown[5:], waves.deform(np.repeat(images, 3, axis=0), seed=4)[3:])


def test_without_scikit_learn(monkeypatch):
    """The extra is named, exit code 2"""
    load = builtins.__import__

    def refuse(name, *rest, **more):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return load(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    result = run()
    assert result.exit_code == 2
    assert 'pip install "deep-fieldtheory[sklearn]"' in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--function", "laplac"), "did you mean 'laplace'"),
        (("--function", ""), "function must be one of"),
        (("--temperature", "-1"), "temperature must be finite and at least 0"),
        (("--temperature", "0"), "temperature"),
        (("--cutoff", "1"), "cutoff must be at least 2"),
        (("--fields", "1"), "fields must be at least 2"),
    ],
)
def test_refusals(words, message):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
