"""Small problems on the points of a data set, and all their data sets one by one."""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from math import factorial, prod

import numpy as np

from replicas.sites.site_problem import SiteProblem

WITH, WITHOUT = "with-replacement", "without-replacement"


def features_of(K):
    """F with K = F F^T, its columns by size."""
    values, vectors = np.linalg.eigh(K)
    kept = values > len(K) * np.finfo(float).eps * values[-1]
    return (vectors[:, kept] * np.sqrt(values[kept]))[:, ::-1]


def gaussian_kernel(seed, size, dim=3, width=1.0):
    """Kernel of random points, and their coordinates."""
    X = np.random.default_rng(seed).normal(size=(size, dim))
    return np.exp(-((X[:, None] - X) ** 2).sum(axis=2) / (2 * dim * width**2)), X


def site_problem(K, y, n, ridge, label_noise=0.0, sampling=WITH, points="all", drawn=None):
    """A problem from a kernel matrix."""
    labels = np.asarray(y, dtype=float).reshape(len(K), -1)
    sizes = np.atleast_1d(np.asarray(n, dtype=float))
    return SiteProblem(features_of(K), labels, sizes, ridge, label_noise, sampling, points, drawn)


def data_sets(points, size, sampling):
    """Every data set of so many points, as indices, with its probability."""
    if sampling == WITHOUT:
        sets = list(combinations(range(points), size))
        yield from ((list(each), 1 / len(sets)) for each in sets)
        return
    for each in combinations_with_replacement(range(points), size):
        counts = np.bincount(each, minlength=points)
        ways = factorial(size) / prod(factorial(c) for c in counts)
        yield list(each), ways / points**size


def enumerated(K, y, size, ridge, label_noise=0.0, sampling=WITH, points="all", drawn=None):
    """All averages over all data sets: regression on each, summed with their probabilities."""
    y = np.asarray(y, dtype=float).reshape(len(K), -1)
    outputs, total = y.shape[1], len(K) if drawn is None else drawn
    modes = features_of(K[:total, :total])
    modes = modes * np.sqrt(total / (modes**2).sum(axis=0))
    chance = residual = square = variance = gain = training = learnt = 0.0
    for chosen, weight in data_sets(total, size, sampling):
        inverse = np.linalg.inv(K[np.ix_(chosen, chosen)] + ridge * np.eye(size))
        smoother = K[:, chosen] @ inverse
        counted = np.ones(len(K)) if drawn is None else np.arange(len(K)) >= drawn
        if points == "unseen" and drawn is None:
            counted = 1.0 - np.isin(np.arange(len(K)), chosen)
        left = y - smoother @ y[chosen]
        chance = chance + weight * counted
        residual = residual + weight * counted[:, None] * left
        square = square + weight * counted[:, None] * left**2
        variance += weight * counted * (np.diagonal(K) - (smoother * K[:, chosen]).sum(axis=1))
        gain += weight * counted * (smoother**2).sum(axis=1)
        kept = ridge * inverse @ y[chosen]
        noise = label_noise / outputs * ridge**2 * (inverse**2).sum()
        training = training + weight * ((kept**2).sum(axis=0) + noise) / size
        fitted = smoother[:total] @ modes[chosen]
        learnt = learnt + weight * (modes * fitted).sum(axis=0) / total
    by_output = square.sum(axis=0) / chance.sum() + label_noise * gain.sum() / chance.sum() / outputs
    there = chance > 0
    means = residual[there] / chance[there, None]
    bias = (means**2).mean(axis=0)
    return {
        "error": by_output.sum(),
        "bias": bias.sum(),
        "variance": by_output.sum() - bias.sum(),
        "posterior_variance": variance.sum() / chance.sum(),
        "label_noise_gain": gain.sum() / chance.sum(),
        "training_error": training.sum(),
        "coefficients": learnt,
        "error_by_point": square[there].sum(axis=1) / chance[there],
        "error_by_output": by_output,
        "bias_by_output": bias,
        "training_error_by_output": training,
    }
