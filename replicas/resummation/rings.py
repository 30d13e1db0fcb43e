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
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities
from replicas.learnability import active_degrees
from replicas.prediction import Problem
from replicas.resummation.ring_kernel import ring_corrections
from replicas.resummation.ring_weights import ring_sum


class RingCorrection:
    """The correction by the ring sum, one loop of fluctuations.

    X_l[h] = (1/N) (sum_l' deg f gamma_l' - [h(t) Q(t)]_l) with gamma_l = [h(t)^2]_l/N.
    """

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
        polynomials = self.transform.polynomials
        self.synthesis = np.ascontiguousarray((polynomials * self.deg[:, None]).T)
        self.analysis = polynomials * self.transform.weights
        smooth, first = ring_sum("poisson"), ring_sum("fixed" if self.fixed else "poisson")
        self.weights = (
            np.array(smooth.numerator, dtype=np.float64),
            smooth.poles,
            np.array(first.numerator, dtype=np.float64),
            first.poles,
        )

    def __call__(self, lines: Any, n: Floats) -> Any:
        """X at these lines; the rows of complex ones differ in their imaginary parts only."""
        rows = lines.reshape(-1, *lines.shape[-2:])
        if not np.iscomplexobj(lines):
            return self._corrections(rows, rows[:0], n)[0].reshape(*lines.shape[:-1], -1)
        values, slopes = self._corrections(rows[:1].real, rows.imag, n)
        found = np.empty(slopes.shape, dtype=np.complex128)
        found.real, found.imag = values, slopes
        return found.reshape(*lines.shape[:-1], -1)

    def _corrections(self, values: Floats, slopes: Floats, n: Floats) -> tuple[Floats, Floats]:
        values, slopes = (np.ascontiguousarray(each[..., : self.lines]) for each in (values, slopes))
        kept = min(self.degrees, len(self.analysis))
        found: tuple[Floats, Floats] = ring_corrections(
            values,
            slopes,
            np.ascontiguousarray(n),
            self.synthesis,
            self.analysis,
            self.deg,
            self.pairs,
            kept,
            self.degrees,
            *self.weights,
        )
        return found
