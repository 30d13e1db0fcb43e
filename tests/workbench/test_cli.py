"""The command line: what it prints and writes is what the library says."""

import csv
import inspect
import json
import math
import os
import re
import shlex
import subprocess
import sys
import textwrap
import typing
from pathlib import Path
from types import SimpleNamespace

import click
import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.activations.by_name import ACTIVATIONS
from fieldtheory.arguments import ENSEMBLES
from fieldtheory.workbench.cli import main
from fieldtheory.workbench.cli.printing.numbers import from_logarithm, percent, with_error
from fieldtheory.workbench.cli.printing.tables import print_spectrum
from fieldtheory.workbench.output_files import SUFFIXES
from replicas.theories import registry as theories
from tests.workbench.command_line import command_line, completions, process

run, succeed = command_line()
NETWORK = ["--weight-variance", "1", "--bias-variance", "1", "--input-scale", "1/50", "--dim", "50"]
SMALL = ["curve", *NETWORK, "--target", "1:1,2:1", "--n", "20,40"]
SIMULATED = [*SMALL, "--theory", "self-consistent", "--theory", "equivalent-kernel", "--simulate", "3"]
PROGRAM = [sys.executable, "-m", "fieldtheory"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def spectrum() -> ft.Spectrum:
    return ft.FullyConnected(3, "relu", 1.0, 1.0, 1 / 50).ntk().spectrum(50)


def test_curve_json_is_the_api(spectrum: ft.Spectrum) -> None:
    """Fields and values of `learning_curve` and `simulate`, for two theories and two sizes."""
    found = json.loads(succeed(*SIMULATED, "--ridge", "0.1", "--seed", "3", "--json"))
    target = ft.Target({1: 1.0, 2: 1.0})
    assert found["n"] == [20, 40]
    assert list(found["curves"]) == ["self-consistent", "equivalent-kernel"]
    for theory, fields in found["curves"].items():
        assert fields == ft.learning_curve(spectrum, target, [20, 40], ridge=0.1, theory=theory).to_dict()
        assert {"error", "bias", "variance", "error_bar", "effective_ridge", "coefficients"} <= set(fields)
    kernel = ft.FullyConnected(3, "relu", 1.0, 1.0, 1 / 50).ntk()
    expected = ft.simulate(kernel, 50, target, [20, 40], ridge=0.1, repeats=3, seed=3)
    assert found["simulation"] == expected.to_dict()
    assert found["settings"]["weight_variance"] == 1.0
    assert found["settings"]["target"] == {"1": 1.0, "2": 1.0}


def test_curves_go_by_the_name_given(spectrum: ft.Spectrum) -> None:
    """Orders after a colon; "auto" says which theory it chose; each name once."""
    names = ["auto", "perturbative:2", "one-loop", "perturbative:3"]
    arguments = [*SMALL, "--ridge", "10", *(f"--theory={name}" for name in [*names, "auto"])]
    found = json.loads(succeed(*arguments, "--json"))
    assert list(found["curves"]) == names
    assert found["simulation"] is None
    chosen = [(curve["theory"], curve["order"]) for curve in found["curves"].values()]
    assert chosen == [("loop-expansion", 1), ("perturbative", 2), ("one-loop", None), ("perturbative", 3)]
    target = ft.Target({1: 1.0, 2: 1.0})
    expected = ft.learning_curve(spectrum, target, [20, 40], 10.0, theory="perturbative", order=2)
    assert found["curves"]["perturbative:2"] == expected.to_dict()
    text = succeed(*arguments, columns=200)
    assert all(name in text for name in names)
    assert "auto: loop-expansion of order 1" in text


def test_sizes_without_solution_are_marked(tmp_path: Path) -> None:
    """The table, the CSV file and the figure tell where the one-loop equations have no solution."""
    arguments = shlex.split(
        "curve --kernel nngp --activation erf --hidden-layers 2 --weight-variance 2 --bias-variance 0.1 "
        "--dim 5 --target 2:1 --ridge 0.001 --n 5,20 --theory one-loop --ensemble poisson"
    )
    result = run(*arguments, f"--out={tmp_path / 'a.csv'}", f"--out={tmp_path / 'a.svg'}", columns=200)
    assert result.exit_code == 0
    assert "warning: this theory has no solution" in result.stderr
    rows = [line for line in result.stdout.splitlines() if re.match(r" *\d+ ", line)]
    assert ["†" in row for row in rows] == [False, True]
    assert "†: the theory has no solution there" in result.stdout
    lines = (tmp_path / "a.csv").read_text().splitlines()
    place = lines[0].split(",").index("converged")
    assert [line.split(",")[place] for line in lines[1:]] == ["True", "False"]
    assert (tmp_path / "a.svg").exists()


def test_renormalise_at_truncates_for_the_equivalent_kernel_only(spectrum: ft.Spectrum) -> None:
    result = run(*SIMULATED, "--simulate", "0", "--renormalise-at", "3", "--json")
    found = json.loads(result.stdout)["curves"]
    target = ft.Target({1: 1.0, 2: 1.0})
    cut = ft.learning_curve(spectrum.truncate(3), target, [20, 40], theory="equivalent-kernel")
    assert found["equivalent-kernel"]["error"] == cut.error.tolist()
    whole = ft.learning_curve(spectrum, target, [20, 40], theory="self-consistent")
    assert found["self-consistent"]["error"] == whole.error.tolist()
    assert result.stderr.splitlines() == [f"warning: equivalent-kernel: {text}" for text in cut.warnings]


def test_options_reach_the_library() -> None:
    arguments = shlex.split(
        "--kernel nngp --activation gelu --hidden-layers 1 --weight-variance 1.5 --bias-variance 0.5 "
        "--dim 6 --target 'x1*x2 + x1**3' --n 12 --ridge 0.2 --label-noise 0.3 --ensemble poisson "
        "--max-degree 9 --simulate 2 --orientations 2 --jobs 1"
    )
    found = json.loads(succeed("curve", *arguments, "--json"))
    kernel = ft.FullyConnected(1, "gelu", weight_variance=1.5, bias_variance=0.5).nngp()
    target = ft.Target.from_polynomial("x1*x2 + x1**3", 6)
    common = {"ridge": 0.2, "label_noise": 0.3, "ensemble": "poisson"}
    curve = ft.learning_curve(kernel.spectrum(6, 9), target, [12], **common)
    assert found["curves"]["auto"] == curve.to_dict()
    expected = ft.simulate(kernel, 6, target, [12], **common, repeats=2, orientations=2, jobs=1)
    assert found["simulation"] == expected.to_dict()


def test_simulate_points_are_spread_over_the_sizes() -> None:
    arguments = ["curve", "--dim", "10", "--target", "1:1", "--n", "5:80:5", "--simulate", "2", "--json"]
    assert json.loads(succeed(*arguments, "--simulate-points", "3"))["simulation"]["n"] == [5, 20, 80]
    assert json.loads(succeed(*arguments, "--simulate-points", "9"))["simulation"]["n"] == [5, 10, 20, 40, 80]
    assert json.loads(succeed(*arguments, "--simulate-points", "1"))["simulation"]["n"] == [20]


def test_target_above_the_default_degrees_raises_them() -> None:
    """dim 1000 keeps few degrees by default; a target of degree 9 needs nine."""
    assert ft.FullyConnected(1).ntk().spectrum(1000).max_degree < 9
    arguments = ["--activation", "gelu", "--dim", "1000", "--target", "9:1", "--n", "10", "--json"]
    assert json.loads(succeed("curve", *arguments))["settings"]["max_degree"] == 9


@pytest.mark.parametrize("columns", [80, 120])
def test_table_shows_the_numbers(columns: int) -> None:
    """Each row: N, error ± bar, deviation, ..., simulated error ± s.e., κ, within the width, without ANSI."""
    text = succeed(*SIMULATED, "--ridge", "0.01", columns=columns)
    data = json.loads(succeed(*SIMULATED, "--ridge", "0.01", "--json"))
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= columns
    (row,) = (line for line in text.splitlines() if re.match(r" *40 ", line))
    curves, measured = data["curves"], data["simulation"]["error"][1]
    for name in curves:
        error, bar = (curves[name][field][1] for field in ("error", "error_bar"))
        assert re.search(
            rf"{re.escape(with_error(error, bar))} +{re.escape(percent(error / measured - 1))}", row
        )
    assert with_error(measured, data["simulation"]["error_stderr"][1]) in row
    assert f"{curves['self-consistent']['effective_ridge'][1]:.3g}".rstrip("0") in row
    for name in curves:
        assert name in text
        assert f"{len(_papers(data))} papers: --references" in text
    listed = " ".join(succeed(*SIMULATED, "--ridge", "0.01", "--references", columns=columns).split())
    assert all(" ".join(paper.split()) in listed for paper in _papers(data))


def _papers(data: dict[str, typing.Any]) -> set[str]:
    results = (*data["curves"].values(), data["simulation"])
    return {paper for result in results for paper in result["references"]}


@pytest.mark.parametrize(
    "command",
    [
        "spectrum --dim 4 --max-degree 2",
        "flow wilson --dim 4 --n 10 --max-degree 30 --cutoff 12",
        "flow depth --layers 3",
        "curve --dim 4 --target 1:1 --n 10",
    ],
)
def test_references_are_one_line_or_the_list_asked_for(command: str) -> None:
    brief, listed = succeed(*command.split()), succeed(*command.split(), "--references")
    assert "arXiv" not in brief
    assert len(re.findall("--references lists them", brief)) == 1
    assert len(re.findall(r"(?m)^references ", listed)) == 1
    assert "lists them" not in listed


def test_each_warning_is_said_once() -> None:
    """Theories that share a warning, and one that the library gives and the result keeps."""
    arguments = (
        "curve --kernel nngp --activation erf --dim 3 --target 1:1,2:1 --n 3 --ridge 1e-6 --theory auto "
        "--theory self-consistent --theory perturbative:2"
    )
    result = run(*arguments.split())
    said = [line.split(": ", 1)[1] for line in result.stderr.splitlines()]
    assert sum("vanishes" in line for line in said) == 1
    texts = [re.sub(r"^[a-z:0-9, -]*: ", "", line) for line in said]
    assert len(texts) == len(set(texts)) > 1
    assert all("no such average" not in line for line in said)


@pytest.mark.parametrize(("ensemble", "words"), [("fixed", "N fixed"), ("poisson", "N Poisson")])
def test_the_ensemble_stands_in_the_title_of_table_and_figure(
    ensemble: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "curve.svg"
    asked = ["--dim", "10", "--target", "1:1", "--n", "10,20", "--ensemble", ensemble]
    text = succeed("curve", *asked, "--out", str(file))
    title = text.splitlines()[0]
    assert title.endswith(f", {words}")
    assert f"<!-- {title} -->" in file.read_text(encoding="utf-8")
    assert "<!-- auto: loop-expansion, order 1 -->" in file.read_text(encoding="utf-8")
    found = json.loads(succeed("curve", *asked, "--json"))["curves"]["auto"]
    assert (found["asked"], found["theory"]) == ("auto", "loop-expansion")


def test_table_has_a_row_per_theory_where_it_would_be_too_wide() -> None:
    text = succeed(*SIMULATED, "--ridge", "0.01", columns=60)
    assert max(map(len, text.splitlines())) <= 60
    words = [line.split()[:2] for line in text.splitlines()]
    rows = [word for word in words if "self-consistent" in word]
    assert rows[:2] == [["20", "self-consistent"], ["40", "self-consistent"]]
    assert sum(word[:1] == ["simulation"] for word in words) == 2


def test_quiet() -> None:
    assert succeed(*SMALL, "--quiet") == ""
    assert json.loads(succeed(*SMALL, "-q", "--json"))["n"] == [20, 40]


def test_warnings_are_lines_on_stderr() -> None:
    """A UserWarning of the library: power where a shallow ReLU network has no eigenvalue."""
    arguments = ["--hidden-layers", "1", "--dim", "5", "--target", "1:1,3:1", "--n", "9", "--theory", "auto"]
    result = run("curve", *arguments, "--theory", "self-consistent", "--json")
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert len(lines) == len(set(lines)) >= 1
    assert all(line.startswith("warning: ") for line in lines)
    assert "degree 3" in lines[0]
    assert json.loads(result.stdout)["n"] == [9]


def test_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"curve{suffix}" for suffix in SUFFIXES]
    text = succeed(*SIMULATED, "--ridge", "0.01", *(f"--out={path}" for path in paths), columns=200)
    assert [str(path) in text for path in paths] == [True] * len(paths)
    data = json.loads(succeed(*SIMULATED, "--ridge", "0.01", "--json"))
    heads = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    for path in paths:
        assert path.read_bytes().startswith(heads.get(path.suffix, b""))
    assert json.loads((tmp_path / "curve.json").read_text()) == data
    rows = list(csv.DictReader((tmp_path / "curve.csv").read_text().splitlines()))
    assert [(row["source"], row["n"]) for row in rows] == [
        (source, n) for source in ("self-consistent", "equivalent-kernel", "simulation") for n in ("20", "40")
    ]
    errors = [*data["curves"]["self-consistent"]["error"], *data["curves"]["equivalent-kernel"]["error"]]
    assert [float(row["error"]) for row in rows] == errors + data["simulation"]["error"]
    assert [float(row["error_stderr"]) for row in rows[-2:]] == data["simulation"]["error_stderr"]


def test_file_that_cannot_be_written_costs_no_results() -> None:
    result = run(*SMALL, "--out", "/dev/full/curve.svg")
    assert (result.exit_code, result.stdout) == (2, "")
    if Path("/proc/self").is_dir():  # a folder in which not even root makes files
        result = run(*SMALL, "--out", "/proc/curve.json")
        assert result.exit_code == 2
        assert "loop-expansion" in result.stdout
        assert result.stderr.startswith("fieldtheory: error: /proc/curve.json")
        assert len(result.stderr.splitlines()) == 1


def test_spectrum_json() -> None:
    found = json.loads(succeed("spectrum", *NETWORK, "--max-degree", "4", "--json"))
    expected = ft.FullyConnected(3, "relu", 1.0, 1.0, 1 / 50).ntk().spectrum(50, 4)
    assert found["dim"] == 50
    assert found["eigenvalues"] == expected.eigenvalues.tolist()
    assert found["multiplicities"] == ["1", "50", "1274", "22050", "291550"]
    assert (found["trace"], found["tail"]) == (expected.trace, expected.tail)
    assert found["log_eigenvalues"] == expected.log_eigenvalues.tolist()
    assert found["relative_error"] == expected.relative_error.tolist()


def test_spectrum_of_exact_zeros_is_valid_json() -> None:
    """log 0 becomes null; NaN and Infinity are not JSON."""
    arguments = ["spectrum", "--hidden-layers", "1", "--dim", "5", "--max-degree", "5", "--json"]
    found = json.loads(succeed(*arguments), parse_constant=pytest.fail)
    assert found["log_eigenvalues"][3] is None
    assert found["eigenvalues"][3] == 0


def test_certified_digits() -> None:
    """A network without hidden layers: K = t, so that λ_1 = 1/d and all others vanish."""
    arguments = ["--hidden-layers", "0", "--weight-variance", "1", "--dim", "7", "--max-degree", "2"]
    found = json.loads(succeed("spectrum", *arguments, "--digits", "40", "--json"))
    assert found["certified"] == ["0", "0.1428571428571428571428571428571428571429", "0"]
    assert "0.142857142857142857143" in succeed("spectrum", *arguments, "--digits", "21")


def test_spectrum_table() -> None:
    text = succeed("spectrum", *NETWORK, "--max-degree", "3")
    spectrum = ft.FullyConnected(3, "relu", 1.0, 1.0, 1 / 50).ntk().spectrum(50, 3)
    rows = [line.split() for line in text.splitlines() if re.match(r"\d ", line)]
    assert [row[:2] for row in rows] == [["0", "1"], ["1", "50"], ["2", "1274"], ["3", "22050"]]
    np.testing.assert_allclose([float(row[2]) for row in rows], spectrum.eigenvalues, rtol=1e-6)
    shares = spectrum.degree_traces / spectrum.trace
    np.testing.assert_allclose([float(row[3]) for row in rows], shares, rtol=1e-3)
    assert "> 3" in text


def test_spectrum_below_the_float_range(capsys: pytest.CaptureFixture[str]) -> None:
    """The logarithm still tells: e^-2000 = 10^-868.588... = 2.5765...e-869."""
    one = np.ones(2)
    spectrum = SimpleNamespace(
        exact_multiplicities=(1, 10**400),
        log_eigenvalues=np.array([0.0, -2000.0]),
        relative_error=1e-15 * one,
        degree_traces=one,
        trace=2.0,
        tail=0.0,
        tail_eigenvalue=0.0,
        max_degree=1,
        dim=10**6,
    )
    print_spectrum("kernel", spectrum)
    exponent = -2000 / math.log(10)
    mantissa = 10 ** (exponent - math.floor(exponent))
    assert f"{mantissa:.6f}e{math.floor(exponent)}" in capsys.readouterr().out
    assert from_logarithm(-math.inf, 3) == "0"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.493637, 0.00123, "0.4936 ± 0.0012"),
        (0.493637, 0.23, "0.49 ± 0.23"),
        (0.4936, 3.0, "0.5 ± 3.0"),
        (0.493637, 2.34e-9, "0.4936 ± 2e-9"),
        (0.9398, 0.00049, "0.9398 ± 0.0005"),
        (1234.5, 12.0, "1234 ± 12"),
        (1.5e-7, 2e-8, "1.50e-7 ± 2.0e-8"),
        (0.0, 0.0, "0 ± 0"),
        (1.0, math.inf, "1.000 ± inf"),
    ],
)
def test_numbers_with_errors(value: float, error: float, text: str) -> None:
    assert with_error(value, error) == text


