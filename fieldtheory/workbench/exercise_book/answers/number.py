"""Answers that are numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.shown_value import shown
from fieldtheory.workbench.exercise_book.answers.text import formula_of


@dataclass(frozen=True)
class Number:
    """A real number, right within a relative tolerance."""

    tolerance: float = 1e-3

    @property
    def what(self) -> str:
        """Names the accuracy that is asked for."""
        return f"a number, to {self.tolerance:.1g} of its value"

    def read(self, answer: Any) -> float:
        """As float; text is evaluated first."""
        if isinstance(answer, str):
            value = formula_of(answer)
            if value.free_symbols:
                raise ValueError(f"answer must be a number, without names (got {shown(answer)})")
            return require_number("answer", value, minimum=-math.inf)
        return require_number("answer", answer, minimum=-math.inf)

    def same(self, given: float, right: float) -> bool:
        """Within the tolerance."""
        return abs(given - right) <= self.tolerance * abs(right)


@dataclass(frozen=True)
class Integer:
    """A whole number, which has to be right exactly."""

    what: str = "an integer"

    def read(self, answer: Any) -> int:
        """As int; text is evaluated first."""
        value = formula_of(answer) if isinstance(answer, str) else answer
        return require_integer("answer", value, minimum=-(10**100), maximum=10**100)

    def same(self, given: int, right: int) -> bool:
        """Equal."""
        return given == right
