r"""The ring sum: one loop of fluctuations around the self-consistent theory.

A ring is a closed chain of pairs of lines, gamma_l = N T^2 [G(t)^2]_l each, which a single line covers in
several ways (`ring_coverings`). All rings that the self-consistent theory has not yet are
Phi = N ln(ridge + G(x,x)) - sum_l deg(l) F(gamma_l) with F' = f/2 (`ring_weights`). With exactly N points the
number of points does not fluctuate, which changes f in degree 0 only.
Sigma = N T + T sum_l deg f gamma_l - N T^2 [G(t) Q(t)]_l with Q(t) = sum_l deg(l) f(gamma_l) P_l(t).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.complex_step import STEP
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities
from replicas.learnability import active_degrees
from replicas.prediction import Problem
from replicas.resummation.ring_weights import frozen_ring_weight, ring_weight
from replicas.self_energy.local_and_smooth import Parts


class RingField:
    """X[g] of the ring sum: (1/N) (sum_l deg f gamma_l - [g(t) Q(t)]_l) with gamma_l = [g(t)^2]_l/N."""

    def __init__(self, problem: Problem, kappa: Floats) -> None:
        spectrum = problem.spectrum
        if spectrum.dim is None:
            raise ValueError("spectrum must have a dim for the ring sum (got None)")
        self.fixed = problem.ensemble == "fixed"
        self.degrees = spectrum.max_degree + 1
        self.active = active_degrees(spectrum, kappa)
        highest = self.active - 1
        wanted = max(highest, problem.target_degree)
        # products: G^2 in degrees up to 2 highest, G Q of degree 3 highest in the wanted degrees
        degrees = max(2 * highest, wanted)
        nodes = max(degrees, 2 * highest, (3 * highest + wanted) // 2) + 1
        self.transform = AngleTransform.build(spectrum.dim, degrees, nodes)
        self.lines, self.pairs = highest + 1, 2 * highest + 1
        self.deg = float_multiplicities(self.transform.max_degree, spectrum.dim)

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines; the rows of complex ones differ in their imaginary parts only."""
        value = lines.real.reshape(-1, *lines.shape[-2:])
        if not np.iscomplexobj(lines):
            return self._parts(value, value[:0], n)[0].reshape(*lines.shape[:-1], -1)
        found, slopes = self._parts(value[:1], lines.imag.reshape(value.shape), n)
        return (found + 1j * slopes).reshape(*lines.shape[:-1], -1)

    def _parts(self, lines: Floats, slopes: Floats, n: Floats) -> tuple[Floats, Floats]:
        """X and its slopes, in real numbers: products with tables of real numbers take most of the time."""
        rows, weights, polynomials = len(lines), self.transform.weights, self.transform.polynomials
        deg, pairs = self.deg[: self.pairs], polynomials[: self.pairs]
        both = np.concatenate([lines, slopes])[..., : self.lines] * self.deg[: self.lines]
        green = _times(both, polynomials[: self.lines])
        gamma = _times(_product(green, green * weights, rows), pairs.T) / n[:, None]
        weight = ring_weight(gamma[:rows] + 1j * STEP)
        if self.fixed:
            weight[..., 0] = frozen_ring_weight(gamma[:rows, :, 0] + 1j * STEP)
        weighted = deg * np.concatenate([weight.real, weight.imag / STEP * gamma[rows:]])
        local = _product(weighted, gamma, rows).sum(axis=-1) / n
        field = _product(green, _times(weighted, pairs), rows)
        smooth = _times(field * weights, polynomials.T)
        found = Parts(local, -smooth / n[:, None]).in_degrees(self.degrees)
        return found[:rows], found[rows:]


def _times(rows: Floats, table: Floats) -> Floats:
    """rows @ table in one product."""
    return (rows.reshape(-1, rows.shape[-1]) @ table).reshape(*rows.shape[:-1], -1)


def _product(left: Floats, right: Floats, values: int) -> Floats:
    """Products of the first `values` rows, and by the product rule those of the rows of slopes after them."""
    found = np.empty(np.broadcast_shapes(left.shape, right.shape))
    np.multiply(left[:values], right[:values], out=found[:values])
    np.multiply(left[:values], right[values:], out=found[values:])
    found[values:] += left[values:] * right[:values]
    return found
