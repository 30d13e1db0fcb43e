r"""The replicated action of Gaussian-process regression, and the quantities expanded in its diagrams.

With phi_a = f_a - g for M replicas, averaged over training sets with a Poisson number of points,
S = sum_a ||phi_a + g||_K^2/2 - N int dmu (exp(-sum_a phi_a^2/(2 sigma^2)) - 1)
(Cohen, Malka, Ringel, Phys. Rev. Research 3, 023034 (2021)); with exactly N points -N ln int dmu exp(...)
takes the place of the second term. Here the density of points stays as a field u with the cumulants of the
points, -S = -int u sum_a phi_a^2/(2 sigma^2): its mean gives the bare line C_l = 1/(1/lambda_l + N/sigma^2),
its cumulants of order k >= 2 the vertices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sympy

from diagrams.generation.generator import generate
from diagrams.theories.constituents import Field, Propagator, Vertex
from diagrams.theories.theory import Theory
from fieldtheory.arguments import ENSEMBLES, require_choice, require_flag, require_integer
from fieldtheory.references import COHEN_MALKA_RINGEL
from replicas.derivation.replica_diagram import POINTS, QUANTITIES, SIGMA, ReplicaDiagram
from replicas.derivation.replica_expansion import ReplicaExpansion
from replicas.self_energy.words import HIGHEST_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLICAS = sympy.Symbol("M")
SMALL = "1/N"
_EXTERNAL = {"mean": 2, "self-energy": 2, "error": 4, "variance": 4}


@dataclass(frozen=True)
class GPRegressionAction:
    """The replicated action of GP regression, averaged over training sets.

    `ensemble`: "poisson" or "fixed" number of training points. N: (mean) number of points, sigma^2: ridge, M:
    number of replicas. `str` and `latex` print the action, `theory` hands it to the diagram engine, `expand`
    derives a quantity.

    Equation: replicated-action

    >>> print(GPRegressionAction())
    S = sum_a ||phi_a + g||_K^2/2 - N int dmu (exp(-sum_a phi_a^2/(2 sigma^2)) - 1)
    >>> expansion = GPRegressionAction().expand("self-energy", order=1)
    >>> expansion.expression
    -N*tr(C)/sigma**4
    """

    ensemble: str = "poisson"
    replicas: sympy.Symbol = field(default=REPLICAS)

    def __post_init__(self) -> None:
        require_choice("ensemble", self.ensemble, ENSEMBLES)

    def __str__(self) -> str:
        weight = "exp(-sum_a phi_a^2/(2 sigma^2))"
        points = f"int dmu ({weight} - 1)" if self.ensemble == "poisson" else f"ln int dmu {weight}"
        return f"S = sum_a ||phi_a + g||_K^2/2 - N {points}"

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (COHEN_MALKA_RINGEL,)

    def latex(self) -> str:
        """The action for LaTeX."""
        weight = r"e^{-\sum_a \varphi_a^2/2\sigma^2}"
        points = (
            rf"\int\!\mathrm{{d}}\mu \left({weight} - 1\right)"
            if self.ensemble == "poisson"
            else rf"\ln \int\!\mathrm{{d}}\mu\, {weight}"
        )
        return rf"S = \tfrac12 \sum_{{a=1}}^{{M}} \lVert \varphi_a + g \rVert_K^2 - N {points}"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def theory(self, order: int) -> Theory:
        """Fields, propagators and vertices for the diagrams of an order in 1/N.

        A "visit" is phi phi u with coupling -1/sigma^2, "point k" the cumulant v^k with coupling N, and <u v>
        a contact. With exactly N points the cumulants are not local: sum over the ways to part the k visits
        among m points, times (-1)^(m-1) (m-1)!.
        """
        order = require_integer("order", order, minimum=0, maximum=1000)
        local = self.ensemble == "poisson"
        visit = Vertex("visit", {"phi": 2, "u": 1}, -1 / SIGMA**2)
        points = [
            Vertex(f"point{k}", {"v": k}, POINTS, {SMALL: k - 1}, local=local) for k in range(2, order + 2)
        ]
        return Theory(
            (Field("phi", r"\varphi"), Field("u"), Field("v")),
            (Propagator("phi", "phi", "C"), Propagator("u", "v", "delta", directed=True)),
            (visit, *points),
        )

    def expand(self, quantity: str, order: int, *, keep_replicas: bool = False) -> ReplicaExpansion:
        """The terms of one order in 1/N of a quantity, in degree l of a target, as diagrams.

        `quantity`: "mean" (a_l, the share of the target that is learnt), "error" (E_l, for a target of unit
        norm), "variance" (its part from the scatter between training sets) or "self-energy" (of the averaged
        line, G_l = 1/(1/lambda_l + Sigma_l), N/sigma^2 at order 0). The replica limit M -> 0 is taken unless
        `keep_replicas`: it drops every diagram with a closed replica line.

        ValueError for another quantity, a negative order or one above 4.
        """
        require_choice("quantity", quantity, QUANTITIES)
        order = require_integer("order", order, minimum=0)
        if order > HIGHEST_ORDER:
            raise ValueError(
                f"order must be at most {HIGHEST_ORDER} (got {order}): diagrams grow tenfold each; "
                "resummed theories hold all orders"
            )
        keep_replicas = require_flag("keep_replicas", keep_replicas)
        replicas = self.replicas if keep_replicas else sympy.Integer(0)
        found = tuple(
            ReplicaDiagram(each.diagram, quantity, replicas, self.ensemble == "fixed")
            for each in self._candidates(quantity, order)
            if keep_replicas or not each.closed_lines
        )
        return ReplicaExpansion(quantity, order, found)

    def _candidates(self, quantity: str, order: int) -> Iterator[ReplicaDiagram]:
        """The diagrams whose replica lines run as the quantity wants."""
        external = ("phi",) * _EXTERNAL[quantity]
        if not order and quantity in ("variance", "self-energy"):
            return
        options: dict[str, Any] = {"connected": quantity != "error"}
        for diagram in generate(self.theory(max(order, 1)), external, order, by=SMALL, **options):
            found = ReplicaDiagram(diagram, quantity)
            if quantity in ("error", "variance") and found.ends != ((0, 1), (2, 3)):
                continue
            if quantity == "self-energy" and not found.is_irreducible:
                continue
            yield found


def gp_regression_action(ensemble: str = "poisson") -> GPRegressionAction:
    """The replicated action of GP regression, averaged over training sets.

    `ensemble`: "poisson" (N points in the mean) or "fixed" (exactly N).

    Equation: replicated-action

    >>> gp_regression_action().expand("variance", order=1).expression
    C_l**2*N*tr(C^2)/(lambda_l**2*sigma**4)
    """
    return GPRegressionAction(ensemble)
