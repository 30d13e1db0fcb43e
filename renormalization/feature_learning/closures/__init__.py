"""Closed equations for the law of a neuron: Gaussian pre-activations, few directions."""
