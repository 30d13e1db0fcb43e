"""The theory of all fields of a deep network around their saddle."""

from __future__ import annotations

from diagrams.theories.constituents import Propagator
from diagrams.theories.theory import Theory


def layered_theory(highest: int = 3) -> Theory:
    """The fluctuations `x` of all fields of a deep network, and the function `f`; vertices to so many legs.

    Those of one leg, and of two for `highest` 4, are of one loop: the measure, and what has loops of its own.

    >>> print(layered_theory())
    fields: f, x
    propagators:
      <x x> = C
      <f x> = R, directed from x to f
      <f f> = C
    terms of -S_int:
      x1: x, order 1 in loops, a point for each leg
      x3: x^3/3!, a point for each leg
    """
    loops = [("x",) * legs for legs in range(1, highest - 1)]
    return Theory.from_cumulants(
        {("x",) * legs: 1 for legs in (*range(1, highest - 1), *range(3, highest + 1))},
        [Propagator("x", "x"), Propagator("f", "x", directed=True), Propagator("f", "f")],
        orders={legs: {"vertices": 1, "loops": 1} for legs in loops},
    )
