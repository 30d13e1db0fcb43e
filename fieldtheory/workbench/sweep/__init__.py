"""Sweeps over hyper-parameters: grids, their parts, who computes them, and where they are kept."""
