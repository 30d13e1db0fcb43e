"""A program of operations on one line, run in as many degrees and angles as its products need."""

from __future__ import annotations

from typing import Any

import numpy as np

from diagrams.evaluate.reduction import Program
from diagrams.evaluate.sphere import SphereValues
from fieldtheory.arrays import Floats
from fieldtheory.harmonics import AngleTransform


def needs_sphere(program: Program) -> bool:
    """Whether products in t occur."""
    return any(kind in ("parallel", "mean", "bridge") for kind, _ in program.operations)


def line_transform(program: Program, dim: int, max_degree: int, wanted: int = 0) -> AngleTransform:
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
    return AngleTransform.build(dim, highest, nodes // 2 + 1)


def line_values(
    program: Program, line: Any, transform: AngleTransform | None, multiplicities: Floats
) -> SphereValues:
    """The operations on a line (last axis: degrees), padded with zeros to the degrees of the transform."""
    if transform is not None:
        missing = transform.max_degree + 1 - line.shape[-1]
        line = np.concatenate([line, np.zeros((*line.shape[:-1], missing), line.dtype)], axis=-1)
    return SphereValues(program, {0: line}, transform, multiplicities[: line.shape[-1]])
