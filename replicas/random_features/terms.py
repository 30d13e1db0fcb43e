"""Diagrams of random features by value: features that are visited once are integrated out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from replicas.random_features.diagrams import FeatureDiagram, FeatureExpansion


@dataclass(frozen=True)
class FeatureTerm:
    """Diagrams of one value: a coefficient, and factors over at most two features, 0 and 1.

    A feature that is visited once is integrated out, K between two lines A: m of them in a row make the line
    A(KA)^m. `starts`, `ends`: pairs (feature, m); `loops`: of one feature, as (feature, m); `couplings`: of
    the two, the m of each; `closed`: lines of k such visits without any other.
    """

    starts: tuple[tuple[int, int], ...]
    ends: tuple[tuple[int, int], ...]
    loops: tuple[tuple[int, int], ...]
    couplings: tuple[int, ...]
    closed: tuple[int, ...]

    @property
    def features(self) -> int:
        """How many are visited more than once."""
        return (
            2 if self.couplings else len({feature for feature, _ in (*self.starts, *self.ends, *self.loops)})
        )

    def swapped(self) -> FeatureTerm:
        """The same with features 0 and 1 exchanged."""
        starts, ends, loops = (
            tuple(sorted((1 - feature, m) for feature, m in each))
            for each in (self.starts, self.ends, self.loops)
        )
        return FeatureTerm(starts, ends, loops, self.couplings, self.closed)


def feature_terms(expansion: FeatureExpansion) -> dict[FeatureTerm, int]:
    """The diagrams collected by value, with their weights; those that cancel are left out."""
    totals: Counter[FeatureTerm] = Counter()
    for diagram in expansion:
        totals[_term(diagram)] += diagram.weight
    return {term: weight for term, weight in totals.items() if weight}


def _term(diagram: FeatureDiagram) -> FeatureTerm:
    counts = Counter(diagram.word.points)
    kept = {point: k for k, point in enumerate(p for p in counts if counts[p] > 1)}
    starts: list[tuple[int, int]] = []
    ends: list[tuple[int, int]] = []
    loops: list[tuple[int, int]] = []
    couplings: list[int] = []
    closed: list[int] = []
    for visits in diagram.visits:
        places = [k for k, point in enumerate(visits) if point in kept]
        if not places:
            closed.append(len(visits))
            continue
        starts.append((kept[visits[places[0]]], places[0]))
        ends.append((kept[visits[places[-1]]], len(visits) - 1 - places[-1]))
        for i, j in zip(places[:-1], places[1:], strict=True):
            one, other = kept[visits[i]], kept[visits[j]]
            if one == other:
                loops.append((one, j - i - 1))
            else:
                couplings.append(j - i - 1)
    for each in (starts, ends, loops):
        each.sort()
    term = FeatureTerm(
        tuple(starts), tuple(ends), tuple(loops), tuple(sorted(couplings)), tuple(sorted(closed))
    )
    if len(kept) < 2:
        return term
    return min(term, term.swapped(), key=lambda each: (each.starts, each.ends, each.loops))
