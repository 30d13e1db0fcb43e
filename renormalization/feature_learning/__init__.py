"""What integrating out the weights does to a kernel at finite width: posteriors of real networks."""
