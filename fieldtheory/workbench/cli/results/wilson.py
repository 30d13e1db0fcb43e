"""What `fieldtheory flow wilson` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.cli.results.curves import regression_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.array_types import Floats
    from renormalization.wilson.flow import WilsonFlow


@dataclass(frozen=True, eq=False)
class WilsonData:
    """The flow over a list of sizes, looked at at these cut-offs; `settings` as plain values.

    `warned`: whether the cut-offs were chosen, so that each is worth a warning; of all, the lowest are bad.
    """

    kernel: str
    flow: WilsonFlow
    cutoffs: list[int]
    settings: dict[str, Any]
    warned: bool = True

    @property
    def title(self) -> str:
        """One line that says what flows."""
        return regression_title(self.kernel, self.settings)

    @cached_property
    def columns(self) -> dict[str, Floats]:
        """By name, each of shape (sizes, cut-offs)."""
        flow, cutoffs = self.flow, self.cutoffs
        found = dict(flow.at(cutoffs)._asdict())
        if self.settings["vertex"]:
            found["vertex"] = flow.corrections(cutoffs).vertex
        if flow.target is not None:
            found["truncated_error"] = flow.truncated_error(cutoffs)
        return found | {"kappa_residual": flow.kappa_residual(cutoffs)}

    @cached_property
    def horizon(self) -> list[int]:
        """Last degree with lambda > kappa, by size."""
        found: list[int] = self.flow.horizon().tolist()
        return found

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return self.flow.references

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against each cut-off that was chosen."""
        if not self.warned:
            return ()
        return tuple(f"cut-off {cut}: {text}" for cut in self.cutoffs for text in self.flow.validity(cut))

    def to_dict(self) -> dict[str, Any]:
        """Everything, as the JSON output has it; a list of rows by n for each column by cut-off."""
        flow = self.flow
        return {
            "n": list(flow.n),
            "cutoff": self.cutoffs,
            **self.columns,
            "kappa": flow.kappa,
            "horizon": self.horizon,
            "error": None if flow.target is None else flow.error,
            "warnings": self.warnings,
            "settings": self.settings,
        }

    def figure(self) -> Figure:
        """Up to the last cut-off."""
        from fieldtheory.workbench.plots.wilson import wilson_flow

        return wilson_flow(self.flow, self.cutoffs[-1])

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per n and cut-off."""
        yield ("n", "cutoff", *self.columns)
        for place, n in enumerate(self.flow.n):
            cells = (column[place].tolist() for column in self.columns.values())
            for cut, *row in zip(self.cutoffs, *cells, strict=True):
                yield (n, cut, *row)
