"""Equations of the pages have code and tests, marks equations, functions of numbers marks."""

import inspect
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "extensions"))

from equation_marks import Equation, Mark, equation_marks, equations, is_label

EQUATIONS = equations()
MARKS = equation_marks()
LABELS = {equation.label for equation in EQUATIONS}
COMPUTED = {mark.label for mark in MARKS if not mark.in_tests}
TESTED = {mark.label for mark in MARKS if mark.in_tests}
PACKAGES = ("fieldtheory", "diagrams", "replicas", "renormalization")

# public functions that compute no formula: they look up, list, register, draw, read, write or refuse
NO_FORMULA = {
    "fieldtheory": "activation activation_table budget cite open_sweep register_activation "
    "unregister_activation",
    "diagrams": "built_in_theory draw_sheet read_theory theory_from_text tabulate",
    "replicas": "register_theory theory_table unregister_theory",
    "renormalization": "posterior_table",
}


def public_functions() -> list[tuple[str, str]]:
    found = []
    for package in PACKAGES:
        face = import_module(package)
        excused = set(NO_FORMULA[package].split())
        assert excused <= set(face.__all__), f"{excused - set(face.__all__)} are no names of {package}"
        values = {name: getattr(face, name) for name in face.__all__ if name not in excused}
        functions = (n for n, value in values.items() if callable(value) and not inspect.isclass(value))
        found += [(package, name) for name in functions]
    return found


def test_a_label_stands_once_and_is_words_joined_by_hyphens() -> None:
    assert [label for label, count in Counter(e.label for e in EQUATIONS).items() if count > 1] == []
    assert [label for label in LABELS if not is_label(label)] == []


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{mark.file}:{mark.line}")
def test_code_names_equations_that_there_are(mark: Mark) -> None:
    assert mark.label in LABELS, f"no page of docs/ has the equation {mark.label}"


@pytest.mark.parametrize("equation", [e for e in EQUATIONS if not e.step], ids=lambda e: e.label)
def test_an_equation_is_computed_and_tested(equation: Equation) -> None:
    place = f"docs/{equation.page}.md:{equation.line}"
    assert equation.label in COMPUTED, f"{place}: no code names it (else mark it `% derivation step`)"
    assert equation.label in TESTED, f"{place}: no test names it"


@pytest.mark.parametrize(("package", "name"), public_functions())
def test_a_public_function_of_numbers_names_its_equation(package: str, name: str) -> None:
    docstring = getattr(import_module(package), name).__doc__ or ""
    lines = [line.strip() for line in docstring.splitlines()]
    assert any(line.startswith(("Equation: ", "Equations: ")) for line in lines)
