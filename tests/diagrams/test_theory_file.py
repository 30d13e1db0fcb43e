"""Theories in files: what they say arrives, and nothing in them is ever executed."""

import json
from pathlib import Path

import pytest
import sympy
from sympy.core.cache import clear_cache

from diagrams import Field, Propagator, Theory, TheoryError, Vertex, generate
from diagrams.theories.theory_file import (
    BUILT_IN,
    built_in_theory,
    parse_coupling,
    read_theory,
    theory_from_text,
)
from tests.steps import calls

g, h, lam = sympy.symbols("g h lam")
YUKAWA = r"""
name = "Yukawa"
fields = ["phi", {name = "psi", latex = "\\psi"}]
propagators = [{fields = ["phi", "phi"], name = "D"}, {fields = ["phi", "psi"], directed = true}]

[[vertices]]
name = "yukawa"
legs = {phi = 1, psi = 2}
coupling = "-g/2"
orders = {g = 1}

[[vertices]]
legs = {phi = 4}
coupling = 0.1
local = false
"""
EXPECTED = Theory(
    (Field("phi", r"\phi"), Field("psi", r"\psi")),
    (Propagator("phi", "phi", "D"), Propagator("phi", "psi", directed=True)),
    (
        Vertex("yukawa", {"phi": 1, "psi": 2}, -g / 2, {"g": 1, "vertices": 1}),
        Vertex("phi4", {"phi": 4}, sympy.Rational(1, 10), {"vertices": 1}, local=False),
    ),
)


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml, other = tmp_path / "theory.toml", tmp_path / "theory.json"
    toml.write_text(YUKAWA)
    other.write_text(
        json.dumps(
            {
                "fields": ["phi", {"name": "psi", "latex": r"\psi"}],
                "propagators": [
                    {"fields": ["phi", "phi"], "name": "D"},
                    {"fields": ["phi", "psi"], "directed": True},
                ],
                "vertices": [
                    {
                        "name": "yukawa",
                        "legs": {"phi": 1, "psi": 2},
                        "coupling": "-g/2",
                        "orders": {"g": 1},
                    },
                    {"legs": {"phi": 4}, "coupling": 0.1, "local": False},
                ],
            }
        )
    )
    assert read_theory(toml) == read_theory(str(other)) == EXPECTED


@pytest.mark.parametrize(("name", "counts"), [("phi3", [2, 10]), ("phi4", [1, 3]), ("phi6", [0, 1])])
def test_built_in_theories(name: str, counts: list[int]) -> None:
    """Connected two-point diagrams at one and two loops."""
    theory = built_in_theory(name)
    assert theory == Theory.scalar({int(name[-1]): -g})
    assert [len(list(generate(theory, ("phi", "phi"), order))) for order in (1, 2)] == counts
    assert name in BUILT_IN


def test_unknown_theory() -> None:
    with pytest.raises(TheoryError, match=r"theory must be one of phi3, phi4, phi6 \(got 'phi5'\)"):
        built_in_theory("phi5")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", sympy.Integer(3)),
        ("0.1", sympy.Rational(1, 10)),
        ("1e-2", sympy.Rational(1, 100)),
        ("-g/24", -g / 24),
        ("- - g", g),
        ("2*-g", -2 * g),
        ("g - h - h", g - 2 * h),
        ("g/h/2", g / (2 * h)),
        ("-g**2", -(g**2)),
        ("2**3**2", sympy.Integer(512)),
        ("g^-2", g**-2),
        (" ( g + h ) ** 2 / (4 * lam) ", (g + h) ** 2 / (4 * lam)),
        ("E + I + pi", sum(map(sympy.Symbol, ("E", "I", "pi")))),
        ("S*N*Q", sympy.Mul(*map(sympy.Symbol, "SNQ"))),
    ],
)
def test_couplings(text: str, expected: sympy.Expr) -> None:
    assert parse_coupling(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "g g",
        "2g",
        "g +",
        "(g",
        "g)",
        "1..2",
        "__import__('os').system('touch /tmp/owned')",
        "exec(g)",
        "sin(g)",
        "g.func",
        "[g]",
        "g; h",
        "g = 1",
        "lambda: 0",
        "'g'",
        "g == h",
        "g // h",
        "g % 2",
        "_g",
        "g\x00",
        "gφ",
        "١",
        "1/0",
        "1/(g - g)",
        "1/((g + 1)**2 - g**2 - 2*g - 1)",
        "0**-1",
        "g**h",
        "g**(1/2)",
        "g**1000",
        "(g**50)**50",
        "9**99**9",
        "((((9**90)**90)**90)**90)",
        "1e999999999",
        "1" * 1000,
        "(" * 500 + "g" + ")" * 500,
        "g**" * 500 + "1",
        "-" * 3000,
        "g+" * 2000 + "g",
        "x" * 41,
    ],
)
def test_hostile_couplings_are_refused_at_once(text: str) -> None:
    def refused() -> None:
        with pytest.raises(TheoryError, match="^coupling must"):
            parse_coupling(text)

    assert calls(refused) < 10_000


@pytest.mark.parametrize(
    "text",
    [
        "+".join(f"(a{k}+b)**90" for k in range(120)),
        "*".join("abcdefghij" * 10),
        "1/(" + "+".join(f"x{k}" for k in range(400)) + ")**100",
    ],
)
def test_large_but_legal_couplings_take_few_steps(text: str) -> None:
    clear_cache()  # of SymPy, which remembers what it made before
    assert calls(lambda: parse_coupling(text)) < 1000 * len(text)


