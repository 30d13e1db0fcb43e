"""What is said to an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and a sentence: of a typical mistake, which one it is.

    >>> Verdict(True, "Right.").correct
    True
    """

    correct: bool
    message: str
