"""Pictures of layers and of rules."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba

import fieldtheory as ft
from renormalization import LatticeModel, Rule, best_rule, decimated_chain_entropies

SPINS = LatticeModel.ising(6, 0.5, field=0.2).joint([1, 2, 3, 4], [0, 5])
PAIRS = [([(0, 1), (2, 3)], Rule.decimation(2)), ([(0, 1)], Rule.decimation(2))]


def lines(axes):
    return [line for line in axes.lines if len(line.get_xdata())]


def test_layers_are_drawn_as_they_are():
    """H(T), H(X|T), H(T|E) over l, and I(T:E) over H(T)."""
    found = SPINS.layers(PAIRS)
    left, right = found.plot().axes
    drawn = [line.get_ydata() for line in lines(left)]
    assert np.array_equal(drawn, [found.entropy, found.conditional_entropy, found.given_environment])
    assert np.array_equal(right.lines[0].get_xydata().T, [found.entropy, found.information])


def test_several_layers_by_name():
    """A colour for each name, the entropies told apart by black lines of the legend; no plane without E."""
    several = {"some": SPINS.layers(PAIRS), "fewer": SPINS.layers(PAIRS[:1])}
    left, right = ft.plot.layer_information(several).axes
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["some", "fewer"]
    assert len(left.get_legend().get_texts()) == 3
    (only,) = ft.plot.layer_information({"K = 1": decimated_chain_entropies(1.0, 3)}).axes
    assert len(lines(only)) == 2


@pytest.mark.parametrize("layers", [{}, 3, {"a": 3}])
def test_layers_that_cannot_be_drawn(layers):
    """The message names the argument."""
    with pytest.raises(ValueError, match="layers must be"):
        ft.plot.layer_information(layers)


def test_a_rule_is_drawn_by_its_values():
    """16 states of 4 sites in two rows; those of h = +1 stand above those of h = -1."""
    best = best_rule(SPINS)
    (axes,) = best.plot().axes
    (patches,) = axes.collections
    corners = np.array([path.vertices[:4].mean(axis=0) for path in patches.get_paths()]).reshape(16, 4, 2)
    assert np.allclose(np.ptp(corners, axis=1), 1)  # two by two
    values = best.rule.table.argmax(axis=1)
    heights = corners[:, :, 1].mean(axis=1)  # drawn in the order of the values, then of the states
    count = int((values == 0).sum())
    assert 0 < count < 16
    assert heights[:count].min() > heights[count:].max()
    black = (patches.get_facecolors() == to_rgba("0.15")).all(axis=1).reshape(16, 4)
    order = np.argsort(values, kind="stable")
    assert np.array_equal(black, np.indices((2, 2, 2, 2)).reshape(4, 16).T[order] == 0)


def test_chances_are_bars():
    """Under a state the bar of each value is P(h|v) of the block's width."""
    rule = Rule.soft([0.5, 0.3])
    (axes,) = ft.plot.rule_states(rule, columns=1).axes
    (patches,) = axes.collections
    widths = [np.ptp(path.vertices[:, 0]) for path in patches.get_paths()]
    order = np.argsort(rule.table.argmax(axis=1), kind="stable")
    assert np.reshape(widths, (4, 4))[:, 2:] == pytest.approx(rule.table[order])


def test_states_that_occur():
    """Of 9 states of two Potts sites those named are drawn, two sites each."""
    (axes,) = ft.plot.rule_states(Rule.plurality(2, 3), occurring=[0, 4, 8]).axes
    (patches,) = axes.collections
    bars = [path for path in patches.get_paths() if np.ptp(path.vertices[:, 1]) < 0.5]
    assert len(patches.get_paths()) - len(bars) == 3 * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": 3}, "rule must be a Rule"),
        ({"columns": 5}, "columns must be"),
        ({"rule": Rule.decimation(9)}, "rule must have at most 256 block states"),
    ],
)
def test_rules_that_cannot_be_drawn(change, said):
    """The message names the argument."""
    with pytest.raises(ValueError, match=said):
        ft.plot.rule_states(**({"rule": Rule.majority(4)} | change))
