"""What `fieldtheory network dynamics` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.training.trained_networks import TrainedNetworks
    from fieldtheory.workbench.training.training_dynamics import TrainingDynamics

_ARRAYS = ("outputs", "stderr", "loss", "alignment", "ntk")
_LAST = ("kernels", "gradient_kernels")  # of which tables hold the last step


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """Dynamics, and networks if there are any, by name; labels of all points, training points first."""

    title: str
    labels: list[float]
    columns: dict[str, TrainingDynamics | TrainedNetworks]
    settings: dict[str, Any]

    @property
    def train(self) -> int:
        """Number of training points."""
        return next(iter(self.columns.values())).problem.training_points

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on, each once."""
        return tuple(dict.fromkeys(each for found in self.columns.values() for each in found.references))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said against the dynamics."""
        return tuple(text for found in self.columns.values() for text in found.warnings)

    def to_dict(self) -> dict[str, Any]:
        """Outputs, loss, alignment and NTK at all steps; kernels of the layers after the last one."""
        found: dict[str, Any] = {"train": self.train, "labels": self.labels, "settings": self.settings}
        for name, column in self.columns.items():
            found[name] = {each: getattr(column, each).tolist() for each in _ARRAYS}
            found[name] |= {
                f"{each}_last": [kernel[-1, :, -1].tolist() for kernel in getattr(column, each)]
                for each in _LAST
            }
            found[name]["warnings"] = list(column.warnings)
        return found

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per step and point."""
        heads = [f"{name}{part}" for name in self.columns for part in ("", "_stderr")]
        yield ("step", "point", "set", "label", *heads)
        for step in range(len(next(iter(self.columns.values())).outputs)):
            for point, label in enumerate(self.labels):
                values = [
                    float(array[step, point])
                    for found in self.columns.values()
                    for array in (found.outputs, found.stderr)
                ]
                yield (step, point, "train" if point < self.train else "test", label, *values)

    def figure(self) -> Figure:
        """Outputs, loss and alignment along training."""
        from fieldtheory.workbench.plots.training import comparison_figure

        return comparison_figure(self.columns)
