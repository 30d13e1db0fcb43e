"""The recursions of the flow in depth as formulas, to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.activations.activation import Activation

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class DepthRecursion:
    """One layer of the flow in SymPy: closed forms where there are such, else Gaussian integrals.

    `variance`: q_{l+1}; `correlation`: c_{l+1} at the fixed point q; `chi_1`: slope of the latter at c = 1;
    `chi_parallel`: slope of the former. Symbols: sigma_w, sigma_b (standard deviations), q, c.
    """

    variance: sympy.Eq
    correlation: sympy.Eq
    chi_1: sympy.Eq
    chi_parallel: sympy.Eq

    @property
    def equations(self) -> tuple[sympy.Eq, ...]:
        """All four."""
        return self.variance, self.correlation, self.chi_1, self.chi_parallel

    def latex(self) -> str:
        """The equations for LaTeX, one a line."""
        import sympy

        names = {sympy.Symbol("chi_parallel"): r"\chi_\parallel"}
        return "\\\\\n".join(sympy.latex(each, symbol_names=names) for each in self.equations)

    def _repr_latex_(self) -> str:
        return f"$$\\begin{{gathered}}{self.latex()}\\end{{gathered}}$$"

    def __str__(self) -> str:
        return "\n".join(f"{each.lhs} = {each.rhs}" for each in self.equations)

    def __repr__(self) -> str:
        return f"DepthRecursion of 4 equations:\n{self}"


def depth_recursion(phi: Activation) -> DepthRecursion:
    """The recursions of this activation.

    >>> from fieldtheory import activation
    >>> print(depth_recursion(activation("sin")).variance.rhs)
    sigma_b**2 + sigma_w**2*exp(-q)*sinh(q)
    """
    import sympy

    q = sympy.Symbol("q", positive=True)
    c = sympy.Symbol("c", real=True)
    w, b = sympy.symbols("sigma_w sigma_b", positive=True)
    after, joined = sympy.Symbol("q_{l+1}"), sympy.Symbol("c_{l+1}")
    if phi.formula is None:
        top, cross, slope = _integrals(phi, q, c)
        growth: Any = sympy.Derivative(top, q)
    else:
        cov = sympy.Dummy("k", real=True)
        mixed = phi.covariance(cov, q)
        top, cross = (sympy.simplify(mixed.subs(cov, k)) for k in (q, c * q))
        slope = sympy.simplify(sympy.limit(sympy.diff(mixed, cov), cov, q, dir="-"))
        growth = sympy.simplify(sympy.diff(top, q))
    return DepthRecursion(
        sympy.Eq(after, b**2 + w**2 * top, evaluate=False),
        sympy.Eq(joined, (b**2 + w**2 * cross) / q, evaluate=False),
        sympy.Eq(sympy.Symbol("chi_1"), w**2 * slope, evaluate=False),
        sympy.Eq(sympy.Symbol("chi_parallel"), w**2 * growth, evaluate=False),
    )


def _integrals(activation: Activation, q: Any, c: Any) -> tuple[Any, Any, Any]:
    """E[phi^2], E[phi phi'] and E[phi'^2] as integrals over standard normal numbers."""
    import sympy

    x, y, arg = sympy.symbols("x y u", real=True)
    phi = (activation.symbol_function or sympy.Function(activation.name))(arg)
    slope = phi.diff(arg)
    gauss = sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)
    second = sympy.exp(-(y**2) / 2) / sympy.sqrt(2 * sympy.pi)
    first_arg = sympy.sqrt(q) * x
    other_arg = sympy.sqrt(q) * (c * x + sympy.sqrt(1 - c**2) * y)
    line = (x, -sympy.oo, sympy.oo)
    squares = [sympy.Integral(gauss * each.subs(arg, first_arg) ** 2, line) for each in (phi, slope)]
    cross = phi.subs(arg, first_arg) * phi.subs(arg, other_arg)
    plane = sympy.Integral(gauss * second * cross, line, (y, -sympy.oo, sympy.oo))
    return squares[0], plane, squares[1]
