"""Pictures of rules and layers show the numbers that they are made of."""

import numpy as np
import pytest

import fieldtheory as ft
from renormalization import LatticeModel, Rule, best_rule, decimated_chain_entropies, infinite_chain_joint

SPINS = np.array([1.0, -1.0])
CHAIN = infinite_chain_joint(np.exp(0.5 * np.outer(SPINS, SPINS)), block=9, buffer=0)
THREES = [(0, 1, 2), (3, 4, 5), (6, 7, 8)]


def tiles(figure, rows, columns):
    """Of each group of the picture, its label and the states, as tuples, in the order in which they stand."""
    (axes,) = figure.axes
    labels = [text.get_text() for text in axes.texts if text.get_ha() == "right"]
    found = []
    for label, mesh in zip(labels, axes.collections, strict=True):
        cells = mesh.get_array()
        states = [
            tuple(cells[r : r + rows, c : c + columns].astype(int).ravel().tolist())
            for r in range(0, cells.shape[0] - rows, rows + 1)
            for c in range(0, cells.shape[1], columns + 1)
            if not np.ma.getmaskarray(cells)[r, c]
        ]
        found.append((label, states))
    return found


def test_states_by_their_value():
    """A group for each value: of decimation the states with this spin; as many cells as sites"""
    first, second = tiles(ft.plot.rule_states(Rule.decimation(4, keep=2)), 2, 2)
    assert (first[0], second[0]) == ("$h = 0$", "$h = 1$")
    assert len(first[1]) == len(second[1]) == 8
    assert {state[2] for state in first[1]} == {0}
    assert {state[2] for state in second[1]} == {1}
    row = tiles(ft.plot.rule_states(Rule.decimation(4), (1, 4)), 1, 4)
    assert [len(states) for _, states in row] == [8, 8]
    joint = LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])
    best = best_rule(joint)
    groups = tiles(best.plot(), 1, 2)
    for value, (_, states) in enumerate(groups):
        assert all(best.rule.table[2 * a + b, value] == 1 for a, b in states)
    assert sum(len(states) for _, states in groups) == 4


def test_drawn_values_and_many_states():
    """States whose value is drawn stand apart, with P(h = 0) below; states that do not occur are left out"""
    figure = ft.plot.rule_states(Rule.majority(2))
    groups = tiles(figure, 1, 2)
    assert [states for _, states in groups] == [[(0, 0)], [(1, 1)], [(0, 1), (1, 0)]]
    assert [text.get_text() for text in figure.axes[0].texts if text.get_ha() == "center"] == ["0.5", "0.5"]
    few = tiles(ft.plot.rule_states(Rule.plurality(2, 9), occurring=[0, 10, 20]), 1, 2)
    assert [states for _, states in few] == [[(0, 0)], [(1, 1)], [(2, 2)]]
    with pytest.raises(ValueError, match="rule must have at most 1024 states to draw"):
        ft.plot.rule_states(Rule.majority(11))
    with pytest.raises(ValueError, match=r"shape must be \(rows, columns\) of 4 sites"):
        ft.plot.rule_states(Rule.majority(4), (3, 2))


def test_layers_over_their_entropy(tmp_path):
    """A line for each quantity and stack over l; I(T_l:E) over H(T_l), each point with its number"""
    edge, majority = (
        CHAIN.layers([(THREES, rule), ([(0, 1, 2)], rule)]) for rule in (Rule.decimation(3), Rule.majority(3))
    )
    figure = edge.plot(majority=majority)
    over, plane = figure.axes
    lines = over.get_lines()
    assert len(lines) == 8
    quantities = ("entropy", "information", "given_environment", "conditional_entropy")
    for line, (stack, name) in zip(
        lines, [(s, n) for s in (edge, majority) for n in quantities], strict=True
    ):
        np.testing.assert_array_equal(line.get_ydata(), getattr(stack, name))
    for line, stack in zip(plane.get_lines(), (edge, majority), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), stack.entropy)
        np.testing.assert_array_equal(line.get_ydata(), stack.information)
    assert [text.get_text() for text in plane.texts] == ["0", "1", "2"] * 2
    assert [text.get_text() for text in plane.get_legend().get_texts()] == ["this", "majority"]
    ft.plot.save_figure(figure, tmp_path / "layers.png")
    (alone,) = decimated_chain_entropies(1.0, 3).plot().axes  # without environment
    assert len(alone.get_lines()) == 2
    with pytest.raises(ValueError, match="stacks must hold at least one"):
        ft.plot.layer_information({})
