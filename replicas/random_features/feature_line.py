"""The line between features, A = (K + r)^{-1}, and what it is at sets of features: nodes of an average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats

_RESOLVED = 1e-14  # of ridge over the largest eigenvalue of K, per training point


@dataclass(frozen=True, eq=False)
class FeatureLine:
    """Ridge regression at infinite width, for P training and T test points.

    Training points enter through V = (K + r)^{-1/2} in the eigenbasis of K. `root`: V^T (P, P); `smoother`: G
    = k* A (T, P), `rotated`: k* V; `labels`: V^T y; `learnt`: eigenvalues of K A; `missed`: r A, of which
    r/(K + r).
    """

    root: Floats
    smoother: Floats
    rotated: Floats
    labels: Floats
    learnt: Floats
    missed: Floats

    @classmethod
    def of(cls, kernel: Floats, cross: Floats, labels: Floats, ridge: float) -> FeatureLine:
        """From K (P, P), k* (T, P) and y (P,); ValueError for a ridge that rounding of K hides."""
        eigenvalues, vectors = np.linalg.eigh(kernel)
        least = _RESOLVED * len(kernel) * float(eigenvalues[-1])
        if not ridge > least:
            raise ValueError(f"ridge must be above {least:.1e}, the rounding of this kernel (got {ridge:g})")
        # K has no negative eigenvalues but for rounding, which the ridge exceeds
        positive = np.maximum(eigenvalues, 0.0)
        root = vectors.T / np.sqrt(positive + ridge)[:, None]
        rotated = cross @ root.T
        return cls(
            root,
            rotated @ root,
            rotated,
            root @ labels,
            positive / (positive + ridge),
            ridge / (positive + ridge),
        )

    @property
    def prediction(self) -> Floats:
        """f_0 = G y, shape (T,)."""
        return self.rotated @ self.labels

    def closed(self, visits: int) -> Floats:
        """A line with so many visits, each to its own feature, without sign: r G A (K A)^{visits - 1} y."""
        return self.rotated @ (self.missed * self.learnt ** (visits - 1) * self.labels)
