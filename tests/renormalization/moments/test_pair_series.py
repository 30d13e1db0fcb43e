"""The Edgeworth series of averages over pairs, against enumeration."""

import mpmath
import numpy as np
import pytest

from renormalization.moments.neuron_derivatives import neuron_derivatives
from renormalization.moments.normal_nodes import normal_nodes
from renormalization.moments.pair_cumulants import pair_entries
from renormalization.moments.pair_series import series_corrections, series_terms
from tests.renormalization.moments.exact_cumulants import (
    binomial_cumulants,
    binomial_points,
    cumulant,
    diagonal,
    gaussian_points,
)

MEAN, MAP = np.array([0.4, -0.3, 0.1]), np.array([[1.0, 0.4], [-0.5, 0.9], [0.3, 0.8]])


def incoming(third, fourth, matrix):
    count = matrix.shape[1]
    three = np.einsum("xyz,ax,by,cz->abc", diagonal(third, 3, count), matrix, matrix, matrix)
    four = np.einsum("wxyz,aw,bx,cy,dz->abcd", diagonal(fourth, 4, count), *[matrix] * 4, optimize=True)
    return pair_entries(three, four)


@pytest.mark.parametrize("function", [np.tanh, lambda x: np.log1p(np.exp(2 * x))])
def test_second_moments_are_right_to_second_order(function):
    """E = E_Gauss + kappa_3 + kappa_4 + kappa_3^2 + O(N^-3/2), x of sums of N independent numbers."""
    errors, sizes = {0: [], 3: []}, np.array([24, 96])
    for trials in sizes:
        points, weights = binomial_points(2, int(trials), 0.3)
        values = function(MEAN + points @ MAP.T)
        nodes, density = gaussian_points(2, 60)
        gaussian = density @ function(MEAN + nodes @ MAP.T)
        centred, plain = values - gaussian, function(MEAN + nodes @ MAP.T) - gaussian
        exact = np.einsum("s,sa,sb->ab", weights, centred, centred)
        start = np.einsum("s,sa,sb->ab", density, plain, plain)
        series = series_corrections(
            function, MEAN, MAP @ MAP.T, incoming(*binomial_cumulants(trials, 0.3), MAP)
        )
        for terms in errors:
            errors[terms].append(np.abs(start + series.products[:terms].sum(axis=0) - exact).max())
        assert np.abs(series.means.sum(axis=0) - weights @ centred).max() < 0.5 * trials**-1.5
    slopes = {terms: np.diff(np.log(each))[0] / np.log(4) for terms, each in errors.items()}
    assert -0.8 < slopes[0] < -0.3
    assert slopes[3] < -1.3
    assert errors[3][1] < 0.1 * errors[0][1]


def test_polynomials_are_exact():
    """E[(x_a^2 - c)(x_b^2 - c)] depends on third and fourth cumulants linearly."""
    points, weights = binomial_points(2, 4, 0.3)
    x = MEAN + points @ MAP.T
    values = x**2 - (MEAN**2 + np.diagonal(MAP @ MAP.T))
    exact = np.einsum("s,sa,sb->ab", weights, values, values)
    nodes, density = gaussian_points(2, 8)
    gaussian = (MEAN + nodes @ MAP.T) ** 2 - (MEAN**2 + np.diagonal(MAP @ MAP.T))
    start = np.einsum("s,sa,sb->ab", density, gaussian, gaussian)
    series = series_corrections(np.square, MEAN, MAP @ MAP.T, incoming(*binomial_cumulants(4, 0.3), MAP))
    assert start + series.products.sum(axis=0) == pytest.approx(exact, abs=1e-8)
    assert np.abs(cumulant(values, weights, 2) - start).max() > 0.1


def test_equal_neurons_are_one():
    """x_b = x_a: the average of the pair is that of the square, though their density is singular."""
    twice = np.array([[1.0, 0.4], [1.0, 0.4]])
    pairs = incoming(0.5, 0.3, twice)
    found = series_corrections(
        lambda x: np.maximum(x, 0), np.array([0.2, 0.2]), twice @ twice.T, pairs
    ).products
    assert found[:, 0, 1] == pytest.approx(found[:, 0, 0], abs=1e-7)


def test_numbers_that_are_what_they_are_have_no_corrections():
    """A neuron of variance 0 adds nothing, alone or in a pair."""
    matrix = np.array([[1.0, 0.4], [0.0, 0.0]])
    found = series_corrections(np.tanh, np.array([0.2, 0.5]), matrix @ matrix.T, incoming(0.5, 0.3, matrix))
    assert np.abs(found.products[:, 1]).max() < 1e-12
    assert np.abs(found.products[:, 0, 0]).max() > 1e-3


def test_weights_of_the_series():
    """exp(kappa_3 d^3/3! + kappa_4 d^4/4!) = 1 + kappa_3/6 + kappa_4/24 + kappa_3^2/72 + ..."""
    assert [(t.weight * 72, t.thirds, t.fourths) for t in series_terms()] == [
        (12, 1, 0),
        (3, 0, 1),
        (1, 2, 0),
    ]


@pytest.mark.parametrize("place", [-20.0, -1.3, 0.0, 4.0])
def test_nodes_of_a_kinked_function(place):
    """int max(z - k, 0) density(z) dz, by mpmath."""
    z, weights = normal_nodes(np.array([place]), 64)
    exact = mpmath.quad(lambda x: (x - place) * mpmath.npdf(x), [max(place, -12), max(place, -12) + 6, 14])
    assert float((weights * np.maximum(z - place, 0)).sum()) == pytest.approx(
        float(exact), rel=1e-11, abs=1e-15
    )


def test_derivatives_by_the_mean():
    """V_p,k+1 = s dV_pk/dm for a function with a kink, by finite differences."""
    function, step, deviation = (lambda x: np.where(x > 0, x, 0.1 * x)), 1e-5, np.array([0.8])
    up, down = (neuron_derivatives(function, np.array([0.3 + e]), deviation) for e in (step, -step))
    found = neuron_derivatives(function, np.array([0.3]), deviation)
    slopes = deviation * (up - down) / (2 * step)
    assert found[1:, 1:, 0] == pytest.approx(slopes[1:, :-1, 0], rel=1e-7, abs=1e-8)
