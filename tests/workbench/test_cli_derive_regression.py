"""`fieldtheory derive mean|error|variance|self-energy`: what it writes is what `replicas` derives."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sympy
from matplotlib.mathtext import MathTextParser

from diagrams.draw.svg import weight_text
from replicas.derivation.regression_action import gp_regression_action
from tests.typeset import unbroken
from tests.workbench.command_line import command_line

run, succeed = command_line("derive")


def test_text() -> None:
    title, heading, *rows = succeed("error", "--order", "1").splitlines()
    assert title == "error, order 1 in 1/N, poisson number of points: 3 diagrams"
    assert heading.split(maxsplit=3) == ["row", "count", "weight", "value / lambda_l**2"]
    assert [row.split() for row in rows[:2]] == [
        ["1", "2", "N/sigma**4", "C_l**3*tr(C)"],
        ["2", "1", "N/sigma**4", "C_l**2*tr(C^2)"],
    ]
    assert rows[3] == "sum: (2*C_l**3*N*tr(C)/sigma**4 + C_l**2*N*tr(C^2)/sigma**4)/lambda_l**2"


@pytest.mark.parametrize("quantity", ["mean", "error", "variance", "self-energy"])
@pytest.mark.parametrize("order", ["0", "1", "2"])
@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_every_format(quantity: str, order: str, ensemble: str, tmp_path: Path) -> None:
    expansion = gp_regression_action(ensemble).expand(quantity, int(order))
    asked = (quantity, "--order", order, "--ensemble", ensemble)
    text = unbroken(succeed(*asked, "--format", "latex"))
    assert text == expansion.latex()
    MathTextParser("path").parse(f"${text}$".replace(r"\operatorname{tr}", r"\mathrm{tr}"))
    found = json.loads(succeed(*asked, "--json"))
    assert len(found["diagrams"]) == len(expansion)
    assert found["expression"] == str(expansion.expression)
    space: dict[str, object] = {}
    exec(succeed(*asked, "--format", "python"), space)
    assert sympy.expand(space["expression"] - expansion.expression) == 0
    succeed(*asked, "--format", "svg", "--out", str(tmp_path))
    assert (tmp_path / "sheet.svg").read_text().startswith("<svg")
    assert len(list(tmp_path.iterdir())) == 1 + len(expansion)


def test_pictures_rows_and_terms_have_one_number(tmp_path: Path) -> None:
    """Sheet, table, JSON, formula and file names: the pictures of a row carry its number and weight."""
    asked = ("error", "--order", "2")
    _, _, *table = succeed(*asked).split("\n\n")[0].splitlines()
    rows = {row[0]: (int(row[1]), row[2]) for row in (line.split() for line in table)}
    assert sum(count for count, _ in rows.values()) == 19
    entries = json.loads(succeed(*asked, "--json"))["diagrams"]
    members = Counter(str(entry["row"]) for entry in entries)
    assert members == {row: count for row, (count, _) in rows.items()}
    for entry in entries:
        assert entry["weight"] == rows[entry["number"].split(".")[0]][1]
    succeed(*asked, "--format", "svg", "--out", str(tmp_path))
    sheet = ElementTree.parse(tmp_path / "sheet.svg").getroot()
    shown = [
        text.text for text in sheet.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "weight"
    ]
    written = {
        e["number"]: weight_text(sympy.sympify(e["weight"], {"N": sympy.Symbol("N")})) for e in entries
    }
    assert sorted(shown) == sorted(f"({number}) {weight}" for number, weight in written.items())
    names = {f"diagram-{number.replace('.', '-')}.svg" for number in written}
    assert {file.name for file in tmp_path.iterdir()} == names | {"sheet.svg"}
    formula = succeed(*asked, "--format", "latex")
    assert sorted(re.findall(r"% row (\d+)\n", formula)) == sorted(rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["error"], "order must be given for error"),
        (["error", "--order", "-1"], "order must be"),
        (["error", "--order", "9"], "order must be at most 4 (got 9)"),
        (["error", "--order", "1", "--loops", "1"], "loops must not be given for error"),
        (["error", "--order", "1", "--on-shell"], "on_shell must not be given for error"),
        (["error", "--order", "1", "--no-tadpoles"], "no_tadpoles must not be given for error"),
        (["error", "--order", "1", "--external", "2"], "external must not be given for error"),
        (["error", "--order", "1", "--ensemble", "grand"], "ensemble must be one of"),
        (["phi4", "--order", "1"], "order and ensemble must only be given for mean, error"),
        (["erro", "--order", "1"], "theory must be one of"),
    ],
)
def test_refusals_are_one_line(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_listing_does_not_load_the_replicas() -> None:
    code = (
        "import sys, fieldtheory.workbench.cli.commands.derive; "
        "assert 'replicas.derivation.regression_action' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
