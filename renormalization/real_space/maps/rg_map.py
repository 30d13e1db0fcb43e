"""Renormalisation-group maps: new couplings as formulas of old ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import sympy

import fieldtheory
from diagrams.arguments import require_instance, require_iterable, require_scalar
from diagrams.compile.compiled_expression import CompiledExpression, compile_expression
from fieldtheory.arguments import require_choice, require_integer, require_text
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.expression_parts import free_symbols
from fieldtheory.shown_value import shown
from renormalization.real_space.maps.critical_surface import critical_coupling
from renormalization.real_space.maps.exact_roots import exact_roots
from renormalization.real_space.maps.fixed_point import EigenOperators, FixedPoint, eigenoperators
from renormalization.real_space.maps.named_maps import NAMED_MAPS
from renormalization.real_space.maps.root_search import roots_between, roots_in_box

_MOST_COUPLINGS = 12
_MOST_STEPS = 1_000_000
_AGREE = 1e-7  # a float and the exact root that it is


@dataclass(frozen=True, eq=False)
class RGMap:
    r"""x' = R(x) for one coupling or several, with the factor b by which lengths shrink.

    `expressions`: SymPy, one a coupling; `symbols`: the couplings, in the same order; of a single coupling
    both may stand alone. `scale`: b, greater than 1. `interval`: where couplings make sense, (low, high), or
    one pair a coupling; fixed points are sought there unless said otherwise. `references`: papers.

    Called with a number, or with one sequence of couplings, it gives the new ones. ValueError where they have
    no finite real value, for formulas with other symbols, for couplings that are not finite.

    Not here: Monte Carlo renormalisation on large lattices, and maps learnt from samples.

    >>> K = sympy.Symbol("K")
    >>> point = RGMap(sympy.log(sympy.cosh(4 * K)) / 2, K, 2).fixed_points((0.1, 1))[0]
    >>> round(float(point.x), 9), round(point.nu, 6)
    (0.304688932, 1.338266)
    """

    expressions: Any
    symbols: Any
    scale: Any
    interval: Any = (0.0, 10.0)
    references: tuple[str, ...] = ()
    _box: Floats = field(init=False, repr=False)

    plot = plot

    def __post_init__(self) -> None:
        symbols = _listed("symbols", self.symbols, "SymPy symbols")
        for each in symbols:
            require_instance("each of symbols", each, sympy.Symbol, "a SymPy symbol")
        if len(set(symbols)) < len(symbols) or not 1 <= len(symbols) <= _MOST_COUPLINGS:
            raise ValueError(
                f"symbols must be 1 to {_MOST_COUPLINGS} different ones (got {shown(list(symbols))})"
            )
        given = _listed("expressions", self.expressions, "SymPy expressions")
        expressions = tuple(require_scalar("each of expressions", each, deep=True) for each in given)
        if len(expressions) != len(symbols):
            raise ValueError(
                f"expressions must be as many as symbols (got {len(expressions)} for {len(symbols)})"
            )
        unknown = {str(each) for part in expressions for each in free_symbols(part)} - set(map(str, symbols))
        if unknown:
            raise ValueError(f"symbols must have all symbols of expressions (got none for {sorted(unknown)})")
        for name, value in (("symbols", symbols), ("expressions", expressions)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "references", _texts("references", self.references))
        object.__setattr__(self, "scale", _scale(self.scale))
        object.__setattr__(self, "_box", self._intervals(self.interval, "interval"))

    @classmethod
    def named(cls, name: str) -> RGMap:
        """A map of the literature: `renormalization.real_space.maps.named_maps` has their names and sources.

        ValueError for another name.

        >>> print(RGMap.named("percolation_triangular_site"))
        p' = p**3 + 3*p**2*(1 - p)
        """
        return cls(*NAMED_MAPS[require_choice("name", name, NAMED_MAPS)])

    def __call__(self, x: Any) -> Any:
        """The new coupling as a float, or the new couplings as an array."""
        couplings = self._couplings("x", x)
        new = self.images(couplings)
        if not np.isfinite(new).all():
            raise ValueError(
                f"x must have a finite real image (got {shown(x)}, which goes to {new.tolist()})"
            )
        return float(new[0]) if np.ndim(x) == 0 else new

    def images(self, x: Any) -> Floats:
        """The images of many points, couplings along the last axis; NaN or infinite where there is none."""
        points = require_reals("x", x)
        if points.shape[-1:] != (len(self.symbols),):
            raise ValueError(
                f"x must have {len(self.symbols)} couplings along its last axis (got shape {points.shape})"
            )
        columns = np.moveaxis(points, -1, 0)
        return np.stack([each(*columns) for each in self._compiled], axis=-1)

    def flow(self, start: Any, steps: int) -> Floats:
        """The couplings after 0 to `steps` steps: of shape (steps + 1,), or (steps + 1, couplings).

        ValueError where they leave the finite real numbers on the way.
        """
        x = self._couplings("start", start)
        path = [x]
        for step in range(1, require_integer("steps", steps, minimum=0, maximum=_MOST_STEPS) + 1):
            x = self.images(x)
            if not np.isfinite(x).all():
                raise ValueError(
                    f"steps must be at most {step - 1} from start = {shown(start)} (got {steps}), as "
                    "couplings leave the finite real numbers then: take fewer steps"
                )
            path.append(x)
        return np.array(path)[:, 0] if np.ndim(start) == 0 else np.array(path)

    def jacobian(self, x: Any = None) -> Any:
        """The matrix dR_i/dx_j in SymPy; at couplings `x`, a number or one sequence, as an array."""
        if x is None:
            return self._derivatives
        return self._slope(self._couplings("x", x)[None])[0]

    def fixed_points(self, interval: Any = None) -> list[FixedPoint]:
        """Those in a closed interval (low, high), or in a box [(low, high), ...], in increasing order.

        Of one coupling: all exact ones, then those that show on 4096 cells. Of several: those that Newton's
        method reaches from a grid of about 800 points; a box that is tight about one of them finds it. An
        empty list where there are none. Without interval: where the couplings of this map make sense.
        """
        box = self._box if interval is None else self._intervals(interval, "interval")
        found: Sequence[Any]
        if len(box) > 1:
            found = roots_in_box(self._residuals, self._residual_slopes, box)
        else:
            found = self._roots(*box[0].tolist())
        return [self._fixed_point(each) for each in found]

    def eigenoperators(self, point: FixedPoint) -> EigenOperators:
        """Eigenvectors of dR/dx at a fixed point of this map."""
        if not isinstance(point, FixedPoint):
            raise ValueError(f"point must be a FixedPoint of this map (got {shown(point)})")
        x = self._couplings("point", np.asarray(point.x, dtype=np.float64))
        return eigenoperators(self._slope(x[None])[0], float(self.scale))

    def critical_coupling(self, others: Any = None, interval: Any = None) -> float:
        """Where the critical surface cuts the axis of the first coupling, at given `others` (default 0).

        Between the ends of `interval`, from which the first coupling has to flow below and above what it is
        at the unstable fixed point: by bisection. ValueError where both flow to the same side.
        """
        number = len(self.symbols) - 1
        rest = np.zeros(number) if others is None else self._couplings("others", others, number)
        edges = self._box[0] if interval is None else self._intervals(interval, "interval", 1)[0]
        return critical_coupling(self.images, rest, *edges.tolist())

    def latex(self) -> str:
        """The formulas for LaTeX, one a line."""
        lines = zip(self.symbols, self.expressions, strict=True)
        return "\\\\\n".join(f"{sympy.latex(symbol)}' = {sympy.latex(value)}" for symbol, value in lines)

    def plot_flow(self, interval: Any = None) -> Any:
        """The map with its fixed points and where couplings flow: `fieldtheory.plot.rg_flow`."""
        # through the face: what draws lives on the roof
        return fieldtheory.plot.rg_flow(self, interval)

    def _repr_latex_(self) -> str:
        return f"$$\\begin{{gathered}}{self.latex()}\\end{{gathered}}$$"

    def __str__(self) -> str:
        return "\n".join(f"{a}' = {b}" for a, b in zip(self.symbols, self.expressions, strict=True))

    def __repr__(self) -> str:
        return f"RGMap of scale {self.scale}:\n{self}"

    @cached_property
    def _compiled(self) -> tuple[CompiledExpression, ...]:
        return tuple(compile_expression(each, self.symbols) for each in self.expressions)

    @cached_property
    def _derivatives(self) -> sympy.ImmutableMatrix:
        real = {symbol: sympy.Dummy(symbol.name, real=True) for symbol in self.symbols}
        back = {dummy: symbol for symbol, dummy in real.items()}
        rows = [each.xreplace(real) for each in self.expressions]  # Abs of a complex number has no derivative
        return sympy.ImmutableMatrix([[row.diff(x).xreplace(back) for x in back] for row in rows])

    @cached_property
    def _compiled_derivatives(self) -> tuple[CompiledExpression, ...]:
        return tuple(compile_expression(each, self.symbols) for each in self._derivatives)

    def _slope(self, x: Floats) -> Floats:
        """The matrices dR/dx of points, one a row."""
        parts = [each(*x.T) for each in self._compiled_derivatives]
        return np.stack(parts, axis=-1).reshape(len(x), len(self.symbols), len(self.symbols))

    def _residuals(self, x: Floats) -> Floats:
        return self.images(x) - x

    def _residual_slopes(self, x: Floats) -> Floats:
        return self._slope(x) - np.eye(len(self.symbols))

    def _roots(self, low: float, high: float) -> list[Any]:
        (symbol,), (expression,) = self.symbols, self.expressions
        function = self._compiled[0]

        def residual(x: Any) -> Any:
            return function(x) - x

        exact = [each for each in exact_roots(expression - symbol, symbol) if low <= each.evalf() <= high]
        distance = _AGREE * (high - low)
        others = [
            each
            for each in roots_between(residual, low, high)
            if all(abs(each - float(known)) > distance for known in exact)
        ]
        return sorted([*exact, *others], key=float)

    def _fixed_point(self, x: Any) -> FixedPoint:
        place = np.atleast_1d(np.asarray(x, dtype=np.float64))
        if isinstance(x, sympy.Expr):
            matrix = np.array([[_at(self._derivatives[0], self.symbols[0], x)]])
        else:
            matrix = self._slope(place[None])[0]
        if not np.isfinite(matrix).all():
            raise ValueError(
                f"expressions must have derivatives at their fixed points (got none at {place.tolist()})"
            )
        return FixedPoint.of(x, matrix, float(self.scale))

    def _couplings(self, name: str, x: Any, number: int | None = None) -> Floats:
        """One number a coupling, from a number or a sequence."""
        number = len(self.symbols) if number is None else number
        found = require_reals(name, x)
        if found.ndim > 1 or found.size != number or (found.ndim == 0 and number > 1):
            wanted = "a number" if number == 1 else f"one sequence of {number} numbers"
            raise ValueError(f"{name} must be {wanted} (got {shown(x)})")
        return found.reshape(-1)

    def _intervals(self, interval: Any, name: str, number: int | None = None) -> Floats:
        """(low, high) of each coupling, from one pair or from one a coupling."""
        number = len(self.symbols) if number is None else number
        pairs = require_reals(name, interval, what="pairs (low, high)")
        if pairs.shape == (2,):
            pairs = np.tile(pairs, (number, 1))
        if pairs.shape != (number, 2) or not (pairs[:, 0] < pairs[:, 1]).all():
            wanted = "(low, high)" if number == 1 else f"{number} pairs (low, high)"
            raise ValueError(f"{name} must be {wanted} with low below high (got {shown(interval)})")
        return pairs


def _at(derivative: sympy.Expr, symbol: sympy.Symbol, x: sympy.Expr) -> float:
    """To all digits of a float, so that 0 is 0."""
    value = derivative.xreplace({symbol: x.evalf(50)}).evalf(30)
    if not value.is_real:
        return math.nan
    return 0.0 if abs(value) < 1e-40 else float(value)


def _listed(name: str, value: Any, of: str) -> tuple[Any, ...]:
    if isinstance(value, sympy.Basic | int | float):
        return (value,)
    return tuple(require_iterable(name, value, of))


def _texts(name: str, value: Any) -> tuple[str, ...]:
    return tuple(require_text(f"each of {name}", each) for each in require_iterable(name, value, "texts"))


def _scale(value: Any) -> sympy.Expr:
    scale = require_scalar("scale", value)
    number = float(scale) if scale.is_number and scale.is_real else math.nan
    if not 1 < number < math.inf:
        raise ValueError(f"scale must be a finite number greater than 1 (got {shown(value)})")
    return scale
