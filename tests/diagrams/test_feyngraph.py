"""The same numbers of diagrams and the same symmetry numbers as the package feyngraph (MPL-2.0)."""

import pytest

from diagrams import Field, Propagator, Theory, Vertex, generate

feyngraph = pytest.importorskip("feyngraph")

# field: antifield; vertices as lists of fields
MODELS = {
    "phi3": ({"phi": "phi"}, ["phi phi phi"]),
    "phi4": ({"phi": "phi"}, ["phi phi phi phi"]),
    "phi3+phi4": ({"phi": "phi"}, ["phi phi phi", "phi phi phi phi"]),
    "phi2 chi, chi4": ({"phi": "phi", "chi": "chi"}, ["phi phi chi", "chi chi chi chi"]),
    "yukawa": ({"phi": "phi", "psi": "psibar"}, ["psi psibar phi"]),
}
CASES = [
    ("phi3", "", 4),
    ("phi3", "phi", 3),
    ("phi3", "phi phi", 3),
    ("phi3", "phi phi phi", 2),
    ("phi4", "", 6),
    ("phi4", "phi phi", 5),
    ("phi4", "phi phi phi phi", 3),
    ("phi3+phi4", "", 4),
    ("phi3+phi4", "phi phi", 3),
    ("phi2 chi, chi4", "", 4),
    ("phi2 chi, chi4", "phi phi", 3),
    ("phi2 chi, chi4", "chi chi", 3),
    ("phi2 chi, chi4", "phi chi phi", 2),
    ("yukawa", "", 4),
    ("yukawa", "phi", 3),
    ("yukawa", "phi phi", 3),
    ("yukawa", "psi psibar", 3),
]


def ours(fields: dict[str, str], terms: list[str]) -> Theory:
    names = sorted(fields.keys() | fields.values())
    return Theory(
        tuple(map(Field, names)),
        tuple(Propagator(a, b, directed=a != b) for a, b in fields.items()),
        tuple(Vertex(term, {f: term.split().count(f) for f in term.split()}, 1) for term in terms),
    )


def theirs(fields: dict[str, str], terms: list[str]):
    model = feyngraph.Model.empty()
    for code, (name, anti) in enumerate(fields.items(), start=101):
        model.add_particle(name, anti, 1, 1, code, name, anti, "dashed", False)
    for term in terms:
        model.add_vertex(term, term.split(), [], {})
    return model


@pytest.mark.parametrize(("name", "external", "most"), CASES)
def test_same_symmetry_numbers(name, external, most):
    """Feyngraph lets an arrow's self-loop flip, a factor 2 that Wick contractions lack: put it in here.

    It never returns for an order without vertices, so the lowest order is the first with diagrams.
    """
    fields, terms = MODELS[name]
    theory, model = ours(fields, terms), theirs(fields, terms)
    incoming = external.split()
    for loops in range(1 if incoming else 2, most + 1):
        # an incoming antiparticle is an outgoing particle
        outgoing = [f for f in incoming if f == "psibar"]
        entering = [f for f in incoming if f != "psibar"]
        generator = feyngraph.DiagramGenerator(
            entering, ["psi"] * len(outgoing), loops, model, feyngraph.DiagramSelector()
        )
        expected = sorted(d.symmetry_factor() for d in generator.generate())
        found = [
            d.symmetry_number * 2 ** sum(i == j and theory.propagators[p].directed for i, j, p in d.edges)
            for d in generate(theory, incoming, loops)
        ]
        assert expected
        assert sorted(found) == expected
