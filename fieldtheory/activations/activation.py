r"""Gaussian expectations of an activation: one symbolic formula each, and how to compute with it.

For u, v jointly Gaussian with mean 0, equal variance q and covariance k, the covariance map of an
activation is C(k, q) = E[phi(u) phi(v)]; by Price's theorem E[phi'(u) phi'(v)] = dC/dk. Three number
systems follow the same formula: SymPy (`covariance`), mpmath (the SymPy formula, lambdified), float64
(`layer`, arranged so that no digits are lost next to k = +-q). Power series (`series_layer`) feed the
eigenvalues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from fieldtheory.array_types import Floats

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Pair:
    """Covariance k of two pre-activations of variance q, with the deficit q - k to full accuracy."""

    covariance: Floats
    deficit: Floats
    variance: float


@dataclass(frozen=True)
class Moments:
    """E[phi phi'], its deficit E[phi^2] - E[phi phi'], and E[dphi dphi']."""

    covariance: Floats
    deficit: Floats
    derivative: Floats


class Top(NamedTuple):
    """The moments of equal inputs, k = q: E[phi^2] and E[phi'^2]."""

    variance: float
    derivative: float


@dataclass(frozen=True)
class SeriesMoments:
    """E[phi phi'] and E[dphi dphi'] as power series in t, given the series of k."""

    covariance: Floats
    derivative: Floats


@dataclass(frozen=True)
class Uncertainty:
    """Absolute bounds on the errors of E[phi phi'] and E[dphi dphi'] (0 for closed forms: rounding only)."""

    covariance: float = 0.0
    derivative: float = 0.0


def _exact(variance: float) -> Uncertainty:
    return Uncertainty()


@dataclass(frozen=True)
class Activation:
    """An activation as the kernels see it; `fieldtheory.activations.by_name.activation` makes one.

    `top(q)`: the moments at k = q. `layer(pair)`: the moments as float64 arrays.
    `series_layer(k, q, perturbed)`: the moments as power series; `perturbed`: with the error of the
    coefficients put in, to see its effect. `uncertainty(q)`: error bounds of both. `formula(k, q)`:
    E[phi phi'] in SymPy, or None where there is no closed form.
    """

    name: str
    top: Callable[[float], Top]
    layer: Callable[[Pair], Moments]
    series_layer: Callable[[Floats, float, bool], SeriesMoments]
    formula: Callable[[Any, Any], Any] | None = None
    uncertainty: Callable[[float], Uncertainty] = _exact

    def covariance(self, k: Any, q: Any) -> sympy.Expr:
        """SymPy formula of E[phi(u) phi(v)] for variance q and covariance k.

        >>> import sympy
        >>> from fieldtheory import activation
        >>> activation("sin").covariance(*sympy.symbols("k q"))
        exp(-q)*sinh(k)
        """
        if self.formula is None:
            raise ValueError(
                f"activation must have a closed form (got {self.name!r}): relu, erf, linear, sin, gelu"
            )
        return self.formula(k, q)

    def derivative_covariance(self, k: Any, q: Any) -> sympy.Expr:
        """SymPy formula of E[phi'(u) phi'(v)] = dC/dk (Price's theorem)."""
        import sympy

        cov, var = sympy.Dummy("k", real=True), sympy.Dummy("q", positive=True)
        derivative = sympy.diff(self.covariance(cov, var), cov)
        return derivative.subs({cov: k, var: q}, simultaneous=True)
