"""An exercise: a question, how to compute its answer, and the mistakes that are usual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fieldtheory.workbench.exercise_book.answers.kind import AnswerKind


@dataclass(frozen=True)
class Mistake:
    """What to say to an answer that a usual mistake leads to.

    `answer`: makes of the right answer the one that the mistake leads to.
    """

    message: str
    answer: Callable[[Any], Any]


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    `number`: notebook and place, "04.2". `formula`: TeX, shown below the statement. `right` computes the
    answer whenever it is asked for, by another route than `code`, which is shown with the solution and
    leaves `answer` behind.
    """

    number: str
    title: str
    statement: str
    formula: str
    kind: AnswerKind
    right: Callable[[], Any]
    mistakes: tuple[Mistake, ...]
    hint: str
    derivation: str
    code: str


@dataclass(frozen=True)
class Chapter:
    """The exercises of one notebook."""

    number: int
    title: str
    exercises: tuple[Exercise, ...]
