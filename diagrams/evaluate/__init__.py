"""Values of diagrams: zero-dimensional, on a finite set of points, on the sphere; all from one table."""

from diagrams.evaluate.numbers import evaluate_numbers as evaluate_numbers
from diagrams.evaluate.points import evaluate_points as evaluate_points
from diagrams.evaluate.reduction import IrreducibleDiagram as IrreducibleDiagram
from diagrams.evaluate.sphere import ZonalValue as ZonalValue
from diagrams.evaluate.sphere import evaluate_sphere as evaluate_sphere

__all__ = ["IrreducibleDiagram", "ZonalValue", "evaluate_numbers", "evaluate_points", "evaluate_sphere"]
