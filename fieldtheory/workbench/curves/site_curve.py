"""A learning curve on the points of a data set, by point and by output, and the same for new points."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.sample_modes import require_labels
from fieldtheory.sample_points import new_points
from fieldtheory.workbench.curves.predicted_curve import LearningCurve
from replicas.assessment.judge import predict
from replicas.prediction import Problem
from replicas.sites.site_prediction import SitePrediction
from replicas.theories.registry import AUTO

GIVEN = "given"  # points of their own, beside "all" and "unseen"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SiteCurve(LearningCurve, SitePrediction):
    """A predicted learning curve on the M points of a data set.

    As `LearningCurve`, with modes of K/M in place of degrees, and by point and by output too:
    `error_by_point` of shape (len(n), M), `error_by_output`, `bias_by_output`, `training_error_by_output` of
    shape (len(n), outputs). `sampling`: how training sets are drawn; `points`: which points the errors are
    for, "all", "unseen", or "given" (by `predicted`). Files of `to_csv` leave out what is by point;
    `to_dict` and `to_xarray` have everything.
    """

    sampling: str
    points: str
    problem: Problem = field(repr=False, metadata={"recorded": False})

    def predicted(
        self, K_test: ArrayLike, y_test: ArrayLike, variances: ArrayLike | None = None
    ) -> SiteCurve:
        """The learning curve on given test points: trained on the data set, by the same theory.

        `K_test`: kernel of the test points with those of the data set, shape (tests, M); `y_test`: their
        labels, (tests,) or (tests, outputs); `variances`: K(x, x) of each test point, or one for all.
        Errors, by test point and by output, are means over test points, `training_error` is as before;
        `coefficients`, by mode of the data set, too. Without `variances` the posterior variance is the part
        that the data set knows of, a lower bound (`warnings` says so).

        ValueError for shapes that do not fit, labels with another number of outputs, and a K_test or
        variances that are no kernel together with K.

        >>> from fieldtheory import Spectrum, learning_curve
        >>> curve = learning_curve(*Spectrum.from_gram([[2.0, 1.0], [1.0, 2.0]], [1.0, 0.0]), [1], ridge=1.0)
        >>> test = curve.predicted([[1.5, 1.5]], [0.5], variances=2.0)
        >>> test.error_by_point.shape, test.points
        ((1, 1), 'given')
        """
        sites = self.problem.sites
        assert sites is not None
        new = new_points(K_test, variances, self.problem.spectrum)
        labels = require_labels(y_test, len(new.features), name="y_test", rows_of="K_test", zeros=True)
        if labels.shape[1] != sites.labels.shape[1]:
            raise ValueError(
                f"y_test must have {sites.labels.shape[1]} outputs, as y (got {labels.shape[1]})"
            )
        extended = replace(
            sites,
            features=np.vstack([sites.features, new.features]),
            labels=np.vstack([sites.labels, labels]),
            points="all",
            drawn=len(sites.features),
            beyond=new.beyond or 0.0,
        )
        order = None if self.asked == AUTO else self.order
        problem = replace(self.problem, sites=extended)
        found = predict(problem, self.asked, order, error_bar=self.error_bar is not None)
        assert isinstance(found, SitePrediction)
        said: tuple[str, ...] = ()
        if new.beyond is None:
            said = ("variances of the test points are not known: posterior_variance is a lower bound",)
        values: dict[str, Any] = {each.name: getattr(found, each.name) for each in fields(found)}
        values["warnings"] = said + found.warnings
        values["error_by_point"] = found.error_by_point[:, len(sites.features) :]
        none_drawn = np.zeros(len(self.n), dtype=bool)
        return replace(self, **values, points=GIVEN, accuracy=None, seed=None, sampled=none_drawn)
