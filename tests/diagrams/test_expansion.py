"""Formal sums of diagrams: what a vector space with labelled directions must do."""

import pytest
import sympy

from diagrams import Theory, TheoryError, generate
from diagrams.expansion import Expansion, order_of
from diagrams.rules import Rules

g, h = sympy.symbols("g h")
PHI4 = Theory.scalar({4: -g})
MIXED = Theory.scalar({3: -h, 4: -g})
POINTS = ("phi", "phi")


def loops(theory: Theory, order: int) -> Expansion:
    return Expansion.of(generate(theory, POINTS, order), order=f"{order} loops")


def test_of_keeps_diagrams_weights_and_order() -> None:
    """-g/2 at one loop; g²/4, g²/4, g²/6 at two."""
    two = loops(PHI4, 2)
    assert len(two) == 3
    assert sorted(map(str, two.weights)) == ["g**2/4", "g**2/4", "g**2/6"]
    assert [two.weight_of(d) for d in two] == [d.weight for d in two] == list(two.weights)
    assert repr(two) == "Expansion(3 diagrams, order: 2 loops)"
    assert str(two).splitlines()[0] == "3 diagrams, order: 2 loops"
    assert len(str(two).splitlines()) == 4


def test_equal_diagrams_are_collected() -> None:
    """d + d = 2 d, and d - d = nothing, also with weights that only vanish when expanded."""
    two = loops(PHI4, 2)
    doubled = Expansion.of([*two, *two], "2 loops")
    assert doubled == 2 * two == two * 2 == two + two
    assert doubled.order == "2 loops"
    assert Expansion.of(doubled) == doubled
    assert len(two - two) == 0
    assert len((g + h) * two - g * two - h * two) == 0


def test_vector_space() -> None:
    one, two = loops(MIXED, 1), loops(MIXED, 2)
    total = one + two
    assert len(total) == len(one) + len(two)
    assert total.order == "1 loops + 2 loops"
    assert (3 * total - 2 * total).weights == total.weights
    assert (-one).weights == tuple(-w for w in one.weights)
    assert (sympy.Rational(1, 2) * one).weights == tuple(w / 2 for w in one.weights)
    assert sympy.expand((one + two - two).expression - one.expression) == 0
    assert 0 * total == Expansion(order=total.order)


def test_truncation() -> None:
    total = loops(MIXED, 1) + loops(MIXED, 2)
    assert total.truncate(1).diagrams == loops(MIXED, 1).diagrams
    assert total.truncate(1).order == "1 loops + 2 loops, up to 1 loop"
    few = total.truncate(2, by="vertices")
    assert {order_of(d, "vertices") for d in few} == {1, 2}
    assert len(few) == sum(len(d.vertices) <= 2 for d in total)
    assert len(total.truncate(0)) == 0
    with pytest.raises(TheoryError, match=r"by must be one of .*'loops'.* \(got 'wings'\)"):
        total.truncate(1, by="wings")
    with pytest.raises(TheoryError, match=r"highest must be an integer >= 0 \(got -1\)"):
        total.truncate(-1)


def test_filters_agree_with_the_generator() -> None:
    total = loops(MIXED, 2)
    irreducible = Expansion.of(generate(MIXED, POINTS, 2, one_particle_irreducible=True), "2 loops")
    assert total.one_particle_irreducible() == irreducible
    assert total.without_tadpoles() == Expansion.of(generate(MIXED, POINTS, 2, tadpoles=False), "2 loops")
    assert total.connected() == total
    everything = Expansion.of(generate(PHI4, POINTS, 2, by="vertices", connected=False, vacuum_bubbles=True))
    assert set(everything.connected()) == set(loops(PHI4, 2))


def test_empty_expansions_are_fine() -> None:
    nothing = Expansion.of([], order="0 loops")
    assert list(nothing) == []
    assert nothing.expression == 0
    assert nothing.latex() == "0"
    assert len(nothing + nothing) == 0
    assert nothing.truncate(3).connected().one_particle_irreducible().without_tadpoles().weights == ()
    assert repr(nothing) == "Expansion(0 diagrams, order: 0 loops)"
    assert repr(Expansion()) == "Expansion(0 diagrams)"


def test_expression_and_latex_carry_the_weight_of_the_sum() -> None:
    """3 (-g/2) ∫ C(x1,y1) C(x2,y1) C(y1,y1)"""
    one = 3 * loops(PHI4, 1)
    [diagram] = one
    assert sympy.expand(one.expression - 3 * loops(PHI4, 1).expression) == 0
    assert one.latex().startswith(r"- \frac{3 g}{2} \int")
    assert one.under(Rules(couplings={"phi4": h})).has(h)
    assert not one.under(Rules(couplings={"phi4": h})).has(g)
    assert (one + loops(PHI4, 2)).latex().count(r"\int") == 4


def test_bad_input_is_named() -> None:
    [diagram] = loops(PHI4, 1)
    with pytest.raises(TheoryError, match="got 1 and 0"):
        Expansion((), (g,))
    with pytest.raises(TheoryError, match=r"Expansion\.of"):
        Expansion((diagram, diagram), (g, g))
    with pytest.raises(TypeError):
        loops(PHI4, 1) + 1  # type: ignore[operator]
