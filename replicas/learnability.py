r"""Learnability: the share lambda_l/(lambda_l + kappa) of a mode that is learnt, and how many modes count."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats, Integers
from fieldtheory.compiled import compiled
from fieldtheory.spectrum import Spectrum

_NEGLIGIBLE = 1e-7


def learnability(eigenvalues: Floats, kappa: Floats) -> tuple[Floats, Floats]:
    """a_l = lambda_l/(lambda_l + kappa) and 1 - a_l, shape (len(kappa), degrees); a zero is never learnt."""
    total = eigenvalues + kappa[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        learnt = np.where(total > 0, eigenvalues / total, 0.0)
        missed = np.where(total > 0, kappa[:, None] / total, 1.0)
    return learnt, missed


def traced_learnability(eigenvalues: Floats, traces: Floats, kappa: Floats) -> Floats:
    """deg(l) a_l from traces = deg(l) lambda_l, finite where deg(l) is not, shape (len(kappa), degrees)."""
    total = eigenvalues + kappa[:, None]
    traces = np.broadcast_to(traces, total.shape)
    found: Floats = np.divide(traces, total, out=np.zeros_like(total), where=(total > 0) & (traces > 0))
    return found


def active_degrees(spectrum: Spectrum, kappa: Floats) -> int:
    """How many degrees carry the learning: those above hold less than 1e-7 of sum deg h^2, at every n.

    They count in full where they are summed one by one; only products of lines leave them out.
    """
    found: int = count_active(spectrum.eigenvalues, spectrum.degree_traces, float(kappa.min()))
    return found


def _active_steps(eigenvalues: Floats, *more: object) -> float:
    return 3.0 * len(eigenvalues)


@compiled(error_model="numpy", steps=_active_steps)
def count_active(eigenvalues: Floats, traces: Floats, kappa: float) -> int:
    """`active_degrees` at one kappa."""
    beyond = np.zeros(len(eigenvalues) + 1)
    for l in range(len(eigenvalues) - 1, -1, -1):
        total = eigenvalues[l] + kappa
        share = traces[l] / total if total > 0.0 and traces[l] > 0.0 else 0.0
        beyond[l] = beyond[l + 1] + (share * (eigenvalues[l] / total) if total > 0.0 else 0.0)
    for l in range(len(eigenvalues) - 1, 0, -1):
        if beyond[l] > _NEGLIGIBLE * beyond[0]:
            return l + 1
    return 1


@compiled(error_model="numpy")
def count_active_of_all(eigenvalues: Floats, traces: Floats, which: Integers, smallest: Floats) -> Integers:
    """`active_degrees` of many curves: the spectrum `which[c]`, a row, at its smallest kappa."""
    found = np.empty(len(which), dtype=np.int64)
    for c in range(len(which)):
        found[c] = count_active(eigenvalues[which[c]], traces[which[c]], smallest[c])
    return found
