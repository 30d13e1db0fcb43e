"""Two-layer networks with the quadratic hinge loss: loss, gradient, minimum by L-BFGS."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize, special

from fieldtheory.array_types import Floats

SATISFIED = 1e-8  # a loss below this counts as 0: all patterns have their margin
MARGIN = 1e-4  # a pattern unsatisfied by less than this is in contact
_PERFECT = 1e-22  # a loss at which the minimiser may stop
_GRADIENT = 1e-9  # largest entry of the gradient at a minimum
_STARTS = 10  # of the minimiser from where it stopped


def _tanh(z: Floats) -> tuple[Floats, Floats]:
    t = np.tanh(z)
    return t, 1 - t * t


def _erf(z: Floats) -> tuple[Floats, Floats]:
    return special.erf(z), 2 / math.sqrt(math.pi) * np.exp(-z * z)


SMOOTH: dict[str, Callable[[Floats], tuple[Floats, Floats]]] = {"tanh": _tanh, "erf": _erf}


class HingeMinimum(NamedTuple):
    """Where a run ended: its weights (inputs x width, width), loss, and whether that is a minimum."""

    hidden: Floats
    readout: Floats
    loss: float
    converged: bool
    iterations: int


@dataclass(frozen=True)
class HingeNetwork:
    """f(x) = a.phi(W^T x) on patterns (P, d) with labels y: mean of max(0, 1 - y f)^2/2, unregularised."""

    patterns: Floats
    labels: Floats
    activation: str = "tanh"

    def outputs(self, inputs: Floats, hidden: Floats, readout: Floats) -> Floats:
        """f of inputs (n, d)."""
        found: Floats = SMOOTH[self.activation](inputs @ hidden)[0] @ readout
        return found

    def loss(self, weights: Floats, width: int) -> tuple[float, Floats]:
        """The loss and its gradient in the weights, W (d x h) row by row, then a."""
        d = self.patterns.shape[1]
        hidden, readout = weights[: d * width].reshape(d, width), weights[d * width :]
        values, slopes = SMOOTH[self.activation](self.patterns @ hidden)
        short = np.maximum(0.0, 1 - self.labels * (values @ readout))
        pull = -self.labels * short / len(short)
        gradient = np.empty_like(weights)
        gradient[d * width :] = values.T @ pull
        gradient[: d * width] = (self.patterns.T @ (slopes * np.multiply.outer(pull, readout))).reshape(-1)
        return float(short @ short) / (2 * len(short)), gradient

    def minimum(self, hidden: Floats, readout: Floats, iterations: int) -> HingeMinimum:
        """By L-BFGS from these weights: until all patterns are satisfied, a minimum, or no iterations left.

        A line search that fails begins anew, without the memory of the steps before.
        """
        width = len(readout)
        weights, done = np.concatenate([hidden.reshape(-1), readout]), 0

        def stop(intermediate_result: Any) -> None:
            if intermediate_result.fun < _PERFECT:
                raise StopIteration

        for _ in range(_STARTS):
            left = iterations - done
            found = optimize.minimize(
                self.loss,
                weights,
                (width,),
                method="L-BFGS-B",
                jac=True,
                callback=stop,
                options={"maxiter": left, "maxfun": 4 * left, "ftol": 0.0, "gtol": _GRADIENT, "maxcor": 20},
            )
            weights, done = found.x, done + int(found.nit)
            loss, gradient = self.loss(weights, width)
            converged = bool(loss < SATISFIED or np.abs(gradient).max() <= _GRADIENT)
            if converged or done >= iterations or not found.nit:
                break
        split = hidden.size
        return HingeMinimum(weights[:split].reshape(hidden.shape), weights[split:], loss, converged, done)
