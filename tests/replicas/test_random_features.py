"""Corrections in 1/h of regression on random features, from the words of their diagrams."""

import json
import math
from collections import Counter
from itertools import combinations, combinations_with_replacement, product
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf
from scipy.stats import multinomial
from threadpoolctl import threadpool_limits

import replicas
from fieldtheory import budget, cite
from replicas.random_features.average import FeatureAverage
from replicas.random_features.diagrams import feature_expansion
from replicas.random_features.line import FeatureLine
from replicas.random_features.nodes import FeatureNodes
from replicas.random_features.terms import feature_terms
from replicas.random_features.width_expansion import WidthExpansion

DATA = json.loads((Path(__file__).parents[1] / "data" / "regimes.json").read_text(encoding="utf-8"))
ROWS = {row["id"]: row for row in DATA["rows"]}


def sphere_task(test):
    """train, labels, test, test labels of the protocol of random_features"""
    points = np.random.default_rng(2).normal(size=(448, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    labels = 5 * points[:, 0] * points[:, 1] + points[:, 2]
    return points[:48], labels[:48], points[48 : 48 + test], labels[48 : 48 + test]


def sphere_corrections(test=100, **changes):
    return replicas.width_corrections(
        replicas.RandomFeatures("erf", gain=5**0.5), *sphere_task(test), 0.01, **changes
    )


@pytest.fixture(scope="module")
def sphere():
    return sphere_corrections(order=2, samples=1 << 16)


def close(found, error, row, name):
    """within four standard errors of both"""
    return abs(found - row["values"][name]) < 4 * math.hypot(error, row["stderr"][name])


def test_limits_on_the_reference_data(sphere):
    """h Var = 14.953(43), h (MSE - MSE_inf) = 13.11(10), MSE_inf exact: random_features_limit/sphere"""
    row = ROWS["random_features_limit/sphere"]
    assert sphere.infinite_width_error == pytest.approx(row["values"]["mse_infinite"], rel=1e-8)
    assert close(sphere.variance, sphere.variance_stderr, row, "h_var")
    assert close(sphere.excess, sphere.excess_stderr, row, "h_excess")
    assert sphere.variance_stderr < row["stderr"]["h_var"] * 1.5  # from a sixth of its features
    wide = sphere_corrections(test=400, samples=64)
    exact = ROWS["random_features/infinite_width"]["values"]["mse_400"]
    assert wide.infinite_width_error == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("h", [256, 1024])
def test_series_at_finite_width(sphere, h):
    """h Var and h (MSE - MSE_inf) of simulations: the limits and the terms of order 1/h beside them"""
    row, found = ROWS[f"random_features/h{h}"], sphere.at(h)
    assert close(h * found.variance, h * found.variance_stderr, row, "h_var")
    assert close(h * found.excess, h * found.excess_stderr, row, "h_excess")
    assert found.error == pytest.approx(sphere.infinite_width_error + found.excess, rel=1e-14)


def test_first_order_alone_is_not_enough(sphere):
    """At h = 256 the limit of h Var lies below the simulation by more than both errors explain"""
    row = ROWS["random_features/h256"]
    assert row["values"]["h_var"] - sphere.variance > 4 * math.hypot(
        row["stderr"]["h_var"], sphere.variance_stderr
    )


@pytest.mark.parametrize("h", [512, 4096])
def test_ensembles(h):
    """Variance, error and that of the mean of 48 members, (MSE - Var) + Var/48: random_features_ensemble"""
    row = ROWS[f"random_features_ensemble/h{h}"]
    found = sphere_corrections(test=400, order=2, samples=1 << 13).at(h)
    assert close(h * found.variance, h * found.variance_stderr, row, "h_var")
    assert close(found.error, found.excess_stderr, row, "mean_mse")
    ensemble = found.error - found.variance * 47 / 48
    assert close(ensemble, found.excess_stderr + found.variance_stderr, row, "ensemble_mse")


def test_digits_at_second_order():
    """h = 3200: the limit of h Var is 5 % low, with order 2 it is that of digits_features/h3200"""
    datasets = pytest.importorskip("sklearn.datasets")
    points, digits = datasets.load_digits(return_X_y=True)
    points = points - points.mean(axis=0)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    order = np.random.default_rng(0).permutation(len(points))
    points, labels = points[order], np.where(digits[order] % 2 == 0, 1.0, -1.0)
    found = replicas.width_corrections(
        replicas.RandomFeatures("erf", gain=3.0),
        *(points[:300], labels[:300], points[300:800], labels[300:800]),
        0.01,
        order=2,
        samples=1 << 12,
    )
    row, at = ROWS["digits_features/h3200"], found.at(3200)
    assert close(3200 * at.variance, 3200 * at.variance_stderr, row, "h_var")
    assert close(at.error, at.excess_stderr, row, "mean_mse")
    assert 0.05 < at.variance * 3200 / found.variance - 1 < 0.1


class FewFeatures:
    """A law of a feature with few values: atoms (P + T, M), their probabilities, labels, a ridge."""

    def __init__(self, atoms, chances, labels, test_labels, ridge):
        self.atoms, self.chances, self.ridge = atoms, chances, ridge
        self.labels, self.test_labels = labels, test_labels
        self.train, self.test = np.split(atoms, [len(labels)])

    @classmethod
    def drawn(cls, seed, values, train=2, test=2):
        rng = np.random.default_rng(seed)
        chances = rng.integers(1, 5, size=values)
        numbers = [rng.integers(-8, 9, size=size) / 4 for size in ((train + test, values), train, test)]
        return cls(numbers[0], chances / chances.sum(), *numbers[1:], 1.5)

    def predictions(self, shares):
        """f (k, T) for numbers of each feature over h, (k, M)"""
        kernels = np.einsum("am,km,bm->kab", self.train, shares, self.train)
        kernels += self.ridge * np.eye(len(self.labels))
        solved = np.linalg.solve(
            kernels, np.broadcast_to(self.labels[:, None], (len(shares), *kernels.shape[1:2], 1))
        )
        return np.einsum("tm,km,bm,kb->kt", self.test, shares, self.train, solved[..., 0])

    def symbols(self):
        """f at the first test point as a rational function of shares c_1 ... c_M"""
        c = sympy.symbols(f"c1:{len(self.chances) + 1}")
        exact = [[sympy.Rational(x) for x in row] for row in self.atoms.tolist()]
        y = sympy.Matrix([sympy.Rational(x) for x in self.labels.tolist()])
        p = len(y)
        kernel = sympy.Matrix(
            p, p, lambda a, b: sum(x * u * v for x, u, v in zip(c, exact[a], exact[b], strict=True))
        )
        row = sympy.Matrix(
            1, p, lambda _, b: sum(x * u * v for x, u, v in zip(c, exact[p], exact[b], strict=True))
        )
        total = kernel + sympy.Rational(self.ridge) * sympy.eye(p)
        return c, (row * total.adjugate() * y)[0] / total.det()

    def sums(self, ensemble):
        """By order: shift, variance and products of shifts, from the diagrams at the atoms"""
        line = FeatureLine.of(
            (self.train * self.chances) @ self.train.T,
            (self.test * self.chances) @ self.train.T,
            self.test**2 @ self.chances,
            self.labels,
            self.ridge,
        )
        nodes = FeatureNodes(line, self.train, self.test, self.chances)
        average = FeatureAverage(nodes, nodes)
        return [[average.sums(each) for each in terms] for terms in WidthExpansion.of(2, ensemble).terms()]


def slopes(c, function, chances):
    """Derivatives of a function of shares at their means, exactly, by sets of indices"""
    at = dict(zip(c, map(sympy.Rational, chances.tolist()), strict=True))
    found = {(): function}
    for order in range(4):
        for key in combinations_with_replacement(range(len(c)), order + 1):
            found[key] = sympy.diff(found[key[:-1]], c[key[-1]])
    return {key: each.subs(at) for key, each in found.items()}


def squared(slope):
    """Derivatives of the square of a function about its value at the means"""
    found = {}
    for key in slope:
        places = range(len(key))
        halves = [part for k in range(1, len(key)) for part in combinations(places, k)]
        found[key] = sum(
            slope[tuple(key[x] for x in part)] * slope[tuple(key[x] for x in places if x not in part)]
            for part in halves
        )
    return found


def cumulant(p, ensemble, *indices):
    """Of n/h times h^(m - 1): Poisson numbers of mean p_i, or one draw"""
    same = p[indices[0]] if len(set(indices)) == 1 else 0
    if ensemble == "poisson":
        return same
    if len(indices) == 2:
        return same - p[indices[0]] * p[indices[1]]
    i, j, k = indices
    pairs = sum(p[a] * p[x] for a, b, x in ((i, j, k), (i, k, j), (j, k, i)) if a == b)
    return same - pairs + 2 * p[i] * p[j] * p[k]


def taylor(slope, chances, ensemble):
    """1/h and 1/h^2 of <F(n/h)>: F_ij k_ij/2, and F_ijk k_ijk/6 + F_ijkl k_ij k_kl/8"""
    p = [sympy.Rational(x) for x in chances.tolist()]
    first, second = sympy.Integer(0), sympy.Integer(0)
    for order in (2, 3, 4):
        for each in product(range(len(p)), repeat=order):
            value = slope[tuple(sorted(each))]
            if order < 4:
                value *= cumulant(p, ensemble, *each) / math.factorial(order)
            else:
                value *= cumulant(p, ensemble, *each[:2]) * cumulant(p, ensemble, *each[2:]) / 8
            first, second = (first + value, second) if order == 2 else (first, second + value)
    return float(first), float(second)


@pytest.mark.parametrize("values", [2, 3])
def test_diagrams_are_the_cumulant_expansion(values):
    """<f>, <f^2> for features of few values: derivatives of rational functions, cumulants of their numbers

    Equations: random-features, feature-line
    """
    law = FewFeatures.drawn(3, values)
    slope = slopes(*law.symbols(), law.chances)
    for ensemble in ("fixed", "poisson"):
        expected = [taylor(each, law.chances, ensemble) for each in (slope, squared(slope))]
        for found, shift, both in zip(law.sums(ensemble), *expected, strict=True):
            assert found[0][0] == pytest.approx(shift, rel=1e-11)
            assert found[1][0] + found[2][0] == pytest.approx(both, rel=1e-11)


@pytest.mark.parametrize("seed", range(3))
def test_series_against_all_draws(seed):
    """What all draws of h features of three values have beyond 1/h^2 falls as 1/h^3

    Equation: width-excess
    """
    law = FewFeatures.drawn(seed, 3)
    infinite = law.predictions(law.chances[None])[0]
    rests = []
    for h in (100, 200):
        numbers = np.array([(i, j, h - i - j) for i in range(h + 1) for j in range(h + 1 - i)])
        chance = multinomial.pmf(numbers, h, law.chances)
        f = law.predictions(numbers / h)
        mean = chance @ f
        exact = np.array([mean - infinite, chance @ (f - mean) ** 2, chance @ (f - infinite) ** 2])
        series = sum(
            np.array([shift, variance, variance + products]) / h**k
            for k, (shift, variance, products) in enumerate(law.sums("fixed"), start=1)
        )
        rests.append(exact - series)
    assert rests[0] / rests[1] == pytest.approx(8, rel=0.25)


def test_closed_formulas_on_the_same_nodes():
    """(2.3) Var_w[u e], (2.4) -E[u (phi A phi) e] + GKAy - GKAKAy, at the features themselves

    Equation: width-limits
    """
    rng = np.random.default_rng(5)
    x, x_test, y, y_test = (rng.normal(size=size) for size in ((12, 4), (7, 4), 12, 7))
    w, ridge = rng.normal(size=(4, 500)), 0.05
    phi, psi = erf(x @ w), erf(x_test @ w)
    share = np.full(500, 1 / 500)
    K, cross = phi @ phi.T / 500, psi @ phi.T / 500
    A = np.linalg.inv(K + ridge * np.eye(12))
    G, f0 = cross @ A, cross @ A @ y
    u, e, loop = psi - G @ phi, y @ A @ phi, np.einsum("aw,ab,bw->w", phi, A, phi)
    variance = (u**2 * e**2).mean(axis=1) - (f0 - G @ K @ A @ y) ** 2
    shift = -(u * loop * e).mean(axis=1) + G @ K @ A @ y - G @ K @ A @ K @ A @ y
    line = FeatureLine.of(K, cross, np.mean(psi**2, axis=1), y, ridge)
    nodes = FeatureNodes(line, phi, psi, share)
    found = [FeatureAverage(nodes, nodes).sums(each) for each in WidthExpansion.of(1, "fixed").terms()[0]]
    assert found[0] == pytest.approx(shift, rel=1e-9, abs=1e-10 * np.abs(shift).max())
    assert found[1] == pytest.approx(variance, rel=1e-10)
    assert not found[2].any()
    assert line.prediction == pytest.approx(f0, rel=1e-11)


@pytest.mark.parametrize(("activation", "ensemble"), [("relu", "fixed"), ("tanh", "poisson")])
def test_other_activations_against_simulation(activation, ensemble):
    """Variance and mean error at h = 64, points of any norm, exactly h features or a Poisson number"""
    rng = np.random.default_rng(7)
    x, x_test = rng.normal(size=(6, 3)), rng.normal(size=(5, 3))
    y, y_test = np.sin(x[:, 0]), np.sin(x_test[:, 0])
    features, h, repeats = replicas.RandomFeatures(activation, gain=1.3), 64, 4000
    found = replicas.width_corrections(
        features, x, y, x_test, y_test, 0.2, order=2, ensemble=ensemble, samples=1 << 14
    ).at(h)
    errors, f = np.empty(repeats), np.empty((repeats, 5))
    for k in range(repeats):
        number = h if ensemble == "fixed" else rng.poisson(h)
        w = rng.normal(size=(3, number))
        phi, psi = features.values(x, w), features.values(x_test, w)
        f[k] = psi @ phi.T @ np.linalg.solve(phi @ phi.T + h * 0.2 * np.eye(6), y)
        errors[k] = np.mean((f[k] - y_test) ** 2)
    squares = np.mean((f - f.mean(axis=0)) ** 2, axis=1)
    for mean, each, name in ((squares, found.variance, "variance"), (errors, found.error, "error")):
        assert abs(each - mean.mean()) < 4 * mean.std() / math.sqrt(repeats), name


@given(seed=st.integers(0, 10**6), factor=st.floats(0.1, 10.0))
@settings(max_examples=10, deadline=None)
def test_labels_scale(seed, factor):
    """Shift is linear, variance quadratic in the labels, term by term"""
    rng = np.random.default_rng(seed)
    x, x_test, y, y_test = (rng.normal(size=size) for size in ((4, 2), (3, 2), 4, 3))
    one, other = (
        replicas.width_corrections(
            replicas.RandomFeatures("erf"), x, c * y, x_test, c * y_test, 0.1, order=2, samples=64
        )
        for c in (1.0, factor)
    )
    assert other.shift_by_point == pytest.approx(factor * one.shift_by_point, rel=1e-6, abs=1e-9)
    assert other.variance_by_point == pytest.approx(factor**2 * one.variance_by_point, rel=1e-6, abs=1e-9)
    assert other.excess_terms == pytest.approx(factor**2 * one.excess_terms, rel=1e-6, abs=1e-9)


def test_ensembles_differ_by_single_visits():
    """At order 1/h a Poisson number adds (r G A y)^2 to the variance and -r G A K A y to the shift"""
    fixed, poisson = (sphere_corrections(samples=64, ensemble=each) for each in ("fixed", "poisson"))
    x, y, x_test, _ = sphere_task(100)
    features = replicas.RandomFeatures("erf", gain=5**0.5)
    K, A = features.kernel(x), np.linalg.inv(features.kernel(x) + 0.01 * np.eye(48))
    G = features.kernel(x_test, x) @ A
    once = 0.01 * G @ A @ y
    difference = poisson.variance_by_point[0] - fixed.variance_by_point[0]
    assert difference == pytest.approx(once**2, rel=1e-6, abs=1e-9)
    difference = poisson.shift_by_point[0] - fixed.shift_by_point[0]
    assert difference == pytest.approx(-0.01 * G @ A @ K @ A @ y, rel=1e-6, abs=1e-9)


def test_means_and_points(sphere):
    """Scalars are means over test points; errors of the series at h that of its terms, taken together"""
    for name in ("shift", "variance", "excess"):
        points = getattr(sphere, f"{name}_by_point")
        assert points.shape == (2, 100)
        assert points.mean(axis=1) == pytest.approx(getattr(sphere, f"{name}_terms"), rel=1e-10)
        assert getattr(sphere, name) == getattr(sphere, f"{name}_terms")[0]
        assert getattr(sphere, f"{name}_stderr") == getattr(sphere, f"{name}_terms_stderr")[0]
        assert (getattr(sphere, f"{name}_by_point_stderr") > 0).all()
    at = sphere.at(1e9)
    assert at.variance * 1e9 == pytest.approx(sphere.variance, rel=1e-6)
    assert at.variance_stderr * 1e9 == pytest.approx(sphere.variance_stderr, rel=1e-5)


def test_standard_errors_are_those_of_many_seeds():
    """The spread over 40 seeds is the mean standard error, within its own error"""
    found = [sphere_corrections(test=4, samples=256, seed=seed, order=2) for seed in range(40)]
    for name in ("shift", "variance", "excess"):
        terms = np.array([getattr(each, f"{name}_terms") for each in found])
        stated = np.array([getattr(each, f"{name}_terms_stderr") for each in found])
        ratio = terms.std(axis=0, ddof=1) / np.sqrt(np.mean(stated**2, axis=0))
        assert ((ratio > 0.6) & (ratio < 1.5)).all(), name


def test_same_numbers_for_any_number_of_threads():
    """Seeds decide, threads and what was computed before do not"""
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(sphere_corrections(samples=2048, order=2, seed=3))
    assert (found[0].variance_by_point == found[1].variance_by_point).all()
    assert (found[0].groups == found[1].groups).all()
    assert found[0].variance != sphere_corrections(samples=2048, seed=4).variance


@pytest.mark.parametrize("samples", [32, 100, 5000])
def test_samples_are_at_least_those_asked_for(samples):
    """At least 16 pairs of sets of 2^k features, less than one pair too many"""
    found = sphere_corrections(test=3, samples=samples)
    pair = found.samples // found.groups.shape[-1]
    assert pair & (pair - 1) == 0
    assert samples <= found.samples < samples + pair
    assert found.groups.shape[-1] >= 16


def test_words_of_features():
    """Order 1/h: 11 on one line, 1/1 on two; order 2: 111, 1122, 1212, 1221 and all their cuts"""
    assert [str(each) for each in feature_expansion("shift", 1, "poisson")] == ["11"]
    assert [str(each) for each in feature_expansion("variance", 1, "fixed")] == ["1/1", "1/2|12"]
    cuts = [str(each) for each in feature_expansion("square", 2, "poisson")]
    assert Counter(each.replace("/", "") for each in cuts) == {"111": 2, "1122": 3, "1212": 3, "1221": 3}
    left = {str(each) for each in feature_expansion("variance", 2, "poisson")}
    assert set(cuts) - left == {"11/22"}


def engine_word(found):
    """The lines of a replica diagram from end to end, visits named by points in order of first visits"""
    diagram, names, parts = found.diagram, {}, []
    lines = [(i, j) for i, j, p in diagram.edges if p == 0]
    point = {i: j for i, j, p in diagram.edges if p == 1}
    for end in range(0, len(diagram.external), 2):
        node, before, visits = end, None, ""
        while node != end + 1:
            node, before = next(
                (b if a == node else a, node) for a, b in lines if node in (a, b) and before not in (a, b)
            )
            if node in point:
                visits += str(names.setdefault(point[node], len(names) + 1))
        parts.append(visits)
    return "/".join(parts)


@pytest.mark.parametrize(("quantity", "of_regression"), [("shift", "mean"), ("variance", "variance")])
@pytest.mark.parametrize("order", [1, 2])
def test_words_are_those_of_the_diagram_engine(quantity, of_regression, order):
    """The replicated action of regression gives the same diagrams, features in the place of points"""
    expansion = replicas.gp_regression_action().expand(of_regression, order=order)
    found = feature_expansion(quantity, order, "poisson")
    assert Counter(map(engine_word, expansion)) == Counter(map(str, found))
    assert all(each.symmetry_factor == 1 for each in expansion)
    signs = {str(each): each.weight for each in found}
    lines = 1 if quantity == "shift" else 2
    for each in expansion:
        assert signs[engine_word(each)] == (-1) ** (each.visits - lines)


def test_pictures():
    """A line between two ends for each factor f_h, and a vertex for each block"""
    (diagram,) = feature_expansion("shift", 1, "poisson")
    assert len(diagram.diagram.edges) == 5
    assert diagram.diagram.weight == 1 / sympy.Symbol("h", positive=True)
    assert "<svg" in diagram.to_svg()
    assert "12/21" in feature_expansion("variance", 2, "poisson").to_svg()


@pytest.mark.parametrize(("quantity", "number"), [("shift", 17), ("square", 46), ("variance", 42)])
def test_numbers_of_diagrams(quantity, number):
    """Partitions of 3 visits (5), 4 in two blocks (3) of one or two features each (4), times cuts"""
    assert len(feature_expansion(quantity, 2)) == number


@given(
    st.sampled_from(["shift", "variance", "square"]), st.integers(1, 2), st.sampled_from(["fixed", "poisson"])
)
def test_terms_have_all_weights(quantity, order, ensemble):
    """Collecting diagrams by value keeps the sum of their weights, that of the expression at u = a = e = 1"""
    expansion = feature_expansion(quantity, order, ensemble)
    weights = sum(each.weight for each in expansion)
    assert sum(feature_terms(expansion).values()) == weights
    assert expansion.expression.subs(dict.fromkeys(expansion.expression.free_symbols, 1)) == weights
    if ensemble == "fixed":  # a feature that never varies has no corrections
        assert weights == 0


def test_printed_expansion(sphere):
    """Diagrams with their weights, as text and LaTeX"""
    text = str(sphere.expansion)
    assert "12/12: a12**2*e2**2*u1**2" in text
    assert text.count("\n") == len(sphere.expansion) + 3
    assert len(list(sphere.expansion)) == len(sphere.expansion) == 63
    latex = sphere.expansion.latex()
    assert r"- \left\langle a_{11} e_{1} u_{1} \right\rangle" in latex
    assert r"\frac{1}{h^{2}}" in latex
    assert latex.count(r"\left") == latex.count(r"\right")


def test_result(sphere):
    """One line, the papers"""
    assert repr(sphere).startswith("WidthCorrections(infinite_width_error=1.143, variance=")
    assert "\n" not in repr(sphere)
    assert "{geiger-parameters," in cite(sphere)


def right(**changes):
    x = np.arange(6.0).reshape(3, 2) / 5
    return {
        "features": replicas.RandomFeatures("erf"),
        "train": x,
        "labels": [1.0, -1.0, 1.0],
        "test": x[:2],
        "test_labels": [1.0, -1.0],
        "ridge": 0.1,
        "samples": 64,
    } | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": "erf"}, r"features must be replicas.RandomFeatures\(...\) \(got 'erf'\)"),
        ({"train": [1.0, 2.0]}, r"train must be a matrix with one point in each row \(got shape \(2,\)\)"),
        ({"labels": [1.0]}, r"labels must be 3, one for each point of train \(got 1\)"),
        ({"test": [[1.0]]}, r"test must have points of dimension 2, as train has \(got 1\)"),
        ({"test_labels": [1.0, math.nan]}, "test_labels must be finite"),
        ({"ridge": 0.0}, "ridge must be"),
        ({"ridge": 1e-20}, "ridge must be above .*, the rounding of this kernel"),
        ({"order": 3}, r"order must be from 1 to 2 \(got 3\)|order must be at most 2 \(got 3\)"),
        ({"ensemble": "poison"}, "ensemble must be .*poisson"),
        ({"samples": 31}, r"samples must be at least 32 \(got 31\)"),
        ({"seed": -1}, r"seed must be at least 0 \(got -1\)"),
    ],
)
def test_bad_input(changes, message):
    """Messages name argument, value and what would be right"""
    with pytest.raises(ValueError, match=message):
        replicas.width_corrections(**right(**changes))


def test_bad_features():
    """Gains from 1e-3 to 1e3, known activations, weights with a row for each axis; widths of at least 1"""
    with pytest.raises(ValueError, match=r"gain must be from 0.001 to 1000 \(got 1e\+06\)"):
        replicas.RandomFeatures("erf", gain=1e6)
    with pytest.raises(ValueError, match="activation"):
        replicas.RandomFeatures("erff")
    with pytest.raises(ValueError, match=r"weights must have 2 rows, one for each axis of X \(got 1\)"):
        replicas.RandomFeatures("erf").values([[1.0, 2.0]], [[1.0]])
    with pytest.raises(ValueError, match=r"width must be finite and at least 1 \(got 0.5\)"):
        replicas.width_corrections(**right()).at(0.5)


def test_cost_is_said_before_the_work():
    """A billion samples are refused within a budget of a second"""
    with budget(max_time=1.0), pytest.raises(ValueError, match="samples or the number of points"):
        replicas.width_corrections(**right(samples=10**9))
