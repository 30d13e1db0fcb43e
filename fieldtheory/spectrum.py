"""The spectrum of a kernel on the sphere: the value that the theories consume."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_dimension, require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.eigenvalues.eigenvalues import EPS, Eigenvalues
from fieldtheory.notebook_table import notebook_table
from fieldtheory.sample_modes import gram_modes
from fieldtheory.sphere.harmonics import (
    float_multiplicities,
    log_multiplicities,
    multiplicities,
    multiplicity,
    to_float,
)
from fieldtheory.targets import Target

_FEW_DIGITS = 1e-6  # relative errors of eigenvalues that notebooks show
EXTRA_DEGREES = 4  # computed beyond the last one kept, for the tail


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenvalues lambda_l with multiplicities deg(l), l = 0 ... max_degree, and the trace beyond them.

    `degree_traces` = deg(l) lambda_l, finite where the multiplicity is not; `tail` = the sum of deg lambda
    over all higher degrees, so that trace = degree_traces.sum() + tail; `tail_eigenvalue` bounds the
    eigenvalues in the tail (from the next degrees where eigenvalues fall with the degree, as those of
    networks do; else from the tail itself), which acts as ridge while N tail_eigenvalue is small against it.
    `log_eigenvalues`: natural logarithms (-inf for an exact zero), valid below the float range.
    `relative_error`: estimate for each eigenvalue; one that can't be told from zero counts as zero, with an
    infinite error. `dim` is None for spectra that are not on a sphere. `features`: of a spectrum made from
    the Gram matrix of M points, K = features features^T, shape (M, modes); None for any other.
    """

    eigenvalues: Floats
    multiplicities: Floats
    exact_multiplicities: tuple[int, ...] = field(repr=False)
    degree_traces: Floats = field(repr=False)
    log_eigenvalues: Floats = field(repr=False)
    relative_error: Floats = field(repr=False)
    tail: float = 0.0
    tail_eigenvalue: float = 0.0
    dim: int | None = None
    features: Floats | None = field(default=None, repr=False)

    plot = plot

    def _repr_html_(self) -> str:
        heads = [
            "mode" if self.features is not None else "l",
            "eigenvalue",
            "multiplicity",
            "part of the trace",
        ]
        rows = [
            [l, float(self.eigenvalues[l]), str(self.exact_multiplicities[l]), float(self.degree_traces[l])]
            for l in range(len(self.eigenvalues))
        ]
        uncertain = np.flatnonzero(np.isfinite(self.relative_error) & (self.relative_error > _FEW_DIGITS))
        said = [
            f"the eigenvalue of degree {l} is known to a relative {self.relative_error[l]:.0e}"
            for l in uncertain[:5].tolist()
        ]
        return notebook_table(repr(self), heads, rows, said)

    def __repr__(self) -> str:
        where = "" if self.dim is None else f"dim={self.dim}, "
        where += "" if self.features is None else f"{len(self.features)} points, "
        return (
            f"Spectrum({where}degrees 0 ... {self.max_degree}, trace={self.trace:.6g}, tail={self.tail:.3g})"
        )

    @property
    def max_degree(self) -> int:
        """Highest degree kept."""
        return len(self.eigenvalues) - 1

    @property
    def trace(self) -> float:
        """K(1) = sum of deg lambda over all degrees."""
        return float(self.degree_traces.sum()) + self.tail

    def require_dim(self, purpose: str, remedy: str = "") -> int:
        """The dim, for what needs a sphere; ValueError for a spectrum without, with what else to take.

        >>> Spectrum.from_arrays([1.0, 0.5], [1, 5], dim=5).require_dim("the ring sum")
        5
        """
        if self.dim is None:
            given = "" if self.features is not None else "give dim to Spectrum.from_arrays"
            remedies = ", or ".join(each for each in (given, remedy) if each)
            end = f"; {remedies}" if remedies else ""
            raise ValueError(f"spectrum must have a dim for {purpose} (got None){end}")
        return self.dim

    @classmethod
    def from_arrays(
        cls,
        eigenvalues: ArrayLike,
        multiplicities: Sequence[int] | ArrayLike,
        tail: float = 0.0,
        dim: int | None = None,
    ) -> Spectrum:
        """A spectrum from eigenvalues and multiplicities; `tail` is the trace of what is left out.

        `dim`: of the sphere S^{dim-1}, whose multiplicities they then must be; None for any other kernel.

        ValueError for negative or non-finite eigenvalues, multiplicities that are not positive integers or
        not those of the sphere, lengths that differ, or a negative tail. The last eigenvalue is taken as
        bound of those in the tail.

        >>> Spectrum.from_arrays([1.0, 0.5], [1, 5]).trace
        3.5
        """
        values = require_reals("eigenvalues", eigenvalues, what="a list of numbers").copy()
        if values.ndim != 1 or not len(values):
            raise ValueError(f"eigenvalues must be a non-empty list of numbers (got shape {values.shape})")
        if (values < 0).any():
            worst, rounding = int(np.argmin(values)), len(values) * EPS * float(values.max())
            raise ValueError(
                f"eigenvalues must be non-negative (got {values[worst]:.3g} at position {worst}; rounding "
                f"explains {rounding:.0e} beside the largest, {values.max():.3g}): put 0 for what is rounding"
            )
        counts = np.array(multiplicities, dtype=object)
        if counts.shape != values.shape:
            raise ValueError(
                f"multiplicities must have length {len(values)}, as eigenvalues (got shape {counts.shape})"
            )
        try:
            whole = all(m == int(m) and m >= 1 for m in counts)
        except (TypeError, ValueError, OverflowError):
            whole = False
        if not whole:
            raise ValueError(f"multiplicities must be positive integers (got {counts})")
        tail = require_number("tail", tail)
        dim = None if dim is None else require_dimension(dim)
        exact = tuple(int(m) for m in counts) if dim is None else _of_sphere(counts, dim)
        floats = np.array([to_float(m) for m in exact])
        with np.errstate(invalid="ignore"):
            traces = np.where(values > 0, values * floats, 0.0)
        if not np.isfinite(traces).all():
            raise ValueError("eigenvalues times multiplicities must be finite (got inf)")
        with np.errstate(divide="ignore"):
            logs = np.log(values)
        return cls(
            values,
            floats,
            exact,
            traces,
            logs,
            np.full(len(values), EPS),
            tail,
            float(values[-1]) if tail else 0.0,
            dim,
        )

    @classmethod
    def from_eigenvalues(cls, found: Eigenvalues, trace: float, dim: int, max_degree: int) -> Spectrum:
        """The first max_degree + 1 of the eigenvalues found; the further ones say how large the tail is."""
        one = Eigenvalues(found.mantissa[None], found.exponent, found.relative_error[None], found.falling)
        return cls.from_many_eigenvalues(one, np.array([trace]), dim, max_degree)[0]

    @classmethod
    def from_many_eigenvalues(
        cls, found: Eigenvalues, traces: Floats, dim: int, max_degree: int
    ) -> list[Spectrum]:
        """The same for each row of the eigenvalues found and each trace K(1)."""
        values, logs, last = found.values, found.logs, found.mantissa.shape[-1] - 1
        if not found.relative_error.max() < 1:  # what can't be told from zero counts as zero
            known = found.relative_error < 1
            found = replace(
                found,
                mantissa=np.where(known, found.mantissa, 0.0),
                relative_error=np.where(known, found.relative_error, np.inf),
            )
            values, logs = found.values, found.logs
        deg = float_multiplicities(last, dim)
        if deg[-1] < np.inf:
            by_degree = np.ldexp(found.mantissa * deg, found.exponent)
        else:
            by_degree = np.exp(logs + log_multiplicities(last, dim))
        kept = max_degree + 1
        # the difference is good to rounding of the trace, the next degrees to rounding of their own traces
        tails = np.maximum(traces - by_degree[:, :kept].sum(axis=1), by_degree[:, kept:].sum(axis=1))
        bounds = values[:, kept:].max(axis=1) if found.falling else tails / deg[kept]
        counts, exact = deg[:kept], multiplicities(last, dim)[:kept]
        arrays = (each[:, :kept] for each in (values, by_degree, logs, found.relative_error))
        return [
            cls(value, counts, exact, trace, log, error, tail, bound, dim)
            for value, trace, log, error, tail, bound in zip(
                *arrays, tails.tolist(), bounds.tolist(), strict=True
            )
        ]

    @classmethod
    def from_gram(cls, K: ArrayLike, y: ArrayLike) -> SpectrumAndTarget:
        r"""Spectrum and target of a data set: M points that stand for the whole distribution of inputs.

        `K`: kernel matrix of the points, shape (M, M); `y`: their labels, (M,) or (M, outputs). Returns a
        named tuple (spectrum, target), the two first arguments of `learning_curve`. Every eigenvector of K/M
        is a "degree" of its own with multiplicity 1, the largest eigenvalue first; its target power is
        (v . y)^2/M, summed over outputs. The powers add up to the mean square of y (over outputs: to the sum
        of the mean squares), the eigenvalues to tr K/M. Centre y if a constant is not to be learnt.

        Eigenvalues of size M eps ||K/M|| and less, those below zero included, can't be told from zero and
        count as zero (eps: that of the numbers in K). They make one last degree, with multiplicity and power
        of all of them: power that can't be learnt and acts as label noise (`learning_curve` warns of it).

        Both keep the points, `spectrum.features` and `target.labels`: `learning_curve` then has a self-energy
        for each point, since modes alone do not know that a point can be drawn twice or run out, and that
        some points are better known than others. `sampling` says how training sets are drawn, `points` where
        the error is wanted: on all M points, or on those that were not drawn. New points whose kernel with
        these is known: `curve.predicted(K_test, y_test)`.

        ValueError for a matrix that is not square, symmetric, finite and non-negative to rounding, fewer than
        2 points, and labels of another length or that are all zero. Takes the time of `numpy.linalg.eigh`.

        >>> K = [[2.0, 1.0], [1.0, 2.0]]
        >>> spectrum, target = Spectrum.from_gram(K, y=[1.0, 0.0])
        >>> spectrum.eigenvalues.round(12).tolist(), target.as_array(1).round(12).tolist()
        ([1.5, 0.5], [0.25, 0.25])
        """
        modes = gram_modes(K, y)
        ranks = len(modes.eigenvalues)
        values, counts, powers = modes.eigenvalues.tolist(), [1] * ranks, modes.powers.tolist()
        errors = modes.rounding / modes.eigenvalues
        if modes.null:
            values, counts, powers = [*values, 0.0], [*counts, modes.null], [*powers, modes.null_power]
            errors = np.append(errors, np.inf)
        spectrum = replace(cls.from_arrays(values, counts), relative_error=errors, features=modes.features)
        return SpectrumAndTarget(spectrum, Target(dict(enumerate(powers)), labels=modes.labels))

    def bandwidth(self, share: float = 0.9) -> int:
        """The degree up to which this share of the trace lies: the width of a low-pass filter.

        The smallest l with sum_{k<=l} deg(k) lambda_k >= share K(1). Networks of sines have a width that
        their frequency sets, `activation="sin:30"` (de Avila Belbute-Peres, Kolter, arXiv 2211.14503).
        ValueError for a share outside of (0, 1], and for one of which part lies in the tail.

        >>> Spectrum.from_arrays([1.0, 0.5, 0.05], [1, 3, 5], tail=0.25).bandwidth()
        2
        """
        share = require_number("share", share, exclusive=True)
        if share > 1:
            raise ValueError(f"share must be at most 1, the whole trace (got {share})")
        held = np.cumsum(self.degree_traces)
        reached = np.flatnonzero(held >= share * self.trace * (1 - 4 * EPS))
        if not len(reached):
            raise ValueError(
                f"share must be at most {float(held[-1]) / self.trace:.6g}, what degrees 0 to "
                f"{self.max_degree} hold of the trace (got {share}); take a spectrum with a larger max_degree"
            )
        return int(reached[0])

    def truncate(self, max_degree: int) -> Spectrum:
        """Degrees above max_degree moved into the tail: the harmonic trimming of a renormalised kernel.

        The harmonic analogue of the Taylor trimming of Cohen, Malka, Ringel, arXiv 1906.05301: what is not
        learnt acts as noise of variance `tail`.

        >>> Spectrum.from_arrays([1.0, 0.5], [1, 5]).truncate(0).tail
        2.5
        """
        max_degree = require_integer("max_degree", max_degree, minimum=0)
        if max_degree > self.max_degree:
            raise ValueError(
                f"max_degree must be between 0 and {self.max_degree}, the degrees that the spectrum holds "
                f"(got {max_degree})"
            )
        kept = max_degree + 1
        return Spectrum(
            self.eigenvalues[:kept],
            self.multiplicities[:kept],
            self.exact_multiplicities[:kept],
            self.degree_traces[:kept],
            self.log_eigenvalues[:kept],
            self.relative_error[:kept],
            self.tail + float(self.degree_traces[kept:].sum()),
            max(self.tail_eigenvalue, float(self.eigenvalues[kept:].max(initial=0.0))),
            self.dim,
            None if self.features is None else self.features[:, :kept],
        )


