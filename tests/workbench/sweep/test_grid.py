"""Grids of sweeps: their parts, and what is refused before any work."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.sweep.grid import AXES, Grid

TARGET = ft.Target({1: 0.5, 2: 0.5})
FIXED: dict[str, Any] = {"target": TARGET, "dim": 10, "hidden_layers": 1, "n": 20}
VALUES: dict[str, Any] = {
    "kernel": ["ntk", "nngp"],
    "activation": ["relu", "erf", "tanh"],
    "hidden_layers": list(range(1, 8)),
    "weight_variance": np.linspace(1, 2, 400),
    "bias_variance": np.linspace(0, 1, 300),
    "input_scale": [0.5, 1.0],
    "dim": [5, 10, 20],
    "target": {"linear": ft.Target({1: 1.0}), "both": TARGET},
    "theory": ["auto", "self-consistent"],
    "label_noise": [0.0, 0.1],
    "ridge": np.geomspace(0.01, 1, 9),
    "n": [10, 20, 50],
}


def grid_of(names: list[str]) -> Grid:
    rest = {name: FIXED.get(name) for name in AXES if name not in names}
    return Grid.checked({name: VALUES[name] for name in names}, rest, None, "fixed", True, None)


@given(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5, unique=True))
def test_parts_cover_the_grid_once(names: list[str]) -> None:
    grid = grid_of(names)
    parts = grid.parts()
    assert grid.dims == tuple(names)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert sum(part.points for part in parts) == grid.points == math.prod(grid.shape)
    if grid.points < 10**6:
        seen = np.zeros(grid.shape, dtype=int)
        for part in parts:
            seen[part.slices] += 1
        assert (seen == 1).all()
    shape = grid.part_shape()
    assert all(part.points <= math.prod(shape) <= 1 << 21 for part in parts)
    # a part is of one kernel on one sphere, whose spectra all its curves share
    for name, size in zip(names, shape, strict=True):
        assert size == 1 if name in ("kernel", "dim") else 1 <= size <= len(VALUES[name])


@pytest.mark.parametrize(
    ("axes", "fixed", "message"),
    [
        ({}, {}, "^axes must map names to their values"),
        ([("ridge", [0.1])], {}, "^axes must map names to their values"),
        ({"ridge": []}, {}, "^ridge must have at least one value"),
        ({"ridge": 0.1}, {}, "^ridge must be a list of values"),
        ({"kernel": "ntk"}, {}, "^kernel must be a list of values"),
        ({"ridge": np.ones((2, 2))}, {}, "^ridge must be a list of values"),
        ({"ridge": [0.1, 0.1]}, {}, r"^ridge must have each value once \(got 0.1"),
        ({"ridge": [0.1, math.nan]}, {}, "^ridge must .*nan"),
        ({"bias_variance": [0.0, math.nan]}, {}, "^bias_variance must .*nan"),
        ({"ridge": [-1.0]}, {}, "^ridge must"),
        ({"n": [0, 10]}, {"n": None}, "^n must"),
        ({"n": [10, math.nan]}, {"n": None}, "^n must"),
        ({"dim": [2.5]}, {"dim": None}, "^dim must"),
        ({"hidden_layers": [-1]}, {"hidden_layers": None}, "^hidden_layers must"),
        ({"weight_variance": [[1.0, 2.0]]}, {}, "^weight_variance must be a number where it is an axis"),
        ({"activation": ["rellu"]}, {}, "did you mean 'relu'"),
        ({"theory": ["auto", "best"]}, {}, "^theory must be one of"),
        ({"rigde": [0.1]}, {}, "^axes: 'rigde' is none of .*; did you mean 'ridge'"),
        ({3: [0.1]}, {}, "^axes: 3 is none of"),
        ({"ridge": [0.1]}, {"ridge": 0.2}, "^ridge must be an axis or fixed, and is both"),
        ({"target": [TARGET]}, {"target": None}, "^target must map names to targets"),
        ({"target": {"a": 1.0}}, {"target": None}, "^target 'a' must be a Target"),
        ({"ridge": [0.1]}, {"n": [10, 20]}, "^n must be a number where it is fixed; give several as an axis"),
        ({"ridge": [0.1]}, {"n": None}, "^n must be given, as an axis or fixed"),
        ({"ridge": [0.1]}, {"target": None}, "^target must be given"),
        ({"ridge": [0.1]}, {"hidden_layers": None}, "^hidden_layers must be given"),
        ({"ridge": [0.1]}, {"dim": None}, "^dim must be given"),
        ({"ridge": [0.1]}, {"target": ft.Target({500: 1.0})}, "raise max_degree to 500"),
        ({"ridge": [0.1]}, {"ensemble": "all"}, "^ensemble must be one of"),
        ({"ridge": [0.1]}, {"order": 1}, '^order must be None for theory="auto"'),
        (
            {"ridge": np.geomspace(1e-3, 1, 10**5), "bias_variance": np.linspace(0, 1, 10**5)},
            {},
            r"^axes must make at most 1e9 points \(got 1e\+10, .* of memory\)",
        ),
        ({"ridge": [0.1]}, {"resume": True}, "^resume must be False without a store"),
        ({"ridge": [0.1]}, {"progress": "yes"}, "^progress must be True, False or None"),
        ({"ridge": [0.1]}, {"executor": 4}, "^executor must be a concurrent.futures.Executor"),
    ],
)
def test_what_is_refused(axes: Any, fixed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ft.sweep(axes, **FIXED | fixed)


def test_the_remedy_for_a_high_degree_works() -> None:
    found = ft.sweep({"ridge": [0.1]}, **FIXED | {"target": ft.Target({500: 1.0}), "max_degree": 500})
    assert found["error"].shape == (1,)


def test_a_large_sweep_is_refused_by_its_time() -> None:
    axes = {"bias_variance": np.linspace(0, 1, 10**4), "ridge": np.geomspace(1e-3, 1, 10**4)}
    with (
        pytest.raises(ValueError, match="100000000 points with max_degree = .* would take .*max_time"),
        ft.budget(max_time=10),
    ):
        ft.sweep(axes, **FIXED)