@pytest.mark.parametrize("name", main.commands)
def test_help_names_every_option(name: str) -> None:
    text = succeed(name, "--help")
    assert max(map(len, re.split("Examples:|bash:", text)[0].splitlines())) <= 80
    for parameter in main.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert all(re.search(re.escape(option) + r"(?![\w-])", text) for option in parameter.opts)


def test_help_names_what_the_library_knows() -> None:
    """Activations, theories with their orders, ensembles: help and completion hold what the library holds."""
    for name in ("curve", "spectrum"):
        assert f": {', '.join(ACTIVATIONS)};" in " ".join(succeed(name, "--help").split())
    text = "".join(succeed("curve", "--help").split())
    for name, theory in theories.THEORIES.items():
        orders = "" if theory.highest_order is None else f":K(K≤{theory.highest_order})"
        assert name + orders in text
    option = next(each for each in main.commands["curve"].params if each.name == "theories")
    completed = {item.value for item in option.shell_complete(click.Context(main.commands["curve"]), "")}
    expected = {theories.AUTO}
    for name, theory in theories.THEORIES.items():
        orders = range(1, (theory.highest_order or 0) + 1)
        expected |= {name} if theory.highest_order is None else {f"{name}:{order}" for order in orders}
    assert completed == expected
    ensembles = typing.get_args(typing.get_type_hints(ft.learning_curve)["ensemble"])
    assert set(ENSEMBLES) == set(ensembles)
    assert f"--ensemble{'|'.join(ENSEMBLES)}" in text


