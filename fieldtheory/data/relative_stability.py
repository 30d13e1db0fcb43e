r"""How stable a function of images is to smooth deformations, relative to noise of the same size.

R_f = <||f(tau x) - f(x)||^2> / <||f(x + eta) - f(x)||^2>, ||eta|| = ||tau x - x||
(Petrini et al., arXiv 2105.02468).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.data.bilinear import one_sided_slopes, require_images, shifted_images
from fieldtheory.data.diffeomorphisms import Diffeomorphisms
from fieldtheory.drawing import plot
from fieldtheory.references import PETRINI
from fieldtheory.shown_value import shown

_SMALLEST = 1e-290  # of mean squares: below it floats lose digits


@dataclass(frozen=True)
class Stability:
    """`ratio` R_f of `numerator`, the mean change under deformations, and `denominator`, under noise.

    `stderr`: of the ratio, over fields, by the delta method; 0 where nothing was drawn.
    """

    ratio: float
    stderr: float
    numerator: float
    denominator: float
    references: tuple[str, ...] = field(default=(PETRINI,), repr=False)

    plot = plot


def relative_stability(
    f: Callable[[Floats], Any],
    images: Any,
    cutoff: int,
    temperature: float,
    fields: int = 60,
    seed: int = 0,
    *,
    grid: str = "midpoints",
) -> Stability:
    """R_f of f on images (n, p, p): below 1 smooth deformations change f less than noise of their size does.

    f takes images (n, p, p) and gives (n,) or (n, outputs). Each of the `fields` (at least 2) deforms all
    images, `Diffeomorphisms(cutoff, temperature, grid)`, and beside it every image gets white noise of
    exactly the norm of its own displacement. From `numpy.random.default_rng(seed)`: for each field its
    coefficients, then its noise. Ratio of means.

    ValueError for images that are not square, what f returns otherwise, and where f or the images do not
    change. Warns at temperatures where deformations fold.

    Equation: relative-stability

    >>> images = np.random.default_rng(0).normal(size=(3, 8, 8))
    >>> pixels = lambda x: x.reshape(len(x), -1)
    >>> round(relative_stability(pixels, images, cutoff=3, temperature=0.01, fields=4).ratio, 12)
    1.0
    """
    found = require_images(images)
    waves = Diffeomorphisms(cutoff, temperature, grid)
    fields = require_integer("fields", fields, minimum=2)
    seed = require_integer("seed", seed, minimum=0)
    if not callable(f):
        raise ValueError(f"f must be a function of images (got {shown(f)})")
    number, p, _ = found.shape
    require_budget(
        f"fields = {fields} on images of shape {found.shape}",
        seconds=fields * found.size * 1e-7,
        memory=64.0 * found.size,
        smaller="fields or the number of images",
    )
    waves.warn_of_folds()
    random, positions = np.random.default_rng(seed), waves.positions(p)
    before = _values(f, found)
    changes = np.empty((fields, 2))
    for k in range(fields):
        shifts = waves.displacements(random, positions, 1) * waves.pixels_per_unit(p)
        deformed = shifted_images(found, shifts)
        noise = random.normal(size=found.shape)
        noise *= (_norms(deformed - found) / _norms(noise))[:, None, None]
        for place, changed in enumerate((deformed, found + noise)):
            after = _values(f, changed)
            if after.shape != before.shape:
                raise ValueError(
                    f"f must return as many values for each set of images (got shapes {before.shape} and "
                    f"{after.shape})"
                )
            with np.errstate(over="ignore"):  # said below
                changes[k, place] = np.sum((after - before) ** 2) / number
    numerator, denominator = changes.mean(axis=0).tolist()
    _require_change(numerator, denominator)
    ratio = numerator / denominator
    scatter = float(np.std(changes[:, 0] - ratio * changes[:, 1], ddof=1)) / denominator
    return Stability(ratio, scatter / math.sqrt(fields), numerator, denominator)


def linear_stability(
    gradient: Callable[[Floats], Any],
    images: Any,
    cutoff: int,
    temperature: float = 1.0,
    *,
    grid: str = "midpoints",
) -> Stability:
    r"""R_f to first order in T, exactly: what `relative_stability` tends to for T -> 0, nothing drawn.

    `gradient`: of f, takes images (n, p, p) and gives (n, p, p), or (n, outputs, p, p). Bilinear
    interpolation has a slope to each side of a pixel, D_+ and D_-: the pixel changes by S u + B |u| for each
    axis, S = (D_+ + D_-)/2, B = (D_+ - D_-)/2, and the covariances of u and |u| are known. Only numerator and
    denominator depend on T, by a factor. ValueError as in `relative_stability`.

    Equation: linear-stability

    >>> images = np.random.default_rng(0).normal(size=(3, 8, 8))
    >>> found = linear_stability(lambda x: np.ones_like(x), images, cutoff=3)
    >>> 0 < found.ratio < 64, found.stderr
    (True, 0.0)
    """
    found = require_images(images)
    waves = Diffeomorphisms(cutoff, temperature, grid)
    if not callable(gradient):
        raise ValueError(f"gradient must be a function of images (got {shown(gradient)})")
    number, p, _ = found.shape
    slopes = require_reals("gradient(images)", gradient(found))
    if slopes.ndim not in (3, 4) or slopes.shape[:1] + slopes.shape[-2:] != found.shape:
        raise ValueError(
            f"gradient must return (n, p, p) or (n, outputs, p, p) for images of shape {found.shape} "
            f"(got shape {slopes.shape})"
        )
    slopes = slopes.reshape(number, -1, p * p)
    require_budget(
        f"gradients of shape {slopes.shape}",
        seconds=4e-10 * slopes.size * p**2 + 1e-8 * p**4,
        memory=40.0 * p**4 + 64.0 * slopes.size,
        smaller="the number of pixels, outputs or images",
    )
    covariance = waves.covariance(p) * waves.pixels_per_unit(p) ** 2
    sizes = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    absolute = _absolute_covariance(covariance, sizes)
    upward, downward = one_sided_slopes(found)
    straight = ((upward + downward) / 2).reshape(number, 2, p * p)
    bent = ((upward - downward) / 2).reshape(number, 2, p * p)
    with np.errstate(over="ignore", invalid="ignore"):  # said below
        numerator = size = 0.0
        for axis in (0, 1):
            numerator += _quadratic(slopes * straight[:, None, axis], covariance)
            numerator += _quadratic(slopes * bent[:, None, axis], absolute)
            size_of = straight[:, axis] ** 2 + bent[:, axis] ** 2
            size = size + size_of @ sizes**2
        means = [np.sum(slopes * bent[:, None, axis] * sizes, axis=2) for axis in (0, 1)]
        numerator += 4 / math.pi * float(np.sum(means[0] * means[1]))
        size = size + 4 / math.pi * np.sum(bent[:, 0] * bent[:, 1] * sizes**2, axis=1)
        denominator = float(np.sum(np.sum(slopes**2, axis=(1, 2)) * size)) / (p * p)
    _require_change(numerator, denominator)
    return Stability(numerator / denominator, 0.0, numerator / number, denominator / number)


def _values(f: Callable[[Floats], Any], images: Floats) -> Floats:
    found = require_reals("f(images)", f(images))
    if found.ndim not in (1, 2) or len(found) != len(images):
        raise ValueError(
            f"f must return (n,) or (n, outputs) for images of shape {images.shape} (got shape {found.shape})"
        )
    return found


def _norms(images: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("kij,kij->k", images, images)))


def _require_change(numerator: float, denominator: float) -> None:
    found = f"(got mean changes {numerator:g} and {denominator:g})"
    if not (math.isfinite(numerator) and math.isfinite(denominator)):
        raise ValueError(f"f and images, at this temperature, must change by finite numbers {found}")
    if not denominator > _SMALLEST:
        raise ValueError(f"f and images must change at this temperature: R_f would be 0/0 {found}")


def _absolute_covariance(covariance: Floats, sizes: Floats) -> Floats:
    """<|u| |u'|> of Gaussian numbers: (2/pi) (sqrt(s^2 s'^2 - k^2) + k asin(k/(s s')))."""
    products = np.multiply.outer(sizes, sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        sine = np.where(products > 0, covariance / products, 0.0)
    sine = np.clip(sine, -1.0, 1.0)  # beyond by rounding only, at equal points
    return np.asarray(2 / math.pi * (products * np.sqrt(1 - sine**2) + covariance * np.arcsin(sine)))


def _quadratic(vectors: Floats, matrix: Floats) -> float:
    """The sum of v M v over all vectors, (n, outputs, p^2)."""
    flat = vectors.reshape(-1, len(matrix))
    return float(np.einsum("ka,ka->", flat @ matrix, flat))
