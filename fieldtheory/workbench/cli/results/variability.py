"""What `fieldtheory network variability` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.workbench.records import to_dict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from replicas.data_variability.binary_learning_curve import BinaryCurve
    from replicas.data_variability.dataset_sampling import DatasetSample

_THEORY = ("zeroth", "first_order", "annealed", "matched", "effective_ridge_mean", "bound")


@dataclass(frozen=True, eq=False)
class VariabilityResult:
    """The learning curve of two classes, and the annealed average of its data sets if it was asked for."""

    title: str
    curve: BinaryCurve
    annealed: DatasetSample | None
    settings: dict[str, Any]

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return self.curve.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against the weights of the annealed average."""
        return () if self.annealed is None else self.annealed.warnings

    def to_dict(self) -> dict[str, Any]:
        """The curve, and sampling under `sampled` and `sampled_annealed`."""
        found = to_dict(self.curve)
        for name, sample in (("sampled", self.curve.sampled), ("sampled_annealed", self.annealed)):
            found[name] = None if sample is None else to_dict(sample)
        return found | {"settings": self.settings}

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per n."""
        curve = self.curve
        columns: dict[str, Any] = {"mean": curve.mean, "error_bar": curve.error_bar}
        columns |= {name: getattr(curve, name) for name in (*_THEORY, "effective_ridge")}
        for name, sample in (("sampled", curve.sampled), ("sampled_annealed", self.annealed)):
            if sample is not None:
                columns |= {name: sample.mean, f"{name}_stderr": sample.stderr}
        yield ("n", "trusted", *columns)
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        for n, trusted, row in zip(curve.n.astype(int).tolist(), curve.trusted, values, strict=True):
            yield (n, trusted, *row)

    def figure(self) -> Figure:
        """All orders and the effective ridge over n."""
        from fieldtheory.workbench.plots.data_variability import binary_curve
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(binary_curve(self.curve))
