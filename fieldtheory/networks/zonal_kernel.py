"""Zonal kernels K(x.x') on the unit sphere: values, symbols, spectra."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from mpmath import mp
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_dimension, require_integer, require_text
from fieldtheory.array_types import Floats, Integers
from fieldtheory.drawing import plot
from fieldtheory.eigenvalues.certified_digits import CertifiedNumber, quadrature_digits
from fieldtheory.eigenvalues.cost import require_digits, seconds_for_product
from fieldtheory.eigenvalues.eigenvalues import EPS, EigenvalueRoute, from_quadrature
from fieldtheory.networks.kernel_function import KernelFormula, KernelFunction
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import EXTRA_DEGREES, Spectrum, default_max_degree
from fieldtheory.sphere.directions import directions, inner_products
from fieldtheory.sphere.harmonics import log_multiplicities
from fieldtheory.sphere.kernel_table import mirror_lower

SIX_DIGITS = 1e-6
_UNSEEN = 1e-12  # of the trace
_DOT_ROUNDING = 18  # of an inner product of unit vectors, in units of the rounding of their type


def poorly_known(spectrum: Spectrum, all_degrees: bool) -> Integers:
    """Degrees whose eigenvalues are not known to 6 digits: all of them, or those that weigh in the trace.

    A cut-off of our own is set by the number of modes. For a smooth kernel it lies far beyond the degrees
    that float64 can tell from zero: what holds less than 10^-12 of the trace nobody asked for or sees.
    """
    poor = spectrum.relative_error > SIX_DIGITS
    return np.flatnonzero(poor if all_degrees else poor & (spectrum.degree_traces > _UNSEEN * spectrum.trace))


@dataclass(frozen=True)
class ZonalKernel:
    """A kernel K(t), t = x.x' in [-1, 1], for points on the unit sphere of any dimension.

    Made by `FullyConnected.nngp()`, `FullyConnected.ntk()` or `ZonalKernel.from_function(...)`.
    `trace` = K(1); `error_bound`: bound on the error of its values relative to K(1), beyond rounding;
    `references`: the papers it is from. `values_by_gap(t, 1 - t)`: K(t) where 1 - t is known to more digits.

    Equation: funk-hecke
    """

    name: str
    trace: float
    error_bound: float = field(repr=False)
    values: Callable[[Floats], Floats] = field(repr=False)
    route: EigenvalueRoute = field(repr=False)
    expression: Callable[..., Any] | None = field(default=None, repr=False)
    number: Callable[[Any], Any] | None = field(default=None, repr=False)
    closed_eigenvalue: Callable[[int, int], Any] | None = field(default=None, repr=False)
    references: tuple[str, ...] = field(default=(), repr=False)
    values_by_gap: Callable[[Floats, Floats], Floats] | None = field(default=None, repr=False)

    plot = plot

    def __call__(self, t: ArrayLike) -> Floats:
        """K(t) as float64, shaped like t; ValueError if |t| > 1 or t is not finite.

        What exceeds 1 by no more than the rounding of an inner product of unit vectors counts as 1: 4e-15, or
        2e-6 for float32 and 2e-2 for float16. An inner product is known to that rounding only, which costs
        the NTK of relu half the digits next to t = 1: `gram` computes from the points, and loses none.

        >>> from fieldtheory import FullyConnected
        >>> FullyConnected(hidden_layers=1, activation="relu", weight_variance=2).nngp()([1.0, -1.0]).tolist()
        [2.0, 0.0]
        """
        try:
            given = np.asarray(t)
            if given.dtype.kind == "c":
                raise TypeError
            array = given.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"t must be an array of numbers in [-1, 1] (got {shown(t)})") from None
        rounding = np.finfo(given.dtype).eps if given.dtype in (np.float16, np.float32) else EPS
        inside = np.abs(array) <= 1 + _DOT_ROUNDING * float(rounding)
        if not inside.all():
            bad = array[~inside].ravel()[0]
            raise ValueError(f"t must be in [-1, 1], the inner product of two unit vectors (got {bad})")
        self._say_error()
        return self.values(np.clip(array, -1.0, 1.0))

    def _say_error(self) -> None:
        if self.error_bound > SIX_DIGITS:
            warnings.warn(
                f"values of {self.name} are known to {self.error_bound:.0e} of K(1) only (many kinks or "
                "jumps in the activation, or a steep one?)",
                UserWarning,
                stacklevel=3,
            )

    def gram(self, X: ArrayLike, Y: ArrayLike | None = None) -> Floats:
        """K(x.y) of the directions x, y of all points, shape (len(X), len(Y)); `Y=None`: of X with itself.

        `X`, `Y`: one point a row, of any norm but 0 and any type of real numbers; a kernel on the sphere
        sees their directions, X/|X|, alone. Coinciding directions get K(1) exactly, and close ones keep
        their digits. ValueError for other shapes, points at the origin, and what is not finite.

        >>> from fieldtheory import FullyConnected
        >>> kernel = FullyConnected(hidden_layers=1, activation="relu", weight_variance=2).nngp()
        >>> kernel.gram([[1.0, 0.0], [3.0, 0.0], [0.0, -2.0]]).round(6).tolist()
        [[2.0, 2.0, 0.63662], [2.0, 2.0, 0.63662], [0.63662, 0.63662, 2.0]]
        """
        x = directions("X", X)
        y = x if Y is None else directions("Y", Y)
        if x.shape[1] != y.shape[1]:
            raise ValueError(
                f"Y must have points in {x.shape[1]} dimensions, as X has (got {y.shape[1]} dimensions)"
            )
        self._say_error()
        found = np.empty((len(x), len(y)))
        for rows, t, gap in inner_products(x, y):
            values = self.values(t) if self.values_by_gap is None else self.values_by_gap(t, gap)
            found[rows] = np.where(gap == 0, self.trace, values)
        if Y is None:
            mirror_lower(found)
            np.fill_diagonal(found, self.trace)
        return found

    def symbolic(self, t: Any, **parameters: Any) -> Any:
        """K(t) as a SymPy expression in t, with exact numbers.

        `weight_variance=`, `bias_variance=`, `input_scale=` replace the network's numbers, by symbols say.
        ValueError where there is no closed form (tanh, arbitrary functions).
        """
        if self.expression is None:
            raise ValueError(f"kernel must have a closed form for symbolic(t) (got {self.name})")
        return self.expression(t, **parameters)

    def spectrum(self, dim: int, max_degree: int | None = None) -> Spectrum:
        """Funk-Hecke eigenvalues on S^{dim-1}, degrees 0 to max_degree, with the trace of all higher ones.

        K(t) = sum_l deg(l) lambda_l P_l(t). `max_degree=None`: enough degrees that the rest acts as a
        pure ridge (its trace is `tail`). Relative accuracy at every degree, with an estimate in
        `relative_error`; a UserWarning names the degrees that are not known to 6 digits, with
        `max_degree=None` those of them that hold more than 10^-12 of the trace.

        >>> from fieldtheory import FullyConnected
        >>> kernel = FullyConnected(3, "relu", weight_variance=1, bias_variance=1, input_scale=1/50).ntk()
        >>> kernel.spectrum(dim=50, max_degree=3).eigenvalues
        array([3.19370856e+00, 7.27579154e-04, 6.19913246e-06, 1.76141695e-07])
        """
        dim = require_dimension(dim)
        kept = default_max_degree(dim) if max_degree is None else max_degree
        kept = require_integer("max_degree", kept, minimum=0)
        found = self.route(dim, kept + EXTRA_DEGREES)
        spectrum = Spectrum.from_eigenvalues(found, self.trace, dim, kept)
        poor = poorly_known(spectrum, all_degrees=max_degree is not None)
        if len(poor):
            named = ", ".join(map(str, poor[:4])) + (f", ... {poor[-1]}" if len(poor) > 4 else "")
            warnings.warn(
                f"eigenvalues of {self.name} at degree {named} are known to fewer than 6 digits (see "
                "relative_error); lower max_degree, or take eigenvalue(degree, dim) of a kernel with a "
                "closed form",
                UserWarning,
                stacklevel=2,
            )
        return spectrum

    def eigenvalue(self, degree: int, dim: int, digits: int = 30) -> Any:
        """One eigenvalue as an mpmath number with `digits` certified digits, all of which it prints.

        What vanishes by the symmetry of a network is exactly 0.
        Closed form for one hidden ReLU layer without bias, else quadrature until the digits stand.
        ValueError where the kernel has no arbitrary-precision form (tanh, functions of floats);
        ArithmeticError if the digits can't be certified.
        """
        degree, dim = require_integer("degree", degree, minimum=0), require_dimension(dim)
        digits = require_integer("digits", digits, minimum=1)
        if self.closed_eigenvalue is not None:
            require_digits(digits, digits + 10.0, 20 * seconds_for_product(digits) / digits)
            with mp.workdps(digits + 10):
                closed = self.closed_eigenvalue(degree, dim)
            return CertifiedNumber.of(closed, digits)
        if self.number is None:
            raise ValueError(f"kernel must have a closed form for certified digits (got {self.name})")
        found = self.route(dim, degree)
        if found.mantissa[degree] > 0:
            lost = (np.log(self.trace) - found.logs[degree]) / np.log(10.0)
        elif found.relative_error[degree] == 0:
            return CertifiedNumber.of(0, digits)  # zero by symmetry
        else:  # hidden in the rounding of a float64 quadrature: allow for an eigenvalue of t^degree/degree!
            lost = log_multiplicities(degree, dim)[degree] / np.log(10.0) + degree + 20
        return quadrature_digits(self.number, degree, dim, digits, float(lost))

    @classmethod
    def from_function(cls, function: Any, name: str | None = None) -> ZonalKernel:
        """A kernel from a function of float64 arrays t, or from a SymPy expression with one free symbol.

        Eigenvalues come from quadrature in t: their *absolute* accuracy is that of rounding, so small
        ones are lost; `relative_error` of the spectrum says which.

        >>> ZonalKernel.from_function(lambda t: np.exp(t - 1)).trace
        1.0
        """
        expression: KernelFormula | None = None
        if hasattr(type(function), "free_symbols") and not hasattr(function, "shape"):  # no matrix
            from fieldtheory.expression_parts import free_symbols

            symbols = sorted(free_symbols(function), key=str)
            if len(symbols) != 1:
                raise ValueError(
                    f"function must have exactly one free symbol, t (got {[str(s) for s in symbols]})"
                )
            expression = KernelFormula(function, symbols[0])
            values = KernelFunction(expression.of_arrays)
        elif callable(function):
            values = KernelFunction(function)
        else:
            raise ValueError(f"function must be callable or a SymPy expression (got {shown(function)})")
        trace = float(values(np.ones(1))[0])
        if trace <= 0:
            raise ValueError(f"function must be positive at t = 1, the variance of the kernel (got {trace})")
        own = require_text("name", name) if name is not None else getattr(function, "__name__", None)

        number = expression.of_numbers if expression is not None else None
        return cls(
            own or shown(function), trace, 0.0, values, partial(from_quadrature, values), expression, number
        )
