"""What `fieldtheory realspace map` has computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fieldtheory.array_types import Floats
    from renormalization.real_space.maps.fixed_point import FixedPoint
    from renormalization.real_space.maps.rg_map import RGMap


@dataclass(frozen=True, eq=False)
class MapResult:
    """A map with its fixed points, and a flow if a start was given."""

    rg_map: RGMap
    points: Sequence[FixedPoint]
    path: Floats | None
    settings: dict[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Papers that the map is from."""
        return self.rg_map.references

    def to_dict(self) -> dict[str, Any]:
        """Formula, fixed points and flow."""
        return {
            "map": str(self.rg_map),
            "scale": float(self.rg_map.scale),
            "fixed_points": [point.to_dict() for point in self.points],
            "flow": None if self.path is None else self.path.tolist(),
            "settings": self.settings,
        }

    def rows(self) -> Iterator[Sequence[Any]]:
        """One row per fixed point, or per step of the flow; eigenvalues may be complex."""
        names = [str(symbol) for symbol in self.rg_map.symbols]
        if self.path is not None:
            yield ("step", *names)
            for step, couplings in enumerate(self.path.reshape(len(self.path), -1).tolist()):
                yield (step, *couplings)
            return
        if len(names) == 1:
            yield ("x", "eigenvalue", "y", "nu", "stable")
        else:
            heads = (f"{head}_{k}" for head in ("eigenvalue", "y") for k in range(1, len(names) + 1))
            yield (*names, *heads, "nu", "stable")
        for point in self.points:
            yield (
                *([float(point.x)] if len(names) == 1 else point.x.tolist()),
                *point.eigenvalues.tolist(),
                *point.exponents.tolist(),
                point.nu,
                point.stable,
            )

    def figure(self) -> Figure:
        """The map, its diagonal and its steps."""
        from fieldtheory.workbench.plots.rg_map import rg_flow

        return rg_flow(self.rg_map, self.settings["interval"])
