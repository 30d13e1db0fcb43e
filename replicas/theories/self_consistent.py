r"""The self-consistent (replica-symmetric) theory: all non-crossing words summed.

Self-energy Sigma = N T with T = 1/(ridge + G(x,x)) and kappa = 1/Sigma. Errors follow from the source
identity E_l = -(1/lambda_l^2) dG_l/ds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_integer
from replicas.saddle_point.saddle_point import saddle_point_prediction as prediction

if TYPE_CHECKING:
    import sympy

__all__ = ["saddle_point_formulas", "prediction"]


def saddle_point_formulas(max_degree: int = 1) -> dict[str, sympy.Expr]:
    r"""The theory in SymPy for a kernel of degrees 0 to max_degree, derived from the fixed point.

    Keys: "fixed_point" (vanishes at the right kappa), "learnability" and "error" (tuples over the
    degrees, E_l from the source identity by implicit differentiation), "label_noise_gain". Symbols:
    N, kappa, sigma2, lambda_l, deg_l. The compiled functions are tested against these.

    >>> saddle_point_formulas(0)["learnability"]
    (lambda0/(kappa + lambda0),)
    """
    max_degree = require_integer("max_degree", max_degree, minimum=0)
    import sympy

    n, kappa, ridge = sympy.symbols("N kappa sigma2", positive=True)
    source = sympy.Symbol("s")
    lam = sympy.symbols(f"lambda:{max_degree + 1}", positive=True)
    deg = sympy.symbols(f"deg:{max_degree + 1}", positive=True)
    green = [1 / (1 / each + source + 1 / kappa) for each in lam]
    # Sigma = 1/kappa = N/(ridge + G(x,x))
    residual = n * kappa - ridge - sum(m * g for m, g in zip(deg, green, strict=True))
    moved = -sympy.diff(residual, source) / sympy.diff(residual, kappa)

    def total_derivative(expression: Any) -> Any:
        return sympy.diff(expression, source) + sympy.diff(expression, kappa) * moved

    def physical(expression: Any) -> Any:
        return sympy.factor(sympy.simplify(expression.subs(source, 0)))

    return {
        "fixed_point": residual.subs(source, 0),
        "learnability": tuple(physical(1 - g / each) for each, g in zip(lam, green, strict=True)),
        "error": tuple(physical(-total_derivative(g) / each**2) for each, g in zip(lam, green, strict=True)),
        "label_noise_gain": physical(total_derivative(1 / kappa)),
    }
