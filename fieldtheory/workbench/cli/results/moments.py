"""What `fieldtheory network moments` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.moments.propagated_moments import PropagatedMoments
    from fieldtheory.workbench.moments.sampled_moments import SampledMoments


@dataclass(frozen=True, eq=False)
class MomentsResult:
    """Moments by order, and by sampling if it was asked for."""

    title: str
    orders: dict[str, PropagatedMoments]
    sampling: SampledMoments | None
    settings: dict[str, Any]

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return len(next(iter(self.orders.values())).mean)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return tuple(dict.fromkeys(each for found in self.orders.values() for each in found.references))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against each order."""
        return tuple(f"{name}: {text}" for name, found in self.orders.items() for text in found.warnings)

    def to_dict(self) -> dict[str, Any]:
        """Every number."""
        return {
            "orders": {name: found.to_dict() for name, found in self.orders.items()},
            "sampling": None if self.sampling is None else self.sampling.to_dict(),
            "settings": self.settings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per pair of outputs: means of the first, and covariances."""
        heads = [f"{name}_{part}" for name in self.orders for part in ("mean", "covariance")]
        if self.sampling is not None:
            heads += [f"sampled_{part}{end}" for part in ("mean", "covariance") for end in ("", "_stderr")]
        yield ("output", "other", *heads)
        for i in range(self.outputs):
            for j in range(self.outputs):
                values = [
                    float(each)
                    for found in self.orders.values()
                    for each in (found.mean[i], found.covariance[i, j])
                ]
                if self.sampling is not None:
                    of = self.sampling
                    values += [float(of.mean[i]), float(of.mean_stderr[i])]
                    values += [float(of.covariance[i, j]), float(of.covariance_stderr[i, j])]
                yield (i, j, *values)

    def figure(self) -> Figure:
        """Means and standard deviations of all outputs, side by side."""
        from fieldtheory.workbench.plots.moments import moments_figure

        figure: Figure = moments_figure(self.orders, self.sampling)
        return figure
