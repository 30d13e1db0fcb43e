"""The key of the symbols in formulas of GP regression, for LaTeX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagrams.typeset.document import Symbol
from replicas.derivation.zonal_formula import Bridge, DegreeSum, FunkHecke, SphereMean, ZonalFunction

if TYPE_CHECKING:
    from replicas.derivation.replica_expansion import ReplicaExpansion

_MEANING = {
    "mean": "the share of the target of degree {l} that is learnt",
    "error": "the error for a target of degree {l} and norm 1",
    "variance": "the part of the error from the scatter between training sets",
    "self-energy": "the self-energy of the averaged line in degree {l}",
}
_FUNCTIONALS = {
    DegreeSum: Symbol(r"\operatorname{tr}(A)", r"the trace \(\sum_l \deg(l)\, A_l\)"),
    ZonalFunction: Symbol(
        r"C(t), C^{(k)}(t)",
        r"\(\sum_l \deg(l)\, C_l\, P_l(t)\) and the same of \(C_l^k\) where \(P_l(1) = 1\)",
    ),
    FunkHecke: Symbol(r"[F]_l", r"the Funk--Hecke coefficient \(\int F(t)\, P_l(t)\, \mathrm{d}\mu\)"),
    SphereMean: Symbol(r"\int\!\mathrm{d}\mu\, F", r"the mean of \(F(t)\) over the sphere"),
    Bridge: Symbol(
        r"\operatorname{bridge}(a,b,h,c,d)", r"\(\int a(x_1,u)\, b(x_1,v)\, h(u,v)\, c(x_2,u)\, d(x_2,v)\)"
    ),
}


def symbols_of(expansion: ReplicaExpansion) -> list[Symbol]:
    """What the symbols of an expansion mean; of the functionals those that occur."""
    whole = expansion.expression
    return [
        Symbol(expansion.symbol, _MEANING[expansion.quantity].format(l=r"\(l\)")),
        Symbol(r"\varphi_a, g", r"what replica \(a\) has learnt less the target, and the target"),
        Symbol(r"N, \sigma^2", "number of training points or the mean of a Poisson number, and the ridge"),
        Symbol(r"u, v", "the density of the training points, and what stands for the points themselves"),
        Symbol(r"\lambda_l, \deg(l)", r"eigenvalue of the kernel and number of harmonics in degree \(l\)"),
        Symbol(r"C_l", r"the bare line, \(1/C_l = 1/\lambda_l + N/\sigma^2\)"),
        *(symbol for kind, symbol in _FUNCTIONALS.items() if whole.has(kind)),
    ]
