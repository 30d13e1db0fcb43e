"""Kernel matrices and labels of real data, rebuilt from the recipes in `data/gram.json`."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import sklearn.datasets

ROWS = json.loads((Path(__file__).parent / "data" / "gram.json").read_text())["rows"]


def problem(row):
    """K and y of a row, by its recipe; what the row says of them is checked."""
    K, y = _problem(json.dumps(row["recipe"]))
    check = [np.diagonal(K).mean(), K[0, 1], (y**2).reshape(len(y), -1).sum(axis=1).mean()]
    np.testing.assert_allclose(check, [row["check"][name] for name in ("diag", "k01", "y2")], rtol=1e-9)
    return K, y


@cache
def _problem(text):
    recipe = json.loads(text)
    scaled = {"scaled": False} if recipe["dataset"] == "diabetes" else {}
    X, target = getattr(sklearn.datasets, "load_" + recipe["dataset"])(return_X_y=True, **scaled)
    chosen = recipe["selection"]
    kept = np.isin(target, chosen["classes"]) if "classes" in chosen else np.ones(len(X), dtype=bool)
    X, target = (each[kept][: chosen.get("first")] for each in (X, target))
    return kernel_matrix(_scaled(X, recipe["scaling"]), **recipe["kernel"]), _labels(target, recipe["labels"])


def _labels(target, labels):
    if labels["kind"] == "sign":
        return np.where(np.isin(target, labels["plus"]), 1.0, -1.0)
    if labels["kind"] == "one_hot":
        return (target[:, None] == np.unique(target)).astype(float)
    return (target - target.mean()) / target.std()


def _scaled(X, scaling):
    if scaling == "mean_norm":
        return X / np.linalg.norm(X, axis=1).mean()
    if scaling.startswith("standardise"):
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X / np.linalg.norm(X, axis=1)[:, None] if scaling.endswith("unit_norm") else X


def kernel_matrix(X, kind, hidden_layers=0, weight_variance=1.0, bias_variance=0.0, length=1.0, linear=0.0):
    products = X @ X.T
    if kind in ("rbf", "linear_rbf"):
        norms = np.diagonal(products)
        squares = np.maximum(norms[:, None] + norms - 2 * products, 0.0)
        np.fill_diagonal(squares, 0.0)
        K = np.exp(-squares / (2 * length**2 * np.median(squares)))
        return K if kind == "rbf" else K + linear * products / norms.mean()
    w, b = weight_variance, bias_variance
    C = b + w * products
    T = C.copy()
    for _ in range(hidden_layers):
        q = np.diagonal(C)
        if kind == "erf_nngp":
            C = b + w * 2 / np.pi * np.arcsin(2 * C / np.sqrt(np.outer(1 + 2 * q, 1 + 2 * q)))
            continue
        size = np.sqrt(np.outer(q, q))
        rho = np.clip(C / size, -1.0, 1.0)
        np.fill_diagonal(rho, 1.0)
        angle = np.pi - np.arccos(rho)
        C = b + w * size * (np.sqrt(1 - rho**2) + angle * rho) / (2 * np.pi)
        T = C + w * angle / (2 * np.pi) * T
    return C if kind == "erf_nngp" else T
