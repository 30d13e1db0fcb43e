r"""Kernels of a deep network to one loop: how its fields move, and averages that are not linear in them.

<x> = saddle + <eta>, a tadpole and the measure; <S^l> is that of 1/Lambda^l, and the output kernel that of
the law of a neuron of the last layer, both to second order in eta, <eta eta> = -(Phi'')^-1.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from diagrams.evaluate.points import evaluate_points
from diagrams.generation.generator import generate
from diagrams.tables import ExpansionTable, tabulate
from fieldtheory.array_types import Floats
from renormalization.feature_learning.saddles.layered_saddle import LayeredSaddle
from renormalization.feature_learning.saddles.layered_theory import layered_theory


@cache
def _table() -> ExpansionTable:
    return tabulate(generate(layered_theory(), ("x",), 1))


def moved_fields(lines: dict[tuple[str, str], Floats], vertices: dict[str, Any]) -> Floats:
    """<eta> of all fields: what the diagrams of one loop add to <x>."""
    return evaluate_points(_table(), lines, vertices=vertices)


def moved_covariances(saddle: LayeredSaddle, moved: Floats, line: Floats) -> list[Floats]:
    """What one loop adds to S^l = 1/Lambda^l at all points: -S E S <eta> + S E S E S <eta eta>."""
    action, found = saddle.action, []
    for each, (place, _), s in zip(
        action.interfaces, action.places, action.covariances(saddle.x), strict=True
    ):
        first = -s @ each.matrix(moved[place]) @ s
        turned = each.units @ s
        inner = np.tensordot(line[place, place], turned, axes=1)
        second = s @ np.einsum("aij,ajk->ik", turned, inner, optimize=True)
        shift = first + (second + second.T) / 2
        found.append(each.basis @ shift @ each.basis.T)
    return found


def moved_kernel(saddle: LayeredSaddle, moved: Floats, line: Floats) -> Floats:
    """What one loop adds to g <phi phi^T> of the last layer.

    Its nodes are weighted anew with F.<eta> + F^T <eta eta> F/2, F the scores less their means, and with the
    noise of the read-out that tau adds up to.
    """
    action, layer, p = saddle.action, saddle.action.layers[-1], saddle.laws.p[-1]
    size, outputs = action.points * action.outputs, action.outputs
    slopes = action.coupling * (layer.phi[:, :, None] * saddle.laws.s[:, None, :]).reshape(len(p), size)
    scores = np.hstack([slopes, layer.scores]).T
    scores -= (scores @ p)[:, None]
    fields = np.concatenate([np.arange(size), layer.fields])
    among = line[np.ix_(fields, fields)]
    weight = moved[fields] @ scores + np.einsum("iq,iq->q", among @ scores, scores) / 2
    by_output = line[:size, :size].reshape(action.points, outputs, action.points, outputs)
    noise = action.coupling * np.einsum("acbc->ab", by_output)
    weight += np.einsum("aq,aq->q", noise @ layer.phi.T, layer.phi.T) / 2
    weight = p * (weight - p @ weight)
    g = action.widths[-1] * action.coupling
    return np.asarray(g * (layer.phi * weight[:, None]).T @ layer.phi, dtype=np.float64)
