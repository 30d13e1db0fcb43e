"""Wick contractions one by one, sorted into diagrams by brute force, against the generator."""

from collections import Counter
from fractions import Fraction
from itertools import permutations, product
from math import factorial, prod

import pytest

from diagrams import Field, Propagator, Theory, TheoryError, Vertex, generate, wick

DIRECTED = Propagator("psi", "psibar", directed=True)
LINE = Propagator("phi", "phi")
PHI, PSI, PSIBAR = Field("phi"), Field("psi"), Field("psibar")
RESPONSE = Propagator("phi", "phi~", directed=True)
YUKAWA = Vertex("yukawa", {"psi": 1, "psibar": 1, "phi": 1}, 1)
THEORIES = {
    "phi3": Theory.scalar({3: 1}),
    "phi4": Theory.scalar({4: 1}),
    "phi6": Theory.scalar({6: 1}),
    "phi2+phi4": Theory.scalar({2: 1, 4: 1}),
    "phi3+phi4": Theory.scalar({3: 1, 4: 1}),
    "yukawa": Theory((PHI, PSI, PSIBAR), (LINE, DIRECTED), (YUKAWA,)),
    "complex": Theory((PSI, PSIBAR), (DIRECTED,), (Vertex("v", {"psi": 2, "psibar": 2}, 1),)),
    "response": Theory(
        (PHI, Field("phi~")),
        (LINE, RESPONSE),
        (Vertex("u", {"phi": 2, "phi~": 1}, 1), Vertex("s", {"phi~": 2}, 1)),
    ),
    "mixing": Theory(
        (PHI, Field("chi")),
        (LINE, Propagator("chi", "phi"), Propagator("chi", "chi")),
        (Vertex("v", {"phi": 2, "chi": 1}, 1), Vertex("w", {"chi": 3}, 1)),
    ),
}
CASES = [
    ("phi3", (), 4),
    ("phi3", ("phi",), 3),
    ("phi3", ("phi",) * 2, 2),
    ("phi3", ("phi",) * 3, 3),
    ("phi4", (), 3),
    ("phi4", ("phi",) * 2, 2),
    ("phi4", ("phi",) * 4, 2),
    ("phi6", (), 2),
    ("phi6", ("phi",) * 2, 1),
    ("phi2+phi4", ("phi",) * 2, 3),
    ("phi3+phi4", (), 3),
    ("phi3+phi4", ("phi",) * 2, 2),
    ("yukawa", (), 4),
    ("yukawa", ("psi", "phi", "psibar"), 3),
    ("yukawa", ("psi", "psi", "psibar", "psibar"), 2),
    ("complex", (), 3),
    ("complex", ("psi", "psibar"), 3),
    ("response", ("phi",), 3),
    ("response", ("phi", "phi"), 3),
    ("response", ("phi", "phi~"), 4),
    ("mixing", (), 4),
    ("mixing", ("phi", "chi"), 2),
]


def smallest(theory: Theory, outer: int, kinds: tuple[int, ...], edges) -> tuple:
    """The smallest sorted edge list over all permutations of vertices of equal type."""
    best = None
    groups = [[i for i, kind in enumerate(kinds) if kind == t] for t in sorted(set(kinds))]
    for images in product(*(permutations(group) for group in groups)):
        place = list(range(outer + len(kinds)))
        for group, image in zip(groups, images, strict=True):
            for i, j in zip(group, image, strict=True):
                place[outer + i] = outer + j
        moved = []
        for i, j, p in edges:
            a, b = place[i], place[j]
            symmetric = theory.propagators[p].first == theory.propagators[p].second
            moved.append((min(a, b), max(a, b), p) if symmetric else (a, b, p))
        candidate = tuple(sorted(moved))
        best = candidate if best is None or candidate < best else best
    return kinds, best


def contracted(theory: Theory, external: tuple[str, ...], kinds: tuple[int, ...]) -> dict:
    """contractions / (Π n_t! Π legs!) by isomorphism class"""
    names = [theory.vertices[t].name for t in kinds]
    position = {(p.first, p.second): k for k, p in enumerate(theory.propagators)}
    lists = Counter(
        tuple(
            sorted(
                (*sorted((a.node, b.node)), p) if a.field == b.field else (a.node, b.node, p)
                for a, b in pairs
                for p in [position[a.field, b.field]]
            )
        )
        for pairs in wick(theory, external, names)
    )
    classes = Counter()
    for edges, count in lists.items():
        classes[smallest(theory, len(external), kinds, edges)] += count
    labels = prod(factorial(kinds.count(t)) for t in set(kinds))
    labels *= prod(factorial(k) for t in kinds for k in theory.vertices[t].legs.values())
    return {key: Fraction(count, labels) for key, count in classes.items()}


@pytest.mark.parametrize(("name", "external", "most"), CASES)
def test_contractions_sorted_into_diagrams(name, external, most):
    """1 / symmetry_number = contractions / (Π n_t! Π legs!), class by class

    Equation: wick
    """
    theory = THEORIES[name]
    for order in range(0 if external else 1, most + 1):
        oracle = {}
        for kinds in product(range(len(theory.vertices)), repeat=order):
            if tuple(sorted(kinds)) == kinds:
                oracle |= contracted(theory, external, kinds)
        found = {}
        for d in generate(theory, external, order, by="vertices", connected=False, vacuum_bubbles=True):
            assert d.symmetry_number == d.automorphism_number
            # vertices in ascending type, as the oracle has them
            ranks = sorted(range(len(d.vertices)), key=lambda v: d.vertices[v])
            place = {i: i for i in range(len(external))}
            place |= {len(external) + v: len(external) + k for k, v in enumerate(ranks)}
            kinds = tuple(d.vertices[v] for v in ranks)
            edges = [(place[i], place[j], p) for i, j, p in d.edges]
            key = smallest(theory, len(external), kinds, edges)
            assert key not in found
            found[key] = d.symmetry_factor
        assert found == oracle


@pytest.mark.parametrize("legs", [0, 1, 2, 3, 6, 8])
def test_number_of_contractions(legs):
    """(2n - 1)!! for one field"""
    expected = 0 if legs % 2 else prod(range(legs - 1, 0, -2))
    assert sum(1 for _ in wick(THEORIES["phi4"], ("phi",) * legs)) == expected


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_number_of_directed_contractions(n):
    """⟨ψ^n ψ̄^n⟩ = n!"""
    contractions = list(wick(THEORIES["complex"], ("psi", "psibar") * n))
    assert len(contractions) == factorial(n)
    assert all((a.field, b.field) == ("psi", "psibar") for pairs in contractions for a, b in pairs)


def test_contractions_differ():
    contractions = list(wick(THEORIES["phi4"], ("phi",) * 6))
    assert len({frozenset(frozenset(pair) for pair in pairs) for pairs in contractions}) == 15


def test_unknown_names():
    with pytest.raises(TheoryError, match="'phi5'"):
        list(wick(THEORIES["phi4"], (), ("phi5",)))
    with pytest.raises(TheoryError, match="'chi'"):
        list(wick(THEORIES["phi4"], ("chi",)))
