"""The theory of sites: exact relations, closed forms, its limits, and what it refuses."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from replicas.resummation.ring_weights import ring_sum, ring_weight
from replicas.sites.coherent_potential import SiteMatrix, coherent_potential, newton_steps
from replicas.sites.copies import sites_of
from replicas.sites.occupations import occupations
from replicas.sites.scattering import scattering
from replicas.sites.site_averages import Observed, SiteLines
from replicas.sites.site_kernel import SiteKernel
from replicas.sites.site_rings import RingPolynomial, SiteRings, ring_polynomial
from replicas.sites.site_theory import predict_sites
from tests.site_problems import WITH, WITHOUT, features_of, gaussian_kernel, site_problem

ORDERS = [("self-consistent", None), ("loop-expansion", 1), ("auto", None)]
CROSSED = RingPolynomial((1,), ())
RINGS = ring_polynomial(ring_sum("poisson"))


def lines_of(problem, n):
    """The coherent potential of a problem at one size, with what its averages share."""
    sites = sites_of(problem)
    law = occupations(sites.counts, n / sites.points, problem.sampling)
    kernel = SiteKernel(sites)
    found = coherent_potential(kernel, law, problem.ridge)
    return SiteLines(found, Observed(sites, law, problem.points == "unseen"), kernel)


def random_problem(seed, size=12, **options):
    K, X = gaussian_kernel(seed, size)
    y = np.column_stack([np.sign(X[:, 0]), X[:, 1]])
    return site_problem(K, y, 4.0, 0.1, **options)


@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
@pytest.mark.parametrize(("theory", "order"), ORDERS[:2])
@pytest.mark.parametrize("ridge", [1.0, 1e-3])
def test_points_that_do_not_feel_each_other(sampling, theory, order, ridge):
    """K diagonal: <r_i^2> = y_i^2 <(1 + K_ii n/ridge)^-2>, n binomial; rings are zero."""
    rng = np.random.default_rng(1)
    scale, y, size, n = rng.uniform(0.3, 3.0, 9), rng.normal(size=9), 9, 4
    problem = site_problem(np.diag(scale), y, n, ridge, sampling=sampling)
    found = predict_sites(replace(problem, features=np.diag(np.sqrt(scale))), theory, order)
    number = np.arange(n + 1)
    p = 1.0 / size
    law = np.array([float(mp.binomial(n, int(k))) * p**k * (1 - p) ** (n - k) for k in number])
    if sampling == WITHOUT:
        law = np.array([1 - n / size, n / size, 0, 0, 0])
    if sampling == WITH and theory == "self-consistent":
        law = np.exp(-n * p) * (n * p) ** number / np.array([float(mp.factorial(int(k))) for k in number])
    exact = y**2 * ((1 + scale[:, None] * number / ridge) ** -2.0 @ law)
    # the Poisson law is cut after n points, and goes over to the binomial one to second order in 1/n
    tolerance = 1e-11 if sampling == WITHOUT else 2e-3
    np.testing.assert_allclose(found.error_by_point[0], exact, rtol=tolerance, atol=1e-6 * (sampling == WITH))


def test_points_that_do_not_feel_each_other_as_a_poisson_number():
    """K diagonal: <r_i^2> = y_i^2 e^-p sum_n p^n/n! (1 + K_ii n/ridge)^-2, summed by mpmath."""
    scale, n, ridge = np.array([0.5, 1.0, 2.0]), 1.5, 0.3
    problem = site_problem(np.diag(scale), np.ones(3), n, ridge)
    found = predict_sites(
        replace(problem, features=np.diag(np.sqrt(scale))), "self-consistent", error_bar=False
    )
    p = mpf(n) / 3
    exact = [
        mp.nsum(lambda k, s=s: mp.exp(-p) * p**k / mp.factorial(k) / (1 + s * k / ridge) ** 2, [0, mp.inf])
        for s in scale
    ]
    np.testing.assert_allclose(found.error_by_point[0], np.array(exact, dtype=float), rtol=1e-13)


@given(seed=st.integers(0, 10**6), n=st.floats(1.0, 11.0), ridge=st.floats(1e-4, 10.0))
@settings(max_examples=20)
def test_points_in_the_training_set_and_not(seed, n, ridge):
    """Without replacement M E = N E_train + (M - N) E_unseen, at every order."""
    K, X = gaussian_kernel(seed, 12)
    for theory, order in ORDERS[:2]:
        problem = site_problem(K, X[:, :2], n, ridge, sampling=WITHOUT)
        found = predict_sites(problem, theory, order, error_bar=False)
        unseen = predict_sites(replace(problem, points="unseen"), theory, order, error_bar=False)
        parts = n * found.training_error + (12 - n) * unseen.error
        np.testing.assert_allclose(12 * found.error, parts, rtol=1e-12)


@pytest.mark.parametrize("weight", [CROSSED, RINGS], ids=["1212", "rings"])
@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_levels_add_up(sampling, weight):
    """sum_n w_n <r_i^2>_n = <r_i^2>, and sums over levels are those over outputs."""
    problem = random_problem(3, sampling=sampling)
    lines = lines_of(problem, 4.0)
    zeroth = lines.averages()
    at = lines.found.sites
    whole = lines.matrix.lines((lines.residual**2).sum(axis=1))
    np.testing.assert_allclose((at.weights * zeroth.error).sum(axis=1), whole, rtol=1e-13)
    rings = lines.changes(SiteRings(lines.found, lines.matrix, weight), lines.sources())
    numbers = lines.observed.law.numbers
    np.testing.assert_allclose((at.weights * rings.error).sum() / 12, rings.by_output.sum(), rtol=1e-11)
    for each in (zeroth, rings):
        left = (at.weights * each.error * numbers).sum()
        np.testing.assert_allclose(left, each.training_by_output.sum(), rtol=1e-11)


@pytest.mark.parametrize("theory", ORDERS[:2])
def test_order_of_points_is_nothing(theory):
    """Points in another order: the same averages, those by point in that order."""
    problem = random_problem(5, label_noise=0.1)
    turn = np.random.default_rng(0).permutation(12)
    other = replace(problem, features=problem.features[turn], labels=problem.labels[turn])
    found, turned = (predict_sites(each, *theory) for each in (problem, other))
    for name in ("error", "error_bar", "bias", "training_error", "label_noise_gain", "coefficients"):
        np.testing.assert_allclose(getattr(turned, name), getattr(found, name), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(turned.error_by_point, found.error_by_point[:, turn], rtol=1e-9)


def test_points_on_a_ring():
    """A circulant K makes all sites equal: 1/g - u = Sigma with <1/(u + v)> = g = mean 1/(1/k + Sigma)."""
    size, n, ridge = 16, 6.0, mpf("0.05")
    angle = 2 * np.pi * np.arange(size) / size
    K = np.exp(np.cos(angle[:, None] - angle) - 1)
    sites = sites_of(site_problem(K, np.cos(angle), n, float(ridge)))
    law = occupations(sites.counts, n / size, WITH)
    found = coherent_potential(SiteKernel(sites), law, float(ridge))
    values = [mpf(float(value)) for value in np.fft.fft(K[0]).real]
    p = mpf(n) / size

    def equations(sigma, u):
        g = sum(k / (1 + k * sigma) for k in values) / size
        levels = mp.nsum(lambda k: mp.exp(-p) * p**k / mp.factorial(k) / (u + k / ridge), [0, mp.inf])
        return [g - levels, sigma - 1 / g + u]

    sigma = mp.findroot(equations, (mpf(float(found.sigma[0])), mpf(float(found.sites.outer[0]))))[0]
    np.testing.assert_allclose(found.sigma, float(sigma), rtol=1e-10)


def test_many_points_few_of_them_drawn():
    """p -> 0 at fixed N: Sigma_i = p/(ridge + g_i)."""
    K, _ = gaussian_kernel(2, 40)
    shares = [1e-2, 1e-4]
    off = []
    for share in shares:
        sites = sites_of(site_problem(K / share, np.ones(40), 1.0, 1.0))
        found = coherent_potential(SiteKernel(sites), occupations(sites.counts, share, WITH), 1.0)
        naive = share / (1.0 + found.sites.line)
        off.append(float(np.abs(found.sigma / naive - 1).max()))
    assert off[0] < 2e-2
    assert off[1] < off[0] / 50


@given(seed=st.integers(0, 10**6), n=st.floats(0.5, 40.0), power=st.floats(-5.0, 1.0))
@settings(max_examples=25)
def test_newton_comes_down(seed, n, power):
    """From above every step of Newton's method lowers every self-energy, to the solution."""
    K, _ = gaussian_kernel(seed, 14)
    sites = sites_of(site_problem(K, np.ones(14) + np.arange(14), n, 1.0))
    law, kernel, ridge = occupations(sites.counts, n / 14, WITH), SiteKernel(sites), 10.0**power
    steps = newton_steps(kernel, law, ridge, 8)
    for before, after in zip(steps, steps[1:], strict=False):
        assert (after <= before * (1 + 1e-9)).all()
    found = coherent_potential(kernel, law, ridge)
    assert (found.sigma <= steps[-1] * (1 + 1e-9)).all()
    np.testing.assert_allclose(found.sites.self_energy, found.sigma, rtol=1e-9)


