"""The Wilsonian flow at many sizes, prediction with a compressed model, tangent kernels with depth."""

from __future__ import annotations

import numpy as np

import fieldtheory as ft
from benchmarks.clock import Row, time_row, timed, timed_once
from benchmarks.curves import numpy_points
from fieldtheory.array_types import Floats
from renormalization import DepthFlow, WilsonFlow

NETWORK = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk()


def numpy_flow(kappa: Floats, ridge: float, spectrum: ft.Spectrum) -> Floats:
    """The screened ridge at every cut-off, vectorised NumPy."""
    lam = spectrum.eigenvalues
    shares = spectrum.degree_traces * kappa[:, None] / (lam + kappa[:, None])
    above = np.cumsum(shares[:, ::-1], axis=1)[:, ::-1] - shares
    return ridge + spectrum.tail + above


def flow_row() -> Row:
    """200 cut-offs at 1000 sizes: three running parameters each, kappa included."""
    spectrum = NETWORK.spectrum(dim=3, max_degree=199)
    target = ft.Target({1: 0.5, 2: 0.5})
    powers, n = target.as_array(199), np.geomspace(10, 1e5, 1000)
    ridge = 0.01

    def ours() -> Floats:
        return np.asarray(WilsonFlow(spectrum, n, ridge, 0.1, target).all.ridge)

    def alternative() -> Floats:
        numpy_points(n, ridge + spectrum.tail, spectrum.eigenvalues, spectrum.multiplicities, powers)
        return numpy_flow(kappa, ridge, spectrum)

    kappa = np.asarray(WilsonFlow(spectrum, n, ridge).kappa)
    assert np.allclose(ours(), alternative(), rtol=1e-9)
    what = "Wilsonian flow, 200 cut-offs at 1000 N"
    return time_row(what, timed(ours), "NumPy", timed(alternative, repeats=5))


def model_row() -> Row:
    """Regression on 4000 points with 230 modes instead of 4000 points, one core."""
    dim, n = 20, 4000
    spectrum = NETWORK.spectrum(dim)
    model = WilsonFlow(spectrum, n, 0.01).compressed_model(2)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n, dim))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    labels = points[:, 0] * points[:, 1]

    def full() -> Floats:
        gram = NETWORK(np.clip(points @ points.T, -1.0, 1.0))
        gram[np.diag_indices(n)] += 0.01
        return np.linalg.solve(gram, labels)

    fitted = timed(lambda: model.fit(points, labels), repeats=5)
    return time_row(f"fit on {n} points, {model.modes} modes kept", fitted, "full kernel", timed_once(full))


def depth_rows() -> list[Row]:
    """The tangent kernel at order 1/n through 50 layers, beside the metric alone."""
    flow = DepthFlow("tanh", weight_variance=1.5, bias_variance=0.1)
    both = [[1.0, 0.4], [0.4, 0.8]]
    return [
        time_row(
            f"tangent kernel at order 1/n, 50 layers, {name}",
            timed(lambda at=at: flow.tangent_kernel(50, 64, at), repeats=3),  # type: ignore[misc]
            "the metric alone",
            timed(lambda at=at: flow.finite_width(50, 64, at), repeats=3),  # type: ignore[misc]
        )
        for name, at in (("one input", 1.0), ("two inputs", both))
    ]


def rows() -> list[Row]:
    """The flow, the model that it compresses, and random networks layer by layer."""
    return [flow_row(), model_row(), *depth_rows()]
