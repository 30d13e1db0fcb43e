"""The registry of the theories of learning curves: name, orders, papers, and what each one is, a row each.

Command line, documentation, docstrings and tests read these rows. Nothing heavy is imported to read them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_choice
from fieldtheory.references import BORDELON, COHEN_MALKA_RINGEL, SIMON, SOLLICH_WILLIAMS
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    from replicas.prediction import Prediction, Problem

AUTO = "auto"
AUTO_ON_POINTS = "the loop expansion at order 1, order 0 where it makes no sense"
AUTO_SUMMARY = "the most accurate: the loop expansion at order 1, exact numbers where points are few"


@dataclass(frozen=True)
class LearningCurveTheory:
    """A theory of learning curves: a function from a `Problem` to a `Prediction` without error bar.

    `summary`: what it sums, in a few words; `highest_order`: for an expansion, its orders run from 0 to this
    one and `function` takes the order as second argument, None otherwise; `references`: papers;
    `on_points`: what it is on the points of a data set, empty for a theory that knows modes only.
    `function` may be a module's name, of which `prediction` is then the function, imported on first use.
    """

    name: str
    summary: str
    function: Callable[..., Prediction] | str
    highest_order: int | None = None
    references: tuple[str, ...] = ()
    on_points: str = ""

    def prediction(self, problem: Problem, order: int | None = None) -> Prediction:
        """The prediction without bar; ValueError for an order that the theory does not have."""
        order = self.require_order(order)
        function: Any = self.function
        if isinstance(function, str):
            function = import_module(function).prediction
        found: Prediction = function(problem) if order is None else function(problem, order)
        return found

    def require_order(self, order: Any) -> int | None:
        """The order as an int, None for a theory without orders; ValueError for any other."""
        if self.highest_order is None:
            if order is not None:
                raise ValueError(
                    f"order must be None for theory={self.name!r}, which is not an expansion (got "
                    f"{shown(order)})"
                )
            return None
        try:
            whole = -1 if isinstance(order, bool) or getattr(order, "ndim", None) else operator.index(order)
        except TypeError:
            whole = -1
        if not 0 <= whole <= self.highest_order:
            raise ValueError(
                f"order must be an integer from 0 to {self.highest_order} for theory={self.name!r} "
                f"(got {shown(order)})"
            )
        return whole


_HOME = "replicas.theories."
_ROWS = {
    row.name: row
    for row in (
        LearningCurveTheory(
            "equivalent-kernel",
            "leading order: every training set replaced by its density",
            _HOME + "equivalent_kernel",
            references=(COHEN_MALKA_RINGEL, SOLLICH_WILLIAMS),
        ),
        LearningCurveTheory(
            "perturbative",
            "perturbation theory in 1/N at fixed ridge",
            _HOME + "perturbative",
            highest_order=4,
            references=(COHEN_MALKA_RINGEL,),
        ),
        LearningCurveTheory(
            "self-consistent",
            "all non-crossing diagrams, the replica-symmetric saddle point",
            _HOME + "self_consistent",
            references=(COHEN_MALKA_RINGEL, BORDELON, SIMON),
            on_points="all scattering on one point, points independent (CPA)",
        ),
        LearningCurveTheory(
            "skeleton",
            "crossing diagrams of self-consistent lines",
            _HOME + "skeleton",
            highest_order=4,
            references=(COHEN_MALKA_RINGEL, BORDELON),
        ),
        LearningCurveTheory(
            "one-loop",
            "the ring sum as a fixed point",
            _HOME + "one_loop",
            references=(COHEN_MALKA_RINGEL, BORDELON),
        ),
        LearningCurveTheory(
            "loop-expansion",
            "the self-consistent saddle point and, at order 1, its rings",
            _HOME + "loop_expansion",
            highest_order=1,
            references=(COHEN_MALKA_RINGEL, BORDELON),
            on_points="that and, at order 1, rings over different points",
        ),
    )
}
_BUILT_IN = frozenset(_ROWS)
THEORIES: Mapping[str, LearningCurveTheory] = MappingProxyType(_ROWS)


def register_theory(theory: LearningCurveTheory) -> LearningCurveTheory:
    """Adds a theory under its name, for `learning_curve`, `replicas.predict` and the command line.

    ValueError for a name that is taken ("auto" too) or not made of lower-case letters, digits and hyphens.

    >>> from dataclasses import replace
    >>> import replicas
    >>> def doubled(problem):
    ...     return replicas.THEORIES["self-consistent"].prediction(replace(problem, ridge=2 * problem.ridge))
    >>> theory = register_theory(LearningCurveTheory("doubled", "twice the ridge", doubled))
    >>> "doubled" in THEORIES, unregister_theory("doubled") is theory
    (True, True)
    """
    if not isinstance(theory, LearningCurveTheory):
        raise TypeError(f"theory must be a replicas.LearningCurveTheory (got {shown(theory)})")
    plain = theory.name.replace("-", "")
    if not (plain.isascii() and plain.isalnum() and plain == plain.lower()):
        raise ValueError(
            f"name must be lower-case letters, digits and hyphens, such as 'two-loop' (got "
            f"{shown(theory.name)})"
        )
    if theory.name in (*_ROWS, AUTO):
        raise ValueError(f"name must be new (got {shown(theory.name)}); the names in use: {', '.join(_ROWS)}")
    _ROWS[theory.name] = theory
    return theory


def unregister_theory(name: str) -> LearningCurveTheory:
    """Takes a theory out of the registry and returns it; ValueError if it is not there or built in."""
    require_choice("name", name, _ROWS)
    if name in _BUILT_IN:
        raise ValueError(f"name must be that of a registered theory (got {name!r}, which is built in)")
    return _ROWS.pop(name)


def orders_by_theory() -> dict[str, int | None]:
    """The highest order of every theory by name, None for one without orders; "auto" comes last.

    >>> orders_by_theory()["perturbative"], orders_by_theory()["auto"]
    (4, None)
    """
    return {**{name: row.highest_order for name, row in THEORIES.items()}, AUTO: None}


def theory_table() -> str:
    """The theories as a Markdown table: name, orders, what it sums, and on points of a data set.

    >>> print(theory_table().splitlines()[2])
    | `equivalent-kernel` | | leading order: every training set replaced by its density | |
    """
    rows = ["| theory | orders | what it sums | on the points of a data set |", "|---|---|---|---|"]
    for name, row in THEORIES.items():
        orders = "" if row.highest_order is None else f"0 to {row.highest_order} "
        on_points = f"{row.on_points} " if row.on_points else ""
        rows.append(f"| `{name}` | {orders}| {row.summary} | {on_points}|")
    return "\n".join([*rows, f"| `{AUTO}` | | {AUTO_SUMMARY} | {AUTO_ON_POINTS} |"])


def theories_in_words() -> str:
    """The theories in one sentence, for docstrings."""
    named = []
    for name, row in THEORIES.items():
        orders = "" if row.highest_order is None else f"; `order` 0 to {row.highest_order}"
        named.append(f'"{name}" ({row.summary}{orders})')
    return f'{", ".join(named)}, "{AUTO}" ({AUTO_SUMMARY})'
