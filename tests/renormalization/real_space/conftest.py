"""The reference rows of exact information, and the tables that they speak of."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from renormalization import LatticeModel, infinite_chain_joint
from tests.real_space_rows import ROWS

SPINS = np.array([1.0, -1.0])
CENTRE_OF_4 = [(1, 1), (1, 2), (2, 1), (2, 2)]
RING_OF_4 = [(0, 1), (0, 2), (1, 0), (2, 0), (1, 3), (2, 3), (3, 1), (3, 2)]
CENTRE_OF_6 = [(2, 2), (2, 3), (3, 2), (3, 3)]


@lru_cache(maxsize=4)
def patch_of_six(coupling):
    """The centre 2x2 of an open 6x6 patch, and its outer ring of 20."""
    model = LatticeModel.ising((6, 6), coupling)
    outer = [(r, c) for r in range(6) for c in range(6) if r in (0, 5) or c in (0, 5)]
    return model.joint(CENTRE_OF_6, outer)


@lru_cache(maxsize=4)
def patch_of_four(kind):
    """The centre 2x2 of a 4x4 patch, and the 8 sites next to it, as in the rows."""
    if kind == "ising":
        model = LatticeModel.ising((4, 4), 0.4406867935097715, field=0.1)
    else:
        model = LatticeModel.potts((4, 4), 3, 1.005052538742381)
    return model.joint(CENTRE_OF_4, RING_OF_4)


@lru_cache(maxsize=4)
def dimers():
    """Dimers on the 6x6 square: the centre 2x2, and the 12 sites around it."""
    around = [(r, c) for r in range(1, 5) for c in range(1, 5) if (r, c) not in CENTRE_OF_6]
    return LatticeModel.dimers((6, 6)).joint(CENTRE_OF_6, around)


def chain(params):
    """A block of an infinite chain."""
    if params.get("model", "ising") == "ising":
        field = params.get("field", 0.0) / 2 * np.add.outer(SPINS, SPINS)
        matrix = np.exp(params["K"] * np.outer(SPINS, SPINS) + field)
    else:
        matrix = np.exp(params["J"] * np.eye(params["q"]))
    return infinite_chain_joint(matrix, block=params["L"], buffer=params["buffer"])


def random_bonds(params):
    """A block of an open chain with drawn bonds."""
    bonds = params["L"] + 2 * params["buffer"] + 1 + 2 * params["beyond"]
    couplings = params["mean"] + params["std"] * np.random.default_rng(params["seed"]).normal(size=bonds)
    first = params["beyond"] + params["buffer"] + 1
    block = range(first, first + params["L"])
    environment = [params["beyond"], first + params["L"] + params["buffer"]]
    return LatticeModel.ising(bonds + 1, couplings).joint(block, environment)


TABLES = {
    "rsmi_1d": chain,
    "rsmi_chain": chain,
    "rsmi_2d": lambda params: patch_of_six(params["K"]),
    "rsmi_patch44": lambda params: patch_of_four(params["model"]),
    "rsmi_random_bonds": random_bonds,
    "dimers": lambda params: dimers(),
}


@pytest.fixture
def reference():
    """values, relative and absolute tolerance of a row, by its id."""

    def row(name):
        found = ROWS[name]
        tolerance = found["tolerance"]
        return found["values"], {"rel": tolerance.get("rtol", 0.0), "abs": tolerance.get("atol", 0.0)}

    return row


@pytest.fixture
def reference_joint():
    """The joint table of a row, by its id."""
    return lambda name: TABLES[ROWS[name]["feature"]](ROWS[name]["params"])
