r"""Eigenvalues of deep networks whose activation is a power on either side of 0, by contour integrals.

The recursion of the layers in the deficits D = K(1) - K(z), on the complex plane: see `relu_contour`, which
is its compiled form for relu.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fieldtheory.activations.rays import Rays
from fieldtheory.array_types import Complexes, Floats
from fieldtheory.eigenvalues.branch_cuts import BranchCuts
from fieldtheory.eigenvalues.eigenvalues import Eigenvalues


class RayNetwork(NamedTuple):
    """A fully connected network with at least one hidden layer.

    `weights`: the weight variances of all layers, the read-out last; `trace`: K(1) of its NTK or NNGP.
    """

    rays: Rays
    weights: tuple[float, ...]
    bias: float
    scale: float
    ntk: bool
    trace: float

    def deficit(self, low: Complexes, high: Complexes) -> Complexes:
        """K(1) - K where the inputs have 1 - rho = low and 1 + rho = high."""
        q = self.bias + self.weights[0] * self.scale
        deficit = tangent = low * q
        tangent_top = q
        for layer, weight in enumerate(self.weights[1:]):
            if layer:
                low = deficit / q
                high = 2.0 - low
            deficit = weight * self.rays.deficit(q, low, high)
            if self.ntk:
                slope = weight * self.rays.slope.deficit(q, low, high)
                slope_top = weight * self.rays.slope.mean_square(q)
                tangent = deficit + slope_top * tangent + slope * (tangent_top - tangent)
            q = self.bias + weight * self.rays.mean_square(q)
            if self.ntk:
                tangent_top = q + slope_top * tangent_top
        return tangent if self.ntk else deficit

    @property
    def zeros(self) -> slice:
        """Degrees whose eigenvalue is 0 by symmetry."""
        if self.bias:
            return slice(0, 0)
        if self.rays.is_even:
            return slice(1, None, 2)
        if self.rays.right == -self.rays.left:
            return slice(0, None, 2)
        # one layer is even but for its linear part, odd but for its square part
        first = {0: 2, 1: 3, 2: 4}[self.rays.power]
        return slice(first, None, 2) if len(self.weights) == 2 else slice(0, 0)


def ray_eigenvalues(network: RayNetwork, dim: int, max_degree: int) -> Eigenvalues:
    """Eigenvalues of degrees 0 to max_degree on S^{dim-1}, and by how much they may be off.

    >>> absolute = RayNetwork(Rays(1.0, 1.0, 1), (1.0, 1.0), 0.0, 1.0, ntk=False, trace=1.0)
    >>> ray_eigenvalues(absolute, 3, 2).values.round(12)
    array([0.75    , 0.      , 0.046875])
    """
    variance = network.weights[0] * network.scale
    slope = variance / (network.bias + variance)
    start = 1 + 2 * network.bias / variance
    cuts = BranchCuts.at(start, dim, max_degree)
    right, left = (slope * distance for distance in (cuts.right, cuts.left))
    # on the upper lips the imaginary part of 1 - z is -0.0, that of 1 + z is 0.0
    on_right = network.deficit(_lip(-right, -0.0), _lip(2 + right, 0.0))
    on_left = network.deficit(_lip(2 + left, -0.0), _lip(-left, 0.0))
    low = slope * (1 - cuts.arc)
    on_arc = network.deficit(low, 2 - low)
    samples = -np.concatenate([on_right.imag, on_arc.real, on_arc.imag, on_left.imag])
    found = cuts.eigenvalues(samples, network.trace, network.zeros)
    return replace(found, relative_error=4 * found.relative_error)  # rounding within the layers


def _lip(real: Floats, imag: float) -> Complexes:
    found = np.empty(len(real), dtype=np.complex128)
    found.real, found.imag = real, imag
    return found
