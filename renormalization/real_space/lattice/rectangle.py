"""Sites and bonds of rectangles in one, two and more dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.lattice.factors import Site, require_sites

_MOST_SITES = 4000  # beyond, the search for a path takes longer than most contractions
_LARGEST = 1e100  # coupling or field: sums of a few stay floats


class Rectangle(NamedTuple):
    """Sites in row-major order, and bonds: site after site, along the last axis first."""

    sites: tuple[Any, ...]
    bonds: tuple[tuple[Any, Any], ...]
    axes: int

    @classmethod
    def of(cls, shape: Any, boundary: Any, remove: Any) -> Rectangle:
        """`shape`: lengths, or an integer for a chain; sites of one axis are integers, of more tuples."""
        lengths = _require_shape(shape)
        periodic = require_choice("boundary", boundary, ("open", "periodic")) == "periodic"
        if periodic and min(lengths) < 3:
            raise ValueError(
                f"shape must have lengths of at least 3 with a periodic boundary, whose bonds join the ends "
                f"(got {shown(shape)})"
            )
        places = list(product(*map(range, lengths)))
        names: dict[tuple[int, ...], Site] = {p: p[0] if len(lengths) == 1 else p for p in places}
        gone = _removed(remove, {name: 1 for name in names.values()})
        bonds = []
        for place in places:
            for axis in reversed(range(len(lengths))):
                step = place[axis] + 1
                if step == lengths[axis] and not periodic:
                    continue
                other = (*place[:axis], step % lengths[axis], *place[axis + 1 :])
                if names[place] not in gone and names[other] not in gone:
                    bonds.append((names[place], names[other]))
        sites = tuple(name for name in names.values() if name not in gone)
        if not sites:
            raise ValueError(f"remove must leave at least one site (got all {len(gone)})")
        return cls(sites, tuple(bonds), len(lengths))


def require_couplings(coupling: Any, bonds: int) -> Floats:
    """One for each bond, from a number or from so many."""
    return _spread("coupling", coupling, bonds, "bond")


def require_fields(field: Any, sites: int) -> Floats:
    """One for each site, from a number or from so many."""
    return _spread("field", field, sites, "site")


def _spread(name: str, value: Any, count: int, each: str) -> Floats:
    what = f"a number, or {count}, one for each {each}"
    found = require_reals(name, value, what=what)
    if found.ndim and found.shape != (count,):
        raise ValueError(f"{name} must be {what} (got shape {found.shape})")
    if found.size and np.abs(found).max() > _LARGEST:
        raise ValueError(f"{name} must be at most {_LARGEST:g} in size (got {np.abs(found).max():g})")
    return np.broadcast_to(found, (count,))


def _require_shape(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, Iterable) and getattr(shape, "ndim", None) != 0:
        given = require_entries("shape", shape, "an integer or (rows, columns)")
    else:
        given = [shape]
    lengths = tuple(require_integer("shape", each, minimum=1) for each in given)
    if not lengths:
        raise ValueError(f"shape must be an integer or (rows, columns) (got {shown(shape)})")
    if math.prod(lengths) > _MOST_SITES:
        raise ValueError(f"shape must have at most {_MOST_SITES} sites (got {shown(shape)})")
    return lengths


def _removed(remove: Any, names: dict[Site, int]) -> set[Site]:
    of = "a lattice of this shape"
    gone = require_entries("remove", remove, f"a list of sites of {of}")
    return set(require_sites("remove", gone, names, of)) if gone else set()
