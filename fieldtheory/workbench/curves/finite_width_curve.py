"""A learning curve of networks of finite width: fields of any curve, and the rescaling of the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from fieldtheory.arguments import (
    LEAST_VARIANCE,
    require_flag,
    require_integer,
    require_number,
)
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.references import LI_SOMPOLINSKY
from fieldtheory.shown_value import shown
from fieldtheory.workbench.curves.predicted_curve import LearningCurve
from replicas.prediction import Problem

MEAN_FIELD = "mean-field"
_WIDEST = 10**18
FeatureStrength = float | Literal["mean-field"]
Width = int | Sequence[int]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FiniteWidthCurve(LearningCurve):
    """A predicted learning curve of networks of finite width, trained on N points of the sphere.

    As `LearningCurve`, for the mean of the posterior over networks; `rescaling` R over n: the kernel of
    infinite width counts R times. `widths`: one per hidden layer; `feature_strength` chi;
    `likelihood_variance` kappa: the ridge over chi, unless that was not to be scaled. `effective_ridge`
    is that of the kernel at infinite width with the ridge over R, so that
    a_l = lambda_l/(lambda_l + kappa) at the saddle.
    """

    rescaling: Floats
    widths: tuple[int, ...]
    feature_strength: float
    likelihood_variance: float


@dataclass(frozen=True)
class FiniteWidth:
    """What a finite width is: of each hidden layer, chi, and whether that divides the ridge."""

    widths: tuple[int, ...]
    feature_strength: float
    scale_ridge: bool

    def ridge(self, ridge: float) -> float:
        """chi kappa: that of the kernel at chi = 1."""
        return ridge if self.scale_ridge else ridge * self.feature_strength


def finite_width(
    width: Any, feature_strength: Any, hidden_layers: Any, scale_ridge: Any
) -> FiniteWidth | None:
    """The arguments of `learning_curve`, checked; None for infinite networks."""
    require_flag("scale_ridge", scale_ridge)
    layers = require_integer("hidden_layers", hidden_layers, minimum=1, maximum=1000)
    mean_field = isinstance(feature_strength, str) and feature_strength == MEAN_FIELD
    chi = 1.0 if mean_field else require_number("feature_strength", feature_strength, exclusive=True)
    if not LEAST_VARIANCE <= chi <= 1 / LEAST_VARIANCE:
        raise ValueError(
            f"feature_strength must be from {LEAST_VARIANCE:g} to {1 / LEAST_VARIANCE:g} (got {chi:g})"
        )
    if width is None:
        for name, value, usual in (
            ("feature_strength", feature_strength, 1.0),
            ("hidden_layers", layers, 1),
            ("scale_ridge", scale_ridge, True),
        ):
            if value != usual:
                raise ValueError(
                    f"{name} must be {usual} for width=None, infinite networks (got {shown(value)}); give a "
                    "width, such as width=100"
                )
        return None
    if isinstance(width, Sequence) and not isinstance(width, str):
        widths = tuple(require_integer("width", each, minimum=1, maximum=_WIDEST) for each in width)
        if len(widths) != layers:
            raise ValueError(
                f"width must be one number, or one for each of hidden_layers={layers} (got {shown(width)})"
            )
    else:
        widths = (require_integer("width", width, minimum=1, maximum=_WIDEST),) * layers
    return FiniteWidth(widths, float(widths[-1]) if mean_field else chi, bool(scale_ridge))


def require_rescaled(problem: Problem, accuracy: Any) -> None:
    """ValueError for a problem of which finite networks have no learning curve."""
    if problem.sites is not None or problem.spectrum.dim is None:
        raise ValueError(
            "spectrum must be on a sphere, such as network.nngp().spectrum(dim), for a finite width (got "
            f"{shown(problem.spectrum)})"
        )
    if problem.ensemble != "fixed":
        raise ValueError(f"ensemble must be 'fixed' for a finite width (got {problem.ensemble!r})")
    if not problem.ridge > 0:
        raise ValueError(
            f"ridge must be positive for a finite width (got {problem.ridge:g}): at ridge 0 the mean "
            "does not depend on the scale of the kernel; leave out width"
        )
    if problem.ridge < LEAST_VARIANCE:
        raise ValueError(
            f"ridge must be at least {LEAST_VARIANCE:g} for a finite width (got {problem.ridge:g})"
        )
    if accuracy is not None:
        raise ValueError(
            f"accuracy must be None for a finite width, whose networks are not drawn (got {shown(accuracy)})"
        )
    sizes, degrees = len(problem.n), problem.spectrum.max_degree + 2
    require_budget(
        f"{sizes} sizes n and {degrees - 1} degrees at finite width",
        seconds=0.01 * sizes + 1e-5 * sizes * degrees,
        memory=600.0 * sizes * degrees,
        smaller="the number of sizes or max_degree",
    )


def finite_width_curve(
    problem: Problem, finite: FiniteWidth, theory: str, order: int | None, error_bar: bool
) -> dict[str, Any]:
    """The fields of a `FiniteWidthCurve` that a prediction has, and those of finite width."""
    from renormalization.feature_learning.curves.rescaled_curve import rescaled_curve

    problem = replace(problem, ridge=finite.ridge(problem.ridge))
    found = rescaled_curve(problem, finite.widths, finite.feature_strength, theory, order, error_bar)
    values = {each.name: getattr(found.prediction, each.name) for each in fields(found.prediction)}
    values["references"] = (*found.prediction.references, LI_SOMPOLINSKY)
    return values | {
        "rescaling": found.rescaling,
        "widths": finite.widths,
        "feature_strength": finite.feature_strength,
        "likelihood_variance": problem.ridge / finite.feature_strength,
    }
