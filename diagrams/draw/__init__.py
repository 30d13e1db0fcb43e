"""Pictures of diagrams: SVG, TikZ, and sheets of many; no browser and no LaTeX needed."""
