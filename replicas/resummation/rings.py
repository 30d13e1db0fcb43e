r"""The ring sum: one loop of fluctuations around the self-consistent theory.

A ring is a closed chain of pairs of lines, gamma_l = N T^2 [G(t)^2]_l each, which a single line covers in
several ways (`ring_coverings`). All rings that the self-consistent theory has not yet are
Phi = N ln(ridge + G(x,x)) - sum_l deg(l) F(gamma_l) with F' = f/2 (`ring_weights`). With exactly N points the
number of points does not fluctuate, which changes f in degree 0 only.
Sigma = N T + T sum_l deg f gamma_l - N T^2 [G(t) Q(t)]_l with Q(t) = sum_l deg(l) f(gamma_l) P_l(t).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats
from fieldtheory.sphere.harmonics import AngleTransform, float_multiplicities
from replicas.learnability import active_degrees
from replicas.prediction import Problem
from replicas.resummation.ring_kernel import RingTables, ring_corrections
from replicas.resummation.ring_weights import frozen_number_sum, ring_sum


@lru_cache(maxsize=16)
def tables_of(dim: int, degrees: int, active: int, target_degree: int, ensemble: str) -> RingTables:
    """Tables for a spectrum of so many degrees, of which the first `active` carry the learning."""
    highest = active - 1
    wanted = max(highest, target_degree)
    # products: G^2 in degrees up to 2 highest, G Q of degree 3 highest in the wanted degrees
    last = max(2 * highest, wanted)
    transform = AngleTransform.build(dim, last, max(last, 2 * highest, (3 * highest + wanted) // 2) + 1)
    polynomials, deg = transform.polynomials, float_multiplicities(last, dim)
    smooth, first, frozen = ring_sum("poisson"), ring_sum(ensemble), frozen_number_sum()
    return RingTables(
        np.ascontiguousarray((polynomials * deg[:, None]).T),
        polynomials * transform.weights,
        deg,
        active,
        2 * highest + 1,
        min(degrees, len(polynomials)),
        np.array(smooth.numerator, dtype=np.float64),
        smooth.poles,
        np.array(first.numerator, dtype=np.float64),
        first.poles,
        np.array(frozen.numerator if ensemble == "fixed" else (), dtype=np.float64),
        frozen.poles,
    )


def ring_tables(problem: Problem, kappa: Floats) -> RingTables:
    """What the rings of a problem need, its degrees cut where the line is negligible at every n."""
    spectrum = problem.spectrum
    dim = spectrum.require_dim("the ring sum", "take theory='auto'")
    active = active_degrees(spectrum, kappa)
    return tables_of(dim, spectrum.max_degree + 1, active, problem.target_degree, problem.ensemble)


class RingCorrection:
    """The correction by the ring sum, one loop of fluctuations.

    X_l[h] = (1/N) (sum_l' deg f gamma_l' - [h(t) Q(t)]_l) with gamma_l = [h(t)^2]_l/N.

    Equation: ring-sum
    """

    def __init__(self, problem: Problem, kappa: Floats) -> None:
        self.degrees = problem.spectrum.max_degree + 1
        self.tables = ring_tables(problem, kappa)

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
        found: tuple[Floats, Floats] = ring_corrections(
            np.ascontiguousarray(values),
            np.ascontiguousarray(slopes),
            np.ascontiguousarray(n),
            self.tables,
            self.degrees,
        )
        return found
