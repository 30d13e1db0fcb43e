"""Resummations: infinite classes of self-energy diagrams, summed by a self-consistent equation."""
