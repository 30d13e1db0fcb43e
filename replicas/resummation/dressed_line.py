r"""The dressed line: propagator and self-energy of a resummed theory, each made by the other.

A correction X[h] is added to the self-energy of the self-consistent theory and solved for together with the
line h: Sigma kappa = 1 + X[h], h_l = G_l/kappa = 1/(kappa/lambda_l + 1 + X_l), and kappa = 1/(N T) from
N = ridge/kappa + sum_l deg(l) h_l. Derivatives by the source and by log ridge are carried through the
iteration as imaginary parts (complex step): at its end they solve the linear equations of the implicit
derivative, nothing is differenced.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.complex_step import STEP
from replicas.learnability import traced_learnability
from replicas.observables import Response
from replicas.prediction import Prediction, Problem
from replicas.resummation.correction import Correction
from replicas.saddle_point.ridge_nodes import along_curve
from replicas.saddle_point.saddle_point import SaddlePoint, saddle_point_prediction, solve_saddle_point

_MEMORY = 6  # iterations that the mixing looks back on
_TOLERANCE = 1e-11
_MOST = 100


class DressedLine(NamedTuple):
    """The response of a resummed theory, in one order, and where its iteration has converged, shape (n,)."""

    response: Response
    converged: Booleans


class _Solution(NamedTuple):
    """The shift of log kappa and the correction, both with their slopes, and where they have converged."""

    shift: Any
    beyond: Any
    converged: Booleans


def dressed_line(
    problem: Problem, found: SaddlePoint, correction: Correction, costly: bool = False
) -> DressedLine:
    """The fixed point at every n on the branch that begins at the self-consistent one.

    `costly`: of many sizes only a few are solved for, where the others follow from them.
    """
    solver = _Line(problem, found)
    solve = _along_curve(problem, solver, correction) if costly else _iterated(solver, correction)
    shift, beyond, converged = solve
    return DressedLine(solver.response(shift, beyond), converged & solver.on_branch(shift, beyond))


def _along_curve(problem: Problem, solver: _Line, correction: Correction) -> _Solution:
    """The fixed point as a function of log kappa_0, at every n.

    N = ridge/kappa_0 + learnt modes is as smooth in log kappa_0 as the lines; what N makes of it is not.
    """
    converged = np.ones(len(solver.n), dtype=bool)

    def at_nodes(kappa: Floats) -> Floats:
        learnt = traced_learnability(solver.values, solver.traces, kappa).sum(axis=-1)
        there = problem.at(problem.total_ridge / kappa + learnt)
        shift, beyond, found = _iterated(_Line(there, solve_saddle_point(there)), correction)
        return np.where(found[:, None], _flat(_joined(shift, beyond)), np.nan)

    def at_sizes(which: Integers) -> Floats:
        shift, beyond, converged[which] = _iterated(solver.at(which), correction)
        return _flat(_joined(shift, beyond))

    joined = _unflat(along_curve(solver.kappa, _TOLERANCE, at_nodes, at_sizes))
    return _Solution(joined[..., 0], joined[..., 1:], converged)


def _iterated(solver: _Line, correction: Correction) -> _Solution:
    """The fixed point at every n by itself."""
    shape = (2, len(solver.n), len(solver.values) + 1)
    beyond = np.zeros(shape, dtype=complex)
    shift = np.zeros(shape[:2], dtype=complex)
    converged = np.zeros(shape[1], dtype=bool)
    history: list[tuple[Floats, Floats]] = []
    left, part, moved, at = np.arange(shape[1]), solver, shift, beyond  # those still on their way
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(_MOST):
            moved = part.shift(moved, at)
            now, new = _flat(at), _flat(correction(part.line(moved, at), part.n))
            residual = new - now
            size = np.abs(residual).max(axis=-1)
            done = size < _TOLERANCE * (1 + np.abs(new).max(axis=-1))
            shift[:, left], beyond[:, left], converged[left] = moved, at, done
            going = ~done & np.isfinite(size)
            if not going.any():
                break
            history = [*history[-_MEMORY + 1 :], (now, residual)]
            if not going.all():
                left, part, moved = left[going], part.at(going), moved[:, going]
                history = [(one[going], other[going]) for one, other in history]
            at = _unflat(_mixed(history))
    return _Solution(shift, beyond, converged)


def dressed_prediction(problem: Problem, correction: Correction, costly: bool = False) -> Prediction:
    """All fields of the theory; self-consistent numbers, and a warning, where it has no solution."""
    response, converged = dressed_line(problem, solve_saddle_point(problem), correction, costly)
    with np.errstate(over="ignore", invalid="ignore"):
        dressed = response.prediction(problem)
    where = ", ".join(f"{n:g}" for n in problem.n[~converged][:5])
    said = f"this theory has no solution at n = {where}: the numbers there are self-consistent ones"
    return replace(dressed.where(converged, saddle_point_prediction(problem), said), converged=converged)


class _Line:
    """The line and its kappa = kappa_0 e^u at a given correction, with both derivatives (first axis)."""

    def __init__(self, problem: Problem, found: SaddlePoint) -> None:
        spectrum = problem.spectrum
        self.n, self.kappa = problem.n, found.kappa
        self.values, self.traces = spectrum.eigenvalues, spectrum.degree_traces
        learnt_all = problem.n * found.one_minus_gamma  # the limit of ridge/kappa_0 where both are 0
        self.ridge_over = np.divide(problem.total_ridge, found.kappa, out=learnt_all, where=found.kappa > 0)
        self.source = np.array([1j * STEP, 0.0])[:, None, None]  # in units of 1/kappa_0
        self.log_ridge = np.array([0.0, 1j * STEP])[:, None]

    def at(self, kept: Booleans | Integers) -> _Line:
        """The same at some of the sizes."""
        part = copy(self)
        part.n, part.kappa, part.ridge_over = self.n[kept], self.kappa[kept], self.ridge_over[kept]
        return part

    def line(self, shift: Any, beyond: Any) -> Any:
        """The propagator h_l at a given correction."""
        bare = np.exp(shift)[..., None] * (self.kappa[:, None] + self.values * self.source)
        return self.values * _inverse(bare + self.values * (1 + beyond[..., :-1]))

    def shift(self, shift: Any, beyond: Any) -> Any:
        """The shift u of log kappa at a fixed correction, with both slopes.

        Newton steps for its value, and an exact one more for the slopes.
        """
        value, felt = shift[0].real, 1 + beyond[0, :, :-1].real
        for _ in range(30):
            step = self._step(value, self.kappa[:, None], self.ridge_over, felt)
            value = value + np.clip(step, -1, 1)
            if not (np.abs(step) > 1e-13).any():
                break
        moved = self.kappa[:, None] + self.values * self.source
        step = self._step(value, moved, self.ridge_over * (1 + self.log_ridge), 1 + beyond[..., :-1])
        return value + 1j * step.imag

    def _step(self, shift: Any, kappa: Any, ridge_over: Any, felt: Any) -> Any:
        bare = np.exp(shift)[..., None] * kappa
        inverse = _inverse(bare + self.values * felt)
        share, ridge = self.traces * inverse, ridge_over * np.exp(-shift)
        return (ridge + share.sum(axis=-1) - self.n) / (ridge + (share * bare * inverse).sum(axis=-1))

    def on_branch(self, shift: Any, beyond: Any) -> Booleans:
        """Where the solution is physical: a negative self-energy or error is no average over data sets."""
        response = self.response(shift, beyond)
        good = (1 + beyond[0].real > 0).all(axis=-1) & (response.source[0] > 0).all(axis=-1)
        return np.asarray(good & np.isfinite(response.source[0]).all(axis=-1))

    def response(self, shift: Any, beyond: Any) -> Response:
        """The response with this correction: what the observables are made of, at order 0."""
        sigma = (1 + beyond) * np.exp(-shift)[..., None]  # Sigma kappa_0
        grown = np.exp(shift[0].real)[:, None] * self.kappa[:, None]
        total = grown + self.values * (1 + beyond[0, :, :-1].real)
        missed = np.divide(grown, total, out=np.ones_like(total), where=total != 0)
        return Response(
            missed=[np.hstack([missed, np.ones((len(self.n), 1))])],
            source=[1 + sigma[0].imag / STEP],
            ridge=[-(self.ridge_over / self.n)[:, None] * sigma[1].imag / STEP],
            local=[sigma[0, :, -1].real],
            kappa=self.kappa,
        )


def _inverse(total: Any) -> Any:
    """1/total; 0 for an eigenvalue of 0 where kappa = 0, which is never learnt."""
    return np.divide(1.0, total, out=np.zeros_like(total), where=total != 0)


def _joined(shift: Any, beyond: Any) -> Any:
    return np.concatenate([shift[..., None], beyond], axis=-1)


def _flat(beyond: Any) -> Floats:
    """The correction and both its derivatives as one real vector for every n."""
    parts = [beyond[0].real, beyond[0].imag / STEP, beyond[1].imag / STEP]
    return np.concatenate(parts, axis=-1)


def _unflat(parts: Floats) -> Any:
    value, source, ridge = np.split(parts, 3, axis=-1)
    found = np.empty((2, *value.shape), dtype=complex)
    found[0] = value + 1j * STEP * source
    found[1] = value + 1j * STEP * ridge
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
    changes, steps = np.nan_to_num(changes / norms), steps / norms
    gram = changes.transpose(0, 2, 1) @ changes + 1e-14 * np.eye(changes.shape[-1])
    weights = np.linalg.solve(gram, np.nan_to_num(changes.transpose(0, 2, 1) @ residual[..., None]))
    found: Floats = now + residual - ((steps + changes) @ weights)[..., 0]
    return found
