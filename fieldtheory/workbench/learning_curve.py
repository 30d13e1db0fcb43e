"""Learning curves: a spectrum, a target and a theory in; error, bias, variance and their error bar out."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable
from dataclasses import fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import ENSEMBLES, require_choice, require_sizes, require_variance
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from fieldtheory.workbench.predicted_curve import LearningCurve
from fieldtheory.workbench.simulation.wanted_accuracy import wanted_accuracy
from replicas.assessment.judge import predict
from replicas.prediction import Problem
from replicas.theories.registry import theories_in_words

Ensemble = Literal["fixed", "poisson"]


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
) -> LearningCurve:
    """The learning curve of Gaussian-process regression on uniform data, as predicted by a theory.

    `n`: numbers of training points (positive; mean numbers for ensemble="poisson"). `ridge`: likelihood
    variance of the model; `label_noise`: variance of the noise in the labels. `theory`: one of
    {theories}.
    The bar is the distance from the last plus its own bar; `error_bar=False` leaves it out (None), which
    makes the cheap theories much faster in sweeps.

    `accuracy`: the bar that is wanted, in units of the error. Sizes at which that of the theory is wider
    (`sampled` says which) are finished by exact regression on data sets drawn on the sphere, joined with the
    theory by what each is worth; all averages there but `effective_ridge`, and those by degree up to that of
    the target, at least 5, are then of the data sets, with their bars. Data set r of size N uses
    `numpy.random.default_rng([seed, N, r])` whatever `jobs`, the number of processes, is. `max_seconds`: how
    long that may take; where it is not enough the bars say what is known by then, and a warning too (how many
    data sets that are depends on the machine). `progress`: show a progress bar.

    ValueError for bad input, and for target power at a degree that the spectrum does not hold; a
    UserWarning for target power at a degree where the kernel vanishes (it can't be learnt). With `accuracy`
    also for sizes that are no whole numbers; and OverBudget where it would take too many data sets.

    >>> from fieldtheory import FullyConnected
    >>> spectrum = FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=20)
    >>> curve = learning_curve(spectrum, Target({1: 0.5, 2: 0.5}), n=[100, 1000], ridge=0.1)
    >>> curve.error.round(4).tolist()
    [0.5007, 0.0594]
    """
    if not isinstance(spectrum, Spectrum):
        raise ValueError(f"spectrum must be a Spectrum, such as kernel.spectrum(dim) (got {shown(spectrum)})")
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    powers, said = target_powers(target, spectrum)
    if said:
        warnings.warn(said[0], UserWarning, stacklevel=2)
    problem = Problem(
        spectrum=spectrum,
        powers=powers,
        unresolved=target.remainder,
        n=require_sizes(n),
        ridge=require_variance("ridge", ridge),
        label_noise=require_variance("label_noise", label_noise),
        ensemble=require_choice("ensemble", ensemble, ENSEMBLES),
    )
    wanted = wanted_accuracy(accuracy, error_bar, seed, max_seconds, jobs, progress)
    found = predict(problem, theory, order, error_bar=error_bar)
    sampled = np.zeros(len(problem.n), dtype=bool)
    if wanted is not None:
        from fieldtheory.workbench.simulation.finished_curve import finished_curve

        found, sampled = finished_curve(problem, found, wanted)
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    values["warnings"] = said + found.warnings
    return LearningCurve(
        n=problem.n,
        ensemble=problem.ensemble,
        ridge=problem.ridge,
        label_noise=problem.label_noise,
        asked=theory,
        accuracy=wanted.accuracy if wanted else None,
        seed=wanted.seed if wanted and sampled.any() else None,
        sampled=sampled,
        **values,
    )


if learning_curve.__doc__:  # without docstrings (python -OO) there is nothing to fill in
    learning_curve.__doc__ = learning_curve.__doc__.replace(
        "{theories}", textwrap.fill(theories_in_words(), 106, subsequent_indent="    ")
    )


def target_powers(target: Target, spectrum: Spectrum) -> tuple[Floats, tuple[str, ...]]:
    """g_l^2 for the degrees of the spectrum, and what is to be said about them."""
    if target.max_degree > spectrum.max_degree:
        raise ValueError(
            f"target must have its power at degrees that the spectrum holds, 0 to {spectrum.max_degree} "
            f"(got degree {target.max_degree}); pass max_degree={target.max_degree} or more to spectrum()"
        )
    powers = target.as_array(spectrum.max_degree)
    unlearnable = np.flatnonzero((powers > 0) & (spectrum.log_eigenvalues == -np.inf))
    if len(unlearnable):
        degrees = ", ".join(map(str, unlearnable))
        return powers, (
            f"target has power at degree {degrees}, where the kernel vanishes: unlearnable, it is noise",
        )
    return powers, ()
