"""What a theory says of a posterior, before anybody judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fieldtheory.array_types import Floats

if TYPE_CHECKING:
    from diagrams.expansion import Expansion


@dataclass(frozen=True, eq=False, kw_only=True)
class PosteriorPrediction:
    """Posterior averages at training points then test points, an axis of outputs last.

    `variance`: that of f; `kernel`, `hidden_kernels`: output kernel and that of every hidden layer, under the
    posterior, points x points; `discrepancy`: tau = (y - f)/kappa at training points. `spread`: standard
    error of the mean over so many `scrambles` of the nodes, 0 for exact averages. `last_loop`: what the
    highest order kept adds to the mean, None for a theory that is no expansion; `next_order`: how much of
    that the next may add; `loop_ratio`: |first order| over what it corrects (nan: not known).
    `sample_fraction`: effective fraction of the nodes per layer; `residual` of the saddle.
    `diagrams`: the expansion that was summed. A theory may leave `error_bar` to the assessment.
    """

    mean: Floats
    variance: Floats
    kernel: Floats
    hidden_kernels: tuple[Floats, ...]
    discrepancy: Floats
    spread: Floats
    last_loop: Floats | None = None
    next_order: float = 1.0
    scrambles: int = 1
    loop_ratio: float = float("nan")
    sample_fraction: tuple[float, ...] = ()
    residual: float = 0.0
    diagrams: Expansion | None = None
    error_bar: Floats | None = None
    warnings: tuple[str, ...] = ()


def average_over_scrambles(found: Sequence[PosteriorPrediction]) -> PosteriorPrediction:
    """The mean of predictions on different nodes, with the standard error of their mean as spread."""
    if len(found) == 1:
        return found[0]
    means = np.stack([each.mean for each in found])
    loops = [each.last_loop for each in found if each.last_loop is not None]
    return replace(
        found[0],
        mean=means.mean(0),
        variance=_mean([each.variance for each in found]),
        kernel=_mean([each.kernel for each in found]),
        hidden_kernels=tuple(map(_mean, zip(*(each.hidden_kernels for each in found), strict=True))),
        discrepancy=_mean([each.discrepancy for each in found]),
        spread=means.std(0, ddof=1) / np.sqrt(len(found)),
        scrambles=len(found),
        last_loop=_mean(loops) if loops else None,
        next_order=float(np.mean([each.next_order for each in found])),
        loop_ratio=float(np.mean([each.loop_ratio for each in found])),
        sample_fraction=tuple(np.mean([each.sample_fraction for each in found], axis=0).tolist()),
        residual=max(each.residual for each in found),
        warnings=tuple(dict.fromkeys(said for each in found for said in each.warnings)),
    )


def _mean(arrays: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(np.stack(arrays), axis=0))
