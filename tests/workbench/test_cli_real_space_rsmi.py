"""`fieldtheory realspace rsmi`: the published informations from the command line; what it refuses."""

import json

import numpy as np
import pytest

from renormalization import LatticeModel, Rule, rsmi
from tests.real_space_rows import ROWS
from tests.workbench.command_line import command_line

run, succeed = command_line("realspace", "rsmi")
CHAIN = ("--shape", "infinite", "--buffer", "0", "--block", "0:1", "--coupling", "0.5")
FOUR = ("--shape", "4x4", "--block", "1,1:2,2", "--buffer", "0")
CRITICAL = ("--coupling", "0.4406867935097715", "--field", "0.1")
POTTS = ("--model", "potts", "--coupling", "1.005052538742381")
SIX = ("--coupling", "0.3", "--block", "2,2:3,3", "--family", "odd")
DIMERS = ("--model", "dimers", "--block", "2,2:3,3", "--buffer", "0")


# of which row, its words, and the name of the information there
WORDS = [
    ("rsmi_1d/L2_K0.5_b0", (*CHAIN, "--rule", "decimation"), "I_decimate_edge"),
    ("rsmi_1d/L2_K0.5_b0", (*CHAIN, "--rule", "majority"), "I_majority_random_tie"),
    ("rsmi_1d/L2_K0.5_b0", (*CHAIN, "--family", "soft"), "I_best_rbm"),
    ("rsmi_chain/ising_L2_K0.5_h0.2_b0", (*CHAIN, "--field", "0.2"), "I_best_deterministic"),
    (
        "rsmi_chain/ising_L2_K0.5_h0.2_b0",
        (*CHAIN, "--field", "0.2", "--rule", "decimation"),
        "I_decimate_edge",
    ),
    ("rsmi_patch44/ising_K0.4407_h0.1", (*FOUR, *CRITICAL), "I_best_deterministic"),
    ("rsmi_patch44/ising_K0.4407_h0.1", (*FOUR, *CRITICAL, "--rule", "majority"), "I_majority_random_tie"),
    ("rsmi_patch44/potts3_J1.005", (*FOUR, *POTTS, "--rule", "plurality"), "I_plurality_random_tie"),
    ("dimers/open6x6_buffer0", (*DIMERS, "--rule", "decimation"), None),
    ("rsmi_2d/K0.3", SIX, "I_best_Z2odd_deterministic"),
]


@pytest.mark.parametrize(("row", "words", "name"), WORDS)
def test_reference_rows(row, words, name):
    """I(V:E), and I(h:E) of rules, of chains, patches and dimers, to the tolerance of the row"""
    values, tolerance = ROWS[row]["values"], {"rel": ROWS[row]["tolerance"]["rtol"]}
    found = json.loads(succeed(*words, "--json"))
    assert found["block_information"] == pytest.approx(values["I_VE"], **tolerance)
    if name is not None:
        assert found["information"] == pytest.approx(values[name], **tolerance)
    assert found.get("certified", True)


def test_numbers_are_those_of_the_library(tmp_path):
    """JSON, CSV and table have the rule, its states and its information; random bonds, sites left out"""
    bonds = "0.5,0.1,-0.3,0.4,0.2,0.6"
    words = ("--shape", "3x3", "--remove", "2,2", "--remove", "0,2", "--remove", "1,1", "--field", "0.3")
    file = tmp_path / "rule.csv"
    sites = ("--block", "0,0:0,1", "--environment", "2,0:2,1", "--rule", "soft:1,2")
    words = (*words, "--coupling", "0.9,0.8,0.7,-1.2", *sites)
    found = json.loads(succeed(*words, "--json", "--out", str(file)))
    model = LatticeModel.ising((3, 3), [0.9, 0.8, 0.7, -1.2], 0.3, remove=[(2, 2), (0, 2), (1, 1)])
    joint = model.joint([(0, 0), (0, 1)], [(2, 0), (2, 1)])
    rule = Rule.soft([1, 2])
    assert found["information"] == pytest.approx(rsmi(rule, joint), rel=1e-13)
    np.testing.assert_allclose(found["rule"], rule.table, rtol=1e-15)
    heads, *rows = (line.split(",") for line in file.read_text().splitlines())
    assert heads == ["0 0", "0 1", "probability", "h0", "h1"]
    np.testing.assert_allclose([[float(each) for each in row[3:]] for row in rows], rule.table, rtol=1e-15)
    chances = joint.table.sum(axis=1)
    np.testing.assert_allclose([float(row[2]) for row in rows], chances, rtol=1e-15)
    assert f"{joint.information:.6f}"[:7] in succeed(*words)
    ring = ("--shape", "6", "--boundary", "periodic", "--coupling", bonds, "--block", "0")
    periodic = LatticeModel.ising(6, [float(bond) for bond in bonds.split(",")], boundary="periodic")
    around = json.loads(succeed(*ring, "--rule", "decimation", "--json"))
    assert around["environment"] == [2, 4]
    assert around["block_information"] == pytest.approx(periodic.joint([0], [2, 4]).information, rel=1e-13)


