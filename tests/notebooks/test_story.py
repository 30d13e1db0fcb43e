"""Every notebook opens with what it teaches, marks its statements, and ends with exercises and sources."""

import re
from pathlib import Path

import pytest

from tests.notebooks.pairs import FOLDER, TEXTS

BIBLIOGRAPHY = "".join(
    (folder / "references.bib").read_text(encoding="utf-8")
    for folder in (FOLDER, FOLDER.parent / "fieldtheory")
)


def section(text: str, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title}"
    return found[1]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_opening(path: Path) -> None:
    """A title, what one will be able to do, how long it takes."""
    opening = path.read_text(encoding="utf-8").split("```{code-cell}")[0]
    for words in ("\n# ", "**What you will be able to do.**", "**How long.**"):
        assert opening.count(words) == 1, words


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_statements_are_marked(path: Path) -> None:
    """Some are proven, some computed, and what is neither is called conjectured."""
    text = path.read_text(encoding="utf-8").lower()
    assert all(f"**{mark}" in text for mark in ("proven", "computed", "conjectured"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_exercises(path: Path) -> None:
    """Three to six of them."""
    exercises = section(path.read_text(encoding="utf-8"), "Exercises")
    assert 3 <= len(re.findall(r"^\d\. |exercises\.check\(", exercises, re.MULTILINE)) <= 6


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_sources(path: Path) -> None:
    """Papers are cited; each number of the arXiv belongs to its link and to the bibliography."""
    text = path.read_text(encoding="utf-8")
    cited = re.findall(r"arXiv ([\w./-]+\d)\]\(https://arxiv.org/abs/([\w./-]+)\)", section(text, "Sources"))
    assert cited
    assert all(shown == linked for shown, linked in cited)
    assert {number for number, _ in cited} <= set(re.findall(r"eprint = \{(.*?)\}", BIBLIOGRAPHY))
