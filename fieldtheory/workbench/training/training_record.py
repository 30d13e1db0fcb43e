"""What results of training have in common: alignment with the labels, plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.workbench import records
from renormalization.feature_learning.kernel_alignment import kernel_alignment
from renormalization.training_dynamics.moving_tangent_kernel import at_equal_times
from renormalization.training_dynamics.training_problem import TrainingProblem

_PER_LAYER = ("kernels", "kernels_stderr", "gradient_kernels", "gradient_kernels_stderr")


def alignments(problem: TrainingProblem, kernels: Sequence[Floats]) -> Floats:
    """Of every layer's kernel with the labels, at the training points, at each step: (layers, steps)."""
    p, labels = problem.training_points, problem.labels[:, None]
    return np.array(
        [[kernel_alignment(now[:p, :p], labels) for now in at_equal_times(kernel)] for kernel in kernels]
    )


def to_dict(found: Any) -> dict[str, Any]:
    """Every field by name as plain lists, numbers and strings; responses by layer and name."""
    plain: dict[str, Any] = {"theory": found.theory}
    for each in fields(found):
        value = getattr(found, each.name)
        if each.name == "problem":
            continue
        if each.name in _PER_LAYER:
            value = [kernel.tolist() for kernel in value]
        elif each.name == "responses":
            value = [
                {name: None if part is None else part.tolist() for name, part in layer._asdict().items()}
                for layer in value
            ]
        plain[each.name] = records.plain(value)
    return plain
