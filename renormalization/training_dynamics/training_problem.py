"""Gradient descent of a wide network in mean-field parametrisation: the numbers of the network, its data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.array_types import Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingProblem:
    r"""Full-batch gradient descent on ½ sum (y - f)^2 at infinite width, f = w.phi(h^L)/(gamma n).

    All weights and biases start from unit Gaussians and are trained at the rate eta gamma^2 n. Points:
    training points first, then test points, which ride along; only training points have Delta = y - f.

    `input_kernel`: Phi^0 of all points as h^1 sees it, w_1 s x.x' + b. `weight_variances`: w_(l+1) of the
    weights after hidden layer l = 1 ... L, the read-out last. `bias_variance`: b of every layer, the read-out
    included. Equations (6.1), (6.2) hold with the kernels and responses between layers

        Phi^l -> w_(l+1) Phi^l + b,    G^(l+1) -> w_(l+1) G^(l+1),    A^l, B^l -> w_(l+1) A^l, w_(l+1) B^l,

    G^(L+1) = 1, and the bias of the read-out adds eta b sum_(s<t, nu) Delta_nu(s) to f(t). `labels`: (P,).
    `steps`: values of the time t; `learning_rate`: eta; `richness`: gamma. `paths`, `seed`: of theories that
    sample a neuron.
    """

    activation: Activation
    input_kernel: Floats
    weight_variances: tuple[float, ...]
    bias_variance: float
    labels: Floats
    steps: int
    learning_rate: float
    richness: float
    paths: int = 4000
    seed: int = 0

    @property
    def depth(self) -> int:
        """L, the number of hidden layers."""
        return len(self.weight_variances)

    @property
    def points(self) -> int:
        """Q, of training points and test points."""
        return len(self.input_kernel)

    @property
    def training_points(self) -> int:
        """P."""
        return len(self.labels)

    @property
    def feature_rate(self) -> float:
        """eta gamma, the rate at which features of one layer are written into the next."""
        return self.learning_rate * self.richness

    def residuals(self, outputs: Floats) -> Floats:
        """Delta = y - f at training points, along the last axis of outputs at all points."""
        return np.asarray(self.labels - outputs[..., : self.training_points])
