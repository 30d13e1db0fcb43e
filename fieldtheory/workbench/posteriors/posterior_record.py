"""What every posterior has, predicted or sampled: shapes, new points, its fields for JSON, its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from numpy.typing import ArrayLike

from fieldtheory.array_types import Floats
from fieldtheory.networks.point_covariance import points
from fieldtheory.workbench import records
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem

_HIDDEN = ("problem", "state")  # what a posterior goes on from


def to_dict(posterior: Any) -> dict[str, Any]:
    """Every field by name as plain lists, numbers and strings, ready for JSON; diagrams as text."""
    found: dict[str, Any] = {"theory": posterior.theory}
    for each in fields(posterior):
        value = getattr(posterior, each.name)
        if each.name == "hidden_kernels":
            value = [kernel.tolist() for kernel in value]
        elif each.name == "diagrams" and value is not None:
            value = [str(diagram) for diagram in value]
        if each.name not in _HIDDEN:
            found[each.name] = records.plain(value)
    return found


def plot(posterior: Any, axes: Any = None) -> Any:
    """Predictions with their errors, kernels before and after, their alignment with y, as a figure.

    Into Matplotlib `axes`, where given, predictions alone.
    """
    from fieldtheory.workbench.plots.posterior import posterior_figure

    return posterior_figure(posterior, axes)


def new_points(problem: PosteriorProblem, X_new: ArrayLike) -> Floats:
    """Points to predict at, checked."""
    new = points("X_new", X_new)
    if new.shape[1] != problem.X.shape[1]:
        raise ValueError(
            f"X_new must have points in {problem.X.shape[1]} dimensions, as X has (got "
            f"{new.shape[1]} dimensions)"
        )
    return new


def shape_of(flat: bool) -> Callable[[Floats], Floats]:
    """Points x outputs as they are, or without the axis of outputs."""
    return lambda values: values[:, 0] if flat else values