def commands_below(group: click.Command, *path: str) -> dict[str, click.Command]:
    """The command and all those in it, by the words that call them; the program is ""."""
    found = {" ".join(path): group}
    for name, command in getattr(group, "commands", {}).items():
        found |= commands_below(command, *path, name)
    return found


ALL_COMMANDS = commands_below(main)


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_examples_in_help_work(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).normal(size=(150, 3))
    np.save("K.npy", points @ points.T + np.eye(150))
    np.save("y.npy", points[:, 0] ** 2)
    lines = [",".join([*map(str, point), "ab"[int(point[0] > 0)]]) for point in points]
    (tmp_path / "table.csv").write_text("\n".join(["x,y,z,species", *lines]))
    numbers = [",".join(map(str, point)) for point in points[:8]]
    (tmp_path / "points.csv").write_text("\n".join(["x,y,z", *numbers]))
    np.savez("data.npz", X=points[:8, :2], y=points[:8, 2])
    np.savez("net.npz", W1=points[:4], b1=points[4, :1].repeat(4), W2=points[5:9].T)
    np.save("mean.npy", points[9])
    np.save("covariance.npy", points[:9].T @ points[:9])
    epilog = ALL_COMMANDS[name].epilog or ""
    if found := re.search(
        r"^(\w+\.toml):\n((?:  .*\n?)+)", epilog, re.MULTILINE
    ):  # a file that the help shows
        (tmp_path / found[1]).write_text(textwrap.dedent(found[2]))
    examples = [
        line for line in epilog.replace("\\\n", " ").splitlines() if line.startswith("  fieldtheory ")
    ]
    assert examples or name == "completion"
    if name == "explore":  # serves until it is ended: its examples are run in workbench/explorer
        return
    for example in examples:
        assert run(*shlex.split(example)[1:]).exit_code == 0, example


