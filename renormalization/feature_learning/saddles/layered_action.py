r"""The action of a deep network, on nodes of averages over one neuron of every layer.

Neurons of a layer are independent given the covariance S^l = b + G^l of their pre-activations,
G^l = (g_l/n_l) sum phi phi^T of the layer below. With a conjugate A^l for every interface l = 1 ... L-1

    Phi = -tau.y + kappa tau^2/2 + b (sum tau)^2/2 + n_L log E_{N(0,S^{L-1})} exp((g/2n_L)(tau.phi)^2)
          + sum_l n_l [log E_{N(0,S^{l-1})} exp(g_l phi^T A^l phi) - tr A^l (S^l - b)].

The fields here are tau, A^l and Lambda^l = 1/S^l: then all that depends on a neuron is linear in them. The
derivatives of Phi are cumulants of its scores, -h h^T/2, g_l phi phi^T and what it adds to f, and those of
log det and tr A/Lambda. Symmetric matrices count by their entries i <= j.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

import numpy as np

from fieldtheory.array_types import Floats


@dataclass(frozen=True, eq=False)
class Interface:
    """Between two layers: a basis of the range of S^l, points x rank, and the entries of matrices in it."""

    basis: Floats

    @cached_property
    def entries(self) -> tuple[np.ndarray, np.ndarray]:
        return np.triu_indices(self.basis.shape[1])

    @property
    def size(self) -> int:
        """Number of entries."""
        return len(self.entries[0])

    @cached_property
    def units(self) -> Floats:
        """dM/dM_ij of a symmetric M for every entry, shape (size, rank, rank)."""
        i, j = self.entries
        found = np.zeros((self.size, self.basis.shape[1], self.basis.shape[1]))
        found[np.arange(self.size), i, j] = found[np.arange(self.size), j, i] = 1.0
        return found

    def products(self, values: Floats) -> Floats:
        """v^T M v = sum of these over entries of M, for every row v."""
        i, j = self.entries
        by_row = values.T
        found: Floats = by_row[i] * np.where(i == j, 1.0, 2.0)[:, None]
        found *= by_row[j]
        return found.T  # one entry after the other, as all sums over nodes read them

    def matrix(self, entries: Floats) -> Floats:
        """The matrix with these entries."""
        i, j = self.entries
        found = np.empty((self.basis.shape[1], self.basis.shape[1]))
        found[i, j] = found[j, i] = entries
        return found

    def vector(self, matrix: Floats) -> Floats:
        """The entries of a matrix."""
        return np.asarray(matrix[self.entries], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class LayerNodes:
    """Nodes of one layer: phi at all points, scores of the matrices it meets, logarithms of weights."""

    phi: Floats
    scores: Floats
    log_weights: Floats
    fields: np.ndarray  # where these scores belong among all fields


@dataclass(frozen=True, eq=False)
class LayeredLaws:
    """Probabilities of the nodes of every layer, tau.phi in the last, and the sum of n log E and the bias."""

    p: tuple[Floats, ...]
    s: Floats
    value: float


@dataclass(frozen=True, eq=False)
class LayeredAction:
    """Phi on nodes; fields: tau at all points and outputs, then Lambda^l and A^l for every interface."""

    layers: Sequence[LayerNodes]
    interfaces: Sequence[Interface]
    widths: tuple[int, ...]
    coupling: float
    bias: float
    outputs: int

    @property
    def points(self) -> int:
        """Training and test points."""
        return int(self.layers[0].phi.shape[1])

    @cached_property
    def places(self) -> list[tuple[slice, slice]]:
        """Where Lambda^l and A^l are among the fields."""
        found, start = [], self.points * self.outputs
        for each in self.interfaces:
            found.append((slice(start, start + each.size), slice(start + each.size, start + 2 * each.size)))
            start += 2 * each.size
        return found

    @property
    def fields(self) -> int:
        """Number of fields."""
        return self.points * self.outputs + 2 * sum(each.size for each in self.interfaces)

    def tau(self, x: Floats) -> Floats:
        """The discrepancy among the fields, points x outputs."""
        return x[: self.points * self.outputs].reshape(self.points, self.outputs)

    def covariances(self, x: Floats) -> list[Floats]:
        """S^l in the basis of every interface."""
        return [
            np.asarray(np.linalg.inv(each.matrix(x[place])), dtype=np.float64)
            for each, (place, _) in zip(self.interfaces, self.places, strict=True)
        ]

    def laws(self, x: Floats) -> LayeredLaws:
        """The tilted laws of all layers."""
        value, found = self.bias / 2 * float(np.sum(self.tau(x).sum(0) ** 2)), []
        s = self.layers[-1].phi @ self.tau(x)
        for k, (layer, width) in enumerate(zip(self.layers, self.widths, strict=True)):
            exponent = layer.log_weights + layer.scores @ x[layer.fields]
            if k == len(self.widths) - 1:
                exponent = exponent + self.coupling / 2 * np.sum(s**2, axis=1)
            top = exponent.max()
            p = np.exp(exponent - top)
            value += width * float(top + np.log(p.sum()))
            found.append(p / p.sum())
        return LayeredLaws(tuple(found), s, value)

    def gradient(self, x: Floats, laws: LayeredLaws) -> Floats:
        """First derivatives, without those of -tau.y + kappa tau^2/2."""
        found = np.zeros(self.fields)
        for layer, width, p in zip(self.layers, self.widths, laws.p, strict=True):
            found[layer.fields] += width * (layer.scores.T @ p)
        last, n = self.layers[-1], self.widths[-1]
        tau = n * self.coupling * (last.phi.T @ (laws.p[-1][:, None] * laws.s)) + self.bias * self.tau(x).sum(
            0
        )
        found[: tau.size] += tau.ravel()
        for k, (each, (up, down)) in enumerate(zip(self.interfaces, self.places, strict=True)):
            s, a = np.linalg.inv(each.matrix(x[up])), each.matrix(x[down])
            n, above = self.widths[k], self.widths[k + 1]
            found[up] += np.einsum("aij,ji->a", each.units, above / 2 * s + n * s @ a @ s)
            ones = each.basis.sum(0)
            found[down] -= n * np.einsum("aij,ji->a", each.units, s - self.bias * np.outer(ones, ones))
        return found

    def hessian(self, x: Floats, laws: LayeredLaws) -> Floats:
        """Second derivatives, without kappa."""
        found = np.zeros((self.fields, self.fields))
        size = self.points * self.outputs
        for k, (layer, width, p) in enumerate(zip(self.layers, self.widths, laws.p, strict=True)):
            scores, where = layer.scores, layer.fields
            if k == len(self.widths) - 1:
                slopes = self.coupling * (layer.phi[:, :, None] * laws.s[:, None, :]).reshape(len(p), -1)
                scores, where = np.hstack([slopes, scores]), np.concatenate([np.arange(size), where])
                plain = width * self.coupling * ((layer.phi * p[:, None]).T @ layer.phi) + self.bias
                found[:size, :size] += np.kron(plain, np.eye(self.outputs))
            mean = p @ scores
            weighted = scores * np.sqrt(p)[:, None]  # of a matrix with itself BLAS takes one triangle
            found[np.ix_(where, where)] += width * (weighted.T @ weighted - np.outer(mean, mean))
        for k, (up, down) in enumerate(self.places):
            turned, turned_a = self.turned(x, k)
            n, above = self.widths[k], self.widths[k + 1]
            pair = _traces(turned, turned)
            found[up, up] -= above / 2 * pair
            second = _traces(turned, turned @ turned_a)
            found[up, up] -= n * (second + second.T)
            mixed = n * pair
            found[up, down] += mixed
            found[down, up] += mixed.T
        return found

    def local_third(self, x: Floats) -> Floats:
        """Third derivatives of log det and tr A/Lambda, what depends on no neuron."""
        found = np.zeros((self.fields,) * 3)
        for k, (up, down) in enumerate(self.places):
            turned, turned_a = self.turned(x, k)
            n, above = self.widths[k], self.widths[k + 1]
            pairs = turned[:, None] @ turned
            triple, chain = _traces(pairs, turned), _traces(pairs, turned @ turned_a)
            ways = list(permutations(range(3)))
            # of n_(l+1)/2 log det Lambda: tr(S E S E S E) and its mirror; of -n_l tr A S: all orders
            found[up, up, up] += above / 2 * (triple + triple.transpose(0, 2, 1))
            found[up, up, up] += n * sum(chain.transpose(way) for way in ways)
            mixed = -n * (triple + triple.transpose(0, 2, 1))
            found[down, up, up] += mixed
            found[up, down, up] += mixed.transpose(1, 0, 2)
            found[up, up, down] += mixed.transpose(1, 2, 0)
        return found

    def measure(self, x: Floats) -> Floats:
        """First derivatives of -(rank + 1) sum log det Lambda: dS = |det Lambda|^-(rank + 1) dLambda."""
        found = np.zeros(self.fields)
        for each, (up, _), s in zip(self.interfaces, self.places, self.covariances(x), strict=True):
            found[up] = -(len(s) + 1) * np.einsum("aij,ji->a", each.units, s)
        return found

    def second_measure(self, x: Floats) -> Floats:
        """Second derivatives of the same."""
        found = np.zeros((self.fields, self.fields))
        for k, (up, _) in enumerate(self.places):
            turned, _ = self.turned(x, k)
            found[up, up] = (turned.shape[1] + 1) * _traces(turned, turned)
        return found

    def turned(self, x: Floats, k: int) -> tuple[Floats, Floats]:
        """E_A S for every entry of Lambda, and A S."""
        each, (up, down) = self.interfaces[k], self.places[k]
        s = np.linalg.inv(each.matrix(x[up]))
        return each.units @ s, each.matrix(x[down]) @ s


def _traces(one: Floats, two: Floats) -> Floats:
    """tr(M N) for every matrix M of the first and N of the second."""
    return np.asarray(np.tensordot(one, two.transpose(0, 2, 1), axes=((-2, -1), (1, 2))), dtype=np.float64)
