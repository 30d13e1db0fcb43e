"""Values of diagrams: zero-dimensional, on a finite set of points, on the sphere; all from one table."""

from diagrams.compile.compiled_expression import CompiledExpression as CompiledExpression
from diagrams.compile.compiled_expression import compile_expression as compile_expression
from diagrams.evaluate.numbers import evaluate_numbers as evaluate_numbers
from diagrams.evaluate.points import FactorisedVertex as FactorisedVertex
from diagrams.evaluate.points import evaluate_points as evaluate_points
from diagrams.evaluate.sphere import ZonalValue as ZonalValue
from diagrams.evaluate.sphere import evaluate_sphere as evaluate_sphere
from diagrams.zonal.program import IrreducibleDiagram as IrreducibleDiagram

__all__ = [
    "CompiledExpression",
    "FactorisedVertex",
    "IrreducibleDiagram",
    "ZonalValue",
    "compile_expression",
    "evaluate_numbers",
    "evaluate_points",
    "evaluate_sphere",
]
