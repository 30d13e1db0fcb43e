r"""The variance of f of a deep network to one loop: diagrams of <f f> around the saddle of all its fields."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from diagrams.evaluate.points import evaluate_points
from diagrams.evaluate.vertices import FactorisedVertex, ProductVertex
from diagrams.generation.generator import generate
from diagrams.tables import ExpansionTable, tabulate
from fieldtheory.array_types import Floats
from renormalization.feature_learning.saddles.layered_action import LayeredAction
from renormalization.feature_learning.saddles.layered_saddle import LayeredSaddle
from renormalization.feature_learning.saddles.layered_theory import layered_theory
from renormalization.feature_learning.saddles.loops import normal_rule


@cache
def _table() -> ExpansionTable:
    return tabulate(generate(layered_theory(4), ("f", "f"), 1))


def neuron_scores(saddle: LayeredSaddle, degree: int) -> Iterator[tuple[int, Floats, Floats]]:
    """Width, probabilities and centred scores of every layer, fields x nodes, for cumulants to this degree.

    In the last layer tau meets what a neuron adds to f, with its read-out, which is normal given the neuron.
    """
    action = saddle.action
    for k, (layer, width, p) in enumerate(zip(action.layers, action.widths, saddle.laws.p, strict=True)):
        scores = layer.scores.T
        by_field = np.zeros((action.fields, len(p)))
        if k == len(action.widths) - 1:
            z, weights = normal_rule(action.outputs, 3 if degree <= 3 else 5)
            root = np.sqrt(action.coupling)
            readout = root * (root * saddle.laws.s[:, None, :] + z)
            p, scores = (p[:, None] * weights).ravel(), np.repeat(scores, len(z), axis=1)
            by_field = np.zeros((action.fields, len(p)))
            added = layer.phi.T[:, None, :, None] * readout.transpose(2, 0, 1)
            by_field[: action.points * action.outputs] = added.reshape(-1, len(p))
        by_field[layer.fields] = scores
        by_field -= (by_field @ p)[:, None]
        yield width, p, by_field


def added_variance(saddle: LayeredSaddle, lines: dict[tuple[str, str], Floats]) -> Floats:
    """What the diagrams of one loop add to the variance of f, points x outputs."""
    action, line = saddle.action, lines["x", "x"]
    third: Any = action.local_third(saddle.x)
    quartic: list[FactorisedVertex | ProductVertex] = []
    for width, p, scores in neuron_scores(saddle, 4):
        for a, factor in enumerate(scores):
            third[a] += width * ((scores * (p * factor)) @ scores.T)
        second = (scores * p) @ scores.T
        quartic.append(FactorisedVertex(width * p, scores.T))
        quartic.append(
            ProductVertex(-width / 2, [second, second])
        )  # every one of the three pairs comes twice
    vertices: dict[str, Any] = {
        "x1": action.measure(saddle.x),
        # what depends on no neuron: two of its four legs are joined here
        "x2": action.second_measure(saddle.x) + local_fourth(action, saddle.x, line) / 2,
        "x3": third,
        "x4": quartic,
    }
    found = evaluate_points(_table(), lines, vertices=vertices)
    size = action.points * action.outputs
    return np.diag(found)[:size].reshape(action.points, action.outputs)


def local_fourth(action: LayeredAction, x: Floats, line: Floats) -> Floats:
    """sum_cd W_abcd L_cd, W the fourth derivatives of n_(l+1)/2 log det Lambda - n_l tr A/Lambda.

    The derivatives are traces of products, in every order, of A S and of E_a S for each leg, E_a the matrix
    of an entry; A stands in at most once. Legs c and d are joined first.
    """
    found = np.zeros_like(line)
    for k, (up, down) in enumerate(action.places):
        t, a_s = action.turned(x, k)
        n, half = action.widths[k], action.widths[k + 1] / 2

        def joined(lines: Floats, t: Floats = t) -> Floats:
            """sum_cd L_cd T_c x T_d."""
            return np.asarray(np.einsum("cij,ckl->ijkl", t, np.tensordot(lines, t, axes=1), optimize=True))

        def trace(one: Floats, two: Floats) -> Floats:
            """tr(M_a N_b)."""
            return np.asarray(np.einsum("aij,bji->ab", one, two, optimize=True))

        pair = joined(line[up, up])
        mixed = joined(line[up, down])
        near = np.einsum("ijjl->il", pair)
        apart = np.einsum("api,ijkp,bjk->ab", t, pair, t, optimize=True)  # tr(T_a T_c T_b T_d)
        around = trace(t @ near, t)  # tr(T_a near T_b)
        cycles = 2 * (around + around.T + apart)
        # log det: all cyclic orders
        upper = -half * cycles
        # -tr A S: all orders after A S
        between = np.einsum("ijkl,ajk->ail", pair, t, optimize=True)  # T_c T_a T_d
        outer = np.einsum("ijkl,li->kj", pair, a_s)  # T_d A S T_c
        chain = trace(a_s @ t @ near, t) + trace(a_s @ t, t @ near) + trace(a_s @ near @ t, t)
        chain += trace(a_s @ between, t) + trace(a_s @ t, between) + trace(outer @ t, t)
        upper -= 2 * n * (chain + chain.T)
        # one A among the joined legs: all cyclic orders, with d that of A
        first, last = np.einsum("ijjl->il", mixed), np.einsum("ijki->kj", mixed)
        crossed = np.einsum("api,ijkp,bjk->ab", t, mixed, t, optimize=True)
        cyclic = trace(first @ t, t) + trace(last @ t, t) + crossed
        upper += 2 * n * (cyclic + cyclic.T)
        found[up, up] += upper
        found[up, down] += n * cycles
        found[down, up] += n * cycles.T
    return found
