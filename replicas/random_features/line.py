"""The line between features, A = (K + r)^{-1}, and the means over a feature that the kernel K is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats

_RESOLVED = 1e-14  # of ridge over the largest eigenvalue of K, per training point


@dataclass(frozen=True, eq=False)
class FeatureLine:
    """Ridge regression at infinite width, for P training and T test points.

    In the eigenbasis of K, V its vectors over (K + r)^{1/2}: `root`, V^T (P, P); `smoother`, G = k* A (T, P);
    `rotated`, k* V; `labels`, V^T y; `learnt`, eigenvalues of K A, and `missed`, of r A. `variances`: K at
    each test point (T,).
    """

    root: Floats
    smoother: Floats
    rotated: Floats
    labels: Floats
    learnt: Floats
    missed: Floats
    variances: Floats

    @classmethod
    def of(
        cls, kernel: Floats, cross: Floats, variances: Floats, labels: Floats, ridge: float
    ) -> FeatureLine:
        """From K (P, P), k* (T, P), K at test points (T,) and y (P,); ValueError if rounding hides r."""
        eigenvalues, vectors = np.linalg.eigh(kernel)
        least = _RESOLVED * len(kernel) * float(eigenvalues[-1])
        if not ridge > least:
            raise ValueError(f"ridge must be above {least:.1e}, the rounding of this kernel (got {ridge:g})")
        # K has no negative eigenvalues but for rounding, which the ridge exceeds
        positive = np.maximum(eigenvalues, 0.0)
        inverse = 1 / (positive + ridge)
        root = np.sqrt(inverse)[:, None] * vectors.T
        rotated = cross @ root.T
        return cls(
            root,
            rotated @ root,
            rotated,
            root @ labels,
            positive * inverse,
            ridge * inverse,
            variances,
        )

    @property
    def prediction(self) -> Floats:
        """f_0 = G y, shape (T,)."""
        return self.rotated @ self.labels

    def closed(self, visits: int) -> Floats:
        """A line with so many visits, each to its own feature, without sign: r G A (K A)^{visits - 1} y."""
        return self.start_end(0, visits - 1)

    def start_end(self, m: int, k: int) -> Floats:
        """Mean over a feature of the start of a line, after m single visits, and an end, before k, (T,)."""
        return self.rotated @ (self.missed * self.learnt ** (m + k) * self.labels)

    def start_start(self, m: int, k: int) -> Floats:
        """Mean of the starts of two lines, (T,)."""
        if m == k == 0:
            return self.variances - self.rotated**2 @ (2 - self.learnt)
        return self.rotated**2 @ (self.missed**2 * self.learnt ** (m + k - 1))

    def end_end(self, m: int, k: int) -> float:
        """Mean of the ends of two lines."""
        return float(self.labels**2 @ self.learnt ** (m + k + 1))

    def start_open(self, m: int) -> Floats:
        """Mean of the start of a line times V^T phi, (T, P)."""
        return self.rotated * (self.missed * self.learnt**m)

    def end_open(self, m: int) -> Floats:
        """Mean of the end of a line times V^T phi, (P,)."""
        return self.learnt ** (m + 1) * self.labels

    def loop(self, m: int) -> float:
        """Mean of a loop with m single visits, tr[K A (K A)^m]."""
        return float(np.sum(self.learnt ** (m + 1)))
