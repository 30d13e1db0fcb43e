"""What each layer of a coarse-graining keeps and forgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import fieldtheory
from fieldtheory.array_types import Floats
from fieldtheory.counted import counted
from fieldtheory.references import KOCH_JANUSZ_RINGEL, LENGGENHAGER


@dataclass(frozen=True, eq=False)
class LayerInformation:
    """Entropies, in nats, of a chain of coarse-grainings X = T_0 -> T_1 -> ..., an entry for each l.

    `entropy` H(T_l); `information` I(T_l:E) with the environment, None where there is none;
    `conditional_entropy` H(X|T_l), None where it is infinite (continuous variables).

    By data processing I(T_l:E) never rises and H(X|T_l) never falls, for every rule: what tells rules apart
    is how little of I(T_l:E) goes while H(T_l) falls. Which conditional entropy "grows with each layer" in
    the conjecture of Ringel (2018) is not settled; H(T_l|E) falls or rises.
    """

    entropy: Floats
    information: Floats | None
    conditional_entropy: Floats | None

    @property
    def given_environment(self) -> Floats | None:
        """H(T_l|E) = H(T_l) - I(T_l:E), in nats."""
        return None if self.information is None else self.entropy - self.information

    def plot(self, axes: Any = None) -> Any:
        """Entropies of the layers, information over entropy: `fieldtheory.plot.layer_information`.

        Into Matplotlib `axes`, where given, entropies alone.
        """
        # through the face: what draws lives on the roof
        return fieldtheory.plot.layer_information(self, axes)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers on the information about an environment, where there is one."""
        return () if self.information is None else (KOCH_JANUSZ_RINGEL, LENGGENHAGER)

    def __len__(self) -> int:
        return len(self.entropy)

    def __str__(self) -> str:
        columns = [
            ("H(T)", self.entropy),
            ("I(T:E)", self.information),
            ("H(T|E)", self.given_environment),
            ("H(X|T)", self.conditional_entropy),
        ]
        known = [(name, values) for name, values in columns if values is not None]
        lines = ["layer" + "".join(f"{name:>13}" for name, _ in known)]
        lines += [f"{k:>5}" + "".join(f"{values[k]:>13.8f}" for _, values in known) for k in range(len(self))]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"LayerInformation of {counted(len(self) - 1, 'layer')}:\n{self}"