def test_search_without_time():
    """Stopped at once the search says its bound: above what it has found"""
    words = (*FOUR, *POTTS, "--values", "3", "--max-seconds", "0.01", "--json")
    found = json.loads(succeed(*words))
    assert not found["certified"]
    assert found["information"] < found["bound"]
    plurality = json.loads(succeed(*FOUR, *POTTS, "--rule", "plurality", "--json"))
    assert plurality["information"] < found["information"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--block"),
        (("--block", "2,2", "--environment", "2,2:2,3"), "environment must not overlap with block"),
        (("--block", "9,9"), "block must be of the sites of the model"),
        (("--block", "2"), "block must be of the sites of the model"),
        (("--block", "3,3:2,2"), "block must be sites such as"),
        (("--block", "a"), "block must be sites such as"),
        (("--block", "0:99999999999"), "block must have at most"),
        (("--block", "2,2", "--buffer", "9"), "buffer must leave sites"),
        (("--block", "2,2", "--buffer", "-1"), "buffer must be at least 0"),
        (("--block", "2,2", "--coupling", "nan"), "coupling must be finite"),
        (("--block", "2,2", "--coupling", "0.1,0.2"), "coupling must"),
        (("--block", "2,2", "--coupling", "x"), "coupling must be a number"),
        (("--block", "2,2", "--field", "inf"), "field must be finite"),
        (("--block", "2,2", "--shape", "6by6"), "shape must be such as"),
        (("--block", "2,2", "--states", "3"), "states must not be given for the model ising"),
        (("--block", "2,2", "--model", "dimer"), "did you mean 'dimers'"),
        (("--block", "2,2", "--model", "dimers", "--coupling", "1"), "coupling must not be given"),
        (("--block", "2,2", "--rule", "majorty"), "did you mean 'majority'"),
        (("--block", "2,2", "--rule", "majority:4"), "of must be different numbers of sites"),
        (("--block", "2,2", "--rule", "majority:x"), "rule must name sites"),
        (("--block", "2,2", "--rule", "plurality:1"), "rule must be of"),
        (("--block", "2,2", "--rule", "soft:1,2"), "rule must be for a block"),
        (("--block", "2,2", "--rule", "soft:"), "is not a number"),
        (("--block", "2,2", "--values", "1"), "values must be at least 2"),
        (("--block", "2,2", "--method", "branche"), "did you mean 'branch'"),
        (("--block", "0,0:5,4", "--buffer", "0"), "would take"),
        (("--shape", "infinite", "--block", "1:2"), "block must be the sites from 0 on"),
        (("--shape", "infinite", "--block", "0", "--environment", "3"), "environment must only be given"),
        (("--shape", "infinite", "--block", "0", "--model", "dimers"), "model must be"),
        (("--shape", "infinite", "--block", "0", "--coupling", "nan"), "coupling must be finite"),
        (("--shape", "infinite", "--block", "0", "--coupling", "1,2"), "coupling must be one number"),
    ],
)
def test_refusals(words, said):
    """One line on stderr, status 2"""
    found = run(*words)
    assert (found.exit_code, found.stdout) == (2, ""), found
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
