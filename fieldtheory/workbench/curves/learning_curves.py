"""Many learning curves at once: spectra, ridges and sizes in, arrays over all three out."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import (
    ENSEMBLES,
    require_choice,
    require_flag,
    require_integer,
    require_sizes,
    require_variance,
)
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_curve import learning_curve
from fieldtheory.workbench.curves.learning_problem import Ensemble, learning_problem, target_powers
from fieldtheory.workbench.curves.predicted_curve import LearningCurve
from replicas.assessment.judge import predict
from replicas.assessment.problem_batch import COLUMNS, ProblemBatch, has_kernel, predict_batch
from replicas.prediction import Problem
from replicas.theories.registry import AUTO, THEORIES


class CurveWarning(NamedTuple):
    """What is to be said, and of which curves: pairs (spectrum, ridge) of places."""

    text: str
    curves: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class LearningCurves:
    """Predicted learning curves of many kernels and ridges.

    Arrays of shape (spectra, ridges, n), with the meaning that they have in `LearningCurve`; `error_bar` is
    None if it was not asked for. `warnings`: each text once, with the curves that it is said of;
    `unlearnable`: those of them about target power where a kernel vanishes. What is by degree is in
    `curve(spectrum, ridge)`.
    """

    error: Floats
    error_bar: Floats | None
    bias: Floats
    variance: Floats
    effective_ridge: Floats
    posterior_variance: Floats
    label_noise_gain: Floats
    training_error: Floats
    converged: Booleans
    n: Floats
    ridge: Floats
    label_noise: float
    ensemble: Ensemble
    theory: str
    order: int | None
    references: tuple[str, ...]
    warnings: tuple[CurveWarning, ...]
    spectra: tuple[Spectrum, ...] = field(repr=False)
    target: Target = field(repr=False)
    unlearnable: tuple[str, ...] = ()

    plot = plot

    def __repr__(self) -> str:
        spectra, ridges, sizes = self.error.shape
        return (
            f"LearningCurves({self.theory}, {counted(spectra, 'spectrum')}, "
            f"{counted(ridges, 'ridge')}, {counted(sizes, 'size')})"
        )

    def curve(self, spectrum: int, ridge: int = 0) -> LearningCurve:
        """The learning curve of one spectrum and ridge, by their places: everything, by degree too.

        It is computed when asked for, and equal to what is in the arrays. ValueError for places that are not
        there.
        """
        last = self.error.shape
        spectrum = require_integer("spectrum", spectrum, minimum=0)
        ridge = require_integer("ridge", ridge, minimum=0)
        for name, place, number in (("spectrum", spectrum, last[0]), ("ridge", ridge, last[1])):
            if place >= number:
                raise ValueError(f"{name} must be at most {number - 1} (got {place})")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # said before
            return learning_curve(
                self.spectra[spectrum],
                self.target,
                self.n,
                float(self.ridge[ridge]),
                self.label_noise,
                self.theory,
                self.order,
                self.ensemble,
                self.error_bar is not None,
            )


def learning_curves(
    spectra: Iterable[Spectrum],
    target: Target,
    n: ArrayLike | Iterable[int],
    ridge: ArrayLike = 0.0,
    label_noise: float = 0.0,
    theory: str = AUTO,
    ensemble: Ensemble = "fixed",
    error_bar: bool = True,
    order: int | None = None,
) -> LearningCurves:
    """The learning curve of every spectrum at every ridge: `learning_curve` for sweeps.

    `ridge`: one or several, each combined with every spectrum; all else as in `learning_curve`. Compiled as a
    whole for "auto", "self-consistent" and "loop-expansion" on spheres with exactly n points, and without
    bars for a Poisson number as well; other theories curve by curve, and so are spectra of data sets, several
    kernels on the same points and labels.

    ValueError for bad input, target power at a degree that a spectrum does not hold, and curves that diverge
    at every size (ridge 0 and as many modes as points); a UserWarning for target power where a kernel
    vanishes.

    Equation: self-consistent-kappa, self-consistent-error

    >>> from fieldtheory import FullyConnected, spectra as spectra_of
    >>> networks = [FullyConnected(layers, "relu", 2.0) for layers in (1, 2, 3)]
    >>> found = learning_curves(spectra_of(networks, dim=20), Target({1: 1.0}), [10, 100], ridge=[0.1, 1.0])
    >>> found.error.shape, found.curve(2, 0).error.tolist() == found.error[2, 0].tolist()
    ((3, 2, 2), True)
    """
    found = quiet_curves(spectra, target, n, ridge, label_noise, theory, ensemble, error_bar, order)
    for text in found.unlearnable:
        warnings.warn(text, UserWarning, stacklevel=2)
    return found


def quiet_curves(
    spectra: Iterable[Spectrum],
    target: Target,
    n: ArrayLike | Iterable[int],
    ridge: ArrayLike,
    label_noise: float,
    theory: str,
    ensemble: Ensemble,
    error_bar: bool,
    order: int | None,
) -> LearningCurves:
    """The same without a UserWarning: filters of warnings are not for threads."""
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    said = shown(spectra)
    listed = tuple(spectra) if isinstance(spectra, Iterable) and getattr(spectra, "ndim", 1) != 0 else ()
    if not listed or not all(isinstance(each, Spectrum) for each in listed):
        raise ValueError(
            f"spectra must be a list of one or more Spectrum, such as kernel.spectrum(dim) (got {said})"
        )
    sizes, noise = require_sizes(n), require_variance("label_noise", label_noise)
    ridges = np.atleast_1d(require_reals("ridge", ridge))
    if ridges.ndim > 1 or not ridges.size:
        raise ValueError(f"ridge must be a number or a flat list of numbers (got shape {ridges.shape})")
    for each in ridges:
        require_variance("ridge", float(each))
    error_bar = require_flag("error_bar", error_bar)
    require_choice("ensemble", ensemble, ENSEMBLES)
    require_choice("theory", theory, (*THEORIES, AUTO))
    if theory != AUTO:
        order = THEORIES[theory].require_order(order)
    elif order is not None:
        raise ValueError(f'order must be None for theory="auto", which chooses (got {shown(order)})')
    shape = len(listed), len(ridges), len(sizes)
    _require_time(listed, shape, theory, error_bar)
    found = _Found(shape, error_bar)
    for places in _groups(listed, target, found):
        mine = [listed[place] for place in places]
        powers = target.as_array(mine[0].max_degree)
        batch = ProblemBatch(mine, powers, sizes, ridges, noise, ensemble, target.remainder)
        if has_kernel(theory, order, mine[0], ensemble, error_bar) and not batch.may_diverge():
            for part in batch.pieces():
                found.take_batch(places[part], batch.at(part), theory, order)
        else:
            found.take_each(places, batch, theory, order)
    for place, spectrum in enumerate(listed):
        if spectrum.features is not None:
            for place_of_ridge, each in enumerate(ridges.tolist()):
                problem, unlearnable = learning_problem(spectrum, target, sizes, each, noise, ensemble)
                found.take_one(place, place_of_ridge, problem, theory, order)
            found.unlearnable += [(text, place) for text in unlearnable]
    return LearningCurves(
        **found.arrays,
        error_bar=found.bar,
        converged=found.converged,
        n=sizes,
        ridge=ridges,
        label_noise=noise,
        ensemble=ensemble,
        theory=theory,
        order=order,
        references=tuple(dict.fromkeys(found.references)),
        warnings=found.collected(),
        unlearnable=tuple(dict.fromkeys(text for text, _ in found.unlearnable)),
        spectra=listed,
        target=target,
    )


def _require_time(spectra: Sequence[Spectrum], shape: tuple[int, int, int], theory: str, bar: bool) -> None:
    points = float(np.prod(shape))
    degrees = float(max(each.max_degree for each in spectra)) + 1
    require_budget(
        f"{counted(shape[0], 'spectrum')}, {counted(shape[1], 'ridge')} and {counted(shape[2], 'size')} n",
        seconds=points * point_seconds(theory, bar, degrees),
        memory=100 * points + 30 * degrees * len(spectra),
        smaller="the number of spectra, of ridges or of sizes",
    )


def point_seconds(theory: str, bar: bool, degrees: float) -> float:
    """Measured: 6 ns for a degree at the saddle point, up to 0.3 us with the rings, other theories more."""
    plain = theory == "self-consistent" and not bar
    usual = theory in (AUTO, "self-consistent", "loop-expansion")
    return 3e-7 + (6e-9 if plain else 3e-7 if usual else 3e-6) * degrees


class _Found:
    """The arrays as they are filled, papers and warnings."""

    def __init__(self, shape: tuple[int, int, int], error_bar: bool) -> None:
        self.arrays: dict[str, Any] = {name: np.empty(shape) for name in COLUMNS}
        self.bar = np.empty(shape) if error_bar else None
        self.converged = np.empty(shape, dtype=bool)
        self.ridges = shape[1]
        self.references: list[str] = []
        self.unlearnable: list[tuple[str, int]] = []
        self.said: dict[str, list[tuple[int, int]]] = {}

    def take_batch(self, places: Integers, batch: ProblemBatch, theory: str, order: int | None) -> None:
        """What the compiled code predicts of the spectra at these places."""
        found = predict_batch(batch, theory, order, self.bar is not None)
        shape = len(places), *self.converged.shape[1:]
        for name in COLUMNS:
            self.arrays[name][places] = found.values[name].reshape(shape)
        if self.bar is not None:
            self.bar[places] = found.values["error_bar"].reshape(shape)
        self.converged[places] = found.converged.reshape(shape)
        self.references += THEORIES["loop-expansion" if theory == AUTO else theory].references
        for curve, texts in found.warnings.items():
            spectrum, ridge = divmod(curve, self.ridges)
            self.say(texts, int(places[spectrum]), ridge)

    def take_each(self, places: Integers, batch: ProblemBatch, theory: str, order: int | None) -> None:
        """What the single call predicts, curve by curve."""
        for curve in range(len(places) * self.ridges):
            spectrum, ridge = divmod(curve, self.ridges)
            self.take_one(int(places[spectrum]), ridge, batch.problem(curve), theory, order)

    def take_one(self, place: int, ridge: int, problem: Problem, theory: str, order: int | None) -> None:
        """What the single call predicts of one problem."""
        found = predict(problem, theory, order, error_bar=self.bar is not None)
        for name in COLUMNS:
            self.arrays[name][place, ridge] = getattr(found, name)
        if self.bar is not None:
            self.bar[place, ridge] = found.error_bar
        self.converged[place, ridge] = found.converged
        self.references += found.references
        self.say(found.warnings, place, ridge)

    def say(self, texts: Iterable[str], spectrum: int, ridge: int) -> None:
        """Texts of one curve."""
        for text in texts:
            self.said.setdefault(text, []).append((spectrum, ridge))

    def collected(self) -> tuple[CurveWarning, ...]:
        """All texts, what no curve can learn first."""
        for text, spectrum in reversed(self.unlearnable):
            said = {text: self.said.pop(text, [])}
            said[text] = [*((spectrum, ridge) for ridge in range(self.ridges)), *said[text]]
            self.said = said | self.said
        return tuple(CurveWarning(text, tuple(sorted(curves))) for text, curves in self.said.items())


def _groups(spectra: Sequence[Spectrum], target: Target, found: _Found) -> list[Integers]:
    """Places of the spectra on one space, those of data sets left out; notes target power without kernel."""
    groups: dict[tuple[int | None, int], list[int]] = {}
    for place, spectrum in enumerate(spectra):
        if spectrum.features is not None:
            continue
        _, said = target_powers(target, spectrum)
        found.unlearnable += [(text, place) for text in said]
        groups.setdefault((spectrum.dim, spectrum.max_degree), []).append(place)
    return [np.array(places) for places in groups.values()]
