r"""What the best theory of sites says at one size, and how far each of its averages may be off.

The steps beyond the coherent potential are the word 1212, the other rings, and exactly n points. What they
leave out is the smaller the less of a ring follows on the ring before: a share of every step that grows with
the third power of the largest eigenvalue x of Gamma. Where that comes near 1, or rings change the error by
much, only 1212 stands, with a bar as large as the rings. Shares were chosen on 200 problems of 40 to 140
points.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.array_types import Floats
from replicas.sites.copies import Sites
from replicas.sites.site_curve import SiteOrders
from replicas.sites.site_observables import Fields
from replicas.sites.site_problem import SiteProblem

BARS = (
    "error",
    "bias",
    "variance",
    "training_error",
    "posterior_variance",
    "label_noise_gain",
    "coefficients",
)
_RINGS, _REPEATED, _FEW = 0.04, 4.0, 8.0  # share of what rings change: always, times x^3, and times 1/n more
_NUMBER, _VERY_FEW = 0.1, 10.0  # share of what exactly n points change, and times 1/n more
_WIDER = {"label_noise_gain": 1.3, "training_error": 2.0}  # averages that feel small ridges more
_FLOOR = 1e-3  # of every average: finer than that no brute force has tested the theory
_RUNAWAY = 0.75  # x up to which rings are summed
_LARGE = 0.3  # of the error: a change by rings that is not believed
_WITHOUT = 0.05  # relative, over 1 - x: what may be wrong without rings
_NEAREST = 0.01  # to 1: x as far as this is told apart
_COPIES = 0.15  # of the share of the points with copies that are sites of their own
_DISAGREEING = 0.5  # of that share times the error: what their labels leave of the training error
_PAIRS = 8.0  # times what is estimated of close pairs


class SiteAssessment(NamedTuple):
    """The fields of the best theory, their bars by name, and whether rings are in it."""

    best: Fields
    bars: Fields
    rings: bool


def site_assessment(orders: SiteOrders, n: float, sites: Sites, problem: SiteProblem) -> SiteAssessment:
    """The best fields at one size and their bars."""
    if orders.raised is not None:
        best = orders.steps[0]
        return SiteAssessment(best, {name: np.full_like(best[name], np.inf) for name in BARS}, True)
    zeroth, crossed, ringed, last = orders.steps
    believed = orders.top <= _RUNAWAY and _near(ringed, zeroth) and _possible(last)
    # without rings the word 1212 alone, or nothing beyond the coherent potential where that is no correction
    other = crossed if _near(crossed, zeroth) and _possible(crossed) else zeroth
    few = 1.0 / n
    if problem.sampling == "without-replacement" and n < sites.points:
        few = max(few, 1.0 / (sites.points - n))  # points that are left out
    found = [_judged(name, orders, few, believed, other) for name in BARS]
    best = (last if believed else other) | {name: value for name, (value, _) in zip(BARS, found, strict=True)}
    if best["training_error"] != last["training_error"]:
        best["training_error_by_output"] = other["training_error_by_output"]
    copies = (sites.apart + sites.near) / sites.points
    wider = _COPIES * copies
    bars = {name: bar + wider * np.abs(value) for name, (value, bar) in zip(BARS, found, strict=True)}
    bars["error"] += _PAIRS * (orders.pairs.error + problem.label_noise * orders.pairs.gain)
    bars["label_noise_gain"] += _PAIRS * orders.pairs.gain
    bars["training_error"] += _DISAGREEING * copies * best["error"]
    bars["variance"] = bars["error"] + bars["bias"]
    return SiteAssessment(best, bars, believed)


def _near(fields: Fields, zeroth: Fields) -> bool:
    """Whether a change of the error can be believed."""
    return bool(abs(fields["error"] - zeroth["error"]) <= _LARGE * zeroth["error"])


def _possible(fields: Fields) -> bool:
    """Whether mean squares are positive."""
    return all(fields[name] >= 0 for name in BARS[:3])


def _judged(name: str, orders: SiteOrders, few: float, believed: bool, other: Fields) -> tuple[Any, Any]:
    """An average and its bar; `few`: one over the number of points; `other`: what stands without rings."""
    values = [step[name] for step in orders.steps]
    last, x = values[-1], orders.top
    if not believed or (name != "coefficients" and last < 0):
        value = other[name]
        far = np.max([np.abs(each - value) for each in values], axis=0)
        return value, far + _WITHOUT / max(1.0 - x, _NEAREST) * np.abs(value)
    crossed, ringed, number = (np.abs(b - a) for a, b in pairwise(values))
    bar = (_RINGS + _REPEATED * x**3) * (1.0 + _FEW * few) * (crossed + ringed)
    bar += _NUMBER * (1.0 + _VERY_FEW * few) * number
    return last, _WIDER.get(name, 1.0) * bar + _FLOOR * np.abs(last)


def site_warnings(n: Floats, judged: Sequence[SiteAssessment], sites: Sites) -> tuple[str, ...]:
    """What to say of sizes at which rings are left out, and of copies."""
    said = []
    lost = np.array([not each.rings for each in judged])
    if lost.any():
        where = ", ".join(f"{size:g}" for size in n[lost][:5]) + (", ..." if lost.sum() > 5 else "")
        said.append(
            f"rings between points can't be summed at n = {where}: at most the shortest is counted, with a "
            "wide bar (a ridge that is small for so few modes or points)"
        )
    for number, what in ((sites.apart, "exact copies with other labels"), (sites.near, "near copies")):
        if number:
            said.append(
                f"{number} of {sites.points} points have {what}, which count as points of their own: the bar "
                "is wider for it"
            )
    return tuple(said)
