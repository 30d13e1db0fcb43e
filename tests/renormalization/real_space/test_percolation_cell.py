"""Cells of percolation against configurations one by one, drawn ones, and the map of the literature."""

import numpy as np
import pytest
import scipy.ndimage
import sympy

from renormalization import RGMap, percolation_cell
from tests.real_space_rows import ROWS

CELL = ROWS["percolation_cells/site_b3"]


def spanned(sites):
    """Whether a cluster of occupied sites has sites in the first and in the last row"""
    labels = scipy.ndimage.label(sites)[0]
    return bool(set(labels[0]) & set(labels[-1]) - {0})


def test_reference_row(reference):
    """b = 3: counts, p*, dR/dp there, nu = ln 3/ln(dR/dp)"""
    values, tolerance = reference(CELL["id"])
    cell = percolation_cell(CELL["params"]["b"])
    (point,) = cell.map.fixed_points((0.1, 0.9))
    assert list(cell.counts) == values["counts"]
    found = {"fixed_point": float(point.x), "eigenvalue": point.eigenvalues[0], "nu": point.nu}
    assert found == pytest.approx({name: values[name] for name in found}, **tolerance)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_enumeration(size):
    """counts[k]: of all 2^(b*b) configurations, those with k occupied sites that are spanned

    Equation: percolation-cell
    """
    counts = np.zeros(size * size + 1, dtype=int)
    for number in range(2 ** (size * size)):
        sites = np.array([number >> k & 1 for k in range(size * size)])
        counts[sites.sum()] += spanned(sites.reshape(size, size))
    assert percolation_cell(size).counts == tuple(counts)


def test_drawn_cells():
    """R_7(p) at p = 0.6: the fraction of drawn cells that are spanned, within four standard errors"""
    drawn = np.random.default_rng(3).random((20000, 7, 7)) < 0.6
    fraction = np.mean([spanned(sites) for sites in drawn])
    expected = percolation_cell(7).map(0.6)
    assert abs(fraction - expected) < 4 * (expected * (1 - expected) / len(drawn)) ** 0.5


def test_few_sites():
    """counts[b] = b straight columns, counts[b^2 - m] all of the configurations with m < b empty sites"""
    for size in (5, 6):
        counts = percolation_cell(size).counts
        assert counts[:size] == (0,) * size
        assert counts[size] == size
        full = [sympy.binomial(size * size, few) for few in range(size)]
        assert list(counts[: -size - 1 : -1]) == full
        # b empty sites part the rows: connected by corners too, from one side to the other
        assert counts[-size - 1] < sympy.binomial(size * size, size)


def test_map():
    """b = 2: the map p' = p^4 + 4 p^3 q + 2 p^2 q^2 of the literature; R(0) = 0, R(1) = 1, nu falls with b"""
    named = RGMap.named("percolation_square_site")
    assert sympy.expand(percolation_cell(2).map.expressions[0] - named.expressions[0]) == 0
    exponents = []
    for size in range(2, 6):
        cell = percolation_cell(size)
        assert [cell.map(0.0), cell.map(1.0)] == [0.0, 1.0]
        (point,) = cell.map.fixed_points((0.1, 0.9))
        exponents.append(point.nu)
    assert exponents == sorted(exponents, reverse=True)
    assert exponents[-1] > 4 / 3


def test_records():
    """to_dict: size and counts, integers"""
    assert percolation_cell(2).to_dict() == {"size": 2, "counts": [0, 0, 2, 4, 1]}


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (1, "size must be at least 2"),
        (2.5, "size must be an integer"),
        (101, "size must be at most 100"),
        (30, "size = 30 would take"),
    ],
)
def test_refusals(size, said):
    """Argument, value and what would be right"""
    with pytest.raises(ValueError, match=said):
        percolation_cell(size)
