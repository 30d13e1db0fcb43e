r"""The learning curve of networks of finite width, derived in SymPy from the replicated action.

f_alpha | Q ~ GP(0, Q K/chi), alpha = 1 ... r, on N points of the sphere with labels g + noise. The overlaps
<(f_alpha - g)(f_beta - g)> = V delta_alpha,beta + E, with s and c conjugate to the diagonal and to all of
them, make twice the action, averaged over data,

    sum_l r n_l (Q_l - log Q_l) + N log det(kappa + V + (E + tau^2) 11^T) - r s (V + E) + c (r V + r^2 E)
    + sum_l deg(l) log det(1 + (Q lambda_l/chi) A) + sum_l g_l^2 1^T (A^-1 + Q lambda_l/chi)^-1 1,

A = s - c 11^T; what is linear in r is stationary in all fields.
"""

from __future__ import annotations

import math
from typing import Any

from fieldtheory.arguments import require_integer
from fieldtheory.budgets import require_budget


def rescaled_curve_formulas(max_degree: int = 1, hidden_layers: int = 1) -> dict[str, Any]:
    r"""The averaged action with the scale Q of the kernel, and its saddle, for degrees 0 to max_degree.

    Keys: "action", twice that per replica, a function of "fields" (V, E, s, c, Q_1 ... Q_L); "overlaps":
    V, E, s, c at the effective ridge k, which makes "fixed_point" vanish; "error": E there; "layers":
    n_l (1 - Q_l), and "scale": tr - chi x/R, which all of these equal at the saddle. Symbols: N, kappa (the
    likelihood variance), tau2, chi, k, and n_l, Q_l, lambda_l, deg_l, g2_l. The compiled curve is tested
    against these.

    Equation: rescaled-curve

    >>> rescaled_curve_formulas(0)["layers"]
    (n1*(1 - Q1),)
    """
    max_degree = require_integer("max_degree", max_degree, minimum=0)
    layers = require_integer("hidden_layers", hidden_layers, minimum=1)
    require_budget(
        f"max_degree = {max_degree}, hidden_layers = {layers}",
        seconds=0.2 * (max_degree + layers),
        memory=1e5 * (max_degree + layers),
        smaller="max_degree or hidden_layers",
        say=False,
    )
    import sympy

    n, kappa, noise, chi, k, replicas = sympy.symbols("N kappa tau2 chi k r", positive=True)
    v, e, s, c = sympy.symbols("V E s c", positive=True)
    width, scales = (sympy.symbols(f"{name}1:{layers + 1}", positive=True) for name in "nQ")
    lam, deg, power = (
        sympy.symbols(f"{name}:{max_degree + 1}", positive=True) for name in ("lambda", "deg", "g2_")
    )
    scale = math.prod(scales)

    def log_det(diagonal: Any, everywhere: Any) -> Any:
        """Of diagonal + everywhere 11^T."""
        return (replicas - 1) * sympy.log(diagonal) + sympy.log(diagonal + replicas * everywhere)

    replicated = (
        n * log_det(kappa + v, e + noise) - replicas * s * (v + e) + c * (replicas * v + replicas**2 * e)
    )
    replicated += replicas * sum(a * (q - sympy.log(q)) for a, q in zip(width, scales, strict=True))
    for each, count, size in zip(lam, deg, power, strict=True):
        prior = scale * each / chi
        replicated += count * log_det(1 + prior * s, -prior * c)
        replicated += size * replicas / (1 / (s - replicas * c) + prior)
    action = sympy.diff(replicated, replicas).subs(replicas, 0)
    fields = (v, e, s, c, *scales)
    by_v, by_e, by_s, by_c, by_scale, *_ = (sympy.diff(action, field) for field in fields)
    at_k: dict[Any, Any] = {s: chi / (scale * k)}

    def at_saddle(expression: Any) -> Any:
        """With what is known of the overlaps, term by term: sums over degrees stay as they are."""
        return sum(map(sympy.factor, sympy.Add.make_args(expression.subs(at_k))))

    at_k[v] = at_saddle(v - by_c)
    # kappa + V = N/s is the fixed point, which makes what is left linear in E and c
    linear = [by_v.subs(kappa, n / s - v), by_s]
    rates = [[at_saddle(sympy.diff(each, field)) for field in (e, c)] for each in linear]
    rest = [at_saddle(each.subs({e: 0, c: 0})) for each in linear]
    determinant = rates[0][0] * rates[1][1] - rates[0][1] * rates[1][0]
    at_k[e] = (rates[0][1] * rest[1] - rates[1][1] * rest[0]) / determinant
    at_k[c] = (rates[1][0] * rest[0] - rates[0][0] * rest[1]) / determinant
    layer = width[0] * (1 - scales[0])
    return {
        "action": action,
        "fields": fields,
        "overlaps": at_k,
        "fixed_point": by_e.subs(at_k),
        "error": at_k[e],
        "layers": tuple(a * (1 - q) for a, q in zip(width, scales, strict=True)),
        "scale": (scales[0] * by_scale).subs(at_k) + layer,
    }
