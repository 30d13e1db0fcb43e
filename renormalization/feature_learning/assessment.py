"""How far to trust a posterior: the error bar, the warnings, and which theory to take.

The bar of an expansion is of the next order, with the spread over scrambles of the nodes; that of
any other theory its distance from the best expansion plus the bar of that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cholesky
from scipy.special import ndtr, stdtrit

from fieldtheory.arguments import require_choice
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.registry import AUTO, POSTERIOR_THEORIES, STRONG, PosteriorTheory

_LARGE_LOOP, _MANY_SAMPLES, _FEW_NODES = 0.3, 1.0, 0.05
_INDEFINITE = 1e-8  # of the largest eigenvalue: rounding


@dataclass(frozen=True, eq=False)
class JudgedPosterior:
    """A prediction with its error bar and warnings, and the theory that it is of."""

    prediction: PosteriorPrediction
    theory: PosteriorTheory
    order: int | None


def judged_posterior(
    problem: PosteriorProblem, theory: str, order: int | None = None, error_bar: bool = True
) -> JudgedPosterior:
    """The prediction of a theory by name, or of the one with the smallest bar ("auto"), judged."""
    require_choice("theory", theory, (*POSTERIOR_THEORIES, AUTO))
    if theory == AUTO:
        if order is not None:
            raise ValueError(f"order must be None for theory='auto' (got {shown(order)})")
        return _best(problem)
    row = POSTERIOR_THEORIES[theory]
    order = row.require_order(order)
    found = _predicted(problem, row, order, error_bar)
    bar = None
    if error_bar:
        bar = own_bar(found)
        if bar is None:
            best = _best(problem).prediction
            assert best.error_bar is not None
            bar = np.abs(found.mean - best.mean) + best.error_bar
    return _said(problem, row, order, replace(found, error_bar=bar))


def own_bar(found: PosteriorPrediction) -> Floats | None:
    """What a prediction says of its own error: a bar of its theory, or of its series; None if nothing.

    A series: its last order, or as much of it as the next may add.
    """
    noise = node_noise(found)
    if found.error_bar is not None:
        return _both(found.error_bar, noise)
    if found.last_loop is None:
        return None
    # a last loop may vanish at one point by chance: no point is surer than the points are on average
    size = np.maximum(np.abs(found.last_loop), np.sqrt(np.mean(found.last_loop**2)))
    return _both(found.next_order * size, noise)


def node_noise(found: PosteriorPrediction) -> Floats:
    """What the nodes leave open: two standard errors, as many more as so few scrambles tell them badly."""
    if found.scrambles < 2:
        return found.spread
    return np.asarray(stdtrit(found.scrambles - 1, ndtr(2.0)) * found.spread, dtype=np.float64)


def _predicted(
    problem: PosteriorProblem, row: PosteriorTheory, order: int | None, error_bar: bool = True
) -> PosteriorPrediction:
    try:
        return row.prediction(problem, order, error_bar)
    except np.linalg.LinAlgError as error:
        raise FloatingPointError(
            f"theory {row.name!r} meets a matrix that rounding makes singular at ridge {problem.ridge:.3g} "
            f"({error}); raise ridge"
        ) from error


def _both(first: Floats, second: Floats) -> Floats:
    return np.asarray(np.hypot(first, second), dtype=np.float64)


def _best(problem: PosteriorProblem) -> JudgedPosterior:
    """The smallest bar among the theories that have one; it is not below the distance to the second."""
    for row in POSTERIOR_THEORIES.values():
        if row.is_exact and not row.refused(problem):
            return _said(problem, row, row.require_order(None), row.prediction(problem))
    found: list[tuple[float, PosteriorTheory, PosteriorPrediction]] = []
    for row in POSTERIOR_THEORIES.values():
        if row.refused(problem) or not row.automatic(problem):
            continue
        prediction = _predicted(problem, row, None)
        bar = own_bar(prediction)
        if bar is not None:
            found.append((float(np.sqrt(np.mean(bar**2))), row, replace(prediction, error_bar=bar)))
    if not found:
        raise ValueError("net must be one that a theory with an error bar holds for (got none that does)")
    found.sort(key=lambda each: each[0])
    _, row, best = found[0]
    if len(found) > 1:
        assert best.error_bar is not None
        runner_up = found[1][2]
        best = replace(best, error_bar=np.maximum(best.error_bar, np.abs(best.mean - runner_up.mean)))
    return _said(problem, row, row.require_order(None), best)


def _is_plainly_definite(kernel: Floats) -> bool:
    """Whether Cholesky's factorisation, much cheaper than eigenvalues, says so already."""
    try:
        shifted = kernel.copy()
        shifted[np.diag_indices_from(shifted)] += _INDEFINITE * np.diag(kernel).max()
        # one triangle is read: of the transposed, it needs no copy
        cholesky(shifted.T, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return False
    return True


def _said(
    problem: PosteriorProblem, row: PosteriorTheory, order: int | None, found: PosteriorPrediction
) -> JudgedPosterior:
    for kernel in {id(each): each for each in (found.kernel, *found.hidden_kernels)}.values():
        if _is_plainly_definite(kernel):
            continue
        values = np.linalg.eigvalsh(kernel)
        if values[0] < -_INDEFINITE * values[-1]:
            raise FloatingPointError(
                f"theory {row.name!r} has a kernel that is not positive definite here (eigenvalues from "
                f"{values[0]:.3g} to {values[-1]:.3g}); take theory='tree', whose kernels are averages of "
                "squares, or raise ridge"
            )
    said, name = list(found.warnings), row.name
    if found.loop_ratio > _LARGE_LOOP:
        said.append(
            f"order 1/n is {found.loop_ratio:.0%} of infinite width: the expansion in 1/n is not reliable"
            if name == "perturbative"
            else f"one loop is {found.loop_ratio:.0%} of the tree: the expansion in loops is not reliable"
        )
    if problem.samples_over_width > _MANY_SAMPLES and name in ("tree", "perturbative"):
        said.append(
            f"P/n is {problem.samples_over_width:.3g}: {name!r} leaves out corrections in P/n that are large"
        )
    if problem.feature_strength_over_width > STRONG and name == "perturbative":
        said.append(
            f"chi/n is {problem.feature_strength_over_width:.3g}: features are learnt, and {name!r} "
            "holds where they are not"
        )
    if found.sample_fraction and min(found.sample_fraction) < _FEW_NODES:
        said.append(
            f"the effective fraction of the nodes is {min(found.sample_fraction):.2g}: averages rest on few"
        )
    bar = found.error_bar
    noise = float(np.linalg.norm(node_noise(found)))
    if bar is not None and noise > float(np.linalg.norm(bar)) * math.sqrt(0.5):
        said.append("the spread over scrambles makes up most of the error bar: more nodes would narrow it")
    return JudgedPosterior(replace(found, warnings=tuple(said)), row, order)
