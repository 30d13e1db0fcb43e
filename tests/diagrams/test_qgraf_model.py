"""Models of QGRAF: read, or refused in one line that names line, statement and remedy."""

from pathlib import Path

import pytest
import sympy

from diagrams import TheoryError, generate, read_theory, theory_from_text

MODEL = """\
% scalar electrodynamics; a bracket in a comment is none: [
# another comment
  * and a third
[ model = 'scalar ]electrodynamics[' ]

[ ph, ph, + ]
[ phi, PHI, +
  ; m = 'mass', TeX = 'it''s \\phi' ]
[ PHI, phi, ph ; e = '+1', form = 'cubic' ]
[ PHI, phi, ph, ph ; e = '2' ; g = '0' ]
[ PHI, PHI, phi, phi ; g = '1' ]
[ ph, ph, ph, ph ]
"""


def test_model(tmp_path: Path) -> None:
    """Fields, propagators with their arrows, legs, powers and couplings, from a file that ends in .mod."""
    file = tmp_path / "sqed.mod"
    file.write_text(MODEL)
    theory = read_theory(file)
    assert theory == theory_from_text(MODEL, "qgraf")
    assert [f.name for f in theory.fields] == ["ph", "phi", "PHI"]
    assert theory.fields[1].latex == r"\phi"
    assert [(p.first, p.second, p.directed) for p in theory.propagators] == [
        ("ph", "ph", False),
        ("phi", "PHI", True),
    ]
    e, g = sympy.symbols("e g")
    found = [(dict(v.legs), v.coupling, v.orders.get("e"), v.orders.get("g")) for v in theory.vertices]
    assert found == [
        ({"PHI": 1, "phi": 1, "ph": 1}, e, 1, None),
        ({"PHI": 1, "phi": 1, "ph": 2}, e**2, 2, 0),
        ({"PHI": 2, "phi": 2}, g, None, 1),
        ({"ph": 4}, sympy.Symbol("g_ph4"), None, None),
    ]


def test_scalar_electrodynamics_at_tree_level() -> None:
    """phi PHI -> two photons: two exchanges and the contact term, as in every textbook, at order e^2."""
    theory = theory_from_text(MODEL, "qgraf")
    found = list(generate(theory, ("phi", "PHI", "ph", "ph"), 0))
    assert sorted(len(d.vertices) for d in found) == [1, 2, 2]
    assert [d.weight for d in found] == [sympy.Symbol("e") ** 2] * 3


def test_electrodynamics() -> None:
    """Sign - anticommutes: -1 for the closed loop of two vertices, +1 for two loops and a photon."""
    theory = theory_from_text("[ph, ph, +] [e, E, -] [E, e, ph; q = '1']", "qgraf")
    assert [f.name for f in theory.fields if f.anticommutes] == ["e", "E"]
    q = sympy.Symbol("q")
    found = {d.weight for d in generate(theory, (), 2, by="vertices")}
    assert found == {-(q**2) / 2, q**2 / 2}


def test_vertices_with_the_same_legs() -> None:
    """Two vertices of one kind keep their own couplings."""
    theory = theory_from_text("[a, a, +] [a, a, a; g='1'] [a, a, a; h='1']", "qgraf")
    assert [(v.name, str(v.coupling)) for v in theory.vertices] == [("a3", "g"), ("a3_2", "h")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[a, a, +]\n[a, a, +, external]",
            "line 2: option 'external' .* no meaning here: leave the field out",
        ),
        ("[a, a, +, notadpole]", "option 'notadpole' .* take it out, and leave out all tadpoles"),
        ("[a, a, +, massive]", "option 'massive' of a propagator has no meaning here: take it out"),
        ("[a, a, +]\n\n[a, b, a]", r"line 3: legs must be of the fields with propagators, a \(got 'b'\)"),
        ("[a, a, +] [a, b, +]", r"field 'a' must have one propagator \(got another\)"),
        ("[a, a, +] [a, a, a] [b, b, +]", "a propagator must stand before the vertices"),
        ("[a, a, +] [a, a, a; g='-1']", r"power of 'g' must not be negative \(got -1\)"),
        ("[a, a, +] [a, a, a; vertices='1']", "'vertices' must not be the name of a power"),
        ("[a, a, +] [a, a, a; g]", r"functions must be name = 'value' \(got 'g'\)"),
        ("[a, a, +] [a, a, a", r"brackets must come in pairs \(got '\[' alone\)"),
        ("[a, a, +]\n]", r"line 2: brackets must come in pairs \(got '\]'\)"),
        ("[a, [a, +]", "brackets must come in pairs"),
        ("[a, a, +] and more", r"statements must stand in brackets \(got 'and more'\)"),
        ("[a b, a, +]", r"fields must be names .* \(got 'a b'\)"),
        ("[]", "legs must be|fields must be"),
        ("", r"a model must have a propagator, such as \[phi, phi, \+\] \(got none\)"),
        ("[a, a, +]" + "[a, a, a]" * 101, "at most 100 propagators and vertices"),
        ("[a, a, +] [a, __import__('os'), a]", "fields must be names"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    """One line, with the line of the statement."""
    with pytest.raises(TheoryError, match=f"^theory: .*({message})") as caught:
        theory_from_text(text, "qgraf")
    assert "\n" not in str(caught.value)


def test_factors_of_grassmann_fields_keep_their_sequence() -> None:
    """F E e f is what it says; E e E e vanishes at a point without components, and is refused."""
    theory = theory_from_text("[e, E, -] [f, F, -] [F, E, e, f; h='1']", "qgraf")
    assert list(theory.vertices[0].legs) == ["F", "E", "e", "f"]
    with pytest.raises(TheoryError, match="legs of the Grassmann field 'E' must be at most 1 at one point"):
        theory_from_text("[e, E, -] [E, e, E, e; g='1']", "qgraf")
