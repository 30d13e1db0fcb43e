"""Values of diagrams: zero-dimensional, on a finite set of points, on the sphere; all from one table."""

from __future__ import annotations

import warnings

from diagrams.compile.compiled_expression import CompiledExpression as CompiledExpression
from diagrams.compile.compiled_expression import compile_expression as compile_expression
from diagrams.evaluate.numbers import evaluate_numbers as evaluate_numbers
from diagrams.evaluate.points import FactorisedVertex as FactorisedVertex
from diagrams.evaluate.points import evaluate_points as evaluate_points
from diagrams.evaluate.sphere import ZonalValue as ZonalValue
from diagrams.evaluate.sphere import evaluate_sphere as evaluate_sphere
from diagrams.zonal.program import UnreducedDiagram as UnreducedDiagram

__all__ = [
    "CompiledExpression",
    "FactorisedVertex",
    "UnreducedDiagram",
    "ZonalValue",
    "compile_expression",
    "evaluate_numbers",
    "evaluate_points",
    "evaluate_sphere",
]


def __getattr__(name: str) -> object:
    """The name that an exception had before: reducible or not in the sense of these rules, not 1PI."""
    if name == "IrreducibleDiagram":
        warnings.warn(
            "diagrams.evaluate.IrreducibleDiagram is called UnreducedDiagram now",
            DeprecationWarning,
            stacklevel=2,
        )
        return UnreducedDiagram
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
