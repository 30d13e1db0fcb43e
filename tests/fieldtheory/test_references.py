"""Results say whose they are: `references` is a tuple of strings, each one of `fieldtheory.references`."""

import configparser
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest

import fieldtheory as ft
from fieldtheory import references
from fieldtheory.activations.by_name import ACTIVATIONS
from renormalization import (
    DepthFlow,
    LatticeModel,
    RGMap,
    Rule,
    Strip,
    WilsonFlow,
    best_layers,
    best_rule,
    cumulant_map,
    effective_couplings,
    maze_statistics,
    percolation_cell,
    phenomenological_rg,
    renormalised_ntk,
    strip_limit,
    train_soft_rule,
)
from renormalization.depth.phase_diagram import phase_diagram

PAPERS = {name: text for name, text in vars(references).items() if name.isupper()}
NTK = ft.FullyConnected(2, "relu", 2.0).ntk()
FLOW = WilsonFlow(NTK.spectrum(dim=5, max_degree=6), n=20, ridge=0.1)
DEPTH = DepthFlow("tanh", 1.5, 0.1)
CHAIN = LatticeModel.ising(6, 0.5)
BLOCK, ENDS, PAIRS = [1, 2, 3, 4], [0, 5], [(0, 1), (2, 3)]


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (NTK, "1806.07572"),
        (ft.FullyConnected(1, "relu").nngp(), "1711.00165"),
        (ft.FullyConnected(1, "relu").nngp(), "Bach"),
        (ft.FullyConnected(2, "erf").nngp(), "Williams"),
        (ft.FullyConnected(2, "gelu").ntk(), "Tsuchida"),
        (DEPTH, "1606.05340"),
        (DEPTH.symbolic(), "1611.01232"),
        (DEPTH.finite_width(2, 64), "2106.10165"),
        (DepthFlow.critical_point("tanh", q_star=0.5), "1606.05340"),
        (DepthFlow("relu", 2.0).power_laws(), "2106.10165"),
        (phase_diagram("erf", [1.0], [0.1]), "1606.05340"),
        (FLOW, "2405.06008"),
        (FLOW.symbolic(), "2405.06008"),
        (FLOW.compressed_model(2), "1906.05301"),
        (FLOW.truncated_kernel(2), "1906.05301"),
        (renormalised_ntk(NTK, powers=3), "1906.05301"),
        (best_rule(CHAIN.joint(BLOCK, ENDS)), "1704.06279"),
        (best_rule(CHAIN.joint(BLOCK, ENDS)), "Burshtein"),
        (best_layers(CHAIN, BLOCK, ENDS, [PAIRS]), "1704.06279"),
        (CHAIN.layers(BLOCK, ENDS, [(PAIRS, Rule.majority(2))]), "1809.09632"),
        (effective_couplings(Rule.majority(2), CHAIN, [(0, 1), (2, 3), (4, 5)]), "1809.09632"),
        (maze_statistics(5, samples=2), "1802.02154"),
        (percolation_cell(2), "Reynolds"),
        (percolation_cell(2).map, "Reynolds"),
        (RGMap.named("ising_square_migdal_kadanoff"), "Migdal"),
        (cumulant_map("triangular", order=1), "van Leeuwen"),
        (Strip(3), "Nightingale"),
        (strip_limit(8), "Cardy"),
        (phenomenological_rg(3), "Nightingale"),
        (train_soft_rule(CHAIN.joint(BLOCK, ENDS), restarts=1), "1704.06279"),
    ],
)
def test_results_say_whose_they_are(result, named):
    assert isinstance(result.references, tuple)
    assert set(result.references) <= set(PAPERS.values())
    assert len(set(result.references)) == len(result.references)
    assert any(named in text for text in result.references)


def test_a_function_is_nobodys():
    assert ft.ZonalKernel.from_function(lambda t: 1 + t).references == ()


def test_each_paper_is_spelt_once():
    assert len(set(PAPERS.values())) == len(PAPERS)
    for name in ACTIVATIONS:
        assert set(ft.activation(name).references) <= set(PAPERS.values())


def _with_umlaut(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[1] + "\N{COMBINING DIAERESIS}")


def test_bibliography_and_constants_agree():
    """Every constant has an entry, every entry a constant; arXiv numbers, first authors and years agree."""
    text = (Path(references.__file__).parent / "references.bib").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^@\w+\{([\w-]+),\n(.*?)^\}", text, re.DOTALL | re.MULTILINE))
    assert set(entries) == {name.lower().replace("_", "-") for name in PAPERS}
    for name, paper in PAPERS.items():
        entry = re.sub(r'\\"(\w)', _with_umlaut, entries[name.lower().replace("_", "-")])
        eprint = re.search(r"eprint = \{(.*)\}", entry)
        number = re.search(r"arXiv (\d{4}\.\d{5})", paper)
        assert (eprint and eprint[1]) == (number and number[1])
        assert re.search(r"author = \{([\w-]+)", entry)[1] == re.match(r"[\w-]+", paper)[0]
        year = re.search(r"year = \{(\d{4})\}", entry)[1]
        assert year in paper or year[2:] == number[1][:2]
        assert entry.count("{") == entry.count("}")


