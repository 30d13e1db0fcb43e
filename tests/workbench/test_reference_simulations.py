"""All public brute-force rows that take less than a minute, against simulations made with other code.

Skipped where the reference file is not beside the checkout; nine fast rows are in tests/data and always run.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import fieldtheory as ft

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "simulations_public.json"
ROWS = json.loads(REFERENCE.read_text())["configs"] if REFERENCE.exists() else []


def repeats(row: dict) -> int:
    """About a second of work, at least eight data sets (for the standard error) and at most 400."""
    return int(np.clip(1.0 / (2e-4 + 1e-10 * row["N"] ** 3), 8, 400))


def deviations(mine, mine_se, theirs, theirs_se, counts) -> np.ndarray:
    """Differences in combined standard errors, as the Gaussian quantile of Welch's t-test."""
    variance = mine_se**2 + theirs_se**2
    t = (mine - theirs) / np.sqrt(variance)
    freedom = variance**2 / (mine_se**4 / (counts[0] - 1) + theirs_se**4 / (counts[1] - 1))
    return stats.norm.isf(stats.t.sf(np.abs(t), freedom))


@pytest.mark.skipif(not ROWS, reason="the reference file is not beside the checkout")
@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_row(row: dict) -> None:
    """Every mean within 4 combined standard errors: E_l, a_l, variance for l = 0 ... 5, V and W."""
    p = row["params"]
    net = ft.FullyConnected(p["L"], p["act"], p["sw2"], p["sb2"], p.get("in_scale", 1.0))
    kernel = net.ntk() if p["kind"] == "ntk" else net.nngp()
    found = ft.simulate(
        kernel,
        dim=row["d"],
        target=ft.Target({1: 1.0}),
        n=[row["N"]],
        ridge=row["sigma2"],
        ensemble=row["ensemble"],
        repeats=repeats(row),
        seed=7,
    )
    degrees = row["degrees"]

    def column(name: str) -> np.ndarray:
        return np.array([entry[name] for entry in degrees])

    pairs = {
        "error": (found.error_by_degree, found.error_by_degree_stderr, column("err"), column("err_se")),
        "coefficient": (found.coefficients, found.coefficients_stderr, column("coef"), column("coef_se")),
        "variance": (
            found.variance_by_degree,
            found.variance_by_degree_stderr,
            column("var"),
            column("var_se"),
        ),
    }
    for name in ("posterior_variance", "label_noise_gain"):
        reference = row[name]
        values = getattr(found, name), getattr(found, f"{name}_stderr")
        pairs[name] = (*values, np.array([reference["value"]]), np.array([reference["se"]]))
    for name, (mine, mine_se, theirs, theirs_se) in pairs.items():
        mine, mine_se = np.ravel(mine), np.ravel(mine_se)
        known = theirs_se > 0  # degrees whose eigenvalue vanishes are never learnt, without scatter
        z = deviations(
            mine[known], mine_se[known], theirs[known], theirs_se[known], (found.repeats, row["reps"])
        )
        assert (z < 4).all(), f"{name} off by {z.round(1)} standard errors"
        np.testing.assert_allclose(mine[~known], theirs[~known], atol=1e-12)
