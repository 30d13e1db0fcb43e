"""An activation in another unit of its argument: phi(f x) has the averages of phi at f^2 k and f^2 q."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.moments import Moments, Pair, SeriesMoments, Top, Uncertainty
from fieldtheory.array_types import Floats


@dataclass(frozen=True)
class Stretched:
    """phi(frequency x), with the averages of `base` (one that knows its function) at frequency^2 k.

    >>> import numpy as np
    >>> from fieldtheory.activations.by_name import activation
    >>> Stretched(activation("sin"), 2.0)(np.array([0.0, np.pi / 4])).round(12).tolist()
    [0.0, 1.0]
    """

    base: Activation
    frequency: float

    @property
    def square(self) -> float:
        """frequency^2, by which variances are multiplied."""
        return self.frequency**2

    def __call__(self, x: Floats) -> Floats:
        return self.base.require_function("another frequency")(self.frequency * x)

    def top(self, q: float) -> Top:
        """E[phi^2] and E[phi'^2]."""
        found = self.base.top(self.square * q)
        return Top(found.variance, self.square * found.derivative)

    def layer(self, pair: Pair) -> Moments:
        """The moments as float64 arrays."""
        s = self.square
        found = self.base.layer(Pair(s * pair.covariance, s * pair.deficit, s * pair.variance))
        return Moments(found.covariance, found.deficit, s * found.derivative)

    def series_layer(self, k: Floats, q: float, perturbed: bool) -> SeriesMoments:
        """The moments as power series."""
        found = self.base.series_layer(self.square * k, self.square * q, perturbed)
        return SeriesMoments(found.covariance, self.square * found.derivative)

    def uncertainty(self, q: float) -> Uncertainty:
        """Bounds on the errors of both moments."""
        found = self.base.uncertainty(self.square * q)
        return Uncertainty(found.covariance, self.square * found.derivative)

    def formula(self, k: Any, q: Any) -> Any:
        """E[phi phi'] in SymPy."""
        return self.base.covariance(self._exact**2 * k, self._exact**2 * q)

    def symbol(self, x: Any) -> Any:
        """phi in SymPy."""
        assert self.base.symbol_function is not None
        return self.base.symbol_function(self._exact * x)

    @property
    def _exact(self) -> Any:
        import sympy

        exact = Fraction(repr(float(self.frequency)))
        return sympy.Rational(exact.numerator, exact.denominator)


def stretched(base: Activation, frequency: float) -> Activation:
    """The activation phi(frequency x), called `name:frequency`; phi itself for frequency 1."""
    if frequency == 1:
        return base
    found = Stretched(base, frequency)
    return Activation(
        f"{base.name}:{frequency:.12g}",
        found.top,
        found.layer,
        found.series_layer,
        found.formula if base.formula else None,
        base.uncertainty if base.is_exact else found.uncertainty,
        found,
        found.symbol if base.symbol_function else None,
        base.references,
    )
