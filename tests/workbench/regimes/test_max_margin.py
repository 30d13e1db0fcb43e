"""Maximum margins: against all candidates, the reference draws, witnesses of what is not separable."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

import fieldtheory as ft
import replicas
from tests.workbench.command_line import command_line

FILE = Path(__file__).parents[2] / "data" / "regimes.json"
ROWS = json.loads(FILE.read_text(encoding="utf-8"))["rows"]


def rows(feature: str) -> list[dict]:  # type: ignore[type-arg]
    return [row for row in ROWS if row["feature"] == feature]


run, succeed = command_line("regimes", "capacity")


def largest_margin(signed: np.ndarray) -> float:
    """By enumeration: the best of the least-norm solutions of A_S w = 1 over all sets S of patterns"""
    best = -math.inf
    patterns, inputs = signed.shape
    for size in range(1, min(patterns, inputs) + 1):
        for chosen in itertools.combinations(range(patterns), size):
            part = signed[list(chosen)]
            w = np.linalg.lstsq(part, np.ones(size), rcond=None)[0]
            if np.abs(part @ w - 1).max() < 1e-9:
                best = max(best, float((signed @ w).min() / np.linalg.norm(w)))
    return best


@given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 10**6))
@settings(max_examples=80)
def test_against_enumeration(patterns: int, inputs: int, seed: int) -> None:
    # eq: maximum-margin
    random = np.random.default_rng(seed)
    x = random.normal(size=(patterns, inputs))
    y = np.where(random.random(patterns) < 0.5, -1.0, 1.0)
    best = largest_margin(y[:, None] * x)
    assume(abs(best) > 1e-5)
    if best < 0:
        with pytest.raises(ft.NotSeparable, match="^patterns must be separable") as caught:
            ft.max_margin(x, y)
        witness = caught.value.witness
        assert (witness >= 0).all()
        assert witness.sum() == pytest.approx(1)
        assert np.abs((witness * y) @ x).max() < 1e-9
        return
    found = ft.max_margin(x, y)
    assert found.margin == pytest.approx(best, rel=1e-10)
    assert -1e-13 < found.dual_gap < 1e-9
    assert np.linalg.norm(found.weights) == pytest.approx(1)
    sides = y * (x @ found.weights)
    np.testing.assert_allclose(sides[found.active], found.margin, rtol=1e-9)
    assert sides.min() >= found.margin * (1 - 1e-12)
    assert len(found.active) == found.contacts <= min(patterns, inputs)
    # scaled patterns have a scaled margin
    assert ft.max_margin(1e-200 * x, y).margin == pytest.approx(1e-200 * best, rel=1e-10)


@pytest.mark.parametrize("row", rows("max_margin"), ids=lambda row: row["id"])
def test_reference_draws(row: dict) -> None:  # type: ignore[type-arg]
    """The same draws: the means to rounding; and the theory within four standard errors"""
    n, p = row["params"]["N"], round(row["params"]["alpha"] * row["params"]["N"])
    found = []
    for s in range(row["n_rep"]):
        x = np.random.default_rng([s, n, p, 1]).normal(size=(p, n))
        found.append(ft.max_margin(x, np.ones(p)))
        assert found[-1].dual_gap < 1e-9
    margin, contacts = (
        np.mean([each.margin for each in found]),
        np.mean([each.contacts / n for each in found]),
    )
    values, stderr = row["values"], row["stderr"]
    assert margin == pytest.approx(values["margin_measured"], rel=1e-9)
    assert contacts == pytest.approx(values["contacts_measured"], rel=1e-9)
    assert abs(margin - values["margin_theory"]) < 4 * stderr["margin_measured"]
    assert abs(contacts - values["contacts_theory"]) < 4 * stderr["contacts_measured"]


def test_any_number_of_threads() -> None:
    """Bits, with one thread of BLAS and with several"""
    x = np.random.default_rng(0).normal(size=(300, 300))
    found = []
    for threads in (1, 4):
        with threadpool_limits(threads, user_api="blas"):
            found.append(ft.max_margin(x, np.ones(300)))
    np.testing.assert_array_equal(found[0].weights, found[1].weights)
    assert found[0].margin == found[1].margin


def test_small_margins() -> None:
    """Patterns moved towards their hyperplane: the margin that is left, with the gap that is stated"""
    x = np.random.default_rng(0).normal(size=(30, 20))
    found = ft.max_margin(x, np.ones(30))
    moved = x - (1 - 1e-3) * found.margin * found.weights
    left = ft.max_margin(moved, np.ones(30))
    assert left.margin == pytest.approx(1e-3 * found.margin, rel=1e-9)
    with pytest.raises(ft.NotSeparable):
        ft.max_margin(x - 1.001 * found.margin * found.weights, np.ones(30))


def test_curve_over_the_load() -> None:
    """Measured within four standard errors of the theory from a load of 1 on, and the same at every call"""
    curve = ft.capacity_curve([1.0, 1.5, 2.4], inputs=60, repeats=12, seed=3, negative=True)
    assert (abs(curve.margin_measured - curve.margin)[:2] < 4 * curve.margin_stderr[:2]).all()
    assert (abs(curve.contacts_measured - curve.contacts)[:2] < 4 * curve.contacts_stderr[:2]).all()
    with pytest.warns(UserWarning, match="upper bound"):
        assert replicas.gardner_capacity(curve.margin[2]) == pytest.approx(2.4, rel=1e-12)
    assert "an upper bound" in curve.warnings[0]
    assert math.isnan(curve.contacts[2])
    again = ft.capacity_curve([1.0, 1.5, 2.4], inputs=60, repeats=12, seed=3, negative=True)
    np.testing.assert_array_equal(curve.margin_measured, again.margin_measured)
    assert curve.plot().get_lines()


@pytest.mark.parametrize(
    ("patterns", "labels", "message"),
    [
        ([[1.0, 0.0]], [2.0], r"^labels must be \+1 or -1 \(got 2"),
        ([[1.0, 0.0]], [math.nan], "^labels must"),
        ([[1.0, 0.0]], [1, 1], "^labels must be 1 number"),
        ([[1.0, math.inf]], [1], "^patterns must"),
        ([1.0, 2.0], [1], "^patterns must"),
        (np.zeros((0, 3)), [], "^patterns must"),
        ([[0.0, 0.0]], [1], "^patterns must be separable: all of them are 0"),
        ([[1.0], [1.0]], [1, -1], "^patterns must be separable"),
    ],
)
def test_what_is_refused(patterns, labels, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        ft.max_margin(patterns, labels)


def test_the_command(tmp_path: Path) -> None:
    words = ("--load", "0.5,1,2.5", "--negative", "--simulate", "4", "--inputs", "40", "--json")
    above = run(*words)
    assert above.exit_code == 0
    assert "an upper bound" in above.stderr
    found = json.loads(above.stdout)
    assert found["margin"][1] == pytest.approx(0.4706553526, rel=1e-9)
    assert found["contacts"][2] is None
    assert "an upper bound" in found["warnings"][0]
    assert "0.4707" in succeed("--load", "1", "--out", str(tmp_path / "margins.csv"))
    assert (tmp_path / "margins.csv").read_text().startswith("load,patterns,")
    for words, message in (
        (("--load", "1:0.5:3"), "load = a:b:k must have a below b"),
        (("--load", "x"), "load must be a:b:k"),
        (("--load", "0.001"), "load must be from 0.005, a pattern"),
        (("--load", "1,2.5"), "load must be at most 2, beyond which no margin is positive (got 2.5)"),
        (("--inputs", "0"), "inputs must be"),
        (("--simulate", "-1"), "simulate must be"),
    ):
        refused = run(*words)
        assert refused.exit_code == 2
        assert message in refused.stderr
        assert refused.stderr.count("\n") == 1
