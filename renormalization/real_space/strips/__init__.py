"""Strips of lattice models: infinitely long, periodic across."""
