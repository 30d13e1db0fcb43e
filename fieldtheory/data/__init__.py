"""Data: handwritten digits, smooth deformations of images, and data that are not Gaussian."""
