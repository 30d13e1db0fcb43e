"""What `fieldtheory realspace layers` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from renormalization.real_space.lattice.layer_information import LayerInformation

_COLUMNS = ("entropy", "information", "given_environment", "conditional_entropy")


@dataclass(frozen=True, eq=False)
class LayerResult:
    """What each layer keeps, and the layers: [(groups, rule or rules), ...].

    `certified`: of best rules whether all have been compared; None of given ones.
    """

    information: LayerInformation
    layers: Sequence[tuple[Any, Any]]
    certified: bool | None
    settings: dict[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Papers on the information about an environment."""
        return self.information.references

    def to_dict(self) -> dict[str, Any]:
        """Entries over l = 0, 1, ..., in nats; the groups of each layer, and P(h|v) of its rules."""
        columns = {name: getattr(self.information, name).tolist() for name in _COLUMNS}
        return columns | {
            "layers": [
                {
                    "groups": [list(group) for group in groups],
                    "rules": [
                        each.table.tolist() for each in (rules if isinstance(rules, list) else [rules])
                    ],
                }
                for groups, rules in self.layers
            ],
            "certified": self.certified,
            "settings": self.settings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per layer, from the block on."""
        yield ("layer", *_COLUMNS)
        columns = (getattr(self.information, name).tolist() for name in _COLUMNS)
        for number, row in enumerate(zip(*columns, strict=True)):
            yield (number, *row)

    def figure(self) -> Figure:
        """Entropy and information over the layers."""
        from fieldtheory.workbench.plots.layers import layer_information

        figure: Figure = layer_information(self.information)
        return figure
