"""Factors of a lattice model: non-negative functions of a few sites, scaled so that products are floats."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_arguments import require_reals
from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries

Site = Hashable  # an integer on a chain, (row, column) on a square


class Factor(NamedTuple):
    """exp(log_scale) table[states of the sites], one axis a site; the largest entry of the table is 1."""

    sites: tuple[Site, ...]
    table: Floats
    log_scale: float

    @classmethod
    def of(cls, sites: Sequence[Site], table: Floats) -> Factor:
        """From non-negative entries that are not all 0."""
        largest = float(table.max())
        return cls(tuple(sites), table / largest, float(np.log(largest)))

    @classmethod
    def exponential(cls, sites: Sequence[Site], exponent: Floats) -> Factor:
        """exp(exponent), however large its entries."""
        largest = float(exponent.max())
        return cls(tuple(sites), np.exp(exponent - largest), largest)


def require_factor(number: int, value: Any, states: Mapping[Site, int]) -> Factor:
    """Entry `number` of a list of factors, (sites, array); ValueError for what is none."""
    name = f"factors[{number}]"
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError(f"{name} must be a pair (sites, array) (got {shown(value)})")
    sites, table = require_sites(name, value[0], states), require_reals(name, value[1])
    shape = tuple(states[site] for site in sites)
    if table.shape != shape:
        raise ValueError(
            f"{name} must have an axis for each of its sites, as long as its number of states, {shape} "
            f"(got shape {table.shape})"
        )
    if (table < 0).any():
        raise ValueError(f"{name} must be non-negative (got {table.min():g})")
    if not (table > 0).any():
        raise ValueError(f"{name} must have a positive entry (got zeros only)")
    return Factor.of(sites, table)


def require_sites(
    name: str, value: Any, states: Mapping[Site, int], of: str = "the model"
) -> tuple[Site, ...]:
    """Different sites of a model, at least one; ValueError otherwise."""
    entries = require_entries(name, value, f"a list of sites of {of}")
    sites = tuple(require_site(name, site, states, of) for site in entries)
    if not sites:
        raise ValueError(f"{name} must name at least one site (got none)")
    if len(set(sites)) < len(sites):
        twice = next(site for k, site in enumerate(sites) if site in sites[:k])
        raise ValueError(f"{name} must name each site once (got {shown(twice)} twice)")
    return sites


def require_parts(
    block: Any, environment: Any, states: Mapping[Site, int]
) -> tuple[tuple[Site, ...], tuple[Site, ...]]:
    """Two sets of sites of a model without a common one; ValueError otherwise."""
    v, e = require_sites("block", block, states), require_sites("environment", environment, states)
    common = [site for site in e if site in v]
    if common:
        raise ValueError(f"environment must not overlap with block (got {shown(common[0])} in both)")
    return v, e


def require_site(name: str, value: Any, states: Mapping[Site, int], of: str = "the model") -> Site:
    """A site of a model; ValueError otherwise."""
    site = tuple(value) if isinstance(value, list) else value
    try:
        known = site in states
    except TypeError:
        known = False
    if not known or isinstance(site, bool | float):
        few = ", ".join(map(str, list(states)[:3]))
        more = ", ..." if len(states) > 3 else ""
        raise ValueError(f"{name} must be of the sites of {of}, {few}{more} (got {shown(value)})")
    return site
