"""`fieldtheory realspace couplings`: the published couplings of rings; what it refuses."""

import json

import numpy as np
import pytest

import fieldtheory as ft
from renormalization import LatticeModel, Rule, cumulant_couplings, effective_couplings
from tests.real_space_rows import ROWS
from tests.workbench.command_line import command_line

run, succeed = command_line("realspace", "couplings")
RING = ("--shape", "12", "--boundary", "periodic", "--coupling", "0.5", "--tile", "2")
SQUARE = ("--shape", "4x4", "--coupling", "0.2", "--tile", "2x2")
SETS = {
    "J_nn": [0, 1],
    "J_nnn": [0, 2],
    "J_3rd": [0, 3],
    "J_4body": [0, 1, 2, 3],
    "J_4body_spread": [0, 1, 3, 4],
}


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("decimation", "decimation"),
        ("majority_random_tie", "majority"),
        ("soft_rbm_1_1", "soft:1,1"),
        ("soft_rbm_1_0", "soft:1,0"),
    ],
)
def test_reference_rows(row, rule):
    """Couplings and rangeness of a ring of six blocks, to the tolerance of the row"""
    reference = ROWS[f"effective_couplings_1d/K0.5_{row}"]
    values, tolerance = reference["values"], reference["tolerance"]
    close = {"rel": tolerance["rtol"], "abs": tolerance["atol"]}
    found = json.loads(succeed(*RING, "--rule", rule, "--largest", "63", "--json"))
    named = {tuple(each["blocks"]): each["value"] for each in found["couplings"]}
    assert len(named) == 63
    for name, blocks in SETS.items():
        assert named[tuple(blocks)] == pytest.approx(values[name], **close)
    assert found["rangeness"] == pytest.approx(values["rangeness"], **close)


def test_orders_are_those_of_the_library(tmp_path):
    """--order 2: couplings of the diagrams with 0 to 2 lines beside the exact ones, in JSON, CSV and table"""
    file = tmp_path / "couplings.csv"
    words = (*SQUARE, "--order", "2", "--largest", "7")
    found = json.loads(succeed(*words, "--json", "--out", str(file)))
    model, rule = LatticeModel.ising((4, 4), 0.2), Rule.majority(4)
    blocks = [[(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)] for r in (0, 2) for c in (0, 2)]
    assert found["blocks"] == [[list(site) for site in block] for block in blocks]
    exact, orders = effective_couplings(rule, model, blocks), cumulant_couplings(model, blocks, rule, 2)
    for each in found["couplings"]:
        named = tuple(each["blocks"])
        expected = [exact[named], *(order[named] for order in orders)]
        np.testing.assert_allclose([each["value"], *each["orders"]], expected, rtol=1e-12, atol=1e-15)
    heads, *rows = (line.split(",") for line in file.read_text().splitlines())
    assert heads == ["blocks", "coupling", "order_0", "order_1", "order_2"]
    assert [row[0] for row in rows] == [" ".join(map(str, each["blocks"])) for each in found["couplings"]]
    text = succeed(*words)
    assert f"{exact[0, 1]:.8f}"[:9] in text
    assert "neighbours" in text


def test_region_and_three_values():
    """Sites outside of the region are summed; of three values J_k of the group Z_3"""
    found = json.loads(
        succeed("--shape", "6", "--coupling", "0.7", "--region", "1:4", "--tile", "2", "--json")
    )
    exact = effective_couplings(Rule.majority(2), LatticeModel.ising(6, 0.7), [[1, 2], [3, 4]])
    assert found["couplings"][0]["value"] == pytest.approx(exact[0, 1], rel=1e-12)
    words = ("--model", "potts", "--shape", "4", "--tile", "2", "--rule", "plurality", "--json")
    potts = json.loads(succeed(*words))["couplings"][0]
    expected = effective_couplings(Rule.plurality(2, 3), LatticeModel.potts(4), [[0, 1], [2, 3]])[0, 1]
    assert potts["blocks"] == [0, 1]
    np.testing.assert_allclose(potts["value"], np.stack([expected.real, expected.imag], -1), atol=1e-14)


def test_picture():
    """A bar for each coupling that is not 0, pale ones beyond neighbours; marks of each order"""
    model, blocks = LatticeModel.ising(6, 0.3, boundary="periodic"), [[0, 1], [2, 3], [4, 5]]
    rule = Rule.majority(2)
    exact = effective_couplings(rule, model, blocks)
    (axes,) = ft.plot.coupling_bars(exact, cumulant_couplings(model, blocks, rule, 1)).axes
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == pytest.approx([abs(exact[0, 1])] * 3)
    (marks,) = axes.get_lines()  # order 0 has no coupling
    assert marks.get_ydata() == pytest.approx([abs(cumulant_couplings(model, blocks, rule, 1)[1][0, 1])] * 3)
    free = effective_couplings(rule, LatticeModel.ising(4, 0.0), [[0, 1], [2, 3]])
    with pytest.raises(ValueError, match="exact must have a coupling other than 0"):
        ft.plot.coupling_bars(free)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--tile"),
        (("--tile", "4x4"), "tile must be a tile that divides the 6x6"),
        (("--tile", "x"), "tile must be such as"),
        (("--shape", "infinite", "--tile", "2"), "shape must be finite"),
        (("--tile", "1x1"), "blocks must have at most"),
        ((*SQUARE, "--rule", "best"), "rule must be of"),
        ((*SQUARE, "--rule", "soft:1,2"), "must have sites with the states of the rule"),
        ((*SQUARE, "--region", "0,0:9,9"), "must be of the sites of the model"),
        ((*SQUARE, "--region", "0,0:2,1"), "tile must be a tile that divides the 3x2"),
        ((*SQUARE, "--largest", "-1"), "largest must be at least 0"),
        ((*SQUARE, "--order", "-1"), "order must be at least 0"),
        ((*SQUARE, "--order", "9"), "order must be at most 5"),
        ((*SQUARE, "--coupling", "nan"), "coupling must be finite"),
        (
            ("--model", "dimers", "--shape", "4x4", "--tile", "2x2", "--rule", "decimation"),
            "ln 0 does not exist",
        ),
        ((*SQUARE, "--model", "potts", "--rule", "plurality", "--order", "1"), "model must have two states"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*words)
    assert (found.exit_code, found.stdout) == (2, ""), found
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
