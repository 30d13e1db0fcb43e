"""The first diagrams of the error: their pictures and formulas, made once, and their values in a view."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy
from sympy.printing.mathml import MathMLPresentationPrinter

from fieldtheory.spectrum import Spectrum
from fieldtheory.targets import Target
from replicas.derivation.regression_action import gp_regression_action
from replicas.derivation.replica_expansion import CompiledExpansion, ReplicaExpansion
from replicas.derivation.zonal_formula import LINE

ORDERS = (0, 1)


@dataclass(frozen=True)
class FirstDiagram:
    """A diagram of the error: picture, weight, formula, and its value as a function."""

    order: int
    picture: str
    weight: str
    formula: str
    mathml: str
    function: CompiledExpansion

    def value(self, spectrum: Spectrum, target: Target, n: float, ridge: float) -> float:
        """What it adds to the error, sum_l g_l^2 E_l."""
        powers = target.as_array(spectrum.max_degree)
        return float(self.function(spectrum, n, ridge) @ powers)


@cache
def first_diagrams() -> tuple[FirstDiagram, ...]:
    """Those of the error up to first order in 1/N, exactly N points."""
    action = gp_regression_action("fixed")
    found = []
    for order in ORDERS:
        expansion = action.expand("error", order=order)
        for each in expansion:
            alone = ReplicaExpansion(expansion.quantity, order, (each,))
            found.append(
                FirstDiagram(
                    order=order,
                    picture=each.to_svg(),
                    weight=str(each.weight),
                    formula=str(each.expression),
                    mathml=_mathml(each.expression),
                    function=alone.compile(),
                )
            )
    return tuple(found)


def _mathml(expression: sympy.Expr) -> str:
    """The formula for a page, as XML that needs no entities."""
    text = _Printer().doprint(expression)
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{text}</math>'.replace(
        "&InvisibleTimes;", "&#x2062;"
    )


class _Printer(MathMLPresentationPrinter):  # type: ignore[misc]
    def _print_DegreeSum(self, expression: Any) -> Any:
        """tr(C^k), the trace of a power of the line."""
        row = self.dom.createElement("mrow")
        for tag, text in (("mi", "tr"), ("mo", "(")):
            part = self.dom.createElement(tag)
            part.appendChild(self.dom.createTextNode(text))
            row.appendChild(part)
        row.appendChild(self._print(expression.args[0].subs(LINE, sympy.Symbol("C"))))
        closing = self.dom.createElement("mo")
        closing.appendChild(self.dom.createTextNode(")"))
        row.appendChild(closing)
        return row
