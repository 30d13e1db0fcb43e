"""The theories of learning curves by their names, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from replicas.assessment.best_theory import best_theory
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import fixed_point, require_finite
from replicas.self_energy.words import HIGHEST_ORDER
from replicas.theories.equivalent_kernel import equivalent_kernel
from replicas.theories.loop_expansion import HIGHEST_ORDER as MOST_LOOPS
from replicas.theories.loop_expansion import loop_expansion
from replicas.theories.one_loop import one_loop
from replicas.theories.self_consistent import self_consistent


@dataclass(frozen=True)
class Theory:
    """A theory as a function of the problem, and of an order from 0 to `highest_order` if it has orders."""

    predict: Callable[..., Prediction]
    highest_order: int | None = None


def _perturbative(problem: Problem, order: int) -> Prediction:
    from replicas.theories.perturbative import (
        perturbative,  # words load the diagram engine, and with it SymPy
    )

    return perturbative(problem, order)


def _skeleton(problem: Problem, order: int) -> Prediction:
    from replicas.theories.skeleton import skeleton

    return skeleton(problem, order)


THEORIES = {
    "equivalent-kernel": Theory(equivalent_kernel),
    "perturbative": Theory(_perturbative, HIGHEST_ORDER),
    "self-consistent": Theory(self_consistent),
    "skeleton": Theory(_skeleton, HIGHEST_ORDER),
    "one-loop": Theory(one_loop),
    "loop-expansion": Theory(loop_expansion, MOST_LOOPS),
}
AUTO = "auto"


def predict(problem: Problem, theory: str, order: int | None) -> tuple[Prediction, str, int | None]:
    """The prediction of a theory, its name and its order: those chosen for "auto"."""
    if theory == AUTO:
        if order is not None:
            raise ValueError(f'order must be None for theory="auto", which chooses (got {order!r})')
        if problem.spectrum.dim is None:
            return self_consistent(problem), "self-consistent", None
        start = fixed_point(problem)
        require_finite(problem, start)
        return best_theory(problem, start).prediction, "loop-expansion", 1
    found = THEORIES[theory]
    if found.highest_order is None:
        if order is not None:
            raise ValueError(
                f"order must be None for theory={theory!r}, which is not an expansion (got {order!r})"
            )
        return found.predict(problem), theory, None
    whole = isinstance(order, int | np.integer) and not isinstance(order, bool)
    if not whole or not 0 <= order <= found.highest_order:  # type: ignore[operator]
        raise ValueError(
            f"order must be an integer from 0 to {found.highest_order} for theory={theory!r} (got {order!r})"
        )
    return found.predict(problem, int(order)), theory, int(order)  # type: ignore[arg-type]
