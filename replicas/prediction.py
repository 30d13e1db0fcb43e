"""Learning-curve problems and predictions: what goes into every theory, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from fieldtheory.array_types import Booleans, Floats
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.spectrum import Spectrum

if TYPE_CHECKING:
    from replicas.sites.site_problem import SiteProblem

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Problem:
    """GP regression on random data: a spectrum, target powers g_l^2, sizes n, ridge, label noise, ensemble.

    `powers` has one entry per degree of the spectrum, `unresolved` is target power of unknown higher degree;
    `ensemble` is "fixed" (exactly n points) or "poisson" (n on average). The tail of the spectrum acts as
    ridge (`total_ridge` = ridge + tail), unresolved target power as label noise that is also missed.
    `sites`: the same on the points of a data set, where the modes are those of its Gram matrix; theories that
    know points take it, and all others are judged by them.
    """

    spectrum: Spectrum
    powers: Floats
    n: Floats
    ridge: float
    label_noise: float
    ensemble: str
    unresolved: float = 0.0
    sites: SiteProblem | None = None

    @property
    def total_ridge(self) -> float:
        """The ridge with the tail of the spectrum in it."""
        return self.ridge + self.spectrum.tail

    @property
    def target_degree(self) -> int:
        """Highest degree with target power."""
        return int(np.flatnonzero(self.powers).max(initial=0))

    def at(self, n: Floats) -> Problem:
        """The same with other sizes."""
        return replace(self, n=n, sites=None if self.sites is None else self.sites.at(n))


def kept_with_problem(function: Callable[[Problem], Found]) -> Callable[[Problem], Found]:
    """A function of the problem that is computed once for each: theories and their assessment share it.

    What is handed on to a user is a copy, and the arrays of a problem are not to be changed.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def found(problem: Problem) -> Found:
        values = vars(problem)
        if name not in values:
            values[name] = function(problem)
        kept: Found = values[name]
        return kept

    return found


def negative_averages(values: Mapping[str, Any]) -> dict[str, Booleans]:
    """Averages of squares, and the effective ridge, that came out negative anywhere, by name, and where."""
    scale = 1e-9 * np.maximum(np.abs(values["error"]), np.abs(values["bias"]))
    rounding = {
        **dict.fromkeys(("error", "variance"), scale),
        "effective_ridge": 0.0,
        **dict.fromkeys(("label_noise_gain", "posterior_variance"), 1e-9),
        "training_error": scale,
    }
    found = {}
    for name, zero in rounding.items():
        negative = values[name] < -zero
        if negative.any():
            found[name] = negative
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Prediction:
    """Averages over data sets, arrays over n (by degree: shape (len(n), degrees)).

    error = bias + variance = sum_l g_l^2 E_l + label_noise W. `bias` is the squared bias sum_l g_l^2
    (1-a_l)^2. `coefficients`: a_l = <f>_l/g_l; `error_by_degree`: E_l, the total error for a target of unit
    norm in degree l; `label_noise_gain`: W; `training_error` against the noisy labels. `converged`: whether
    the equations of the theory have a solution at this n (default: they have); where not, the numbers are
    those of the self-consistent theory.

    A theory leaves the rest to `replicas.predict`: `error_bar`, how far `error` may be off, absolute, or None
    if nobody asked, and likewise the bars of the other averages (`bias_bar`, ...); `theory`, `order` and
    `references`; only `warnings` may have some of the theory's own.
    """

    error: Floats
    bias: Floats
    variance: Floats
    error_bar: Floats | None = None
    bias_bar: Floats | None = None
    variance_bar: Floats | None = None
    training_error_bar: Floats | None = None
    posterior_variance_bar: Floats | None = None
    label_noise_gain_bar: Floats | None = None
    coefficients_bar: Floats | None = None
    coefficients: Floats
    error_by_degree: Floats
    effective_ridge: Floats
    posterior_variance: Floats
    label_noise_gain: Floats
    training_error: Floats
    converged: Booleans = field(default_factory=lambda: np.zeros(0, dtype=bool))
    theory: str = ""
    order: int | None = None
    references: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    plot = plot

    def __post_init__(self) -> None:
        if not self.converged.size:
            object.__setattr__(self, "converged", np.ones(len(self.error), dtype=bool))

    def impossible(self) -> tuple[str, ...]:
        """What to say of what came out negative though it can't be: the theory does not hold there."""
        found = negative_averages(vars(self))
        if not found:
            return ()
        names, anywhere = list(found), np.any(list(found.values()), axis=0)
        many = (
            "every size" if anywhere.all() else f"{int(anywhere.sum())} of {counted(len(anywhere), 'size')}"
        )
        verb = "comes" if len(names) == 1 else "come"
        said = " and ".join(", ".join(names).rsplit(", ", 1))
        return (f"{said} {verb} out negative at {many}, which can't be: this theory does not hold there",)

    def where(self, kept: Booleans, other: Prediction, said: str) -> Prediction:
        """This one at the sizes to keep, elsewhere the other (all sizes, or one), and a warning if any."""
        if kept.all():
            return self
        warnings = (*self.warnings, said) if said else self.warnings
        return self._mapped(
            lambda mine, theirs: np.where(kept.reshape(-1, *[1] * (mine.ndim - 1)), mine, theirs),
            other,
            warnings,
        )

    def spread(self, places: Booleans) -> Prediction:
        """Its sizes at these places of a longer list, zeros elsewhere."""

        def put(mine: Any, _: Any) -> Any:
            found = np.zeros((len(places), *mine.shape[1:]), dtype=mine.dtype)
            found[places] = mine
            return found

        return self._mapped(put, self, self.warnings)

    def copy(self) -> Prediction:
        """The same with arrays of its own."""
        return self._mapped(lambda mine, _: mine.copy(), self, self.warnings)

    def at(self, kept: Booleans) -> Prediction:
        """The same at some of its sizes."""
        return self._mapped(lambda mine, _: mine[kept], self, self.warnings)

    def _mapped(
        self, function: Callable[[Any, Any], Any], other: Prediction, warnings: tuple[str, ...]
    ) -> Prediction:
        arrays = {
            each.name: function(value, getattr(other, each.name))
            for each in fields(self)
            if isinstance(value := getattr(self, each.name), np.ndarray)
        }
        return replace(self, **arrays, warnings=warnings)
