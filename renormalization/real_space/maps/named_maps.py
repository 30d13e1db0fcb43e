"""The maps of textbooks by name, one row each: those of Ising couplings without overflow at large K."""

from __future__ import annotations

from typing import NamedTuple

import sympy

from fieldtheory.references import KADANOFF, MIGDAL, NIEMEIJER_VAN_LEEUWEN, REYNOLDS


class NamedMap(NamedTuple):
    """x' as a formula of the coupling x, the factor b, where x makes sense, papers."""

    expression: sympy.Expr
    symbol: sympy.Symbol
    scale: sympy.Expr
    interval: tuple[float, float]
    references: tuple[str, ...]


_K, _P = sympy.symbols("K p")
_Q = 1 - _P
_COUPLING, _PROBABILITY = (0.0, 10.0), (0.0, 1.0)
_WEIGHT = sympy.exp(-4 * _K)  # of a broken bond against a satisfied one, squared

NAMED_MAPS = {
    # every second spin summed: tanh K' = tanh^2 K, or K' = (1/2) ln cosh 2K
    "ising_decimation_1d": NamedMap(
        _K + sympy.log((1 + _WEIGHT) / 2) / 2, _K, sympy.Integer(2), _COUPLING, (KADANOFF,)
    ),
    # bonds moved: K' = (1/2) ln cosh 4K
    "ising_square_migdal_kadanoff": NamedMap(
        2 * _K + sympy.log((1 + _WEIGHT**2) / 2) / 2, _K, sympy.Integer(2), _COUPLING, (MIGDAL, KADANOFF)
    ),
    # majority of triangles: K' = 2K [(e^{3K} + e^{-K})/(e^{3K} + 3 e^{-K})]^2, of the mean spin squared
    "triangular_first_cumulant": NamedMap(
        2 * _K * ((1 + _WEIGHT) / (1 + 3 * _WEIGHT)) ** 2,
        _K,
        sympy.sqrt(3),
        _COUPLING,
        (NIEMEIJER_VAN_LEEUWEN,),
    ),
    # majority of the three sites of a triangle
    "percolation_triangular_site": NamedMap(
        _P**3 + 3 * _P**2 * _Q, _P, sympy.sqrt(3), _PROBABILITY, (REYNOLDS,)
    ),
    # the self-dual cell of five bonds, a bridge
    "percolation_square_bond": NamedMap(
        _P**5 + 5 * _P**4 * _Q + 8 * _P**3 * _Q**2 + 2 * _P**2 * _Q**3,
        _P,
        sympy.Integer(2),
        _PROBABILITY,
        (REYNOLDS,),
    ),
    # 2x2 sites, spanned from top to bottom
    "percolation_square_site": NamedMap(
        _P**4 + 4 * _P**3 * _Q + 2 * _P**2 * _Q**2, _P, sympy.Integer(2), _PROBABILITY, (REYNOLDS,)
    ),
}
