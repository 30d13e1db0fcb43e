r"""What a line means for regression: every observable from the self-energy and its two derivatives.

With G_l = (1/lambda_l + s + Sigma_l)^{-1}, r_l = G_l/lambda_l and a source s, exactly and to all orders,
1 - a_l = r_l and E_l = r_l^2 (1 + dSigma_l/ds), since f - g = -G K^{-1} g and G^2 = -dG/ds for one data set.
In the same way the training error is -(ridge^2/N) r_l^2 dSigma_l/dridge. Label noise is a mode of infinite
degree, which only feels the local part of Sigma, without the error of missing it.

A theory that is an expansion hands in series, one entry for each order; products stop at the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from replicas.prediction import Prediction, Problem

Series = Sequence[Any]


def product(*factors: Series) -> list[Any]:
    """Product of series of one length, cut at that length.

    >>> product([1.0, 2.0], [1.0, 3.0])
    [1.0, 5.0]
    """
    found = list(factors[0])
    for other in factors[1:]:
        found = [sum(found[i] * other[n - i] for i in range(n + 1)) for n in range(len(found))]
    return found


def reciprocal(series: Series) -> list[Any]:
    """1/series.

    >>> reciprocal([1.0, 2.0, 0.0])
    [1.0, -2.0, 4.0]
    """
    found = [1.0 / series[0]]
    for n in range(1, len(series)):
        found.append(-sum(series[i] * found[n - i] for i in range(1, n + 1)) / series[0])
    return found


@dataclass(frozen=True, eq=False)
class Response:
    """The self-energy's part in every observable, as series; last axis: degrees, then infinite degree.

    `missed`: r_l = G_l/lambda_l. `source`: 1 + dSigma_l/ds. `ridge`: -(total ridge)^2/N dSigma_l/dridge.
    `local`: local part of Sigma times `kappa`, shape (n,); its inverse is the effective ridge.

    Equation: learnability, source-identity, label-noise-gain
    """

    missed: Series
    source: Series
    ridge: Series
    local: Series
    kappa: Floats

    def truncate(self, order: int) -> Response:
        """The orders up to this one."""
        kept = slice(order + 1)
        return Response(self.missed[kept], self.source[kept], self.ridge[kept], self.local[kept], self.kappa)

    @classmethod
    def joined(cls, pieces: Sequence[Response]) -> Response:
        """One response from those of consecutive ranges of n."""

        def join(name: str) -> list[Any]:
            series = zip(*(getattr(piece, name) for piece in pieces), strict=True)
            return [np.concatenate(each) for each in series]

        kappa = np.concatenate([piece.kappa for piece in pieces])
        return cls(join("missed"), join("source"), join("ridge"), join("local"), kappa)

    def prediction(self, problem: Problem) -> Prediction:
        """All fields, the sum over orders carried out."""
        powers, noise = problem.powers, problem.label_noise
        missed: Any = sum(self.missed)
        squared = product(self.missed, self.missed)
        errors: Any = sum(product(squared, self.source))
        gain = errors[:, -1] - 1.0
        bias = sum(squared)[:, :-1] @ powers + problem.unresolved
        signal = errors[:, :-1] @ powers + problem.unresolved * errors[:, -1]
        passed = problem.ridge / problem.total_ridge if problem.total_ridge > 0 else 1.0
        training: Any = sum(product(squared, self.ridge))
        fitted = training[:, :-1] @ powers + (problem.unresolved + noise) * training[:, -1]
        spectrum = problem.spectrum
        return Prediction(
            error=signal + noise * gain,
            bias=bias,
            variance=signal - bias + noise * gain,
            coefficients=1.0 - missed[:, :-1],
            error_by_degree=errors[:, :-1],
            effective_ridge=self.kappa * sum(reciprocal(self.local)),
            posterior_variance=missed[:, :-1] @ spectrum.degree_traces + spectrum.tail,
            label_noise_gain=gain,
            training_error=passed**2 * fitted,
        )

    def error(self, problem: Problem) -> list[Floats]:
        """The error, order by order: the terms whose sum is the prediction."""
        terms = product(self.missed, self.missed, self.source)
        noise = problem.label_noise + problem.unresolved
        found = [term[:, :-1] @ problem.powers + noise * term[:, -1] for term in terms]
        found[0] = found[0] - problem.label_noise
        return found
