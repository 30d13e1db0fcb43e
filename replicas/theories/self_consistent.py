r"""The self-consistent (replica-symmetric) theory: all non-crossing words summed.

Self-energy Sigma = N T with T = 1/(ridge + G(x,x)) and kappa = 1/Sigma. Errors follow from the source
identity E_l = -(1/lambda_l^2) dG_l/ds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fieldtheory.references import BORDELON, COHEN_MALKA_RINGEL, SIMON
from replicas.assessment.best_theory import assess
from replicas.prediction import Prediction, Problem
from replicas.saddle_point.saddle_point import fixed_point, learnability, require_finite

if TYPE_CHECKING:
    import sympy

REFERENCES = (COHEN_MALKA_RINGEL, BORDELON, SIMON)


def self_consistent(problem: Problem) -> Prediction:
    """All fields of the self-consistent theory, with what it leaves out as error bar.

    ValueError where a ridge of 0 meets a kernel of just as many modes as training points: the error
    diverges there.
    """
    spectrum, n = problem.spectrum, problem.n
    found = fixed_point(problem)
    kappa, gamma, rest, bias = found
    require_finite(problem, found)
    learnt, missed = learnability(spectrum, kappa)
    with np.errstate(divide="ignore", invalid="ignore"):
        passed = np.where(kappa > 0, problem.ridge / (n * kappa), rest)  # its limit where all is learnt
    gain = gamma / rest
    error = found.error(problem.label_noise)
    best = assess(problem, found)
    return Prediction(
        error=error,
        bias=bias,
        variance=(bias + problem.label_noise) * gain,
        error_bar=best.error_bar(error),
        coefficients=learnt,
        error_by_degree=missed**2 / rest[:, None],
        effective_ridge=kappa,
        posterior_variance=missed @ spectrum.degree_traces + spectrum.tail,
        label_noise_gain=gain,
        training_error=passed**2 * (error + problem.label_noise),
        references=REFERENCES,
        converged=np.ones(len(n), dtype=bool),
        warnings=best.warnings,
    )


def formulas(max_degree: int = 1) -> dict[str, sympy.Expr]:
    r"""The theory in SymPy for a kernel of degrees 0 to max_degree, derived from the fixed point.

    Keys: "fixed_point" (vanishes at the right kappa), "learnability" and "error" (tuples over the
    degrees, E_l from the source identity by implicit differentiation), "label_noise_gain". Symbols:
    N, kappa, sigma2, lambda_l, deg_l. The compiled functions are tested against these.

    >>> formulas(0)["learnability"]
    (lambda0/(kappa + lambda0),)
    """
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
