"""What `fieldtheory regimes jamming` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fieldtheory.counted import counted
from fieldtheory.workbench.records import to_dict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.workbench.regimes.jamming import JammingCurve


@dataclass(frozen=True, eq=False)
class JammingResult:
    """Runs of networks of several widths."""

    curve: JammingCurve

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return self.curve.references

    @property
    def warnings(self) -> tuple[str, ...]:
        """How many runs may still go down."""
        open_runs = int((~self.curve.converged).sum())
        if not open_runs:
            return ()
        return (f"{counted(open_runs, 'run')} ended before a minimum was reached: raise --iterations",)

    def to_dict(self) -> dict[str, Any]:
        """Every field of the curve, and N*."""
        n, low, high = self.curve.threshold()
        return to_dict(self.curve) | {"threshold": {"parameters": n, "low": low, "high": high}}

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per run."""
        curve = self.curve
        yield ("width", "parameters", "run", "loss", "unsatisfied", "converged", "test_error")
        for k, width in enumerate(curve.widths.tolist()):
            for r in range(curve.loss.shape[1]):
                error = None if curve.test_error is None else float(curve.test_error[k, r])
                values = (float(curve.loss[k, r]), int(curve.unsatisfied[k, r]), bool(curve.converged[k, r]))
                yield (width, int(curve.parameters[k]), r, *values, error)

    def figure(self) -> Figure:
        """Jammed fraction and unsatisfied patterns over N/P."""
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(self.curve.plot())
