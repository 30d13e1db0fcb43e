"""One-layer rules trained with exact gradients: for information about the environment, or conventionally."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_types import Floats
from fieldtheory.drawing import plot
from fieldtheory.references import KOCH_JANUSZ_RINGEL
from renormalization.real_space.lattice.joint import Joint
from renormalization.real_space.mutual_information import require_joint, rsmi
from renormalization.real_space.rule_search.soft_weights import climbed_weights
from renormalization.real_space.rules import Rule

OBJECTIVES = ("environment", "reconstruction")


@dataclass(frozen=True, eq=False)
class TrainedRule:
    """A soft rule P(h|v) = e^{h w.v}/(2 cosh w.v), its weights w, and what it keeps, in nats.

    `information` I(h:E) with the environment; `reconstruction` sum_i I(h:v_i) with the spins of the block.
    """

    rule: Rule
    weights: Floats
    objective: str
    information: float
    reconstruction: float

    plot = plot

    @property
    def references(self) -> tuple[str, ...]:
        """Papers, one a string."""
        return (KOCH_JANUSZ_RINGEL,)

    def __str__(self) -> str:
        return (
            f"soft rule trained for {self.objective}: I(h:E) = {self.information:.9g}, "
            f"sum I(h:v_i) = {self.reconstruction:.9g} nats"
        )


def train_soft_rule(
    joint: Joint, objective: str = "environment", seed: Any = 0, restarts: Any = 20
) -> TrainedRule:
    """The best of local maxima from so many random starts, by L-BFGS with exact gradients, without samples.

    `objective`: "environment", I(h:E), what renormalisation wants; "reconstruction", sum_i I(h:v_i), what an
    autoencoder wants: its least loss sum_i H(v_i|h), of a decoder that guesses each spin from h by itself.
    (I(h:V) would not do: every deterministic odd rule has its maximum, ln 2.) Maxima may lie at infinite
    weights; the climb ends where nothing more is gained. ValueError for sites that are not spins.

    Equation: rule-gradient

    >>> from renormalization import LatticeModel
    >>> joint = LatticeModel.ising(6, coupling=0.5).joint(block=[1, 2, 3], environment=[0, 5])
    >>> wanted, usual = (train_soft_rule(joint, each) for each in ("environment", "reconstruction"))
    >>> wanted.information > usual.information, wanted.reconstruction < usual.reconstruction
    (True, True)
    """
    require_joint(joint)
    require_choice("objective", objective, OBJECTIVES)
    start = require_integer("seed", seed, minimum=0)
    count = require_integer("restarts", restarts, minimum=1, maximum=10**6)
    if set(joint.block_shape) != {2}:
        raise ValueError(f"joint must have a block of sites of two states (got {joint.block_shape})")
    spins = spin_joints(joint)
    weights = climbed_weights([joint] if objective == "environment" else spins, start, count)
    rule = Rule.soft(weights)
    reconstruction = sum(rsmi(rule, each) for each in spins)
    return TrainedRule(rule, weights, objective, rsmi(rule, joint), reconstruction)


def spin_joints(joint: Joint) -> list[Joint]:
    """P(v, v_i) for each site i of the block: the site as environment."""
    chances = joint.table.sum(axis=1)
    return [
        replace(
            joint,
            table=chances[:, None] * np.eye(count)[states],
            environment=(site,),
            environment_shape=(count,),
            environment_index=np.arange(count),
        )
        for site, count, states in zip(joint.block, joint.block_shape, joint.block_states.T, strict=True)
    ]