@given(line=st.floats(1e-3, 1.0), share=st.floats(1e-6, 3.0), ridge=st.floats(1e-8, 10.0))
@settings(max_examples=50)
def test_surroundings_of_a_site(line, share, ridge):
    """<1/(u + n/ridge)> = g, and w, tau by their definitions."""
    law = occupations(np.ones(1, dtype=int), share, WITH)
    at = scattering(np.array([line]), law, ridge)
    mean = float((law.weights * at.levels).sum())
    np.testing.assert_allclose(mean, line, rtol=1e-12)
    t = (at.levels - line) / line**2
    np.testing.assert_allclose(at.noise, (law.weights * t**2).sum(), rtol=1e-9, atol=1e-25)
    assert (at.self_energy >= 0).all()


def test_rings_as_a_function_of_a_matrix():
    """f(Gamma) = U f(x) U^T in the eigenvectors of Gamma."""
    lines = lines_of(random_problem(7), 5.0)
    rings = SiteRings(lines.found, lines.matrix, RINGS)
    values, vectors = np.linalg.eigh(rings.gamma)
    np.testing.assert_allclose(rings.f, (vectors * ring_weight(values)) @ vectors.T, atol=1e-13)
    np.testing.assert_allclose(rings.top(), values[-1], rtol=1e-5)
    assert ring_polynomial(ring_sum("poisson")) == RingPolynomial((-2,), (3, 1))


