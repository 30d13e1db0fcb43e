r"""The self-consistent (replica-symmetric) theory: all non-crossing words summed.

Self-energy Sigma = N T with T = 1/(ridge + G(x,x)) and kappa = 1/Sigma. Errors follow from the source
identity E_l = -(1/lambda_l^2) dG_l/ds.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_integer
from fieldtheory.budgets import require_budget
from replicas.saddle_point.saddle_point import saddle_point_prediction as prediction

if TYPE_CHECKING:
    import sympy

__all__ = ["saddle_point_formulas", "prediction"]


def saddle_point_formulas(max_degree: int = 1) -> dict[str, sympy.Expr]:
    r"""The theory in SymPy for a kernel of degrees 0 to max_degree, derived from the fixed point.

    Keys: "fixed_point" (vanishes at the right kappa), "learnability" and "error" (tuples over the
    degrees, E_l from the source identity by implicit differentiation), "label_noise_gain". Symbols:
    N, kappa, sigma2, lambda_l, deg_l. The compiled functions are tested against these.

    Equation: self-consistent-kappa, self-consistent-error

    >>> saddle_point_formulas(0)["learnability"]
    (lambda0/(kappa + lambda0),)
    """
    max_degree = require_integer("max_degree", max_degree, minimum=0)
    require_budget(
        f"max_degree = {max_degree}",
        seconds=0.05 * max_degree,
        memory=1e5 * max_degree,
        smaller="max_degree",
        say=False,
    )
    import sympy

    n, kappa, ridge = sympy.symbols("N kappa sigma2", positive=True)
    source = sympy.Symbol("s")
    lam = sympy.symbols(f"lambda:{max_degree + 1}", positive=True)
    deg = sympy.symbols(f"deg:{max_degree + 1}", positive=True)
    green = [1 / (1 / each + source + 1 / kappa) for each in lam]

    def physical(expression: Any) -> Any:
        return sympy.factor(expression.subs(source, 0))

    # Sigma = 1/kappa = N/(ridge + G(x,x)), so that kappa moves with the source by the ratio of two sums over
    # degrees; their terms are simplified one by one, the sums stay as they are
    residual = n * kappa - ridge - sum(m * g for m, g in zip(deg, green, strict=True))
    by_source = [sympy.diff(g, source) for g in green]
    by_kappa = [sympy.diff(g, kappa) for g in green]
    slope = n - sum(m * physical(g) for m, g in zip(deg, by_kappa, strict=True))

    @cache
    def numerator(ratio: Any) -> Any:
        """slope + ratio sum deg dG/ds."""
        terms = (m * physical(ratio * a - b) for m, a, b in zip(deg, by_source, by_kappa, strict=True))
        return n + sum(terms)

    def screened(direct: Any, through: Any) -> Any:
        """direct + through dkappa/ds."""
        return physical(direct) * numerator(physical(through / direct)) / slope

    rate = sympy.diff(1 / kappa, kappa)
    return {
        "fixed_point": residual.subs(source, 0),
        "learnability": tuple(physical(1 - g / each) for each, g in zip(lam, green, strict=True)),
        "error": tuple(
            screened(-a / each**2, -b / each**2) for each, a, b in zip(lam, by_source, by_kappa, strict=True)
        ),
        "label_noise_gain": sum(m * physical(rate * g) for m, g in zip(deg, by_source, strict=True)) / slope,
    }
