"""What `fieldtheory regimes stability` has computed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import fieldtheory as ft
from fieldtheory.arguments import require_choice
from fieldtheory.data.diffeomorphisms import FoldedFraction
from fieldtheory.workbench.regimes.digit_functions import FUNCTIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PIXELS = 8


class StabilityRow(NamedTuple):
    """One function: its sampled stability, that of first order in T, its share of wrong signs."""

    function: str
    sampled: ft.Stability
    linear: ft.Stability
    error: float


@dataclass(frozen=True, eq=False)
class StabilityResult:
    """The stability of functions of digits to deformations of one cutoff and temperature."""

    deformations: ft.Diffeomorphisms
    functions: Sequence[StabilityRow]
    fields: int
    seed: int
    folded: FoldedFraction
    warnings: tuple[str, ...]

    @classmethod
    def of(
        cls, functions: Sequence[str], cutoff: int, temperature: float, fields: int, seed: int
    ) -> StabilityResult:
        """Each of these functions, on the same fields."""
        for name in functions:
            require_choice("function", name, FUNCTIONS)
        deformations, rows = ft.Diffeomorphisms(cutoff, temperature), []
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", UserWarning)
            for name in dict.fromkeys(functions):
                f = ft.digit_function(name)
                sampled = ft.relative_stability(f, f.images, cutoff, temperature, fields, seed)
                linear = ft.linear_stability(f.gradient, f.images, cutoff, temperature)
                rows.append(StabilityRow(name, sampled, linear, f.error))
        notes = tuple(dict.fromkeys(str(each.message) for each in said))
        return cls(deformations, rows, fields, seed, deformations.folded_fraction(), notes)

    @property
    def displacement(self) -> float:
        """The root mean square of the length of the displacement, in pixels."""
        return float((2 * self.deformations.mean_variance) ** 0.5) * _PIXELS

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the numbers rest on."""
        return self.deformations.references

    def to_dict(self) -> dict[str, Any]:
        """Every function by its name, and what the deformations are."""
        return {
            "functions": {
                row.function: {
                    "ratio": row.sampled.ratio,
                    "stderr": row.sampled.stderr,
                    "numerator": row.sampled.numerator,
                    "denominator": row.sampled.denominator,
                    "first_order": row.linear.ratio,
                    "classification_error": row.error,
                }
                for row in self.functions
            },
            "displacement": self.displacement,
            "folded_fraction": self.folded.value,
            "temperature_range": list(self.deformations.temperature_range(_PIXELS)),
            "settings": {
                "cutoff": self.deformations.cutoff,
                "temperature": self.deformations.temperature,
                "fields": self.fields,
                "seed": self.seed,
            },
            "references": list(self.references),
            "warnings": list(self.warnings),
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per function."""
        yield (
            *("function", "ratio", "stderr", "first_order", "numerator", "denominator"),
            "classification_error",
        )
        for name, sampled, linear, error in self.functions:
            changes = (sampled.numerator, sampled.denominator)
            yield (name, sampled.ratio, sampled.stderr, linear.ratio, *changes, error)

    def figure(self) -> Figure:
        """Digits, deformed, above the stability of each function."""
        from fieldtheory.workbench.plots.deformations import stability_figure

        found = {row.function: (row.sampled, row.linear) for row in self.functions}
        images = ft.digit_function(self.functions[0].function).images[:2]
        return stability_figure(found, images, self.deformations, self.seed)
