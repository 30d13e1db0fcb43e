"""Learning curves by theory: points per second and core."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.optimize import brentq

import fieldtheory as ft
from benchmarks.clock import Row, rate_row, time_row, timed
from fieldtheory.array_types import Floats
from replicas.saddle_point.effective_ridge import effective_ridges, point_sums

NETWORK = ft.FullyConnected(3, "relu", weight_variance=2.0)


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


def numpy_regression(kernel: ft.ZonalKernel, dim: int, n: int, ridge: float) -> float:
    """One random data set in NumPy, as a check by simulation would draw it: error at 1000 test points."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n + 1000, dim))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    gram = kernel(np.clip(points @ points[:n].T, -1, 1))
    labels = points[:, 0] * np.sqrt(dim)
    fit = gram[n:] @ np.linalg.solve(gram[:n] + ridge * np.eye(n), labels[:n])
    return float(np.mean((fit - labels[n:]) ** 2))


def compiled_rows(max_degree: int) -> list[Row]:
    """kappa and error of the self-consistent theory through the compiled calls."""
    spectrum = NETWORK.ntk().spectrum(dim=5, max_degree=max_degree)
    powers = ft.Target({1: 0.5, 2: 0.5}).as_array(max_degree)
    n = np.geomspace(10, 1e5, 100_000)
    modes = spectrum.eigenvalues, spectrum.multiplicities

    def ours(sizes: Floats) -> Floats:
        kappa = effective_ridges(
            sizes, spectrum.tail, spectrum.eigenvalues, spectrum.degree_traces, spectrum.multiplicities
        )
        _, one_minus_gamma, bias = point_sums(
            kappa,
            sizes,
            spectrum.tail,
            spectrum.eigenvalues,
            spectrum.degree_traces,
            spectrum.multiplicities,
            powers,
        )
        return bias / one_minus_gamma

    few = n[::100]
    reference = brentq_points(few, spectrum.tail, *modes, powers)
    assert np.allclose(ours(n)[::100], reference, rtol=1e-10)
    assert np.allclose(numpy_points(few, spectrum.tail, *modes, powers), reference, rtol=1e-8)
    time_ours = timed(lambda: ours(n)).per(len(n))
    time_few = timed(lambda: ours(few), calls=20).per(len(few))
    time_numpy = timed(lambda: numpy_points(n, spectrum.tail, *modes, powers), repeats=5).per(len(n))
    time_brentq = timed(lambda: brentq_points(few, spectrum.tail, *modes, powers), repeats=5).per(len(few))
    degrees = max_degree + 1
    return [
        rate_row(f"self-consistent points, {degrees} degrees", time_ours, "NumPy", time_numpy),
        rate_row(f"the same, a grid of {len(few)} sizes", time_few, "brentq", time_brentq),
    ]


def whole_curves() -> list[Row]:
    """`learning_curve`, all fields and the error bar included: 1000 sizes, 12 degrees."""
    spectrum, target = NETWORK.ntk().spectrum(dim=50, max_degree=11), ft.Target({1: 0.5, 2: 0.5})
    n = np.geomspace(10, 1e5, 1000)
    powers, ridge = target.as_array(11), 0.01
    modes = spectrum.eigenvalues, spectrum.multiplicities
    time_brentq = timed(lambda: brentq_points(n, ridge + spectrum.tail, *modes, powers), repeats=5).per(
        len(n)
    )
    found = []
    for theory in ("self-consistent", "auto", "one-loop"):
        curve = ft.learning_curve(spectrum, target, n, ridge, theory=theory)
        assert curve.converged.all()
        whole = timed(partial(ft.learning_curve, spectrum, target, n, ridge, theory=theory))
        what = f'learning_curve(theory="{theory}"), 1000 sizes, 12 degrees'
        other = ("brentq, self-consistent error only", time_brentq)
        found.append(rate_row(what, whole.per(len(n)), *other))
    powers_and_modes = spectrum.eigenvalues, spectrum.degree_traces, spectrum.multiplicities, powers

    def bare() -> Floats:
        total = ridge + spectrum.tail
        kappa = effective_ridges(n, total, *powers_and_modes[:3])
        return point_sums(kappa, n, total, *powers_and_modes)[2]

    call = partial(ft.learning_curve, spectrum, target, n, ridge, theory="self-consistent", error_bar=False)
    plain, alone = (timed(each, calls=20).per(len(n)) for each in (call, bare))
    what = "the self-consistent one with error_bar=False"
    found.append(rate_row(what, plain, "its fixed point alone", alone))
    one = timed(partial(ft.learning_curve, spectrum, target, [200.0], ridge), calls=20)
    found.append(time_row('learning_curve(theory="auto"), one size', one))
    return found


def perturbative_rows() -> list[Row]:
    """Orders in 1/N when the tables of words exist: one size, and one of a thousand."""
    kernel, dim, ridge = NETWORK.ntk(), 50, 0.5
    spectrum, target = kernel.spectrum(dim=dim, max_degree=11), ft.Target({1: 1.0})
    simulated = timed(lambda: numpy_regression(kernel, dim, 200, ridge), repeats=5)
    other = "one simulated data set in NumPy, N = 200", simulated
    found = []
    for order in (3, 4):
        for sizes, what in (
            (np.array([200.0]), "one size"),
            (np.geomspace(10, 1e5, 1000), "one of 1000 sizes"),
        ):
            call = partial(
                ft.learning_curve, spectrum, target, sizes, ridge, theory="perturbative", order=order
            )
            each = timed(call, repeats=5).per(len(sizes))
            found.append(time_row(f"order {order} in 1/N, {what}, 12 degrees", each, *other))
    return found


def rows() -> list[Row]:
    """All on one core."""
    return compiled_rows(11) + compiled_rows(59) + whole_curves() + perturbative_rows()
