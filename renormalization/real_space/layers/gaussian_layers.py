"""Layers of linear maps over Gaussian variables: differential entropies and information."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory.array_arguments import require_integers, require_reals
from fieldtheory.array_types import Floats, Integers
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.lattice.layer_information import LayerInformation

_ASYMMETRY = 1e-9  # of the largest entry


def gaussian_layers(covariance: Any, block: Any, environment: Any, maps: Any) -> LayerInformation:
    """h(T_l) and I(T_l:E) of Gaussian variables of any covariance, T_{l+1} = maps[l] T_l, T_0 = X.

    h(T) = (1/2) ln det(2 pi e C_TT), in nats, may be negative; I(T:E) = -(1/2) sum ln(1 - rho^2) over the
    canonical correlations rho. H(X|T) is infinite for a map that loses anything: None. `block`,
    `environment`: rows of the covariance. ValueError for a covariance that is not symmetric and positive
    definite on them, and for maps whose rows depend on each other.

    Equation: gaussian-layers

    >>> halves = [[[0.5, 0.5]]]
    >>> covariance = [[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]]
    >>> gaussian_layers(covariance, [0, 1], [2], halves).information.round(6)  # -ln(1 - 1/3)/2: nothing lost
    array([0.202733, 0.202733])
    """
    c = require_reals("covariance", covariance, axes=2)
    if c.shape[0] != c.shape[1] or not c.size:
        raise ValueError(f"covariance must be square (got shape {c.shape})")
    if (np.abs(c - c.T) > _ASYMMETRY * np.abs(c).max()).any():
        raise ValueError(f"covariance must be symmetric (got one with asymmetry {np.abs(c - c.T).max():g})")
    v, e = _require_rows("block", block, len(c)), _require_rows("environment", environment, len(c))
    common = np.intersect1d(v, e)
    if common.size:
        raise ValueError(f"environment must not overlap with block (got {common[0]} in both)")
    matrices = [np.eye(len(v))]
    for k, each in enumerate(require_entries("maps", maps, "a list of matrices")):
        matrix = require_reals(f"maps[{k}]", each, axes=2)
        if matrix.shape[1] != len(matrices[-1]) or not len(matrix):
            raise ValueError(
                f"maps[{k}] must have {len(matrices[-1])} columns, one a variable of the layer before, "
                f"at first those of block (got shape {matrix.shape})"
            )
        matrices.append(matrix @ matrices[-1])
    of_environment = _factor("covariance", c[np.ix_(e, e)])
    entropies, informations = [], []
    for k, matrix in enumerate(matrices):
        name = f"maps[{k - 1}]" if k else "covariance"
        of_layer = _factor(name, matrix @ c[np.ix_(v, v)] @ matrix.T)
        half = np.linalg.solve(of_layer, matrix @ c[np.ix_(v, e)])
        rho = np.linalg.svd(np.linalg.solve(of_environment, half.T), compute_uv=False)
        if not (rho < 1).all():
            raise ValueError(f"covariance must be positive definite (got a correlation of {rho.max():.17g})")
        informations.append(-0.5 * float(np.log1p(-(rho**2)).sum()))
        determinant = float(np.log(np.diag(of_layer)).sum())
        entropies.append(0.5 * len(matrix) * math.log(2 * math.pi * math.e) + determinant)
    return LayerInformation(np.array(entropies), np.array(informations), None)


def _factor(name: str, matrix: Floats) -> Floats:
    """The Cholesky factor; ValueError where there is none, which names the argument."""
    scales = np.sqrt(np.diag(matrix).clip(min=0.0))
    try:
        if not scales.all():
            raise np.linalg.LinAlgError
        found = np.linalg.cholesky(matrix / np.outer(scales, scales))
    except np.linalg.LinAlgError:
        what = "be positive definite" if name == "covariance" else "have independent rows"
        least = np.linalg.eigvalsh(matrix)[0]
        raise ValueError(f"{name} must {what} (got a smallest eigenvalue of {least:g})") from None
    if np.diag(found).min() ** 2 < 1e-14 * len(found):
        what = "be positive definite" if name == "covariance" else "have independent rows"
        raise ValueError(f"{name} must {what} (got rows that determine each other to rounding)")
    factor: Floats = scales[:, None] * found
    return factor


def _require_rows(name: str, value: Any, count: int) -> Integers:
    rows: Integers = require_integers(name, value, "numbers of rows of the covariance")
    if rows.ndim != 1 or not rows.size or len(np.unique(rows)) < len(rows):
        raise ValueError(f"{name} must be different numbers of rows, at least one (got {shown(value)})")
    if rows.min() < 0 or rows.max() >= count:
        raise ValueError(
            f"{name} must be rows of covariance, numbers from 0 to {count - 1} (got {shown(value)})"
        )
    return rows.astype(np.int64)