def _of_sphere(counts: Iterable[Any], dim: int) -> tuple[int, ...]:
    """The multiplicities on S^{dim-1}; ValueError unless `counts` are these, or these in float64."""
    exact, listed = [], list(counts)
    for degree, count in enumerate(listed):
        right = multiplicity(degree, dim)
        if count != right and not (isinstance(count, float) and count == to_float(right)):
            raise ValueError(
                f"multiplicities must be those of the sphere for dim={dim}, {right} in degree {degree} (got "
                f"{count}): give [fieldtheory.multiplicity(l, {dim}) for l in range({len(listed)})], or no "
                "dim for a kernel that is on no sphere"
            )
        exact.append(right)
    return tuple(exact)


class SpectrumAndTarget(NamedTuple):
    """What a data set is to a theory: `learning_curve(*Spectrum.from_gram(K, y), n=...)`."""

    spectrum: Spectrum
    target: Target


def default_max_degree(dim: int) -> int:
    """Enough degrees that the rest acts as a pure ridge for data sets that can be simulated.

    The first degree at which the kept modes number 10^8 (their eigenvalues are then at most 10^-8 of
    the trace), at most 1000; learning curves state the error of treating the tail as a ridge.
    """
    modes = 0
    for degree in range(1000):
        modes += multiplicity(degree, dim)
        if modes >= 10**8:
            return degree
    return 1000
