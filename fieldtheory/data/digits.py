"""Handwritten digits, the data set that a package brings along: small images, and labels +1 or -1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_types import Floats, Integers

INSTALL = 'the handwritten digits need scikit-learn: pip install "deep-fieldtheory[sklearn]"'


class Digits(NamedTuple):
    """`images`: (1797, 8, 8), from 0 (white) to 1; `numbers`: the digits they show, (1797,)."""

    images: Floats
    numbers: Integers

    @property
    def parity(self) -> Floats:
        """+1 for an even digit, -1 for an odd one, (1797,)."""
        return np.where(self.numbers % 2 == 0, 1.0, -1.0)

    def on_sphere(self, components: int | None = None) -> Floats:
        """Images less their mean, on the unit sphere, (1797, components).

        `components`: how many leading principal components are kept (at most 61, the rank of the images);
        None: all 64 pixels.
        """
        pixels = self.images.reshape(len(self.images), -1)
        centred = pixels - pixels.mean(axis=0)
        if components is not None:
            kept = require_integer("components", components, minimum=1)
            if kept > 61:
                raise ValueError(f"components must be at most 61, the rank of the images (got {kept})")
            centred = centred @ np.linalg.svd(centred, full_matrices=False)[2][:kept].T
        found: Floats = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        return found


def digits() -> Digits:
    """The handwritten digits of scikit-learn (UCI, E. Alpaydin, C. Kaynak 1998), in the order given there.

    ImportError without scikit-learn, which the extra [sklearn] installs.

    >>> from fieldtheory.data.digits import digits
    >>> digits().on_sphere(components=10).shape, int(digits().parity.sum())
    ((1797, 10), -15)
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(INSTALL) from error
    found = load_digits()
    return Digits(found.images / 16, found.target.astype(np.int64))
