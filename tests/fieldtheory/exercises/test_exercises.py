"""Exercises: the right answer in whatever form, what is said to wrong ones, and what is no answer."""

from __future__ import annotations

import ast
import math
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import diagrams
import fieldtheory as ft
from fieldtheory import exercises
from fieldtheory.workbench.exercise_book.answers.diagram_list import least_graph
from fieldtheory.workbench.exercise_book.registry import chapters, exercises_by_number
from tests.fieldtheory.exercises.rows import ROWS

ROOT = Path(__file__).parents[3]
NUMBERS = exercises.all()


def test_every_notebook_has_exercises() -> None:
    """Numbers are those of notebook and place, in order, three at least for each of the sixteen."""
    assert [chapter.number for chapter in chapters()] == list(range(1, 17))
    listed = [
        f"{chapter.number:02}.{place}"
        for chapter in chapters()
        for place, _ in enumerate(chapter.exercises, 1)
    ]
    assert NUMBERS == listed == list(ROWS)
    assert min(len(chapter.exercises) for chapter in chapters()) >= 3
    assert len(NUMBERS) >= 40
    titles = [exercise.title for exercise in exercises_by_number().values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("number", NUMBERS)
def test_right_answers(number: str) -> None:
    """Both forms, and what the code of the solution leaves behind."""
    for answer in ROWS[number].right:
        assert exercises.check(number, answer).correct, answer
    space: dict[str, Any] = {}
    exec(exercises_by_number()[number].code, space)  # the text of our own solution
    assert exercises.check(number, space["answer"]).correct


@pytest.mark.parametrize("number", NUMBERS)
def test_wrong_answers(number: str) -> None:
    """Two typical ones at least, each with a message of its own."""
    said = [exercises.check(number, answer) for answer in ROWS[number].wrong]
    assert not any(verdict.correct for verdict in said)
    messages = [verdict.message for verdict in said]
    assert len(set(messages)) == len(messages) >= 2
    assert not any("exercises.hint" in message for message in messages)


@pytest.mark.parametrize("number", NUMBERS)
def test_mistakes_differ(number: str) -> None:
    """Every mistake leads to an answer of its own, which is met by its own message."""
    exercise = exercises_by_number()[number]
    right = exercise.right()
    for mistake in exercise.mistakes:
        verdict = exercises.check(number, mistake.answer(right))
        assert (verdict.correct, verdict.message) == (False, mistake.message)


@pytest.mark.parametrize("number", NUMBERS)
def test_pages(number: str) -> None:
    """Statement and formula, hint, derivation with code: text in a terminal, Markdown in a notebook."""
    exercise = exercises_by_number()[number]
    shown, hint, solution = (ask(number) for ask in (exercises.show, exercises.hint, exercises.solution))
    assert exercise.statement in str(shown)
    assert f"$$ {exercise.formula} $$" in shown._repr_markdown_()
    assert exercise.hint in repr(hint)
    assert exercise.derivation in str(solution)
    assert f"```python\n{exercise.code}" in solution._repr_markdown_()
    for text in (exercise.statement, exercise.hint, exercise.derivation):
        assert text.count("$") % 2 == 0
        assert text.rstrip()[-1] in ".?)$"


def test_unknown_wrong_answer() -> None:
    """What is neither right nor a usual mistake gets a verdict that says where the hint is."""
    assert exercises.check("01.1", 12) == exercises.Verdict(
        False, "This is not it. exercises.hint('01.1') says where to begin."
    )


@pytest.mark.parametrize("number", ["04.9", "4.2", "", 4.2, 402, None, ["04.2"], "01.1\n", "9" * 10**6])
def test_unknown_number(number: Any) -> None:
    """Refused by all that takes a number, in one short line."""
    for ask in (exercises.show, exercises.hint, exercises.solution, lambda n: exercises.check(n, 1)):
        with pytest.raises(ValueError, match=r"^number must be text that exercises.all\(\) lists") as found:
            ask(number)
        assert len(str(found.value)) < 200


KINDS = {type(e.kind).__name__: number for number, e in exercises_by_number().items()}


@pytest.mark.parametrize("number", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        math.nan,
        float("inf"),
        np.float64("nan"),
        sympy.nan,
        sympy.zoo,
        1j,
        b"1",
        {1: 2},
        object(),
        [None],
        np.ones((2, 2, 2)),
        "1" * 10**6,
        "g" * 10**6,
        "(" * 900 + ")" * 900,
        "",
        "nan",
        "1/0",
        "9**9**9",
        "__import__('os')",
        "x.y",
        "[].append(1)",
        lambda *inputs: math.nan,
        lambda: 1,
        sympy.Symbol("unheard_of"),
        sympy.Integral(sympy.Symbol("g"), sympy.Symbol("g")),
        sympy.Function("f")(2),
        [[(0, 1)], "ab"],
        [[(0, 7)]],
        [[(0, -1)]],
    ],
    ids=lambda answer: f"{answer!r:.20}",
)
def test_what_is_no_answer(number: str, answer: Any) -> None:
    """Any kind refuses it in one line that names the argument."""
    with pytest.raises(ValueError, match="^answer ") as found:
        exercises.check(number, answer)
    assert len(str(found.value)) < 400


def test_text_is_not_executed(tmp_path: Path) -> None:
    """Text goes through the reader of formulas, which knows no calls."""
    trace = tmp_path / "trace"
    for text in (f"open('{trace}', 'w')", f"__import__('pathlib').Path('{trace}').touch()"):
        for number in KINDS.values():
            with pytest.raises(ValueError, match="^answer "):
                exercises.check(number, text)
    assert not trace.exists()


