"""The prose of notebooks says no measured number that no cell prints."""

import re
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.pairs import TEXTS, stored

# a comment, which no reader sees: 12.5 %<!--{measured}-->
MEASURED = re.compile(r"([-−+]?[\d.,]*\d(?:e[-+]?\d+)?)[^\d\n]{0,12}<!--\{measured\}-->")


def outputs(notebook: NotebookNode) -> str:
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts += [output.text] if output.output_type == "stream" else [output.data.get("text/plain", "")]
    return "\n".join(texts)


def not_printed(notebook: NotebookNode) -> list[str]:
    """Measured numbers of the prose that stand in no output, as words of their own."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    marked = MEASURED.findall(prose)
    assert len(marked) == prose.count("{measured}"), "a number stands before each mark"
    shown = outputs(notebook)
    marked = [number.replace("−", "-") for number in marked]
    return [number for number in marked if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)", shown)]


def example(prose: str, output: str) -> NotebookNode:
    cell = new_code_cell("print(...)", outputs=[new_output("stream", name="stdout", text=output)])
    return new_notebook(cells=[new_markdown_cell(prose), cell])


def test_the_search_itself() -> None:
    """1.25 is printed by "off by 1.25 %", and not by "11.25", "1.257" or "1.2"."""
    assert not_printed(example("off by 1.25 %<!--{measured}-->", "off by 1.25 %")) == []
    for output in ("11.25", "1.257", "1.2", ""):
        assert not_printed(example("off by 1.25 %<!--{measured}-->", output)) == ["1.25"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_measured_numbers_are_printed(path: Path) -> None:
    """Each number that is marked as measured stands in the output of a cell."""
    assert not_printed(stored(path)) == []
