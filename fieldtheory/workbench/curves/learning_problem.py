"""What a learning curve is asked for, as the problem that theories take: on a sphere or on points of data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.arguments import ENSEMBLES, require_choice, require_sizes, require_variance
from fieldtheory.array_types import Floats
from fieldtheory.sample_modes import labels_of_powers, mode_powers, require_varied
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from fieldtheory.workbench.sampling import require_sampling
from replicas.prediction import Problem
from replicas.sites.site_problem import POINTS, SAMPLINGS, SiteProblem

Ensemble = Literal["fixed", "poisson"]
Sampling = Literal["with-replacement", "without-replacement"]
Points = Literal["all", "unseen"]


def learning_problem(
    spectrum: Spectrum,
    target: Target,
    n: ArrayLike | Iterable[int],
    ridge: float,
    label_noise: float,
    ensemble: str,
    sampling: str | None = None,
    points: str | None = None,
) -> tuple[Problem, tuple[str, ...]]:
    """The problem, and what is to be said of it; ValueError as for `learning_curve`."""
    sizes = require_sizes(n)
    ridge, noise = require_variance("ridge", ridge), require_variance("label_noise", label_noise)
    require_choice("ensemble", ensemble, ENSEMBLES)
    if spectrum.features is None:
        for name, value in (("sampling", sampling), ("points", points)):
            if value is not None:
                raise ValueError(
                    f"{name} must be left out for a spectrum without points: only that of Spectrum.from_gram "
                    f"has some (got {shown(value)})"
                )
        powers, said = target_powers(target, spectrum)
        return Problem(spectrum, powers, sizes, ridge, noise, ensemble, target.remainder), said
    if ensemble != "fixed":
        raise ValueError(
            f"ensemble must be 'fixed' for a spectrum from a Gram matrix, whose points are drawn as sampling "
            f"says (got {ensemble!r})"
        )
    sampling, points = require_sampling(
        SAMPLINGS[0] if sampling is None else sampling,
        POINTS[0] if points is None else points,
        sizes.tolist(),
        len(spectrum.features),
    )
    labels, powers, unresolved = _on_points(spectrum, target)
    sites = SiteProblem(
        spectrum.features,
        labels,
        sizes,
        ridge + spectrum.tail,
        noise,
        sampling=sampling,
        points=points,
        beyond=spectrum.tail,
        rounding=float(spectrum.relative_error[0]) / len(labels),
    )
    problem = Problem(spectrum, powers, sizes, ridge, noise, ensemble, unresolved, sites)
    return problem, _unlearnable(spectrum, powers)


def target_powers(target: Target, spectrum: Spectrum) -> tuple[Floats, tuple[str, ...]]:
    """g_l^2 for the degrees of the spectrum, and what is to be said about them."""
    if target.max_degree > spectrum.max_degree:
        raise ValueError(
            f"target must have its power at degrees that the spectrum holds, 0 to {spectrum.max_degree} "
            f"(got degree {target.max_degree}); pass max_degree={target.max_degree} or more to spectrum()"
        )
    powers = target.as_array(spectrum.max_degree)
    return powers, _unlearnable(spectrum, powers)


def _unlearnable(spectrum: Spectrum, powers: Floats) -> tuple[str, ...]:
    unlearnable = np.flatnonzero((powers > 0) & (spectrum.log_eigenvalues == -np.inf))
    if not len(unlearnable):
        return ()
    degrees = ", ".join(map(str, unlearnable))
    return (f"target has power at degree {degrees}, where the kernel vanishes: unlearnable, it is noise",)


def _on_points(spectrum: Spectrum, target: Target) -> tuple[Floats, Floats, float]:
    """Labels of the points, their powers at the degrees of the spectrum, and the power beyond these."""
    features = spectrum.features
    assert features is not None
    if target.labels is None:
        powers, _ = target_powers(target, spectrum)
        return labels_of_powers(features, powers), powers, 0.0
    size, (others, _) = len(features), target.labels.shape
    if others != size:
        raise ValueError(
            f"target must have labels for the {size} points of the spectrum (got {others}); spectrum and "
            "target of one Spectrum.from_gram(K, y) belong together"
        )
    require_varied(target.labels)
    powers, beyond = mode_powers(features, target.labels)
    if beyond <= spectrum.relative_error[0] * powers.sum():
        beyond = 0.0  # rounding: no mode is known better than that
    if spectrum.max_degree == features.shape[1]:  # the last degree is what the kernel does not see
        return target.labels, np.append(powers, beyond), 0.0
    return target.labels, powers, beyond
