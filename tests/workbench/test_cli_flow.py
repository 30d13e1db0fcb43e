"""`fieldtheory flow`: what it prints and writes is what `renormalization` says."""

import csv
import json
import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench.cli.commands.flow import flow_command
from renormalization import DepthFlow, WilsonFlow, flow_equation, phase_diagram
from tests.workbench.command_line import command_line, completions, process

run, succeed = command_line("flow")
WILSON = [
    "wilson",
    "--weight-variance",
    "2",
    "--dim",
    "6",
    "--ridge",
    "0.05",
    "--label-noise",
    "0.1",
    "--target",
    "1:1,2:0.5",
]
TANH = ["depth", "--activation", "tanh"]


@pytest.fixture(scope="module")
def flow() -> WilsonFlow:
    spectrum = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(6)
    return WilsonFlow(spectrum, [50, 400], 0.05, 0.1, ft.Target({1: 1.0, 2: 0.5}))


def test_wilson_json_is_the_api(flow: WilsonFlow) -> None:
    """Every column at every cut-off, kappa, horizon, both errors and the vertex term."""
    found = json.loads(succeed(*WILSON, "--n", "50,400", "--vertex", "--json"))
    every = np.arange(flow.spectrum.max_degree + 1)
    assert found["cutoff"] == every.tolist()
    assert found["n"] == [50, 400]
    for name, column in flow.all._asdict().items():
        np.testing.assert_array_equal(found[name], column)
    np.testing.assert_array_equal(found["vertex"], flow.corrections(every).vertex)
    np.testing.assert_array_equal(found["truncated_error"], flow.truncated_error(every))
    assert np.max(found["kappa_residual"]) < 1e-12
    assert found["kappa"] == flow.kappa.tolist()
    assert found["horizon"] == flow.horizon().tolist()
    assert found["error"] == flow.error.tolist()
    assert found["settings"]["target"] == {"1": 1.0, "2": 0.5}


def test_wilson_table(flow: WilsonFlow) -> None:
    """A table per N, the cut-offs asked for, in 80 columns; what speaks against a cut-off on stderr."""
    result = run(*WILSON, "--n", "50,400", "--cutoff", "2,1", "--vertex")
    text = result.stdout
    assert result.exit_code == 0
    assert max(map(len, text.splitlines())) <= 80
    rows = [line.split() for line in text.splitlines() if re.match(r"\d+ ", line)]
    assert [row[0] for row in rows] == ["1", "2", "1", "2"]
    ridges = [float(row[1]) for row in rows]
    np.testing.assert_allclose(ridges, np.ravel(flow.at([1, 2]).ridge), rtol=1e-4)
    assert f"horizon: degree {flow.horizon()[1]}" in text
    said = [f"warning: cut-off {cut}: {each}" for cut in (1, 2) for each in flow.validity(cut)]
    assert said
    assert result.stderr.splitlines() == said


def test_wilson_files(flow: WilsonFlow, tmp_path: Path) -> None:
    paths = [tmp_path / f"flow{suffix}" for suffix in (".svg", ".json", ".csv")]
    assert succeed(*WILSON, "--n", "50,400", "-q", *(f"--out={path}" for path in paths)) == ""
    assert paths[0].stat().st_size > 1000
    assert json.loads(paths[1].read_text())["n"] == [50, 400]
    rows = list(csv.DictReader(paths[2].read_text().splitlines()))
    assert len(rows) == 2 * (flow.spectrum.max_degree + 1)
    assert [float(row["ridge"]) for row in rows] == flow.all.ridge.ravel().tolist()


def test_wilson_without_target_or_learning() -> None:
    """No errors without a target; with little data nothing is learnt."""
    text = succeed("wilson", "--dim", "6", "--n", "1", "--ridge", "100", "--cutoff", "all")
    assert "nothing is learnt" in text
    assert "error" not in text.splitlines()[3]
    assert json.loads(succeed("wilson", "--dim", "6", "--n", "9", "--json"))["error"] is None


def test_formulas() -> None:
    """The flow equation and the recursions, in both formats; neither needs numbers."""
    assert succeed("wilson", "--formula").startswith(str(flow_equation()))
    assert succeed("wilson", "--formula", "--format", "latex").strip() == flow_equation().latex()
    recursion = DepthFlow("sin", 1.0).symbolic()
    assert succeed("depth", "--activation", "sin", "--formula").startswith(str(recursion))
    text = succeed("depth", "--activation", "sin", "--formula", "--format", "latex").strip()
    assert text == recursion.latex()
    assert r"\chi_\parallel" in text


