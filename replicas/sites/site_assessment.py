r"""What the best theory of sites says at one size, how far each of its averages may be off, and warnings.

The bar is a quarter of what came in with each step beyond the coherent potential: the word 1212, the other
rings, exactly N points. Where rings run away, or change the error by much, the coherent potential stands.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from replicas.sites.site_curve import SiteOrders
from replicas.sites.site_observables import Fields

BARS = (
    "error",
    "bias",
    "variance",
    "training_error",
    "posterior_variance",
    "label_noise_gain",
    "coefficients",
)
_SHARE = 0.25  # of every step, as far as the sum of all may be off
_RUNAWAY = 0.75  # largest eigenvalue of Gamma up to which rings are summed
_FLOOR = 1e-3  # of every average: finer than that no brute force has tested the theory
_LARGE = 0.3  # of the error: a change by rings that is not believed
_WITHOUT = 0.05  # relative error of the coherent potential without long rings, over 1 - that eigenvalue


class SiteAssessment(NamedTuple):
    """The fields of the best theory, their bars by name, and whether rings are in it."""

    best: Fields
    bars: Fields
    rings: bool


def site_assessment(orders: SiteOrders) -> SiteAssessment:
    """The best fields at one size and their bars."""
    zeroth, _, ringed, last = orders.steps
    steps = {name: sum(abs(b[name] - a[name]) for a, b in pairwise(orders.steps)) for name in BARS}
    scale = abs(zeroth["error"])
    believed = (
        orders.top <= _RUNAWAY
        and abs(ringed["error"] - zeroth["error"]) <= _LARGE * scale
        and all(last[name] >= 0 for name in ("error", "bias", "label_noise_gain", "posterior_variance"))
    )
    if believed:
        bars = {name: _SHARE * step + _FLOOR * np.abs(last[name]) for name, step in steps.items()}
        bars["variance"] = bars["error"] + bars["bias"]
        return SiteAssessment(last, bars, True)
    relative = _WITHOUT / max(1.0 - orders.top, 0.01)
    bars = {name: relative * np.abs(zeroth[name]) for name in BARS}
    bars["coefficients"] = np.full_like(zeroth["coefficients"], relative)
    bars["variance"] = bars["error"] + bars["bias"]
    return SiteAssessment(zeroth, bars, False)
