"""Estimates come before the work: what is too much is refused at once, by a limit that can be lifted."""

import pytest
import sympy

import diagrams
import fieldtheory as ft
from diagrams.generation.cost import expected_diagrams
from diagrams.generation.generator import vertex_counts
from renormalization import DepthFlow
from replicas.derivation.regression_action import SMALL, GPRegressionAction

RELU = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk()
PHI4 = diagrams.Theory.scalar({4: sympy.Symbol("g")})
MANY = diagrams.Theory.scalar({k: sympy.Symbol(f"g{k}") for k in range(3, 63)})

TOO_MUCH = {
    "loops": lambda: diagrams.generate(PHI4, ("phi", "phi"), 50),
    "more loops than a float holds": lambda: diagrams.generate(PHI4, ("phi", "phi"), 10**15),
    "external legs": lambda: diagrams.generate(PHI4, ("phi",) * 20, 3),
    "kinds of vertices": lambda: diagrams.generate(MANY, ("phi",) * 2, 40),
    "layers": lambda: ft.FullyConnected(2**31, "relu").ntk(),
    "layers of a Hermite series": lambda: ft.FullyConnected(10**7, "tanh").ntk(),
    "layers with symbols": lambda: ft.FullyConnected(10**8, weight_variance=sympy.Symbol("w")).ntk(),
    "degrees of a contour": lambda: RELU.spectrum(10, 10**8),
    "degrees of a series": lambda: ft.FullyConnected(3, "tanh").ntk().spectrum(10, 10**6),
    "degrees of a function": lambda: ft.ZonalKernel.from_function(lambda t: t).spectrum(10, 10**6),
    "digits of multiplicities": lambda: RELU.spectrum(10**9, 10**6),
    "one multiplicity": lambda: ft.multiplicity(10**9, 10**9),
    "digits": lambda: RELU.eigenvalue(2, 10, digits=10**6),
    "digits of a closed form": lambda: ft.FullyConnected(1).ntk().eigenvalue(2, 10, digits=10**9),
    "repeats": lambda: ft.simulate(RELU, 10, ft.Target({1: 1.0}), 10, repeats=10**30),
    "polynomials": lambda: ft.gegenbauer(10**9, 0.5, 10),
    "tables": lambda: ft.AngleTransform.build(10, 10**7),
    "a path through the layers": lambda: DepthFlow("relu", 2.0).trajectory(10**9, 1.0, 0.5),
    "corrections through the layers": lambda: DepthFlow("relu", 2.0).finite_width(10**9, 10),
}


@pytest.mark.parametrize("name", list(TOO_MUCH))
def test_what_never_ends_is_refused_at_once(name):
    """The estimate of time or memory is above 1 h or the memory: the work is not begun, a limit is named."""
    with pytest.raises(
        (ValueError, MemoryError), match=r"would take .*, and max_(time|memory) allows .*: lower"
    ):
        TOO_MUCH[name]()


@pytest.mark.parametrize("max_time", [0.001, 1e-6])
def test_limits_are_lifted_by_what_the_message_says(max_time):
    """A call refused under a limit runs under the one that its message proposes."""
    with ft.budget(max_time=max_time), pytest.raises(ValueError, match=r"ft\.budget\(max_time=(\d+)\)"):
        RELU.spectrum(10, 1000)
    with ft.budget(max_time=60):
        assert RELU.spectrum(10, 1000).max_degree == 1000


def test_memory_is_a_limit_of_its_own():
    with ft.budget(max_memory=10**6), pytest.raises(MemoryError, match="max_memory allows 1 MB"):
        RELU.spectrum(10, 1000)
    with ft.budget(max_memory=10**9):
        RELU.spectrum(10, 1000)


def test_inner_limits_end_with_their_block():
    with ft.budget(max_time=1e-9):
        with ft.budget(max_time=60):
            RELU.spectrum(10, 30)
        with pytest.raises(ValueError, match="max_time allows"):
            RELU.spectrum(10, 31)
    RELU.spectrum(10, 32)


def test_large_calls_are_announced():
    """An estimate above 20 s is said, with time and memory, before the work."""
    said: list[str] = []
    with ft.budget(max_memory=1e12, say=said.append):
        RELU.spectrum(10, 5)
        assert not said
        diagrams.generate(PHI4, ("phi",) * 4, 8)
    (sentence,) = said
    assert "order = 8 with 4 external points: about" in sentence
    assert "of memory" in sentence


QED = diagrams.theory_from_text("[ph, ph, +]\n[e, E, +]\n[E, e, ph; e='1']\n", "qgraf")
RESPONSE = diagrams.Theory(
    (diagrams.Field("a"), diagrams.Field("b")),
    (diagrams.Propagator("a", "a"), diagrams.Propagator("a", "b", directed=True)),
    (diagrams.Vertex("aab", {"a": 2, "b": 1}, 1), diagrams.Vertex("abb", {"a": 1, "b": 2}, 1)),
)


@pytest.mark.parametrize(
    ("theory", "external", "order", "by"),
    [
        (diagrams.Theory.scalar({3: 1}), (), 6, "loops"),
        (diagrams.Theory.scalar({3: 1}), ("phi",) * 2, 5, "loops"),
        (diagrams.Theory.scalar({3: 1}), ("phi",) * 6, 1, "loops"),
        (PHI4, (), 8, "loops"),
        (PHI4, ("phi",) * 2, 6, "loops"),
        (PHI4, ("phi",) * 4, 4, "loops"),
        (PHI4, ("phi",) * 6, 2, "loops"),
        (diagrams.Theory.scalar({6: 1}), ("phi",) * 2, 6, "loops"),
        (diagrams.Theory.scalar({k: 1 for k in range(3, 9)}), ("phi",) * 2, 3, "loops"),
        (QED, ("e", "E"), 4, "loops"),
        (QED, ("ph",) * 4, 3, "loops"),
        (RESPONSE, ("a", "a"), 2, "loops"),
        (RESPONSE, ("a",), 3, "loops"),
        (diagrams.Theory.from_cumulants({1: 1, 3: 1, 4: 1}), ("phi",), 6, "vertices"),
        (GPRegressionAction().theory(3), ("phi",) * 4, 3, SMALL),
    ],
)
def test_estimates_hold_within_a_factor(theory, external, order, by):
    """As many diagrams as are expected, within a factor of three, over theories of different kind."""
    expected = sum(
        expected_diagrams(theory, external, counts)[0]
        for counts in vertex_counts(theory, external, order, by)
    )
    found = sum(1 for _ in diagrams.generate(theory, external, order, by=by))
    assert found > 10
    assert found / 3 < expected < 3 * found


def test_an_estimate_is_no_limit_of_what_fits():
    """Six loops of the two-point function of phi^3, 45,519 diagrams, are less than a second and 100 MB."""
    with ft.budget(max_time=2, max_memory=10**8):
        found = diagrams.generate(diagrams.Theory.scalar({3: 1}), ("phi",) * 2, 6)
        assert next(found).loops == 6


@pytest.mark.parametrize("limit", [0, -1.0, float("nan"), "8GB", None])
def test_limits_are_positive_numbers(limit):
    if limit is None:
        with ft.budget(max_time=None) as found:
            assert found.max_time == 3600
        return
    with pytest.raises(ValueError, match="max_time must be"), ft.budget(max_time=limit):
        pass
