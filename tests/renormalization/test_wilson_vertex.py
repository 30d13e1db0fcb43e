"""The vertex between kept and removed modes: triple products of Gegenbauer polynomials, traces on data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from sympy.physics.wigner import wigner_3j

from diagrams import UnreducedDiagram
from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import AngleTransform, gauss_rule, gegenbauer, multiplicities
from renormalization import WilsonFlow
from renormalization.wilson.vertex import split_words
from replicas.self_energy.word_table import self_energy_table

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "wilson.json").read_text(encoding="utf-8"))[
    "rows"
]


def test_split_words_add_up():
    """f = f_< + f_>: over all ways to split the lines, the crossed words of the undivided line."""
    rng = np.random.default_rng(1)
    line = rng.random(5)
    kept = np.where(np.arange(5) < 2, line, 0.0)
    for order in (2, 3):
        table = self_energy_table(order, skeleton=True)
        transform = table.transform(4, 4)
        degrees = multiplicities(4, 4)
        whole = table.values(line, degrees * line, transform, degrees)[order - 1]
        padded = np.zeros((2, transform.max_degree + 1))
        padded[:, :5] = kept, line - kept
        found = sum(split_words(order).values(*padded, transform))
        np.testing.assert_allclose(found, whole.local + whole.smooth, rtol=1e-12)


def test_split_words_refuse_a_core():
    """Order 5 has words that reduce to no line: refused, as by the table of the self-energy."""
    with pytest.raises(UnreducedDiagram, match="must reduce to one line"):
        split_words(5)


@pytest.mark.parametrize("degree", range(4))
def test_triple_product_by_wigner_symbols(degree):
    """[P_a P_a P_b]_l = sum_L (2L+1) (a a L; 000)^2 (L b l; 000)^2 in three dimensions, three ways."""
    a, b = 2, 3
    expected = (
        -3
        * 5
        * 5
        * 7
        * 0.3**2
        * 0.1
        * float(
            sum(
                (2 * L + 1) * wigner_3j(a, a, L, 0, 0, 0) ** 2 * wigner_3j(L, b, degree, 0, 0, 0) ** 2
                for L in range(2 * a + 1)
            )
        )
    )
    kept, removed = np.zeros(4), np.zeros(4)
    kept[a], removed[b] = 0.3, 0.1
    transform = AngleTransform.build(3, 3, 9)
    assert split_words().values(kept, removed, transform)[1][degree] == pytest.approx(expected, abs=1e-15)


def test_weak_coupling():
    """K_< << N kappa: x_1 -> 3 N int K_<^3 K_> dmu/(s^2 K_<(1)), s = ridge + trace above the cut-off."""
    lam, dim, n, ridge = np.array([1.0, 0.3, 0.1, 0.05]), 4, 10, 1e5
    spectrum = Spectrum.from_arrays(lam, multiplicities(3, dim), dim=dim)
    t, weights = gauss_rule(dim, 20)
    below, above = np.split(spectrum.degree_traces[:, None] * gegenbauer(3, t, dim), [2])
    product = weights @ (below.sum(axis=0) ** 3 * above.sum(axis=0))
    expected = 3 * n * product / (ridge**2 * spectrum.degree_traces[:2].sum())
    found = WilsonFlow(spectrum, n, ridge).corrections(1)
    assert found.leading == pytest.approx(expected, rel=1e-3)
    assert found.first_order == pytest.approx(expected, rel=1e-3)


def gram_matrices(spectrum, cutoff, n, sets, seed):
    """K_< and K of random data sets, shape (sets, n, n)."""
    points = np.random.default_rng(seed).normal(size=(sets, n, spectrum.dim))
    points /= np.linalg.norm(points, axis=-1, keepdims=True)
    polynomials = gegenbauer(spectrum.max_degree, np.einsum("sid,sjd->sij", points, points), spectrum.dim)
    terms = spectrum.degree_traces[:, None, None, None] * polynomials
    return terms[: cutoff + 1].sum(axis=0), terms.sum(axis=0)


@pytest.mark.parametrize(("n", "ridge", "sets"), [(12, 3.0, 40000), (24, 1.0, 20000)])
def test_traces_on_sampled_data_sets(n, ridge, sets):
    """x_1 = Tr[R K_< R delta]/Tr[K_< R^2], and s_R from Tr[K_<(K_<+s_R)^-1] = Tr[K_<(K+sigma^2)^-1]."""
    spectrum = Spectrum.from_arrays([1.0, 0.2, 0.02, 0.005], multiplicities(3, 5), dim=5)
    cutoff = 1
    flow = WilsonFlow(spectrum, n, ridge)
    below, full = gram_matrices(spectrum, cutoff, n, sets, seed=5)
    one = np.eye(n)
    above = spectrum.degree_traces[cutoff + 1 :].sum()
    resolvent = np.linalg.inv(below + (ridge + above) * one)
    squared = np.einsum("sij,sjk,ski->s", resolvent, below, resolvent, optimize=True)
    first = np.einsum(
        "sij,sjk,skl,sli->s", resolvent, below, resolvent, full - below - above * one, optimize=True
    )
    # the ratio of means, as data averages of traces enter the definition of the ridge
    samples = first / squared.mean()
    found, noise = samples.mean(), samples.std() / np.sqrt(sets)
    expected = flow.corrections(cutoff).first_order
    assert abs(found - expected) < 4 * noise + 0.15 * expected
    assert expected > 8 * noise  # the sample tells it from zero
    freedom = np.einsum("sij,sji->s", below, np.linalg.inv(full + ridge * one))
    eigenvalues = np.linalg.eigvalsh(below).clip(0)

    def excess(shift):
        return (eigenvalues / (eigenvalues + shift)).sum(axis=1) - freedom

    measured = brentq(lambda shift: excess(shift).mean(), ridge, ridge + 2 * above)
    slope = (eigenvalues / (eigenvalues + measured) ** 2).sum(axis=1).mean()
    noise = excess(measured).std() / np.sqrt(sets) / slope
    couplings = flow.at(cutoff)
    corrected = flow.at(cutoff, vertex=True).ridge
    assert abs(corrected - measured) < 4 * noise + 0.1 * abs(corrected - couplings.ridge)
    assert abs(couplings.ridge - measured) > 10 * noise  # screening alone misses it


@pytest.mark.parametrize(
    "row", [pytest.param(r, id=r["id"]) for r in REFERENCE if r["feature"] == "wilson_ridge"]
)
def test_reference_shift(row, reference_spectrum):
    """screened + vertex against the measured shift: within 1.5 %, or 4 standard errors."""
    p, values = row["params"], row["values"]
    flow = WilsonFlow(
        reference_spectrum(p["kernel"], p["d"], {3: 300, 5: 80}.get(p["d"], 14)), p["n"], p["ridge"]
    )
    measured, noise = values["delta_measured"], row["stderr"]["delta_measured"]
    found = flow.at(p["cutoff_l"], vertex=True).ridge - p["ridge"]
    assert abs(found / measured - 1) < 0.015
    assert abs(found - measured) < max(4 * noise, 0.01 * measured)
    assert abs(found - measured) < abs(values["delta_screened"] - measured)


@pytest.mark.parametrize(
    "row", [pytest.param(r, id=r["id"]) for r in REFERENCE if r["feature"] == "wilson_vertex"]
)
def test_reference_traces(row, reference_spectrum):
    """LocalAndSmooth of the excess over the naive sum: x_1 to first order in delta, screening to second."""
    p, values, errors = row["params"], row["values"], row["stderr"]
    flow = WilsonFlow(reference_spectrum(p["kernel"], p["d"], {3: 300}.get(p["d"], 14)), p["n"], p["ridge"])
    found = flow.corrections(p["cutoff_l"])
    assert abs(found.first_order - values["vertex"]) < 4 * errors["vertex"]
    # resummed against second order: apart by lambda_>/kappa, and by the second order of the vertex
    apart = flow.at(p["cutoff_l"] + 1).coupling + 0.25
    assert abs(found.screening / values["screening"] - 1) < apart + 4 * errors["screening"] / abs(
        found.screening
    )
    said = " ".join(flow.validity(p["cutoff_l"]))
    assert ("outweighs the screening" in said) == (values["vertex"] > -values["screening"])


def test_no_sphere_no_vertex():
    flow = WilsonFlow(Spectrum.from_arrays([1.0, 0.1], [1, 5]), 3, 0.1)
    with pytest.raises(ValueError, match="spectrum must have a dim for the vertex"):
        flow.corrections(0)
    assert any("no dim" in each for each in flow.validity(0))
