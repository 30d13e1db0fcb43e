"""Gaussian layers, the decimated chain, evidence of labels: reference rows and independent integrals."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from renormalization import (
    LatticeModel,
    Rule,
    decimated_chain_entropies,
    gaussian_layers,
    gp_conditional_entropy,
)
from tests.real_space_rows import ROWS


def rows(feature):
    return [name for name, row in ROWS.items() if row["feature"] == feature]


def halving(size, second):
    """Weight 1 - `second` on the first of each pair, `second` on the other."""
    return np.kron(np.eye(size // 2), [[1 - second, second]])


def free_field(size, mass2):
    """The inverse of the lattice Laplacian on a ring plus a mass."""
    shift = np.roll(np.eye(size), 1, axis=0)
    return np.linalg.inv((2 + mass2) * np.eye(size) - shift - shift.T)


@pytest.mark.parametrize("name", rows("layers_gaussian"))
def test_layers_of_the_free_field(name, reference):
    """16 -> 8 -> 4 -> 2 -> 1 sites of a ring of 64, by pair averages or decimation."""
    expected, tolerance = reference(name)
    params = ROWS[name]["params"]
    second = 0.5 if params["rule"] == "average" else 0.0
    maps = [halving(size, second) for size in (16, 8, 4, 2)]
    found = gaussian_layers(free_field(64, params["mass2"]), range(16), range(16, 64), maps)
    assert found.information == pytest.approx(expected["I_TE"], **tolerance)
    assert found.entropy == pytest.approx(expected["H_T"], **tolerance)
    assert found.given_environment == pytest.approx(expected["H_T_given_E"], **tolerance)
    assert found.conditional_entropy is None


@st.composite
def gaussians(draw):
    """A covariance of 6 variables, and two layers 4 -> 3 -> 1 or 2."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    root = rng.normal(size=(6, 8))
    last = draw(st.integers(1, 2))
    return root @ root.T, [rng.normal(size=(3, 4)), rng.normal(size=(last, 3))]


@given(gaussians())
def test_gaussian_layers_are_determinants(problem):
    """I(T:E) = (1/2) ln det C_TT - (1/2) ln det C_{T|E}, h(T) as SciPy has it; I never rises.

    Equation: gaussian-layers
    """
    covariance, maps = problem
    found = gaussian_layers(covariance, [0, 1, 2, 3], [4, 5], maps)
    matrix = np.eye(4)
    c_ve, c_ee = covariance[:4, 4:], covariance[4:, 4:]
    for k, step in enumerate([np.eye(4), *maps]):
        matrix = step @ matrix
        whole = matrix @ covariance[:4, :4] @ matrix.T
        given_e = whole - matrix @ c_ve @ np.linalg.solve(c_ee, c_ve.T) @ matrix.T
        expected = (np.linalg.slogdet(whole)[1] - np.linalg.slogdet(given_e)[1]) / 2
        assert found.information[k] == pytest.approx(expected, rel=1e-8, abs=1e-10)
        entropy = multivariate_normal(cov=whole, allow_singular=True).entropy()
        assert found.entropy[k] == pytest.approx(entropy, rel=1e-9, abs=1e-9)
    assert (np.diff(found.information) <= 1e-12).all()


def test_small_gaussian_information_keeps_its_digits():
    """I = -ln(1 - r^2)/2 at r = 1e-9, where a difference of determinants has no digit left."""
    found = gaussian_layers([[1.0, 1e-9], [1e-9, 1.0]], [0], [1], [])
    assert found.information[0] == pytest.approx(
        float(-mpmath.log1p(-(mpmath.mpf(1e-9) ** 2)) / 2), rel=1e-12
    )


def test_layers_of_the_decimated_chain(reference):
    """H(X|T_l)/N and H(T_l)/N at K = 1, l = 0 ... 6."""
    expected, tolerance = reference("conditional_entropy/chain_K1")
    found = decimated_chain_entropies(1.0, 6)
    assert found.entropy == pytest.approx(expected["H_T"], **tolerance)
    assert found.conditional_entropy == pytest.approx(expected["H_X_given_T"], **tolerance)
    assert found.information is None
    assert found.given_environment is None


@given(st.floats(-12, 12), st.integers(0, 6))
def test_decimated_chain_in_many_digits(coupling, layers):
    """2^-l s(tanh(K)^(2^l)) with 60 digits, however strong the coupling."""
    with mpmath.workdps(60):
        t = mpmath.tanh(mpmath.mpf(coupling))
        expected = []
        for layer in range(layers + 1):
            p = [(1 + sign * t ** (2**layer)) / 2 for sign in (1, -1)]
            expected.append(float(-sum(x * mpmath.log(x) for x in p if x) / 2**layer))
    found = decimated_chain_entropies(coupling, layers)
    assert found.entropy == pytest.approx(expected, rel=1e-12)


