"""Means over one feature of what lines meet there: known exactly where possible, else from nodes."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.random_features.nodes import FeatureNodes


class Legs(NamedTuple):
    """Lines that meet at a feature: `starts` and `ends` after so many single visits, `loops`; one `coupling`.

    A coupling leads to another feature and leaves phi V open, an axis (P,) of the mean.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    loops: tuple[int, ...]
    coupling: bool = False


def moment(nodes: FeatureNodes, legs: Legs) -> Any:
    """The mean of the product of the legs, (T,) if a line starts there, and (P,) with a coupling.

    Legs in pairs, A and B, have known means a and b; loops L vary little about the product c of theirs. Nodes
    are only asked for the rest, A (B L - b c), and for B where its fluctuation counts: without bias,
    <A B L> = <A (B L - b c)> + a c (2 b - <B>).
    """
    line, weights = nodes.line, nodes.weights
    c = prod(line.loop(m) for m in legs.loops)
    loops = prod((nodes.loop(m) for m in legs.loops), start=weights)
    starts, ends = legs.starts, legs.ends
    if not starts and not ends:
        return c + _loops_together(nodes, legs.loops)
    if len(starts) + len(ends) + legs.coupling == 2:
        known = c * _pair_mean(nodes, legs)
        return known + _mean(nodes, legs, loops - c * weights) if legs.loops else known
    if len(starts) == 1:  # with the coupling, beside two ends
        first, second = Legs(starts, (), (), True), Legs((), ends, ())
    else:
        first, second = Legs(starts, (), ()), Legs((), ends, (), legs.coupling)
    a, b = _pair_mean(nodes, first), _pair_mean(nodes, second)
    found = _mean(nodes, legs, loops) - c * _times(_mean(nodes, first, weights), b)
    return found + c * _times(a, 2 * b - _mean(nodes, second, weights))


def _loops_together(nodes: FeatureNodes, loops: tuple[int, ...]) -> float:
    """The mean product of fluctuations of up to two loops, all there is beyond the product of their means."""
    if len(loops) < 2:
        return 0.0
    first, second = (nodes.loop(m) - nodes.line.loop(m) for m in loops)
    return float((first * second) @ nodes.weights)


def _pair_mean(nodes: FeatureNodes, legs: Legs) -> Any:
    line, starts, ends = nodes.line, legs.starts, legs.ends
    if len(starts) == 2:
        return line.start_start(*starts)
    if len(ends) == 2:
        return line.end_end(*ends)
    if legs.coupling:
        return line.start_open(*starts) if starts else line.end_open(*ends)
    return line.start_end(*starts, *ends)


def _mean(nodes: FeatureNodes, legs: Legs, weights: Floats) -> Any:
    """The mean of starts, ends and coupling with these weights, from the nodes."""
    scalars = prod((nodes.end(m) for m in legs.ends), start=weights)
    if not legs.starts:
        return nodes.rotated @ scalars if legs.coupling else scalars.sum()
    first, *others = (nodes.start(m) for m in legs.starts)
    start = prod(others, start=first)
    return (start * scalars) @ nodes.rotated.T if legs.coupling else start @ scalars


def _times(first: Any, second: Any) -> Any:
    return np.multiply.outer(first, second) if np.ndim(second) else first * second
