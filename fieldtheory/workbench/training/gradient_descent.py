"""Full-batch gradient descent of real networks, in steps of one learning rate."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.workbench.training.gradient_flow import Trained
from fieldtheory.workbench.training.network_batch import Architecture, Parameters, Tangent, combined


@np.errstate(over="ignore", invalid="ignore")  # weights that grow without bound are refused
def gradient_descent(
    net: Architecture,
    start: Parameters,
    x: Floats,
    labels: Floats,
    ridge: float,
    tolerance: float,
    most: int,
    rate: float,
) -> tuple[Trained, Floats]:
    """theta -> theta + rate (J^T (y - f) - ridge (theta - theta(0))), and what `stability` says of it.

    Until no output would move by `tolerance` of the labels' norm, in rms. ValueError for a rate that is too
    large before training, or after it.
    """
    state, size = start, np.sqrt(np.square(labels).mean(axis=1))
    here = net.tangent(state, x)
    before = _stability(here, rate, ridge, "before")
    steps = np.zeros(len(labels), dtype=np.int64)
    done = np.zeros(len(labels), dtype=bool)
    for _ in range(most):
        missing = labels - here.outputs
        ahead = missing
        if ridge:
            ahead = _ahead(here, missing, ridge, here.pushed(combined((1.0, state), (-1.0, start))))
        done = np.sqrt(np.square(ahead).mean(axis=1)) <= tolerance * size
        if done.all():
            break
        pulled = here.pulled(np.where(done, 0.0, rate)[:, None] * missing)
        decay = np.where(done, 0.0, rate * ridge)
        state = combined((1.0 - decay, state), (decay, start), (1.0, pulled))
        here = net.tangent(state, x)
        if not np.isfinite(here.outputs).all():
            raise ValueError(
                f"learning_rate must let training converge (got {rate:g}, at which weights grow without "
                "bound); leave it out for gradient flow itself"
            )
        steps += ~done
    stability = np.maximum(before, _stability(here, rate, ridge, "after"))
    return Trained(state, np.square(labels - here.outputs).mean(axis=1), steps, done), stability


def _ahead(tangent: Tangent, missing: Floats, ridge: float, moved: Floats) -> Floats:
    """How far outputs still are from the end of training, to first order in the way."""
    kernel = tangent.kernel
    force = (kernel @ missing[:, :, None])[:, :, 0] - ridge * moved
    shifted = kernel + ridge * np.eye(kernel.shape[1])
    return np.asarray(np.linalg.solve(shifted, force[:, :, None])[:, :, 0])


def _stability(tangent: Tangent, rate: float, ridge: float, when: str) -> Floats:
    """Learning rate times the largest eigenvalue of the tangent kernel and ridge; ValueError above 1."""
    kernel = tangent.kernel
    largest = np.linalg.eigvalsh(kernel)[:, -1] + ridge
    if (largest > 1 / rate).any():
        raise ValueError(
            f"learning_rate must be at most 1 over the largest eigenvalue of the tangent kernel, "
            f"{1 / largest.max():.3g} {when} training (got {rate:g}): larger steps end at low training "
            "errors, and elsewhere; lower it, or leave it out for gradient flow itself"
        )
    return np.asarray(rate * largest)
