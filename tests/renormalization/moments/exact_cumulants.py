"""Cumulants and moments of activations by enumeration: inputs x = m + A y of few independent y."""

from itertools import product

import numpy as np


def gaussian_points(count, nodes):
    """Nodes of independent standard normal y, shape (points, count), and weights: Gauss-Hermite."""
    y, w = np.polynomial.hermite_e.hermegauss(nodes)
    return _grid(y, w / w.sum(), count)


def binomial_points(count, trials, chance):
    """All values of independent y = (sum of trials draws - mean)/sqrt(trials variance), with weights."""
    draws = np.arange(trials + 1)
    weights = np.array([1.0])
    for _ in range(trials):
        weights = np.convolve(weights, [1 - chance, chance])
    y = (draws - trials * chance) / np.sqrt(trials * chance * (1 - chance))
    return _grid(y, weights, count)


def binomial_cumulants(trials, chance):
    """Third and fourth cumulant of such a y."""
    variance = chance * (1 - chance)
    third = (1 - 2 * chance) / np.sqrt(variance * trials)
    return third, (1 - 6 * variance) / (variance * trials)


def cumulant(values, weights, order):
    """The joint cumulant tensor of that order, 2 to 4, of the columns of `values`."""
    centred = values - weights @ values
    if order < 4:
        return np.einsum("s," + ",".join("s" + c for c in "abc"[:order]), weights, *[centred] * order)
    pairs = np.einsum("s,sa,sb->ab", weights, centred, centred)
    moment = np.einsum("s,sa,sb,sc,sd->abcd", weights, *[centred] * 4, optimize=True)
    gaussian = np.multiply.outer(pairs, pairs)
    return moment - gaussian - gaussian.swapaxes(1, 2) - gaussian.swapaxes(1, 3)


def diagonal(entry, legs, count):
    """The cumulant tensor of independent numbers that all have this one."""
    found = np.zeros((count,) * legs)
    for k in range(count):
        found[(k,) * legs] = entry
    return found


def _grid(y, w, count):
    points = np.array(list(product(y, repeat=count)))
    weights = np.array([np.prod(each) for each in product(w, repeat=count)])
    return points, weights
