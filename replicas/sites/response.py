r"""How the coherent potential answers to a source: the first derivative of all that the rings are made of.

Every average is a derivative of the free energy by the levels v_n of single sites, or by lambda where K^-1
becomes K^-1 + lambda K^-1 y y^T K^-1; what the rings add to one takes the derivative of what they add to
those by the levels. A source gives `levels`, the change of g_n at fixed surroundings u, which is -g_n^2
dv_n, and `line`, the change of the line at fixed Sigma.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.sites.coherent_potential import CoherentPotential, SiteMatrix
from replicas.sites.scattering import row_sums


class Response(NamedTuple):
    """Changes with a source: `line` G (empty if not asked for), `sigma`, and those of a `Scattering`."""

    line: Floats
    sigma: Floats
    outer: Floats
    levels: Floats
    second: Floats
    pull: Floats
    noise: Floats
    noise_slope: Floats
    passed: Floats
    noise_levels: Floats


def response(
    found: CoherentPotential,
    matrix: SiteMatrix,
    *,
    levels: Floats | None = None,
    line: Floats | None = None,
    whole: bool = True,
) -> Response:
    """The response to a source on the levels, or on the line; `whole` False: without the changed line."""
    at = found.sites
    weights, g, g_n = at.weights, at.line, at.levels
    pushed = np.zeros_like(g_n) if levels is None else levels
    mean = row_sums(weights, pushed)
    direct = np.zeros_like(g) if line is None else line.diagonal()
    dg = matrix.lines(direct + matrix.squares @ (mean / at.second))
    dsigma = -at.pull * dg - mean / at.second
    du = (mean - dg) / at.second
    dg_n = pushed - g_n**2 * du[:, None]
    dline = np.empty((0, 0))
    if whole:
        dline = -(found.line * dsigma) @ found.line
        if line is not None:
            dline += line
    return Response(dline, dsigma, du, dg_n, *_of_averages(found, dg, dg_n))


def _of_averages(found: CoherentPotential, dg: Floats, dg_n: Floats) -> tuple[Floats, ...]:
    at = found.sites
    weights, g, g_n = at.weights, at.line, at.levels
    deviation = g_n - g[:, None]
    ddeviation = dg_n - dg[:, None]
    dsecond, dspread = 2.0 * row_sums(weights, g_n * dg_n), 2.0 * row_sums(weights, deviation * ddeviation)
    dskew = row_sums(weights, 2.0 * g_n * dg_n * deviation + g_n**2 * ddeviation)
    dpull = dspread / (at.second * g**2) - at.pull * (dsecond / at.second + 2.0 * dg / g)
    dnoise = dspread / g**4 - 4.0 * at.noise * dg / g
    ratio = at.skew / at.second
    dratio = (dskew - ratio * dsecond) / at.second
    dslope = 2.0 / g**4 * (dratio - 4.0 * ratio * dg / g) - 4.0 * (dnoise / g - at.noise * dg / g**2)
    dpassed = (2.0 * g_n * dg_n - at.passed * dsecond[:, None]) / at.second[:, None]
    excess = ratio[:, None] - deviation
    dexcess = dratio[:, None] - ddeviation
    dlevels = (
        2.0 / g[:, None] ** 4 * (2.0 * g_n * dg_n * excess + g_n**2 * dexcess)
        - 4.0 * at.noise_levels * (dg / g)[:, None]
    )
    return dsecond, dpull, dnoise, dslope, dpassed, dlevels
