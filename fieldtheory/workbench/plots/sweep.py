"""Sweeps as pictures: curves over one axis, maps over two."""