def test_citations():
    """A curve cites its theory's papers; theories of others get an entry with their text."""
    curve = ft.learning_curve(NTK.spectrum(dim=5, max_degree=6), ft.Target({1: 1.0}), [10], 0.1)
    found = ft.cite(curve)
    assert "@article{cohen-malka-ringel," in found
    assert "eprint = {1906.05301}" in found
    assert found.count("@") == len(curve.references) + 1  # and the software
    assert "{rasmussen-williams," in ft.cite(
        ft.simulate(NTK, dim=5, target=ft.Target({1: 1.0}), n=[5], ridge=0.1, repeats=2, seed=0)
    )
    assert ft.cite(SimpleNamespace(references=("Nobody (2026)",))).startswith(
        "@misc{reference-1,\n  note = {Nobody (2026)},\n}\n\n@misc{deep-fieldtheory,"
    )
    assert "{cohen-malka-ringel," in ft.cite(ft.gp_regression_action().expand("mean", order=1))
    with pytest.raises(ValueError, match=r"result must have references.*got int"):
        ft.cite(3)


def test_citations_in_words():
    """One line each, the papers as the result names them, then the software in its version"""
    assert ft.cite(FLOW, style="text").splitlines() == [
        *FLOW.references,
        f"the deep-fieldtheory authors, deep-fieldtheory {ft.__version__} (2026)",
    ]
    with pytest.raises(ValueError, match="style must be one of 'bibtex', 'text' .got 'apa'"):
        ft.cite(FLOW, style="apa")


# Proceedings of NIPS in print, and a translated journal, whose articles have neither
NEITHER = {"williams", "cho-saul", "sollich-williams", "migdal", "rahimi"}


def test_another_reader_reads_the_bibliography():
    """pybtex parses each entry as it stands and as it is cited; a DOI or an arXiv number finds the paper"""
    pybtex = pytest.importorskip("pybtex.database")
    whole = pybtex.parse_file(Path(references.__file__).with_name("references.bib"))
    assert {
        key for key, entry in whole.entries.items() if not {"doi", "eprint"} & set(entry.fields)
    } == NEITHER
    for key, entry in whole.entries.items():
        assert re.fullmatch(r"10\.\d{4,9}/\S+", entry.fields.get("doi", "10.1234/5")), key
        assert re.fullmatch(r"\d{4}\.\d{4,5}", entry.fields.get("eprint", "1234.5678")), key
        assert entry.persons["author"], key
        assert {"title", "year"} <= set(entry.fields), key
    cited = pybtex.parse_string(ft.cite(FLOW), "bibtex")
    assert list(cited.entries)[-1] == "deep-fieldtheory"
    assert cited.entries["deep-fieldtheory"].fields["note"] == f"Version {ft.__version__}"
    for key, entry in list(cited.entries.items())[:-1]:
        assert entry == whole.entries[key]


def test_the_file_by_which_the_software_is_cited():
    """CITATION.cff by the rules of its format, with version, licence and authors of the package"""
    yaml, jsonschema = pytest.importorskip("yaml"), pytest.importorskip("jsonschema")
    root = Path(ft.__file__).parents[1]
    if not (root / "CITATION.cff").exists():
        pytest.skip("the package is installed, without the file beside it")
    found = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    text = {"type": "string", "minLength": 1}
    named = {
        "type": "object",
        "properties": {"name": text},
        "required": ["name"],
        "additionalProperties": False,
    }
    fields = {
        "cff-version": {"const": "1.2.0"},
        "message": text,
        "type": {"enum": ["software", "dataset"]},
        "title": text,
        "abstract": text,
        "authors": {"type": "array", "minItems": 1, "uniqueItems": True, "items": named},
        "version": text,
        "license": {"const": "BSD-3-Clause"},
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": text},
    }
    required = ["authors", "cff-version", "message", "title"]
    rules = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    jsonschema.validate(found, rules)
    setup = configparser.ConfigParser()
    setup.read(root / "setup.cfg")
    assert found["version"] == ft.__version__ == setup["metadata"]["version"]
    assert found["title"] == setup["metadata"]["name"]
    assert found["authors"] == [{"name": setup["metadata"]["author"]}]
    assert found["license"] == setup["metadata"]["license_expression"]
