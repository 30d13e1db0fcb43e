"""A learning curve as a theory predicts it: arrays over n, and the regression that they are for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.workbench import records
from replicas.prediction import Prediction


@dataclass(frozen=True, eq=False, kw_only=True)
class LearningCurve(Prediction):
    """A predicted learning curve: a prediction with the sizes and the regression that it is for.

    Arrays over n, by degree of shape (len(n), max_degree + 1). error = bias + variance is the mean over data
    sets of ||f - g||^2, test labels without noise. `bias` is the squared bias sum_l g_l^2 (1-a_l)^2,
    `coefficients` the a_l = <f>_l/g_l, `error_by_degree` the E_l of a target of unit norm in degree l
    (error = sum_l g_l^2 E_l + label_noise W), `label_noise_gain` W, `effective_ridge` kappa,
    `training_error` the mean squared residual on the training labels. `error_bar`: the theory's own estimate
    of the error of `error`, absolute; None if it was not asked for. `converged`: whether the equations of the
    theory have a solution at this n; where not, the numbers are self-consistent ones. `asked`: the theory as
    it was asked for, "auto" where `theory` is what that chose. `sampled`: at which sizes data sets were drawn
    to reach the `accuracy` that was asked for, with this `seed` (None: none was, and none were).
    """

    n: Floats
    ensemble: str
    ridge: float
    label_noise: float
    asked: str = ""
    accuracy: float | None = None
    seed: int | None = None
    sampled: Booleans = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.sampled.size:
            object.__setattr__(self, "sampled", np.zeros(len(self.error), dtype=bool))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.theory}, {records.over_sizes(self)})"

    _repr_html_ = records.curve_table

    to_dict = records.to_dict
    to_csv = records.to_csv
    to_xarray = records.to_xarray

    def plot(self, axes: Any = None, **style: Any) -> Any:
        """Draw error against n with its error bar as a band; returns the Matplotlib axes."""
        from fieldtheory.workbench.plots.curves import error_curve

        return error_curve(self, axes, **style)
