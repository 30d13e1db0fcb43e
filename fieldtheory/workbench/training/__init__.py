"""Networks while they are trained: theory at infinite width, and real networks."""
