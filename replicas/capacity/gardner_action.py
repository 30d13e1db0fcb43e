"""The replica action of the perceptron's volume of weights, and the capacity derived from it in SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy


@dataclass(frozen=True)
class GardnerAction:
    """The volume of weights that store alpha N patterns with margin k: (1/N) <ln V>, replica symmetric.

    `overlap`, `margin`, `load`: its symbols q, k and alpha. `entropy`: what overlaps q between replicas leave
    of the sphere; `energy`: the integral over a Gaussian t of ln H((k - sqrt(q) t)/sqrt(1 - q)), where
    H(x) = erfc(x/sqrt(2))/2 is the chance of a pattern; `action`: entropy + load energy, to be stationary
    in q. `saddle_point`: that equation. `capacity_integral`: what 1/alpha_c comes to for q -> 1, where only
    one solution is left; `capacity`: alpha_c, integrated.

    >>> found = gardner_action()
    >>> print(found.entropy)
    q/(2 - 2*q) + log(1 - q)/2
    >>> print(found.capacity_integral)
    Integral(sqrt(2)*(k + t)**2*exp(-t**2/2)/(2*sqrt(pi)), (t, -k, oo))
    >>> found.capacity.subs(found.margin, 0)
    2
    """

    overlap: sympy.Symbol
    margin: sympy.Symbol
    load: sympy.Symbol
    entropy: sympy.Expr
    energy: sympy.Expr
    capacity_integral: sympy.Expr
    capacity: sympy.Expr

    @property
    def action(self) -> sympy.Expr:
        """(1/N) <ln V> as a function of q."""
        return self.entropy + self.load * self.energy

    @property
    def saddle_point(self) -> sympy.Eq:
        """The condition that the action is stationary in q."""
        return sympy.Eq(sympy.diff(self.action, self.overlap), 0)

    def latex(self) -> str:
        """The action and the capacity, as LaTeX."""
        integral = sympy.latex(self.capacity_integral)
        return (
            rf"\frac{{1}}{{N}}\langle\ln V\rangle = \operatorname*{{extr}}_q\ {sympy.latex(self.action)},"
            rf"\qquad \frac{{1}}{{\alpha_c(k)}} = {integral}"
        )


@cache
def gardner_action() -> GardnerAction:
    """The replica saddle point of Gardner's volume (1988), and from it the capacity, by SymPy.

    n replicas with overlaps q: the logarithm of the volume of their weights is (N/2) ln det of the matrix
    (1 - q) delta_ab + q, the chance of a pattern int Dt H^n. Both are continued to n -> 0. For q -> 1 both
    diverge like 1/(1 - q); where the coefficient changes its sign no volume is left.

    Equation: gardner-capacity
    """
    q, alpha = sympy.Symbol("q", positive=True), sympy.Symbol("alpha", positive=True)
    k, t, n = sympy.Symbol("k", real=True), sympy.Symbol("t", real=True), sympy.Symbol("n")
    # eigenvalues of the overlaps: 1 - q, n - 1 times, and 1 + (n - 1) q
    log_det = (n - 1) * sympy.log(1 - q) + sympy.log(1 + (n - 1) * q)
    entropy = sympy.expand(sympy.diff(log_det, n).subs(n, 0) / 2)
    measure = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    chance = sympy.erfc((k - sympy.sqrt(q) * t) / sympy.sqrt(2 * (1 - q))) / 2
    energy = sympy.Integral(measure * sympy.diff(chance**n, n).subs(n, 0), (t, -sympy.oo, sympy.oo))
    # coefficients of 1/(1 - q): of the entropy, and of ln H(u/sqrt(1 - q)), which is c u^2 for u > 0, 0 below
    of_entropy = sympy.limit(entropy * (1 - q), q, 1, "-")
    x = sympy.Symbol("x", positive=True)
    c = sympy.limit(sympy.diff(sympy.log(sympy.erfc(x)), x) / (2 * x), x, sympy.oo) / 2
    # u = k - t > 0; with t -> -t the integral is over t > -k
    of_energy = sympy.Integral(measure * (k + t) ** 2, (t, -k, sympy.oo))
    share = -c / of_entropy  # of_entropy + alpha c int = 0
    integral = share * of_energy
    return GardnerAction(q, k, alpha, entropy, energy, integral, 1 / sympy.simplify(integral.doit()))
