"""A learning curve of real networks, beside the kernel regression that they approach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fieldtheory.array_types import Booleans, Floats, Integers
from fieldtheory.counted import counted
from fieldtheory.drawing import plot
from fieldtheory.workbench import records
from fieldtheory.workbench.curves.predicted_curve import LearningCurve

_TABLE = (
    *("error", "error_stderr", "excess", "excess_stderr", "variance", "variance_stderr"),
    *("training_error", "steps", "stability", "accepted", "halving", "converged"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedCurve:
    r"""Errors of trained networks by number of points and width, (n, widths), averages over data sets.

    `error`: mean of |f - g|^2 at the test points, of networks after flow, or of the posterior mean
    of Langevin chains (freed from their finite number); `kernel_error`, (n,): the same of kernel regression
    on the same data sets at the same test points, with the NTK, or the NNGP kernel; `excess`: error -
    kernel_error, paired, so that what is due to the data sets drops out. `variance`: of f over networks, or
    over the posterior, mean over the test points; `kernel_variance`, (n,): that of infinite width.
    `..._stderr`: over data sets. `theory`: the predicted curve of infinite width.

    `training_error`: mean squared residual; `steps`: the most that a network took; `stability`: the largest
    learning rate x eigenvalue of the tangent kernel, 0 for gradient flow, which has no learning rate;
    `accepted`: share of the steps of chains that was accepted (1 for flow); `halving`: relative change of the
    error of a network when its steps are half as long. `converged`: whether all networks came to the end of
    training, or the chains agree; where not, errors are nan and `warnings` says so.
    """

    n: Integers
    widths: tuple[int, ...]
    error: Floats
    error_stderr: Floats
    excess: Floats
    excess_stderr: Floats
    variance: Floats
    variance_stderr: Floats
    kernel_error: Floats
    kernel_error_stderr: Floats
    kernel_variance: Floats
    training_error: Floats
    steps: Integers
    stability: Floats
    accepted: Floats
    halving: Floats
    converged: Booleans
    theory: LearningCurve = field(repr=False)
    method: str
    dim: int
    ridge: float
    centre: bool
    members: int
    datasets: int
    tests: int
    seed: int
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    plot = plot

    def __repr__(self) -> str:
        sizes = ", ".join(map(str, self.n.tolist()))
        widths = ", ".join(map(str, self.widths))
        return (
            f"TrainedCurve({self.method}, n = {sizes}, widths {widths}, "
            f"{counted(self.datasets, 'data set')} x {counted(self.members, 'network')}, "
            f"error {self.error[0, -1]:.4g} beside {self.kernel_error[0]:.4g})"
        )

    def rows(self) -> Iterator[Sequence[Any]]:
        """The heads of a table with a row for each n and width, then its rows."""
        beside = ("kernel_error", "kernel_error_stderr", "kernel_variance")
        yield ["n", "width", *_TABLE, *beside, "theory_error"]
        for row, n in enumerate(self.n.tolist()):
            own = [getattr(self, name)[row].item() for name in beside]
            for column, width in enumerate(self.widths):
                here = [getattr(self, name)[row, column].item() for name in _TABLE]
                yield [n, width, *here, *own, float(self.theory.error[row])]

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file with a row for each n and width."""
        heads, *rows = self.rows()
        records.write_rows(path, heads, rows)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name as plain lists, numbers and strings, ready for JSON."""
        return records.to_dict(self) | {"theory": self.theory.to_dict()}

    def to_xarray(self) -> Any:
        """An xarray.Dataset over n and width; ImportError without xarray, which [sweep] installs."""
        xarray = records.required_xarray()
        data: dict[str, Any] = {name: (("n", "width"), getattr(self, name)) for name in _TABLE}
        for name in ("kernel_error", "kernel_error_stderr", "kernel_variance"):
            data[name] = ("n", getattr(self, name))
        data["theory_error"] = ("n", self.theory.error)
        about = ("method", "dim", "ridge", "members", "datasets", "tests", "seed", "warnings")
        attributes = {name: records.plain(getattr(self, name)) for name in about}
        attributes |= {"centre": int(self.centre)}  # files of xarray hold no truth values
        return xarray.Dataset(data, coords={"n": self.n, "width": list(self.widths)}, attrs=attributes)
