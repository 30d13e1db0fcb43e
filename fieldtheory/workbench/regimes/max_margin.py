"""The maximum margin of given patterns, exact to rounding, with a bound from the dual."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.references import COVER, GARDNER
from fieldtheory.shown_value import shown

_DECIDED = 1e-7  # a margin below this, relative to the patterns, is left to the linear programme
_NO_HEIGHT = 1e-7  # what the linear programme can't tell from 0
_GAP = 1e-9  # said, above
_ROUNDS = 50  # of the refinement on the active set


class NotSeparable(ValueError):
    """No hyperplane through 0 separates the patterns.

    `witness`: weights u >= 0 of the patterns, sum 1, whose sum of u y x is 0, so that no w has w.(y x) > 0
    for all of them.
    """

    def __init__(self, message: str, witness: Floats) -> None:
        super().__init__(message)
        self.witness = witness


@dataclass(frozen=True, eq=False)
class MaxMargin:
    """The hyperplane through 0 with the largest margin.

    `weights`: its unit normal, (inputs,). `margin`: the smallest y w.x over all patterns. `contacts`: how
    many patterns are at it; `active`: which, with a positive multiplier in the dual. `multipliers`:
    (patterns,), >= 0 with sum 1: no unit vector has a margin above |sum u y x|. `dual_gap`: that bound
    relative to the margin, minus 1.
    """

    weights: Floats = field(repr=False)
    margin: float
    contacts: int
    dual_gap: float
    active: Integers = field(repr=False)
    multipliers: Floats = field(repr=False)
    references: tuple[str, ...] = field(default=(COVER, GARDNER), repr=False)

    plot = plot


def max_margin(patterns: ArrayLike, labels: ArrayLike) -> MaxMargin:
    """The maximum over unit vectors w of the smallest y w.x, without an intercept.

    `patterns`: (P, N); `labels`: P numbers +1 or -1. The dual, max 1.u - |sum u y x|^2/2 over u >= 0, is a
    problem of non-negative least squares (SciPy's); then the equations of the active patterns are solved to
    rounding.

    NotSeparable, with the witness, where there is no margin, or none above 1e-7 of the largest entry; a
    UserWarning where rounding leaves a gap above 1e-9, as it may for margins below 1e-4 of it. ValueError
    for labels that are not +1 or -1, numbers that are not finite, and patterns without entries.

    Equation: maximum-margin

    >>> found = max_margin([[2.0, 0.0], [0.0, 2.0], [-3.0, -3.0]], [1, 1, -1])
    >>> round(found.margin, 12), found.contacts, found.weights.round(12).tolist()
    (1.414213562373, 2, [0.707106781187, 0.707106781187])
    """
    x = require_reals("patterns", patterns, axes=2)
    y = require_reals("labels", labels)
    if y.shape != (len(x),):
        raise ValueError(
            f"labels must be {counted(len(x), 'number')}, one for each of the patterns (got shape {y.shape})"
        )
    if (wrong := np.abs(y) != 1).any():
        raise ValueError(f"labels must be +1 or -1 (got {shown(float(y[wrong][0]))})")
    if not x.size:
        raise ValueError(f"patterns must have at least one entry (got shape {x.shape})")
    p, n = x.shape
    require_budget(
        f"{counted(p, 'pattern')} of {counted(n, 'input')}",
        seconds=2e-9 * p * min(p, n) ** 2 + 1e-8 * p * n,
        memory=40.0 * (p + n) * p,
        smaller="the number of patterns",
    )
    scale = float(np.abs(x).max())
    if scale == 0:
        raise NotSeparable("patterns must be separable: all of them are 0", np.full(p, 1 / p))
    with one_blas_thread():
        return _largest(y[:, None] * (x / scale), scale)


def _largest(signed: Floats, scale: float) -> MaxMargin:
    """Of patterns y x/scale."""
    u = _multipliers(signed, 1.0)
    if np.linalg.norm(signed.T @ u) <= _DECIDED * u.sum():
        u = _multipliers(signed, _height(signed, u))
    u, normal = _refined(signed, u)
    length = float(np.linalg.norm(signed.T @ u))
    weights = normal / np.linalg.norm(normal)
    margin = float((signed @ weights).min())
    if margin <= 0:
        raise NotSeparable(_no_margin(len(signed)), u / u.sum())
    bound = length / float(u.sum())
    if bound / margin - 1 > _GAP:
        said = f"the margin is between {margin * scale:.3g} and {bound * scale:.3g}: rounding hides the rest"
        warnings.warn(said, UserWarning, stacklevel=3)
    return MaxMargin(
        weights,
        margin * scale,
        int(np.count_nonzero(u)),
        bound / margin - 1,
        np.flatnonzero(u),
        u / u.sum(),
    )


def _no_margin(patterns: int) -> str:
    return (
        f"patterns must be separable: no hyperplane through 0 has all {patterns} on the sides of their "
        "labels (.witness has the weights with which they add up to 0)"
    )


def _multipliers(signed: Floats, height: float) -> Floats:
    """u >= 0 with the smallest |A^T u|^2 + height^2 (1 - sum u)^2: those of the largest margin, scaled.

    Well conditioned where the margin is not much below the height.
    """
    p, n = signed.shape
    rows = np.vstack([signed.T, np.full(p, height)])
    found: Floats = optimize.nnls(rows, np.append(np.zeros(n), height), maxiter=max(1000, 30 * p))[0]
    return found


def _height(signed: Floats, u: Floats) -> float:
    """The largest s with A w >= s for some |w_j| <= 1, by a linear programme; NotSeparable if that is 0."""
    p, n = signed.shape
    found = optimize.linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([-signed, np.ones((p, 1))]),
        b_ub=np.zeros(p),
        bounds=[(-1, 1)] * n + [(None, 1)],
        method="highs",
    )
    height = 0.0 if found.x is None else float(found.x[-1])
    if height > _NO_HEIGHT:
        return height
    raise NotSeparable(_no_margin(p), u / u.sum())


def _refined(signed: Floats, u: Floats) -> tuple[Floats, Floats]:
    """The equations A_S w = 1, w = A_S^T u, of the active patterns S, solved; patterns below 1 join them.

    Each round drops those with a multiplier that comes out negative, and adds the one that is violated most.
    """
    active = np.flatnonzero(u > 1e-9 * u.max())
    best, best_gap = (u, signed.T @ u), np.inf
    for _ in range(_ROUNDS):
        part = signed[active]
        # |A_S^T u|^2/2 - 1.u: two steps, the second for the rounding of the first
        q, r = np.linalg.qr(part.T)
        size = np.abs(np.diag(r))
        if len(active) > signed.shape[1] or size.min() <= 1e-13 * size.max():
            break  # dependent: nnls of SciPy 1.15 may keep more patterns than there are inputs
        w = q @ np.linalg.solve(r.T, np.ones(len(active)))
        c = np.linalg.solve(r, q.T @ w)
        if (c <= 0).any():
            active = active[c > 0]
            continue
        found = np.zeros(len(signed))
        found[active] = c
        sides = signed @ w
        bound = float(np.linalg.norm(part.T @ c)) / float(c.sum())
        gap = bound * float(np.linalg.norm(w)) / max(float(sides.min()), 1e-300) - 1
        if gap < best_gap:
            best, best_gap = (found, w), gap
        worst = int(np.argmin(sides))
        if sides[worst] >= 1 - 1e-12 or worst in active:
            break
        active = np.append(active, worst)
    return best
