"""Results say whose they are: `references` is a tuple of strings, each one of `fieldtheory.references`."""

import pytest

import fieldtheory as ft
from fieldtheory import references
from fieldtheory.activations.by_name import ACTIVATIONS
from renormalization import DepthFlow, WilsonFlow, renormalised_ntk
from renormalization.depth.phase_diagram import phase_diagram

PAPERS = {name: text for name, text in vars(references).items() if name.isupper()}
NTK = ft.FullyConnected(2, "relu", 2.0).ntk()
FLOW = WilsonFlow(NTK.spectrum(dim=5, max_degree=6), n=20, ridge=0.1)
DEPTH = DepthFlow("tanh", 1.5, 0.1)


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
