"""What `fieldtheory regimes lazy` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.records import to_dict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.regimes.crossover_scale import CrossoverScale


@dataclass(frozen=True, eq=False)
class LazyResult:
    """Changes of tangent kernels over widths and scales."""

    found: CrossoverScale

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return self.found.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against them."""
        return self.found.warnings

    @cached_property
    def linear_change(self) -> list[list[float]]:
        """Of the wide linear network with y = 1, over widths and scales."""
        from replicas.lazy_training.linear_crossover import linear_crossover_mean

        return [
            [linear_crossover_mean(h, alpha, 1.0, order=0, fixed="crossover") - 1 for alpha in self._scales]
            for h in self.found.widths.tolist()
        ]

    @property
    def _scales(self) -> list[float]:
        return self.found.scales.tolist()  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, Any]:
        """Every field, the means over networks, and the linear network."""
        means = {"mean_change": self.found.mean_change.tolist(), "stderr": self.found.stderr.tolist()}
        return {**to_dict(self.found), **means, "linear_change": self.linear_change}

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per width and scale."""
        yield ("width", "scale", "change", "change_stderr", "linear_change", "worst_error", "converged")
        found = self.found
        for i, width in enumerate(found.widths.tolist()):
            for j, scale in enumerate(self._scales):
                change, stderr = float(found.mean_change[i, j]), float(found.stderr[i, j])
                worst, done = float(found.final_error[i, j].max()), int(found.converged[i, j].sum())
                yield (width, scale, change, stderr, self.linear_change[i][j], worst, done)

    def figure(self) -> Figure:
        """The change over alpha sqrt(h)."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.found.plot())
