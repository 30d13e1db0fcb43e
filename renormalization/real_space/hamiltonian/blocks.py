"""Blocks of a lattice model under one rule, and which of them are neighbours."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from fieldtheory.shown_value import shown
from renormalization.real_space.entries import require_entries
from renormalization.real_space.lattice.factors import Site, require_sites
from renormalization.real_space.lattice.lattice_model import LatticeModel
from renormalization.real_space.rules import Rule


def require_blocks(rule: Any, model: Any, blocks: Any) -> tuple[tuple[Site, ...], ...]:
    """The sites of each block, in the order of the rule; ValueError where they overlap or do not fit."""
    if not isinstance(rule, Rule):
        raise ValueError(f"rule must be a Rule, such as Rule.majority(2) (got {shown(rule)})")
    if not isinstance(model, LatticeModel):
        raise ValueError(f"model must be a LatticeModel (got {shown(model)})")
    found: list[tuple[Site, ...]] = []
    seen: set[Site] = set()
    for number, each in enumerate(require_entries("blocks", blocks, "a list of lists of sites")):
        name = f"blocks[{number}]"
        sites = require_sites(name, each, model.states)
        common = [site for site in sites if site in seen]
        if common:
            raise ValueError(f"{name} must not overlap with the others (got {shown(common[0])} again)")
        states = tuple(model.states[site] for site in sites)
        if states != rule.states:
            raise ValueError(
                f"{name} must have sites with the states of the rule, {rule.states} (got {states})"
            )
        seen.update(sites)
        found.append(sites)
    if not found:
        raise ValueError("blocks must hold at least one list of sites (got none)")
    return tuple(found)


def neighbours(model: LatticeModel, blocks: tuple[tuple[Site, ...], ...]) -> frozenset[tuple[int, int]]:
    """Pairs of blocks that a factor joins, or a set of sites outside of blocks that factors join."""
    home: dict[Site, int] = {site: k for k, sites in enumerate(blocks) for site in sites}
    touched: dict[Site, set[int]] = {site: set() for site in model.states if site not in home}
    group: dict[Site, set[Site]] = {site: {site} for site in touched}
    pairs: set[tuple[int, int]] = set()
    for factor in model.factors:
        at = sorted({home[site] for site in factor.sites if site in home})
        outside = [site for site in factor.sites if site not in home]
        pairs.update(combinations(at, 2))
        if not outside:
            continue
        joined = set().union(*(group[site] for site in outside))
        reached = set(at).union(*(touched[site] for site in outside))
        for site in joined:
            group[site], touched[site] = joined, reached
    for reached in touched.values():
        pairs.update(combinations(sorted(reached), 2))
    return frozenset(pairs)
