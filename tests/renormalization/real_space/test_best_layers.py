"""Best layers beside all stacks of rules, enumerated one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from renormalization import LatticeModel, Rule, best_layers

BLOCK, ENVIRONMENT = [1, 2, 3, 4], [0, 5]
GROUPS = [[(0, 1), (2, 3)], [(0, 1)]]
RULES = [Rule.deterministic(np.reshape((0, *rest), (2, 2))) for rest in product((0, 1), repeat=3)]


@pytest.mark.parametrize(("coupling", "field"), [(0.3, 0.0), (0.5, 0.2), ([0.2, 0.9, 0.4, 0.1, 0.7], 0.3)])
def test_best_layers_are_the_best_of_all(coupling, field):
    """The best of all 8 rules of each group: of the first layer by itself, and of the whole stack."""
    model = LatticeModel.ising(6, coupling, field=field)
    joint = model.joint(BLOCK, ENVIRONMENT)
    pairs = list(product(RULES, repeat=2))
    first = max(joint.layers([(GROUPS[0], pair)]).information[1] for pair in pairs)
    stacks = ([(GROUPS[0], pair), (GROUPS[1], rule)] for pair in pairs for rule in RULES)
    last = max(joint.layers(stack).information[2] for stack in stacks)
    greedy = best_layers(model, BLOCK, ENVIRONMENT, GROUPS)
    whole = best_layers(model, BLOCK, ENVIRONMENT, GROUPS, "composition")
    assert greedy.information.information[1] == pytest.approx(first, rel=1e-10)
    assert whole.information.information[2] == pytest.approx(last, rel=1e-10)
    again = joint.layers(whole.layers).information
    assert np.array_equal(again, whole.information.information)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": 3}, "model must be a LatticeModel"),
        ({"groups": []}, "groups must be of at least one layer"),
        ({"groups": [[(0, 9)]]}, r"groups\[0\] must have groups of different numbers from 0 to 3"),
        ({"objective": "best"}, "objective must be"),
        ({"values": 1}, "values must be"),
        ({"environment": [1]}, "environment must not overlap"),
    ],
)
def test_layers_that_cannot_be_sought(change, said):
    """The message names the argument."""
    right = {"model": LatticeModel.ising(6, 0.5), "block": BLOCK, "environment": ENVIRONMENT}
    with pytest.raises(ValueError, match=said):
        best_layers(**(right | {"groups": GROUPS} | change))
