r"""The action of the scale of the kernel, derived from the exact one by SymPy.

One neuron enters Z(y) = int dt exp(-S(t)) through E_h exp(-(g/2n) (t.phi)^2) alone. With phi on the data
Gaussian, mean mu and covariance Sigma, t.phi is a Gaussian number. Its variance is an order parameter: where
(g/n) t^T Sigma t = q_bar is imposed by a field q, the action is quadratic in t and t is integrated out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sympy


class RescaledAction(NamedTuple):
    """S(q, q_bar) = free + (log det A + y^T A^-1 y)/2, A = kappa + q (K - M) + mean_factor M.

    K: the kernel at infinite width, M = g mu mu^T. Symbols q, q_bar and n, the width.
    """

    free: sympy.Expr
    mean_factor: sympy.Expr


@cache
def rescaled_action() -> RescaledAction:
    """The action of a layer, from the Gaussian average over what one neuron adds.

    >>> rescaled_action()
    RescaledAction(free=-n*q*q_bar/2 + n*log(q_bar + 1)/2, mean_factor=1/(q_bar + 1))
    """
    import sympy

    n, q, q_bar, c = sympy.symbols("n q q_bar c", positive=True)
    u, variance = sympy.symbols("u v", positive=True)
    mean = sympy.Symbol("mu", real=True)
    density = sympy.exp(-((u - mean) ** 2) / (2 * variance)) / sympy.sqrt(2 * sympy.pi * variance)
    number = sympy.Symbol("u", real=True)
    average = sympy.integrate(
        density.subs(u, number) * sympy.exp(-c * number**2 / 2), (number, -sympy.oo, sympy.oo)
    )
    logs = sympy.expand_log(sympy.log(sympy.simplify(average)), force=True)
    # (g/n) v is q_bar; n (g/n) mu^2 is t^T M t
    of_neurons = sympy.simplify(-n * logs.subs(variance, q_bar / c))
    free = of_neurons.subs(mean, 0)
    per_mean = sympy.simplify((of_neurons - free) / (n * c * mean**2 / 2))
    return RescaledAction(sympy.expand(free - n * q * q_bar / 2), sympy.factor(per_mean))
