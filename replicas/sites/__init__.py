"""Learning curves on the points of a data set: one self-energy for each point."""
