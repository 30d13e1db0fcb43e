"""The posterior of a network of finite width: the numbers of the network, its data, its ridge."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.array_types import Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class PosteriorProblem:
    r"""Posterior p(theta|D) ~ prior exp(-|y - f|^2/(2 ridge)) of a network, at training and test points.

    `widths`: one per hidden layer, None for infinite ones; `weight_variances`: g of every hidden layer;
    `readout_variance`: g_a/chi, `ridge`: kappa, both as used (divided by chi already); `feature_strength`:
    chi. `X`: (P, d), `y`: (P, outputs), `X_test`: (T, d). `nodes`, `scrambles`, `seed`: of the averages over
    a neuron. f | kernel ~ GP(0, bias_variance + (g/n) sum phi phi^T), layer by layer.
    """

    activation: Activation
    widths: tuple[int, ...] | None
    weight_variances: tuple[float, ...]
    readout_variance: float
    bias_variance: float
    input_scale: float
    ridge: float
    feature_strength: float
    X: Floats
    y: Floats
    X_test: Floats
    nodes: int = 2**15
    scrambles: int = 8
    seed: int = 0

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.weight_variances)

    @property
    def training_points(self) -> int:
        """P."""
        return len(self.X)

    @property
    def points(self) -> Floats:
        """All inputs, training points first."""
        return np.concatenate([self.X, self.X_test])

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(self.y.shape[1])

    @property
    def first_covariance(self) -> Floats:
        """C of the first pre-activations at all points."""
        x = self.points
        return self.weight_variances[0] * self.input_scale * (x @ x.T) + self.bias_variance

    @property
    def samples_over_width(self) -> float:
        """P/n, n the last width."""
        return 0.0 if self.widths is None else self.training_points / self.widths[-1]

    @property
    def feature_strength_over_width(self) -> float:
        """chi/n, n the last width."""
        return 0.0 if self.widths is None else self.feature_strength / self.widths[-1]

    def require_widths(self, theory: str) -> tuple[int, ...]:
        """The widths; ValueError, naming the theory that needs them, for an infinite network."""
        if self.widths is None or not self.widths:
            raise ValueError(
                f"net must have hidden layers of finite width for theory={theory!r} (got "
                f"{'no hidden layer' if not self.depth else 'width=None'}); take theory='nngp'"
            )
        return self.widths

    def at(self, X_test: Floats) -> PosteriorProblem:
        """The same with other test points."""
        return replace(self, X_test=X_test)
