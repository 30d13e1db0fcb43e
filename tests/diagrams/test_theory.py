"""Theories say what is wrong with them; what is right with them is kept in one form."""

from fractions import Fraction

import pytest
import sympy

from diagrams import Field, Propagator, Theory, TheoryError, Vertex

PHI, CHI = Field("phi"), Field("chi")
LINE = Propagator("phi", "phi")
QUARTIC = Vertex("quartic", {"phi": 4}, sympy.Symbol("g"))


def test_vertex_of_an_unknown_field():
    with pytest.raises(TheoryError, match=r"vertex 'v'.*\['phi'\].*'sigma'"):
        Theory((PHI,), (LINE,), (Vertex("v", {"phi": 2, "sigma": 1}, 1),))


def test_propagator_of_an_unknown_field():
    with pytest.raises(TheoryError, match=r"propagator <phi sigma>.*'sigma'"):
        Theory((PHI,), (Propagator("phi", "sigma"),), ())


@pytest.mark.parametrize("second", [("phi", "chi"), ("chi", "phi")])
def test_two_propagators_for_one_pair(second):
    with pytest.raises(TheoryError, match=f"two propagators.*<{second[0]} {second[1]}>"):
        Theory((PHI, CHI), (LINE, Propagator("phi", "chi"), Propagator(*second, name="D")), ())


def test_names_used_twice():
    with pytest.raises(TheoryError, match="field.*'phi' twice"):
        Theory((PHI, CHI, Field("phi", "x")), (), ())
    with pytest.raises(TheoryError, match="vertex.*'quartic' twice"):
        Theory((PHI,), (LINE,), (QUARTIC, QUARTIC))


@pytest.mark.parametrize(
    "coupling",
    ["g", 0.5, 1j, None, True, sympy.eye(2), sympy.Symbol("A", commutative=False), sympy.true],
)
def test_coupling_that_is_no_scalar(coupling):
    with pytest.raises(
        TheoryError, match=r"vertex 'v': coupling must be a SymPy scalar \(or int, Fraction\)"
    ):
        Vertex("v", {"phi": 4}, coupling)


def test_coupling_may_be_a_fraction():
    assert Vertex("v", {"phi": 4}, Fraction(-1, 2)).coupling == sympy.Rational(-1, 2)


@pytest.mark.parametrize(
    "value", [sympy.oo, -sympy.oo, sympy.zoo, sympy.nan, 1 - sympy.oo * sympy.Symbol("x")]
)
def test_infinite_values_are_no_scalars(value):
    with pytest.raises(TheoryError, match=r"finite \(got"):
        Vertex("v", {"phi": 4}, value)
    with pytest.raises(TheoryError, match=r"finite \(got"):
        Propagator("phi", "phi", value=value)


@pytest.mark.parametrize("coupling", [sympy.MatrixSymbol("M", 2, 2), sympy.MatrixSymbol("M", 2, 2) * 2])
def test_matrix_symbol_is_no_scalar(coupling):
    with pytest.raises(TheoryError, match="coupling must be a SymPy scalar"):
        Vertex("v", {"phi": 4}, coupling)


@pytest.mark.parametrize("count", [-1, 1.0, True, "2"])
def test_legs_that_are_no_count(count):
    with pytest.raises(TheoryError, match=f"vertex 'v': legs of 'chi'.*{count!r}"):
        Vertex("v", {"phi": 4, "chi": count}, 1)


@pytest.mark.parametrize("legs", [{}, {"phi": 0}])
def test_vertex_without_legs(legs):
    with pytest.raises(TheoryError, match="vertex 'v': legs must not be empty"):
        Vertex("v", legs, 1)


@pytest.mark.parametrize("name", ["", None, 3])
def test_field_without_name(name):
    with pytest.raises(TheoryError, match="name of a field"):
        Field(name)


def test_directed_propagator_joins_two_fields():
    with pytest.raises(TheoryError, match="'phi' with itself must be undirected"):
        Propagator("phi", "phi", directed=True)
    assert Propagator("phi", "phi~", directed=True).symbol == "R"
    assert LINE.symbol == "C"
    assert Propagator("phi", "phi", "Delta").symbol == "Delta"


def test_theory_error_is_a_value_error():
    assert issubclass(TheoryError, ValueError)


def test_equal_theories_are_equal():
    """Order of the legs, legs of number zero and lists for tuples make no difference."""
    one = Theory([PHI, CHI], [LINE], [Vertex("v", {"phi": 2, "chi": 1}, 3, {"e": 1, "h": 2})])
    two = Theory(
        (PHI, CHI), (LINE,), (Vertex("v", {"chi": 1, "phi": 2}, sympy.Integer(3), {"h": 2, "e": 1}),)
    )
    assert one == two
    assert hash(one) == hash(two)
    assert Vertex("v", {"phi": 2, "chi": 0}, 1) == Vertex("v", {"phi": 2}, 1)
    assert one != Theory((PHI, CHI), (LINE,), (Vertex("v", {"chi": 2, "phi": 1}, 3, {"e": 1, "h": 2}),))


def test_scalar_theory():
    g3, g4 = sympy.symbols("g_3 g_4")
    theory = Theory.scalar({4: g4, 3: g3})
    assert [(v.name, dict(v.legs), v.coupling, v.degree) for v in theory.vertices] == [
        ("phi3", {"phi": 3}, g3, 3),
        ("phi4", {"phi": 4}, g4, 4),
    ]
    assert [v.orders for v in theory.vertices] == [{"vertices": 1}] * 2
    assert theory.propagators == (LINE,)
    assert theory.field_index == {"phi": 0}
    assert Theory.scalar({3: 1}, "h").fields == (Field("h", "h"),)
    assert theory.fields[0].latex == r"\phi"
