"""`fieldtheory realspace layers`: the published informations of stacks; what it refuses."""

import json

import numpy as np
import pytest

from renormalization import LatticeModel, Rule, best_layers
from tests.real_space_rows import ROWS
from tests.workbench.command_line import command_line

run, succeed = command_line("realspace", "layers")
CHAIN = ("--shape", "infinite", "--buffer", "0", "--block", "0:8", "--layer", "3", "--layer", "3")
CORNERS = ("--remove", "0,0", "--remove", "0,5", "--remove", "5,0", "--remove", "5,5")
SQUARE = (*CORNERS, "--block", "1,1:4,4", "--buffer", "0", "--layer", "2x2", "--layer", "2x2")
SMALL = (
    "--shape",
    "6",
    "--coupling",
    "0.5",
    "--block",
    "1:4",
    "--buffer",
    "0",
    "--layer",
    "2",
    "--layer",
    "2",
)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("layers_chain/K0.5_edge", (*CHAIN, "--rule", "decimation")),
        ("layers_chain/K0.5_majority", (*CHAIN, "--rule", "majority")),
        ("layers_chain/K1.0_majority", (*CHAIN, "--rule", "majority")),
        ("layers_2d/K0.6_majority_of_three", (*SQUARE, "--rule", "majority:0,1,2")),
        ("layers_2d/K0.6_decimate", (*SQUARE, "--rule", "decimation", "--rule", "decimation:0")),
        ("layers_2d/K0.4407_decimate", (*SQUARE, "--rule", "decimation")),
    ],
)
def test_reference_rows(row, words):
    """H(T), I(T:E) and H(T|E) of both layers of chains and squares, to the tolerance of the row"""
    values, tolerance = ROWS[row]["values"], ROWS[row]["tolerance"]["rtol"]
    found = json.loads(succeed(*words, "--coupling", repr(ROWS[row]["params"]["K"]), "--json"))
    for name, key in (("entropy", "H_T"), ("information", "I_TE"), ("given_environment", "H_T_given_E")):
        np.testing.assert_allclose(found[name], values[key], rtol=tolerance)
    np.testing.assert_allclose(
        found["conditional_entropy"][1:], np.subtract(values["H_T"][0], values["H_T"][1:])
    )


def test_best_layers(tmp_path):
    """--rule best finds what `best_layers` finds, rules and all; the CSV has the same numbers"""
    file = tmp_path / "layers.csv"
    words = (*SMALL, "--rule", "best", "--objective", "composition")
    found = json.loads(succeed(*words, "--json", "--out", str(file)))
    groups = [[(0, 1), (2, 3)], [(0, 1)]]
    best = best_layers(LatticeModel.ising(6, 0.5), [1, 2, 3, 4], [0, 5], groups, "composition")
    np.testing.assert_allclose(found["information"], best.information.information, rtol=1e-13)
    assert [each["groups"] for each in found["layers"]] == [[[0, 1], [2, 3]], [[0, 1]]]
    for each, (_, rule) in zip(found["layers"], best.layers, strict=True):
        assert each["rules"] == [rule.table.tolist()]
    heads, *rows = (line.split(",") for line in file.read_text().splitlines())
    column = heads.index("information")
    np.testing.assert_allclose([float(row[column]) for row in rows], found["information"], rtol=1e-15)
    text = succeed(*words)
    assert f"{found['information'][2]:.6f}"[:7] in text
    assert "values of its states" in text


def test_rules_of_each_layer():
    """A rule for each layer, ties to one side: as `LatticeModel.layers` has it"""
    found = json.loads(
        succeed(*SMALL, "--rule", "majority", "--rule", "decimation:1", "--ties", "first", "--json")
    )
    layers = [
        ([(0, 1), (2, 3)], Rule.majority(2, ties="first")),
        ([(0, 1)], Rule.decimation(2, keep=1)),
    ]
    expected = LatticeModel.ising(6, 0.5).layers([1, 2, 3, 4], [0, 5], layers)
    np.testing.assert_allclose(found["information"], expected.information, rtol=1e-13)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--block", "1:4"), "--layer"),
        (("--layer", "2"), "--block"),
        ((*SMALL, "--layer", "2"), "layer must be a tile that divides the 1 variables"),
        (("--block", "1,1:4,4", "--layer", "3x2"), "layer must be a tile that divides the 4x4 variables"),
        (("--block", "1,1:4,4", "--layer", "2"), "layer must be a tile that divides the 4x4 variables"),
        (("--block", "1,1:4,4", "--layer", "0x2"), "layer must be a tile"),
        (("--block", "1,1:4,4", "--layer", "two"), "layer must be such as"),
        ((*SMALL, *("--rule", "majority") * 3), "rule must be given once for all layers or once for each"),
        ((*SMALL, "--rule", "best", "--rule", "majority"), "best for all or none"),
        ((*SMALL, "--rule", "best", "--objective", "greed"), "did you mean 'greedy'"),
        ((*CHAIN, "--rule", "best"), "shape must be finite"),
        ((*SMALL, "--rule", "majority:2"), "of must be different numbers of sites"),
        ((*SMALL, "--environment", "4"), "environment must not overlap with block"),
        ((*SMALL, "--coupling", "inf"), "coupling must be finite"),
        (("--block", "0,0:5,4", "--buffer", "0", "--layer", "6x5"), "would take"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*words)
    assert (found.exit_code, found.stdout) == (2, ""), found
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
