"""Canonical order and automorphism group of coloured directed multigraphs, against all permutations."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagrams.matrices.canonical import canonical_order


def canonical(codes: np.ndarray, colours: np.ndarray) -> tuple[bytes, bytes, int]:
    """Codes and colours in canonical order, and the order of the group."""
    n = len(colours)
    order = np.full(n, -1, dtype=np.int64)
    group = canonical_order(codes.copy(), colours.copy(), n, order)
    assert sorted(order) == list(range(n))
    return codes[np.ix_(order, order)].tobytes(), colours[order].tobytes(), group


def brute(codes: np.ndarray, colours: np.ndarray) -> int:
    """Permutations that leave all codes and colours as they are."""
    return sum(
        (colours[p] == colours).all() and (codes[np.ix_(p, p)] == codes).all()
        for p in map(list, permutations(range(len(colours))))
    )


@st.composite
def graphs(draw, most=6):
    """Few codes and colours, so that symmetric graphs are common."""
    n = draw(st.integers(1, most))
    top = draw(st.integers(0, 2))
    codes = np.array(draw(st.lists(st.integers(0, top), min_size=n * n, max_size=n * n))).reshape(n, n)
    if draw(st.booleans()):
        codes = codes + codes.T
    if draw(st.booleans()):
        np.fill_diagonal(codes, 0)
    if draw(st.booleans()):  # two copies of one half
        half = n // 2
        codes[half : 2 * half, half : 2 * half] = codes[:half, :half]
        codes[:half, half : 2 * half] = codes[half : 2 * half, :half] = 0
    colours = np.array(draw(st.lists(st.integers(-1, draw(st.integers(-1, 1))), min_size=n, max_size=n)))
    return codes.astype(np.int64), colours.astype(np.int64)


@settings(max_examples=300, derandomize=True)
@given(graphs(), st.randoms(use_true_random=False))
def test_relabelling_changes_nothing(graph, random):
    codes, colours = graph
    p = list(range(len(colours)))
    random.shuffle(p)
    assert canonical(codes, colours) == canonical(codes[np.ix_(p, p)].copy(), colours[p].copy())


@settings(max_examples=100, derandomize=True)
@given(graphs())
def test_order_of_the_group(graph):
    codes, colours = graph
    assert canonical(codes, colours)[2] == brute(codes, colours)


@settings(max_examples=100, derandomize=True)
@given(graphs(5), graphs(5))
def test_equal_forms_mean_isomorphic(one, two):
    """Also of a graph and itself with one code changed, where a mistake would hide."""
    codes, colours = one
    changed = codes.copy()
    changed[0, -1] += 1
    for other_codes, other_colours in (two, (changed, colours)):
        if len(other_colours) != len(colours):
            continue
        isomorphic = any(
            (colours[p] == other_colours).all() and (codes[np.ix_(p, p)] == other_codes).all()
            for p in map(list, permutations(range(len(colours))))
        )
        same = canonical(codes, colours)[:2] == canonical(other_codes, other_colours)[:2]
        assert same == isomorphic


def test_colours_ascend_in_canonical_order():
    codes = np.zeros((5, 5), dtype=np.int64)
    colours = np.array([3, -7, 1 << 50, -7, 0])
    _, ordered, group = canonical(codes, colours)
    assert np.frombuffer(ordered, dtype=np.int64).tolist() == sorted(colours)
    assert group == 2


def circulant(n: int, steps: tuple[int, ...]) -> np.ndarray:
    codes = np.zeros((n, n), dtype=np.int64)
    for i in range(n):
        for s in steps:
            codes[i, (i + s) % n] = 1
    return codes


PETERSEN = np.zeros((10, 10), dtype=np.int64)
for _i in range(5):
    for _a, _b in ((_i, (_i + 1) % 5), (5 + _i, 5 + (_i + 2) % 5), (_i, 5 + _i)):
        PETERSEN[_a, _b] = PETERSEN[_b, _a] = 1


@pytest.mark.parametrize(
    ("codes", "group"),
    [
        (np.zeros((7, 7), dtype=np.int64), factorial(7)),
        (circulant(9, (1,)), 9),
        (circulant(9, (1, 8)), 18),
        (1 - np.eye(6, dtype=np.int64), factorial(6)),
        (np.kron(np.eye(3, dtype=np.int64), 1 - np.eye(3, dtype=np.int64)), 6**3 * 6),
        (np.array([[i ^ j in (1, 2, 4) for i in range(8)] for j in range(8)]).astype(np.int64), 48),
        (PETERSEN, 120),
    ],
    ids=["empty", "directed-cycle", "cycle", "complete", "three-triangles", "cube", "petersen"],
)
def test_known_groups(codes, group):
    rng = np.random.default_rng(0)
    colours = np.zeros(len(codes), dtype=np.int64)
    first = canonical(codes, colours)
    assert first[2] == group
    for _ in range(5):
        p = rng.permutation(len(codes))
        assert canonical(codes[np.ix_(p, p)].copy(), colours) == first


def test_matrix_larger_than_the_graph():
    """Only the first n rows and columns count."""
    codes = np.full((6, 6), 9, dtype=np.int64)
    codes[:3, :3] = circulant(3, (1,))
    order = np.empty(3, dtype=np.int64)
    assert canonical_order(codes, np.zeros(3, dtype=np.int64), 3, order) == 3
