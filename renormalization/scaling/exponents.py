r"""Exponents of learning curves from the kernels of teacher and student, and from computed curves.

A kernel that is singular like theta^s at small angles has eigenvalues lambda_l ~ l^-(D+s), D = dim - 1; the
noise-free error falls like n^-beta, beta = min(s_T, 2 D + 2 s_S)/D (Spigler, Geiger, Wyart, J. Stat. Mech.
2020, 124001, arXiv 1905.10843; their d is D).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import sympy
from numpy.typing import ArrayLike

from fieldtheory.arguments import require_dimension, require_number
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.expression_parts import free_symbols, parts, replaced
from fieldtheory.networks.zonal_kernel import ZonalKernel
from fieldtheory.shown_value import shown
from renormalization.scaling.angle_series import ZERO, angle_series

_HIGHEST = 24  # powers of the angle that are looked at


def kernel_singularity(kernel: ZonalKernel | sympy.Expr | float) -> Fraction | float:
    r"""The power s of the leading non-analytic term, theta^s, of a kernel at small angles.

    `kernel`: a `ZonalKernel` with a closed form, a SymPy expression in one symbol t, or the power itself.
    A singularity at t = -1 counts if it is the stronger one. inf if there is no singular power below
    theta^24: the kernel is analytic, its spectrum falls faster than any power. ValueError for kernels
    without a formula and formulas that cannot be expanded.

    Equation: kernel-singularity

    >>> t = sympy.Symbol("t")
    >>> kernel_singularity(sympy.exp(-sympy.sqrt(2 - 2 * t)))
    Fraction(1, 1)
    """
    return _singularity("kernel", kernel)


def _singularity(name: str, kernel: ZonalKernel | sympy.Expr | float) -> Fraction | float:
    if isinstance(kernel, ZonalKernel):
        if kernel.expression is None:
            raise ValueError(
                f"{name} must have a closed form to find its singularity (got {kernel.name}); give the "
                "power s of its leading non-analytic term theta^s instead, math.inf for smooth activations"
            )
        symbol = sympy.Symbol("t", real=True)
        formula = kernel.symbolic(symbol)
    elif isinstance(kernel, sympy.Expr) and (symbols := free_symbols(kernel)):
        if len(symbols) > 1:
            raise ValueError(f"{name} must have one free symbol, t (got {sorted(map(str, symbols))})")
        [symbol] = symbols
        floats = [part for part in parts(kernel) if part.is_Float]  # 0.1 is 1/10, as in the networks
        formula = replaced(kernel, {part: sympy.nsimplify(part, rational=True) for part in floats})
    else:
        if isinstance(kernel, int | float) and kernel == math.inf:
            return math.inf
        try:
            return Fraction(require_number(name, kernel, exclusive=True)).limit_denominator(10**6)
        except ValueError:
            raise ValueError(
                f"{name} must be a ZonalKernel, a SymPy expression in t, or a power greater than 0 "
                f"(got {shown(kernel)})"
            ) from None
    return min((_singular_power(formula, symbol, end) for end in (1, -1)), default=math.inf)


def _singular_power(formula: sympy.Expr, symbol: sympy.Symbol, end: int) -> Fraction | float:
    """At t = 1 or -1: the first power that is no even integer; few terms first, they are the cheap ones."""
    for length in (5, _HIGHEST):
        series, m = angle_series(formula, symbol, end, length)
        shown = series.coefficients[: length * m]
        zero = ZERO * min(1, max(abs(c) for c in shown))
        for k, value in enumerate(shown):
            if k % (2 * m) and abs(value) > zero:
                return Fraction(k, m)
    return math.inf


def teacher_student_exponent(
    teacher: ZonalKernel | sympy.Expr | float, student: ZonalKernel | sympy.Expr | float, dim: int
) -> Fraction | float:
    r"""beta in error ~ n^-beta for a Gaussian teacher, noise-free, on the sphere S^{dim-1}.

    beta = min(s_T, 2 D + 2 s_S)/D with D = dim - 1, from the singularities of both kernels (see
    `kernel_singularity` for what they may be); exact, a `Fraction`. It is the asymptotic exponent: local ones
    on a window of n differ (`local_exponents`), amplitudes are another matter (`exponent_validity`).
    ValueError for an analytic student, whose spectrum is no power law, and for what is no kernel.
    Spigler, Geiger, Wyart, arXiv 1905.10843, Eq. 7.

    Equation: teacher-student-exponent

    >>> t = sympy.Symbol("t")
    >>> r = sympy.sqrt(2 - 2 * t)
    >>> matern = (1 + sympy.sqrt(3) * r) * sympy.exp(-sympy.sqrt(3) * r)
    >>> teacher_student_exponent(matern, sympy.exp(-r), dim=3)
    Fraction(3, 2)
    """
    manifold = require_dimension(dim) - 1
    wanted, ours = _singularity("teacher", teacher), _singularity("student", student)
    if ours == math.inf:
        raise ValueError(
            "student must have a singular kernel, like those of relu networks (got an analytic one): its "
            "spectrum falls faster than any power and the exponent is not defined by it"
        )
    return min(wanted, 2 * manifold + 2 * ours) / manifold


class Validity(NamedTuple):
    """`amplitude_ratio`: true error over that of the saddle point, where it is known exactly, else None."""

    statement: str
    amplitude_ratio: float | None


def exponent_validity(
    teacher: ZonalKernel | sympy.Expr | float, student: ZonalKernel | sympy.Expr | float, dim: int
) -> Validity:
    """How far the saddle point (the self-consistent theory) is the learning curve at zero ridge, in words.

    Exponents hold in every dimension. Amplitudes do not on spheres of low dimension: on the circle Laplace
    teacher and student give exactly 4 pi/(3 n) at random points, the saddle point pi/n.

    Equation: circle-amplitude

    >>> exponent_validity(1, 1, dim=2).amplitude_ratio
    1.3333333333333333
    """
    manifold = require_dimension(dim) - 1
    wanted, ours = _singularity("teacher", teacher), _singularity("student", student)
    if manifold == 1:
        exact = 4 / 3 if wanted == ours == 1 else None
        size = "by exactly 4/3" if exact else "by factors of order one, more for smoother teachers"
        return Validity(f"D = 1: exponent valid; the saddle point's amplitude is too small {size}", exact)
    rough = wanted < manifold
    if manifold == 2 and not rough:
        size = "too small by tens of per cent at zero ridge"
    elif manifold == 2 or not rough:
        size = "too small by some per cent at zero ridge, more for smoother teachers"
    else:
        size = "valid to a few per cent"
    return Validity(f"D = {manifold}: exponent valid; the saddle point's amplitude is {size}", None)


def local_exponents(n: ArrayLike, error: ArrayLike) -> Floats:
    """-d log(error)/d log(n) of a computed learning curve, at each of its sizes: shape (len(n),).

    Second-order differences on the (unequal) logarithmic spacing. `n` increasing, `error` positive, at least
    two of each, else ValueError.

    Equation: local-exponent

    >>> local_exponents([64, 128, 256, 512], [8.0, 4.0, 2.0, 1.0])
    array([1., 1., 1., 1.])
    """
    x, y = _logarithms(n, error)
    return np.asarray(-np.gradient(y, x), dtype=np.float64)


def fitted_exponent(n: ArrayLike, error: ArrayLike, window: tuple[float, float] | None = None) -> float:
    """beta of error ~ n^-beta, by least squares in the logarithms over the sizes in `window` (ends included).

    `n`, `error` as for `local_exponents`; ValueError for a window with fewer than two of the sizes.

    Equation: local-exponent

    >>> fitted_exponent([10, 100, 1000], [1.0, 0.1, 0.01])
    1.0
    """
    x, y = _logarithms(n, error)
    if window is not None:
        try:
            ends = require_reals("window", window)
            low, high = (require_number("window", end, exclusive=True) for end in ends)
        except (TypeError, ValueError):
            raise ValueError(
                f"window must be two positive sizes, such as (10, 1000) (got {shown(window)})"
            ) from None
        inside = (x >= math.log(low) - 1e-12) & (x <= math.log(high) + 1e-12)
        if inside.sum() < 2:
            raise ValueError(
                f"window must hold at least two sizes (got {window}, which holds {inside.sum()})"
            )
        x, y = x[inside], y[inside]
    return float(-np.polyfit(x, y, 1)[0])


def _logarithms(n: Any, error: Any) -> tuple[Floats, Floats]:
    sizes, errors = require_reals("n", n), require_reals("error", error)
    if sizes.ndim != 1 or len(sizes) < 2 or not (sizes > 0).all():
        raise ValueError(f"n must be at least two positive numbers (got {shown(n)})")
    if (np.diff(sizes) <= 0).any():
        raise ValueError(f"n must increase (got {shown(n)})")
    if errors.shape != sizes.shape or not (errors > 0).all():
        raise ValueError(f"error must be positive, one for each n (got {shown(error)})")
    return np.log(sizes), np.log(errors)
