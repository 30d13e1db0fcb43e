"""A strip of the Potts model: its free energy and correlation length from two eigenvalues."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.complex_step import STEP
from fieldtheory.references import NIGHTINGALE
from renormalization.real_space.strips.row_transfer import RowTransfer, magnetic_vector

_LARGEST = 100.0  # of couplings
_SMALLEST = 1e-8  # below it the second eigenvalue is lost in the rounding of the first
_NARROWEST = 1e-13  # difference of logarithms of eigenvalues that floats tell apart


class Length(NamedTuple):
    """A correlation length and its derivative by the coupling."""

    value: float
    slope: float


@dataclass(frozen=True)
class Strip:
    """Square lattice, infinitely long, periodic across `width` sites; weight exp(J delta) a bond, q `states`.

    J is the Potts coupling; of the Ising model, q = 2, it is 2K. The symmetric transfer matrix is applied
    factor by factor, to q^width entries. ValueError for fewer than 3 sites, as 2 would count one bond twice,
    and fewer than 2 states.

    Source: Nightingale, Physica A 83, 561 (1976).

    >>> strip = Strip(4)
    >>> round(strip.correlation_length(math.log(1 + math.sqrt(2))) / 4, 9)
    1.234502555
    """

    width: int
    states: int = 2

    def __post_init__(self) -> None:
        width = require_integer("width", self.width, minimum=3)
        states = require_integer("states", self.states, minimum=2, maximum=10**6)
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "states", states)
        entries = math.exp(min(width * math.log(states), 700.0))
        require_budget(
            f"width = {width} with {states} states",
            seconds=3e-6 * entries * width,
            memory=(280.0 + width) * entries,
            smaller="width",
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (NIGHTINGALE,)

    @property
    def critical_coupling(self) -> float:
        """J_c = ln(1 + sqrt q) of the square lattice, by duality."""
        return math.log1p(math.sqrt(self.states))

    def free_energy(self, coupling: Any) -> float:
        """ln(Lambda_0) a site: the logarithm of the partition function, of either sign of J."""
        return self.leading(_require_coupling(coupling))[0] / self.width

    def correlation_length(self, coupling: Any) -> float:
        """Of spins along the strip, 1/ln(Lambda_0/Lambda_1), J >= 0; ValueError where floats see no gap."""
        return self.length(_require_coupling(coupling, minimum=0.0)).value

    def length(self, coupling: float) -> Length:
        """The correlation length with its derivative, both from the eigenvectors."""
        if coupling == 0:
            return Length(0.0, math.inf)
        if coupling < _SMALLEST:
            raise ValueError(f"coupling must be 0 or at least {_SMALLEST:g} for a length (got {coupling:g})")
        transfer = RowTransfer.of(self.width, self.states, coupling)
        shifted = RowTransfer.of(self.width, self.states, complex(coupling, STEP))
        first, leading = _leading(transfer, np.ones(len(transfer.diagonal)))
        # of all vectors orthogonal to the leading one; the start lies in the sector of one spin
        second, following = _leading(transfer, magnetic_vector(self.width, self.states), leading)
        gap = math.log(first / second) if second > 0 else math.inf
        if not gap > _NARROWEST:
            raise ValueError(
                f"coupling must be smaller: no gap of width {self.width} shows in floats (got {coupling:g})"
            )
        slopes = [_slope(shifted, value, vector) for value, vector in ((first, leading), (second, following))]
        return Length(1 / gap, (slopes[1] - slopes[0]) / gap**2)

    def leading(self, coupling: float) -> tuple[float, Floats]:
        """ln(Lambda_0), and the eigenvector."""
        transfer = RowTransfer.of(self.width, self.states, coupling)
        value, vector = _leading(transfer, np.ones(len(transfer.diagonal)))
        return math.log(value) + transfer.log_scale, vector


def _leading(transfer: RowTransfer, start: Floats, without: Floats | None = None) -> tuple[float, Floats]:
    """The largest eigenvalue and its vector, by Lanczos; of what is orthogonal to `without`, if given."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    def apply(vector: Any) -> Any:
        vector = vector.reshape(-1)
        if without is None:
            return transfer(vector)
        found = transfer(vector - without * (without @ vector))
        return found - without * (without @ found)

    size = len(start)
    operator = LinearOperator((size, size), matvec=apply, dtype=np.float64)
    (value,), vectors = eigsh(operator, k=1, which="LA", v0=start, ncv=min(size, 20))
    vector: Floats = vectors[:, 0]
    return float(value), vector


def _slope(shifted: RowTransfer, value: float, vector: Floats) -> float:
    """d ln(eigenvalue)/dJ up to the slope of the scale: by first-order perturbation, with a complex step."""
    return float((vector @ shifted(vector)).imag) / STEP / value


def _require_coupling(coupling: Any, minimum: float = -_LARGEST) -> float:
    number = require_number("coupling", coupling, minimum=minimum)
    if number > _LARGEST:
        raise ValueError(f"coupling must be at most {_LARGEST:g} (got {number:g})")
    return number
