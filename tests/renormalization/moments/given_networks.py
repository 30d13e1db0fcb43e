"""Networks whose moments are propagated: the random ones of the reference rows."""

import json
from pathlib import Path

import numpy as np

ROW = json.loads((Path(__file__).parents[2] / "data/propagated_networks.json").read_text(encoding="utf-8"))[
    "rows"
][0]


def reference_network(dims=(6, 16, 16, 3), seed=9, scale=2.0):
    """Weights, biases, mean and covariance, as the recipe of the row draws them."""
    r = np.random.default_rng(seed)
    pairs = list(zip(dims[1:], dims[:-1], strict=True))
    weights = [r.standard_normal(pair) * np.sqrt(scale / pair[1]) for pair in pairs]
    biases = [0.2 * r.standard_normal(size) for size in dims[1:]]
    square = r.standard_normal((dims[0], dims[0]))
    return weights, biases, r.standard_normal(dims[0]), square @ square.T / 12


def distance(found, exact):
    """In Frobenius norms, relative."""
    return np.linalg.norm(found - exact) / np.linalg.norm(exact)
