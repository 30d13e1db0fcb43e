"""Jamming: gradients, the reference rows, the threshold, digits, and what is refused."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.regimes.hinge_network import SMOOTH, HingeNetwork
from fieldtheory.workbench.regimes.jamming import JammingCurve
from tests.workbench.command_line import command_line

FILE = Path(__file__).parents[2] / "data" / "regimes.json"
ROWS = [
    row for row in json.loads(FILE.read_text(encoding="utf-8"))["rows"] if row["feature"] == "jamming_net"
]
run, succeed = command_line("regimes", "jamming")


@given(st.sampled_from(sorted(SMOOTH)), st.integers(1, 6), st.integers(0, 10**6))
def test_gradients(activation: str, width: int, seed: int) -> None:
    """Against differences, in a random direction"""
    random = np.random.default_rng(seed)
    network = HingeNetwork(random.normal(size=(9, 3)), random.choice([-1.0, 1.0], size=9), activation)
    weights, direction = random.normal(size=(2, 4 * width))
    _, gradient = network.loss(weights, width)
    step = 1e-5
    ends = [network.loss(weights + sign * step * direction, width)[0] for sign in (1, -1)]
    assert gradient @ direction == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6, abs=1e-8)


def test_the_loss_is_that_of_its_definition() -> None:
    # eq: jamming
    random = np.random.default_rng(0)
    x, y = random.normal(size=(7, 2)), random.choice([-1.0, 1.0], size=7)
    w, a = random.normal(size=(2, 3)), random.normal(size=3)
    wanted = 0.0
    for n in range(7):
        f = sum(a[j] * math.tanh(w[0, j] * x[n, 0] + w[1, j] * x[n, 1]) for j in range(3))
        wanted += max(0, 1 - y[n] * f) ** 2 / 2 / 7
    network = HingeNetwork(x, y)
    assert network.loss(np.concatenate([w.reshape(-1), a]), 3)[0] == pytest.approx(wanted, rel=1e-14)


def test_reference_rows() -> None:
    """Fractions of jammed runs at widths 8 and 14"""
    widths = [row["params"]["h"] for row in ROWS]
    found = ft.jamming(200, 10, widths, repeats=6, iterations=4000)
    for k, row in enumerate(ROWS):
        assert found.parameters[k] == row["values"]["N"]
        off = abs(found.jammed_fraction[k] - row["values"]["jammed_fraction"])
        assert off <= 4 * row["stderr"]["jammed_fraction"]
    assert sorted(widths) == [8, 14]
    wide = widths.index(14)
    assert (found.unsatisfied[wide] == 0).all()
    assert found.converged[wide].all()
    jammed = found.loss >= 1e-8
    assert (found.unsatisfied[jammed] > 0).all()


def test_seeds_decide() -> None:
    """The same numbers at every call; run r of one seed is run 0 of the seed r further"""
    first, again = (ft.jamming(30, 4, [3, 8], repeats=3, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first.loss, again.loss)
    later = ft.jamming(30, 4, [3, 8], repeats=2, seed=2)
    np.testing.assert_array_equal(first.loss[:, 1:], later.loss)


def of_fractions(jammed: list[int], runs: int = 10, widths: Any = None) -> JammingCurve:
    widths = np.array([10, 20, 40, 80] if widths is None else widths)
    loss = np.array([[1.0] * k + [0.0] * (runs - k) for k in jammed])
    fraction = np.array(jammed) / runs
    arrays = (widths, widths, fraction, fraction, (loss > 0).astype(int), loss, loss == 0)
    return JammingCurve(*arrays, None, 20, 1, "tanh", "random", 0)


def test_the_threshold() -> None:
    """Half way between fractions 0.9 and 0.1, on a scale of logarithms; pooled where they rise"""
    found = of_fractions([10, 9, 1, 0]).threshold()
    assert found.parameters == pytest.approx(math.sqrt(20 * 40))
    assert 20 < found.low < found.parameters < found.high < 40
    # 0.3 and 0.7 pool to 0.5, from 20 to 40
    assert of_fractions([10, 3, 7, 0]).threshold().parameters == pytest.approx(math.sqrt(20 * 40))
    assert of_fractions([10, 10, 9, 8]).threshold().parameters == math.inf
    assert of_fractions([2, 1, 0, 0]).threshold().parameters == 0
    few = of_fractions([2, 2, 0, 0], runs=2).threshold()
    many = of_fractions([100, 100, 0, 0], runs=100).threshold()
    assert few.high / few.low > many.high / many.low > 1
    # the order of widths says nothing
    turned = of_fractions([0, 10, 1, 9], widths=[80, 10, 40, 20]).threshold()
    assert turned.parameters == pytest.approx(found.parameters)


def test_digits() -> None:
    """The test error of networks far beyond the threshold is small, and chance at one parameter is not"""
    found = ft.jamming(100, 10, [1, 30], repeats=2, labels="digits-parity", iterations=2000)
    assert found.test_error is not None
    assert found.test_error.shape == (2, 2)
    assert (found.test_error[1] < 0.25).all()
    assert (found.jammed_fraction == [1, 0]).all()
    assert found.plot().get_lines()
    with pytest.raises(ValueError, match="^dim must be at most 61"):
        ft.jamming(100, 62, [3], labels="digits-parity")
    with pytest.raises(ValueError, match="^patterns must leave some of 1797 digits"):
        ft.jamming(1797, 10, [3], labels="digits-parity")


def test_the_cusp_at_the_threshold() -> None:
    """The test error at N* lies above those of fewer and of more parameters by more than 4 standard errors"""
    found = ft.jamming(300, 5, [2, 10, 60], repeats=16, labels="digits-parity", iterations=4000)
    assert found.test_error is not None
    below, at, above = found.test_error.mean(axis=1)
    stderr = found.test_error.std(axis=1, ddof=1) / 4
    assert at - below > 4 * np.hypot(stderr[1], stderr[0])
    assert at - above > 4 * np.hypot(stderr[1], stderr[2])
    assert found.jammed_fraction[0] == 1
    assert found.jammed_fraction[2] == 0
    assert found.parameters[0] < found.threshold().parameters < found.parameters[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": [0]}, "^widths must"),
        ({"widths": []}, "^widths must have at least one"),
        ({"widths": 3}, "^widths must be a list"),
        ({"patterns": 0}, "^patterns must"),
        ({"dim": 0}, "^dim must"),
        ({"repeats": 0}, "^repeats must"),
        ({"activation": "relu"}, "^activation must be one of 'tanh', 'erf'"),
        ({"labels": "cats"}, "^labels must be one of"),
        ({"seed": -1}, "^seed must"),
        ({"repeats": 10**9}, "would take"),
    ],
)
def test_what_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ft.jamming(**{"patterns": 10, "dim": 2, "widths": [2]} | change)


def test_the_command(tmp_path: Path) -> None:
    words = ("--patterns", "40", "--dim", "5", "--widths", "2:10:4", "--repeats", "2")
    found = json.loads(run(*words, "--json", "--out", str(tmp_path / "runs.csv")).stdout)
    assert found["widths"] == [2, 6, 10]
    assert found["threshold"]["parameters"] > 12
    assert (tmp_path / "runs.csv").read_text().count("\n") == 7
    unfinished = run(*words, "--iterations", "3")
    assert "ended before a minimum was reached: raise --iterations" in unfinished.stderr
    assert "N* = " in run(*words, columns=120).stdout
    for more, message in (
        (("--widths", "9:3"), "widths must be a:b"),
        (("--widths", "a"), "widths must be a:b"),
        (("--widths", "0"), "widths must be"),
        (("--activation", "relu"), "activation must be one of"),
    ):
        refused = run(*words, *more)
        assert refused.exit_code == 2
        assert message in refused.stderr
