"""Mazes against whole lattices and their graphs, exact probabilities, and reference rows."""

import json
import math

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import breadth_first_order

from renormalization import maze_depth_error, maze_statistics
from renormalization.real_space.percolation.maze_growth import mixed, uniform_number
from tests.real_space_rows import ROWS

P_CRITICAL = 0.59274605
MAZES = {"mazes/L33": 40000, "mazes/L129": 20000, "mazes_large/L2049": 60}


@pytest.fixture(scope="module", params=MAZES)
def row_and_mazes(request):
    row = ROWS[request.param]
    return row, maze_statistics(row["params"]["L"], row["params"]["p"], MAZES[request.param], seed=1)


def test_reference_rows(row_and_mazes):
    """P(connected), mean path, P(path > m (L//2) | connected): within four standard errors, both combined"""
    row, mazes = row_and_mazes
    values, stderr = row["values"], row["stderr"]
    pairs = [
        (mazes.connected, values["P_connected"], stderr["P_connected"]),
        (mazes.mean_path, values["mean_path"], stderr["mean_path"]),
    ]
    for times, value in values["missed"].items():
        pairs.append((mazes.missed(float(times) * (mazes.size // 2)), value, stderr["missed"][times]))
    for found, value, error in pairs:
        assert abs(found.value - value) < 4 * math.hypot(found.stderr, error)


def test_depth_error(row_and_mazes):
    """error = P(path > m | connected) P(connected)

    Equation: maze-error
    """
    row, mazes = row_and_mazes
    depth = 2 * (mazes.size // 2)
    product = mazes.missed(depth).value * mazes.connected.value
    assert mazes.error(depth).value == pytest.approx(product, rel=1e-12)
    if mazes.size == 33:
        assert maze_depth_error(33, P_CRITICAL, depth, MAZES[row["id"]], 1) == mazes.error(depth)


def drawn_whole(size, p, seed, number):
    """All sites of a maze at once: the same numbers, in the order of the rows"""
    key = np.random.SeedSequence(seed).generate_state(1, np.uint64)
    with np.errstate(over="ignore"):
        maze = mixed(key + np.uint64(0x9E3779B97F4A7C15) * np.uint64(number + 1))[0]
        numbers = [uniform_number(maze, site) for site in range(size * size)]
    sites = np.array(numbers).reshape(size, size) < p
    sites[size // 2, size // 2] = True
    return sites


def shortest_path(sites):
    """From the centre to the boundary by SciPy's search of the graph of open neighbours; -1 without"""
    size = len(sites)
    number = np.arange(size * size).reshape(size, size)
    pairs = []
    for first, second in (
        ((slice(None), slice(1, None)), (slice(None), slice(-1))),
        ((slice(1, None),), (slice(-1),)),
    ):
        both = sites[first] & sites[second]
        pairs.append(np.stack([number[first][both], number[second][both]]))
    rows, columns = np.hstack(pairs)
    graph = scipy.sparse.coo_array((np.ones(len(rows)), (rows, columns)), (size * size,) * 2).tocsr()
    centre = number[size // 2, size // 2]
    order, before = breadth_first_order(graph, centre, directed=False)
    steps = {int(centre): 0}
    for site in order[1:].tolist():
        steps[site] = steps[int(before[site])] + 1
    edge = [*number[0], *number[-1], *number[:, 0], *number[:, -1]]
    return min((steps[int(site)] for site in edge if int(site) in steps), default=-1)


@settings(max_examples=15)
@given(st.integers(1, 14), st.floats(0.3, 1), st.integers(0, 2**70))
def test_whole_lattices(size, p, seed):
    """Growth from the centre = breadth-first search of all of the lattice, maze by maze"""
    found = maze_statistics(size, p, 3, seed).paths
    expected = [shortest_path(drawn_whole(size, p, seed, number)) for number in range(3)]
    assert found.tolist() == expected


@settings(max_examples=20)
@given(st.integers(3, 40), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**64))
def test_larger_p(size, p, q, seed):
    """A maze with more open sites: connected if the other is, by a path not longer"""
    low, high = (maze_statistics(size, each, 20, seed).paths for each in sorted((p, q)))
    assert (high[low >= 0] >= 0).all()
    assert (high[low >= 0] <= low[low >= 0]).all()


def test_small_mazes():
    """L = 3: connected unless all four neighbours are closed, 1 - (1 - p)^4; L = 1, 2: at the boundary"""
    for p in (0.1, 0.4):
        found = maze_statistics(3, p, 100_000, seed=2).connected
        assert abs(found.value - (1 - (1 - p) ** 4)) < 4 * found.stderr
    for size in (1, 2):
        assert maze_statistics(size, 0.3, 5).paths.tolist() == [0] * 5


def test_open_and_closed():
    """p = 1: path L//2, for even L the shorter way L - 1 - L//2; p = 0: none, and then no mean"""
    for size in (4, 5, 8, 33):
        mazes = maze_statistics(size, 1.0, 10)
        assert mazes.mean_path == (size - 1 - size // 2, 0.0)
        assert 0 < mazes.connected.stderr < 0.1
    closed = maze_statistics(5, 0.0, 10)
    assert closed.connected.value == 0
    assert (closed.mean_path, closed.missed(3)) == (None, None)
    assert closed.error(3).value == 0


def test_threads_and_seeds():
    """Numbers do not depend on threads, nor on how many mazes follow; another seed has others"""
    one = maze_statistics(17, samples=300, seed=4).paths
    np.testing.assert_array_equal(maze_statistics(17, samples=300, seed=4, jobs=3).paths, one)
    np.testing.assert_array_equal(maze_statistics(17, samples=100, seed=4).paths, one[:100])
    assert (maze_statistics(17, samples=300, seed=5).paths != one).any()


def test_exponents():
    """P ~ L^(-5/48), path ~ L^1.1308: near at L = 64, 128, the path from above as on smaller mazes"""
    small, large = (maze_statistics(size, samples=20000) for size in (65, 129))
    found = small.exponents(large)
    assert abs(found.connected.value + 5 / 48) < 4 * found.connected.stderr
    assert abs(found.path.value - 1.1308) < 0.05
    ratio = math.log(large.mean_path.value / small.mean_path.value) / math.log(129 / 65)
    assert found.path.value == pytest.approx(ratio, rel=1e-12)
    with pytest.raises(ValueError, match="larger must have mazes larger than 129"):
        large.exponents(small)


def test_records_and_picture():
    """JSON has what the methods say; the picture P(path > m | connected) over m/L^1.1308"""
    mazes = maze_statistics(33, samples=500)
    found = json.loads(json.dumps(mazes.to_dict()))
    assert found["mean_path"]["value"] == mazes.mean_path.value
    assert [row["depth"] for row in found["depths"]] == [16, 24, 32, 48, 64]
    assert found["depths"][1]["missed"]["value"] == mazes.missed(24).value
    (axes,) = mazes.plot().axes
    x, y = axes.get_lines()[0].get_data()
    depth = round(x[20] * 33**1.1308)
    assert y[20] == mazes.missed(depth).value


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: maze_statistics(0), "size must be at least 1"),
        (lambda: maze_statistics(33, 1.2), "p must be at most 1"),
        (lambda: maze_statistics(33, -0.1), "p must be finite and at least 0"),
        (lambda: maze_statistics(33, math.nan), "p must be finite"),
        (lambda: maze_statistics(33, samples=0), "samples must be at least 1"),
        (lambda: maze_statistics(20001, samples=10**6), "size = 20001 with 1000000 samples would take"),
        (lambda: maze_statistics(33, seed=-1), "seed must be at least 0"),
        (lambda: maze_statistics(9, samples=5).missed(-1), "depth must be finite and at least 0"),
        (lambda: maze_statistics(9, 0.0, 5).plot(), "mazes must have connected ones"),
        (lambda: maze_statistics(9, 0.0, 5).exponents(maze_statistics(11, 0.0, 5)), "larger must have conn"),
    ],
)
def test_refusals(make, said):
    """Argument, value and what would be right"""
    with pytest.raises(ValueError, match=said):
        make()
