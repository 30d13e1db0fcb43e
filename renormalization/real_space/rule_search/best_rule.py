"""The rule that keeps most information about the environment, with a certificate or an upper bound."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

import fieldtheory
from fieldtheory.arguments import require_choice, require_integer, require_number
from fieldtheory.array_types import Integers
from fieldtheory.budgets import require_budget
from fieldtheory.references import BURSHTEIN, KOCH_JANUSZ_RINGEL
from renormalization.real_space.lattice.entropies import mutual_information
from renormalization.real_space.lattice.joint import Joint
from renormalization.real_space.mutual_information import require_joint, rsmi
from renormalization.real_space.rule_search.alternation import alternated_rule
from renormalization.real_space.rule_search.cell_bound import cell_bound
from renormalization.real_space.rule_search.enumeration import enumerate_rules
from renormalization.real_space.rule_search.letters import Letters
from renormalization.real_space.rule_search.partition_tree import TIES, searched_tree
from renormalization.real_space.rule_search.soft_weights import climbed_weights, separating_weights
from renormalization.real_space.rule_search.symmetries import letter_symmetries
from renormalization.real_space.rules import Rule, rule_of_values

FAMILIES = ("all", "odd", "soft")
METHODS = ("auto", "enumerate", "alternate", "branch")
_RESTARTS = 100
_LISTED = 4096  # rules of the same information that are kept
_QUICK = 2e8  # numbers of an enumeration that "auto" prefers to branch and bound
_RATE = 1e8  # numbers a second
_FIRST = 2.0  # seconds of branch and bound over whole rules, before single cells
_ROUNDING = 1e-14  # of an information that is a sum of many logarithms


@dataclass(frozen=True)
class BestRule:
    """A rule, its information in nats, and an upper bound on that of every rule of the family.

    `certified`: no rule is better, to a relative 1e-9; `bound` is then the information itself. `degeneracy`:
    how many rules are as good, up to the names of the values, states with the same P(e|v) counted as one;
    None where they have not all been listed. `method`: the one that was used.
    """

    rule: Rule
    information: float
    bound: float
    certified: bool
    degeneracy: int | None
    method: str

    def plot(self, axes: Any = None, columns: Any = None) -> Any:
        """The states of the block, sorted by their value: `fieldtheory.plot.rule_states`, a figure.

        `axes`: Matplotlib axes to draw into, which are returned then.
        """
        # through the face: what draws lives on the roof
        return fieldtheory.plot.rule_states(self.rule, columns, axes=axes)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (KOCH_JANUSZ_RINGEL, BURSHTEIN)

    def __str__(self) -> str:
        of = "certified" if self.certified else f"at most {self.bound:.9g}"
        return f"{self.rule}: {self.information:.9g} nats, {of}"


def best_rule(
    joint: Joint,
    values: Any = 2,
    family: str = "all",
    method: str = "auto",
    seed: Any = 0,
    max_seconds: Any = 60.0,
) -> BestRule:
    """The rule into so many `values` with the largest I(h:E).

    `family`: "all" deterministic rules (one of them is best, as information is convex in P(h|v));
    "odd", those with h(-v) = -h(v), of two values, for Ising spins; "soft", P(h|v) = e^{h w.v}/(2 cosh w.v).
    Soft rules are averages of odd ones: where the best of these has a hyperplane between its values, weights
    along it reach its information to rounding.

    `method`: "enumerate", every rule; "alternate", local maxima from many starts (`seed`), never certified;
    "branch", branch and bound, which after `max_seconds` of processor time returns what it has, and its
    bound; "auto", the first where that is quick, else the last. States that do not occur get the value 0.
    OverBudget where an enumeration would be too long.

    Equation: rule-bound

    >>> from renormalization import infinite_chain_joint
    >>> spins = np.array([1, -1])
    >>> matrix = np.exp(0.5 * np.outer(spins, spins) + 0.1 * np.add.outer(spins, spins))
    >>> best = best_rule(infinite_chain_joint(matrix, block=2, buffer=0))
    >>> round(best.information, 9), best.certified, best.degeneracy  # decimation keeps 0.092415641
    (0.099198538, True, 1)
    """
    require_joint(joint)
    count = require_integer("values", values, minimum=2, maximum=1000)
    require_choice("family", family, FAMILIES)
    require_choice("method", method, METHODS)
    start = require_integer("seed", seed, minimum=0)
    seconds = require_number("max_seconds", max_seconds, exclusive=True)
    if family == "all":
        letters = Letters.all_rules(joint)
    elif count != 2:
        raise ValueError(f"values must be 2 for the family {family!r} (got {count})")
    else:
        letters = Letters.odd_rules(joint)
    found = _Search(joint, letters, count).by(method, start, seconds)
    return _softened(joint, letters, found, start) if family == "soft" else found.best


@dataclass(frozen=True)
class _Found:
    best: BestRule
    options: list[Integers]  # of the letters, of the best rules


@dataclass(frozen=True)
class _Search:
    joint: Joint
    letters: Letters
    values: int

    def by(self, method: str, seed: int, seconds: float) -> _Found:
        letters, values = self.letters, self.values
        if method == "auto":
            method = "enumerate" if self.size * values < _QUICK else "branch"
        restarts = 1 if method == "enumerate" else _RESTARTS  # there only for the scale of ties
        known, start = alternated_rule(letters, values, seed, restarts)
        if method == "alternate":
            return self._result([start], self.trivial_bound, False, method)
        if method == "enumerate":
            size = self.size
            what = f"enumerating {_rounded(size / letters.table.shape[1])} rules"
            require_budget(what, seconds=size * values / _RATE, smaller="values, or use method='branch'")
            slack = max(TIES * known, _ROUNDING)
            _, number, found = enumerate_rules(
                letters.table, letters.rows, letters.opposites, values, slack, _LISTED
            )
            return self._result(list(found), known, number <= _LISTED, method)
        return self._branched(known, start, seed, seconds)

    def _branched(self, known: float, start: Integers, seed: int, seconds: float) -> _Found:
        """Whole rules for a while, then single cells, then, if the bound is not met, whole rules again."""
        letters, values, clock = self.letters, self.values, time.process_time() + seconds
        paired = bool(letters.opposites[0] >= 0)
        first = seconds if paired else min(_FIRST, seconds / 4)
        known, bound, options = searched_tree(letters, values, known, start, first)
        complete = bound <= known * (1 + TIES)
        if complete or paired:
            return self._result(options, bound, complete, "branch")
        symmetries, left = letter_symmetries(self.joint, letters), clock - time.process_time()
        slack = TIES * known / 2
        bound = min(bound, cell_bound(letters, values, options[0], symmetries, slack, seed, left / 2))
        if bound > known * (1 + TIES):
            left = clock - time.process_time()
            known, of_rules, options = searched_tree(letters, values, known, options[0], left)
            complete, bound = of_rules <= known * (1 + TIES), min(bound, of_rules)
        return self._result(options, bound, complete, "branch")

    @property
    def size(self) -> float:
        """Numbers that an enumeration goes through: rules times columns."""
        letters, values = len(self.letters.rows), self.values
        if len(self.letters.opposites) and self.letters.opposites[0] >= 0:
            rules = 2.0 ** min(letters - 1, 1000)
        else:  # at most m^n / m!, nearly reached for many letters
            logarithm = letters * math.log(values) - math.lgamma(values + 1)
            rules = 1.0 + math.exp(min(logarithm, 690.0))
        return float(rules * self.letters.table.shape[1])

    @property
    def trivial_bound(self) -> float:
        """I(h:E) <= I(V:E), H(E), and the logarithm of the number of values."""
        return min(self.joint.information, self.joint.environment_entropy, math.log(self.values))

    def information(self, options: Integers) -> float:
        """Of a rule, without the rounding of a search."""
        cells = np.zeros((self.values, self.letters.table.shape[1]))
        for k, option in enumerate(options):
            cells[option] += self.letters.table[self.letters.rows[k]]
            if self.letters.opposites[k] >= 0:
                cells[(option + 1) % self.values] += self.letters.table[self.letters.opposites[k]]
        return mutual_information(cells[cells.any(axis=1)])

    def _result(self, options: list[Integers], bound: float, complete: bool, method: str) -> _Found:
        """`complete`: whether the options are of all rules that may be the best."""
        informations = [self.information(each) for each in options]
        best = max(informations)
        chosen = [
            each for each, found in zip(options, informations, strict=True) if found >= best * (1 - TIES)
        ]
        of_rows = self.letters.values_of_rows(chosen[0], self.values)
        of_states = np.zeros(math.prod(self.joint.block_shape), dtype=np.int64)
        of_states[self.joint.block_index] = of_rows
        rule = rule_of_values(of_states, self.joint.block_shape, self.values)
        least = min(bound, self.trivial_bound)
        certified = complete or method == "enumerate" or least <= best * (1 + TIES)
        degeneracy = len(chosen) if complete else None
        bound = best if certified else least
        return _Found(BestRule(rule, best, bound, certified, degeneracy, method), chosen)


def _softened(joint: Joint, letters: Letters, found: _Found, seed: int) -> BestRule:
    """Of the family "soft": along a hyperplane between the values of a best odd rule, or a local maximum."""
    odd, states = found.best, 1 - 2 * joint.block_states
    for options in found.options:
        weights = separating_weights(states, letters.values_of_rows(options, 2))
        if weights is not None:
            rule = Rule.soft(weights)
            return BestRule(rule, rsmi(rule, joint), odd.bound, odd.certified, None, odd.method)
    rule = Rule.soft(climbed_weights([joint], seed))
    return BestRule(rule, rsmi(rule, joint), odd.bound, False, None, odd.method)


def _rounded(number: float) -> str:
    return f"{number:.0f}" if number < 1e6 else f"{number:.1e}"
