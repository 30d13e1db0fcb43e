"""A notebook is two files: `NN_name.md` is written and reviewed, `NN_name.ipynb` keeps the outputs."""

from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[2] / "notebooks"
TEXTS = sorted(FOLDER.glob("*.md"))
FORMAT = "md:myst"


def from_text(path: Path) -> NotebookNode:
    """The notebook of a text, without outputs; cells are named by their place: a text makes one notebook."""
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt=FORMAT)
    for place, cell in enumerate(notebook.cells):
        cell.id = f"cell-{place}"
    return notebook


def stored(path: Path) -> NotebookNode:
    """The notebook with outputs beside a text."""
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


def to_text(notebook: NotebookNode) -> str:
    """The text that belongs to a notebook."""
    return jupytext.writes(notebook, fmt=FORMAT)
