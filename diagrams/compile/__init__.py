"""SymPy expressions as compiled functions."""
