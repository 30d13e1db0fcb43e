"""What `fieldtheory posterior` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.posteriors.posterior import PosteriorMean
    from fieldtheory.workbench.posteriors.posterior_sampling import SampledPosterior
    from fieldtheory.workbench.posteriors.width_curve import WidthCurve


@dataclass(frozen=True, eq=False)
class PosteriorResult:
    """Posterior means by theory as it was asked for, with sampling or without; labels, (points, outputs)."""

    title: str
    labels: list[list[float]]
    train: int
    theories: dict[str, PosteriorMean]
    sampling: SampledPosterior | None
    settings: dict[str, Any]

    @property
    def columns(self) -> dict[str, PosteriorMean | SampledPosterior]:
        """Theories, then sampling."""
        return {**self.theories, **({} if self.sampling is None else {"sampling": self.sampling})}

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return tuple(dict.fromkeys(each for found in self.columns.values() for each in found.references))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against each theory, and against the sampling."""
        return tuple(f"{name}: {text}" for name, found in self.columns.items() for text in found.warnings)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the state of the chains."""
        return {
            "train": self.train,
            "labels": self.labels,
            "theories": {name: found.to_dict() for name, found in self.theories.items()},
            "sampling": None if self.sampling is None else self.sampling.to_dict(),
            "settings": self.settings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per point and output."""
        heads = [f"{name}{part}" for name in self.columns for part in ("", "_bar")]
        yield ("point", "set", "output", "label", *heads)
        for point, labels in enumerate(self.labels):
            for output, label in enumerate(labels):
                values = [
                    float(array[point, output])
                    for found in self.columns.values()
                    for array in (found.mean, found.error_bar)
                    if array is not None
                ]
                yield (point, "train" if point < self.train else "test", output, label, *values)

    def figure(self) -> Figure:
        """Means of all theories beside the labels and the sampling."""
        from fieldtheory.workbench.plots.posterior import means_figure

        return means_figure(self.columns, self.labels, self.train)


@dataclass(frozen=True, eq=False)
class ScanResult:
    """Test errors along a scan."""

    title: str
    curve: WidthCurve
    settings: dict[str, Any]

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return self.curve.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against the theories, at the values where it is."""
        return self.curve.warnings

    def to_dict(self) -> dict[str, Any]:
        """The curve, and what it is for."""
        return {"scan": self.curve.to_dict(), "settings": self.settings}

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per value and theory."""
        return self.curve.rows()

    def figure(self) -> Figure:
        """Test error and alignment."""
        from fieldtheory.workbench.plots.width_curve import width_curve_figure

        figure: Figure = width_curve_figure(self.curve)
        return figure
