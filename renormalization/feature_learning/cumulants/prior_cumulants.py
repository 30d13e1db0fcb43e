r"""Cumulants of the functions that a network is at random, as vertices around a background tau.

With F = (g/n)^(1/2) a phi(h) what one neuron adds to f, psi(tau + eta) = sum_k kappa_k (tau + eta)^k/k! has
kappa_4 = n (<FFFF> - 3 <FF><FF>) of order 1/n and kappa_6 = n (<F^6> - 15 <FF><FFFF> + 30 <FF>^3) of order
1/n^2. A vertex with k legs is a cumulant whose other legs end in tau: sums over nodes, and products of such.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagrams.evaluate.vertices import FactorisedVertex, ProductVertex
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from renormalization.feature_learning.cumulants.feature_rules import FeatureRule, dealt, readout_rule
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_BLOCK = 2**20  # numbers of a block of nodes
Parts = list[FactorisedVertex | ProductVertex]


@dataclass(frozen=True, eq=False)
class NeuronCumulants:
    """Moments of what one neuron of a network adds to f, on nodes, and a background that its legs end in.

    `weights`, `features`: of nodes, F at all points and outputs (outputs fastest), for moments up to
    `degree`; `background`: tau, 0 at test points; `ends`: F.tau at every node; `count` neurons.
    """

    count: int
    weights: Floats
    features: Floats
    background: Floats
    ends: Floats

    @classmethod
    def of(cls, problem: PosteriorProblem, rule: FeatureRule, degree: int, tau: Floats) -> NeuronCumulants:
        """Of a network with one hidden layer; `tau` at the training points."""
        (n,) = problem.require_widths("perturbative")
        weights, phi = rule.features(problem, problem.first_covariance)
        a, shares = readout_rule(problem.outputs, degree)
        root = math.sqrt(problem.readout_variance / n)
        features = root * (phi[:, None, :, None] * a[:, None, :])
        features = features.reshape(len(weights) * len(a), -1)
        background = np.zeros(features.shape[1])
        background[: tau.size] = tau.ravel()
        return cls(n, np.outer(weights, shares).ravel(), features, background, features @ background)

    def fourth(self) -> dict[str, Parts]:
        """Vertices with 1 to 4 legs of the fourth cumulant."""
        return {f"tau{k}": self._cumulant(k, 4, [(-self.count / 2, (2, 2))]) for k in range(1, 5)}

    def sixth(self) -> dict[str, Parts]:
        """Vertices with 1 to 6 legs of the sixth cumulant."""
        products = [(-float(self.count), (2, 4)), (self.count / 3, (2, 2, 2))]
        return {f"tau{k}": self._cumulant(k, 6, products) for k in range(1, 7)}

    def _cumulant(self, legs: int, degree: int, products: list[tuple[float, tuple[int, ...]]]) -> Parts:
        """Less `degree` - `legs` legs that end in tau, over the factorial of how many they are."""
        ends = degree - legs
        weights = self.count * self.weights * self.ends**ends / math.factorial(ends)
        found: Parts = [FactorisedVertex(weights, self.features)]
        for coefficient, sizes in products:
            for each in dealt(ends, sizes):
                factors: list[Any] = []
                number = coefficient
                for size, taken in zip(sizes, each, strict=True):
                    number /= math.factorial(taken)
                    if size == taken:
                        number *= float(self.weights @ self.ends**size)
                    else:
                        factors.append(self._moment(size - taken, taken))
                found.append(ProductVertex(number, factors))
        return found

    def _moment(self, legs: int, ends: int) -> Any:
        weights = self.weights * self.ends**ends
        if legs == 1:
            return weights @ self.features
        if legs == 2:
            return (self.features * weights[:, None]).T @ self.features
        return moment_tensor(weights, self.features, legs)

    def dense_fourth(self) -> dict[str, Floats]:
        """Those of the fourth cumulant as tensors, which two of them in one diagram need."""
        second = self._moment(2, 0)
        product = ProductVertex(-0.5, [second, second]).tensor("tau")
        whole = self.count * (self._moment(4, 0) + product)
        return _ended(whole, self.background)


def kernel_vertices(covariance: Floats, shift: Floats, tau: Floats, points: int) -> dict[str, Floats]:
    """Vertices with 1 to 4 legs of a random kernel, tensors on points and outputs.

    kappa_4 = Cov_(ab)(cd) and two more pairings, each with outputs equal in pairs, and a shift of the kernel.
    `covariance`, `shift`: on entries (a <= b); `tau`: at the training points.
    """
    outputs = tau.shape[1]
    size, eye = points * outputs, np.eye(outputs)
    require_budget(
        f"a tensor of four legs at {size} points and outputs",
        seconds=1e-8 * float(size) ** 4,
        memory=80.0 * float(size) ** 4,
        smaller="the number of points",
    )
    place = np.empty((points, points), dtype=np.intp)
    rows, columns = np.triu_indices(points)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    pairs = covariance[place[:, :, None, None], place]
    whole = np.einsum("abcd,ij,kl->aibjckdl", pairs, eye, eye).reshape((size,) * 4)
    whole = whole + whole.transpose(0, 2, 1, 3) + whole.transpose(0, 3, 2, 1)
    background = np.zeros((points, outputs))
    background[: len(tau)] = tau
    end, plain = background.ravel(), np.kron(shift[place], eye)
    found = _ended(whole, end)
    return found | {"tau1": found["tau1"] + plain @ end, "tau2": found["tau2"] + plain}


def _ended(whole: Floats, end: Floats) -> dict[str, Floats]:
    three = whole @ end
    two = three @ end / 2
    return {"tau1": two @ end / 3, "tau2": two, "tau3": three, "tau4": whole}


def moment_tensor(weights: Floats, features: Floats, legs: int) -> Floats:
    """sum_q w_q F_q F_q F_q (F_q), 3 or 4 legs, each pair of legs once.

    >>> moment_tensor(np.array([2.0]), np.array([[1.0, 3.0]]), 3)[0, 1].tolist()
    [6.0, 18.0]
    """
    size = features.shape[1]
    rows, columns = np.triu_indices(size)
    require_budget(
        f"a moment of {legs} legs at {size} points and outputs",
        seconds=1e-10 * len(weights) * float(size) ** legs,
        memory=16.0 * float(size) ** legs + 40.0 * _BLOCK,
        smaller="the number of points or nodes",
    )
    found: Any = 0.0
    step = max(1, _BLOCK // len(rows))
    for start in range(0, len(weights), step):
        each = features[start : start + step]
        pairs = each[:, rows] * each[:, columns]
        left = each if legs == 3 else pairs
        found = found + (left * weights[start : start + step, None]).T @ pairs
    place = np.empty((size, size), dtype=np.intp)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    return np.asarray(found[:, place] if legs == 3 else found[place[:, :, None, None], place])
