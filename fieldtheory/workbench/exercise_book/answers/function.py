"""Answers that are functions of numbers, compared on random inputs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from fieldtheory.arguments import require_number
from fieldtheory.shown_value import shown
from fieldtheory.workbench.exercise_book.answers.expression import Expression

_POINTS = 8


@dataclass(frozen=True)
class Function:
    """A function of real arguments, each with the interval its inputs are drawn from."""

    arguments: tuple[tuple[str, float, float], ...]
    tolerance: float = 1e-6

    @property
    def what(self) -> str:
        """Names the arguments."""
        names = ", ".join(name for name, *_ in self.arguments)
        return f"a function of {names} (Python, or a formula in SymPy or as text)"

    def read(self, answer: Any) -> tuple[float, ...]:
        """The values on the inputs."""
        function = self._function(answer)
        return tuple(_value(function, inputs) for inputs in self.inputs())

    def same(self, given: tuple[float, ...], right: tuple[float, ...]) -> bool:
        """All values agree."""
        return all(abs(a - b) <= self.tolerance * abs(b) for a, b in zip(given, right, strict=True))

    def inputs(self) -> list[tuple[float, ...]]:
        """Random inputs, the same for every answer."""
        drawn = random.Random(20230)
        return [tuple(drawn.uniform(low, high) for _, low, high in self.arguments) for _ in range(_POINTS)]

    def _function(self, answer: Any) -> Callable[..., Any]:
        if isinstance(answer, str | sympy.Expr):
            formula = Expression(self.arguments).read(answer)
            by_name = {symbol.name: symbol for symbol in formula.free_symbols}
            names = [name for name, *_ in self.arguments]

            def value(*inputs: float) -> sympy.Expr:
                given = zip(names, inputs, strict=True)
                return formula.subs({by_name[name]: x for name, x in given if name in by_name}).evalf()

            return value
        if not callable(answer):
            raise ValueError(f"answer must be a function (got {shown(answer)})")
        return answer  # type: ignore[no-any-return]


def _value(function: Callable[..., Any], inputs: tuple[float, ...]) -> float:
    at = ", ".join(f"{x:.3g}" for x in inputs)
    try:
        value = function(*inputs)
    except Exception as error:
        raise ValueError(f"answer must be a function that has a value at {at} (got {error!r:.80})") from None
    return require_number(f"answer at {at}", value, minimum=-math.inf)
