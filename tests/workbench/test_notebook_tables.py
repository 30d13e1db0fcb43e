"""What notebooks show for results: small tables, whose numbers are those of the result, with its warnings."""

import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

import fieldtheory as ft
import renormalization as rg
from tests.workbench.results import RESULTS, TARGET, curve, flow, simulation, spectrum


class Table(HTMLParser):
    """The heads, rows and warnings of a table, each tag closed where it ought to be"""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.heads: list[str] = []
        self.rows: list[list[str]] = []
        self.said: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if self.open[-1] == "th":
            self.heads.append(text)
        elif self.open[-1] == "td":
            self.rows[-1][-1] += text
        elif self.open[-1] == "p":
            self.said.append(text)

    def column(self, name: str) -> list[str]:
        return [row[self.heads.index(name)] for row in self.rows if row]


@pytest.mark.parametrize(
    "name",
    ["LearningCurve", "SiteCurve", "FiniteWidthCurve", "Simulation", "GramSimulation"],
)
def test_curves(name: str) -> None:
    found = RESULTS[name]()
    table = Table(found._repr_html_())
    assert table.column("n") == [f"{n:g}" for n in found.n]
    assert table.column("error") == [f"{error:.4g}" for error in found.error]
    assert ("error bar" in table.heads) == hasattr(found, "error_bar")
    assert table.said == [f"warning: {each}" for each in found.warnings]
    assert "\n" not in repr(found)
    assert len(repr(found)) < 120


def test_warnings_are_shown_as_text() -> None:
    """Marks of HTML in them are no marks"""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        found = ft.learning_curve(spectrum(), ft.Target({1: 1.0}, remainder=0.5), n=[10], ridge=0.1)
    told = Table(found._repr_html_()).said
    assert [text.removeprefix("warning: ") for text in told] == list(found.warnings)


def test_spectrum_and_target() -> None:
    table = Table(spectrum()._repr_html_())
    assert table.column("multiplicity") == [str(each) for each in spectrum().exact_multiplicities]
    np.testing.assert_allclose(
        [float(each) for each in table.column("eigenvalue")], spectrum().eigenvalues, rtol=6e-4
    )
    shares = Table(TARGET._repr_html_())
    assert (shares.column("l"), shares.column("power")) == (["1", "3"], ["0.7", "0.3"])
    assert Table(ft.Target({1: 1.0}, remainder=0.5)._repr_html_()).said == [
        "warning: power 0.5 is at degrees beyond these, which are not known"
    ]


def test_long_tables_are_cut() -> None:
    """Eleven rows, a mark, the last one"""
    table = Table(ft.FullyConnected(1, "relu").ntk().spectrum(5, 200)._repr_html_())
    assert table.column("l") == [*map(str, range(11)), "…", "200"]


def test_flows() -> None:
    found = flow()
    table = Table(found._repr_html_())
    assert table.column("ridge") == [f"{each:.4g}" for each in found.at(np.arange(9)).ridge[0]]
    depth = rg.DepthFlow("tanh", 1.5, 0.05)
    text = re.sub("<[^>]*>", " ", depth._repr_html_())
    assert depth.phase in text
    assert f"{depth.correlation_depth:.4g}" in text
    unbounded = rg.DepthFlow("relu", 3.0, 0.1)
    assert "weight_variance must be small enough" in unbounded._repr_html_()


def test_without_xarray(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install"""
    import sys

    monkeypatch.setitem(sys.modules, "xarray", None)
    for found in (curve(), simulation()):
        with pytest.raises(ImportError, match=r'this needs xarray: pip install "deep-fieldtheory\[sweep\]"'):
            found.to_xarray()
