"""Self-consistent learning curves of many networks in one compiled call, one curve to a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_sizes, require_variance
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from replicas.saddle_point.curve_sums import curve_sums


class CurveBatch(NamedTuple):
    """Effective ridges kappa and errors, shape (curves, len(n))."""

    kappa: Floats
    error: Floats

    def plot(self, axes: Any = None) -> Any:
        """Draw it into Matplotlib axes, by default those of a new figure; returns the axes."""
        return plot(self, axes)


def curve_batch(
    spectra: Sequence[Spectrum],
    target: Target,
    n: ArrayLike,
    ridge: ArrayLike = 0.0,
    label_noise: float = 0.0,
) -> CurveBatch:
    """The self-consistent error of regression with each of the kernels, as `learning_curve` has it.

    For sweeps: nothing but kappa and error, no error bar. `ridge`: one, or one for each spectrum. Every curve
    starts each point from the last one; curves run in parallel (as many threads as Numba may use).

    ValueError for bad input, target power that a spectrum does not hold, and curves that diverge (ridge 0 and
    as many modes as points).

    Equation: self-consistent-kappa, self-consistent-error

    >>> from fieldtheory import FullyConnected
    >>> spectra = [FullyConnected(depth, "relu").ntk().spectrum(dim=20, max_degree=6) for depth in (1, 2, 3)]
    >>> curve_batch(spectra, Target({1: 1.0}), [10, 100], ridge=0.1).error.shape
    (3, 2)
    """
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    said = shown(spectra)
    spectra = list(spectra) if isinstance(spectra, Iterable) and getattr(spectra, "ndim", 1) != 0 else []
    if not spectra or not all(isinstance(each, Spectrum) for each in spectra):
        raise ValueError(
            f"spectra must be a list of one or more Spectrum, such as kernel.spectrum(dim) (got {said})"
        )
    sizes, noise = require_sizes(n), require_variance("label_noise", label_noise)
    ridges = require_reals("ridge", ridge)
    if ridges.shape not in ((), (1,), (len(spectra),)):
        raise ValueError(f"ridge must be one number, or one for each spectrum (got shape {ridges.shape})")
    ridges = np.broadcast_to(ridges, (len(spectra),)).copy()
    for each in ridges:
        require_variance("ridge", float(each))
    degrees = max(each.max_degree for each in spectra) + 1
    tables = np.zeros((3, len(spectra), degrees))
    tables[2] = 1.0
    for table, each in zip(tables.transpose(1, 0, 2), spectra, strict=True):
        if target.max_degree > each.max_degree:
            raise ValueError(
                "target must have its power at degrees that every spectrum holds, here 0 to "
                f"{each.max_degree} (got degree {target.max_degree}); pass max_degree={target.max_degree} or "
                "more to spectrum()"
            )
        size = each.max_degree + 1
        table[:, :size] = each.eigenvalues, each.degree_traces, each.multiplicities
    total = ridges + np.array([each.tail for each in spectra])
    values, traces, counts = tables
    powers = target.as_array(degrees - 1)
    sums = curve_sums(sizes, np.arange(len(total)), total, values, traces, counts, powers)
    kappa, gamma, one_minus_gamma, bias, _ = sums.transpose(1, 0, 2)
    if (one_minus_gamma <= 0).any():
        curve, place = np.argwhere(one_minus_gamma <= 0)[0]
        raise ValueError(
            f"ridge must be positive at n = {sizes[place]:g}, the number of modes of spectrum {curve}: the "
            f"error diverges there (got {ridges[curve]:g})"
        )
    return CurveBatch(kappa, (bias + target.remainder + noise * gamma) / one_minus_gamma)
