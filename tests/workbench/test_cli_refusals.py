"""What the command line reads, and what it refuses: in one line on stderr, with status 2."""

import shlex

import numpy as np
import pytest
from click.testing import CliRunner

import fieldtheory as ft
from fieldtheory.workbench.cli import main
from fieldtheory.workbench.cli.options.values import read_sizes, read_target


def refused(*arguments: str) -> str:
    """The message: the last and only line of stderr that is not a warning; status 2, stdout empty."""
    result = CliRunner().invoke(main, list(arguments))
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert result.stdout == ""
    *before, last = result.stderr.splitlines()
    assert all(line.startswith("warning: ") for line in before)
    assert last.startswith("fieldtheory: error: ")
    return last


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("50:3200:4", [50, 200, 800, 3200]),
        ("50:3500:2", [50, 3500]),
        ("1:4:50", [1, 2, 3, 4]),
        ("7:7:1", [7]),
        ("50,100", [50, 100]),
        ("100, 50,100", [100, 50]),
        ("1e3", [1000]),
    ],
)
def test_sizes(text: str, sizes: list[int]) -> None:
    assert read_sizes(text) == sizes


def test_sizes_are_log_spaced() -> None:
    assert read_sizes("50:3500:20") == np.geomspace(50, 3500, 20).round().astype(int).tolist()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-5",
        "2.5",
        "nan",
        "inf",
        "1e400",
        "a",
        "1:5",
        "1:2:3:4",
        "5:1:3",
        "1:5:1",
        "1:5:10001",
        "1::3",
        "1,,2",
    ],
)
def test_wrong_sizes(text: str) -> None:
    assert "n " in refused("curve", "--dim", "5", "--target", "1:1", f"--n={text}")


def test_targets() -> None:
    assert dict(read_target(" 1:1, 3 : 2e-1", 5).powers) == {1: 1.0, 3: 0.2}
    assert read_target("x1*x2", 5) == ft.Target.from_polynomial("x1*x2", 5)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')",
        "x1.__class__",
        "x1**999999999",
        "((((" * 999,
        "x6",
        "",
        "1:1,1:2",
        "1:nan",
        "1:-1",
        "1:0",
        "-1:1",
        "1:1:1",
        "1:",
        "1:1,",
        "a:1",
        "1:\x1b[31m\nx",
    ],
)
def test_wrong_targets(text: str) -> None:
    message = refused("curve", "--dim", "5", f"--target={text}")
    assert message.isprintable()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--activation rleu", "did you mean 'relu'?"),
        ("--theory self-consistant", "did you mean 'self-consistent'?"),
        ("--theory perturbativ:2", "did you mean 'perturbative'?"),
        ("--theory perturbative", "theory must be perturbative:K with the order K, an integer from 0 to 4"),
        ("--theory perturbative:", "such as perturbative:1 (got 'perturbative:')"),
        ("--theory perturbative:x", "(got 'perturbative:x')"),
        ("--theory skeleton:9", "an integer from 0 to 4"),
        ("--theory skeleton:-1", "(got 'skeleton:-1')"),
        ("--theory loop-expansion:2", "an integer from 0 to 1"),
        ("--theory one-loop:1", "theory must be one-loop without an order"),
        ("--theory auto:1", "theory must be auto without an order"),
        ("--kernel ntkk", "did you mean 'ntk'?"),
        ("--ensemble posson", "did you mean 'poisson'?"),
        ("--dim 1", "dim must be at least 2"),
        ("--dim 2.5", "--dim"),
        ("--weight-variance 0", "--weight-variance must be finite and greater than 0"),
        ("--weight-variance=-1", "--weight-variance"),
        ("--bias-variance=-1", "--bias-variance"),
        ("--input-scale 1/0", "--input-scale"),
        ("--input-scale x", "not a number such as 0.5 or 1/50"),
        ("--hidden-layers=-1", "--hidden-layers must be at least 0"),
        ("--ridge=-0.1", "ridge must be finite and at least 0"),
        ("--ridge nan", "ridge"),
        ("--ridge inf", "ridge"),
        ("--label-noise nan", "--label-noise"),
        ("--max-degree=-1", "--max-degree"),
        ("--max-degree 0", "degree"),
        ("--theory equivalent-kernel --renormalise-at 9999", "renormalise_at must be a degree from 0 to"),
        ("--theory equivalent-kernel --renormalise-at=-1", "renormalise_at must be a degree from 0 to"),
        ("--renormalise-at 2", "--renormalise-at must only be given for the theory equivalent-kernel (got 2"),
        ("--theory one-loop --renormalise-at 2", "theory one-loop): add --theory equivalent-kernel"),
        ("--simulate 1", "simulate"),
        ("--simulate=-2", "simulate"),
        ("--simulate 2 --simulate-points 0", "simulate_points"),
        ("--simulate 2 --seed=-1", "seed"),
        ("--simulate 2 --jobs 0", "jobs"),
        ("--simulate 2 --orientations none", "orientations"),
        ("--simulate 2 --n 10000000", "GB"),  # MemoryError
        ("--simulat 2", "'--simulate'"),
        ("--out curve.xyz", ".svg, .png, .pdf, .json, .csv"),
        ("--out nowhere/curve.svg", "folder that exists"),
        ("--out .csv/", "out must be"),
        ("--n", "--n"),
        ("surplus", "surplus"),
    ],
)
def test_refusals(arguments: str, words: str) -> None:
    assert words in refused("curve", "--dim", "5", "--target", "1:1", "--n", "9", *shlex.split(arguments))


def test_missing_option_and_wrong_command() -> None:
    assert "--dim" in refused("curve", "--target", "1:1")
    assert "did you mean 'curve'?" in refused("crve")
    assert "bash" in refused("completion", "tcsh")
    assert "closed form" in refused("spectrum", "--activation", "tanh", "--dim", "5", "--digits", "9")
    assert "digits" in refused("spectrum", "--dim", "5", "--digits", "0")


def test_diverging_theory_is_refused() -> None:
    """A linear network without ridge at N = number of modes."""
    arguments = [
        "--activation",
        "linear",
        "--hidden-layers",
        "0",
        "--dim",
        "5",
        "--target",
        "1:1",
        "--n",
        "5",
    ]
    assert "diverges" in refused("curve", *arguments)


@pytest.mark.parametrize(("option", "unit"), [("--max-time", "10min"), ("--max-memory", "8GB")])
def test_limits_have_units(option: str, unit: str) -> None:
    said = refused("spectrum", "--dim", "5", option, "much")
    assert said.startswith(f"fieldtheory: error: {option} must be such as ")
    assert unit in said
    assert CliRunner().invoke(main, ["spectrum", "--dim", "5", option, unit]).exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        "curve --dim 2 --target 1:1 --theory perturbative:4 --max-memory 1GB",
        "derive phi4 --loops 50",
        "spectrum --dim 5 --hidden-layers 2147483648",
        "spectrum --dim 5 --digits 10000000000",
        "spectrum --dim 5 --max-degree 100000000",
        "curve --dim 5 --target 1:1 --n 10 --simulate 1000000000000000000000000000000",
        "curve --dim 5 --target 1:1 --n 10000000 --simulate 2",
    ],
)
def test_cost_is_estimated_before_the_work(command: str) -> None:
    """Refused at once, in a line that names the limit and the option that lifts it."""
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 2, result.output
    last = result.stderr.splitlines()[-1]
    assert last.startswith("fieldtheory: error: ")
    assert "--max-time" in last or "--max-memory" in last, last
