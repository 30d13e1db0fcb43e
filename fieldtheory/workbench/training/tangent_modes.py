"""Tangent kernels of networks by their eigenvectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats

_EPS = float(np.finfo(np.float64).eps)


class TangentModes(NamedTuple):
    """Theta = V diag(values) V^T of each network, values ascending, 0 where rounding leaves none."""

    values: Floats
    vectors: Floats

    @classmethod
    def of(cls, kernels: Floats) -> TangentModes:
        """Of kernels, (networks, points, points)."""
        values, vectors = np.linalg.eigh(kernels)
        rounding = len(values[0]) * _EPS * values[:, -1:]
        return cls(np.where(values > rounding, values, 0.0), vectors)

    def components(self, at_points: Floats) -> Floats:
        """V^T of what is given at the points, (networks, points)."""
        return np.asarray(np.einsum("mpk,mp->mk", self.vectors, at_points))

    def at_points(self, components: Floats) -> Floats:
        """Back from components to points."""
        return np.asarray(np.einsum("mpk,mk->mp", self.vectors, components))

    def divided(self, components: Floats) -> Floats:
        """Theta^-1 of components, 0 in modes that Theta has not."""
        return np.asarray(components * (self.values > 0) / np.where(self.values > 0, self.values, 1.0))