def shifted(problem, shift):
    """K^-1 + shift in place of K^-1, with K^-1 y as it was."""
    K = problem.features @ problem.features.T
    inverse = np.linalg.inv(K)
    other = np.linalg.inv(inverse + shift * np.eye(len(K)))
    return replace(problem, features=features_of(other), labels=other @ inverse @ problem.labels)


@pytest.mark.parametrize("weight", [CROSSED, RINGS], ids=["1212", "rings"])
def test_error_of_rings_is_a_derivative(weight):
    """What rings add to sum_i <r_i^2> is -dA_1/ds, A_1 = -r^T (Delta + d) r, where K^-1 becomes K^-1 + s."""
    problem = random_problem(11)
    lines = lines_of(problem, 4.0)
    rings = lines.changes(SiteRings(lines.found, lines.matrix, weight), lines.sources())

    def first_order(shift):
        other = lines_of(shifted(problem, shift), 4.0)
        ring = SiteRings(other.found, other.matrix, weight)
        return -(other.residual * ring.applied(other.residual)).sum()

    steps = np.array([-2.0, -1.0, 1.0, 2.0]) * 1e-3
    values = np.array([first_order(step) for step in steps])
    slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / 12e-3
    np.testing.assert_allclose((lines.found.sites.weights * rings.error).sum(), -slope, rtol=1e-8)


def test_gain_of_rings_is_a_derivative():
    """What rings add to the label-noise gain is the derivative by the ridge of what they add to <G_ii>."""
    problem = random_problem(13)
    lines = lines_of(problem, 4.0)
    rings = lines.changes(SiteRings(lines.found, lines.matrix, RINGS), lines.sources())

    def variances(ridge):
        other = lines_of(replace(problem, ridge=ridge), 4.0)
        return SiteRings(other.found, other.matrix, RINGS).variances()

    step = 1e-4
    values = [variances(problem.ridge + k * step) for k in (-2, -1, 1, 2)]
    slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    np.testing.assert_allclose(rings.gain[:, :3], slope[:, :3], rtol=1e-7, atol=1e-9)


