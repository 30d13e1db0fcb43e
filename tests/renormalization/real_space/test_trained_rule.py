"""Soft rules trained for the environment and for reconstruction, beside rules enumerated one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from renormalization import LatticeModel, Rule, best_rule, infinite_chain_joint, rsmi, train_soft_rule
from tests.renormalization.real_space.conftest import SPINS

SIGNS = np.array(list(product([1.0, -1.0], repeat=3)))


def reconstruction(chances, table):
    """sum_i I(h:v_i), from correlations: I of two balanced spins with <h s> = m."""
    found = 0.0
    for i in range(SIGNS.shape[1]):
        m = abs(float((chances * (table[:, 0] - table[:, 1])) @ SIGNS[:, i]))
        p = np.array([1 + m, 1 - m]) / 2
        found += np.log(2) + float((p * np.log(p)).sum())
    return found


@pytest.fixture(scope="module", params=[0.2, 0.5, 0.9])
def joint(request):
    """Three spins of an infinite chain and their neighbours."""
    return infinite_chain_joint(np.exp(request.param * np.outer(SPINS, SPINS)), block=3, buffer=0)


def test_trained_for_reconstruction(joint):
    """sum_i I(h:v_i), as from correlations; no decimation and no majority has more, to 1e-5."""
    chances = joint.table.sum(axis=1)
    found = train_soft_rule(joint, "reconstruction")
    assert found.reconstruction == pytest.approx(reconstruction(chances, found.rule.table), rel=1e-9)
    assert found.information == rsmi(found.rule, joint)
    others = [*(Rule.decimation(3, keep) for keep in range(3)), Rule.majority(3)]
    for rule in others:
        table = 0.999999 * rule.table + 5e-7  # correlations below 1
        assert found.reconstruction >= reconstruction(chances, table) - 1e-4


def test_trained_for_the_environment(joint):
    """I(h:E) comes within 1e-5 of the best odd rule, all of which are enumerated, and does not pass it."""
    best = best_rule(joint, family="odd", method="enumerate").information
    found = train_soft_rule(joint)
    assert best - 1e-5 < found.information <= best + 1e-14


def test_conventional_training_keeps_less(joint):
    """The rule trained to reconstruct keeps less about the environment; the other reconstructs less."""
    wanted, usual = (train_soft_rule(joint, each) for each in ("environment", "reconstruction"))
    assert usual.information < wanted.information
    assert wanted.reconstruction < usual.reconstruction
    assert "reconstruction" in str(usual)


def test_same_seed_same_rule():
    """A seed decides."""
    joint = LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])
    first, second = (train_soft_rule(joint, seed=3, restarts=2) for _ in range(2))
    assert np.array_equal(first.weights, second.weights)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"joint": 3}, "joint must be a Joint"),
        ({"joint": LatticeModel.potts(4).joint([1, 2], [0, 3])}, "joint must have a block of sites of two"),
        ({"objective": "energy"}, "objective must be"),
        ({"seed": -1}, "seed must be"),
        ({"restarts": 0}, "restarts must be"),
    ],
)
def test_training_that_is_none(change, said):
    """The message names the argument."""
    right = {"joint": LatticeModel.ising(4, 0.5).joint([1, 2], [0, 3])}
    with pytest.raises(ValueError, match=said):
        train_soft_rule(**(right | change))
