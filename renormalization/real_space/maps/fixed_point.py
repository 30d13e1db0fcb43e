"""A fixed point of a renormalisation-group map, and what grows and decays around it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """Couplings x = R(x), with the eigenvalues of dR/dx there, the largest first.

    `x`: of one coupling the exact value in SymPy where it is known, else a float; of several an array.
    `eigenvalues`: real, or complex where the flow turns; `exponents`: y = ln|eigenvalue|/ln b, -inf for 0.
    `nu`: 1/y of the largest eigenvalue, None where nothing grows; `stable`: whether all decay.
    """

    x: Any
    eigenvalues: Any
    exponents: Floats
    nu: float | None
    stable: bool

    plot = plot

    @classmethod
    def of(cls, x: Any, jacobian: Floats, scale: float) -> FixedPoint:
        """From the matrix dR/dx there and the scale factor b."""
        eigenvalues = _ordered(np.linalg.eigvals(jacobian))
        sizes = np.abs(eigenvalues)
        exponents = _exponents(sizes, scale)
        nu = 1 / float(exponents[0]) if sizes[0] > 1 else None
        return cls(x, eigenvalues, exponents, nu, bool(sizes[0] < 1))

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, and the exact value as text, for JSON."""
        several = isinstance(self.x, np.ndarray)
        exact = None if several or isinstance(self.x, float) else str(self.x)
        return {
            "x": self.x.tolist() if several else float(self.x),
            "exact": exact,
            "eigenvalues": [_plain(each) for each in self.eigenvalues.tolist()],
            "exponents": self.exponents.tolist(),
            "nu": self.nu,
            "stable": self.stable,
        }


class EigenOperators(NamedTuple):
    """Eigenvectors of dR/dx at a fixed point, in the order of its eigenvalues, one a row.

    `directions`: right ones, of length 1, along which couplings move; `fields`: left ones, with
    fields @ directions.T = 1: fields @ (x - x*) are the scaling fields, each multiplied by its eigenvalue.
    """

    eigenvalues: Any
    exponents: Floats
    directions: Any
    fields: Any

    def plot(self, axes: Any = None) -> Any:
        """Draw it into Matplotlib axes, by default those of a new figure; returns the axes."""
        return plot(self, axes)


def eigenoperators(jacobian: Floats, scale: float) -> EigenOperators:
    """Of the matrix dR/dx; ValueError where it has too few eigenvectors."""
    values, vectors = np.linalg.eig(jacobian)
    order = np.lexsort((-values.imag, -values.real, -np.abs(values)))
    values, vectors = values[order], vectors[:, order]
    if np.linalg.cond(vectors) > 1e12:
        raise ValueError(
            f"point must have as many eigenvectors as couplings, {len(values)} (got a degenerate matrix)"
        )
    return EigenOperators(values, _exponents(np.abs(values), scale), vectors.T, np.linalg.inv(vectors))


def _ordered(values: Any) -> Any:
    return values[np.lexsort((-values.imag, -values.real, -np.abs(values)))]


def _exponents(sizes: Floats, scale: float) -> Floats:
    logarithms = [math.log(each) if each > 0 else -math.inf for each in sizes.tolist()]
    return np.array(logarithms) / math.log(scale)


def _plain(value: Any) -> Any:
    return [value.real, value.imag] if isinstance(value, complex) else value