def test_response_of_the_coherent_potential():
    """(1 - (G o G) w)^-1 by its matrix."""
    lines = lines_of(random_problem(17), 4.0)
    found, source = lines.found, np.arange(12.0)
    matrix = SiteMatrix(found.line, found.sites.pull)
    whole = np.eye(12) - found.line**2 * found.sites.pull
    np.testing.assert_allclose(matrix.lines(source), np.linalg.solve(whole, source), rtol=1e-11)
    np.testing.assert_allclose(matrix.self_energies(source), np.linalg.solve(whole.T, source), rtol=1e-11)


def test_all_points_drawn():
    """N = M without replacement is one regression: r = ridge (K + ridge)^-1 y at all points."""
    K, X = gaussian_kernel(19, 15)
    found = predict_sites(site_problem(K, X[:, :2], 15, 0.2, sampling=WITHOUT))
    left = 0.2 * np.linalg.solve(K + 0.2 * np.eye(15), X[:, :2])
    np.testing.assert_allclose(found.error_by_point[0], (left**2).sum(axis=1), rtol=1e-11)
    np.testing.assert_allclose(found.error, found.training_error, rtol=1e-12)
    np.testing.assert_allclose(found.variance, 0, atol=1e-12)


@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_no_ridge_is_the_limit_of_small_ones(sampling):
    """Ridge 0: continuous; training points are met, but copies in the training set share their noise."""
    K, X = gaussian_kernel(23, 20, width=0.5)
    problem = site_problem(K, X[:, 0], 6.0, 0.0, 0.3, sampling)
    none, little = (predict_sites(replace(problem, ridge=ridge)) for ridge in (0.0, 1e-9))
    for name in ("error", "bias", "posterior_variance", "label_noise_gain", "coefficients"):
        np.testing.assert_allclose(getattr(none, name), getattr(little, name), rtol=1e-6, atol=1e-9)
    distinct = 6.0 if sampling == WITHOUT else 20 * (1 - (1 - 1 / 20) ** 6)
    np.testing.assert_allclose(none.training_error, 0.3 * (1 - distinct / 6), rtol=1e-2, atol=1e-12)


@pytest.mark.parametrize("sampling", [WITH, WITHOUT])
def test_copies_with_equal_labels_are_one_site(sampling):
    """Each point three times: sites of three points; drawn with replacement, the same as once."""
    K, X = gaussian_kernel(29, 10, width=0.6)
    thrice = np.repeat(np.arange(10), 3)
    problem = site_problem(K[np.ix_(thrice, thrice)], X[thrice, 0], 8.0, 0.05, sampling=sampling)
    sites = sites_of(problem)
    assert sites.counts.tolist() == [3] * 10
    assert (sites.apart, sites.near) == (0, 0)
    found = predict_sites(problem)
    assert not found.warnings
    assert found.error_by_point.shape == (1, 30)
    np.testing.assert_allclose(found.error_by_point.mean(axis=1), found.error, rtol=1e-12)
    if sampling == WITH:  # draws of points are draws of sites
        single = predict_sites(site_problem(K, X[:, 0], 8.0, 0.05))
        np.testing.assert_allclose(found.error, single.error, rtol=2e-2)


def test_copies_with_other_labels_are_said():
    """The same point with two labels is two sites, a warning, and a wider bar."""
    K, X = gaussian_kernel(31, 12, width=0.6)
    twice = np.append(np.arange(12), 0)
    labels = np.append(X[:, 0], -X[0, 0])
    found = predict_sites(site_problem(K[np.ix_(twice, twice)], labels, 6.0, 0.5))
    plain = predict_sites(site_problem(K, X[:, 0], 6.0, 0.5))
    assert "2 of 13 points have exact copies with other labels" in " ".join(found.warnings)
    assert found.error_bar / found.error > 1.1 * plain.error_bar / plain.error


def test_rings_that_run_away_are_said():
    """A linear kernel with as many points as modes and little ridge: 1212 with a bar as wide as the rings."""
    X = np.random.default_rng(0).normal(size=(60, 10))
    found = predict_sites(site_problem(X @ X.T / 10, X[:, 0], [10.0, 40.0], 1e-3))
    assert "rings between points can't be summed at n = 10:" in " ".join(found.warnings)
    assert found.error_bar[0] > 0.3 * found.error[0]


