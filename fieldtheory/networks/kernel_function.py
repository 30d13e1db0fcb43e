"""A kernel K(t) as a user gives it: a function of arrays, checked where it is evaluated, or a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fieldtheory.activations.array_function import real_array
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown


@dataclass(frozen=True)
class KernelFunction:
    """The function, whose values are finite float64 arrays shaped like its argument, or a ValueError.

    >>> KernelFunction(np.exp)(np.array([0.0, 1.0]))
    array([1.        , 2.71828183])
    """

    function: Callable[[Floats], Any]

    @property
    def _given(self) -> Any:
        """What the user gave: the function, or the formula that it belongs to."""
        owner = getattr(self.function, "__self__", None)
        return owner.formula if isinstance(owner, KernelFormula) else self.function

    def __call__(self, t: Floats) -> Floats:
        try:
            with np.errstate(all="ignore"):  # what is not finite is refused below
                out = np.broadcast_to(real_array(self.function(t)), t.shape).copy()
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"function must map a float64 array to one of its shape (got {shown(self._given)}: {error})"
            ) from None
        if not np.isfinite(out).all():
            where = np.broadcast_to(t, out.shape)[~np.isfinite(out)].ravel()[0]
            raise ValueError(
                f"function must be finite on [-1, 1] (got {shown(self._given)}, not so at t = {where:.6g})"
            )
        return out


@dataclass(frozen=True)
class KernelFormula:
    """A SymPy expression in one symbol, as an expression of t and as a function of arrays and of numbers.

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> KernelFormula(sympy.exp(x), x)(2)
    exp(2)
    """

    formula: Any
    symbol: Any

    def __call__(self, t: Any, **parameters: Any) -> Any:
        if parameters:
            raise ValueError(f"parameters must be none for {shown(self.formula)} (got {sorted(parameters)})")
        from fieldtheory.expression_parts import replaced

        return replaced(self.formula, {self.symbol: t})

    def __reduce__(self) -> tuple[Any, ...]:
        return KernelFormula, (self.formula, self.symbol)

    def of_arrays(self, t: Floats) -> Any:
        """K(t) of a float64 array."""
        return self._arrays(t)

    def of_numbers(self, t: Any) -> Any:
        """K(t) in mpmath, at its working precision."""
        return self._numbers(t)

    @cached_property
    def _arrays(self) -> Callable[[Any], Any]:
        return self._in("numpy")

    @cached_property
    def _numbers(self) -> Callable[[Any], Any]:
        return self._in("mpmath")

    def _in(self, module: str) -> Callable[[Any], Any]:
        from fieldtheory.expression_parts import numeric_function

        found: Callable[[Any], Any] = numeric_function(self.formula, self.symbol, module)
        return found
