"""What two strips say about the critical point: where their correlation lengths scale, and how."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from fieldtheory.drawing import plot
from fieldtheory.references import NIGHTINGALE
from renormalization.real_space.strips.strip import Strip

_STEPS, _LEAST = 60, 1e-14


class StripPoint(NamedTuple):
    """Potts coupling J* where xi_L/L = xi_{L+1}/(L+1), and the exponent nu of correlation lengths there."""

    coupling: float
    nu: float

    def plot(self, axes: Any = None) -> Any:
        """Draw it into Matplotlib axes, by default those of a new figure; returns the axes."""
        return plot(self, axes)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (NIGHTINGALE,)


def phenomenological_rg(width: int, states: int = 2) -> StripPoint:
    """The fixed point of widths L = `width` and L + 1, (5.5) of the notes.

    1/nu = ln[(dxi_{L+1}/dJ)/(dxi_L/dJ)]/ln[(L+1)/L] - 1. As the strips widen, J* tends to ln(1 + sqrt q)
    for q <= 4; at q = 4 the exponent does so by logarithms only, so very slowly. ValueError as of `Strip`.

    Source: Nightingale, Physica A 83, 561 (1976).

    Equation: phenomenological-rg

    >>> point = phenomenological_rg(4)
    >>> round(4 / point.coupling / 2, 6), round(point.nu, 6)  # temperature of the Ising model: 1/K = 2/J
    (2.293824, 0.964389)
    """
    wider = Strip(Strip(width, states).width + 1, states)
    strips = (Strip(width, states), wider)
    low, high = 0.0, math.inf
    coupling = wider.critical_coupling
    for _ in range(_STEPS):
        lengths = [strip.length(coupling) for strip in strips]
        ratios, slopes = zip(
            *((each.value / s.width, each.slope / s.width) for each, s in zip(lengths, strips, strict=True)),
            strict=True,
        )
        # in logarithms the difference is nearly linear in J
        excess = math.log(ratios[1] / ratios[0])
        low, high = (coupling, high) if excess < 0 else (low, coupling)
        step = -excess / (slopes[1] / ratios[1] - slopes[0] / ratios[0])
        moved = coupling + step
        if abs(step) < _LEAST * coupling or high - low < _LEAST * coupling:
            break
        if not low < moved < high:
            moved = (low + min(high, 2 * coupling)) / 2
        coupling = moved
    else:
        raise ArithmeticError(f"the lengths of widths {width} and {width + 1} were not brought to scale")
    growth = math.log(lengths[1].slope / lengths[0].slope) / math.log(wider.width / width)
    return StripPoint(coupling, 1 / (growth - 1))


def central_charge(width: int, states: int = 2) -> float:
    """c from the free energies of widths L = `width` and L + 1 at J_c = ln(1 + sqrt q).

    f_L = f + pi c/(6 L^2): Bloete, Cardy, Nightingale, Phys. Rev. Lett. 56, 742 (1986). Meaningful for
    q <= 4, where the transition is continuous.

    Equation: central-charge

    >>> round(central_charge(3), 6)
    0.565304
    """
    strips = (Strip(width, states), Strip(Strip(width, states).width + 1, states))
    energies = [strip.free_energy(strip.critical_coupling) for strip in strips]
    inverse = [1 / strip.width**2 for strip in strips]
    return 6 / math.pi * (energies[0] - energies[1]) / (inverse[0] - inverse[1])
