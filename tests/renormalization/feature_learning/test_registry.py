"""The registry of the theories of the posterior, and what is written from it."""

from pathlib import Path

import renormalization


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
