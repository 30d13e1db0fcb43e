"""The law of prod χ²_n/n against closed densities and exact moments."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from renormalization.feature_learning.scales.scale_law import scale_law

V = np.array([-6.0, -2.0, -0.5, 0.0, 0.25, 1.5])


@pytest.mark.parametrize("width", [1, 2, 7, 100, 10**6])
def test_one_layer(width):
    """log p(ℓ) = a (ℓ − e^ℓ) + a log a − log Γ(a), a = n/2: χ²_n/n"""
    law = scale_law([width], V / max(1.0, math.sqrt(width) / 3))
    with mp.workdps(30):
        a = mpf(width) / 2
        exact = [float(a * (x - mp.e**x) + a * mp.log(a) - mp.loggamma(a)) for x in map(mpf, law.logs)]
    assert law.log_density == pytest.approx(exact, rel=1e-13, abs=1e-12)
    assert law.partial == pytest.approx(np.ones((1, len(V))), rel=1e-14)


@pytest.mark.parametrize("widths", [(5, 8), (8, 5), (100, 60), (20, 20), (1, 3)])
def test_two_layers(widths):
    """p(q) q = 2 (abq)^((a+b)/2) K_(a−b)(2√(abq))/(Γ(a)Γ(b)), and E[u₁|q] p: the same with a + 1"""
    law = scale_law(widths, V / max(1.0, math.sqrt(min(widths)) / 3))
    with mp.workdps(30):
        a, b = (mpf(width) / 2 for width in widths)
        density, first = [], []
        for x in map(mpf, law.logs):
            root = mp.sqrt(a * b * mp.e**x)
            density.append(
                float(mp.log(2 * root ** (a + b) * mp.besselk(a - b, 2 * root) / mp.gamma(a) / mp.gamma(b)))
            )
            # ∫ du₁ u₁ ...: one power of u₁ more is a shape one larger, at the same rate
            first.append(float(root / a * mp.besselk(a + 1 - b, 2 * root) / mp.besselk(a - b, 2 * root)))
    assert law.log_density == pytest.approx(density, rel=1e-13, abs=1e-12)
    assert law.partial[1] == pytest.approx(first, rel=1e-12)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=5), st.integers(0, 3))
@settings(max_examples=40)
def test_moments(widths, power):
    """∫ dℓ p(ℓ) e^(kℓ) = Π_l Π_(j<k) (1 + 2j/n_l), and dℓ/dv is the derivative of ℓ"""
    least = min(widths)
    v = np.linspace(-60 / math.sqrt(least) - 30 / least, 60 / math.sqrt(least) + 30 / least, 1501)
    law = scale_law(widths, v)
    weights = np.exp(law.log_density + power * law.logs) * law.jacobian * (v[1] - v[0])
    exact = math.prod(1 + 2 * j / n for n in widths for j in range(power))
    assert weights.sum() == pytest.approx(exact, rel=1e-10)
    middle = slice(1, -1)
    slope = (law.logs[2:] - law.logs[:-2]) / (v[2] - v[0])
    assert law.jacobian[middle] == pytest.approx(slope, rel=1e-2)
    # E[u_1 … u_k] = 1
    flat = np.exp(law.log_density) * law.jacobian * (v[1] - v[0])
    assert law.partial @ flat == pytest.approx(np.ones(len(widths)), rel=1e-10)
