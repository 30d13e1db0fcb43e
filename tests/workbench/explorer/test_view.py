"""A view and what reproduces it: the same numbers as Python, as a command and from the server."""

import asyncio
import json
import math
import shlex
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.explorer import reproduction, simulations
from fieldtheory.workbench.explorer.answer import answer
from fieldtheory.workbench.explorer.controls import CONTROLS, Slider
from fieldtheory.workbench.explorer.reproduction import command_text, python_text
from fieldtheory.workbench.explorer.simulations import Simulation
from fieldtheory.workbench.explorer.view import View, control_of
from tests.workbench.command_line import command_line
from tests.workbench.explorer.explorer_process import ROOT

VIEWS = (
    {},
    {"kernel": "nngp", "activation": "sin", "input_scale": "1", "dim": 30, "n": 777, "ridge": 0.01},
    {"compare": "none", "dim": 200, "power_4": 0.3, "power_1": 0, "label_noise": 0.02, "bias_variance": 0},
)


def stops(name: str) -> Any:
    return st.sampled_from(CONTROLS[name].values)


@pytest.mark.parametrize("values", VIEWS, ids=str)
def test_command(values: dict[str, Any]) -> None:
    """The command prints, to each digit, what the page is told."""
    view = View.read(values)
    run, _ = command_line()
    words = shlex.split(command_text(view, simulated=False).replace("\\\n", " "))
    assert words[0] == "fieldtheory"
    found = run(*words[1:], "--json")
    assert found.exit_code == 0, found.stderr
    told = answer(view)
    for each in told["curves"]:
        for name in ("error", "error_bar"):
            printed = json.loads(found.stdout)["curves"][each["theory"]][name]
            assert printed == pytest.approx(each[name].tolist(), rel=1e-12, abs=1e-300)
    assert len(told["curves"]) == len(view.theories)


def test_python_with_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program runs as it stands; its points are those of a simulation with the same seed."""
    monkeypatch.setattr(reproduction, "SIMULATED", (20, 40))
    view = View.read(VIEWS[1])
    code = python_text(view, simulated=True)
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    rows = [line.split() for line in printed.stdout.splitlines()]
    exact = ft.simulate(view.zonal_kernel, 30, view.target, [20, 40], ridge=0.01, repeats=8, jobs=1)
    for row, n, error, stderr in zip(rows[-2:], exact.n, exact.error, exact.error_stderr, strict=True):
        assert [int(row[0]), float(row[1]), float(row[2])] == pytest.approx([n, error, stderr], rel=1e-9)
    words = command_text(view, simulated=True).replace("\\\n", " ").splitlines()
    assert len(words) == 2
    assert "--n 20,40 --simulate 8 --seed 0" in words[1]


def answer_or_control(values: dict[str, Any]) -> tuple[Any, str | None]:
    try:
        return answer(View.read(values)), None
    except ValueError as error:
        return None, control_of(error)


@settings(max_examples=25)
@example({"activation": "elu", "hidden_layers": 6, "weight_variance": 3.0, "dim": 10, "input_scale": "1"})
@example({"activation": "sign", "kernel": "nngp"})
@given(st.fixed_dictionaries({}, optional={name: stops(name) for name in CONTROLS}))
def test_every_view_has_numbers_or_a_refusal(values: dict[str, Any]) -> None:
    """Finite errors, bias and variance that make it up; or a message at one of the controls."""
    found, control = answer_or_control(values)
    if found is None:
        assert control in CONTROLS
        return
    for curve in found["curves"]:
        assert all(math.isfinite(each) and each >= 0 for each in curve["error"])
    numbers = found["numbers"]
    assert numbers["error"] == pytest.approx(numbers["bias"] + numbers["variance"], rel=1e-9, abs=1e-12)
    assert numbers["effective_ridge"] >= 0
    assert numbers["error"] == found["curves"][0]["error"][found["n"].index(numbers["n"])]


@pytest.mark.parametrize("name", [name for name, each in CONTROLS.items() if isinstance(each, Slider)])
def test_sliders_read_their_stops(name: str) -> None:
    """Each stop as itself, whole numbers also as JSON may write them; nothing beyond the ends."""
    slider = CONTROLS[name]
    assert isinstance(slider, Slider)
    for value in slider.values:
        assert slider.read(value) == value
        if slider.whole:
            assert isinstance(slider.read(float(value)), int)
    for beyond in (slider.values[0] - 1, slider.values[-1] + 1, math.nan, math.inf, None, "1", [1]):
        with pytest.raises(ValueError, match=rf"^{name} must be"):
            slider.read(beyond)


@pytest.mark.parametrize("limit", ["SECONDS", "BYTES"])
def test_limits_of_a_simulation(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no time or memory left it ends before the first data set, and says why."""
    monkeypatch.setattr(simulations, limit, 1e-9)

    async def lines() -> list[dict[str, Any]]:
        run = Simulation(View.read({}), asyncio.get_running_loop())
        run.start()
        return [line async for line in run.lines()]

    first, *more = asyncio.run(lines())
    assert first["simulation"]
    assert len(more) == 1
    assert more[0]["end"] == "error"
    assert ("max_time" if limit == "SECONDS" else "max_memory") in more[0]["error"]


def test_time_limit_between_data_sets() -> None:
    """Where a data set takes longer than was estimated, the run stops before the next."""
    now = iter(range(0, 1000, 4))

    async def lines() -> list[dict[str, Any]]:
        run = Simulation(View.read({}), asyncio.get_running_loop(), lambda: float(next(now)))
        run.start()
        return [line async for line in run.lines()]

    found = asyncio.run(lines())
    assert [line["end"] for line in found if "end" in line] == ["stopped after 10 s"]
    assert len([line for line in found if "progress" in line]) == 2
