"""The flow of a kernel with depth, at infinite and finite width."""
