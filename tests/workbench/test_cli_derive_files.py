"""Where `fieldtheory derive --out` writes, and in which language."""

import json
from pathlib import Path
from xml.etree import ElementTree

import networkx
import pytest

from tests.workbench.command_line import command_line

DIAGRAMS = 3  # phi^4 two-point, two loops: sunset, double scoop and two tadpoles in a row


run, _ = command_line("derive", "phi4", "--external", "2", "--loops", "2")


@pytest.mark.parametrize("ending", ["svg", "dot", "graphml", "json", "txt", "py", "tex"])
def test_the_ending_of_the_file_says_the_language(ending: str, tmp_path: Path) -> None:
    """`--out x.E` writes the file x.E alone, and each language holds all the diagrams."""
    file = tmp_path / f"two.loops.{ending.upper()}"
    assert run("--out", str(file)).exit_code == 0
    assert list(tmp_path.iterdir()) == [file]
    text = file.read_text(encoding="utf-8")
    match ending:
        case "svg":
            assert ElementTree.fromstring(text).tag.endswith("svg")
        case "dot":
            assert text.count("graph ") == DIAGRAMS
        case "graphml":
            assert text.count("<graph ") == DIAGRAMS
            assert networkx.read_graphml(file) is not None
        case "json":
            assert len(json.loads(text)["diagrams"]) == DIAGRAMS
        case "txt":
            assert "3 diagrams" in text
        case "py":
            compile(text, file.name, "exec")
        case "tex":
            assert "\\documentclass" in text


def test_a_name_without_ending_is_a_folder(tmp_path: Path) -> None:
    """A folder holds all diagrams in one file and each in its own; also one with a dot and digits."""
    assert run("--out", str(tmp_path / "pictures.2"), "--format", "svg").exit_code == 0
    names = sorted(file.name for file in (tmp_path / "pictures.2").iterdir())
    assert names == [*(f"diagram-{k}.svg" for k in (1, 2, 3)), "sheet.svg"]


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("a.pdf", [], "out must be a folder, or end in .txt, .tex, .json, .py, .svg, .dot, .graphml (got"),
        ("a.svg", ["--format", "json"], "out must end in .json for format json, or be a folder (got"),
        ("a.svg", ["--format", "tex"], "out must end in .tex for format tex"),
    ],
)
def test_another_ending_is_refused(name: str, more: list[str], message: str, tmp_path: Path) -> None:
    """One line that says which endings there are; nothing is written."""
    result = run("--out", str(tmp_path / name), *more)
    assert result.exit_code != 0
    assert message in result.stderr
    assert not list(tmp_path.iterdir())
