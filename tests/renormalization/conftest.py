"""Spectra of the kernels of the reference numbers."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from scipy.special import roots_legendre

from fieldtheory.spectrum import Spectrum
from fieldtheory.sphere.harmonics import gegenbauer, multiplicities


def arc_cosine(t):
    angle = np.arccos(np.clip(t, -1, 1))
    return (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi


KERNELS = {
    "ac1b": lambda t: arc_cosine((t + 0.1) / 1.1),
    "laplace": lambda t: np.exp(-np.sqrt(2 * np.maximum(1 - t, 0))),
    "ntk": lambda t: (t * (1 - np.arccos(t) / np.pi) + arc_cosine(t)) / 2,
}


@lru_cache(maxsize=32)
def spectrum_of(name, dim, max_degree):
    """Eigenvalues by Gauss-Legendre in the angle, where these kernels are smooth; K(1) = 1."""
    x, weights = roots_legendre(2 * max_degree + 400)
    angle = np.pi * (x + 1) / 2
    weights = weights * np.sin(angle) ** (dim - 2)
    t = np.cos(angle)
    lam = gegenbauer(max_degree, t, dim) @ (weights * KERNELS[name](t)) / weights.sum()
    lam = np.where(lam > 1e-15, lam, 0.0)
    deg = multiplicities(max_degree, dim)
    tail = max(1.0 - math.fsum(lam * np.array(deg, dtype=float)), 0.0)
    return Spectrum.from_arrays(lam, deg, tail=tail, dim=dim)


@pytest.fixture
def reference_spectrum():
    """`spectrum_of`, a function of kernel, dim and max_degree."""
    return spectrum_of


@pytest.fixture
def reference_kernel():
    """K(t) by the name of the kernel."""
    return KERNELS.__getitem__