@pytest.mark.parametrize(
    "form",
    [
        lambda N, lam, r: -3 * N * lam**2 * r**2 * (N * lam + r) ** -4,
        lambda N, lam, r: sympy.expand(-3 * N * lam**2 * r**2) / sympy.expand((N * lam + r) ** 4),
        lambda N, lam, r: sympy.diff(r**2 * (N * lam + r) ** -2, N, 2) * N / -2,
        lambda N, lam, r: -3.0 * N * lam**2 * r**2 / (N * lam + r) ** 4,
        lambda N, lam, r: -3 * N * sympy.exp(2 * sympy.log(lam * r) - 4 * sympy.log(N * lam + r)),
    ],
)
def test_any_equivalent_form(form: Any) -> None:
    """Also with symbols of other assumptions, with floats, and with functions."""
    for assumptions in ({}, {"positive": True}, {"real": True}):
        assert exercises.check("04.2", form(*sympy.symbols("N lam r", **assumptions))).correct


def test_nearly_equal_formulas_differ() -> None:
    """A formula that is right to twelve digits is not right."""
    right = sympy.sympify(-3) * sympy.Symbol("N") / 8
    off = sympy.Symbol("N") / (8 * sympy.Symbol("r") ** 2) * (1 + sympy.Rational(1, 10**12))
    assert not exercises.check("03.1", off).correct
    assert not exercises.check("03.1", right).correct


def test_diagrams_up_to_isomorphism() -> None:
    """Names of vertices, order of lines and of diagrams do not matter; external points and numbers do."""
    sunset, cactus = [(0, 2), (2, 3), (2, 3), (2, 3), (3, 1)], [(0, 2), (1, 2), (2, 3), (2, 3), (3, 3)]
    renamed = [(3, 0), (3, 2), (3, 2), (2, 3), (1, 2)]
    assert exercises.check("01.4", [sunset, cactus]).correct
    assert exercises.check("01.4", (cactus, renamed)).correct
    assert exercises.check("01.4", np.array([renamed, cactus])).correct is True
    assert not exercises.check("01.4", [sunset, sunset, cactus]).correct
    phi4 = diagrams.built_in_theory("phi4")
    with pytest.raises(ValueError, match="answer must have diagrams of 2 external points"):
        exercises.check("01.4", list(diagrams.generate(phi4, (), 2)))


@given(order=st.permutations(range(3)), shuffled=st.randoms(use_true_random=False))
def test_names_of_vertices_do_not_matter(order: list[int], shuffled: random.Random) -> None:
    """A graph whose vertices are renamed and whose lines are written otherwise has the same standard form."""
    graph = [(0, 1), (1, 2), (1, 3), (2, 3), (2, 3)]
    name = [0, *(1 + k for k in order)]
    renamed = [(name[i], name[j]) if shuffled.random() < 0.5 else (name[j], name[i]) for i, j in graph]
    shuffled.shuffle(renamed)
    assert least_graph(renamed, 1, 3) == least_graph(graph, 1, 3)
    assert least_graph([*renamed[1:], (0, 0)], 1, 3) != least_graph(graph, 1, 3)


@given(a=st.integers(1, 10**6), b=st.integers(1, 10**6), power=st.integers(-5, 5))
def test_a_factor_is_noticed(a: int, b: int, power: int) -> None:
    """A formula times a rational number, or a power of a symbol, is right only if that is 1."""
    N, r = sympy.symbols("N r")
    factor = sympy.Rational(a, b) * r**power
    assert exercises.check("03.1", N / (8 * r**2) * factor).correct == (factor == 1)


@given(off=st.floats(-0.5, 0.5))
def test_tolerance_of_numbers(off: float) -> None:
    """Right within the relative tolerance that the statement names, and not beyond."""
    verdict = exercises.check("08.1", math.pi / 4 * (1 + off))
    assert "to 0.001 of its value" in str(exercises.show("08.1"))
    assert verdict.correct == (abs(off) <= 1e-3) or abs(abs(off) - 1e-3) < 1e-12


def test_lessons_raise_nothing() -> None:
    """Chapters hold texts and formulas; messages of errors are elsewhere, where test_remedies reads them."""
    for file in (ROOT / "fieldtheory/workbench/exercise_book/chapters").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert not any(isinstance(node, ast.Raise) for node in ast.walk(tree)), file.name


def test_progress() -> None:
    """Attempts up to the first right answer; a table as text and as HTML."""
    before = {number: (tries, done) for number, _, tries, done in exercises.progress().rows}
    exercises.check("01.1", 7)
    exercises.check("01.1", 105)
    exercises.check("01.1", 8)
    found = exercises.progress()
    after = {number: (tries, done) for number, _, tries, done in found.rows}
    assert list(after) == NUMBERS
    assert after["01.1"][1]
    assert after["01.1"][0] == before["01.1"][0] + 2 * (not before["01.1"][1])
    assert {n: row for n, row in after.items() if n != "01.1"} == {
        n: row for n, row in before.items() if n != "01.1"
    }
    assert found.summary == f"{found.solved} of {len(NUMBERS)} exercises solved"
    assert all(number in repr(found) for number in NUMBERS)
    assert found._repr_html_().count("<tr>") == len(NUMBERS) + 1


def test_face() -> None:
    """`from fieldtheory import exercises` has what its face lists."""
    assert ft.exercises is exercises
    assert exercises.__all__ == ["Verdict", "all", "check", "hint", "progress", "show", "solution"]
    assert all(callable(getattr(exercises, name)) for name in exercises.__all__)


def test_list_in_the_docs() -> None:
    """docs/exercises.md lists every exercise with its title, and no other."""
    text = (ROOT / "docs/exercises.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d\d\.\d) \| (.*?) \|", text, flags=re.MULTILINE)
    assert listed == [(number, exercise.title) for number, exercise in exercises_by_number().items()]
