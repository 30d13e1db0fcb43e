"""New points beside a data set: what the modes of its Gram matrix say of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.eigenvalues.eigenvalues import EPS
from fieldtheory.spectrum import Spectrum

_SLACK = 4.0  # rounding in more than one place


class NewPoints(NamedTuple):
    """Features of new points, K_test = features F^T, shape (tests, modes), and their prior variance beyond.

    `beyond`: mean over the points of K(x, x) - |features|^2, what no training set says anything of; None
    where the variances are not known.
    """

    features: Floats
    beyond: float | None


def new_points(K_test: ArrayLike, variances: ArrayLike | None, spectrum: Spectrum) -> NewPoints:
    r"""The features K_test V Lambda^{-1/2} of points whose kernel with the M points of a data set is K_test.

    Modes that rounding of K_test can't tell from zero are left out.

    ValueError for a K_test that is not of shape (tests, M), finite, and a kernel together with K to rounding:
    by Cauchy and Schwarz its part in directions where K has at most the eigenvalue c is below
    \sqrt{c K(x, x)}, and |features|^2 is at most K(x, x).
    """
    given = getattr(K_test, "dtype", None)
    eps = float(np.finfo(str(given)).eps) if getattr(given, "kind", "") == "f" else EPS
    kernel = require_reals("K_test", K_test, axes=2)
    basis = spectrum.features
    assert basis is not None
    size, modes = basis.shape
    if kernel.shape[1] != size or not len(kernel):
        raise ValueError(
            f"K_test must have shape (tests, {size}), a row for each test point (got {kernel.shape})"
        )
    values = size * spectrum.eigenvalues[:modes]
    rounding = size * max(eps, EPS) * float(values[0])
    features = kernel @ (basis / values)
    features[:, values <= rounding] = 0.0
    squares = (features**2).sum(axis=1)
    known = None if variances is None else _variances(variances, len(kernel))
    largest = np.maximum(squares, (basis**2).sum(axis=1).max())
    unseen = max(rounding, float(spectrum.relative_error[0] * values[0]), size * spectrum.tail_eigenvalue)
    if known is not None:
        _require_enough(known, squares, _SLACK * (rounding + unseen))
    left = ((kernel - features @ basis.T) ** 2).sum(axis=1)
    outside = left > _SLACK * unseen * largest
    if outside.any():
        worst = int(np.argmax(left / np.maximum(largest, 1e-300)))
        raise ValueError(
            f"K_test must be a kernel together with K (got a row {worst} of which {np.sqrt(left[worst]):.2g} "
            f"lies in directions that K does not have; rounding explains "
            f"{np.sqrt(unseen * largest[worst]):.1g})"
        )
    beyond = None if known is None else float(np.maximum(known - squares, 0.0).mean())
    return NewPoints(features, beyond)


def _require_enough(variances: Floats, squares: Floats, rounding: float) -> None:
    """ValueError unless K(x, x) is at least |features|^2."""
    missing = squares - variances
    if (missing > rounding).any():
        worst = int(np.argmax(missing))
        raise ValueError(
            f"variances must be at least what K_test says of them (got {variances[worst]:.6g} for test point "
            f"{worst}, and {squares[worst]:.6g} by K_test)"
        )


def _variances(given: ArrayLike, tests: int) -> Floats:
    found = require_reals("variances", given)
    if found.ndim > 1 or found.size not in (1, tests):
        raise ValueError(
            f"variances must be K(x, x) of each of the {tests} test points, or one number (got shape "
            f"{found.shape})"
        )
    if (found < 0).any():
        raise ValueError(f"variances must not be negative (got {found.min():.6g})")
    return np.broadcast_to(found.reshape(-1), (tests,))
