"""Exercises that answer back, `fieldtheory.exercises`: statements, checked answers, hints, solutions.

Numbered as the notebooks are: 04.2 is the second exercise of notebook 04. Loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldtheory.package_face import package_face

if TYPE_CHECKING:
    from fieldtheory.workbench.exercise_book.lessons import all as all
    from fieldtheory.workbench.exercise_book.lessons import check as check
    from fieldtheory.workbench.exercise_book.lessons import hint as hint
    from fieldtheory.workbench.exercise_book.lessons import show as show
    from fieldtheory.workbench.exercise_book.lessons import solution as solution
    from fieldtheory.workbench.exercise_book.record import progress as progress
    from fieldtheory.workbench.exercise_book.verdict import Verdict as Verdict

_HOMES = {
    "Verdict": "fieldtheory.workbench.exercise_book.verdict",
    "all": "fieldtheory.workbench.exercise_book.lessons",
    "check": "fieldtheory.workbench.exercise_book.lessons",
    "hint": "fieldtheory.workbench.exercise_book.lessons",
    "progress": "fieldtheory.workbench.exercise_book.record",
    "show": "fieldtheory.workbench.exercise_book.lessons",
    "solution": "fieldtheory.workbench.exercise_book.lessons",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
