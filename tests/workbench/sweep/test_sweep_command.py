"""`fieldtheory sweep`: files, tables, and what is refused in one line."""

import csv
import json
from pathlib import Path

import pytest

import fieldtheory as ft
from fieldtheory.workbench.sweep.executors import require_safe
from fieldtheory.workbench.sweep.sweep_file import read_sweep
from tests.workbench.command_line import command_line

run, succeed = command_line("sweep")
TOML = """
[axes]
hidden_layers = [1, 2]
bias_variance = {from = 0, to = 1, count = 3}
n = {from = 10, to = 1000, count = 3, scale = "log"}
[fixed]
target = {1 = 0.5, 2 = 0.5}
dim = 20
weight_variance = 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "networks.toml"
    path.write_text(TOML)
    return path


def test_a_file_is_the_call(file: Path, tmp_path: Path) -> None:
    wanted = ft.sweep(
        {"hidden_layers": [1, 2], "bias_variance": [0.0, 0.5, 1.0], "n": [10, 100, 1000]},
        target=ft.Target({1: 0.5, 2: 0.5}),
        dim=20,
        weight_variance=2,
    )
    found = json.loads(succeed(str(file), "--json", "--out", str(tmp_path / "points.csv"), "-q"))
    for best, row in zip(wanted.best(along="n"), found["best"], strict=True):
        assert row["parameters"] == dict(best.parameters)
        assert row["error"] == best.error
    assert found["points"] == 18
    with (tmp_path / "points.csv").open() as rows:
        errors = [float(row["error"]) for row in csv.DictReader(rows)]
    assert errors == wanted["error"].reshape(-1).tolist()
    succeed(str(file), "-q", "--out", str(tmp_path / "best.svg"))
    assert "<svg" in (tmp_path / "best.svg").read_text()


def test_the_table(file: Path) -> None:
    """A row for every n, with the best network"""
    text = succeed(str(file), columns=100)
    assert "18 points: hidden layers 2 x bias variance 3 x n 3; the best of them" in text
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()][1:]
    assert [row[0] for row in rows] == ["10", "100", "1000"]


def test_a_store_on_the_command_line(file: Path, tmp_path: Path) -> None:
    pytest.importorskip("zarr", reason="stores need the extra [sweep]")
    store = tmp_path / "networks.zarr"
    succeed(str(file), "--store", str(store), "--resume", "-q")
    again = run(str(file), "--store", str(store), "-q")
    assert again.exit_code == 2
    assert again.stderr.endswith("has 1 part of this sweep: use resume=True to go on with it\n")
    assert str(store) in succeed(str(file), "--store", str(store), "--resume", columns=300)
    assert ft.open_sweep(store).shape == (2, 3, 3)


def test_targets_and_ranges(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(
        "[axes]\ntarget = {linear = {1 = 1.0}, both = {1 = 0.5, 2 = 0.5}}\n"
        'ridge = {from = 0.01, to = 1, count = 3, scale = "log"}\ndim = {from = 4, to = 6, count = 9}\n'
        "[fixed]\nn = 20\nerror_bar = false\n"
    )
    found = read_sweep(path)
    assert found["axes"]["target"] == {"linear": ft.Target({1: 1.0}), "both": ft.Target({1: 0.5, 2: 0.5})}
    assert found["axes"]["ridge"] == pytest.approx([0.01, 0.1, 1.0])
    assert found["axes"]["dim"] == [4, 5, 6]
    assert (found["n"], found["error_bar"]) == (20, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[axes", "no TOML"),
        ("[axes]\nn = [1]\nn = [2]\n", "no TOML"),
        ("", "axes must be a table with at least one axis"),
        ("axes = 3", "axes must be a table"),
        ("[axes]\nn = [1]\n[other]\n", "table must be one of 'axes', 'fixed'"),
        ("fixed = 3\n[axes]\nn = [1]\n", "fixed must be a table"),
        ("[axes]\nn = []\n", "n must have at least one value"),
        ("[axes]\nn = 3\n", "n must be a list, or a range"),
        ("[axes]\nrigde = [1]\n", "did you mean 'ridge'"),
        ("[axes]\nridge = [nan]\n", "ridge must"),
        ("[axes]\nn = [0]\n", "n must be finite and positive"),
        ("[axes]\nn = {from = 1, to = 2}\n", "n must have count as a range"),
        ("[axes]\nn = {from = 2, to = 1, count = 3}\n", "n: from must be below to"),
        ("[axes]\nn = {from = 0, to = 1, count = 3}\n", "n: from must be positive on a scale of logarithms"),
        (
            "[axes]\nn = {from = 1, to = 9, count = 3, scale = 'cubic'}\n",
            "n.scale must be one of 'log', 'linear'",
        ),
        (
            "[axes]\nn = {from = 1, to = 9, counts = 3}\n",
            "n: key must be one of 'from', 'to', 'count', 'scale'",
        ),
        ("[axes]\nn = {from = 1, to = 9, count = 9999999}\n", "n.count must be"),
        ("[axes]\nn = {from = 'a', to = 9, count = 9}\n", "n.from must be"),
        ("[axes]\nn = [10]\n[fixed]\ndepth = 3\n", "fixed: name must be one of"),
        ("[axes]\nn = [10]\n[fixed]\ntarget = 3\n", "target must be powers by degree"),
        ("[axes]\nn = [10]\n[fixed]\ntarget = {a = 3}\n", "target: a degree must be an integer"),
        ("[axes]\ntarget = {a = 3}\n", "target must be a table of names with powers by degree"),
        (
            "[axes]\nn = [10]\n[fixed]\nactivation = '__import__'\ntarget = {1 = 1}\ndim = 9\n"
            "hidden_layers = 1\n",
            "activation must",
        ),
        ("[axes]\nn = [10]\n[fixed]\nn = 10\n", "n must be an axis or fixed, and is both"),
        (f"[axes]\nn = [{'1, ' * 400_000}1]\n", "file must have at most 1000000 bytes"),
        (f"[axes]\nn = {'[' * 5000}\n", "no TOML"),
    ],
)
def test_files_that_are_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    fixed = "" if "[fixed]" in text else "\n[fixed]\ntarget = {1 = 1}\ndim = 9\nhidden_layers = 1\n"
    path.write_text(text + (fixed if text.startswith("[axes]\n") else ""))
    found = run(str(path), columns=300)
    assert found.exit_code == 2
    assert message in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--resume",), "resume must come with --store"),
        (("--workers", "0"), "workers must be"),
        (("--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "workers must be left out with --scheduler"),
        (("--tls-ca", "ca.pem"), "must come with --scheduler"),
        (
            ("--scheduler", "tcp://10.0.0.1:8786"),
            "use tls://10.0.0.1:8786 with --tls-ca, --tls-cert and --tls-key",
        ),
        (("--scheduler", "tcp://example.org:8786"), "scheduler must be tls://"),
        (("--scheduler", "tcp://127.0.0.1.example.org:8786"), "scheduler must be tls://"),
        (("--scheduler", "tls://10.0.0.1:8786"), "must come with --tls-ca, --tls-cert, --tls-key"),
        (("--scheduler", "127.0.0.1:8786"), "scheduler must be an address such as"),
        (("--scheduler", "http://127.0.0.1:8786"), "scheduler must be an address such as"),
        (("--scheduler", "tcp://127.0.0.1:x"), "scheduler must be an address such as"),
        (("--out", "points.txt"), "out must be a file that ends in"),
    ],
)
def test_options_that_are_refused(words: tuple[str, ...], message: str, file: Path) -> None:
    """Before anything is computed, and before any connection"""
    found = run(str(file), *words, columns=300)
    assert found.exit_code == 2
    assert message in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1.2.3"])
def test_loopback_is_safe(host: str) -> None:
    require_safe(f"tcp://{host}:8786", {})


def test_no_such_file() -> None:
    found = run("nowhere.toml")
    assert found.exit_code == 2
    assert found.stderr == "fieldtheory: error: nowhere.toml: No such file or directory\n"
