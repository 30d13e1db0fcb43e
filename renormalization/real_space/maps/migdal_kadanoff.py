"""The map of Migdal and Kadanoff: move bonds together, then decimate the chains that are left."""

from __future__ import annotations

from numbers import Rational
from typing import Any

import sympy

from fieldtheory.arguments import require_number
from fieldtheory.references import KADANOFF, MIGDAL
from renormalization.real_space.maps.rg_map import RGMap

_MOST_STATES, _HIGHEST = 1e6, 20.0


def migdal_kadanoff(states: Any = 2, dim: Any = 2) -> RGMap:
    r"""Potts model of q `states`, weight exp(J delta) a bond, in `dim` dimensions; lengths shrink by b = 2.

    2^(d-1) bonds become one, B = 2^(d-1) J; two of those in a row are one,
    exp(J') = (exp(2B) + q - 1)/(2 exp(B) + q - 2). Both may be real: q -> 1 is percolation. Ising: J = 2K.
    Written in exp(-B), so that large couplings do not overflow. Exact on hierarchical lattices, an
    approximation on others.

    ValueError for q <= 0 and for dim < 1.

    Source: Migdal, Sov. Phys. JETP 42, 743 (1975); Kadanoff, Ann. Phys. 100, 359 (1976).

    Equation: migdal-kadanoff

    >>> [point] = migdal_kadanoff(states=3, dim=3).fixed_points((0.01, 1))
    >>> round(float(point.x), 8), point.exponents.round(8).tolist()
    (0.16495514, [1.02509605])
    """
    q = _exact("states", states, 0.0, _MOST_STATES, exclusive=True)
    d = _exact("dim", dim, 1.0, _HIGHEST)
    J = sympy.Symbol("J")
    bonds = 2 ** (d - 1)
    weight = sympy.exp(-bonds * J)
    numerator, denominator = 1 + (q - 1) * weight**2, 2 + (q - 2) * weight
    return RGMap(bonds * J + sympy.log(numerator / denominator), J, 2, references=(MIGDAL, KADANOFF))


def _exact(name: str, value: Any, low: float, high: float, exclusive: bool = False) -> sympy.Expr:
    """Integers and fractions as they are, other numbers as floats."""
    number = require_number(name, value, minimum=low, exclusive=exclusive)
    if number > high:
        raise ValueError(f"{name} must be at most {high:g} (got {number:g})")
    if isinstance(value, Rational | sympy.Rational):
        return sympy.Rational(int(value.numerator), int(value.denominator))
    return sympy.Integer(int(number)) if number == int(number) else sympy.Float(number)
