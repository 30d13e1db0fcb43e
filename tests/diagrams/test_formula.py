"""Actions given as text, and correlators that vanish by symmetry."""

import json
import re
from itertools import combinations_with_replacement
from math import factorial
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from diagrams import (
    Expansion,
    Field,
    Propagator,
    Theory,
    TheoryError,
    Vertex,
    generate,
    read_theory,
    selection_rule,
    theory_from_formula,
    theory_from_text,
    wick,
)

M, G = sympy.symbols("m g")
PHI4 = "m/2*phi^2 + g/24*phi^4"


def moment(n: int) -> sympy.Expr:
    """<phi^n> of the Gaussian of variance 1/m: (n - 1)!!/m^(n/2)."""
    return sympy.factorial2(n - 1) / M ** (n // 2) if n % 2 == 0 else sympy.Integer(0)


@pytest.mark.parametrize(("text", "power"), [(PHI4, 4), ("m*phi**2/2 - -g*phi^3/(2*3)", 3)])
def test_series_in_zero_dimensions(text: str, power: int) -> None:
    """<phi^2> = sum_n (-g/k!)^n <phi^(kn+2)>_0/n! over the same without phi^2, term by term in g."""
    theory = theory_from_formula(text, ["phi"], ["g"])
    highest = 2

    def series(extra: int) -> sympy.Expr:
        return sum(
            (-G / factorial(power)) ** n * moment(power * n + extra) / factorial(n)
            for n in range(highest + 1)
        )

    expected = sympy.series(series(2) / series(0), G, 0, highest + 1).removeO()
    found = sum(Expansion.of(generate(theory, ("phi", "phi"), n, by="g")).value for n in range(highest + 1))
    mean = sum(Expansion.of(generate(theory, ("phi",), n, by="g")).value for n in range(highest + 1))
    disconnected = sympy.series(sympy.expand(mean**2), G, 0, highest + 1).removeO()
    assert sympy.expand(found + disconnected - expected) == 0


def test_two_fields_and_exact_numbers() -> None:
    """The covariance of two coupled fields is the inverse matrix, and 0.1 is 1/10."""
    theory = theory_from_formula("a*x^2/2 + c*x*y + b*y^2/2 + 0.1*x*y^2", ["x", "y"])
    a, b, c = sympy.symbols("a b c")
    inverse = sympy.Matrix([[a, c], [c, b]]) ** -1
    for propagator in theory.propagators:
        i, j = ("xy".index(name) for name in (propagator.first, propagator.second))
        assert sympy.simplify(propagator.value - inverse[i, j]) == 0
    assert [(dict(v.legs), v.coupling) for v in theory.vertices] == [
        ({"x": 1, "y": 2}, -sympy.Rational(1, 5))
    ]


def test_the_same_in_a_file(tmp_path: Path) -> None:
    """`action` in a theory file, TOML or JSON, is the text itself; fields may have their LaTeX."""
    file = tmp_path / "phi4.toml"
    file.write_text(f'fields = ["phi"]\naction = "{PHI4}"\nsmall = ["g"]\n')
    direct = theory_from_formula(PHI4, [Field("phi", r"\phi")], ["g"])
    assert read_theory(file) == direct
    in_json = json.dumps({"fields": [{"name": "phi", "latex": r"\phi"}], "action": PHI4, "small": ["g"]})
    assert theory_from_text(in_json, "json") == direct
    assert direct == Theory.from_action(
        M / 2 * sympy.Symbol("phi") ** 2 + G / 24 * sympy.Symbol("phi") ** 4,
        [Field("phi", r"\phi")],
        small=[G],
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'fields = ["phi"]\naction = "phi^2"\nvertices = []',
            "one of action, fields, name, small .*'vertices'",
        ),
        ('fields = ["phi"]\naction = 2', "action must be text"),
        ('fields = ["phi"]\naction = "phi^2 + chi.x"', r"action must be made of .*'\.' at character 12"),
        ('fields = ["phi", "chi"]\naction = "phi^2"', "fields must be names in the action .*'chi'"),
        ('fields = ["phi"]\naction = "phi^2"\nsmall = ["g"]', "small must be names in the action .*'g'"),
        ('fields = ["phi"]\naction = "phi^2"\nsmall = [2]', r"small\[1\] must be a name"),
        ('fields = ["phi"]\naction = "phi^2/6!"', r"action must be made of .* \(got '!' at character 8\)"),
        ('fields = ["phi"]\naction = "phi^4"', "quadratic part that can be inverted"),
        ('fields = ["phi"]\naction = "(phi + a + b)^90"', "at most 300 terms"),
        (
            'fields = ["phi"]\naction = "m*phi^2/(a+b)^40"',
            r"at most degree 16 in the parameters.* \(got 41\)",
        ),
        ('fields = ["phi"]\naction = "__import__(phi)"', "action must be made of numbers"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(TheoryError, match=f"^theory: .*{message}"):
        theory_from_text(text)


def test_fields_tied_by_symbols_are_few() -> None:
    """The inverse of a matrix of symbols grows like n!: five tied fields are refused, five free ones not."""
    names = [f"f{k}" for k in range(5)]
    free = " + ".join(f"m{k}*{name}^2/2" for k, name in enumerate(names))
    tied = free + "".join(f" + c{k}*{a}*{b}" for k, (a, b) in enumerate(zip(names, names[1:], strict=False)))
    assert len(theory_from_formula(free, names).propagators) == 5
    with pytest.raises(TheoryError, match=r"at most 4 fields .* \(got 5\)"):
        theory_from_formula(tied, names)


CHARGED = Theory(
    (Field("psi"), Field("psibar"), Field("phi")),
    (Propagator("psi", "psibar"), Propagator("phi", "phi")),
    (Vertex("yukawa", {"psi": 1, "psibar": 1, "phi": 1}, G),),
)


@pytest.mark.parametrize(
    ("theory", "external", "sentence"),
    [
        (Theory.scalar({4: 1}), ("phi",), "<phi> vanishes by symmetry: .* an odd number of legs of phi"),
        (Theory.scalar({4: 1, 6: 1}), ("phi",) * 5, "an odd number of legs of phi is always left over"),
        (Theory.scalar({3: 1}), ("phi",), ""),
        (CHARGED, ("psi", "psi"), "it has 2 more of psi than of psibar, and every vertex as many of both"),
        (CHARGED, ("psibar", "psi", "psibar", "psibar"), "it has 2 more of psibar than of psi"),
        (CHARGED, ("psi",), "an odd number of legs of psi/psibar is always left over"),
        (CHARGED, ("psi", "psibar", "phi"), ""),
    ],
)
def test_sentences(theory: Theory, external: tuple[str, ...], sentence: str) -> None:
    """A correlator that a parity or a charge forbids is empty, and the rule says which."""
    found = [list(generate(theory, external, n, by="vertices")) for n in range(4)]
    if not sentence:
        assert selection_rule(theory, external) == ""
        assert any(found)
        return
    assert not any(found)
    assert re.search(sentence, selection_rule(theory, external))


NAMES = ("a", "b", "c")
PAIRS = tuple(combinations_with_replacement(NAMES, 2))


@settings(max_examples=60)
@given(
    st.sets(st.sampled_from(PAIRS), min_size=1, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 2), min_size=1), max_size=2),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
)
def test_what_is_forbidden_has_no_contraction(pairs, vertices, external):
    """Where a rule speaks, no term of up to three vertices has a complete Wick contraction."""
    theory = Theory(
        [Field(name) for name in NAMES],
        [Propagator(*pair) for pair in sorted(pairs)],
        [Vertex(f"v{k}", legs, 1, {"vertices": 1}) for k, legs in enumerate(vertices)],
    )
    if selection_rule(theory, external):
        for count in range(4):
            for chosen in combinations_with_replacement([v.name for v in theory.vertices], count):
                assert next(wick(theory, external, chosen), None) is None
        assert list(generate(theory, external, 2, by="vertices")) == []
