"""Self-consistent learning curves: points per second and core."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

import fieldtheory as ft
from benchmarks.clock import Row, median_seconds
from fieldtheory.arrays import Floats
from replicas.effective_ridge import effective_ridges, point_sums


def numpy_points(n: Floats, ridge: float, lam: Floats, deg: Floats, powers: Floats) -> Floats:
    """Vectorised NumPy: Newton steps from above on all points together, in kappa, to convergence."""
    kappa = (ridge + deg @ lam) / n
    while True:
        share = lam / (lam + kappa[:, None])
        value = n * kappa - ridge - kappa * (share @ deg)
        step = value / (n - share**2 @ deg)
        kappa = kappa - step
        if np.abs(step / kappa).max() < 1e-12:
            break
    share = lam / (lam + kappa[:, None])
    return ((1 - share) ** 2 @ powers) / (1 - share**2 @ deg / n)


def brentq_points(n: Floats, ridge: float, lam: Floats, deg: Floats, powers: Floats) -> Floats:
    """scipy.optimize.brentq point by point."""
    out = np.empty(len(n))
    for i, size in enumerate(n):
        kappa = brentq(
            lambda k, size=size: size * k - ridge - k * float(deg @ (lam / (lam + k))),
            ridge / size * 0.5 + 1e-300,
            2 * (ridge + float(deg @ lam)) / size,
            xtol=1e-300,
            rtol=1e-14,
        )
        share = lam / (lam + kappa)
        out[i] = ((1 - share) ** 2 @ powers) / (1 - share**2 @ deg / size)
    return out


def rows() -> list[Row]:
    """kappa and error at 60 degrees, one core."""
    spectrum = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=5, max_degree=59)
    powers = ft.Target({1: 0.5, 2: 0.5}).as_array(59)
    n = np.geomspace(10, 1e5, 100_000)
    modes = spectrum.eigenvalues, spectrum.multiplicities

    def ours(sizes: Floats) -> Floats:
        kappa = effective_ridges(
            sizes, spectrum.tail, spectrum.eigenvalues, spectrum.degree_traces, spectrum.multiplicities
        )
        _, rest, bias = point_sums(
            kappa, sizes, spectrum.tail, spectrum.eigenvalues, spectrum.degree_traces, powers
        )
        return bias / rest

    few = n[::100]
    reference = brentq_points(few, spectrum.tail, *modes, powers)
    assert np.allclose(ours(n)[::100], reference, rtol=1e-10)
    assert np.allclose(numpy_points(few, spectrum.tail, *modes, powers), reference, rtol=1e-8)
    time_ours = median_seconds(lambda: ours(n)) / len(n)
    with threadpool_limits(1):
        time_numpy = median_seconds(lambda: numpy_points(n, spectrum.tail, *modes, powers), repeats=5)
    time_brentq = median_seconds(lambda: brentq_points(few, spectrum.tail, *modes, powers), repeats=5)
    what = "self-consistent points, 60 degrees, one core"
    rate = f"{1 / time_ours:,.0f} per second"
    found = []
    for name, seconds, count in (("NumPy", time_numpy, len(n)), ("brentq", time_brentq, len(few))):
        each = seconds / count
        found.append(Row(what, rate, f"{name}: {1 / each:,.0f} per second", each / time_ours))
    return found
