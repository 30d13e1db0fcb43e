"""Nodes of an average over features: what starts, ends and couples lines there."""

from __future__ import annotations

from functools import cached_property

from fieldtheory.array_types import Floats
from replicas.random_features.line import FeatureLine


class FeatureNodes:
    """n features with `weights` (n,) of sum 1, and what the line is at them; each power is computed once.

    `train`: phi at the training points (P, n); `test`: at the test points (T, n).
    """

    def __init__(self, line: FeatureLine, train: Floats, test: Floats, weights: Floats) -> None:
        self.line, self.weights = line, weights
        self.rotated = line.root @ train  # V^T phi, (P, n)
        self._leaving = test - line.smoother @ train
        self._starts: dict[int, Floats] = {0: self._leaving}
        self._ends: dict[int, Floats] = {}
        self._loops: dict[int, Floats] = {}

    @cached_property
    def _squares(self) -> Floats:
        return self.rotated**2

    def start(self, m: int) -> Floats:
        """u after m single visits, (T, n): r G A (K A)^{m - 1} phi for m > 0."""
        if m not in self._starts:
            line = self.line
            self._starts[m] = (line.rotated * (line.missed * line.learnt ** (m - 1))) @ self.rotated
        return self._starts[m]

    def end(self, m: int) -> Floats:
        """phi A (K A)^m y, (n,)."""
        if m not in self._ends:
            self._ends[m] = (self.line.learnt**m * self.line.labels) @ self.rotated
        return self._ends[m]

    def loop(self, m: int) -> Floats:
        """phi A (K A)^m phi, (n,)."""
        if m not in self._loops:
            self._loops[m] = self.line.learnt**m @ self._squares
        return self._loops[m]

    def coupling(self, other: FeatureNodes, m: int) -> Floats:
        """phi A (K A)^m phi' to the nodes of another set, (n, n')."""
        return (self.rotated.T * self.line.learnt**m) @ other.rotated
