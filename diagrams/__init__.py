"""Perturbation theory as diagrams: any action in, exactly weighted graphs out.

Knows no network and no data set. `Theory` describes fields, propagators and vertices; `generate` streams
the diagrams of an order, each isomorphism class once, with its symmetry factor; `evaluate_numbers`,
`evaluate_points` and `evaluate_sphere` say what they are worth, `compile_expression` makes functions of
formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from fieldtheory.package_face import package_face
    from fieldtheory.shadowing import check_siblings
except ModuleNotFoundError as error:
    raise ImportError("another package named fieldtheory hides that of deep-fieldtheory") from error
else:
    check_siblings(__name__)

if TYPE_CHECKING:
    from diagrams.arguments import TheoryError as TheoryError
    from diagrams.compile.compiled_expression import CompiledExpression as CompiledExpression
    from diagrams.compile.compiled_expression import compile_expression as compile_expression
    from diagrams.diagram import Diagram as Diagram
    from diagrams.draw.sheet import draw_sheet as draw_sheet
    from diagrams.effective_action import EffectiveAction as EffectiveAction
    from diagrams.evaluate.numbers import evaluate_numbers as evaluate_numbers
    from diagrams.evaluate.points import evaluate_points as evaluate_points
    from diagrams.evaluate.sphere import ZonalValue as ZonalValue
    from diagrams.evaluate.sphere import evaluate_sphere as evaluate_sphere
    from diagrams.evaluate.vertices import FactorisedVertex as FactorisedVertex
    from diagrams.evaluate.vertices import ProductVertex as ProductVertex
    from diagrams.expansion import Expansion as Expansion
    from diagrams.generation.generator import generate as generate
    from diagrams.generation.selection_rules import selection_rule as selection_rule
    from diagrams.rules import Rules as Rules
    from diagrams.tables import tabulate as tabulate
    from diagrams.theories.constituents import Field as Field
    from diagrams.theories.constituents import Propagator as Propagator
    from diagrams.theories.constituents import Vertex as Vertex
    from diagrams.theories.formula import theory_from_formula as theory_from_formula
    from diagrams.theories.theory import Theory as Theory
    from diagrams.theories.theory_file import built_in_theory as built_in_theory
    from diagrams.theories.theory_file import read_theory as read_theory
    from diagrams.theories.theory_file import theory_from_text as theory_from_text
    from diagrams.wick_contractions import wick as wick
    from diagrams.zonal.program import UnreducedDiagram as UnreducedDiagram

_HOMES = {
    "CompiledExpression": "diagrams.compile.compiled_expression",
    "Diagram": "diagrams.diagram",
    "EffectiveAction": "diagrams.effective_action",
    "Expansion": "diagrams.expansion",
    "FactorisedVertex": "diagrams.evaluate.vertices",
    "Field": "diagrams.theories.constituents",
    "UnreducedDiagram": "diagrams.zonal.program",
    "ProductVertex": "diagrams.evaluate.vertices",
    "Propagator": "diagrams.theories.constituents",
    "Rules": "diagrams.rules",
    "Theory": "diagrams.theories.theory",
    "TheoryError": "diagrams.arguments",
    "Vertex": "diagrams.theories.constituents",
    "ZonalValue": "diagrams.evaluate.sphere",
    "built_in_theory": "diagrams.theories.theory_file",
    "compile_expression": "diagrams.compile.compiled_expression",
    "draw_sheet": "diagrams.draw.sheet",
    "evaluate_numbers": "diagrams.evaluate.numbers",
    "evaluate_points": "diagrams.evaluate.points",
    "evaluate_sphere": "diagrams.evaluate.sphere",
    "generate": "diagrams.generation.generator",
    "read_theory": "diagrams.theories.theory_file",
    "selection_rule": "diagrams.generation.selection_rules",
    "tabulate": "diagrams.tables",
    "theory_from_formula": "diagrams.theories.formula",
    "theory_from_text": "diagrams.theories.theory_file",
    "wick": "diagrams.wick_contractions",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
