r"""The Wilsonian flow of Gaussian-process regression: integrate out the modes above a cut-off degree.

Moving the ultraviolet terms of N kappa = ridge + sum deg kappa lambda/(lambda+kappa) to the ridge leaves a
theory of the modes l <= Lambda with three running parameters and the same kappa. One-loop in each shell, with
the shell's propagator screened by the data; the naive sum, of lambda instead of lambda kappa/(lambda+kappa),
is its limit for lambda_> << kappa (Cohen, Malka, Ringel, arXiv 1906.05301; Howard et al., arXiv 2405.06008).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_flag, require_integer, require_sizes, require_variance
from fieldtheory.array_arguments import listed, require_integers
from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.notebook_table import notebook_table
from fieldtheory.references import BORDELON, COHEN_MALKA_RINGEL, HOWARD, SIMON
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from renormalization.wilson.beta_functions import BetaFunctions, beta_functions
from renormalization.wilson.flow_equation import FlowEquation, flow_equation
from renormalization.wilson.horizon import horizons
from renormalization.wilson.infrared import InfraredTheory, infrared_theory
from renormalization.wilson.running_couplings import RunningCouplings, running_couplings
from renormalization.wilson.truncation import RenormalisedKernel, harmonic_kernel
from replicas.learnability import learnability
from replicas.prediction import Problem
from replicas.saddle_point.saddle_point import SaddlePoint, finite_saddle_point, solve_saddle_point

if TYPE_CHECKING:
    from renormalization.wilson.compressed_model import CompressedModel
    from renormalization.wilson.vertex import RidgeCorrections

_SMALL_COUPLING = 0.3  # of the first degree left out: above it the cut itself costs accuracy
_LARGE_VERTEX = 0.3  # relative to what the removed modes add to the ridge
_SMALL_VERTEX = 1e-3  # the same, below which nothing depends on it


@dataclass(frozen=True, eq=False)
class WilsonFlow:
    r"""Running couplings of GP regression at every cut-off degree, for one or many training-set sizes.

    `spectrum`: of the kernel, with lambda << kappa at its last degree (its tail counts as ridge); `n`: one
    size or a flat array of them; `ridge`, `label_noise`: bare sigma^2 and tau^2; `target`: a Target, or None
    for no power in any degree. Target power of unknown degree (`remainder`) counts as label noise at every
    cut-off. Results have the shape of n, followed by that of the cut-off.

    The vertex is that of exactly n points (ensemble "fixed"): its rings include the one that a frozen number
    of points adds. Nothing else depends on the ensemble.

    ValueError for sizes that are not positive, for ridge 0 with no more modes than points (there is no
    effective ridge then), for target power at degrees that the spectrum does not hold.

    Source: theory of Howard et al., arXiv 2405.06008; screening from the self-consistent equation of
    Bordelon, Canatar, Pehlevan, arXiv 2002.02561 and Simon et al., arXiv 2110.03922.

    Equation: screened-ridge, running-couplings

    >>> from fieldtheory import FullyConnected
    >>> spectrum = FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=20)
    >>> flow = WilsonFlow(spectrum, n=200, ridge=0.02)
    >>> round(flow.at(2).ridge, 4), round(flow.at(2).ridge_naive, 4)
    (2.5339, 2.5471)
    >>> bool(flow.kappa_residual(2) < 1e-12)
    True
    """

    spectrum: Spectrum
    n: Any
    ridge: float
    label_noise: float = 0.0
    target: Target | None = None
    _sizes: Floats = field(init=False, repr=False)

    plot = plot

    def _repr_html_(self) -> str:
        """For the first of several n."""
        degrees = np.arange(self.spectrum.max_degree + 1)
        found = self.at(degrees)
        ridge, noise, factor, coupling = (
            np.reshape(each, (len(self._sizes), -1))[0].tolist()
            for each in (found.ridge, found.label_noise, found.factor, found.coupling)
        )
        heads = ["cut-off", "ridge", "naive sum", "label noise", "factor Z", "coupling"]
        naive = np.reshape(found.ridge_naive, (len(self._sizes), -1))[0].tolist()
        rows = list(zip(degrees.tolist(), ridge, naive, noise, factor, coupling, strict=True))
        others = f", the first of {len(self._sizes)} sizes" if len(self._sizes) > 1 else ""
        return notebook_table(f"WilsonFlow(n = {self._sizes[0]:g}{others})", heads, rows)

    def __post_init__(self) -> None:
        if not isinstance(self.spectrum, Spectrum):
            raise ValueError(
                f"spectrum must be a Spectrum, such as kernel.spectrum(dim) (got {shown(self.spectrum)})"
            )
        if self.target is not None and not isinstance(self.target, Target):
            raise ValueError(f"target must be a Target or None (got {shown(self.target)})")
        object.__setattr__(self, "ridge", require_variance("ridge", self.ridge))
        object.__setattr__(self, "label_noise", require_variance("label_noise", self.label_noise))
        object.__setattr__(self, "n", listed("n", self.n, "positive numbers"))
        object.__setattr__(self, "_sizes", require_sizes(self.n))
        cells = len(self._sizes) * (self.spectrum.max_degree + 1.0)
        require_budget(
            f"{len(self._sizes)} sizes n and {self.spectrum.max_degree} cut-offs",
            seconds=1e-6 * cells,
            memory=300 * cells,
            smaller="the number of sizes or max_degree",
        )
        if self.target is not None and self.target.max_degree > self.spectrum.max_degree:
            raise ValueError(
                "target must have its power at degrees that the spectrum holds, 0 to "
                f"{self.spectrum.max_degree} (got degree {self.target.max_degree})"
            )
        lost = ~(self._kappa > 0)
        if lost.any():
            modes = float(self.spectrum.multiplicities[self.spectrum.eigenvalues > 0].sum())
            raise ValueError(
                f"ridge must be positive where n is not below the number of modes, {modes:g}: no effective "
                f"ridge at n = {self._sizes[lost][0]:g} (got ridge {self.ridge:g})"
            )
        finite_saddle_point(self._problem)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return HOWARD, COHEN_MALKA_RINGEL, BORDELON, SIMON

    @cached_property
    def _problem(self) -> Problem:
        highest = self.spectrum.max_degree
        powers = np.zeros(highest + 1) if self.target is None else self.target.as_array(highest)
        beyond = 0.0 if self.target is None else self.target.remainder
        return Problem(self.spectrum, powers, self._sizes, self.ridge, self.label_noise, "fixed", beyond)

    @cached_property
    def _found(self) -> SaddlePoint:
        found = solve_saddle_point(self._problem)
        found.kappa.setflags(write=False)  # `kappa` hands it out
        return found

    @property
    def _kappa(self) -> Floats:
        return self._found.kappa

    @cached_property
    def _table(self) -> tuple[Floats, Floats, Floats]:
        spectrum, problem = self.spectrum, self._problem
        found = running_couplings(
            self._kappa,
            self._sizes,
            problem.total_ridge,
            self.label_noise + problem.unresolved,
            spectrum.eigenvalues,
            spectrum.degree_traces,
            problem.powers,
        )
        for each in found:
            each.setflags(write=False)  # views of them are handed out
        return found

    @cached_property
    def _naive(self) -> Floats:
        """The naive ridge at cut-offs 0, 1, ...: the same for every n."""
        summed = np.cumsum(np.append(self._problem.total_ridge, self.spectrum.degree_traces[:0:-1]))
        return np.asarray(summed[::-1])

    @property
    def kappa(self) -> Any:
        """The effective ridge sigma_eff^2/n, the same at every cut-off; shape of n."""
        return self._shaped(self._kappa)

    @property
    def error(self) -> Any:
        """The self-consistent error <||f - g||^2> of the full model, test labels without noise."""
        return self._shaped(self._found.error(self.label_noise))

    @property
    def learnability(self) -> Floats:
        """L_l = lambda_l/(lambda_l + kappa), shape of n, then degrees."""
        learnt, _ = learnability(self.spectrum.eigenvalues, self._kappa)
        return np.asarray(self._shaped(learnt))

    @cached_property
    def all(self) -> RunningCouplings:
        """The running couplings at all cut-offs 0 ... max_degree of the spectrum, in one compiled pass."""
        return self.at(np.arange(self.spectrum.max_degree + 1))

    def at(self, cutoff: int | ArrayLike, vertex: bool = False) -> RunningCouplings:
        """The theory of degrees l <= cutoff; `vertex` adds the vertex correction to the ridge.

        `cutoff`: a degree of the spectrum or an array of them; ValueError for others. With the vertex term
        the ridge is that of finite dimension, and kappa is not invariant any more: see `corrections`, and
        ValueError where that correction leaves no positive ridge.
        """
        degrees, index = self._degrees(cutoff)
        ridges, noises, one_minus_gamma = self._table
        # all degrees in order, as for a picture of the flow: no copies
        every = slice(None) if np.array_equal(degrees, np.arange(len(self._naive))) else degrees
        eigenvalues = self.spectrum.eigenvalues[every]
        found = RunningCouplings(
            ridges[:, every],
            np.broadcast_to(self._naive[every], (len(self._sizes), len(degrees))),
            noises[:, every],
            one_minus_gamma[:, every] / one_minus_gamma[:, -1:],
            eigenvalues / self._kappa[:, None],
        )
        shaped = RunningCouplings(*(self._shaped(each[:, index]) for each in found))
        if require_flag("vertex", vertex):
            ridge = shaped.ridge + self.corrections(cutoff).vertex
            if not np.min(ridge) > 0:
                raise ValueError(
                    "vertex must be False where its correction exceeds the screened ridge: the rings do not "
                    f"converge (got the ridge {np.min(ridge):.3g})"
                )
            shaped = shaped._replace(ridge=ridge)
        return shaped

    def beta(self, cutoff: int | ArrayLike) -> BetaFunctions:
        r"""d/d ln Lambda of the running couplings at cut-offs >= 1, towards the ultraviolet.

        With u = lambda_Lambda/kappa: ridge -Lambda deg kappa u/(1+u), naive -Lambda deg lambda, label noise
        -Lambda g_Lambda^2/(1+u)^2, factor -Z (E0_</n) Lambda deg (u/(1+u))^2, coupling -alpha u with
        lambda ~ Lambda^-alpha between the neighbouring degrees that are not zero. Each but the last is
        Lambda times the change by the shell of degree Lambda. ValueError for cut-offs below 1.
        """
        degrees, index = self._degrees(cutoff)
        if (degrees < 1).any():
            raise ValueError(
                f"cutoff must be at least 1 for derivatives by its logarithm (got {shown(cutoff)})"
            )
        found = beta_functions(self._problem, self._kappa, self._table[2][:, -1], degrees)
        return BetaFunctions(*(self._shaped(each[:, index]) for each in found))

    def horizon(self, interpolate: bool = False) -> Any:
        """The learnability horizon: the highest degree with lambda_l > kappa, -1 if there is none.

        `interpolate`: the real degree at which log lambda crosses log kappa, a straight line between that
        degree and the next one that is not zero, from degree 1 on. ValueError where the horizon lies beyond
        the spectrum.
        """
        interpolate = require_flag("interpolate", interpolate)
        found = horizons(self.spectrum, self._kappa, self._sizes, interpolate)
        if self._is_scalar:
            return found[0].item()
        return found

    def kappa_residual(self, cutoff: int | ArrayLike | None = None) -> Any:
        """|kappa_</kappa - 1| with kappa_< solved afresh from the theory below the cut-off.

        Zero to rounding at every cut-off: kappa is a renormalisation-group invariant. Default: all cut-offs.
        """
        degrees, index = self._degrees(self._every if cutoff is None else cutoff)
        infrared = np.array([self._infrared(int(l)).kappa for l in degrees]).T
        return self._shaped(np.abs(infrared / self._kappa[:, None] - 1)[:, index])

    def running_error(self, cutoff: int | ArrayLike | None = None) -> Any:
        r"""The error from the theory below the cut-off and its three running parameters alone.

        Z E0_< [sum_{l<=Lambda} (1-L_l)^2 g_l^2 + tau_R^2] - tau^2 with kappa_< and E0_< solved afresh; equal
        to `error` at every cut-off. Default: all cut-offs.
        """
        degrees, index = self._degrees(self._every if cutoff is None else cutoff)
        couplings = self.at(degrees)
        noise, factor = (
            np.atleast_1d(each).reshape(-1, len(degrees))
            for each in (couplings.label_noise, couplings.factor)
        )
        found = np.empty((len(self._sizes), len(degrees)))
        for place, l in enumerate(degrees):
            below = self._infrared(int(l))
            missed = below.bias + noise[:, place]
            found[:, place] = factor[:, place] * missed / below.one_minus_gamma - self.label_noise
        return self._shaped(found[:, index])

    def truncated_error(self, cutoff: int | ArrayLike) -> Any:
        """Predicted error <||f - g||^2> of the compressed model: degrees <= cutoff, ridge sigma_R^2.

        It misses the target above the cut-off altogether, which is noise for what it learns:
        E0_< [sum_{l<=Lambda} (1-L_l)^2 g_l^2 + sum_{l>Lambda} g_l^2 + tau^2] - tau^2.
        """
        degrees, index = self._degrees(cutoff)
        powers, one_minus_gamma = self._problem.powers, self._table[2]
        missed = learnability(self.spectrum.eigenvalues, self._kappa)[1] ** 2 * powers
        found = np.empty((len(self._sizes), len(degrees)))
        for place, l in enumerate(degrees):
            lost = missed[:, : l + 1].sum(axis=1) + powers[l + 1 :].sum() + self._problem.unresolved
            gamma = 1 - one_minus_gamma[:, l]
            found[:, place] = (lost + self.label_noise * gamma) / one_minus_gamma[:, l]
        return self._shaped(found[:, index])

    def corrections(self, cutoff: int | ArrayLike) -> RidgeCorrections:
        """What changes the naive ridge: screening, and the vertex of finite dimension (see `vertex`).

        ValueError for spectra without a dim.
        """
        from renormalization.wilson.vertex import RidgeCorrections, ridge_corrections

        degrees, index = self._degrees(cutoff)
        found = ridge_corrections(self._problem, self._kappa, degrees)
        return RidgeCorrections(*(self._shaped(each[:, index]) for each in found))

    def validity(self, cutoff: int) -> tuple[str, ...]:
        """What is to be said against the screened ridge and the truncation at this cut-off, in words."""
        cutoff, said = self._one(cutoff), []
        for degree in self._learnable_above(cutoff):
            said.append(f"the cut removes degree {degree} of the target, which is learnable (lambda > kappa)")
        above = self.spectrum.eigenvalues[cutoff + 1 :].max(initial=0.0) / self._kappa
        if (above > _SMALL_COUPLING).any():
            said.append(
                f"the first modes left out have lambda/kappa = {above.max():.2g}: the truncated predictor "
                f"follows the full one only below {_SMALL_COUPLING}"
            )
        if self.spectrum.dim is None:
            said.append("spectrum has no dim: the vertex between kept and removed modes is unknown")
            return tuple(said)
        found = self.corrections(cutoff)
        shift = self.at(cutoff).ridge - self.ridge
        # nothing is removed, and nothing said, at the last degree of a spectrum without a tail
        shifts = np.atleast_1d(shift)
        sizes = np.divide(np.abs(found.vertex), shifts, out=np.zeros_like(shifts), where=shifts > 0)
        size = float(sizes.max())
        vertex = "the vertex between kept and removed modes"
        if size > _LARGE_VERTEX:
            said.append(
                f"{vertex} is {size:.0%} of the change of the ridge: its rings converge badly, an order of "
                "magnitude only"
            )
        elif np.any(found.vertex > np.maximum(-found.screening, _SMALL_VERTEX * shift)):
            said.append(
                f"{vertex} outweighs the screening, the ridge lies above the naive sum: use vertex=True"
            )
        return tuple(said)

    def symbolic(self) -> FlowEquation:
        """The flow equation in SymPy, derived from the replicated action: see `flow_equation`."""
        return flow_equation()

    def truncated_kernel(self, cutoff: int, vertex: bool = False) -> RenormalisedKernel:
        """The kernel of degrees <= cutoff with its renormalised ridge: a NamedTuple (kernel, ridge).

        ValueError for many n, for which the ridge differs, and for spectra without a dim.
        """
        vertex = require_flag("vertex", vertex)
        cutoff = self._one(cutoff)
        self._require_scalar("truncated_kernel")
        return RenormalisedKernel(harmonic_kernel(self.spectrum, cutoff), self.at(cutoff, vertex).ridge)

    def compressed_model(self, cutoff: int, vertex: bool = False) -> CompressedModel:
        """Truncated kernel and renormalised ridge as a regression model with fit(X, y) and predict(X).

        Its linear algebra has the size of the number of modes kept, or of the data where that is smaller. A
        UserWarning if the cut removes modes of the target that the full kernel learns: no ridge repairs that.
        ValueError as for `truncated_kernel`.

        >>> spectrum = Spectrum.from_arrays([1.0, 0.1, 0.001], [1, 3, 5], dim=3)
        >>> model = WilsonFlow(spectrum, n=4, ridge=0.01).compressed_model(1)
        >>> points = np.vstack([np.eye(3), -np.eye(3)[:1]])
        >>> model.fit(points, [1.0, 0.0, 0.0, -1.0]).predict(np.eye(3)).round(2).tolist()
        [0.98, 0.0, 0.0]
        """
        from renormalization.wilson.compressed_model import CompressedModel

        vertex = require_flag("vertex", vertex)
        cutoff = self._one(cutoff)
        self._require_scalar("compressed_model")
        removed = self._learnable_above(cutoff)
        if removed:
            warnings.warn(
                f"cutoff {cutoff} removes learnable modes of the target, of degree "
                f"{', '.join(map(str, removed))}: no ridge makes up for them; raise cutoff to {removed[-1]}",
                UserWarning,
                stacklevel=2,
            )
        return CompressedModel(
            spectrum=self.spectrum,
            cutoff=cutoff,
            ridge=self.at(cutoff, vertex).ridge,
            predicted_error=None if self.target is None else self.truncated_error(cutoff),
            full_error=None if self.target is None else self.error,
        )

    def _infrared(self, cutoff: int) -> InfraredTheory:
        return infrared_theory(self._problem, self._table[0][:, cutoff], cutoff)

    def _learnable_above(self, cutoff: int) -> list[int]:
        powers, lam = self._problem.powers, self.spectrum.eigenvalues
        learnt = (powers > 0) & (lam > self._kappa.min())
        return [int(l) for l in np.flatnonzero(learnt) if l > cutoff]

    @property
    def _every(self) -> Integers:
        return np.arange(self.spectrum.max_degree + 1)

    @property
    def _is_scalar(self) -> bool:
        return np.ndim(self.n) == 0

    def _require_scalar(self, name: str) -> None:
        if not self._is_scalar:
            raise ValueError(
                f"n must be one number for {name}, whose ridge depends on it (got {len(self._sizes)})"
            )

    def _one(self, cutoff: Any) -> int:
        found = require_integer("cutoff", cutoff, minimum=0)
        self._degrees(found)
        return found

    def _degrees(self, cutoff: Any) -> tuple[Integers, Any]:
        """Cut-offs as a flat array, and how to index its axis to restore the shape of `cutoff`."""
        degrees = require_integers("cutoff", cutoff, "a degree, or an array of degrees")
        highest = self.spectrum.max_degree
        if not degrees.size:
            raise ValueError(f"cutoff must be a degree, or an array of degrees (got {shown(cutoff)})")
        outside = (degrees < 0) | (degrees > highest)
        if outside.any():
            raise ValueError(
                f"cutoff must be between 0 and {highest}, the degrees that the spectrum holds "
                f"(got {degrees[outside].ravel()[0]})"
            )
        index: Any = 0 if degrees.ndim == 0 else slice(None)
        if degrees.ndim > 1:
            index = np.arange(degrees.size).reshape(degrees.shape)
        return degrees.ravel().astype(np.int64), index

    def _shaped(self, values: Floats) -> Any:
        """With the axis of n dropped if n is a number; a float if nothing is left."""
        if not self._is_scalar:
            return values
        return float(values[0]) if values.ndim == 1 else values[0]
