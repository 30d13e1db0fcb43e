"""Each notebook is two files that say the same."""

import re
from pathlib import Path

import pytest

from tests.notebooks.pairs import FOLDER, TEXTS, from_text, stored, to_text


def test_every_notebook_has_its_text() -> None:
    """The texts and the notebooks have the same names, numbered."""
    assert [path.stem for path in TEXTS] == sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    assert all(path.stem[:2].isdigit() and path.stem[2] == "_" for path in TEXTS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_notebook_and_text_are_equal(path: Path) -> None:
    """text = to_text(notebook), cell for cell = from_text(text)."""
    notebook = stored(path)
    assert to_text(notebook) == path.read_text(encoding="utf-8"), f"python -m tests.notebooks {path.stem[:2]}"
    cells = [(cell.cell_type, cell.id, cell.source, cell.metadata) for cell in notebook.cells]
    assert cells == [(cell.cell_type, cell.id, cell.source, cell.metadata) for cell in from_text(path).cells]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_outputs_are_stored(path: Path) -> None:
    """Cells were run from the first to the last; figures are SVG and nothing went to stderr."""
    cells = [cell for cell in stored(path).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs
    assert not [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert not [output for output in outputs if "image/png" in output.get("data", {})]


def test_notebooks_that_are_mentioned_exist() -> None:
    """Each `name.ipynb` of the documents and of the notebooks is a notebook."""
    texts = [*TEXTS, *FOLDER.parent.glob("docs/*.md"), FOLDER.parent / "CHANGELOG.md"]
    named = {name for text in texts for name in re.findall(r"(\w+)\.ipynb", text.read_text(encoding="utf-8"))}
    assert named <= {path.stem for path in TEXTS}
