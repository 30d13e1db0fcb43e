"""What a comparison of two runs lets pass and what not."""

from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.notebooks.comparison import differences, of_data
from tests.notebooks.execution import executed
from tests.notebooks.figure_data import MIME, figure_data, summary


def printed(text: str, *tags: str) -> object:
    cell = new_code_cell("print(...)", outputs=[new_output("stream", name="stdout", text=text)])
    cell.metadata.tags, cell.id = list(tags), "cell-0"
    return new_notebook(cells=[cell])


@pytest.mark.parametrize(
    ("old", "new", "tags", "same"),
    [
        ("error 0.5 ± 0.01\n", "error 0.5 ± 0.01\n", (), True),
        ("error 0.5 ± 0.01\n", "error 0.5000001 ± 0.01\n", (), False),
        ("error 0.5 ± 0.01\n", "error 0.504 ± 0.01\n", ("tolerance=0.01",), True),
        ("error 0.5 ± 0.01\n", "error 0.51 ± 0.01\n", ("tolerance=0.01",), False),
        ("error 0.5\n", "bias 0.5\n", ("tolerance=0.01",), False),
        ("error −0.5\n", "error 0.5\n", ("tolerance=0.01",), False),
        ("1.5e-3 of x2\n", "1.51e-3 of x2\n", ("tolerance=0.01",), True),
        ("1.5e-3\n", "1.5e-2\n", ("tolerance=0.01",), False),
        ("1 of x2\n", "1 of x3\n", ("tolerance=1",), False),
        ("1 2\n", "1\n", ("tolerance=1",), False),
    ],
)
def test_text(old: str, new: str, tags: tuple[str, ...], same: bool) -> None:
    """Without a tolerance every character counts; with one the words, and numbers within it."""
    assert (not differences(printed(old, *tags), printed(new, *tags))) is same


def drawn(values: np.ndarray, label: str = "theory") -> dict[str, object]:
    figure, axes = plt.subplots()
    axes.plot(values, label=label)
    axes.errorbar([0, 1], [1, 2], [0.1, 0.2])
    axes.fill_between([0, 1], values[:2], values[:2] + 1)
    axes.imshow(np.outer(values[:3], values[:3]))
    axes.legend()
    found = figure_data(figure)
    plt.close(figure)
    return found


@settings(max_examples=8)
@given(st.integers(0, 4), st.floats(0.01, 10), st.sampled_from([5, 400]))
def test_a_figure_is_its_data(place: int, change: float, size: int) -> None:
    """A figure equals itself; a point that is moved, or a legend with another word, makes another one."""
    values = np.linspace(1, 2, size)
    moved = values.copy()
    moved[place * (size // 5)] += change
    assert not of_data(drawn(values), drawn(values.copy()), 1e-5)
    assert of_data(drawn(values), drawn(moved), 1e-5)
    assert of_data(drawn(values), drawn(values, "simulation"), 1e-5)
    assert not of_data(drawn(values), drawn(values * (1 + 1e-7)), 1e-5)


def test_what_is_not_finite() -> None:
    """NaN equals NaN and no number."""
    assert not of_data(summary([1, np.nan]), summary([1, np.nan]), 1e-5)
    assert of_data(summary([1, np.nan]), summary([1, 2.0]), 1e-5)
    assert of_data(summary([1, np.nan]), summary([1, np.inf]), 1e-5)


def test_a_run_and_its_figure() -> None:
    """A cell prints and draws: text, SVG and data; the same run again is the same, to the byte."""
    notebook = new_notebook(
        cells=[new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]);\nprint('a')")]
    )
    first, second = executed(deepcopy(notebook)), executed(deepcopy(notebook))
    assert first == second
    text, figure = first.cells[0].outputs
    assert text.text == "a\n"
    assert {"image/svg+xml", MIME} <= set(figure.data)
    assert figure.data[MIME]["axes"][0]["artists"][0] == {"line": [summary([0, 1]), summary([1, 2])]}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import warnings\nwarnings.warn('of this')", "of this"),
        ("import sys\nprint('on the side', file=sys.stderr)", "on the side"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_fails_a_run(source: str, message: str) -> None:
    """A warning, a word on stderr and an exception each fail a run."""
    with pytest.raises((RuntimeError, CellExecutionError), match=message):
        executed(new_notebook(cells=[new_code_cell(source)]))