def test_depth_json_is_the_api() -> None:
    arguments = "--weight-variance 1.5 --bias-variance 1/20 --layers 4 --width 32 --input-variance 0.5"
    found = json.loads(succeed(*TANH, *arguments.split(), "--correlation", "0.25", "--json"))
    flow = DepthFlow("tanh", 1.5, 0.05)
    for name in ("fixed_point", "chi_1", "chi_parallel", "fixed_correlation", "correlation_depth"):
        assert found[name] == getattr(flow, name)
    assert found["phase"] == flow.phase == "ordered"
    layers, path, finite = found["layers"], flow.trajectory(4, 0.5, 0.25), flow.finite_width(4, 32, 0.5)
    assert layers["layer"] == [0, 1, 2, 3, 4]
    assert layers["variance"] == path.variance.tolist()
    assert layers["correlation"] == path.correlation.tolist()
    np.testing.assert_allclose(layers["variance"][1:], finite.kernel, rtol=1e-12)
    assert layers["shift"] == [0.0, *(finite.shift / 32).tolist()]
    assert layers["fluctuation"] == [0.0, *finite.covariance.tolist()]
    assert layers["coupling"] == [0.0, *finite.coupling.tolist()]


def test_tangent_json_is_the_api() -> None:
    """With its powers of 1/n, for widths that differ; layer 0 does not fluctuate."""
    arguments = "--weight-variance 1.5 --bias-variance 1/20 --layers 3 --width 32,16,64 --input-variance 0.5"
    layers = json.loads(succeed(*TANH, *arguments.split(), "--tangent", "--json"))["layers"]
    found = DepthFlow("tanh", 1.5, 0.05).tangent_kernel(3, [32, 16, 64], 0.5)
    assert layers["tangent_kernel"] == [0.5, *found.kernel.tolist()]
    for name in ("shift", "variance", "cross", "drift"):
        values = getattr(found, name) / np.array([32, 16, 64])
        assert layers[f"tangent_{name}"] == [0.0, *values.tolist()]


def test_tangent_table(tmp_path: Path) -> None:
    """relu at criticality: H = l + 1, variance l (l + 1)(11 l + 7)/(3 n), drift (4/3) l (l + 1)(l + 2)/n."""
    out = tmp_path / "tangent.svg"
    options = ["--weight-variance", "2", "--layers", "2", "--width", "100", "--tangent", f"--out={out}"]
    text = succeed("depth", *options)
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ ", line)][-2:]
    assert rows == [
        ["1", "2.0000", "0", "0.12000", "0.10000", "0.080000"],
        ["2", "3.0000", "0", "0.58000", "0.30000", "0.32000"],
    ]
    assert max(map(len, text.splitlines())) <= 80
    assert out.stat().st_size > 1000


@pytest.mark.parametrize("chosen", [["--bias-variance", "0.05"], ["--q-star", "0.5"], []])
def test_critical(chosen: list[str]) -> None:
    found = json.loads(succeed(*TANH, "--critical", *chosen, "--json"))
    keyword = {chosen[0][2:].replace("-", "_"): float(chosen[1])} if chosen else {"bias_variance": 0.0}
    point = DepthFlow.critical_point("tanh", **keyword)
    assert found["settings"]["weight_variance"] == point.weight_variance
    assert found["settings"]["bias_variance"] == point.bias_variance
    assert found["fixed_point"] == pytest.approx(point.q_star, rel=1e-9)
    assert found["chi_1"] == pytest.approx(1.0, rel=1e-9)


def test_critical_point_that_repels() -> None:
    """gelu: the variance flows from 1 to another fixed point, which is ordered."""
    result = run("depth", "--activation", "gelu", "--critical", "--bias-variance", "0.1")
    assert result.exit_code == 0
    *_, line = result.stderr.splitlines()
    assert line.startswith(
        "warning: the variance does not flow to the critical fixed point 1.63243: from 1 it"
    )


def test_depth_table() -> None:
    """relu at criticality: 5/n a layer, no shift, nothing that forgets."""
    text = succeed("depth", "--weight-variance", "2", "--layers", "2", "--width", "100")
    assert "critical" in text
    assert "inf layers" in text
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ ", line)]
    assert [row[-1] for row in rows] == ["0", "0.050000", "0.10000"]
    assert [row[3] for row in rows] == ["0", "0", "0"]
    assert max(map(len, text.splitlines())) <= 80


def test_unbounded_variance() -> None:
    assert "grows without bound" in succeed("depth", "--weight-variance", "3", "--layers", "2")
    found = json.loads(succeed("depth", "--weight-variance", "3", "--layers", "2", "--json"))
    assert found["phase"] is None
    assert found["fixed_point"] is None
    assert found["layers"]["variance"] == pytest.approx([1, 1.5, 2.25])


def test_depth_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"depth{suffix}" for suffix in (".svg", ".json", ".csv")]
    assert succeed(*TANH, "--layers", "3", "-q", *(f"--out={path}" for path in paths)) == ""
    assert paths[0].stat().st_size > 1000
    assert json.loads(paths[1].read_text())["settings"]["activation"] == "tanh"
    assert [row["layer"] for row in csv.DictReader(paths[2].read_text().splitlines())] == ["0", "1", "2", "3"]


