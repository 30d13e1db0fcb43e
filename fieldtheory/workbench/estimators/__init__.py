"""What scikit-learn can use, `fieldtheory.sklearn`: a kernel, a regressor, and the way to the sphere."""
