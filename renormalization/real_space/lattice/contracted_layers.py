"""What layers keep, with rules as factors of one more contraction each: P(X, E) is never built.

I(T:E) = I(T:dE), dE the sites of the environment with a factor that reaches out of it (Markov property).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.shown_value import shown
from renormalization.real_space.lattice.contraction import summed
from renormalization.real_space.lattice.entropies import entropy
from renormalization.real_space.lattice.factors import Factor, Site
from renormalization.real_space.lattice.joint import Joint, coarse_joint, joint_of_table, layers_of_joint
from renormalization.real_space.lattice.layer import Layer
from renormalization.real_space.lattice.layer_information import LayerInformation

LARGE = 2**22  # entries of a table of X and E, above which it is gone round


@dataclass(frozen=True)
class _Variable:
    """A variable of a layer, which stands for a site."""

    place: int


def contracted_layers(
    factors: Sequence[Factor],
    states: Mapping[Site, int],
    block: tuple[Site, ...],
    environment: tuple[Site, ...],
    layers: Sequence[Layer],
) -> LayerInformation:
    """Of a model without forbidden states."""
    weights, scale = _weights(factors, states, block)
    found = layers_of_joint(_alone(weights, block, states), layers)
    edge = edge_of(factors, environment)
    size = weights.size * math.prod(states[site] for site in edge)
    joint: Joint | None = None
    if size > LARGE and set(states) == {*block, *environment}:
        informations = [_whole_information(factors, states, weights, scale, block, environment)]
    else:
        joint = _joint(factors, states, block, edge)
        informations = [joint.information]
    for layer in layers:
        joint = (
            contracted_joint(factors, states, block, edge, layer)
            if joint is None
            else coarse_joint(joint, layer)
        )
        informations.append(joint.information)
    return LayerInformation(found.entropy, np.array(informations), found.conditional_entropy)


def contracted_joint(
    factors: Sequence[Factor],
    states: Mapping[Site, int],
    block: tuple[Site, ...],
    edge: tuple[Site, ...],
    layer: Layer,
) -> Joint:
    """P(T_1, e) of a layer over the block, its rules as factors."""
    factors, states = list(factors), dict(states)
    variables = tuple(_Variable(place) for place in range(len(layer.groups)))
    for variable, group, rule in zip(variables, layer.groups, layer.rules, strict=True):
        sites = [*(block[place] for place in group), variable]
        factors.append(Factor.of(sites, rule.table.reshape(*rule.states, rule.values)))
        states[variable] = rule.values
    return _joint(factors, states, variables, edge)


def _alone(weights: Floats, block: tuple[Site, ...], states: Mapping[Site, int]) -> Joint:
    """P(X) beside an environment of one state."""
    return joint_of_table(weights.reshape(-1, 1), block, (), tuple(states[site] for site in block), (1,))


def _weights(
    factors: Sequence[Factor], states: Mapping[Site, int], kept: Sequence[Site], smaller: str = "block"
) -> tuple[Floats, float]:
    size = math.prod(states[site] for site in kept)
    return summed(factors, states, kept, f"a table of {shown(size)} states", smaller)


def _joint(
    factors: Sequence[Factor], states: Mapping[Site, int], block: tuple[Site, ...], edge: tuple[Site, ...]
) -> Joint:
    table, _ = _weights(factors, states, (*block, *edge), "environment")
    shapes = tuple(states[site] for site in block), tuple(states[site] for site in edge)
    return joint_of_table(table.reshape(math.prod(shapes[0]), -1), block, edge, *shapes)


def edge_of(factors: Sequence[Factor], environment: tuple[Site, ...]) -> tuple[Site, ...]:
    """The sites of the environment with a factor that reaches out of it; the first one if there are none."""
    within = set(environment)
    reached = set().union(*(factor.sites for factor in factors if not within.issuperset(factor.sites)))
    return tuple(site for site in environment if site in reached) or environment[:1]


def _whole_information(
    factors: Sequence[Factor],
    states: Mapping[Site, int],
    of_block: Floats,
    scale: float,
    block: tuple[Site, ...],
    environment: tuple[Site, ...],
) -> float:
    """I(X:E) = H(X) + H(E) - H(X, E) where these are all sites: H(X, E) = ln Z - sum of <ln f>."""
    of_environment, _ = _weights(factors, states, environment, "environment")
    tables = [
        (sites, table / table.sum()) for sites, table in ((block, of_block), (environment, of_environment))
    ]
    whole = math.log(float(of_block.sum())) + scale
    for factor in factors:
        known = [(sites, table) for sites, table in tables if set(factor.sites) <= set(sites)]
        if known:
            sites, table = known[0]
            others = tuple(k for k, site in enumerate(sites) if site not in factor.sites)
            kept = [site for site in sites if site in factor.sites]
            chances = np.transpose(table.sum(axis=others), [kept.index(site) for site in factor.sites])
        else:
            table, _ = _weights(factors, states, factor.sites)
            chances = table / table.sum()
        whole -= factor.log_scale + float((chances * np.log(factor.table)).sum())
    return sum(entropy(table.ravel()) for _, table in tables) - whole
