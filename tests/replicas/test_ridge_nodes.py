"""Functions along a learning curve, between nodes of log kappa."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import multiplicities
from replicas import Problem
from replicas.observables import Response
from replicas.resummation.dressed_line import dressed_line
from replicas.resummation.skeleton_words import SkeletonCorrection
from replicas.saddle_point.ridge_nodes import RidgeNodes, along_curve
from replicas.saddle_point.saddle_point import solve_saddle_point
from replicas.self_energy.words import self_energy_words
from replicas.theories.perturbative import perturbation_series

SIZES = np.geomspace(5.0, 5e4, 400)
SPECTRA = st.lists(st.floats(0.02, 2.0), min_size=3, max_size=5)


def problem(eigenvalues, dim, ridge, ensemble, sizes=SIZES):
    spectrum = Spectrum.from_arrays(eigenvalues, multiplicities(len(eigenvalues) - 1, dim), dim=dim)
    powers = np.zeros(len(eigenvalues))
    powers[1:3] = np.array([0.5, 0.7])[: len(eigenvalues) - 1]
    return Problem(spectrum, powers, sizes, ridge, 0.1, ensemble)


def in_parts(function, case, count=40):
    """The same with so few sizes at once that each is computed; the largest n decides what is active."""
    pieces = []
    for start in range(0, len(case.n), count):
        sizes = case.n[start : start + count]
        found = function(case.at(np.append(sizes, case.n.max())))
        rows = {
            name: [each[:-1] for each in getattr(found, name)]
            for name in ("missed", "source", "ridge", "local")
        }
        pieces.append(Response(kappa=found.kappa[:-1], **rows))
    return Response.joined(pieces)


@given(power=st.integers(1, 7), scale=st.floats(-5, 5), low=st.floats(-8, 2), length=st.floats(0.01, 12))
def test_lines_between_nodes(power, scale, low, length):
    """(lambda/(lambda + kappa))^k for up to seven lines, at its own formula."""
    kappa = np.exp(np.linspace(low, low + length, 500))
    nodes = RidgeNodes.of_curve(kappa, 1e-13)
    found = nodes.interpolated((1 / (1 + nodes.kappa * np.exp(scale))) ** power, kappa)
    np.testing.assert_allclose(found, (1 / (1 + kappa * np.exp(scale))) ** power, rtol=0, atol=1e-13)


@pytest.mark.parametrize("near", [0.02, 0.1])
def test_a_pole_near_the_axis_is_not_passed_over(near):
    """1/(1 + (x/a)^2) has its poles at x = +-ia: with a much below pi the nodes do not resolve it."""
    kappa = np.exp(np.linspace(-4, 5, 500))
    nodes = RidgeNodes.of_curve(kappa, 1e-13)
    assert nodes.interpolated(1 / (1 + (np.log(nodes.kappa) / near) ** 2), kappa) is None
    assert nodes.interpolated(np.full(nodes.count, np.nan), kappa) is None


def test_nodes_gather_where_a_function_is_hard():
    """1/(1 + (2x)^2), without a value beyond x = 2: at every point, computed at fewer than a quarter."""
    kappa, calls = np.exp(np.linspace(-6, 2.2, 4000)), []

    def function(points):
        x = np.log(points)
        calls.append(len(x))
        return np.where(x < 2, 1 / (1 + (2 * x) ** 2), np.nan)

    found = along_curve(kappa, 1e-12, function, lambda which: function(kappa[which]))
    np.testing.assert_allclose(found, function(kappa), rtol=0, atol=1e-12)
    assert sum(calls[:-1]) < 1000


@pytest.mark.parametrize("kappa", [np.ones(500), np.zeros(500), np.linspace(1, 2, 20), np.zeros(0)])
def test_no_nodes_where_they_save_nothing(kappa):
    """One ridge over and over, no ridge, few ridges, none."""
    assert RidgeNodes.of_curve(kappa, 1e-13) is None


@settings(max_examples=10)
@given(spectrum=SPECTRA, ridge=st.floats(0.01, 1), dim=st.integers(3, 12), fixed=st.booleans())
def test_fourth_order_between_nodes(spectrum, ridge, dim, fixed):
    """The series of many sizes is that of each: 1e-13 of (learnt modes/N)^m, the largest word of order m."""
    case = problem(spectrum, dim, ridge, "fixed" if fixed else "poisson")
    found, each = perturbation_series(case, 4), in_parts(lambda part: perturbation_series(part, 4), case)
    kappa = ridge / SIZES[:, None]
    learnt = (case.spectrum.degree_traces / (case.spectrum.eigenvalues + kappa)).sum(axis=1) / SIZES
    for order in range(1, 5):
        for name in ("source", "ridge"):
            off = np.abs(getattr(found, name)[order] - getattr(each, name)[order])
            assert (off <= 1e-12 * learnt[:, None] ** order).all()
        assert (np.abs(found.local[order] - each.local[order]) <= 1e-13 * learnt**order).all()
    # and not by the same route
    assert any((one != other).any() for one, other in zip(found.local, each.local, strict=True))


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_words_of_one_mode_between_nodes(ensemble):
    """A constant kernel: every line is c = C_0/kappa, so the local part of order m counts its local words."""
    words = [word for word in self_energy_words(4, ensemble) if word.is_local]
    line = 2.0 / (2.0 + 0.5 / SIZES)
    each = np.array([word.coefficient * line ** (word.visits - 1) for word in words]) / SIZES**4
    found = perturbation_series(problem([2.0], 4, 0.5, ensemble), 4)
    assert (np.abs(found.local[4] - each.sum(axis=0)) <= 1e-13 * np.abs(each).sum(axis=0)).all()


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_derivatives_between_nodes(ensemble):
    """S_4 - dS_4/dlog kappa is the slope by log ridge, with the derivative as a difference of local parts."""
    step = 1e-4
    chosen = SIZES[::57]

    def local(ridge):
        return perturbation_series(problem([0.5, 0.4, 0.2, 0.05], 5, ridge, ensemble, chosen), 4).local[4]

    slope = (local(0.1 * np.exp(step)) - local(0.1 * np.exp(-step))) / (2 * step)
    found = perturbation_series(problem([0.5, 0.4, 0.2, 0.05], 5, 0.1, ensemble), 4)
    np.testing.assert_allclose(found.ridge[4][::57, -1], local(0.1) - slope, rtol=1e-6, atol=1e-12)


@settings(max_examples=6)
@given(spectrum=SPECTRA, ridge=st.floats(0.1, 1), dim=st.integers(3, 12), fixed=st.booleans())
def test_skeleton_lines_between_nodes(spectrum, ridge, dim, fixed):
    """The line of each of many sizes is the one that its own fixed point gives, to the same tolerance."""
    case = problem(spectrum, dim, ridge, "fixed" if fixed else "poisson")
    found = solve_saddle_point(case)
    correction = SkeletonCorrection(case, found.kappa, 4)
    response, converged = dressed_line(case, found, correction, costly=True)
    each, alone = dressed_line(case, found, correction)
    np.testing.assert_array_equal(converged, alone)
    for name in ("missed", "source", "ridge", "local"):
        (one,), (other,) = getattr(response, name), getattr(each, name)
        np.testing.assert_allclose(one[alone], other[alone], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("ensemble", ["poisson", "fixed"])
def test_skeleton_theory_without_a_solution_at_some_sizes(ensemble):
    """Where a branch ends between the sizes, the same ones have no solution as when each is solved for."""
    case = problem([0.9, 0.6, 0.3], 4, 0.017, ensemble, np.geomspace(3, 1e4, 300))
    found = solve_saddle_point(case)
    correction = SkeletonCorrection(case, found.kappa, 4)
    response, converged = dressed_line(case, found, correction, costly=True)
    each, alone = dressed_line(case, found, correction)
    assert 0 < alone.sum() < len(alone)
    np.testing.assert_array_equal(converged, alone)
    np.testing.assert_allclose(response.missed[0][alone], each.missed[0][alone], rtol=1e-9)
    assert (response.missed[0][alone] != each.missed[0][alone]).any()
