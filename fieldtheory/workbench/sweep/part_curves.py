"""A part of a sweep, computed: spectra once, then all curves that share them."""

from __future__ import annotations

import itertools
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldtheory.networks.fully_connected import FullyConnected
from fieldtheory.networks.spectra import spectra
from fieldtheory.one_thread import one_blas_thread
from fieldtheory.spectrum import Spectrum
from fieldtheory.workbench.curves.learning_curves import quiet_curves
from fieldtheory.workbench.records import CURVE_COLUMNS
from fieldtheory.workbench.sweep.grid import AXES, NETWORK, Grid, Part

_OUTER = ("kernel", "dim", "target", "theory", "label_noise")
_INNER = (*NETWORK, "ridge", "n")
# Filters of warnings belong to the process, and parts are computed by threads
_filtered = threading.Lock()


@dataclass(frozen=True)
class PartCurves:
    """Arrays over a part of the grid; `warnings`: text -> curves; `references`: papers."""

    number: int
    arrays: Mapping[str, Any]
    warnings: Mapping[str, int]
    references: tuple[str, ...]


def columns(grid: Grid) -> list[str]:
    """Names of the arrays over the grid."""
    return [name for name in CURVE_COLUMNS if grid.error_bar or name != "error_bar"]


def part_curves(grid: Grid, part: Part) -> PartCurves:
    """The curves of one part, the same bits everywhere; nothing else travels from a worker and back."""
    with one_blas_thread():
        return _part_curves(grid, part)


def _part_curves(grid: Grid, part: Part) -> PartCurves:
    places = dict(zip(grid.dims, part.places, strict=True))
    values = {name: grid.values(name, places.get(name)) for name in AXES}
    order = (*_OUTER, *_INNER)
    shape = tuple(len(values[name]) for name in order)
    arrays = {
        name: np.empty(shape, dtype=bool if name == "converged" else np.float64) for name in columns(grid)
    }
    networks = [
        FullyConnected(**dict(zip(NETWORK, each, strict=True)))
        for each in itertools.product(*(values[name] for name in NETWORK))
    ]
    of_networks = tuple(len(values[name]) for name in NETWORK)
    said: dict[str, int] = {}
    references: dict[str, None] = {}
    for at in itertools.product(*(range(len(values[name])) for name in _OUTER[:2])):
        kernel, dim = (values[name][place] for name, place in zip(_OUTER, at, strict=False))
        found = quiet_spectra(networks, dim, kernel, grid.max_degree, said)
        for inner in itertools.product(*(range(len(values[name])) for name in _OUTER[2:])):
            target, theory, noise = (
                values[name][place] for name, place in zip(_OUTER[2:], inner, strict=True)
            )
            curves = quiet_curves(
                found,
                target,
                values["n"],
                values["ridge"],
                noise,
                theory,
                grid.ensemble,
                grid.error_bar,
                grid.order,
            )
            for name in arrays:
                block = getattr(curves, name)
                arrays[name][(*at, *inner)] = block.reshape(*of_networks, *block.shape[1:])
            for warning in curves.warnings:
                said[warning.text] = said.get(warning.text, 0) + len(warning.curves)
            references |= dict.fromkeys(curves.references)
    # axes as the user ordered them, those that do not vary left out
    kept = [place for place, name in enumerate(order) if name in grid.axes]
    varying = [order[place] for place in kept]
    turned = [varying.index(name) for name in grid.dims]
    small = tuple(shape[place] for place in kept)
    return PartCurves(
        part.number,
        {name: each.reshape(small).transpose(turned) for name, each in arrays.items()},
        said,
        tuple(references),
    )


def quiet_spectra(
    networks: list[FullyConnected], dim: int, kernel: Any, max_degree: int | None, said: dict[str, int]
) -> list[Spectrum]:
    """The spectra of some networks; what they warn of goes to `said`, once for each network."""
    with _filtered, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = spectra(networks, dim, kernel, max_degree)
    for each in caught:
        said[str(each.message)] = said.get(str(each.message), 0) + 1
    return found
