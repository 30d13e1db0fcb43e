"""Time and memory that the diagrams of an order take, estimated from their contractions.

The memory is that of all diagrams kept; one after the other they take none to speak of.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from diagrams.theories.constituents import Propagator
from diagrams.theories.theory import Theory
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted

_PER_DIAGRAM = 1.2e-5  # seconds (measured: 6e-6 to 2e-5)
_PER_CHOICE = 5e-4  # seconds, for each choice of the numbers of vertices
_BYTES = 500.0  # of a diagram that is kept, and for each of its lines
_BYTES_OF_LINE = 8.0
_APART = 1.75  # how external points tied without the others make connected diagrams fewer (fitted)
_MOST_CELLS = 10**6  # of the table that counts these choices


def require_diagrams(
    theory: Theory,
    external: Sequence[str],
    order: str,
    counts: Iterable[tuple[int, ...]],
    connected: bool = True,
) -> list[tuple[int, ...]]:
    """The numbers of vertices in a list; OverBudget for an order with more diagrams than can be made."""
    found: list[tuple[int, ...]] = []
    seconds = memory = 0.0
    for each in counts:
        found.append(each)
        number, lines = expected_diagrams(theory, external, each, connected)
        seconds += _PER_CHOICE + _PER_DIAGRAM * number
        memory += (_BYTES + _BYTES_OF_LINE * lines) * number
        if seconds > 1e3 or memory > 1e9:
            _require(order, external, seconds, memory, say=False)
    _require(order, external, seconds, memory, say=True)
    return found


def _require(order: str, external: Sequence[str], seconds: float, memory: float, say: bool) -> None:
    what = f"{order} with {counted(len(external), 'external point')}"
    require_budget(
        what, seconds=seconds, memory=memory, smaller="order or the number of external points", say=say
    )


def expected_diagrams(
    theory: Theory, external: Sequence[str], counts: tuple[int, ...], connected: bool = True
) -> tuple[float, float]:
    """About how many diagrams have these numbers of vertices by type, and how many lines.

    All contractions over (prod_t n_t! prod_v prod_f legs!) are the sum of 1/symmetry number. Lines from a
    vertex to itself and pairs of parallel lines, which make most symmetry numbers, each a factor of 2, are
    about independent of one another in a large diagram, and so a mean of x of them makes e^x times as many
    diagrams as that sum says. If `connected`, those are taken away in which external points and vertices of
    one leg are only tied to one another.
    """
    legs, ones = Counter(external), len(external)
    log = 0.0
    for n, vertex in zip(counts, theory.vertices, strict=True):
        log -= math.lgamma(n + 1.0) + n * sum(math.lgamma(k + 1.0) for k in vertex.legs.values())
        legs.update({name: n * k for name, k in vertex.legs.items()})
        ones += n if vertex.degree == 1 else 0
    ends = sum(legs.values())
    contractions, chances = _contractions(theory, legs)
    log += contractions
    if ends and contractions > -math.inf:
        log += _doublings(theory, counts, chances) - (_APART * ones**2 / ends if connected else 0.0)
    return (math.exp(log) if log < 700 else math.inf), ends / 2


def _doublings(theory: Theory, counts: tuple[int, ...], chances: Mapping[Propagator, float]) -> float:
    """The mean number of lines from a vertex to itself and of pairs of parallel lines.

    `chances`: that of two legs which the propagator can tie to be tied.
    """
    found = 0.0
    for p, chance in chances.items():
        first = second = both = 0.0
        for n, vertex in zip(counts, theory.vertices, strict=True):
            a, b = (math.comb(vertex.legs.get(name, 0), 2) for name in (p.first, p.second))
            first, second, both = first + n * a, second + n * b, both + n * a * b
        pairs = (first * second - both) * chance**2
        found += first * chance + pairs if p.first == p.second else 2 * pairs
    return found


def _contractions(theory: Theory, legs: Mapping[str, int]) -> tuple[float, dict[Propagator, float]]:
    """Logarithm of the number of contractions, and the chance of a pair of legs by its propagator.

    A field with one partner takes its legs from it: m!/(m - n)! ways. What is left then pairs as if every
    field met every other one that it is tied to in some steps: (n - 1)!! ways.
    """
    found, chances = 0.0, {}
    left = {field.name: legs.get(field.name, 0) for field in theory.fields}
    free = dict.fromkeys(left, 1.0)  # the share of legs that are left
    links = list(theory.propagators)
    while alone := [(p, name) for p in links for name in (p.first, p.second) if _only(name, p, links)]:
        p, name = alone[0]
        partner = p.second if name == p.first else p.first
        many, taken = left[partner], left[name]
        if taken > many:
            return -math.inf, {}
        found += math.lgamma(many + 1.0) - math.lgamma(many - taken + 1.0)
        chances[p] = free[partner] * free[name] / max(many, 1)
        free[partner] *= (many - taken) / max(many, 1)
        left[partner], left[name] = many - taken, 0
        links.remove(p)
    while left:
        tied = {next(iter(left))}
        group: list[Propagator] = []
        while more := [p for p in links if {p.first, p.second} & tied and p not in group]:
            group += more
            tied.update(name for p in more for name in (p.first, p.second))
        n = sum(left.pop(name) for name in tied)
        if n and not group:
            return -math.inf, {}
        found += math.lgamma(n + 1.0) - math.lgamma(n / 2 + 1.0) - n / 2 * math.log(2.0)
        chances |= {p: free[p.first] * free[p.second] / max(n - 1, 1) for p in group}
    return found, chances


def _only(name: str, propagator: Propagator, links: Sequence[Propagator]) -> bool:
    """Whether a field is only contracted with another one, by this propagator."""
    among = [p for p in links if name in (p.first, p.second)]
    return among == [propagator] and propagator.first != propagator.second


def require_partitions(steps: Sequence[Fraction], target: Fraction) -> None:
    """OverBudget for an order that too many choices of vertices make up."""
    unit = math.lcm(1, *(step.denominator for step in (*steps, target)))
    total, parts = int(target * unit), [int(step * unit) for step in steps]
    if not parts or total < 0:
        return
    number = math.inf
    if total * len(parts) <= _MOST_CELLS:
        ways = [1] + [0] * total
        for part in parts:
            for reached in range(part, total + 1):
                ways[reached] += ways[reached - part]
        number = float(min(ways[total], 10**300))
    elif len(parts) == 1:
        number = 1.0
    require_budget(
        f"an order with {counted(len(parts), 'kind')} of vertices",
        seconds=_PER_CHOICE * number,
        smaller="order or the number of vertices of the theory",
        say=False,
    )
