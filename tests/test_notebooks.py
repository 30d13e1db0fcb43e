"""A run of every notebook prints and draws what is stored with it; a warning is an error."""

from pathlib import Path

import pytest

from tests.notebooks.comparison import differences
from tests.notebooks.execution import executed
from tests.notebooks.pairs import TEXTS, from_text, stored


def test_there_are_notebooks() -> None:
    assert TEXTS


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_stored_outputs_are_those_of_a_run(path: Path) -> None:
    found = differences(stored(path), executed(from_text(path)))
    assert not found, "\n".join([*found[:20], f"store it again: python -m tests.notebooks {path.stem[:2]}"])
