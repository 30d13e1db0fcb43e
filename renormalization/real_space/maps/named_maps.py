"""The maps of textbooks by name: one row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import sympy

from fieldtheory.references import KADANOFF, MIGDAL, NIEMEIJER_VAN_LEEUWEN, REYNOLDS
from renormalization.real_space.maps.rg_map import RGMap

_K, _P = sympy.symbols("K p")
_Q = 1 - _P
_PROBABILITY = (0.0, 1.0)


class NamedMap(NamedTuple):
    """How a map is made, and what it is of, in words."""

    make: Callable[[], RGMap]
    what: str


def _ising_decimation_1d() -> RGMap:
    """tanh K' = tanh^2 K, or K' = (1/2) ln cosh 2K, without overflow at large K."""
    return RGMap(_K + sympy.log((1 + sympy.exp(-4 * _K)) / 2) / 2, _K, 2)


def _ising_square_migdal_kadanoff() -> RGMap:
    """K' = (1/2) ln cosh 4K, without overflow."""
    return RGMap(2 * _K + sympy.log((1 + sympy.exp(-8 * _K)) / 2) / 2, _K, 2, references=(MIGDAL, KADANOFF))


def _triangular_first_cumulant() -> RGMap:
    """K' = 2K [(e^{3K} + e^{-K})/(e^{3K} + 3 e^{-K})]^2: twice the squared mean spin of a triangle."""
    weight, paper = sympy.exp(-4 * _K), (NIEMEIJER_VAN_LEEUWEN,)
    return RGMap(2 * _K * ((1 + weight) / (1 + 3 * weight)) ** 2, _K, sympy.sqrt(3), references=paper)


def _percolation_triangular_site() -> RGMap:
    """Majority of the three sites of a triangle."""
    return RGMap(_P**3 + 3 * _P**2 * _Q, _P, sympy.sqrt(3), _PROBABILITY, (REYNOLDS,))


def _percolation_square_bond() -> RGMap:
    """The self-dual cell of five bonds, a Wheatstone bridge."""
    polynomial = _P**5 + 5 * _P**4 * _Q + 8 * _P**3 * _Q**2 + 2 * _P**2 * _Q**3
    return RGMap(polynomial, _P, 2, _PROBABILITY, (REYNOLDS,))


def _percolation_square_site() -> RGMap:
    """2x2 sites, spanned from top to bottom."""
    return RGMap(_P**4 + 4 * _P**3 * _Q + 2 * _P**2 * _Q**2, _P, 2, _PROBABILITY, (REYNOLDS,))


NAMED_MAPS = {
    "ising_decimation_1d": NamedMap(_ising_decimation_1d, "Ising chain, every second spin summed"),
    "ising_square_migdal_kadanoff": NamedMap(
        _ising_square_migdal_kadanoff, "Ising model on the square lattice, bonds moved"
    ),
    "triangular_first_cumulant": NamedMap(
        _triangular_first_cumulant, "Ising model, majority of triangles, first cumulant"
    ),
    "percolation_triangular_site": NamedMap(
        _percolation_triangular_site, "site percolation, majority of triangles"
    ),
    "percolation_square_bond": NamedMap(_percolation_square_bond, "bond percolation, self-dual cell"),
    "percolation_square_site": NamedMap(_percolation_square_site, "site percolation, cells of 2x2"),
}
