"""Which exercises have been tried and solved; kept in the process, never in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from fieldtheory.workbench.exercise_book.registry import chapters
from fieldtheory.workbench.exercise_book.verdict import Verdict


@dataclass
class Record:
    """Attempts by number, until the right one is among them."""

    attempts: dict[str, int] = field(default_factory=dict)
    solved: set[str] = field(default_factory=set)

    def add(self, number: str, verdict: Verdict) -> None:
        """Another answer; what comes after the right one does not count."""
        if number not in self.solved:
            self.attempts[number] = self.attempts.get(number, 0) + 1
        if verdict.correct:
            self.solved.add(number)


RECORD = Record()


@dataclass(frozen=True, repr=False)
class Progress:
    """A row for each exercise: number, title, attempts, whether it is solved."""

    rows: tuple[tuple[str, str, int, bool], ...]

    @property
    def solved(self) -> int:
        """How many are."""
        return sum(done for *_, done in self.rows)

    @property
    def summary(self) -> str:
        """One line."""
        return f"{self.solved} of {len(self.rows)} exercises solved"

    def __repr__(self) -> str:
        width = max(len(title) for _, title, *_ in self.rows)
        lines = [f"{'':6}{'exercise':{width}}  attempts  solved"]
        lines += [
            f"{n:6}{title:{width}}  {tries or '':>8}  {_mark(done)}" for n, title, tries, done in self.rows
        ]
        return "\n".join([*lines, self.summary])

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>exercise</th><th>attempts</th><th>solved</th></tr>"
        body = "".join(
            f"<tr><td>{n}</td><td>{escape(title)}</td><td>{tries or ''}</td><td>{_mark(done)}</td></tr>"
            for n, title, tries, done in self.rows
        )
        return f"<table>{head}{body}</table><p>{self.summary}</p>"


def progress() -> Progress:
    """What has been tried and solved since this process began.

    >>> progress().summary  # doctest: +ELLIPSIS
    '... exercises solved'
    """
    listed = [exercise for chapter in chapters() for exercise in chapter.exercises]
    return Progress(
        tuple(
            (e.number, e.title, RECORD.attempts.get(e.number, 0), e.number in RECORD.solved) for e in listed
        )
    )


def _mark(done: bool) -> str:
    return "yes" if done else ""
