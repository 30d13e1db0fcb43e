"""The registry of the theories of the posterior of a network: name, orders, papers, what each one is.

`posterior_mean`, the command line, documentation and tests read these rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_integer
from fieldtheory.counted import counted
from fieldtheory.references import (
    LEE,
    LI_SOMPOLINSKY,
    NAVEH,
    NAVEH_RINGEL,
    PACELLI,
    ROBERTS_YAIDA_HANIN,
    RUBIN_MULTISCALE,
    SEROUSSI,
)
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
    from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

AUTO = "auto"
AUTO_SUMMARY = "the one with the smallest error bar"


def _always(problem: PosteriorProblem) -> bool:
    return True


@dataclass(frozen=True)
class PosteriorTheory:
    """A theory of posteriors: a function from a `PosteriorProblem` to a `PosteriorPrediction`.

    `summary`: what it sums, in a few words. `orders`: those it has, the first is the default, and then
    `function` takes the order as second argument; empty for a theory without. `references`: papers.
    `refusal(problem)`: why the theory has no answer to this problem, "" if it has one.
    `automatic(problem)`: whether "auto" tries it; `is_exact`: if it has an answer, "auto" takes that.
    `function` may be "module:function", imported on first use. `bar_is_apart`: the bar is work of its
    own, and `function` takes `error_bar=False` to leave it out.
    """

    name: str
    summary: str
    function: Callable[..., PosteriorPrediction] | str
    orders: tuple[int, ...] = ()
    references: tuple[str, ...] = ()
    refusal: Callable[[PosteriorProblem], str] | None = None
    automatic: Callable[[PosteriorProblem], bool] = _always
    is_exact: bool = False
    bar_is_apart: bool = False

    def prediction(
        self, problem: PosteriorProblem, order: int | None = None, error_bar: bool = True
    ) -> PosteriorPrediction:
        """The prediction; ValueError for an order or a problem that the theory does not have.

        `error_bar=False`: its bar may be missing.
        """
        order = self.require_order(order)
        said = self.refused(problem)
        if said:
            raise ValueError(said)
        function: Any = self.function
        if isinstance(function, str):
            module, name = function.split(":")
            function = getattr(import_module(module), name)
        without = {"error_bar": False} if self.bar_is_apart and not error_bar else {}
        found: PosteriorPrediction = function(problem, *(() if order is None else (order,)), **without)
        return found

    def require_order(self, order: Any) -> int | None:
        """The order as an int, None for a theory without orders; ValueError for any other."""
        if not self.orders:
            if order is not None:
                raise ValueError(
                    f"order must be None for theory={self.name!r}, which is not a series (got {shown(order)})"
                )
            return None
        if order is None:
            return self.orders[0]
        return require_integer("order", order, minimum=min(self.orders), maximum=max(self.orders))

    def refused(self, problem: PosteriorProblem) -> str:
        """Why there is no answer to this problem, as an error says it; "" if there is one."""
        return "" if self.refusal is None else self.refusal(problem)


STRONG = 0.2  # chi/n above which features are learnt
_SMALL = 10  # points times outputs that "auto" takes to two loops


def _few_fields(problem: PosteriorProblem) -> bool:
    return problem.y.size + len(problem.X_test) * problem.outputs <= _SMALL


_PAIRED = 30  # points at which "auto" takes the covariance of deep kernels, a tensor of four legs


def _few_pairs_and_lazy(problem: PosteriorProblem) -> bool:
    # where features are learnt its distance as a runner-up would say nothing of the best theory
    lazy = problem.feature_strength_over_width <= STRONG
    return lazy and (problem.depth == 1 or len(problem.points) * problem.outputs <= _PAIRED)


def _infinite(problem: PosteriorProblem) -> bool:
    return problem.widths is None or not problem.depth


def _never(problem: PosteriorProblem) -> bool:
    return False


def _finite_width(name: str, deepest: float = math.inf) -> Callable[[PosteriorProblem], str]:
    def refusal(problem: PosteriorProblem) -> str:
        try:
            problem.require_widths(name)
        except ValueError as error:
            return str(error)
        if problem.depth > deepest:
            layers = counted(int(deepest), "hidden layer")
            return f"net must have {layers} for theory={name!r} (got {problem.depth})"
        return ""

    return refusal


def _linear(problem: PosteriorProblem) -> str:
    from renormalization.feature_learning.scales.linear_posterior import refusal

    return refusal(problem)


def _perturbative(problem: PosteriorProblem) -> str:
    said = _finite_width("perturbative")(problem)
    if said or problem.depth == 1:
        return said
    from renormalization.feature_learning.cumulants.perturbation import refusal

    return refusal(problem)


def _rescaled(problem: PosteriorProblem) -> str:
    said = _finite_width("rescaled")(problem)
    if said:
        return said
    from renormalization.feature_learning.scales.rescaling import refusal

    return refusal(problem)


_HOME = "renormalization.feature_learning."
_ROWS = {
    row.name: row
    for row in (
        PosteriorTheory(
            "nngp",
            "infinite width: the Gaussian process of the prior kernel",
            _HOME + "posteriors.infinite_width:prediction",
            references=(LEE,),
            automatic=_infinite,
        ),
        PosteriorTheory(
            "perturbative",
            "orders in 1/n around infinite width: 2 with one hidden layer, 3 of linear networks",
            _HOME + "cumulants.perturbation:prediction",
            orders=(1, 2, 3),
            references=(NAVEH, ROBERTS_YAIDA_HANIN),
            refusal=_perturbative,
            automatic=_few_pairs_and_lazy,
        ),
        PosteriorTheory(
            "tree",
            "the saddle of the discrepancy field: adaptive kernels, exact for n -> oo in mean-field scaling",
            _HOME + "saddles.expansion:tree",
            references=(SEROUSSI, RUBIN_MULTISCALE),
            refusal=_finite_width("tree"),
            automatic=_never,  # its bar is the tadpole, which one loop takes along
        ),
        PosteriorTheory(
            "one-loop",
            "the saddle and its tadpoles",
            _HOME + "saddles.expansion:one_loop",
            references=(SEROUSSI, RUBIN_MULTISCALE),
            refusal=_finite_width("one-loop"),
            bar_is_apart=True,
        ),
        PosteriorTheory(
            "two-loop",
            "the saddle and all diagrams of two loops, one hidden layer",
            _HOME + "saddles.expansion:two_loop",
            references=(SEROUSSI, RUBIN_MULTISCALE),
            refusal=_finite_width("two-loop", deepest=1),
            automatic=_few_fields,
        ),
        PosteriorTheory(
            "gaussian",
            "adaptive kernels: Gaussian pre-activations whose covariances move",
            _HOME + "closures.gaussian_adaptation:prediction",
            references=(NAVEH_RINGEL, SEROUSSI),
            refusal=_finite_width("gaussian"),
            automatic=_never,  # no expansion: it has no bar of its own
        ),
        PosteriorTheory(
            "rescaled",
            "the saddle of the scale of the kernel: corrections in P/n, no directions",
            _HOME + "scales.rescaling:prediction",
            references=(LI_SOMPOLINSKY, PACELLI),
            refusal=_rescaled,
            bar_is_apart=True,
        ),
        PosteriorTheory(
            "exact",
            "the integral over the scale of a linear network, with one output",
            _HOME + "scales.linear_posterior:prediction",
            references=(LI_SOMPOLINSKY,),
            refusal=_linear,
            is_exact=True,
        ),
    )
}
POSTERIOR_THEORIES: Mapping[str, PosteriorTheory] = MappingProxyType(_ROWS)


def posterior_table() -> str:
    """The theories of the posterior as a Markdown table: name, orders, what it sums.

    >>> print(posterior_table().splitlines()[2])
    | `nngp` | | infinite width: the Gaussian process of the prior kernel |
    """
    rows = ["| theory | orders | what it sums |", "|---|---|---|"]
    for name, row in POSTERIOR_THEORIES.items():
        orders = f"{min(row.orders)} to {max(row.orders)} " if row.orders else ""
        rows.append(f"| `{name}` | {orders}| {row.summary} |")
    return "\n".join([*rows, f"| `{AUTO}` | | {AUTO_SUMMARY} |"])
