"""Theories of the learning curve, one file each."""
