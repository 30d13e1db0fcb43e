"""From lazy to feature learning: the solvable two-layer linear network, exactly and in diagrams."""
