"""Training regimes: largest margins, smooth deformations, cumulants, jamming, beside what one would use."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy import integrate, ndimage
from sklearn.svm import SVC

import fieldtheory as ft
import replicas
from benchmarks.clock import Row, time_row, timed, timed_once


def _margins() -> Row:
    """N = P = 200; patterns mirrored, which takes the intercept out of the library's machine."""
    size = 200
    patterns = np.random.default_rng([0, size, size, 1]).normal(size=(size, size))
    mirrored, labels = np.vstack([patterns, -patterns]), np.repeat([1, -1], size)

    def vectors() -> SVC:
        return SVC(kernel="linear", C=1e10, tol=1e-8).fit(mirrored, labels)

    found, weights = ft.max_margin(patterns, np.ones(size)), vectors().coef_[0]
    theirs = float((patterns @ weights).min() / np.linalg.norm(weights))
    note = f", gap {found.dual_gap:.0e}, theirs is {1 - theirs / found.margin:.0e} below"
    ours = timed(lambda: ft.max_margin(patterns, np.ones(size)))
    return time_row("largest margin of 200 patterns on 200 inputs", ours, "`SVC`", timed(vectors), note)


def _deformations() -> Row:
    """10⁴ images of 32x32, c = 8, fields included."""
    field, images = ft.Diffeomorphisms(8, 0.005), np.random.default_rng(0).random((10_000, 32, 32))
    ax, i = np.arange(32.0), np.arange(1, 9)
    sines = np.sin(np.pi * np.outer((ax + 0.5) / 32, i))
    squares = i[:, None] ** 2 + i**2
    sizes = np.where(squares <= 64, np.sqrt(0.005 / squares), 0.0)
    rows, columns = np.meshgrid(ax, ax, indexing="ij")

    def loop() -> None:
        random, out = np.random.default_rng(0), np.empty_like(images)
        for k in range(len(images)):
            a, b = random.normal(size=(2, 8, 8)) * sizes
            there = [rows + 32 * (sines @ a @ sines.T), columns + 32 * (sines @ b @ sines.T)]
            out[k] = ndimage.map_coordinates(images[k], there, order=1, mode="nearest")

    ours = timed(lambda: field.deform(images), repeats=5)
    what = "10⁴ images of 32x32 under smooth deformations, cut-off 8"
    return time_row(what, ours, "loop over `map_coordinates`", timed(loop, repeats=3))


def _cumulants() -> Row:
    """All four-site cumulants of 20 sites; Plackett's integral one by one, from a hundredth of them."""
    data = ft.NonlinearGaussianData(3.0)
    rho = np.exp(-np.abs(np.subtract.outer(range(20), range(20))) / 6)
    sites = np.array(list(combinations(range(20), 4)))
    matrices = rho[sites[:, :, None], sites[:, None, :]]
    few = matrices[::100]
    share = 2 * 9.0 / 19.0
    pairs = [(i, j, *(k for k in range(4) if k not in (i, j))) for i, j in combinations(range(4), 2)]

    def slope(t: float, r: np.ndarray) -> float:
        """The integrand of Plackett's identity for signs with the correlations r."""
        total = 0.0
        for i, j, k, l in pairs:
            m = t * r + (1 - t) * np.eye(4)
            inner = m[np.ix_((k, l), (i, j))] @ np.linalg.inv(m[np.ix_((i, j), (i, j))])
            rest = m[np.ix_((k, l), (k, l))] - inner @ m[np.ix_((i, j), (k, l))]
            angle = np.arcsin(rest[0, 1] / np.sqrt(rest[0, 0] * rest[1, 1]))
            total += r[i, j] / np.sqrt(1 - (t * r[i, j]) ** 2) * angle
        return total * 4 / np.pi**2

    def loop() -> None:
        for matrix in few:
            r = share * matrix
            np.fill_diagonal(r, 1.0)
            integrate.quad(slope, 0, 1, (r,), epsabs=1e-12, epsrel=1e-10)

    ours = timed(lambda: data.cumulant(matrices), repeats=3)
    theirs = timed(loop, repeats=1).per(len(few) / len(matrices))
    return time_row(f"{len(matrices):,} cumulants of four sites", ours, "`scipy.integrate.quad`", theirs)


def _jamming() -> Row:
    ours = timed_once(lambda: ft.jamming(200, 10, [6, 8, 10, 12, 14, 16], repeats=6))
    return time_row("jamming of 36 networks, 200 patterns of dim 10", ours)


def _width_corrections() -> list[Row]:
    """48 points, 1024 features: both limits to 1 % standard error, by diagrams and by drawing features."""
    points = np.random.default_rng(2).normal(size=(148, 5))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    labels = 5 * points[:, 0] * points[:, 1] + points[:, 2]
    features, h, draws = replicas.RandomFeatures("erf", gain=5**0.5), 1024, 100
    task = (points[:48], labels[:48], points[48:], labels[48:])

    def limits() -> replicas.WidthCorrections:
        return replicas.width_corrections(features, *task, 0.01, samples=1 << 14)

    def simulation() -> np.ndarray:
        found = np.empty((draws, 100))
        for k in range(draws):
            weights = np.random.default_rng([k, h, 9]).normal(size=(5, h))
            phi, psi = (features.values(x, weights) for x in (points[:48], points[48:]))
            found[k] = psi @ phi.T @ np.linalg.solve(phi @ phi.T + 0.01 * h * np.eye(48), labels[:48])
        return found

    ours, theirs, limit, drawn = timed(limits), timed(simulation, repeats=3), limits(), simulation()
    samples = {
        "variance": h * np.mean((drawn - drawn.mean(axis=0)) ** 2, axis=1),
        "excess": h * np.mean((drawn - labels[48:]) ** 2, axis=1),
    }
    rows = []
    for name, each in samples.items():
        mean = getattr(limit, name)
        # stderr falls as one over the root of the time: both scaled to 1 %
        parts = [
            float(0.01 * mean / stderr) ** 2
            for stderr in (getattr(limit, f"{name}_stderr"), each.std(ddof=1) / draws**0.5)
        ]
        what = f"{name} of random features in 1/h, 48 points, to 1 %"
        rows.append(time_row(what, ours.per(parts[0]), f"simulation at h = {h}", theirs.per(parts[1])))
    return rows


def rows() -> list[Row]:
    """Six of them."""
    return [_margins(), _deformations(), _cumulants(), _jamming(), *_width_corrections()]
