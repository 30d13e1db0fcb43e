"""Predictions for the points of a data set: averages over data sets, by point and by output too."""

from __future__ import annotations

from dataclasses import dataclass

from fieldtheory.array_types import Floats
from replicas.prediction import Prediction


@dataclass(frozen=True, eq=False, kw_only=True)
class SitePrediction(Prediction):
    """Averages over training sets drawn from the points of a data set.

    As `Prediction`, a mode of K/M in place of a degree, `effective_ridge` = 1/sum_i Sigma_i.
    `error_by_point`: <|y_i - f(x_i)|^2>, shape (len(n), M), label noise excluded; for points="unseen" given
    that the point was not drawn. `error_by_output`, `bias_by_output`, `training_error_by_output`: shape
    (len(n), outputs), whose sums over outputs are the whole.
    """

    error_by_point: Floats
    error_by_output: Floats
    bias_by_output: Floats
    training_error_by_output: Floats
