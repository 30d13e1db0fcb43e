r"""Learnability: the share lambda_l/(lambda_l + kappa) of a mode that is learnt, and how many modes count."""

from __future__ import annotations

import numpy as np

from fieldtheory.array_types import Floats
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
    smallest = kappa.min(keepdims=True)
    learnt, _ = learnability(spectrum.eigenvalues, smallest)
    traced = traced_learnability(spectrum.eigenvalues, spectrum.degree_traces, smallest)
    beyond = np.cumsum((traced * learnt)[0, ::-1])[::-1]
    above = np.flatnonzero(beyond > _NEGLIGIBLE * beyond[0])
    return int(above.max(initial=0)) + 1
