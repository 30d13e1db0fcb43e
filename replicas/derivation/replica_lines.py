"""The replica lines of a diagram: what hangs together by lines that keep the replica index."""

from __future__ import annotations

from collections.abc import Iterable


def replica_lines(nodes: Iterable[int], pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The sets of nodes that these pairs tie together, those that nothing ties to another by themselves.

    A line that ends at no external point is summed over all replicas: one factor of their number each.

    >>> replica_lines([0, 1, 2], [(0, 2), (2, 2)])
    [{1}, {0, 2}]
    """
    lines = [{node} for node in nodes]
    for i, j in pairs:
        met = [line for line in lines if i in line or j in line]
        lines = [line for line in lines if line not in met] + [{i, j}.union(*met)]
    return lines
