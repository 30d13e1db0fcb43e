r"""The crossover from lazy to feature learning in f = a.w/sqrt(h), the two-layer linear network of one input.

Gradient flow of (F - y)^2/(2 alpha^2), F = alpha (f - f_0), keeps |a + w|^2 |a - w|^2
(docs/training_regimes.md#lazy-and-feature-learning).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer, require_number, require_shallow
from fieldtheory.array_arguments import require_reals
from fieldtheory.exact_number import exact
from replicas.lazy_training.crossover_diagrams import DRIVE, GROWTH, crossover_coefficient, require_order

_NAMES = ("width", "scale", "target")
_LEAST, _MOST = 1e-60, 1e60  # of what divides, and of what is squared


def linear_crossover(readout: Any, weights: Any, scale: float, target: float) -> float:
    """Theta_end/Theta_0, by which training changes the tangent kernel of one network, exactly.

    `readout`, `weights`: a and w, (h,); `scale`: alpha > 0; `target`: y, the value of
    F = alpha (f - f_0) in the end. ValueError for weights of different numbers, and for weights that
    are all 0, where nothing is learnt.

    Equation: linear-crossover

    >>> linear_crossover([1.0, 2.0], [0.5, -1.0], scale=1.0, target=0.0)
    1.0
    >>> round(linear_crossover([1.0, 1.0], [1.0, -1.0], scale=0.5, target=1.0), 10)
    1.7320508076
    """
    a, w = require_reals("readout", readout, axes=1), require_reals("weights", weights, axes=1)
    if a.shape != w.shape:
        raise ValueError(f"weights must be as many as readout has (got {len(w)} and {len(a)})")
    size = float(np.abs([a, w]).max(initial=0.0))
    if not _LEAST <= size <= _MOST:
        raise ValueError(
            f"the largest of readout and weights must be from {_LEAST:g} to {_MOST:g} (got {size:g})"
        )
    alpha, y = _require_scale(scale), _require_target(target)
    output = float(a @ w) + math.sqrt(len(a)) * (y / alpha)  # sqrt(h) f in the end
    kept = float(np.linalg.norm(a + w) * np.linalg.norm(a - w))
    return math.hypot(2 * output, kept) / float(a @ a + w @ w)


def linear_crossover_scale(width: int, target: float) -> float:
    """alpha* = |y|/sqrt(h), at which a wide network's tangent kernel grows by sqrt(2).

    Equation: linear-crossover-mean

    >>> linear_crossover_scale(width=100, target=1.0)
    0.1
    """
    return abs(_require_target(target)) / math.sqrt(_require_width(width))


def linear_crossover_mean(width: Any, scale: Any, target: Any, order: int = 1, fixed: str = "scale") -> Any:
    """Mean of Theta_end/Theta_0 over weights ~ N(0, 1), to the power `order` of 1/h, from generated diagrams.

    `fixed` while h grows: "scale", 1 + y^2/(2 alpha^2 h) + ..., up to order 3, a series of use while
    alpha sqrt(h) > |y|; or "crossover", alpha sqrt(h): sqrt(1 + y^2/(alpha^2 h)) + ..., up to order 2, of use
    at every scale. A float, or a SymPy expression where width, scale or target is one. ValueError where the
    series leaves the floats.

    Equation: linear-crossover-mean

    >>> import sympy
    >>> h, alpha, y = sympy.symbols("h alpha y", positive=True)
    >>> linear_crossover_mean(h, alpha, y)
    1 + y**2/(2*alpha**2*h)
    >>> linear_crossover_mean(h, alpha, y, order=0, fixed="crossover")
    sqrt(1 + y**2/(alpha**2*h))
    """
    import sympy

    highest = require_order(order, fixed)
    coefficients = [crossover_coefficient(k, fixed) for k in range(highest + 1)]
    if any(isinstance(each, sympy.Expr) for each in (width, scale, target)):
        h, alpha, y = (_expression(*each) for each in zip(_NAMES, (width, scale, target), strict=True))
        x: Any = y / alpha
        values = {DRIVE: x, GROWTH: sympy.sqrt(1 + x**2 / h)}
        return sympy.Add(*(each.subs(values) / h**k for k, each in enumerate(coefficients)))
    h, alpha, y = _require_width(width), _require_scale(scale), _require_target(target)
    x = y / alpha
    at = {DRIVE: x, GROWTH: math.hypot(1.0, x / math.sqrt(h))}
    try:
        return math.fsum(_value(each, at) / h**k for k, each in enumerate(coefficients))
    except OverflowError:
        raise ValueError(
            f"scale is too small for an expansion at fixed scale (got {scale}); give fixed='crossover'"
        ) from None


def _value(coefficient: Any, at: dict[Any, float]) -> float:
    """A polynomial in one of the variables, and its inverse, in floats."""
    total = 0.0
    for term, weight in coefficient.as_coefficients_dict().items():
        base, power = term.as_base_exp()
        total += float(weight) * (at[base] ** int(power) if base in at else 1.0)
    return total


def _expression(name: str, value: Any) -> Any:
    import sympy

    require_shallow(name, value)
    return (
        value
        if isinstance(value, sympy.Expr)
        else exact(name, require_number(name, value, minimum=-math.inf))
    )


def _require_width(width: Any) -> int:
    return require_integer("width", width, minimum=1, maximum=10**15)


def _require_scale(scale: Any) -> float:
    number = require_number("scale", scale, exclusive=True)
    if not _LEAST <= number <= _MOST:
        raise ValueError(f"scale must be from {_LEAST:g} to {_MOST:g} (got {number:g})")
    return number


def _require_target(target: Any) -> float:
    number = require_number("target", target, minimum=-math.inf)
    if abs(number) > _MOST:
        raise ValueError(f"target must be from {-_MOST:g} to {_MOST:g} (got {number:g})")
    return number
