"""The scale of a kernel averaged over data on the sphere: learning curves at finite width."""
