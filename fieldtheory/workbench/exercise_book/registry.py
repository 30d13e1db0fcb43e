"""All exercises: the chapters are the files of the folder `chapters`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fieldtheory.shown_value import shown
from fieldtheory.workbench.exercise_book.exercise import Chapter, Exercise

_FOLDER = "fieldtheory.workbench.exercise_book.chapters"


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter, in the order of the notebooks."""
    folder = import_module(_FOLDER)
    found = [import_module(f"{_FOLDER}.{file.name}").CHAPTER for file in iter_modules(folder.__path__)]
    return tuple(sorted(found, key=lambda chapter: chapter.number))


@cache
def exercises_by_number() -> dict[str, Exercise]:
    """Every exercise by its number."""
    return {exercise.number: exercise for chapter in chapters() for exercise in chapter.exercises}


def exercise_of(number: Any) -> Exercise:
    """The exercise of a number; ValueError for any other value."""
    known = exercises_by_number()
    if not isinstance(number, str) or number not in known:
        raise ValueError(
            f"number must be text that exercises.all() lists, {min(known)!r} to {max(known)!r} "
            f"(got {shown(number)})"
        )
    return known[number]
