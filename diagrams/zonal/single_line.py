"""Zonal programs of a single propagator, run in as many degrees and angles as their products need."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagrams.zonal.program import ZonalProgram
from diagrams.zonal.values import SphereValues
from fieldtheory.array_types import Floats
from fieldtheory.sphere.harmonics import AngleTransform


def needs_sphere(program: ZonalProgram) -> bool:
    """Whether products in t occur."""
    return any(kind in ("parallel", "mean", "bridge") for kind, _ in program.operations)


def line_transform(program: ZonalProgram, dim: int, max_degree: int, wanted: int = 0) -> AngleTransform:
    """Degrees, at least to `wanted`, and angles in which products of lines up to max_degree are exact.

    Products of lines reach beyond their degrees, and are convolved with each other there.
    """
    bands = program.bands({0: max_degree}, 1 << 62)
    reach = [max_degree, wanted]
    for (kind, arguments), band in zip(program.operations, bands, strict=True):
        if kind == "series":
            reach.append(band)
        elif kind == "bridge":
            reach += [bands[arguments[1]], bands[arguments[4]]]
    highest = max(reach)
    bands = program.bands({0: max_degree}, highest)
    pairs = zip(program.operations, bands, strict=True)
    nodes = max([0, *(band + 2 * highest for (kind, _), band in pairs if kind in ("parallel", "bridge"))])
    return AngleTransform.build(dim, highest, max(nodes // 2, highest) + 1)


def line_values(
    program: ZonalProgram,
    line: Any,
    traced: Any,
    transform: AngleTransform | None,
    multiplicities: Floats,
    kept: int,
) -> SphereValues:
    """The operations on a line h_l, all degrees in the last axis, with traced = deg(l) h_l.

    Products in t take the first `kept` degrees of the line, padded with zeros to those of the transform; sums
    of its powers over the degrees, sum_l deg(l) h_l^k, take all.
    """
    sums = {}
    for position, (kind, arguments) in enumerate(program.operations):
        power = _power(program, arguments[0]) if kind == "value" else 0
        if power:
            sums[position] = (traced * line ** (power - 1)).sum(axis=-1)
    cut = line[..., :kept]
    if transform is not None:
        missing = transform.max_degree + 1 - kept
        cut = np.concatenate([cut, np.zeros((*line.shape[:-1], missing), line.dtype)], axis=-1)
    return SphereValues(program, {0: cut}, transform, multiplicities[:kept], sums)


def _power(program: ZonalProgram, position: int) -> int:
    """The power k of an operation that is k lines in series, else 0."""
    kind, arguments = program.operations[position]
    if kind == "line":
        return 1
    whole = kind == "series" and all(program.operations[each][0] == "line" for each in arguments)
    return len(arguments) if whole else 0
