"""Pictures of diagrams: SVG, TikZ, and sheets of many; no browser and no LaTeX needed."""

from diagrams.diagram import FORMS
from diagrams.draw.layout import Layout as Layout
from diagrams.draw.layout import arrange as arrange
from diagrams.draw.sheet import draw as draw
from diagrams.draw.svg import to_svg as to_svg
from diagrams.draw.tikz import to_tikz as to_tikz

__all__ = ["Layout", "arrange", "draw", "to_svg", "to_tikz"]

FORMS.update(svg=to_svg, tikz=to_tikz)
