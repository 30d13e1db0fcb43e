r"""Fixed points with a field: the line that makes the field in which it moves.

Sigma kappa = 1 + X[g], g_l = G_l/kappa = 1/(kappa/lambda_l + 1 + X_l), and kappa = 1/(N T) from
N = ridge/kappa + sum_l deg(l) g_l. Derivatives by the source and by log ridge are carried through the
iteration as imaginary parts (complex step): at its end they solve the linear equations of the implicit
derivative, nothing is differenced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arrays import Booleans, Floats
from replicas.fixed_point import FixedPoint
from replicas.observables import Response
from replicas.prediction import Prediction, Problem
from replicas.reliability import assess
from replicas.resummation.field import Field
from replicas.resummation.loop_series import loop_series

_STEP = 1e-25
_MEMORY = 6  # iterations that the mixing looks back on
_TOLERANCE = 1e-11
_MOST = 100


class DressedLine(NamedTuple):
    """The response (orders: one), and where the iteration has converged, shape (n,)."""

    response: Response
    converged: Booleans


def dressed_line(problem: Problem, found: FixedPoint, field: Field) -> DressedLine:
    """The fixed point at every n on the branch that begins at the self-consistent one."""
    solver = _Line(problem, found)
    shape = (2, len(problem.n), len(problem.powers) + 1)
    beyond = np.zeros(shape, dtype=complex)
    shift = np.zeros(shape[:2], dtype=complex)
    converged = np.zeros(shape[1], dtype=bool)
    history: list[tuple[Floats, Floats]] = []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(_MOST):
            shift = solver.shift(shift, beyond)
            now, new = _flat(beyond), _flat(field(solver.line(shift, beyond), problem.n))
            residual = new - now
            size = np.abs(residual).max(axis=-1)
            converged = size < _TOLERANCE * (1 + np.abs(new).max(axis=-1))
            lost = ~np.isfinite(size)
            if (converged | lost).all():
                break
            history = [*history[-_MEMORY + 1 :], (now, residual)]
            beyond = _unflat(np.where((converged | lost)[:, None], now, _mixed(history)), shape)
    return DressedLine(solver.response(shift, beyond), converged & solver.on_branch(shift, beyond))


def dressed_prediction(
    problem: Problem, found: FixedPoint, field: Field, references: tuple[str, ...]
) -> Prediction:
    """All fields of the theory; self-consistent numbers, and a warning, where it has no solution."""
    response, converged = dressed_line(problem, found, field)
    series = loop_series(problem, found)
    best = assess(problem, found, series)
    with np.errstate(over="ignore", invalid="ignore"):
        dressed = response.prediction(problem, best, references)
    plain = series.truncate(0).prediction(problem, best, references)
    where = ", ".join(f"{n:g}" for n in problem.n[~converged][:5])
    said = f"no solution on the branch of this theory at n = {where}: self-consistent numbers there"
    return replace(dressed.where(converged, plain, said), converged=converged)


class _Line:
    """The line and its kappa = kappa_0 e^u in a field, with both derivatives (first axis)."""

    def __init__(self, problem: Problem, found: FixedPoint) -> None:
        spectrum = problem.spectrum
        self.n, self.kappa = problem.n, found.kappa
        self.values, self.traces = spectrum.eigenvalues, spectrum.degree_traces
        learnt_all = problem.n * found.rest  # the limit of ridge/kappa_0 where both are 0
        self.ratio = np.divide(problem.total_ridge, found.kappa, out=learnt_all, where=found.kappa > 0)
        self.source = np.array([1j * _STEP, 0.0])[:, None, None]  # in units of 1/kappa_0
        self.ridge = self.ratio * np.array([1.0, 1 + 1j * _STEP])[:, None]

    def inverse(self, shift: Any, beyond: Any) -> Any:
        """1/(lambda times 1/g)."""
        grown = np.exp(shift)[..., None]
        bare = grown * (self.kappa[:, None] + self.values * self.source)
        return 1 / (bare + self.values * (1 + beyond[..., :-1]))

    def line(self, shift: Any, beyond: Any) -> Any:
        """g_l."""
        return self.values * self.inverse(shift, beyond)

    def shift(self, shift: Any, beyond: Any) -> Any:
        """u by Newton steps at a fixed field."""
        for _ in range(30):
            inverse = self.inverse(shift, beyond)
            share = self.traces * inverse
            stiff = 1 - self.values * inverse * (1 + beyond[..., :-1])
            ridge = self.ridge * np.exp(-shift)
            step = (ridge + share.sum(axis=-1) - self.n) / (ridge + (share * stiff).sum(axis=-1))
            shift = shift + np.clip(step.real, -1, 1) + 1j * step.imag
            if not (np.abs(step.real) > 1e-13).any() and not (np.abs(step.imag) > 1e-12 * _STEP).any():
                break
        return shift

    def on_branch(self, shift: Any, beyond: Any) -> Booleans:
        """A self-energy below zero, or an error below zero, belongs to no average over data sets."""
        response = self.response(shift, beyond)
        good = (1 + beyond[0].real > 0).all(axis=-1) & (response.source[0] > 0).all(axis=-1)
        return np.asarray(good & np.isfinite(response.source[0]).all(axis=-1))

    def response(self, shift: Any, beyond: Any) -> Response:
        """Order 0 of the observables."""
        sigma = (1 + beyond) * np.exp(-shift)[..., None]  # Sigma kappa_0
        grown = np.exp(shift[0].real)[:, None] * self.kappa[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            missed = grown / (grown + self.values * (1 + beyond[0, :, :-1].real))
        return Response(
            missed=[np.hstack([missed, np.ones((len(self.n), 1))])],
            source=[1 + sigma[0].imag / _STEP],
            ridge=[-(self.ratio / self.n)[:, None] * sigma[1].imag / _STEP],
            local=[sigma[0, :, -1].real],
            kappa=self.kappa,
        )


def _flat(field: Any) -> Floats:
    """Real part and both derivatives as one real vector for every n."""
    parts = [field[0].real, field[0].imag / _STEP, field[1].imag / _STEP]
    return np.concatenate(parts, axis=-1)


def _unflat(parts: Floats, shape: tuple[int, ...]) -> Any:
    value, source, ridge = np.split(parts, 3, axis=-1)
    found = np.empty(shape, dtype=complex)
    found[0] = value + 1j * _STEP * source
    found[1] = value + 1j * _STEP * ridge
    return found


def _mixed(history: list[tuple[Floats, Floats]]) -> Floats:
    """Anderson mixing (J. ACM 12, 547 (1965)), for every n by itself."""
    now, residual = history[-1]
    if len(history) == 1:
        return now + residual
    steps = np.stack([now - other for other, _ in history[:-1]], axis=-1)
    changes = np.stack([residual - other for _, other in history[:-1]], axis=-1)
    norms = np.sqrt((changes**2).sum(axis=-2, keepdims=True))
    norms[~(norms > 0)] = 1.0
    scaled = np.nan_to_num(changes / norms)
    gram = scaled.transpose(0, 2, 1) @ scaled + 1e-14 * np.eye(scaled.shape[-1])
    weights = np.linalg.solve(gram, np.nan_to_num(scaled.transpose(0, 2, 1) @ residual[..., None]))
    found: Floats = now + residual - (((steps + changes) / norms) @ weights)[..., 0]
    return found
