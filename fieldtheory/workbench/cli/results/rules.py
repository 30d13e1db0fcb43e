"""What `fieldtheory realspace rsmi` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.references import KOCH_JANUSZ_RINGEL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from renormalization.real_space.lattice.joint import Joint
    from renormalization.real_space.rule_search.best_rule import BestRule
    from renormalization.real_space.rules import Rule


@dataclass(frozen=True, eq=False)
class RuleResult:
    """A rule and the information that it keeps; `best` where it was sought.

    `columns`: of the block, where it is a rectangle.
    """

    joint: Joint
    rule: Rule
    information: float
    best: BestRule | None
    settings: dict[str, Any]
    columns: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return (KOCH_JANUSZ_RINGEL,) if self.best is None else self.best.references

    def to_dict(self) -> dict[str, Any]:
        """Informations in nats, and P(h|v) with the states v of the block that occur."""
        best = self.best
        found = {
            "information": self.information,
            "block_information": self.joint.information,
            "block_entropy": self.joint.block_entropy,
            "environment_entropy": self.joint.environment_entropy,
            "block": list(self.joint.block),
            "environment": list(self.joint.environment),
            "states": self.joint.block_states.tolist(),
            "rule": self.rule.table[self.joint.block_index].tolist(),
            "settings": self.settings,
        }
        if best is not None:
            names = ("bound", "certified", "degeneracy", "method")
            found |= {name: getattr(best, name) for name in names}
        return found

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per state of the block: its sites, its probability, that of each value of h."""
        chances = self.joint.table.sum(axis=1)
        yield (*self.site_names, "probability", *(f"h{k}" for k in range(self.rule.values)))
        for state, chance, index in zip(
            self.joint.block_states, chances, self.joint.block_index, strict=True
        ):
            yield (*state.tolist(), float(chance), *self.rule.table[index].tolist())

    @property
    def site_names(self) -> list[str]:
        """Of each site of the block, "2 3" for (2, 3)."""
        return [
            " ".join(map(str, site)) if isinstance(site, tuple) else str(site) for site in self.joint.block
        ]

    def figure(self) -> Figure:
        """The rule as a picture of block states."""
        from fieldtheory.workbench.plots.rules import rule_states

        figure: Figure = rule_states(self.rule, self.columns, self.joint.block_index)
        return figure
