"""Time and memory that the diagrams of an order take, estimated from their contractions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from diagrams.constituents import Propagator
from diagrams.theory import Theory
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted

_COPIES = 12  # of the partial diagrams at their most numerous (measured: 9 to 12)
_PER_PARTIAL = 3e-5  # seconds, all steps together
_PER_CHOICE = 2e-3  # seconds, for each choice of the numbers of vertices
_MOST_CELLS = 10**6  # of the table that counts these choices


def require_diagrams(
    theory: Theory, external: Sequence[str], order: str, counts: Iterable[tuple[int, ...]]
) -> list[tuple[int, ...]]:
    """The numbers of vertices in a list; OverBudget for an order with more diagrams than can be made."""
    found: list[tuple[int, ...]] = []
    seconds = memory = 0.0
    for each in counts:
        found.append(each)
        partial, size = partial_diagrams(theory, external, each)
        width = size * size + 2 * size + len(each) + 1
        seconds += _PER_CHOICE + _PER_PARTIAL * partial
        memory = max(memory, 8.0 * width * _COPIES * partial)
        if seconds > 1e3 or memory > 1e9:
            _require(order, external, seconds, memory, say=False)
    _require(order, external, seconds, memory, say=True)
    return found


def _require(order: str, external: Sequence[str], seconds: float, memory: float, say: bool) -> None:
    what = f"{order} with {counted(len(external), 'external point')}"
    require_budget(
        what, seconds=seconds, memory=memory, smaller="order or the number of external points", say=say
    )


def partial_diagrams(theory: Theory, external: Sequence[str], counts: tuple[int, ...]) -> tuple[float, int]:
    """About how many partial diagrams there are where they are most, and how many nodes they have.

    All contractions over (prod_t n_t! prod_v prod_f legs!) are the sum of 1/symmetry number of all diagrams;
    there are 3 2^loops times as many partial ones (measured: 2 to 7 times 2^loops), loops of lines that do
    not run from one field to its only partner, which have fewer symmetries.
    """
    legs = Counter(external)
    log = math.log(3.0)
    for n, vertex in zip(counts, theory.vertices, strict=True):
        log -= math.lgamma(n + 1.0) + n * sum(math.lgamma(k + 1.0) for k in vertex.legs.values())
        legs.update({name: n * k for name, k in vertex.legs.items()})
    size = sum(counts) + len(external)
    contractions, free = _log_contractions(theory, legs)
    log += contractions + max(free / 2 - size + 1, 0.0) * math.log(2.0)
    return (math.exp(log) if log < 700 else math.inf), size


def _log_contractions(theory: Theory, legs: Mapping[str, int]) -> tuple[float, int]:
    """Logarithm of the number of contractions, and the legs of all fields but such pairs.

    n! for pairs of fields that only meet each other, else (n - 1)!!.
    """
    found, free, left = 0.0, 0, {field.name for field in theory.fields}
    while left:
        tied = {left.pop()}
        links: list[Propagator] = []
        while more := [p for p in theory.propagators if {p.first, p.second} & tied and p not in links]:
            links += more
            tied.update(name for p in more for name in (p.first, p.second))
        left -= tied
        ends = [legs.get(name, 0) for name in tied]
        if len(tied) == 2 and len(links) == 1:
            if ends[0] != ends[1]:
                return -math.inf, 0
            found += math.lgamma(ends[0] + 1.0)
        else:
            n = sum(ends)
            free += n
            found += math.lgamma(n + 1.0) - math.lgamma(n / 2 + 1.0) - n / 2 * math.log(2.0)
    return found, free


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