def test_points_of_a_sphere_approach_the_sphere():
    """M random points of a sphere with a zonal kernel: as M grows, the learning curve of the sphere."""
    kernel = FullyConnected(2, "erf", weight_variance=2.0, bias_variance=0.1).ntk()
    sphere = learning_curve(kernel.spectrum(dim=3), Target({1: 1.0}), n=[20], ridge=5.0)
    rng = np.random.default_rng(4)
    off = []
    for size in (40, 360):
        errors = []
        for _ in range(1800 // size):
            X = rng.normal(size=(size, 3))
            X /= np.linalg.norm(X, axis=1)[:, None]
            K = kernel(np.clip(X @ X.T, -1, 1))
            problem = site_problem(K, np.sqrt(3) * X[:, 0], 20, 5.0, points="unseen")
            errors.append(predict_sites(problem, error_bar=False).error[0])
        off.append(abs(np.mean(errors) / sphere.error[0] - 1))
    assert off[0] > 0.1
    assert off[1] < 0.03


def test_test_points_are_sites_that_are_never_drawn():
    """The same points as data and as test points: errors are means over the test points."""
    K, X = gaussian_kernel(37, 12)
    both = np.append(np.arange(12), [0, 5])
    twice = predict_sites(site_problem(K[np.ix_(both, both)], X[both, 0], 5.0, 1.0, drawn=12))
    once = predict_sites(site_problem(K, X[:, 0], 5.0, 1.0))
    np.testing.assert_allclose(twice.error, once.error_by_point[0, [0, 5]].mean(), rtol=5e-3)
    for name in ("training_error", "coefficients"):
        np.testing.assert_allclose(getattr(twice, name)[0], getattr(once, name)[0], rtol=1e-7, atol=1e-9)


def test_theories_and_bars():
    """The bar of a theory is its distance from the best plus the bar of that; without it the same numbers."""
    problem = random_problem(41)
    best = predict_sites(problem)
    low = predict_sites(problem, "self-consistent")
    np.testing.assert_allclose(low.error_bar, np.abs(low.error - best.error) + best.error_bar)
    bare = predict_sites(problem, "self-consistent", error_bar=False)
    assert bare.error_bar is None
    np.testing.assert_allclose(bare.error, low.error, rtol=1e-12)
    np.testing.assert_allclose(predict_sites(problem, "loop-expansion", 0).error, low.error, rtol=1e-12)
    np.testing.assert_allclose(best.error, best.bias + best.variance, rtol=1e-12)
    np.testing.assert_allclose(best.error_by_output.sum(axis=1), best.error, rtol=1e-12)
    assert (best.theory, best.order, low.order) == ("loop-expansion", 1, None)


def test_sizes_one_by_one_or_together():
    """A list of sizes in any order: the same as each by itself; and the progress of it."""
    problem = replace(random_problem(43), n=np.array([3.0, 9.0, 5.5]))
    said = []
    found = predict_sites(problem, progress=lambda done, all_of_them: said.append((done, all_of_them)))
    assert said == [(1, 3), (2, 3), (3, 3)]
    for place, n in enumerate(problem.n):
        single = predict_sites(problem.at(np.array([n])))
        np.testing.assert_allclose(found.error[place], single.error[0], rtol=1e-9)
        np.testing.assert_allclose(found.error_bar[place], single.error_bar[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "theory", "order", "said"),
    [
        (
            {"sampling": WITHOUT, "n": np.array([13.0])},
            "auto",
            None,
            "n must be at most 12, all points, without",
        ),
        (
            {"points": "unseen", "n": np.array([40.0])},
            "auto",
            None,
            'points must be "all" where fewer than one',
        ),
        ({"sampling": "twice"}, "auto", None, "sampling must be one of"),
        ({"points": "some"}, "auto", None, "points must be one of"),
        ({}, "one-loop", None, "theory must be one of"),
        ({}, "loop-expansion", 2, "order must be an integer from 0 to 1"),
        ({}, "auto", 1, 'order must be None for theory="auto"'),
    ],
)
def test_refusals(changes, theory, order, said):
    """What the theory has no answer to is refused by name."""
    problem = replace(random_problem(47), **changes)
    with pytest.raises(ValueError, match=said):
        predict_sites(problem, theory, order)


def test_nothing_is_said_of_a_good_problem():
    """No warnings of Python or of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = predict_sites(replace(random_problem(53, size=40), ridge=0.5, n=np.array([10.0, 30.0])))
    assert found.warnings == ()
    assert found.converged.all()
