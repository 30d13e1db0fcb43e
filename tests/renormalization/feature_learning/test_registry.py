"""The registry of the theories of the posterior, and what is written from it."""

from pathlib import Path

import numpy as np

import renormalization
from renormalization.feature_learning.assessment import judged_posterior
from tests.renormalization.feature_learning.posterior_rows import random_problem


def test_documentation_holds_the_table():
    """docs/finite_width.md shows the registry's own table."""
    page = Path(__file__).parents[3] / "docs" / "finite_width.md"
    assert renormalization.posterior_table() in page.read_text(encoding="utf-8")


def test_table_has_every_theory():
    table = renormalization.posterior_table()
    assert len(table.splitlines()) == len(renormalization.POSTERIOR_THEORIES) + 3
    for name, row in renormalization.POSTERIOR_THEORIES.items():
        assert f"| `{name}` | " in table
        assert f"| {row.summary} |" in table


def test_auto_leaves_out_perturbation_theory_where_features_are_learnt():
    """chi = n: the bar of auto is that of one loop and its distance from the scale, no order in 1/n."""
    problem = random_problem(0, points=11, dim=12, feature_strength=12.0)
    best, loop, scale = (
        judged_posterior(problem, name).prediction for name in ("auto", "one-loop", "rescaled")
    )
    expected = np.maximum(loop.error_bar, np.abs(loop.mean - scale.mean))
    np.testing.assert_allclose(best.error_bar, expected, rtol=1e-12)
