"""One run of a notebook, from a clean kernel."""

import os

from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.notebooks.pairs import FOLDER

_ARGUMENTS = [
    "--InteractiveShellApp.extra_extensions=tests.notebooks.figure_data",
    "--InteractiveShell.colors=nocolor",
    "--InteractiveShell.xmode=Plain",
    "--Application.log_level=ERROR",
]
_ENVIRONMENT = {
    "PYTHONPATH": str(FOLDER.parent),  # what is tested is what lies beside the notebooks
    "PYTHONUTF8": "1",
    "SOURCE_DATE_EPOCH": "0",  # a figure of today is that of yesterday
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


def executed(notebook: NotebookNode, timeout: float = 240) -> NotebookNode:
    """The notebook with the outputs of a run; what a cell raises is raised, and a warning is an error."""
    client = NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,
        extra_arguments=_ARGUMENTS,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    client.execute(env=os.environ | _ENVIRONMENT)
    for cell in notebook.cells:
        printed = [output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"]
        if printed:
            raise RuntimeError(f"{cell.id} writes to stderr:\n{''.join(printed)}\nof the cell\n{cell.source}")
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    # the kernel tells its version, which is none of the notebook's
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Text that came in several messages is one output."""
    found: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and found and found[-1].output_type == "stream":
            found[-1].text += output.text
        else:
            found.append(output)
    return found