def test_decimated_chain_is_that_of_layers():
    """Of an open chain of 9 spins H(T_l) = ln 2 + 8 (H(T_l)/N of the infinite one): (5.6).

    Equation: decimated-chain
    """
    model = LatticeModel.ising(10, 0.7)
    pairs = [([(0, 1), (2, 3), (4, 5), (6, 7), (8,)], [Rule.decimation(2)] * 4 + [Rule.decimation(1)])]
    pairs += [([(0, 1), (2, 3), (4,)], [Rule.decimation(2)] * 2 + [Rule.decimation(1)])]
    found = model.layers(range(9), [9], pairs)
    expected = math.log(2) + 8 * decimated_chain_entropies(0.7, 2).entropy
    assert found.entropy == pytest.approx(expected, rel=1e-12)


def test_evidence_of_relu_layers(reference):
    """The labels sign(x_0 x_1), sign(x_2) given the kernel after 0 to 4 ReLU layers."""
    expected, tolerance = reference("gp_evidence/ridge1.0")
    x = np.random.default_rng(5).normal(size=(60, 6))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    labels = np.stack([np.sign(x[:, 0] * x[:, 1]), np.sign(x[:, 2])], axis=1)
    kernel, found = x @ x.T, []
    for _ in range(5):
        found.append(gp_conditional_entropy(kernel, labels, 1.0))
        sizes = np.sqrt(np.diag(kernel))
        angle = np.arccos(np.clip(kernel / np.outer(sizes, sizes), -1, 1))
        kernel = np.outer(sizes, sizes) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi
    assert found == pytest.approx(expected["evidence"], **tolerance)


def test_evidence_is_a_gaussian_density():
    """-ln of SciPy's normal density of each output, averaged over outputs.

    Equation: label-evidence
    """
    rng = np.random.default_rng(3)
    root, labels = rng.normal(size=(4, 5)), rng.normal(size=(4, 3))
    kernel = root @ root.T
    density = multivariate_normal(cov=kernel + 0.3 * np.eye(4))
    expected = -np.mean([density.logpdf(column) for column in labels.T])
    assert gp_conditional_entropy(kernel, labels, 0.3) == pytest.approx(expected, rel=1e-12)


EYE = np.eye(3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((np.ones((2, 3)), [0], [1], []), "covariance must be square"),
        (([[1.0, 0.5], [0.1, 1.0]], [0], [1], []), "covariance must be symmetric"),
        ((np.ones((3, 3)), [0, 1], [2], []), "covariance must be positive definite"),
        (([[1.0, 2.0], [2.0, 1.0]], [0], [1], []), "covariance must be positive definite"),
        ((EYE, [0, 1], [1], []), "environment must not overlap"),
        ((EYE, [], [1], []), "block must be numbers of rows"),
        ((EYE, [0, 0], [1], []), "block must be different numbers"),
        ((EYE, [0], [3], []), "environment must be rows of covariance, numbers from 0 to 2"),
        ((EYE, [0, 1], [2], [EYE]), r"maps\[0\] must have 2 columns"),
        ((EYE, [0, 1], [2], [np.ones((2, 2))]), r"maps\[0\] must have independent rows"),
        ((EYE, [0, 1], [2], [[[np.nan, 1.0]]]), r"maps\[0\]"),
    ],
)
def test_gaussian_layers_that_are_none(arguments, said):
    """The message names the argument."""
    with pytest.raises(ValueError, match=said):
        gaussian_layers(*arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((np.ones((2, 3)), np.ones((2, 1)), 1.0), "kernel_matrix must be square"),
        (([[1.0, 0.5], [0.1, 1.0]], np.ones((2, 1)), 1.0), "kernel_matrix must be symmetric"),
        (
            (EYE, np.ones((2, 1)), 1.0),
            r"labels must have a row for each row of kernel_matrix, shape \(3, outputs\)",
        ),
        ((np.ones((3, 3)), np.ones((3, 1)), 0.0), "ridge must make kernel_matrix positive definite"),
        ((EYE, np.ones((3, 1)), -1.0), "ridge must be"),
    ],
)
def test_evidence_that_is_none(arguments, said):
    """The message names the argument."""
    with pytest.raises(ValueError, match=said):
        gp_conditional_entropy(*arguments)


@pytest.mark.parametrize(("coupling", "layers"), [(math.nan, 1), (math.inf, 1), (0.5, -1), (0.5, 1.5)])
def test_decimated_chain_that_is_none(coupling, layers):
    """Neither a coupling that is no number nor a fraction of a layer."""
    with pytest.raises(ValueError, match="coupling must be|layers must be"):
        decimated_chain_entropies(coupling, layers)
