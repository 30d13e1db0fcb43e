"""The transfer matrix from a row of Potts spins to the next, applied a few sites at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats

_BLOCK = 32  # states of the sites that one matrix product takes over


@dataclass(frozen=True, eq=False)
class RowTransfer:
    """T = exp(log_scale) D W D: D has half the weights along a row, W those of bonds between rows.

    On vectors of all q^L states of a row. W is a product over sites, kept as a matrix for each few of them.
    `coupling` may be complex, which makes T so. Entries of D and W are at most 1.
    """

    log_scale: float
    diagonal: Any
    factors: tuple[Any, ...]

    @classmethod
    def of(cls, width: int, states: int, coupling: complex) -> RowTransfer:
        """Of a ring of `width` sites: half the weight of its bonds before, half after those between rows."""
        alike = _alike_neighbours(width, states)
        most = width if coupling.real > 0 else int(alike.min())
        along = np.exp((alike - most) * (coupling / 2))
        between = width if coupling.real > 0 else 0
        same, other = (1.0, np.exp(-coupling)) if between else (np.exp(coupling), 1.0)
        site = np.full((states, states), other) + (same - other) * np.eye(states)
        factors = tuple(_product(site, size) for size in _sizes(width, states))
        return cls(float((most + between) * coupling.real), along, factors)

    def __call__(self, vector: Any) -> Any:
        """D W D on a vector, without the scale."""
        found = self.diagonal * vector
        for (
            factor
        ) in self.factors:  # the sites of a factor go to the end, so that all have been first in turn
            found = (factor @ found.reshape(len(factor), -1)).T
        return self.diagonal * found.reshape(-1)


def _sizes(width: int, states: int) -> list[int]:
    """How many sites each factor takes."""
    most = max(1, int(np.log(_BLOCK + 0.5) / np.log(states)))
    parts = -(-width // most)
    return [width // parts + (k < width % parts) for k in range(parts)]


def _product(site: Any, number: int) -> Any:
    found = site
    for _ in range(number - 1):
        found = np.kron(found, site)
    return found


@lru_cache(maxsize=8)
def _alike_neighbours(width: int, states: int) -> Floats:
    """How many bonds of the ring join equal states, for every state of the row, site 0 slowest."""
    row = np.indices((states,) * width, dtype=np.int8).reshape(width, -1)
    alike: Floats = (row == np.roll(row, 1, axis=0)).sum(0).astype(np.float64)
    return alike


def magnetic_vector(width: int, states: int) -> Floats:
    """Sum over sites of delta(state, 0) - 1/q: the magnetisation of state 0, in no invariant sector."""
    row = np.zeros((states,) * width)
    for site in range(width):
        row[(slice(None),) * site + (0,)] += 1
    return row.reshape(-1) - width / states
