"""Functions that tell even from odd handwritten digits: kernel regressions, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import require_choice
from fieldtheory.array_types import Floats
from fieldtheory.data.bilinear import require_images
from fieldtheory.data.digits import digits

_TRAIN, _HELD_OUT = 500, 900  # images to train on, and up to where stability is measured


class KernelProfile(NamedTuple):
    """K(x, x') as a function of |x - x'|, or of x.x', its slope, and the `ridge` of the regression."""

    value: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    by_distance: bool
    ridge: float


def _laplace_slope(distance: Floats) -> Floats:
    """Of exp(-r/4) by r^2/2; at a training image, where it has none, that of the mean over directions, 0."""
    return np.where(distance > 0, -np.exp(-distance / 4) / (4 * np.where(distance > 0, distance, 1.0)), 0.0)


# slopes of functions of the distance r are by r^2/2: the gradient is slope (x - x')
FUNCTIONS = MappingProxyType(
    {
        "laplace": KernelProfile(lambda r: np.exp(-r / 4), _laplace_slope, True, 1e-3),
        "gaussian": KernelProfile(
            lambda r: np.exp(-r * r / 8), lambda r: -np.exp(-r * r / 8) / 4, True, 1e-3
        ),
        "linear": KernelProfile(lambda s: s, np.ones_like, False, 0.1),
    }
)


@dataclass(frozen=True, eq=False)
class DigitFunction:
    """f(x) of images (n, 8, 8), near +1 for even digits, near -1 for odd ones; made by `digit_function`.

    `images`: 400 held-out ones, (400, 8, 8), to measure stability on; `error`: the share of 897 others whose
    sign is wrong. `name`: of the kernel.
    """

    name: str
    images: Floats
    _points: Floats = field(repr=False)
    _coefficients: Floats = field(repr=False)
    _test: tuple[Floats, Floats] = field(repr=False)

    def __call__(self, images: Any) -> Floats:
        """The value at every image, (n,)."""
        points = _rows(images)
        return np.asarray(self._profile.value(self._arguments(points)) @ self._coefficients)

    def gradient(self, images: Any) -> Floats:
        """Its derivatives by the pixels of every image, (n, 8, 8)."""
        points = _rows(images)
        weights = self._profile.slope(self._arguments(points)) * self._coefficients
        if not self._profile.by_distance:
            found = weights @ self._points
        else:
            found = points * weights.sum(axis=1, keepdims=True) - weights @ self._points
        return np.asarray(found).reshape(-1, 8, 8)

    @cached_property
    def error(self) -> float:
        """The share of wrong signs on images that it has not been trained on."""
        images, labels = self._test
        return float(np.mean(np.sign(self(images)) != labels))

    @property
    def _profile(self) -> KernelProfile:
        return FUNCTIONS[self.name]

    def _arguments(self, points: Floats) -> Floats:
        return _arguments(self._profile, points, self._points)


def digit_function(name: str) -> DigitFunction:
    """Ridge regression of the parity of 500 handwritten digits with a kernel, without intercept.

    "laplace": exp(-|x - x'|/4), ridge 1e-3; "gaussian": exp(-|x - x'|^2/8), ridge 1e-3; "linear": x.x', ridge
    0.1, on pixels from 0 to 1, shuffled by `numpy.random.default_rng(0)`. For `ft.relative_stability` and,
    with its `.gradient`, `ft.linear_stability`.

    ValueError for another name; ImportError without scikit-learn.

    Equation: digit-function

    >>> found = digit_function("laplace")
    >>> round(found.error, 4), found.images.shape
    (0.0123, (400, 8, 8))
    """
    profile = FUNCTIONS[require_choice("name", name, FUNCTIONS)]
    found = digits()
    order = np.random.default_rng(0).permutation(len(found.images))
    images, labels = found.images[order], found.parity[order]
    points = images[:_TRAIN].reshape(_TRAIN, -1)
    kernel = profile.value(_arguments(profile, points, points)) + profile.ridge * np.eye(_TRAIN)
    coefficients = np.asarray(np.linalg.solve(kernel, labels[:_TRAIN]), dtype=np.float64)
    held_out, test = images[_TRAIN:_HELD_OUT], (images[_HELD_OUT:], labels[_HELD_OUT:])
    return DigitFunction(name, held_out, points, coefficients, test)


def _rows(images: Any) -> Floats:
    found = require_images(images)
    if found.shape[1:] != (8, 8):
        raise ValueError(f"images must have 8 x 8 pixels, as the digits do (got shape {found.shape})")
    return found.reshape(len(found), -1)


def _arguments(profile: KernelProfile, points: Floats, others: Floats) -> Floats:
    if not profile.by_distance:
        return np.asarray(points @ others.T)
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, others))
