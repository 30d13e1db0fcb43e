r"""The flow of a wide network with depth: fixed points, susceptibilities, correlation depth.

Depth is the scale of this renormalisation group: q' = w E[phi^2] + b carries the variance of the
pre-activations of one input from layer to layer, c' q* = w E[phi phi'] + b the correlation of two. Poole,
Lahiri, Raghu, Sohl-Dickstein, Ganguli, NIPS 2016, arXiv 1606.05340; Schoenholz, Gilmer, Ganguli,
Sohl-Dickstein, ICLR 2017, arXiv 1611.01232; finite width: Roberts, Yaida, Hanin, arXiv 2106.10165.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fieldtheory.activations.activation import Activation, ActivationLike
from fieldtheory.activations.gaussian_averages import line_quadrature
from fieldtheory.activations.kinks import quadrature_activation
from fieldtheory.arguments import require_integer, require_number
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.drawing import plot
from fieldtheory.notebook_table import notebook_table
from fieldtheory.references import POOLE, SCHOENHOLZ
from renormalization.depth.critical_line import CriticalPoint, critical_point
from renormalization.depth.finite_width import FiniteWidth, finite_width
from renormalization.depth.fixed_points import (
    MARGIN,
    correlation_fixed_point,
    correlation_slope,
    correlation_step,
    decay_length,
    depth_map,
    slope_at_zero,
    variance_fixed_point,
)
from renormalization.depth.power_laws import PowerLaws, correlation_power_law, vanishing_power_laws
from renormalization.depth.recursion_formulas import DepthRecursion, depth_recursion

if TYPE_CHECKING:
    from renormalization.depth.tangent_kernel import TangentKernel


class Trajectory(NamedTuple):
    """From layer 0 on: variance q, correlation c, and 1 - c to full accuracy; shape (layers + 1,)."""

    variance: Floats
    correlation: Floats
    drop: Floats


@dataclass(frozen=True)
class DepthFlow:
    """Random networks of infinite width, layer after layer: h' = W phi(h) + b.

    `activation` as for `FullyConnected` (a name, a function of float64 arrays, Hermite coefficients);
    `weight_variance`: that of a weight times the width, w > 0; `bias_variance`: b >= 0. ValueError for other
    numbers, and from what needs a derivative of an activation that jumps.

    Equation: depth-recursion, depth-exponents

    >>> depth = DepthFlow("tanh", weight_variance=1.5, bias_variance=0.05)
    >>> depth.fixed_point, depth.chi_1, depth.correlation_depth
    (0.418037, 0.938636, 15.790994)
    """

    activation: ActivationLike
    weight_variance: float
    bias_variance: float = 0.0

    plot = plot

    def _repr_html_(self) -> str:
        title = f"DepthFlow({self.phi.name}, w = {self.weight_variance:g}, b = {self.bias_variance:g})"
        rows, said = [], []
        for name in ("phase", "fixed_point", "chi_1", "fixed_correlation", "correlation_depth"):
            try:
                rows.append([name.replace("_", " "), getattr(self, name)])
            except ValueError as error:
                said.append(str(error))
        return notebook_table(title, ["", ""], rows, dict.fromkeys(said))

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "weight_variance", require_number("weight_variance", self.weight_variance, exclusive=True)
        )
        object.__setattr__(self, "bias_variance", require_number("bias_variance", self.bias_variance))
        self.phi  # noqa: B018 - refuses what is no activation

    @cached_property
    def phi(self) -> Activation:
        """The activation and its Gaussian averages."""
        return quadrature_activation(self.activation)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (POOLE, SCHOENHOLZ, *self.phi.references)

    @property
    def nonlinearity(self) -> Activation:
        """The old name of `phi`, with a DeprecationWarning."""
        said = "DepthFlow.nonlinearity is now DepthFlow.phi: write `flow.phi`"
        warnings.warn(said, DeprecationWarning, stacklevel=2)
        return self.phi

    @cached_property
    def fixed_point(self) -> float:
        """q*, the fixed point of the variance that the flow from 1 meets first.

        It is 1 where every variance is one (relu with weight variance 2, no bias).
        ValueError if the variance grows without bound.
        """
        found = variance_fixed_point(self.phi, self.weight_variance, self.bias_variance)
        if not math.isfinite(found):
            raise ValueError(
                f"weight_variance must be small enough for {self.phi.name} to have a fixed point of "
                f"the variance (got {self.weight_variance} with bias_variance {self.bias_variance}, where "
                "it grows without bound)"
            )
        return found

    @cached_property
    def chi_1(self) -> float:
        """w E[phi'^2] at q*: how the distance of two nearly equal inputs grows in a layer."""
        q = self.fixed_point
        slope = self.phi.slope_square(q) if q > 0 else slope_at_zero(self.phi)
        return self.weight_variance * slope

    @property
    def chi_perpendicular(self) -> float:
        """Another name of `chi_1` (Roberts, Yaida, Hanin, Eq. 5.17)."""
        return self.chi_1

    @cached_property
    def chi_parallel(self) -> float:
        """w d E[phi^2]/dq = w E[phi'^2 + phi phi''] at q*: how a deviation from q* grows in a layer.

        By the derivative of the Gaussian weight: phi itself may have kinks, or jump.
        """
        q = self.fixed_point
        if q == 0:
            return self.chi_1
        function = self.phi.require_function("chi_parallel")
        z, weights = line_quadrature()
        growth = float(weights @ (function(math.sqrt(q) * z) ** 2 * (z**2 - 1))) / (2 * q)
        return self.weight_variance * growth

    @cached_property
    def fixed_correlation(self) -> float:
        """c*, to which the correlation of two inputs flows: 1 for chi_1 <= 1, below it for chi_1 > 1."""
        if self.phase != "chaotic":
            return 1.0
        if self.fixed_point == 0:
            raise ValueError(
                "weight_variance and bias_variance must lead to a positive variance for a correlation "
                f"(got {self.weight_variance} and {self.bias_variance})"
            )
        return correlation_fixed_point(self.phi, self.weight_variance, self.bias_variance, self.fixed_point)

    @cached_property
    def chi_c(self) -> float:
        """w E[phi' phi'] at c*: how a deviation from c* shrinks in a layer."""
        c = self.fixed_correlation
        if c == 1.0:
            return self.chi_1
        return correlation_slope(self.phi, self.weight_variance, self.fixed_point, c)

    @property
    def phase(self) -> str:
        """ "ordered" (chi_1 < 1), "chaotic" (chi_1 > 1), or "critical" where they meet, to 1e-12."""
        if abs(self.chi_1 - 1) <= MARGIN:
            return "critical"
        return "ordered" if self.chi_1 < 1 else "chaotic"

    @property
    def correlation_depth(self) -> float:
        """xi = -1/log(chi_c) layers, over which two inputs forget their correlation; inf at criticality."""
        return decay_length(self.chi_c)

    @property
    def variance_depth(self) -> float:
        """xi_q = -1/log|chi_parallel| layers, over which the variance forgets its start."""
        return decay_length(self.chi_parallel)

    def trajectory(self, layers: int, variance: float | None = None, correlation: float = 1.0) -> Trajectory:
        """Variance and correlation of two inputs of equal variance, layers 0 to `layers`.

        Start: `variance` (default q*) and `correlation` in layer 0.
        ValueError for a variance that is not positive and a correlation outside [-1, 1].

        >>> DepthFlow("relu", weight_variance=2.0).trajectory(2, correlation=0.0).correlation
        array([0.        , 0.31830989, 0.49373109])
        """
        layers = require_integer("layers", layers, minimum=0)
        q = self.fixed_point if variance is None else require_number("variance", variance, exclusive=True)
        c = require_number("correlation", correlation, minimum=-1.0)
        if c > 1:
            raise ValueError(f"correlation must be at most 1 (got {correlation})")
        if q == 0:
            raise ValueError("variance must be given where the fixed point is 0 (got None)")
        seconds = layers * (8e-5 if self.phi.formula is not None else 6e-4)
        require_budget(f"layers = {layers}", seconds=seconds, memory=300.0 * layers, smaller="layers")
        layer = depth_map(self.phi, self.weight_variance, self.bias_variance)
        found, drop = [(q, c, 1 - c)], 1 - c
        for _ in range(layers):
            after = layer.variance(q) if variance is not None else q
            if drop > 0:
                c, drop = correlation_step(layer, q, after, c, drop)
            q = after
            found.append((q, c, drop))
        return Trajectory(*np.array(found, dtype=np.float64).T)

    def power_laws(self) -> PowerLaws:
        """Exponents and amplitudes of q_l - q* and 1 - c_l at criticality; ValueError elsewhere.

        >>> DepthFlow("tanh", weight_variance=1.0).power_laws().variance
        PowerLaw(exponent=-1.0, amplitude=0.5)
        """
        if abs(self.chi_1 - 1) > 1e-8:
            raise ValueError(
                "weight_variance and bias_variance must be critical for power laws, chi_1 = 1 (got chi_1 = "
                f"{self.chi_1:.6g}); DepthFlow.critical_point finds such a point"
            )
        if self.fixed_point == 0:
            return vanishing_power_laws(self.phi, self.weight_variance)
        law = correlation_power_law(self.phi, self.weight_variance, self.fixed_point)
        return PowerLaws(None, law)

    def symbolic(self) -> DepthRecursion:
        """The recursions as formulas that print themselves, in SymPy and LaTeX.

        >>> print(DepthFlow("relu", weight_variance=2.0).symbolic().chi_1.rhs)
        sigma_w**2/2
        """
        return depth_recursion(self.phi)

    def finite_width(
        self, layers: int, width: int | Sequence[int], input_kernel: ArrayLike = 1.0
    ) -> FiniteWidth:
        """Networks of this width at first order in 1/width: kernel, shift, four-point vertex of each layer.

        `input_kernel`: the metric of layer 0, a number for one input (default 1), an m x m matrix for m <= 4.
        `width`: one number, or one for each of the layers 0 to `layers` - 1. Summed from diagrams of the
        cumulants of a layer, see `FiniteWidth.diagrams`. ValueError for layers or a width below 1 and an
        `input_kernel` that is no covariance. Roberts, Yaida, Hanin, arXiv 2106.10165, Sec. 4.

        >>> DepthFlow("relu", weight_variance=2.0).finite_width(layers=2, width=64).coupling
        array([0.078125, 0.15625 ])
        """
        return finite_width(self.phi, self.weight_variance, self.bias_variance, layers, width, input_kernel)

    def tangent_kernel(
        self, layers: int, width: int | Sequence[int], input_kernel: ArrayLike = 1.0
    ) -> TangentKernel:
        """The tangent kernel of networks of this width at first order in 1/width: mean, variance, drift.

        Layer `layers` is the output of a network with as many hidden layers, all parameters trained at the
        rates of the library's kernels (`FullyConnected.ntk`). Arguments as for `finite_width`; the tangent
        kernel of layer 0 is its metric. Summed from diagrams, see `TangentKernel.diagrams`. ValueError as
        there, and for an activation that jumps. Roberts, Yaida, Hanin, arXiv 2106.10165, Sec. 8 and 11.

        >>> found = DepthFlow("relu", weight_variance=2.0).tangent_kernel(layers=3, width=64)
        >>> found.kernel, found.variance.round(9), found.drift.round(9)
        (array([2., 3., 4.]), array([ 12.,  58., 160.]), array([ 8., 32., 80.]))
        """
        from renormalization.depth.tangent_kernel import tangent_kernel

        return tangent_kernel(self.phi, self.weight_variance, self.bias_variance, layers, width, input_kernel)

    @staticmethod
    def critical_point(
        activation: ActivationLike, *, bias_variance: Any = None, q_star: Any = None
    ) -> CriticalPoint:
        """Where chi_1 = 1, by the bias variance or by the fixed point; see `critical_line.critical_point`.

        >>> DepthFlow.critical_point("tanh", bias_variance=0.05)
        CriticalPoint(weight_variance=1.760955, bias_variance=0.05, q_star=0.570048)
        """
        return critical_point(activation, bias_variance=bias_variance, q_star=q_star)
