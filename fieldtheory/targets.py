"""The function to be learned, as its power in each degree of spherical harmonics."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial import legendre

from fieldtheory.arguments import require_dimension, require_integer, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.notebook_table import notebook_table
from fieldtheory.shown_value import shown
from fieldtheory.sphere.harmonics import gegenbauer, log_multiplicities

if TYPE_CHECKING:
    import sympy

_LONGEST = 10_000_000  # degrees of an array


HIGHEST_DEGREE = 256  # looked at by from_function, unless told otherwise
PANEL_ORDER = 16
_MOST_SHOWN = 300  # degrees in a representation
_MOST_MODES_SHOWN = 4  # of a data set: there are as many as points
MAX_PANELS = 2048
# Beyond this logarithm of the multiplicity, P_l underflows where the measure of the sphere is.
MAX_LOG_MULTIPLICITY = 1300.0


@dataclass(frozen=True)
class Target:
    r"""A target function on S^{d-1}, known by its power :math:`g_l^2` in each degree l.

    :math:`g_l^2` is the squared L2 norm of the degree-l part, w.r.t. the uniform measure of total mass 1.
    Rotation-invariant learning curves depend on nothing else.

    ``powers``: degree -> power, sorted, zeros dropped, read-only.  ``remainder``: power that the target has
    beyond them (0 if none).  ``exact_powers``: the same powers as SymPy numbers where known, else None.
    ``labels``: of the points of a data set, whose powers these are, shape (M, outputs); None without points
    (:meth:`fieldtheory.Spectrum.from_gram` makes them).

    Raises ValueError for degrees that are not integers >= 0, powers that are not finite and >= 0, for a
    target without any power, and for labels that are not finite numbers of that shape.

    >>> target = Target({2: 1.0, 1: 0.5})
    >>> target
    Target({1: 0.5, 2: 1.0})
    >>> target.norm_squared, target.max_degree
    (1.5, 2)
    """

    powers: Mapping[int, float]
    remainder: float = 0.0
    exact_powers: Mapping[int, sympy.Expr] | None = field(default=None, compare=False)
    labels: Floats | None = field(default=None, repr=False)

    plot = plot

    def _repr_html_(self) -> str:
        total = self.norm_squared
        rows = [[l, power, power / total] for l, power in self.powers.items()]
        heads = ["l" if self.labels is None else "mode", "power", "share"]
        beyond = f"power {self.remainder:.4g} is at degrees beyond these, which are not known"
        return notebook_table("Target", heads, rows, [beyond] if self.remainder else [])

    def __post_init__(self) -> None:
        if not isinstance(self.powers, Mapping):
            raise ValueError(
                f"powers must map degrees to powers, as in {{1: 1.0, 2: 1.0}} (got {shown(self.powers)})"
            )
        powers: dict[int, float] = {}
        for degree, power in self.powers.items():
            l = require_integer("powers: a degree", degree, minimum=0)
            powers[l] = require_number(f"powers[{l}]", power)
        powers = {degree: powers[degree] for degree in sorted(powers) if powers[degree] > 0}
        if not powers:
            raise ValueError(
                f"powers must have a positive power in at least one degree (got {dict(self.powers)})"
            )
        object.__setattr__(self, "powers", MappingProxyType(powers))
        object.__setattr__(self, "remainder", require_number("remainder", self.remainder))
        if self.exact_powers is not None:
            object.__setattr__(self, "exact_powers", MappingProxyType(dict(self.exact_powers)))
        if self.labels is not None:
            labels = require_reals("labels", self.labels, axes=2)
            object.__setattr__(self, "labels", labels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Target):
            return NotImplemented
        if (self.labels is None) != (other.labels is None):
            return False
        alike = self.labels is None or np.array_equal(self.labels, np.asarray(other.labels))
        return alike and self.powers == other.powers and self.remainder == other.remainder

    def __hash__(self) -> int:
        return hash((tuple(self.powers.items()), self.remainder))

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only view of a dictionary can be neither pickled nor copied.
        exact = None if self.exact_powers is None else dict(self.exact_powers)
        return Target, (dict(self.powers), self.remainder, exact, self.labels)

    def __repr__(self) -> str:
        rest = f", remainder={self.remainder!r}" if self.remainder else ""
        if len(self.powers) > (_MOST_SHOWN if self.labels is None else _MOST_MODES_SHOWN):
            shown = ", ".join(f"{l}: {power:.4g}" for l, power in list(self.powers.items())[:3])
            return f"Target({{{shown}, ... {self.max_degree}: {self.powers[self.max_degree]:.4g}}}{rest})"
        return f"Target({dict(self.powers)!r}{rest})"

    @property
    def norm_squared(self) -> float:
        """Sum of the powers; the remainder is not part of it."""
        return math.fsum(self.powers.values())

    @property
    def max_degree(self) -> int:
        """Highest degree with power."""
        return max(self.powers)

    def as_array(self, max_degree: int) -> Floats:
        """Powers of the degrees 0 .. max_degree, shape (max_degree + 1,).

        Raises ValueError if a higher degree has power, which the array would lose.

        >>> Target({1: 0.5, 2: 1.0}).as_array(3)
        array([0. , 0.5, 1. , 0. ])
        """
        max_degree = require_integer("max_degree", max_degree, minimum=0, maximum=_LONGEST)
        if self.max_degree > max_degree:
            raise ValueError(
                f"max_degree must be at least {self.max_degree}, the highest degree with target power "
                f"(got {max_degree}); raise max_degree or leave that degree out of the target"
            )
        result = np.zeros(max_degree + 1)
        result[list(self.powers)] = list(self.powers.values())
        return result

    @classmethod
    def from_polynomial(cls, expression: sympy.Expr | sympy.Poly | str | float, dim: int) -> Target:
        """Target given by a polynomial in x1 .. x<dim>: a SymPy expression or Poly, or text; exact.

        Raises ValueError for what :func:`fieldtheory.sphere.polynomials.harmonic_powers` refuses, and for a
        polynomial that vanishes on the sphere.

        >>> Target.from_polynomial("x1*x2 + x3", dim=50)
        Target({1: 0.02, 2: 0.00038461538461538462})
        """
        # Imported here because SymPy takes longer to load than all the rest; a Target of numbers needs none.
        from fieldtheory.sphere.polynomials import harmonic_powers

        exact: dict[int, sympy.Expr] = harmonic_powers(expression, dim)
        if not exact:
            raise ValueError(f"expression must not vanish on the sphere (got {str(expression)[:60]})")
        powers: dict[int, float] = {}
        for degree, power in exact.items():
            powers[degree] = value = float(power)
            if not 0.0 < value < math.inf:
                raise ValueError(
                    f"expression must have powers in float range (got {value} in degree {degree})"
                )
        return cls(powers, exact_powers=exact)

    @classmethod
    def from_function(
        cls, g: Callable[[Floats], Any], dim: int, max_degree: int | None = None, tolerance: float = 1e-12
    ) -> Target:
        r"""Target :math:`g(w\cdot x)` with a unit vector w: :math:`g_l^2 = \deg(l)\,[g]_l^2`.

        :math:`[g]_l = \int g P_l\,d\mu` (Funk-Hecke).  ``g`` takes and returns float arrays on [-1, 1]; kinks
        and jumps are found and integrated around.  ``remainder`` is ‖g‖² minus the powers kept.

        Kept are the degrees up to ``max_degree``; by default as many as it takes to bring the remainder below
        ``tolerance`` ‖g‖², 256 at most, with a UserWarning if that does not suffice.  Amplitudes below
        1e-13 ‖g‖ are rounding and count as zero.  Integrals are accurate to about ``tolerance``/100 of ‖g‖.
        Raises ValueError if g is not finite, zero, or too rough to integrate.

        >>> relu = Target.from_function(lambda t: np.maximum(t, 0), dim=50, max_degree=2)
        >>> round(relu.norm_squared + relu.remainder, 12)
        0.01
        """
        dim = require_dimension(dim)
        tolerance = require_number("tolerance", tolerance, exclusive=True)
        highest = _highest_degree(dim) if max_degree is None else max_degree
        highest = require_integer("max_degree", highest, minimum=0, maximum=4 * MAX_PANELS)
        cells = (highest + 1.0) * 2 * (2 + highest // 8) * PANEL_ORDER
        require_budget(
            f"max_degree = {highest}",
            seconds=1e-8 * cells,
            memory=16 * cells,
            smaller="max_degree",
            say=False,
        )
        if log_multiplicities(highest, dim)[-1] > MAX_LOG_MULTIPLICITY:
            raise ValueError(
                f"max_degree must be at most {_highest_degree(dim)} for dim {dim} (got {highest})"
            )
        t, weights = _panel_rule(g, dim, highest, max(tolerance / 100, 1e-14))
        values = _evaluate(g, t)
        norm_squared = float(weights @ values**2)
        if norm_squared == 0.0:
            raise ValueError("g must not be zero everywhere on [-1, 1] (got zeros only)")
        amplitudes = gegenbauer(highest, t, dim) @ (weights * values)
        amplitudes *= np.exp(0.5 * log_multiplicities(highest, dim))
        powers = np.where(np.abs(amplitudes) > 1e-13 * math.sqrt(norm_squared), amplitudes**2, 0.0)
        remainders = np.maximum(norm_squared - np.cumsum(powers), 0.0)
        enough = np.flatnonzero(remainders <= tolerance * norm_squared)
        last = int(enough[0]) if enough.size else highest
        remainder = float(remainders[last])
        if max_degree is None and not enough.size:
            warnings.warn(
                f"degrees up to {last} leave {remainder / norm_squared:.2g} of the power of g, above the "
                f"tolerance {tolerance:g}; it is in Target.remainder (give max_degree to choose the cut)",
                UserWarning,
                stacklevel=2,
            )
        return cls(dict(enumerate(powers[: last + 1].tolist())), remainder)


def _highest_degree(dim: int) -> int:
    logs = log_multiplicities(HIGHEST_DEGREE, dim)
    return int(np.flatnonzero(logs <= MAX_LOG_MULTIPLICITY)[-1])


def _evaluate(g: Callable[[Floats], Any], t: Floats) -> Floats:
    if not callable(g):
        raise ValueError(f"g must be a function of an array of t in [-1, 1] (got {shown(g)})")
    values = np.asarray(g(t.copy()))
    if values.shape not in (t.shape, ()) or values.dtype.kind not in "biuf":
        raise ValueError(
            f"g must return a real number for each t (got {values.dtype} of shape {values.shape})"
        )
    values = np.broadcast_to(values.astype(np.float64), t.shape)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise ValueError(f"g must be finite on [-1, 1] (got {values[bad[0]]} at t = {t[bad[0]]})")
    return values


def _panel_rule(
    g: Callable[[Floats], Any], dim: int, max_degree: int, accuracy: float
) -> tuple[Floats, Floats]:
    """Nodes t and weights for the measure of the sphere, refined where g is not smooth.

    Composite Gauss-Legendre in the latitude φ, t = sin φ, dμ ∝ cos^{d-2}φ dφ.  A panel is halved until the
    last Legendre coefficients of g times the measure are negligible: kinks end up in panels of no weight.
    """
    nodes, node_weights = legendre.leggauss(PANEL_ORDER)
    order = np.arange(PANEL_ORDER)
    to_tail = (legendre.legvander(nodes, PANEL_ORDER - 1) * node_weights[:, None] * (order + 0.5))[:, -4:]
    # cos^{d-2}φ < e^{-92} outside: its square root, which bounds what g P_l can add, is below 1e-20.
    edge = math.pi / 2 if dim == 2 else min(math.pi / 2, math.sqrt(184.0 / (dim - 2)))
    # Two panels per eight degrees resolve P_l; an even number puts a border at t = 0, where kinks are common.
    borders = np.linspace(-edge, edge, 2 * (2 + max_degree // 8) + 1)
    left, width = borders[:-1], np.diff(borders)
    done: list[tuple[Floats, Floats]] = []
    panels = 0
    while left.size:
        panels += left.size
        if panels > MAX_PANELS:
            raise ValueError(
                f"g must be smooth but for some kinks and jumps (got a function that {MAX_PANELS} panels do "
                "not resolve); give a larger tolerance if g is noisy or oscillates"
            )
        latitude = left[:, None] + width[:, None] * (nodes + 1) / 2
        t = np.sin(latitude)
        values = _evaluate(g, t.ravel()).reshape(t.shape)
        # cos^{d-2}φ, written so that a large d does not amplify rounding near φ = 0.
        density = np.exp(-0.5 * (dim - 2) * np.log1p(np.tan(latitude) ** 2))
        weights = density * node_weights * width[:, None] / 2
        if not done:
            mass = weights.sum()
            scale = math.sqrt(float((weights * values**2).sum() * mass))
        tail = np.abs((density * values) @ to_tail).max(axis=1) * width
        rough = tail > accuracy * scale
        done.append((t[~rough].ravel(), weights[~rough].ravel()))
        width = np.repeat(width[rough] / 2, 2)
        left = np.repeat(left[rough], 2)
        left[1::2] += width[1::2]
    t, weights = (np.concatenate(parts) for parts in zip(*done, strict=True))
    return t, weights / mass
