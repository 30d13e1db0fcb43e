r"""What changes the ridge that removed modes leave: screening, and the vertex between kept and removed modes.

On n points K_> = c I + delta; the self-consistent theory only knows that delta is random (screening, second
order in delta). Harmonics at one point are no independent Gaussians: products of kept modes contain removed
ones, and the renormalised ridge moves at first order in delta. In the language of words this is what crosses:
the line of the word 1212 is kept or removed on each of its three passages, and

    X_l = -(1/N^2) sum_c (number of ways) [h_<(t)^a h_>(t)^b]_l,   h = lambda/(lambda + kappa),  a + b = 3

are triple products of Gegenbauer polynomials. The vertex of the flow sums the rings that begin with this
word; to first order in such an X the ridge that preserves the degrees of freedom below the cut-off moves by

    x = -kappa { Z sum_{l>Lambda} deg h^2 X + (Z-1) sum_< deg h^2 X' + Z sum_< deg h^2 (X - X')
        + N (1-gamma_<) sum_< deg h (1-h) (X - X')/sum_< deg h (1-h) },   X' = X[h_<].
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from diagrams.zonal.program import UnreducedDiagram, ZonalProgram
from diagrams.zonal.values import SphereValues
from fieldtheory.array_types import Floats, Integers
from fieldtheory.budgets import require_budget
from fieldtheory.complex_step import STEP
from fieldtheory.counted import counted
from fieldtheory.sphere.harmonics import AngleTransform
from replicas.learnability import active_degrees, learnability, traced_learnability
from replicas.prediction import Problem
from replicas.resummation.rings import RingCorrection
from replicas.self_energy.words import skeleton_words

INFRARED, ULTRAVIOLET = 0, 1


class RidgeCorrections(NamedTuple):
    """To the naive ridge, bare ridge + trace above the cut-off; shape of n, then of the cut-off.

    `screening`: sigma_R^2 minus the naive ridge, never positive. `vertex`: the rings of kept and removed
    modes, to be added to sigma_R^2. `first_order`: the part of it with one removed line, which is the data
    average of x_1 = Tr[R K_< R delta]/Tr[K_< R^2]. `leading`: the part of that from the word 1212 alone, its
    limit for K_< << N kappa.
    """

    screening: Any
    vertex: Any
    first_order: Any
    leading: Any


@dataclass(frozen=True)
class SplitWord:
    """Words with the same value once each passage of their line is kept or removed.

    `removed`: how many passages are removed; `coefficient`: sum of their coefficients; `numbers`, `line`:
    positions in the program of `SplitWords`.
    """

    removed: int
    coefficient: int
    numbers: tuple[int, ...]
    line: int | None


@dataclass(frozen=True)
class SplitWords:
    """The crossed words of an order with the field split, f = f_< + f_>: propagator 0 kept, 1 removed.

    >>> print(split_words(2))
    0 removed: -1 0*0*0
    1 removed: -3 0*0*1
    2 removed: -3 0*1*1
    3 removed: -1 1*1*1
    """

    program: ZonalProgram
    terms: tuple[SplitWord, ...]
    order: int

    def values(self, kept: Floats, removed: Floats, transform: AngleTransform) -> list[Floats]:
        """X_l by number of removed lines 0, 1, ..., times N^order; all degrees of the transform.

        `kept`, `removed`: h_l, the degrees in the last axis, the same leading axes for a batch.
        """
        found = SphereValues(self.program, {INFRARED: kept, ULTRAVIOLET: removed}, transform)
        sums = [np.zeros(transform.max_degree + 1) for _ in range(1 + max(t.removed for t in self.terms))]
        for term in self.terms:
            factor = term.coefficient * found.product(term.numbers)
            smooth = 1.0 if term.line is None else found.degrees(term.line)
            sums[term.removed] = sums[term.removed] + np.asarray(factor)[..., None] * smooth
        return sums

    def __str__(self) -> str:
        lines = []
        for term in self.terms:
            parts = [self.program.describe(each) for each in term.numbers]
            parts.append("delta" if term.line is None else self.program.describe(term.line))
            lines.append(f"{term.removed} removed: {term.coefficient:+d} {' '.join(parts)}")
        return "\n".join(lines)


@lru_cache(maxsize=8)
def split_words(order: int = 2) -> SplitWords:
    """The crossed words of an order >= 2, each of their lines kept or removed.

    Full lines and full scattering: what the self-consistent theory sums is not among them. UnreducedDiagram
    for orders with words that neither series-parallel reduction nor bridges evaluate (from order 5).
    """
    program = ZonalProgram()
    totals: Counter[tuple[int, tuple[int, ...], int | None]] = Counter()
    for word in skeleton_words(order):
        steps, nodes = word.steps(), max(max(word.points) + 1, 1)
        for kinds in product((INFRARED, ULTRAVIOLET), repeat=len(steps)):
            rows = [(i, j, kind) for (i, j), kind in zip(steps, kinds, strict=True)]
            reduced = program.reduce(1 if word.is_local else 2, nodes, rows)
            if reduced.core:
                raise UnreducedDiagram(f"word {word} must reduce to one line to be evaluated (got a core)")
            totals[sum(kinds), reduced.numbers, reduced.line] += word.coefficient
    terms = [SplitWord(key[0], coefficient, key[1], key[2]) for key, coefficient in totals.items()]
    return SplitWords(program, tuple(sorted(terms, key=lambda term: term.removed)), order)


def ridge_corrections(problem: Problem, kappa: Floats, cutoffs: Integers) -> RidgeCorrections:
    """Screening and vertex at these cut-offs, each of shape (len(kappa), len(cutoffs)).

    ValueError for spectra without a dim. Degrees with lambda_l << kappa at every n are left out of the
    products, as in the theories of learning curves.
    """
    spectrum, n = problem.spectrum, problem.n
    dim = spectrum.require_dim("the vertex of kept and removed modes")
    lam, traces = spectrum.eigenvalues, spectrum.degree_traces
    require_budget(
        f"the vertex at {counted(len(cutoffs), 'cut-off')} and {counted(len(n), 'size')} n",
        seconds=1.6e-8 * len(cutoffs) * len(n) * float(len(lam)) ** 2,  # measured with 1001 degrees
        memory=100.0 * len(lam) * (len(lam) + len(n)),
        smaller="the number of cut-offs, of sizes or max_degree",
    )
    line, _ = learnability(lam, kappa)
    weight = traced_learnability(lam, traces, kappa)  # deg h, finite where deg is not
    correction = RingCorrection(problem, kappa)
    full = correction(line, n)[:, :-1]
    ridge_over = problem.total_ridge / kappa
    one_minus_gamma = (ridge_over + (weight * (1 - line)).sum(axis=1)) / n
    highest = active_degrees(problem.spectrum, kappa) - 1
    # the cube of a line to `highest`, projected on no higher degree
    transform = AngleTransform.build(dim, highest, 2 * highest + 1)
    shape = len(kappa), len(cutoffs)
    screening, vertex, first_order, leading = (np.zeros(shape) for _ in range(4))
    for place, cutoff in enumerate(cutoffs):
        kept = np.arange(len(lam)) <= cutoff
        screening[:, place] = -(weight * lam)[:, ~kept].sum(axis=1)
        partly = weight * (1 - line) * kept
        # 1 - gamma_<, without the cancellation: what is removed counts as ridge
        one_minus_gamma_below = (ridge_over + weight[:, ~kept].sum(axis=1) + partly.sum(axis=1)) / n
        infrared = _Infrared(n, kappa, weight * line * kept, partly, one_minus_gamma, one_minus_gamma_below)
        below = correction(np.where(kept, line, 0.0), n)[:, :-1]
        removed = -(weight * line * full)[:, ~kept].sum(axis=1)
        vertex[:, place] = infrared.shift(full, below, removed)
        # one removed line, the others kept: an imaginary part of relative size 1e-25 carries the derivative
        once = correction(np.where(kept, line, 1j * STEP * line), n)[:, :-1].imag / STEP
        first_order[:, place] = infrared.first_order(once)
        active, low = line[:, : highest + 1], np.where(kept, line, 0.0)[:, : highest + 1]
        words = np.zeros_like(line)
        words[:, : highest + 1] = split_words().values(low, active - low, transform)[1] / n[:, None] ** 2
        leading[:, place] = infrared.first_order(words)
    return RidgeCorrections(screening, vertex, first_order, leading)


@dataclass(frozen=True, eq=False)
class _Infrared:
    """Kept modes: `squared` deg h^2, `partly` deg h (1-h); 1 - gamma of all, and `_below` of these alone."""

    n: Floats
    kappa: Floats
    squared: Floats
    partly: Floats
    one_minus_gamma: Floats
    one_minus_gamma_below: Floats

    def shift(self, full: Floats, below: Floats, removed: Floats) -> Floats:
        """x for the self-energies `full` and `below` the cut-off (times kappa), both by degree."""
        factor = self.one_minus_gamma_below / self.one_minus_gamma
        change = (self.squared * (full - below)).sum(axis=1)
        own = (self.squared * below).sum(axis=1)
        found = factor * removed - (factor - 1) * own - factor * change - self._mean(full - below)
        return np.asarray(self.kappa * found)

    def first_order(self, change: Floats) -> Floats:
        """x to first order in the removed line: `change` of the self-energy (times kappa) by degree."""
        found = -(self.squared * change).sum(axis=1) - self._mean(change)
        return np.asarray(self.kappa * found)

    def _mean(self, change: Floats) -> Floats:
        """N (1-gamma_<) times the mean of a change over the kept modes, weighted by deg h (1-h)."""
        total = self.partly.sum(axis=1)
        mean = np.divide((self.partly * change).sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
        return np.asarray(self.n * self.one_minus_gamma_below * mean)
