"""Perturbation theory as diagrams: any action in, exactly weighted graphs out.

Knows no network and no data set. `Theory` describes fields, propagators and vertices; `generate` streams
the diagrams of an order, each isomorphism class once, with its symmetry factor.
"""

try:
    from fieldtheory.shadowing import check_siblings
except ModuleNotFoundError as error:
    raise ImportError("another package named fieldtheory hides that of deep-fieldtheory") from error
else:
    check_siblings(__name__)

from diagrams.constituents import Field as Field
from diagrams.constituents import Propagator as Propagator
from diagrams.constituents import TheoryError as TheoryError
from diagrams.constituents import Vertex as Vertex
from diagrams.diagram import Diagram as Diagram
from diagrams.draw.sheet import draw as draw_sheet
from diagrams.expansion import Expansion as Expansion
from diagrams.generation import generate as generate
from diagrams.theory import Theory as Theory
from diagrams.wick_contractions import wick as wick

__all__ = [
    "Diagram",
    "Expansion",
    "Field",
    "Propagator",
    "Theory",
    "TheoryError",
    "Vertex",
    "draw_sheet",
    "generate",
    "wick",
]
