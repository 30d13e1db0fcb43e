r"""The modes of a kernel on a sample: M points that stand for the whole distribution of inputs.

With the measure that gives each point the mass 1/M, the kernel is the matrix K/M. Its eigenvectors v_k are
eigenfunctions, orthonormal as phi_k(x_i) = sqrt(M) v_ik, and the power of labels y in mode k is
(1/M sum_i y_i phi_k(x_i))^2 = (v_k . y)^2/M, so that all powers add up to the mean square of y
(Bordelon, Canatar, Pehlevan, ICML 2020).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.array_arguments import listed
from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS
from fieldtheory.shown_value import shown


class GramModes(NamedTuple):
    """Modes of positive eigenvalue, the largest first, and what the labels have beyond them.

    `rounding`: what M eps ||K/M|| explains; eigenvalues of at most that size are the `null` ones. `powers`
    has an entry for each mode, `null_power` is the rest of the mean square of the labels. `features`: (M,
    modes), K = features features^T without the null ones; `labels`: (M, outputs).
    """

    eigenvalues: Floats
    powers: Floats
    null: int
    null_power: float
    rounding: float
    features: Floats
    labels: Floats


def gram_modes(K: ArrayLike, y: ArrayLike) -> GramModes:
    """Eigenvalues of K/M and powers of the labels; ValueError as for `Spectrum.from_gram`.

    >>> gram_modes([[2.0, 0.0], [0.0, 0.0]], [1.0, 3.0])[1:4]
    (array([0.5]), 1, 4.5)
    """
    gram, eps = require_gram(K)
    size = len(gram)
    labels = require_labels(y, size)
    values, vectors = np.linalg.eigh(gram / size)
    rounding = require_no_negative(values, eps)
    powers = ((vectors.T @ labels) ** 2).sum(axis=1) / size
    null = int((values <= rounding).sum())
    null_power = float(powers[:null].sum())
    if null_power <= size * eps * float(powers.sum()):
        null_power = 0.0  # rounding: no mode is known better than that
    values, vectors = values[null:][::-1].copy(), vectors[:, null:][:, ::-1]
    features = vectors * np.sqrt(size * values)
    return GramModes(values, powers[null:][::-1].copy(), null, null_power, rounding, features, labels)


def mode_powers(features: Floats, labels: Floats) -> tuple[Floats, float]:
    """Power of the labels in each mode, a column of the features, and all that they have beyond these.

    >>> mode_powers(np.array([[2.0], [0.0]]), np.array([[1.0], [3.0]]))
    (array([0.5]), 4.5)
    """
    size = len(labels)
    powers = ((features.T @ labels) ** 2).sum(axis=1) / (size * (features**2).sum(axis=0))
    return powers, max(float((labels**2).sum()) / size - float(powers.sum()), 0.0)


def labels_of_powers(features: Floats, powers: Floats) -> Floats:
    """Labels with these powers in the modes, the rest of them beyond: averages over all signs and directions.

    One output for each mode, sqrt(M p_k) v_k, without what they would share: averages that are quadratic in
    labels, summed over these outputs, are those over random signs of the modes. Power beyond the modes, the
    last entry if there is one more than modes, lies in every direction orthogonal to them alike.

    >>> labels_of_powers(np.array([[2.0], [0.0]]), np.array([0.5, 2.0]))
    array([[1., 0., 0.],
           [0., 0., 2.]])
    """
    size, modes = features.shape
    vectors = features / np.sqrt((features**2).sum(axis=0))
    found = [(vectors * np.sqrt(size * powers[:modes]))[:, powers[:modes] > 0]]
    if powers[modes:].any():
        beyond = np.eye(size) - vectors @ vectors.T
        found.append(beyond * np.sqrt(size * powers[modes] / (size - modes)))
    return np.hstack(found)


def require_no_negative(values: Floats, eps: float) -> float:
    """What rounding explains of the eigenvalues of K/M, in increasing order; ValueError for more below 0."""
    size, largest = len(values), float(values[-1])
    rounding = size * eps * max(largest, -float(values[0]))
    if values[0] < -rounding:
        raise ValueError(
            f"K must have no negative eigenvalues (got {values[0]:.3g} for K/{size}, whose largest is "
            f"{largest:.3g}; rounding, {size} eps times the largest, explains {rounding:.2g})"
        )
    if not largest > 0:
        raise ValueError("K must not be zero everywhere (got zeros only)")
    return rounding


def require_positive(gram: Floats, eps: float) -> None:
    """ValueError for eigenvalues that are negative beyond rounding, or all zero; by Cholesky if it can be."""
    size = len(gram)
    shifted = gram.copy()
    # half of what rounding of the largest eigenvalue, which no entry exceeds, allows
    shifted.flat[:: size + 1] += 0.5 * size * eps * float(np.diagonal(gram).max())
    try:
        np.linalg.cholesky(shifted)
    except np.linalg.LinAlgError:
        values = np.linalg.eigvalsh(gram / size).astype(np.float64, copy=False)
        require_no_negative(values, eps)


def require_gram(K: ArrayLike) -> tuple[Floats, float]:
    """K, square, symmetric and finite, in float64, and the rounding unit of the numbers it came in."""
    given = _real("K", K)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise ValueError(f"K must be a square matrix (got shape {given.shape})")
    if len(given) < 2:
        raise ValueError(f"K must hold at least 2 points (got {len(given)})")
    eps = max(EPS, float(np.finfo(str(given.dtype)).eps)) if given.dtype.kind == "f" else EPS
    gram = given.astype(np.float64)
    bad = np.argwhere(~np.isfinite(gram))
    if len(bad):
        i, j = bad[0]
        raise ValueError(f"K must be finite (got {gram[i, j]} at row {i}, column {j})")
    return _symmetric(gram, eps), eps


def _symmetric(gram: Floats, eps: float) -> Floats:
    """The symmetric part, after a check that there is hardly another."""
    gap = np.abs(gram - gram.T)
    i, j = np.unravel_index(int(gap.argmax()), gap.shape)
    rounding = len(gram) * eps * float(np.abs(gram).max())
    if gap[i, j] > rounding:
        raise ValueError(
            f"K must be symmetric (got entries {gram[i, j]:.6g} and {gram[j, i]:.6g} at ({i}, {j}) and "
            f"({j}, {i}), {gap[i, j]:.2g} apart, where rounding explains {rounding:.2g})"
        )
    return gram / 2 + gram.T / 2


def require_labels(
    y: ArrayLike, size: int, *, name: str = "y", rows_of: str = "K", zeros: bool = False
) -> Floats:
    """y in float64, shape (M, outputs); `zeros`: whether all of them may be zero."""
    labels = _real(name, y)
    if labels.ndim not in (1, 2) or labels.shape[0] != size or labels.size == 0:
        raise ValueError(
            f"{name} must have shape ({size},) or ({size}, outputs), a row for each row of {rows_of} "
            f"(got shape {labels.shape})"
        )
    labels = labels.astype(np.float64).reshape(size, -1)
    bad = np.argwhere(~np.isfinite(labels))
    if len(bad):
        raise ValueError(f"{name} must be finite (got {labels[tuple(bad[0])]} at point {bad[0][0]})")
    if not zeros and not labels.any():
        raise ValueError(f"{name} must not be zero at every point (got zeros only)")
    return labels


def require_varied(labels: Floats) -> Floats:
    """Labels that are not the same at every point; ValueError otherwise: there is nothing to learn."""
    if (labels == labels[0]).all():
        raise ValueError(f"y must not be the same at every point (got {shown(labels[0].tolist())} at each)")
    return labels


def _real(name: str, values: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    given = listed(name, values, "an array of real numbers")
    try:
        found = np.asarray(given)
    except ValueError:
        found = np.empty(0, dtype=object)
    if found.dtype.kind not in "biuf":
        what = f"text, {str(found.flat[0])!r}" if found.dtype.kind in "US" else type(values).__name__
        raise ValueError(f"{name} must be an array of real numbers (got {what})")
    return found
