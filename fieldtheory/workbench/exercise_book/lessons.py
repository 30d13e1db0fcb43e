"""To list, show and check exercises, and what helps with them."""

from __future__ import annotations

from typing import Any

from fieldtheory.workbench.exercise_book.page import Page
from fieldtheory.workbench.exercise_book.record import RECORD
from fieldtheory.workbench.exercise_book.registry import exercise_of, exercises_by_number
from fieldtheory.workbench.exercise_book.verdict import Verdict


def all() -> list[str]:
    """The numbers of all exercises.

    >>> all()[:3]
    ['01.1', '01.2', '01.3']
    """
    return list(exercises_by_number())


def show(number: str) -> Page:
    """An exercise: what is asked, and what kind of answer is expected.

    A notebook renders the formulas. ValueError for an unknown number.

    >>> print(show("01.1"))  # doctest: +ELLIPSIS
    01.1 Eight fields
    ...
    Answer: an integer.
    """
    exercise = exercise_of(number)
    asked = f"{exercise.statement}\n\n$$ {exercise.formula} $$\n\nAnswer: {exercise.kind.what}."
    return Page(f"{exercise.number} {exercise.title}", asked)


def check(number: str, answer: Any) -> Verdict:
    """Whether an answer is right; of a usual mistake, which one it is.

    `answer`: as the exercise says; numbers and formulas also as text, which is read, not executed. ValueError
    for an unknown number and for what is no answer, such as NaN.

    >>> check("01.1", 105).correct, check("01.1", "7*5*3").correct
    (True, True)
    """
    exercise = exercise_of(number)
    given = exercise.kind.read(answer)
    right = exercise.right()
    verdict = Verdict(False, f"This is not it. exercises.hint({number!r}) says where to begin.")
    if exercise.kind.same(given, exercise.kind.read(right)):
        verdict = Verdict(True, "Right.")
    else:
        for mistake in exercise.mistakes:
            if exercise.kind.same(given, exercise.kind.read(mistake.answer(right))):
                verdict = Verdict(False, mistake.message)
                break
    RECORD.add(number, verdict)
    return verdict


def hint(number: str) -> Page:
    """Where to begin. ValueError for an unknown number."""
    exercise = exercise_of(number)
    return Page(f"{number}, a hint", exercise.hint)


def solution(number: str) -> Page:
    """The derivation, and code that computes the answer. ValueError for an unknown number."""
    exercise = exercise_of(number)
    text = f"{exercise.derivation}\n\n```python\n{exercise.code.strip()}\n```"
    return Page(f"{number} {exercise.title}, solution", text)
