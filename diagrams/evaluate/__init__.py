"""Values of diagrams: zero-dimensional, on a finite set of points, on the sphere; all from one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldtheory.package_face import package_face

if TYPE_CHECKING:
    from diagrams.evaluate.numbers import evaluate_numbers as evaluate_numbers
    from diagrams.evaluate.points import evaluate_points as evaluate_points
    from diagrams.evaluate.sphere import ZonalValue as ZonalValue
    from diagrams.evaluate.sphere import evaluate_sphere as evaluate_sphere
    from diagrams.evaluate.vertices import FactorisedVertex as FactorisedVertex

_HOMES = {
    "FactorisedVertex": "diagrams.evaluate.vertices",
    "ZonalValue": "diagrams.evaluate.sphere",
    "evaluate_numbers": "diagrams.evaluate.numbers",
    "evaluate_points": "diagrams.evaluate.points",
    "evaluate_sphere": "diagrams.evaluate.sphere",
}
_MOVED = {
    "CompiledExpression": "diagrams.CompiledExpression",
    "IrreducibleDiagram": "diagrams.UnreducedDiagram",
    "compile_expression": "diagrams.compile_expression",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES, _MOVED)
