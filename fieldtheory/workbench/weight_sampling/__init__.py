"""Sampling the weights of a network of finite width under its posterior."""
