"""Diagrams as labelled graphs in the files of other programs: DOT (Graphviz) and GraphML."""
