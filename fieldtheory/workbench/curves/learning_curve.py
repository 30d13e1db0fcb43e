"""Learning curves: a spectrum, a target and a theory in; error, bias, variance and their error bar out."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.finite_width_curve import (
    FeatureStrength,
    FiniteWidthCurve,
    Width,
    finite_width,
    finite_width_curve,
    require_rescaled,
)
from fieldtheory.workbench.curves.learning_problem import Ensemble, Points, Sampling, learning_problem
from fieldtheory.workbench.curves.predicted_curve import LearningCurve
from fieldtheory.workbench.curves.site_curve import SiteCurve
from fieldtheory.workbench.simulation.wanted_accuracy import wanted_accuracy
from replicas.assessment.judge import predict
from replicas.sites.site_prediction import SitePrediction
from replicas.theories.registry import theories_in_words

if TYPE_CHECKING:
    from replicas.sites.site_curve import Progress


def learning_curve(
    spectrum: Spectrum,
    target: Target,
    n: ArrayLike | Iterable[int],
    ridge: float = 0.0,
    label_noise: float = 0.0,
    theory: str = "auto",
    order: int | None = None,
    ensemble: Ensemble = "fixed",
    error_bar: bool = True,
    accuracy: float | None = None,
    seed: int = 0,
    max_seconds: float | None = None,
    jobs: int | None = None,
    progress: bool = False,
    sampling: Sampling | None = None,
    points: Points | None = None,
    width: Width | None = None,
    feature_strength: FeatureStrength = 1.0,
    hidden_layers: int = 1,
    scale_ridge: bool = True,
) -> LearningCurve:
    """The learning curve of Gaussian-process regression, as predicted by a theory: on spheres, or on data.

    `n`: numbers of training points (positive; mean numbers for ensemble="poisson"). `ridge`: likelihood
    variance of the model; `label_noise`: variance of the noise in the labels. `theory`: one of
    {theories}.
    The bar is the distance from the last plus its own bar; `error_bar=False` leaves it out (None), which
    makes the cheap theories much faster in sweeps.

    `accuracy`: the bar that is wanted, in units of the error. Sizes at which that of the theory is wider
    (`sampled` says which) are finished by exact regression on drawn data sets, joined with the theory by what
    each is worth; all averages there are then of the data sets, with their bars, but `effective_ridge`, what
    is by degree beyond that of the target (and 5), and what is by mode of own data. Data set r of size N uses
    `numpy.random.default_rng([seed, N, r])` whatever `jobs`, the number of processes, is. `max_seconds`: how
    long that may take; where it is not enough the bars say what is known by then, and a warning too (how many
    data sets that are depends on the machine). `progress`: show a progress bar.

    On the points of a data set, spectrum and target of `Spectrum.from_gram`, the result is a `SiteCurve`, by
    point and by output too. `sampling`: how training sets are drawn from the M points, "with-replacement"
    (the default) or "without-replacement"; `points`: the error on "all" of them (the default), or on the
    "unseen" ones, those that were not drawn. A target of powers only stands for labels with random signs of
    the modes. Theories that know modes only take the points for a density, and have an ordinary curve for all
    points, drawn with replacement.

    ValueError for bad input, for target power at a degree that the spectrum does not hold, `sampling` or
    `points` without a data set and ensemble="poisson" with one; a UserWarning for target power at a degree
    where the kernel vanishes (it can't be learnt). With `accuracy` also for sizes that are no whole numbers;
    and OverBudget where it would take too many data sets.

    Equation: source-identity, self-consistent-kappa, ring-sum

    >>> from fieldtheory import FullyConnected
    >>> spectrum = FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=20)
    >>> curve = learning_curve(spectrum, Target({1: 0.5, 2: 0.5}), n=[100, 1000], ridge=0.1)
    >>> curve.error.round(4).tolist()
    [0.5007, 0.0594]
    >>> data = Spectrum.from_gram([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]], y=[1.0, 0.0, -1.0])
    >>> learning_curve(*data, n=2, ridge=1.0, points="unseen").error_by_point.shape
    (1, 3)
    """
    if not isinstance(spectrum, Spectrum):
        raise ValueError(f"spectrum must be a Spectrum, such as kernel.spectrum(dim) (got {shown(spectrum)})")
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    finite = finite_width(width, feature_strength, hidden_layers, scale_ridge)
    problem, said = learning_problem(spectrum, target, n, ridge, label_noise, ensemble, sampling, points)
    for text in said:
        warnings.warn(text, UserWarning, stacklevel=2)
    known: dict[str, Any] = {
        "n": problem.n,
        "ensemble": problem.ensemble,
        "ridge": problem.ridge,
        "label_noise": problem.label_noise,
        "asked": theory,
    }
    if finite is not None:
        require_rescaled(problem, accuracy)
        values = finite_width_curve(problem, finite, theory, order, error_bar)
        return FiniteWidthCurve(**values | known | {"warnings": said + values["warnings"]})
    wanted = wanted_accuracy(accuracy, error_bar, seed, max_seconds, jobs, progress)
    with _sizes_done(progress and problem.sites is not None, len(problem.n)) as done:
        found = predict(problem, theory, order, error_bar=error_bar, progress=done)
    sampled = np.zeros(len(problem.n), dtype=bool)
    if wanted is not None:
        from fieldtheory.workbench.simulation.finished_curve import finished_curve

        found, sampled = finished_curve(problem, found, wanted)
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    values |= known | {
        "accuracy": wanted.accuracy if wanted else None,
        "seed": wanted.seed if wanted and sampled.any() else None,
        "sampled": sampled,
        "warnings": said + found.warnings,
    }
    if problem.sites is None or not isinstance(found, SitePrediction):
        return LearningCurve(**values)
    return SiteCurve(sampling=problem.sites.sampling, points=problem.sites.points, problem=problem, **values)


@contextmanager
def _sizes_done(shown: bool, sizes: int) -> Iterator[Progress | None]:
    """Shows how many sizes are done; None where nothing is to be shown."""
    if not shown:
        yield None
        return
    from fieldtheory.workbench.progress_bar import ProgressBar

    with ProgressBar(True, sizes, "sizes") as bar:
        yield lambda done, _: bar.reach(done)


if learning_curve.__doc__:  # without docstrings (python -OO) there is nothing to fill in
    learning_curve.__doc__ = learning_curve.__doc__.replace(
        "{theories}", textwrap.fill(theories_in_words(), 106, subsequent_indent="    ")
    )