def test_program_without_command_shows_help() -> None:
    assert succeed() == succeed("--help")
    assert succeed("-h") == succeed("--help")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    script = succeed("completion", shell)
    assert "_FIELDTHEORY_COMPLETE" in script
    assert script.splitlines()[-1].startswith("# To install, ")
    assert f"fieldtheory completion {shell}" in script
    assert shell != "zsh" or script.startswith("#compdef fieldtheory")


def test_completion_offers_names() -> None:
    assert completions("curve", "--theory", "se") == ["plain,self-consistent"]
    assert completions("curve", "--theory", "sk") == [f"plain,skeleton:{order}" for order in (1, 2, 3, 4)]
    assert completions("curve", "--ensemble", "p") == ["plain,poisson"]


def test_bugs_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **keywords: object) -> None:
        raise TypeError("a bug")

    monkeypatch.setattr(ft, "learning_curve", fail)
    assert isinstance(run(*SMALL).exception, TypeError)


def test_version_is_fast_and_light() -> None:
    """Less than 0.4 s is asked for; here only that nothing heavy is loaded, which no busy machine changes."""
    heavy = {"numba", "sympy", "matplotlib", "scipy", "rich", "loky"}
    for argument in ("--version", "--help"):
        lines, loaded = process(argument)
        assert heavy & loaded == set()
        if argument == "--version":
            assert lines[0] == f"fieldtheory {ft.__version__}"


def test_pipe_and_error_in_a_process() -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "COLUMNS"}}
    command = [*PROGRAM, *SMALL, "--simulate", "2"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ft, "learning_curve", interrupt)
    result = run(*SMALL)
    assert (result.exit_code, result.output) == (130, "")


def test_defaults_are_those_of_the_library() -> None:
    """One set: what the command line leaves out is what Python leaves out."""
    options = {option.name: option.default for option in main.commands["spectrum"].params}
    of_finite_networks = {"width", "readout_variance", "feature_strength"}
    for name, parameter in inspect.signature(ft.FullyConnected).parameters.items():
        if name in of_finite_networks:
            assert name not in options
        elif parameter.default is not inspect.Parameter.empty and name != "activation":
            assert options[name] == parameter.default, name
    assert options["hidden_layers"] == 3  # which Python has no default for
    data = json.loads(succeed("spectrum", "--dim", "5", "--max-degree", "3", "--json"))
    expected = ft.FullyConnected(3).ntk().spectrum(5, 3).eigenvalues
    np.testing.assert_allclose(data["eigenvalues"], expected, rtol=1e-12)
