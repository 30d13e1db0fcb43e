"""Contraction of arrays on the best path, within the budget of the call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import opt_einsum

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget


def contract(
    arrays: Sequence[Floats], labels: Sequence[Sequence[int]], opened: Sequence[int], what: str, smaller: str
) -> Floats:
    """The sum over all labels but those in `opened`, whose axes the result has, of the product of the arrays.

    `what`, `smaller`: how a refusal for its cost names the sum, and what to lower. OverBudget for one.

    >>> contract([np.eye(2), np.array([1.0, 3.0])], [[0, 1], [1]], [0], "a sum", "the number of points")
    array([1., 3.])
    """
    found = _contraction(tuple(map(tuple, labels)), tuple(opened), tuple(array.shape for array in arrays))
    require_budget(what, seconds=5e-10 * found.cost, memory=24.0 * found.largest, smaller=smaller)
    return np.asarray(found.expression(*arrays), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class _Contraction:
    """How to contract arrays: the expression on the best path, its operations, its largest intermediate."""

    expression: Any
    cost: float
    largest: float


@lru_cache(maxsize=1024)
def _contraction(
    labels: tuple[tuple[int, ...], ...], opened: tuple[int, ...], shapes: tuple[tuple[int, ...], ...]
) -> _Contraction:
    """A function of labels and shapes alone; the search for the path costs more than few points take."""
    names = [*labels, opened]
    terms = ["".join(opt_einsum.get_symbol(label) for label in each) for each in names]
    formula = f"{','.join(terms[:-1])}->{terms[-1]}"
    path, cost = opt_einsum.contract_path(formula, *shapes, shapes=True, optimize="auto")
    return _Contraction(
        opt_einsum.contract_expression(formula, *shapes, optimize=path),
        float(cost.opt_cost),
        float(cost.largest_intermediate),
    )
