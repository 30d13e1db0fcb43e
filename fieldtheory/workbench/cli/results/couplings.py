"""What `fieldtheory realspace couplings` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from renormalization.real_space.hamiltonian.couplings import Couplings


@dataclass(frozen=True, eq=False)
class CouplingResult:
    """Exact couplings, those of each order of the cumulant expansion, and the largest ones by name."""

    exact: Couplings
    orders: Sequence[Couplings]
    blocks: Sequence[Sequence[Any]]
    largest: Sequence[tuple[tuple[int, ...], Any]]
    settings: dict[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Papers on the range of couplings."""
        return self.exact.references

    def to_dict(self) -> dict[str, Any]:
        """The largest couplings by their blocks; those of variables of q > 2 values as pairs (re, im)."""
        return {
            "blocks": [list(block) for block in self.blocks],
            "neighbours": sorted(self.exact.neighbours),
            "constant": _plain(self.exact[()]),
            "rangeness": self.exact.rangeness,
            "couplings": [
                {
                    "blocks": list(blocks),
                    "value": _plain(value),
                    "orders": [_plain(each[blocks]) for each in self.orders],
                }
                for blocks, value in self.largest
            ],
            "settings": self.settings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per coupling: its blocks, its size, and that of each order."""
        yield ("blocks", "coupling", *(f"order_{k}" for k in range(len(self.orders))))
        for blocks, value in self.largest:
            yield (" ".join(map(str, blocks)), size(value), *(size(each[blocks]) for each in self.orders))

    def figure(self) -> Figure:
        """The largest couplings as bars, and those of each order."""
        from fieldtheory.workbench.plots.couplings import coupling_bars

        return coupling_bars(self.exact, self.orders, len(self.largest))


def size(value: Any) -> float:
    """J of spins with its sign; of more values the sum of |J|."""
    return float(value) if isinstance(value, float) else float(abs(value).sum())


def _plain(value: Any) -> Any:
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, float):
        return value
    return (
        [_plain(each) for each in value.tolist()]
        if hasattr(value, "tolist")
        else [_plain(each) for each in value]
    )
