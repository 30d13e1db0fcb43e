"""What `fieldtheory regimes data` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import fieldtheory as ft
from fieldtheory.data.correlations import require_correlation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from replicas.data_cumulants.data_cumulants import DataCumulants
    from replicas.data_cumulants.series_cumulant import SeriesCumulant

_PATTERNS = ("ij", "iij", "iiii", "iiij", "iijj", "iijk", "ijkl")


class CumulantRow(NamedTuple):
    """One cumulant: its sites, in closed form (None for other functions than erf), and its diagrams."""

    sites: str
    exact: float | None
    series: SeriesCumulant


@dataclass(frozen=True, eq=False)
class DataResult:
    """The cumulants of data at sites whose Gaussian fields have one correlation."""

    data: DataCumulants
    correlation: float
    order: int
    cumulants: Sequence[CumulantRow]

    @classmethod
    def of(cls, activation: Any, gain: float, correlation: float, order: int) -> DataResult:
        """Those of up to four factors, at as many sites as can have this correlation."""
        import numpy as np

        from replicas.data_cumulants.data_cumulants import DataCumulants

        rho = float(require_correlation("correlation", correlation))
        data, rows = DataCumulants(activation, gain), []
        closed = ft.NonlinearGaussianData(gain) if data.name == "erf" else None
        for sites in _PATTERNS:
            different = len(set(sites))
            if different > 1 and rho < -1 / (different - 1):
                continue
            equal = np.equal.outer(list(sites), list(sites))
            matrix = np.where(equal, 1.0, rho)
            exact = None if closed is None else closed.cumulant(matrix)
            rows.append(CumulantRow(sites, exact, data.cumulant(matrix, order)))
        return cls(data, rho, order, rows)

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        exact = ft.NonlinearGaussianData.references if self.data.name == "erf" else ()
        return tuple(dict.fromkeys((*exact, *self.cumulants[0].series.references)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Which sums do not settle."""
        loose = [row.sites for row in self.cumulants if row.series.best.error == float("inf")]
        if not loose:
            return ()
        return (f"the series of {', '.join(loose)} have no error estimate: too few terms, or they grow",)

    def to_dict(self) -> dict[str, Any]:
        """All cumulants with their series, by their sites."""
        return {
            "cumulants": {
                row.sites: {
                    "exact": row.exact,
                    "sum": row.series.value,
                    "truncation": row.series.truncation,
                    "resummed": row.series.resummed.value,
                    "resummed_error": row.series.resummed.error,
                    "terms": row.series.terms.tolist(),
                }
                for row in self.cumulants
            },
            "coefficients": self.data.coefficients().tolist(),
            "settings": {
                "activation": self.data.name,
                "gain": self.data.gain,
                "correlation": self.correlation,
                "order": self.order,
            },
            "references": list(self.references),
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per cumulant."""
        yield ("sites", "exact", "sum", "truncation", "resummed", "resummed_error")
        for sites, exact, series in self.cumulants:
            yield (sites, exact, series.value, series.truncation, *series.resummed)

    def figure(self) -> Figure:
        """The fourth cumulants over the correlation."""
        from fieldtheory.workbench.plots.data_cumulants import fourth_cumulants
        from fieldtheory.workbench.plots.style import figure_of

        return figure_of(fourth_cumulants(self.data, self.order, marked=self.correlation))
