r"""The law of one neuron under the posterior: nodes of averages over its pre-activations.

h = B z, C = B B^T, with as many z as the covariance has rank. The nodes are scrambled Sobol points with the
covariance of a proposal that is matched to the law they are weighted to: with the prior as proposal the
effective fraction of the nodes falls to a few per cent where features are learnt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.bounded_cache import kept_within

_RANK = 1e-11  # of the largest pivot: what is below is rounding
_TIE = 1e-9  # pivots this close are taken in the order of the points
_WIDER = 1.1  # the proposal against the law it is matched to: tails must be covered


def covariance_root(covariance: Floats) -> Floats:
    """B with B B^T = covariance, points x rank, by pivoted Cholesky: no column for a direction of rounding.

    A function of the covariance alone, so that rotated inputs have the same nodes.

    >>> covariance_root(np.ones((3, 3))).tolist()
    [[1.0], [1.0], [1.0]]
    """
    rest = covariance.copy()
    largest = float(np.diag(rest).max(initial=0.0))
    columns = []
    for _ in range(len(rest)):
        diagonal = np.diag(rest)
        pivot = int(np.argmax(diagonal >= (1 - _TIE) * diagonal.max()))
        if diagonal[pivot] <= _RANK * largest:
            break
        column = rest[:, pivot] / math.sqrt(diagonal[pivot])
        columns.append(column)
        rest = rest - np.outer(column, column)
    return np.array(columns).T.reshape(len(covariance), len(columns))


@dataclass(frozen=True, eq=False)
class _Table:
    points: Floats


def normal_points(count: int, dim: int, seed: int, scramble: int) -> Floats:
    """So many scrambled Sobol points, as independent normal numbers, shape (count, dim), not to be changed.

    Every point of a curve and every theory of a problem takes the same ones: they are kept.
    """
    return _normal_table(count, dim, seed, scramble).points


@kept_within(20 * 2**20)  # the nodes of eight points
def _normal_table(count: int, dim: int, seed: int, scramble: int) -> _Table:
    from scipy.special import ndtri
    from scipy.stats import qmc

    sequence = qmc.Sobol(dim, scramble=True, rng=np.random.default_rng([seed, scramble]))
    points = sequence.random(count)
    found: Floats = ndtri(np.maximum(points, 2.0**-33).T)  # a scrambled point may be 0
    found.flags.writeable = False
    return _Table(found.T)  # one direction after the other, as all sums over nodes read them


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes z ~ N(0, proposal) of averages over z ~ N(0, 1), with the logarithms of their weights."""

    z: Floats
    log_weights: Floats


def matched_nodes(normal: Floats, proposal: Floats) -> Nodes:
    """Nodes with this covariance from independent normal numbers; widest directions first.

    >>> nodes = matched_nodes(np.array([[1.0], [-1.0]]), np.array([[4.0]]))
    >>> nodes.z.ravel().tolist(), np.exp(nodes.log_weights).round(6).tolist()
    ([2.0, -2.0], [0.22313, 0.22313])
    """
    values, vectors = np.linalg.eigh(proposal)
    scales = np.sqrt(values[::-1])
    z = ((scales * vectors[:, ::-1]) @ normal.T).T
    squares = np.einsum("iq,iq->q", normal.T, normal.T) - np.einsum("iq,iq->q", z.T, z.T)
    return Nodes(z, squares / 2 + float(np.log(scales).sum()) - math.log(len(normal)))


def second_moment(z: Floats, p: Floats) -> Floats:
    """A proposal for a law that has probabilities p on the nodes z: <z z^T>, a little wider."""
    return _WIDER * ((z * p[:, None]).T @ z)


def effective_fraction(p: Floats) -> float:
    """(sum p)^2/(sum p^2) over the number of nodes.

    >>> effective_fraction(np.array([0.5, 0.5, 0.0, 0.0]))
    0.5
    """
    return float(p.sum() ** 2 / np.sum(p**2) / len(p))
