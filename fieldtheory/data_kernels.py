"""Kernels on points of any norm, by name: `rbf:0.5`, `poly:3`, `linear`, `relu-ntk:2`.

NumPy is loaded with the first matrix: the help of the command line reads the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_choice, require_integer, require_number
from fieldtheory.budgets import require_budget
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    from fieldtheory.array_types import Floats

_SMALL_ANGLE = 0.1  # below: three terms of the series, to 2e-9 of a part that is 2 % of the whole


@dataclass(frozen=True)
class DataKernel:
    """A kernel by name; `parameter`: what follows the name after a colon, "" for nothing; `example` of it.

    `read` makes of that text the argument of `gram(X, parameter)`.
    """

    name: str
    summary: str
    gram: Callable[[Floats, Any], Floats]
    parameter: str = ""
    example: str = ""
    read: Callable[[str], Any] = str

    @property
    def usage(self) -> str:
        """The name with its parameter."""
        return f"{self.name}:{self.parameter}" if self.parameter else self.name


def data_gram(X: Any, kernel: str) -> Floats:
    """The kernel matrix of points, one a row, by the name of the kernel.

    ValueError for an unknown kernel, a parameter that it does not have, and what is no matrix of finite
    numbers.

    >>> data_gram([[1.0, 0.0], [1.0, 1.0]], "poly:2").tolist()
    [[4.0, 4.0], [4.0, 9.0]]
    """
    import numpy as np

    from fieldtheory.array_arguments import require_reals

    name, colon, text = kernel.partition(":") if isinstance(kernel, str) else ("", "", "")
    row = DATA_KERNELS[require_choice("kernel", name if isinstance(kernel, str) else kernel, DATA_KERNELS)]
    if bool(row.parameter) != bool(colon):
        raise ValueError(f"kernel must be given as {row.usage} (got {shown(kernel)})")
    try:
        parameter = row.read(text) if row.parameter else None
    except ValueError:
        raise ValueError(
            f"kernel must be given as {row.usage}, such as {row.example} (got {shown(kernel)})"
        ) from None
    points = require_reals("X", X, axes=2, what="finite numbers, one point a row")
    if not points.size:
        raise ValueError(f"X must hold at least one point (got shape {points.shape})")
    number = float(len(points))
    require_budget(
        f"a kernel matrix of {len(points)} points",
        seconds=3e-8 * number**2 * (1 + points.shape[1] / 30),
        memory=80.0 * number**2,
        smaller="the number of points",
    )
    with np.errstate(over="ignore", invalid="ignore"):
        found = row.gram(points, parameter)
    if not np.isfinite(found).all():
        raise ValueError(
            f"X must have points at which {kernel} is a float (largest entry {np.abs(points).max():.3g})"
        )
    return found


def _linear(X: Floats, parameter: None) -> Floats:
    found: Floats = X @ X.T
    return (found + found.T) / 2


def _polynomial(X: Floats, degree: int) -> Floats:
    found: Floats = (1.0 + _linear(X, None)) ** degree
    return found


def _gaussian(X: Floats, gamma: float) -> Floats:
    import numpy as np

    found: Floats = np.exp(-gamma * _squared_distances(X))
    return found


def _squared_distances(X: Floats) -> Floats:
    """Without the cancellation of |x|^2 + |y|^2 - 2 x.y."""
    from scipy.spatial.distance import pdist, squareform

    found: Floats = squareform(pdist(X, "sqeuclidean"))
    return found


def _relu_tangent(X: Floats, hidden_layers: int) -> Floats:
    r"""The NTK of relu networks with w = 2, b = 0: x and y at an angle, |x| |y| times that of the sphere.

    K_0 = w x.y, K_h = w |..| (sin a + (pi - a) cos a)/(2 pi), NTK_h = K_h + w (pi - a)/(2 pi) NTK_(h-1),
    where a is the angle of the layer below. It is known by its gap 1 - cos a, which close points keep.
    """
    import numpy as np

    norms = np.sqrt(np.einsum("nd,nd->n", X, X))
    product = np.outer(norms, norms)
    distances = _squared_distances(X) - (norms[:, None] - norms) ** 2
    gap = np.divide(distances, 2 * product, out=np.zeros_like(product), where=product > 0)
    gap = np.clip(gap, 0.0, 2.0)
    tangent = 2.0 * (1.0 - gap)
    for _ in range(hidden_layers):
        angle = 2.0 * np.arcsin(np.sqrt(gap / 2.0))
        share = 1.0 - angle / np.pi
        gap = np.clip(gap - _sine_less_cosine(angle) / np.pi, 0.0, 2.0)
        tangent = 2.0 * (1.0 - gap) + share * tangent
    found: Floats = product * tangent
    return found


def _sine_less_cosine(angle: Floats) -> Floats:
    """sin a - a cos a."""
    import numpy as np

    series = angle**3 / 3.0 * (1.0 - angle**2 / 10.0 * (1.0 - angle**2 / 28.0))
    found: Floats = np.where(angle < _SMALL_ANGLE, series, np.sin(angle) - angle * np.cos(angle))
    return found


def _positive(text: str) -> float:
    return require_number("the parameter", text, exclusive=True)


def _whole(text: str) -> int:
    return require_integer("the parameter", int(text), minimum=1, maximum=1000)


DATA_KERNELS: Mapping[str, DataKernel] = MappingProxyType(
    {
        each.name: each
        for each in (
            DataKernel(
                "relu-ntk",
                "tangent kernel of a relu network with L hidden layers, weight variance 2, no biases",
                _relu_tangent,
                "L",
                "relu-ntk:2",
                _whole,
            ),
            DataKernel("rbf", "exp(-GAMMA |x - y|^2)", _gaussian, "GAMMA", "rbf:0.5", _positive),
            DataKernel("linear", "x.y", _linear),
            DataKernel("poly", "(1 + x.y)^DEGREE", _polynomial, "DEGREE", "poly:3", _whole),
        )
    }
)