VERTEX = '[[vertices]]\nlegs = {phi = 4}\ncoupling = "g"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fields = [", r"here\.toml: text must be TOML \(got an error: "),
        ("vertices = []", r"the text must be a table with 'fields' \(got \['vertices'\]\)"),
        ("fields = []\nvertices = []", "fields must be one or more fields"),
        ("fields = 3\nvertices = []", r"fields must be a list of at most 100 \(got 3\)"),
        ("fields = [3]\nvertices = []", r"fields\[1\] must be a table with name \(got 3\)"),
        ("fields = ['a b']\nvertices = []", r"fields\[1\]\.name must be a name .* \(got 'a b'\)"),
        ("fields = ['phi', 'phi']\nvertices = []", "field names must differ"),
        ("fields = ['phi']\ncolour = 1\n" + VERTEX, "a key of the text must be one of .* 'colour'"),
        (
            "fields = ['phi']\nvertices = [{legs = {phi = 4}}]",
            r"vertices\[1\] must be a table with 'coupling'",
        ),
        ("fields = ['chi']\n" + VERTEX, r"vertices\[1\]\.legs must be of the fields chi \(got 'phi'\)"),
        (
            "fields = ['phi']\n" + VERTEX.replace("4", "-1"),
            r"vertices\[1\]\.legs\.phi must be an integer from 0 to 100 \(got -1\)",
        ),
        (
            "fields = ['phi']\n" + VERTEX.replace("4", "4.0"),
            r"legs\.phi must be an integer .* \(got '4\.0'\)",
        ),
        ("fields = ['phi']\n" + VERTEX.replace("4", "true"), r"legs\.phi must be an integer .* \(got True\)"),
        ("fields = ['phi']\n" + VERTEX.replace("4", "0"), "one leg or more"),
        (
            "fields = ['phi']\n" + VERTEX.replace('"g"', "[1]"),
            r"coupling must be a number or text \(got \[1\]\)",
        ),
        (
            "fields = ['phi']\n" + VERTEX.replace('"g"', "true"),
            r"vertices\[1\]\.coupling must be a number or",
        ),
        (
            "fields = ['phi']\n" + VERTEX.replace('"g"', '"g("'),
            r"here\.toml: vertices\[1\]\.coupling must be made",
        ),
        (
            "fields = ['phi']\n" + VERTEX + "local = 1\n",
            r"vertices\[1\]\.local must be true or false \(got 1\)",
        ),
        ("fields = ['phi']\n" + VERTEX + "orders = {g = -1}\n", r"orders\.g must be an integer from 0"),
        ("fields = ['phi']\n" + VERTEX + VERTEX, "vertex names must differ"),
        (
            "fields = ['phi']\npropagators = [{fields = ['phi']}]\n" + VERTEX,
            r"propagators\[1\]\.fields must be the names of two fields",
        ),
        (
            "fields = ['phi']\npropagators = [{fields = ['phi', 'phi'], directed = true}]\n" + VERTEX,
            r"propagators\[1\]\.directed must be false for one field",
        ),
        ("fields = ['phi']\npropagators = [{fields = ['phi', 'chi']}]\n" + VERTEX, "field must be one of"),
    ],
)
def test_errors_name_file_key_and_value(text: str, message: str) -> None:
    with pytest.raises(TheoryError, match=message) as caught:
        theory_from_text(text, "toml", "here.toml")
    assert str(caught.value).startswith("here.toml: ")


@pytest.mark.parametrize(
    "latex", [r"\input{/etc/passwd}", r"\write18{ls}", r"\phi}{", r"\\", "<script>", "$", r"\phi" * 50, "a%"]
)
def test_hostile_latex_is_refused(latex: str) -> None:
    text = json.dumps({"fields": [{"name": "phi", "latex": latex}], "vertices": []})
    with pytest.raises(TheoryError, match=r"fields\[1\]\.latex must be plain LaTeX"):
        theory_from_text(text, "json")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a": NaN}',
        '{"fields": ["a"], "fields": ["b"], "vertices": []}',
        "null",
        "[]",
        '{"fields": ["phi"], "vertices": [{"legs": {"phi": 4}, "coupling": ' + "9" * 5000 + "}]}",
        '{"fields": ["phi"], "vertices": [{"legs": {"phi": 4}, "coupling": NaN1}]}',
        '{"fields": ["phi"], "vertices": [{"legs": {"phi": 4}, "coupling": -Infinity()}]}',
    ],
)
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(TheoryError, match="^theory: "):
        theory_from_text(text, "json")


def test_files_that_are_no_theory(tmp_path: Path) -> None:
    with pytest.raises(TheoryError, match=r"must end in \.toml or \.json"):
        read_theory(tmp_path / "theory.py")
    with pytest.raises(FileNotFoundError):
        read_theory(tmp_path / "none.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(TheoryError, match=r"binary\.toml: file must be UTF-8"):
        read_theory(binary)
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 200_001)
    with pytest.raises(TheoryError, match=r"large\.json: file must have at most 200000 bytes"):
        read_theory(large)
    with pytest.raises(TheoryError, match="language must be one of"):
        theory_from_text("", "yaml")