def test_phase_diagram(tmp_path: Path) -> None:
    """The table has points of the critical line, the files the whole diagram."""
    paths = [tmp_path / f"phases{suffix}" for suffix in (".svg", ".json", ".csv")]
    text = succeed(*["depth", "--activation", "erf", "--phase-diagram"], *(f"--out={path}" for path in paths))
    rows = [line.split() for line in text.splitlines() if re.match(r"0\.?\d* ", line)]
    point = DepthFlow.critical_point("erf", bias_variance=0.05)
    assert [float(each) for each in rows[1]] == pytest.approx(
        [0.05, point.weight_variance, point.q_star], 1e-5
    )
    found = json.loads(paths[1].read_text())
    weights, biases = found["weight_variance"], found["bias_variance"]
    few = phase_diagram("erf", weights[::20], biases[::20])
    np.testing.assert_allclose(np.array(found["chi_1"])[::20, ::20], few.chi_1, rtol=1e-12)
    assert all(each["reached"] for each in found["critical_line"])
    assert len(list(csv.DictReader(paths[2].read_text().splitlines()))) == len(weights) * len(biases)
    assert paths[0].stat().st_size > 10000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("wilson", "Missing option '--dim'"),
        ("depth --width 64,x", "width must be an integer, or one for each layer as in 64,48 (got '64,x')"),
        ("depth --layers 3 --width 64,48", "width must be one value, or one for each of 3 hidden layers"),
        ("depth --phase-diagram --tangent", "tangent must not be given with --phase-diagram"),
        ("depth --activation sign --tangent", "activation must have a derivative"),
        ("wilson --dim 5 --cutoff 999", "cutoff must be between 0 and"),
        ("wilson --dim 5 --cutoff 1.5", "cutoff must be all, or degrees such as 1,2,3 (got '1.5')"),
        ("wilson --dim 5 --cutoff ''", "cutoff must be all, or degrees"),
        ("wilson --dim 5 --n 0", "n must be a list of integers"),
        ("wilson --dim 5 --ridge -1", "ridge must be finite and at least 0 (got -1.0)"),
        ("wilson --dim 3 --n 3000 --max-degree 4", "raise --max-degree"),
        ("wilson --dim 5 --target 9:1 --max-degree 4", "target must have its power at degrees"),
        ("wilson --dim 5 --out flow.txt", "out must be a file that ends in"),
        ("wilson --formula --format html", "format must be one of 'text', 'latex' (got 'html')"),
        ("wilson --dim 5 --format latex", "format must only be given with --formula"),
        ("wilson --formula --json", "formula must be printed"),
        ("depth --activation tan", "did you mean 'tanh'?"),
        ("depth --activation tan --formula", "did you mean 'tanh'?"),
        ("depth --weight-variance 0", "--weight-variance must be finite and greater than 0"),
        ("depth --q-star 1", "--q-star must only be given with --critical (got 1)"),
        ("depth --critical --weight-variance 1", "--weight-variance must not be given with --critical"),
        (
            "depth --critical --q-star 1 --bias-variance 1",
            "one of --bias-variance and --q-star must be given",
        ),
        (
            "depth --critical --bias-variance 0.1",
            "--bias-variance must be 0, which the critical line of relu",
        ),
        ("depth --layers 0", "layers must be at least 1"),
        ("depth --width 0", "width must be at least 1"),
        ("depth --correlation 2", "correlation must be at most 1"),
        ("depth --input-variance 0", "input_variance must be finite and greater than 0"),
        ("depth --phase-diagram --critical", "critical must not be given with --phase-diagram"),
        ("depth --phase-diagram --q-star 1", "--q-star must not be given with --phase-diagram"),
        ("wilsn", "command must be one of depth, wilson (got 'wilsn'); did you mean 'wilson'?"),
    ],
)
def test_refusals(arguments: str, message: str) -> None:
    result = run(*shlex.split(arguments))
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("fieldtheory: error: ")
    assert message in line


@pytest.mark.parametrize("name", flow_command.commands)
def test_help(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option explained in 80 columns; the examples run."""
    text = succeed(name, "--help")
    assert max(map(len, text.split("Examples:")[0].splitlines())) <= 80
    command = flow_command.commands[name]
    for parameter in command.params:
        assert isinstance(parameter, click.Option)
        assert parameter.help
        assert all(option in text for option in parameter.opts)
    monkeypatch.chdir(tmp_path)
    examples = [line for line in (command.epilog or "").splitlines() if line.startswith("  fieldtheory flow")]
    assert len(examples) == 4
    for example in examples:
        assert run(*shlex.split(example)[2:]).exit_code == 0, example


def test_flow_alone_shows_help() -> None:
    assert succeed() == succeed("--help")
    assert "fieldtheory flow wilson" in succeed()


def test_completion() -> None:
    assert completions("flow", "depth", "--activation", "ta") == ["plain,tanh"]


def test_help_is_light() -> None:
    """Nothing heavy is loaded before a flow is computed."""
    _, loaded = process("flow", "wilson", "--help")
    assert {"numba", "sympy", "matplotlib", "scipy", "rich"} & loaded == set()
