"""What the randomness of the data does to a kernel machine, in the cumulants of its kernel."""
