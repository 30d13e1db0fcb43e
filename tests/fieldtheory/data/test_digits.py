"""Handwritten digits on the sphere, and what is said without scikit-learn."""

import sys

import numpy as np
import pytest

from fieldtheory.data.digits import digits


def test_principal_components_keep_the_most_variance() -> None:
    """They are eigenvectors of the covariance: uncorrelated before they are scaled, largest first"""
    found = digits()
    pixels = found.images.reshape(1797, 64)
    values, vectors = np.linalg.eigh(np.cov(pixels.T))
    wanted = (pixels - pixels.mean(axis=0)) @ vectors[:, ::-1][:, :10]
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(abs(found.on_sphere(10)), abs(wanted), atol=1e-12)
    assert values[3] > 1e-6 * values[-1] > values[2]  # three pixels are always white: the rank is 61
    np.testing.assert_allclose(
        found.on_sphere() @ found.on_sphere().T, found.on_sphere(61) @ found.on_sphere(61).T, atol=1e-12
    )
    np.testing.assert_array_equal(
        found.parity, [1.0 if each in (0, 2, 4, 6, 8) else -1.0 for each in found.numbers]
    )


@pytest.mark.parametrize(("components", "message"), [(0, "at least 1"), (62, "must be at most 61")])
def test_components_that_are_not_there(components: int, message: str) -> None:
    with pytest.raises(ValueError, match=f"^components .*{message}"):
        digits().on_sphere(components)


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r'pip install "deep-fieldtheory\[sklearn\]"'):
        digits()
