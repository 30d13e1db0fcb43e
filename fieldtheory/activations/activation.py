r"""An activation: its name, the function phi, and its Gaussian averages in every number system.

For u, v jointly Gaussian with mean 0, equal variance q and covariance k, the covariance map of an
activation is C(k, q) = E[phi(u) phi(v)]; by Price's theorem E[phi'(u) phi'(v)] = dC/dk. Three number
systems follow the same formula: SymPy (`covariance`), mpmath (the SymPy formula, lambdified), float64
(`layer`, arranged so that no digits are lost next to k = +-q). Power series (`series_layer`) feed the
eigenvalues.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldtheory.activations.array_function import ArrayFunction
from fieldtheory.activations.gaussian_averages import line_quadrature
from fieldtheory.activations.hermite import HermiteAverages, HermiteSum
from fieldtheory.activations.moments import Function, Moments, Pair, SeriesMoments, Top, Uncertainty
from fieldtheory.activations.rays import Rays
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    import sympy


def _exact(variance: float) -> Uncertainty:
    return Uncertainty()


@dataclass(frozen=True)
class Activation:
    """An activation function phi with its Gaussian averages.

    Made by `Activation.from_function`, found by `activation(name)`.

    `top(q)`: the moments at k = q. `layer(pair)`: the moments as float64 arrays.
    `series_layer(k, q, perturbed)`: the moments as power series; `perturbed`: with the error of the
    coefficients put in, to see its effect. `formula(k, q)`: E[phi phi'] in SymPy, or None where there is no
    closed form. `uncertainty(q)`: error bounds of both moments. `function`: phi of float64 arrays, None if
    only averages are known. `symbol_function(x)`: phi in SymPy, or None. `references`: of the averages.
    `rays`: phi as a power on either side of 0, if it is one. `cross(k, q, r)`: E[phi phi'] where variances q
    and r differ, in closed form, or None.
    """

    name: str
    top: Callable[[float], Top]
    layer: Callable[[Pair], Moments]
    series_layer: Callable[[Floats, float, bool], SeriesMoments]
    formula: Callable[[Any, Any], Any] | None = None
    uncertainty: Callable[[float], Uncertainty] = _exact
    function: Function | None = None
    symbol_function: Callable[[Any], Any] | None = None
    references: tuple[str, ...] = ()
    rays: Rays | None = None
    cross: Callable[[Floats, Floats, Floats], Floats] | None = None

    @classmethod
    def from_rays(
        cls,
        name: str,
        rays: Rays,
        symbol_function: Callable[[Any], Any] | None = None,
        references: tuple[str, ...] = (),
    ) -> Activation:
        """An activation that is one power on either side of 0, with its averages in closed form.

        >>> Activation.from_rays("hinge", Rays(1.0, 0.5, 1)).mean_square(2.0)
        1.25
        """
        return cls(
            name,
            rays.top,
            rays.layer,
            rays.series_layer,
            rays.formula,
            function=rays,
            symbol_function=symbol_function or rays.symbol,
            references=references,
            rays=rays,
        )

    @classmethod
    def from_function(
        cls,
        name: str,
        function: Callable[[Floats], Any],
        *,
        formula: Callable[[Any, Any], Any] | None = None,
        symbol_function: Callable[[Any], Any] | None = None,
        references: tuple[str, ...] = (),
        breakpoints: Sequence[float] = (),
    ) -> Activation:
        """An activation from any function of float64 arrays with at most polynomial growth.

        One that is a power on either side of 0, such as a leaky relu, has its averages in closed form; for
        others numbers come from its Hermite series and, if it has kinks or jumps, from quadrature in the
        plane between them, with the error that is left. `breakpoints`: the x of kinks and jumps, looked for
        if not given. `formula(k, q)`, E[phi phi'] in SymPy, adds exact kernels and
        certified digits. ValueError for a formula that is not that of the function.

        >>> swish = Activation.from_function("swish", lambda x: x / (1 + np.exp(-x)))
        >>> round(swish.mean_square(1.0), 12)
        0.355775519817
        """
        checked, places = ArrayFunction.of(function), require_reals("breakpoints", breakpoints)
        if places.ndim != 1:
            raise ValueError(f"breakpoints must be a list of numbers (got shape {places.shape})")
        rays = Rays.recognised(checked)
        if rays is not None and formula is None:
            closed = cls.from_rays(name, rays, references=references)
            return replace(
                closed, formula=None, symbol_function=symbol_function, uncertainty=rays.uncertainty
            )
        averages = HermiteAverages(checked, tuple(np.unique(places).tolist()))
        found = cls(
            name,
            averages.top,
            averages.layer,
            averages.series_layer,
            formula,
            averages.uncertainty,
            checked,
            symbol_function,
            references,
        )
        if formula is not None:
            found._check_formula()
        return found

    @classmethod
    def from_coefficients(cls, coefficients: Sequence[float]) -> Activation:
        """The activation phi(x) = sum_n c_n He_n(x)/sqrt(n!), a finite Hermite series.

        >>> Activation.from_coefficients([0.0, 1.0]).name
        'hermite(2)'
        """
        function = HermiteSum.of(coefficients)
        return cls.from_function(f"hermite({len(function.coefficients)})", function)

    @property
    def is_exact(self) -> bool:
        """Whether its float64 averages are known to rounding, as those in closed form are."""
        return self.uncertainty is _exact

    def covariance(self, k: Any, q: Any) -> sympy.Expr:
        """SymPy formula of E[phi(u) phi(v)] for variance q and covariance k.

        >>> import sympy
        >>> from fieldtheory import activation
        >>> activation("sin").covariance(*sympy.symbols("k q"))
        exp(-q)*sinh(k)
        """
        if self.formula is None:
            raise ValueError(
                f"activation must have a closed form for a formula (got {shown(self.name)}); take one "
                "that has, "
                'such as "relu" or "erf"'
            )
        return self.formula(k, q)

    def derivative_covariance(self, k: Any, q: Any) -> sympy.Expr:
        """SymPy formula of E[phi'(u) phi'(v)] = dC/dk (Price's theorem)."""
        import sympy

        if self.rays is not None and self.rays.power:
            return self.rays.slope.formula(k, q)
        cov, var = sympy.Dummy("k", real=True), sympy.Dummy("q", positive=True)
        derivative = sympy.diff(self.covariance(cov, var), cov)
        return derivative.subs({cov: k, var: q}, simultaneous=True)

    def mean_square(self, variance: float) -> float:
        """E[phi(u)^2] for u of this variance.

        >>> from fieldtheory import activation
        >>> activation("tanh").mean_square(1.0)
        0.39429449039784
        """
        if self.function is None or self.formula is not None:
            return self.top(variance).variance
        z, weights = line_quadrature()
        return float(weights @ self.function(math.sqrt(variance) * z) ** 2)

    def slope_square(self, variance: float) -> float:
        """E[phi'(u)^2] for u of this variance; ValueError if phi has jumps."""
        found = self.top(variance).derivative
        if not math.isfinite(found):
            raise ValueError(
                f"activation must have a derivative with E[phi'^2] finite here (got {self.name}: it "
                'jumps, or has kinks away from 0); take a smooth one, such as "erf"'
            )
        return found

    def require_function(self, what: str) -> Function:
        """The function phi itself; ValueError, naming `what` needs it, if only its averages are known."""
        if self.function is None:
            raise ValueError(
                f"activation must be given by name or as a function for {what} "
                f"(got the Activation {self.name!r}, of which only averages are known)"
            )
        return self.function

    def _check_formula(self) -> None:
        variance, covariance = 1.25, 0.375
        pair = Pair(np.array([covariance]), np.array([variance - covariance]), variance)
        found = float(self.layer(pair).covariance[0])
        stated = float(self.covariance(covariance, variance))
        allowed = self.uncertainty(variance).covariance + 1e-9 * self.top(variance).variance
        if not abs(stated - found) <= allowed:
            raise ValueError(
                f"formula must be E[phi(u) phi(v)] of the function for covariance k and variance q (got "
                f"{stated:.9g} for {self.name!r} at k = {covariance}, q = {variance}, where the function has "
                f"{found:.9g})"
            )


ActivationLike = str | Activation | Function | Sequence[float]
