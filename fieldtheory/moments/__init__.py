"""Moments of activations of Gaussian numbers of any mean: what a given network does to a distribution."""
