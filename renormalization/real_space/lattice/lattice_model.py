"""Models on finite lattices, P(x) = (1/Z) prod_f f(x_f), exact by contraction of their factors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from fieldtheory.arguments import require_integer
from fieldtheory.array_arguments import listed
from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from renormalization.real_space.lattice.configurations import occurring_configurations
from renormalization.real_space.lattice.contracted_layers import contracted_layers
from renormalization.real_space.lattice.contraction import summed
from renormalization.real_space.lattice.factors import (
    Factor,
    Site,
    require_factor,
    require_parts,
    require_site,
)
from renormalization.real_space.lattice.joint import Joint, joint_of_table
from renormalization.real_space.lattice.layer import require_layers
from renormalization.real_space.lattice.layer_information import LayerInformation
from renormalization.real_space.lattice.rectangle import Rectangle, require_couplings, require_fields

_MOST_STATES = 100  # of a site
_COVERED = {(0, 1): 1, (1, 0): 2, (0, -1): 3, (-1, 0): 0}  # step to the other end of a dimer: its state


@dataclass(frozen=True, eq=False)
class LatticeModel:
    """P(x) = (1/Z) prod_f f(x_f), f >= 0, over the states x of finitely many sites.

    `states`: the number of states of each site; `factors`; `bonds`: pairs of neighbours, the order in which
    couplings are given: site after site, first to the right, then down. State 0 of an Ising site is spin +1.
    Monte Carlo on large lattices is not offered: everything is a sum over all states.

    >>> model = LatticeModel.ising((3, 3), coupling=0.44)
    >>> round(model.log_partition_function, 6), round(model.correlation((1, 1), (1, 2)), 6)
    (7.49805, 0.539855)
    """

    states: Mapping[Site, int]
    factors: tuple[Factor, ...] = field(repr=False)
    bonds: tuple[tuple[Site, Site], ...] = field(default=(), repr=False)

    @classmethod
    def from_factors(cls, states: Any, factors: Any) -> LatticeModel:
        """`states`: {site: number of states}; `factors`: a list of (sites, array), an axis for each site.

        >>> table = [[1.0, 0.0], [0.5, 1.0]]
        >>> LatticeModel.from_factors({"a": 2, "b": 2}, [(("a", "b"), table)]).log_partition_function
        0.916290...
        """
        if not isinstance(states, Mapping) or not states:
            raise ValueError(f"states must be a dict {{site: number of states}} (got {shown(states)})")
        counts = {
            site: require_integer(f"states[{shown(site)}]", count, minimum=1, maximum=_MOST_STATES)
            for site, count in states.items()
        }
        given = listed("factors", factors, "a list of pairs (sites, array)")
        if not isinstance(given, Sequence):
            raise ValueError(f"factors must be a list of pairs (sites, array) (got {shown(given)})")
        found = tuple(require_factor(k, each, counts) for k, each in enumerate(given))
        return cls(MappingProxyType(counts), found)

    @classmethod
    def ising(
        cls, shape: Any, coupling: Any, field: Any = 0.0, boundary: str = "open", remove: Any = ()
    ) -> LatticeModel:
        """Weights exp(K s s') on bonds and exp(h s) on sites, s = +1 (state 0) or -1.

        `shape`: (rows, columns), sites (row, column); an integer for a chain, whose sites are integers.
        `coupling` K: a number, or one for each of `bonds`; `field` h: a number, or one for each site.
        `boundary`: "open" or "periodic". `remove`: sites left out.
        """
        lattice = Rectangle.of(shape, boundary, remove)
        spins = np.array([1.0, -1.0])
        return cls._with_pairs(lattice, np.outer(spins, spins), coupling, spins, field)

    @classmethod
    def potts(
        cls,
        shape: Any,
        states: Any = 3,
        coupling: Any = 1.0,
        field: Any = 0.0,
        boundary: str = "open",
        remove: Any = (),
    ) -> LatticeModel:
        """Weights exp(J delta) on bonds, exp(h) on sites in state 0; arguments as those of `ising`.

        >>> pair = LatticeModel.potts(2, states=3, coupling=1.0)
        >>> round(pair.log_partition_function, 6)  # ln(3 e + 6)
        2.650057
        """
        count = require_integer("states", states, minimum=2, maximum=_MOST_STATES)
        lattice = Rectangle.of(shape, boundary, remove)
        return cls._with_pairs(lattice, np.eye(count), coupling, np.eye(count)[0], field)

    @classmethod
    def dimers(cls, shape: Any, remove: Any = ()) -> LatticeModel:
        """Coverings of a square by dimers, all of weight 1: each site lies in exactly one.

        State of a site: 0, 1, 2, 3 where its dimer goes up, right, down, left.

        >>> round(math.exp(LatticeModel.dimers((4, 4)).log_partition_function))
        36
        """
        lattice = Rectangle.of(shape, "open", remove)
        if lattice.axes != 2:
            raise ValueError(f"shape must be (rows, columns) for dimers (got {shown(shape)})")
        factors, known = [], set(lattice.sites)
        for row, column in lattice.sites:
            allowed = np.ones(4)
            for (down, right), state in _COVERED.items():
                if (row + down, column + right) not in known:
                    allowed[state] = 0.0
            if not allowed.any():
                raise ValueError(f"remove must leave each site a neighbour (got {shown(remove)})")
            factors.append(Factor.of([(row, column)], allowed))
        covers = np.arange(4)
        for first, second in lattice.bonds:
            there, back = (1, 3) if first[0] == second[0] else (2, 0)
            agree = (covers[:, None] == there) == (covers == back)
            factors.append(Factor.of((first, second), agree.astype(float)))
        return cls(MappingProxyType(dict.fromkeys(lattice.sites, 4)), tuple(factors), lattice.bonds)

    @classmethod
    def _with_pairs(
        cls, lattice: Rectangle, pair: Floats, coupling: Any, single: Floats, field: Any
    ) -> LatticeModel:
        couplings = require_couplings(coupling, len(lattice.bonds))
        fields = require_fields(field, len(lattice.sites))
        factors = [
            Factor.exponential(bond, k * pair) for bond, k in zip(lattice.bonds, couplings, strict=True)
        ]
        factors += [
            Factor.exponential([site], h * single) for site, h in zip(lattice.sites, fields, strict=True) if h
        ]
        states = MappingProxyType(dict.fromkeys(lattice.sites, len(single)))
        return cls(states, tuple(factors), lattice.bonds)

    @property
    def constrained(self) -> bool:
        """Whether some states are forbidden, by a factor that is 0."""
        return any(not factor.table.all() for factor in self.factors)

    @cached_property
    def log_partition_function(self) -> float:
        """ln Z. ValueError for a model none of whose states has a positive weight."""
        table, scale = summed(self.factors, self.states, (), "the partition function", "shape")
        self._require_weight(float(table))
        return math.log(float(table)) + scale

    def correlation(self, a: Any, b: Any) -> float:
        """(q P(x_a = x_b) - 1)/(q - 1), q the number of states: <s_a s_b> for Ising spins.

        1 where the states are always equal, 0 where they are independent and equally frequent.
        """
        first, second = (require_site(name, each, self.states) for name, each in (("a", a), ("b", b)))
        q = self.states[first]
        if self.states[second] != q or q == 1:
            raise ValueError(f"b must have as many states as a, and more than one (got {shown(b)})")
        if first == second:
            return 1.0
        table, _ = summed(self.factors, self.states, (first, second), "the correlation", "shape")
        self._require_weight(float(table.sum()))
        return float((q * np.trace(table) / table.sum() - 1) / (q - 1))

    def joint(self, block: Any, environment: Any) -> Joint:
        """P(v, e) of two sets of sites, all others summed.

        Models with forbidden states are listed state by state, others contracted. OverMemory, a ValueError,
        where the table would exceed the budget; ValueError for sets that are empty or overlap.

        >>> model = LatticeModel.ising(4, coupling=0.5)
        >>> joint = model.joint(block=[1, 2], environment=[0, 3])
        >>> joint.table.shape, round(joint.information, 6)
        ((4, 4), 0.217011)
        """
        v, e = require_parts(block, environment, self.states)
        shapes = tuple(self.states[site] for site in v), tuple(self.states[site] for site in e)
        if self.constrained:
            return self._listed_joint(v, e, shapes)
        rows, columns = (math.prod(shape) for shape in shapes)
        what = f"a table of {shown(rows)} block states and {shown(columns)} environment states"
        table, _ = summed(self.factors, self.states, (*v, *e), what, "environment")
        table = table.reshape(rows, columns)
        self._require_weight(float(table.sum()))
        return joint_of_table(table, v, e, *shapes)

    def layers(self, block: Any, environment: Any, layers: Any) -> LayerInformation:
        """What each layer of coarse-grainings of the block keeps about the environment; as `Joint.layers`.

        Rules are factors of the contraction: a table of block and environment is built only where it is
        small, or some sites are in neither, or some states are forbidden. So 16 spins beside 16 take seconds.

        >>> from renormalization import Rule
        >>> model = LatticeModel.ising(6, coupling=0.5)
        >>> model.layers([1, 2, 3, 4], [0, 5], [([(0, 1), (2, 3)], Rule.majority(2))]).information.round(6)
        array([0.221666, 0.116341])
        """
        v, e = require_parts(block, environment, self.states)
        if self.constrained:
            return self.joint(v, e).layers(layers)
        stack = require_layers(layers, [self.states[site] for site in v])
        return contracted_layers(self.factors, self.states, v, e, stack)

    def _listed_joint(
        self, v: tuple[Site, ...], e: tuple[Site, ...], shapes: tuple[tuple[int, ...], tuple[int, ...]]
    ) -> Joint:
        for name, shape in zip(("block", "environment"), shapes, strict=True):
            if math.prod(shape) >= 2**62:
                raise ValueError(
                    f"{name} must have fewer than 2^62 states (got {counted(len(shape), 'site')})"
                )
        found = occurring_configurations(self.factors, self.states, (*v, *e), "environment")
        self._require_weight(float(found.weights.sum()))
        block_index, rows = np.unique(found.numbers(v, self.states), return_inverse=True)
        environment_index, columns = np.unique(found.numbers(e, self.states), return_inverse=True)
        size = len(block_index) * len(environment_index)
        what = f"a table of {len(block_index)} block states and {len(environment_index)} environment states"
        require_budget(what, seconds=size / 1e8, memory=16.0 * size, smaller="environment")
        table = np.zeros((len(block_index), len(environment_index)))
        table[rows, columns] = found.weights
        return joint_of_table(table, v, e, *shapes, block_index, environment_index)

    def _require_weight(self, total: float) -> None:
        if not total > 0:
            raise ValueError(
                "factors must leave a state of positive weight (got a partition function of 0: they forbid "
                "all states, or all products of theirs are smaller than a float)"
            )

    def __str__(self) -> str:
        return (
            f"lattice model of {counted(len(self.states), 'site')} and {counted(len(self.factors), 'factor')}"
        )
