"""The theory of sites on real data, against published brute force."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from replicas.sites.site_theory import predict_sites
from tests.gram_problems import ROWS, problem
from tests.site_problems import WITH, WITHOUT, site_problem


def deviations():
    """Of every row: the relative deviation, its bar, the standard error of the row."""
    found = []
    for row in ROWS:
        K, y = problem(row)
        sampling = WITH if row["replacement"] else WITHOUT
        curve = predict_sites(
            site_problem(K, y, row["N"], row["ridge"], sampling=sampling, points=row["points"])
        )
        found.append([curve.error[0] - row["err"], curve.error_bar[0], row["err_se"]])
        found[-1] = [each / row["err"] for each in found[-1]]
    return np.array(found).T


def test_public_rows_of_gram_matrices():
    """42 rows: worst 3 %, median 0.6 %, and 95 % within the bar and two standard errors."""
    off, bar, stderr = deviations()
    assert np.abs(off).max() <= 0.03
    assert np.median(np.abs(off)) <= 0.006
    assert np.mean(np.abs(off) <= bar + 2 * stderr) >= 0.95
    assert np.median(bar) < 0.02


@pytest.mark.parametrize(
    ("power", "n", "error", "stderr"), [(3, 20, 1.509, 0.071), (3, 60, 1.085, 0.035), (4, 60, 1.78, 0.11)]
)
def test_gram_matrix_of_a_raw_table(power, n, error, stderr):
    """Breast cancer as it is, K = (x . x')^power, standardised labels, ridge a tenth of the mean diagonal."""
    X, target = load_breast_cancer(return_X_y=True)
    K = (X @ X.T) ** power
    y = (target - target.mean()) / target.std()
    found = predict_sites(site_problem(K, y, n, 0.1 * np.diagonal(K).mean()))
    assert abs(found.error[0] - error) <= found.error_bar[0] + 2 * stderr
    assert found.error_bar[0] < 0.1 * found.error[0]
