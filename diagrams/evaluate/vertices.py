r"""Non-local vertices that are no arrays: sums over the nodes of a quadrature, products, and sums of such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import opt_einsum
from numpy.typing import ArrayLike

from diagrams.arguments import require_count, require_entries, require_names, require_text
from fieldtheory.arguments import require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown


@dataclass(frozen=True, eq=False)
class FactorisedVertex:
    r"""A non-local vertex T[i, j, ...] = sum_q w_q F_q(i) F_q(j) ..., one factor for every leg.

    `weights`: w, shape (q,). `factors`: F, shape (q, n), or such by the field of the leg. ValueError for
    arrays that do not fit.

    >>> FactorisedVertex([0.5, 0.5], [[1, 2], [1, -2]]).tensor(("phi", "phi"))
    array([[1., 0.],
           [0., 4.]])
    """

    weights: ArrayLike
    factors: ArrayLike | Mapping[str, ArrayLike]

    def __post_init__(self) -> None:
        weights = require_reals("weights of a vertex", self.weights)
        if weights.ndim != 1:
            raise ValueError(f"weights of a vertex must have one axis (got shape {weights.shape})")
        given = self.factors.values() if isinstance(self.factors, Mapping) else [self.factors]
        for factor in given:
            shape = require_reals("factors of a vertex", factor).shape
            if len(shape) != 2 or shape[0] != len(weights):
                raise ValueError(
                    f"factors must have shape ({len(weights)}, points) by the weights (got {shape})"
                )

    def factor(self, name: str) -> Floats:
        """F of a leg of this field; ValueError if there is none."""
        if not isinstance(self.factors, Mapping):
            return np.asarray(self.factors, dtype=np.float64)
        if not isinstance(name, str) or name not in self.factors:
            raise ValueError(f"factors must be given for {shown(name)} (got {shown(list(self.factors))})")
        return np.asarray(self.factors[name], dtype=np.float64)

    def tensor(self, legs: Sequence[str]) -> Floats:
        """All entries, for legs of these fields: shape (n,) for each."""
        legs = require_names("legs", legs)
        operands: list[Any] = [np.asarray(self.weights, dtype=np.float64), [0]]
        for k, name in enumerate(legs, start=1):
            operands += [self.factor(name), [0, k]]
        found = opt_einsum.contract(*operands, list(range(1, len(legs) + 1)))
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ProductVertex:
    r"""A non-local vertex that is a product of tensors, the legs dealt to them in every way.

    T[i, j, k, l] = coefficient (A[i, j] B[k, l] + A[i, k] B[j, l] + ...), over all choices of the legs of A:
    the parts of a cumulant that are products of moments. All legs are of one field. `factors`: symmetric
    arrays, an axis for each leg; or pairs of a number of legs and a `FactorisedVertex`. ValueError for what
    is none of this.

    >>> ProductVertex(-1, [[1.0, 2.0], [3.0, 0.0]]).tensor("phi")  # - (a_i b_j + a_j b_i)
    array([[-6., -6.],
           [-6., -0.]])
    """

    coefficient: float
    factors: Sequence[Any]

    def __post_init__(self) -> None:
        require_number("coefficient", self.coefficient, minimum=-np.inf)
        found: list[tuple[int, Any]] = []
        for each in require_entries("factors", self.factors, "tensors, or (legs, FactorisedVertex) pairs"):
            if isinstance(each, tuple) and len(each) == 2 and isinstance(each[1], FactorisedVertex):
                found.append((require_count("legs of a factor", each[0], 1), each[1]))
                continue
            array = require_reals("factors of a product", each)
            if not array.ndim or len(set(array.shape)) > 1:
                raise ValueError(
                    "factors of a product must have an axis for each leg, all equal (got shape "
                    f"{array.shape})"
                )
            found.append((array.ndim, array))
        if not found:
            raise ValueError("factors of a product must be one or more (got none)")
        object.__setattr__(self, "factors", tuple(found))

    @property
    def legs(self) -> int:
        """How many it has."""
        return sum(count for count, _ in self.factors)

    def ways(self) -> Iterator[tuple[tuple[int, ...], ...]]:
        """The legs of each factor, in every way.

        >>> list(ProductVertex(1, [[1.0, 2.0], [[1.0, 0.0], [0.0, 1.0]]]).ways())
        [((0,), (1, 2)), ((1,), (0, 2)), ((2,), (0, 1))]
        """
        yield from _dealt(tuple(range(self.legs)), [count for count, _ in self.factors])

    def tensor(self, name: str) -> Floats:
        """All entries, for legs of this field: shape (n,) for each."""
        require_text("name", name)
        arrays = [
            factor.tensor((name,) * count) if isinstance(factor, FactorisedVertex) else factor
            for count, factor in self.factors
        ]
        found: Any = 0.0
        for way in self.ways():
            operands = [part for array, legs in zip(arrays, way, strict=True) for part in (array, list(legs))]
            found = found + opt_einsum.contract(*operands, list(range(self.legs)))
        return np.asarray(self.coefficient * found, dtype=np.float64)


def _dealt(legs: tuple[int, ...], counts: Sequence[int]) -> Iterator[tuple[tuple[int, ...], ...]]:
    if not counts:
        yield ()
        return
    for chosen in combinations(legs, counts[0]):
        rest = tuple(leg for leg in legs if leg not in chosen)
        for others in _dealt(rest, counts[1:]):
            yield (chosen, *others)


Part = FactorisedVertex | ProductVertex


def parts_of(value: Any) -> tuple[Part, ...] | None:
    """The vertices that this vertex is a sum of; None for anything else, such as an array."""
    if isinstance(value, FactorisedVertex | ProductVertex):
        return (value,)
    if isinstance(value, list | tuple) and value and all(isinstance(each, Part) for each in value):
        return tuple(value)
    return None
