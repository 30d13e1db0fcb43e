"""A sweep that is written part by part, and goes on where it was interrupted."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Booleans
from fieldtheory.counted import counted
from fieldtheory.workbench.output_files import require_folder, require_path
from fieldtheory.workbench.sweep.grid import Grid, Part
from fieldtheory.workbench.sweep.part_curves import PartCurves, columns
from fieldtheory.workbench.sweep.stores.layout import (
    SAID,
    StoreError,
    attributes_of,
    coordinate_type,
    differences,
    identity,
    require_array,
    stored_grid,
)
from fieldtheory.workbench.sweep.stores.writer_lock import writer_lock


class Store:
    """A folder with the parts of a sweep that are done."""

    def __init__(self, path: Path, grid: Grid) -> None:
        self.path, self.grid = path, grid
        self._arrays: dict[str, Any] = {}

    @property
    def part_numbers(self) -> tuple[int, ...]:
        """How many parts there are along each axis."""
        pairs = zip(self.grid.shape, self.grid.part_shape(), strict=True)
        return tuple(-(-length // size) for length, size in pairs)

    def done(self) -> Booleans:
        """Which parts are done, by their numbers."""
        found: Booleans = np.asarray(self._read("done")).reshape(-1) == 1
        return found

    def take(self, part: Part, curves: PartCurves) -> None:
        """Write the curves of a part, then, once they are on the disk, that it is done."""
        place = self._place(part.number)
        for name, block in curves.arrays.items():
            self._array(name)[part.slices] = block
        self._array("said")[part.number] = _packed(curves)
        for name in curves.arrays:
            _to_disk(self._chunk(name, place))
        _to_disk(self._chunk("said", (part.number, 0)))
        self._array("done")[place] = 1
        _to_disk(self._chunk("done", place))

    def read(self, parts: Iterable[Part]) -> Iterator[PartCurves]:
        """The curves of parts that are done; StoreError for a chunk that is damaged or not there."""
        for part in parts:
            place = self._place(part.number)
            arrays = {}
            for name in columns(self.grid):
                self._require_chunk(name, place)
                arrays[name] = self._read(name, part.slices)
            self._require_chunk("said", (part.number, 0))
            yield _unpacked(part.number, arrays, self._read("said", (part.number,)), self.path)

    def create(self) -> None:
        """Make the arrays, all parts not done; the attributes, which make it a store, come last."""
        zarr = _zarr()
        from zarr.codecs import ZstdCodec

        group = zarr.open_group(self.path, mode="w-", zarr_format=3)
        made: dict[str, Any] = {"compressors": ZstdCodec(level=1, checksum=True)}
        for name in columns(self.grid):
            kind = "bool" if name == "converged" else "float64"
            group.create_array(
                name,
                shape=self.grid.shape,
                chunks=self.grid.part_shape(),
                dtype=kind,
                fill_value=False if kind == "bool" else math.nan,
                dimension_names=self.grid.dims,
                **made,
            )
        for name in self.grid.dims:
            numbers = coordinate_type(name)
            values = self.grid.labels(name)
            labels = {} if numbers else {"labels": values}
            data = np.array(values if numbers else range(len(values)), dtype=numbers or "int64")
            array = group.create_array(
                name,
                shape=data.shape,
                chunks=data.shape,
                dtype=data.dtype,
                dimension_names=(name,),
                attributes=labels,
                **made,
            )
            array[:] = data
        parts = math.prod(self.part_numbers)
        group.create_array(
            "said",
            shape=(parts, SAID),
            chunks=(1, SAID),
            dtype="uint8",
            dimension_names=("part", "byte"),
            **made,
        )
        group.create_array(
            "done",
            shape=self.part_numbers,
            chunks=(1,) * len(self.grid.dims),
            dtype="uint8",
            fill_value=0,
            dimension_names=[f"part_of_{name}" for name in self.grid.dims],
            **made,
        )
        group.attrs.update(identity(self.grid))

    def check(self) -> None:
        """StoreError unless all arrays are there, of numbers, with the shapes and chunks that are meant."""
        shape, chunks = self.grid.shape, self.grid.part_shape()
        for name in columns(self.grid):
            require_array(self.path, name, shape, chunks)
        for name, length in zip(self.grid.dims, shape, strict=True):
            require_array(self.path, name, (length,), (length,))
        parts = self.part_numbers
        require_array(self.path, "done", parts, (1,) * len(parts))
        require_array(self.path, "said", (math.prod(parts), SAID), (1, SAID))
        for name in self.grid.dims:
            if coordinate_type(name) and self._read(name).tolist() != self.grid.labels(name):
                raise StoreError(f"{self.path}: the values of axis {name!r} are not those of its attributes")

    def _place(self, number: int) -> tuple[int, ...]:
        return tuple(int(each) for each in np.unravel_index(number, self.part_numbers))

    def _chunk(self, name: str, place: tuple[int, ...]) -> Path:
        return self.path.joinpath(name, "c", *map(str, place))

    def _require_chunk(self, name: str, place: tuple[int, ...]) -> None:
        if not (chunk := self._chunk(name, place)).is_file():
            raise StoreError(
                f"{self.path}: {chunk.relative_to(self.path)} is missing, though its part is done: delete "
                f"{self._chunk('done', place).relative_to(self.path)} to have it computed again"
            )

    def _array(self, name: str) -> Any:
        if name not in self._arrays:
            self._arrays[name] = _zarr().open_array(self.path / name, mode="r+", zarr_format=3)
        return self._arrays[name]

    def _read(self, name: str, where: Any = ...) -> NDArray[Any]:
        try:
            return np.asarray(_zarr().open_array(self.path / name, mode="r", zarr_format=3)[where])
        except OSError:
            raise
        except Exception as error:  # of codecs, each of another kind
            raise StoreError(f"{self.path}: array {name!r} is damaged ({error})") from None


def open_store(path: Any) -> Store:
    """The store in a folder, checked; StoreError for what is none."""
    folder = require_path("path", path)
    if not folder.is_dir():
        raise StoreError(f"path must be the folder of a store: there is none at {folder}")
    store = Store(folder, stored_grid(attributes_of(folder), str(folder)))
    store.check()
    return store


@contextmanager
def writable_store(path: Any, grid: Grid, resume: bool, break_lock: bool = False) -> Iterator[Store]:
    """The store to go on with, made where there is none, while no other process writes it."""
    folder = require_path("store", path)
    require_folder(folder, "store")
    with writer_lock(folder, break_lock) as taken_over:
        if taken_over:
            print(taken_over, file=sys.stderr)
        store = Store(folder, grid)
        if not folder.exists() or not any(folder.iterdir()):
            store.create()
        else:
            there = attributes_of(folder)
            if not there:  # cut short while it was made, before any part
                raise StoreError(f"{folder}: a store that was never finished being made: delete it")
            if said := differences(json.loads(json.dumps(identity(grid))), there):
                raise StoreError(f"{folder} is of another sweep: {said}")
            store.check()
            count = int(store.done().sum())
            if not resume and count:
                raise StoreError(
                    f"{folder} has {counted(count, 'part')} of this sweep: use resume=True to go on with it"
                )
        yield store


def _packed(curves: PartCurves) -> NDArray[np.uint8]:
    """Warnings and papers of a part as JSON, padded; what does not fit is counted."""
    warnings, left = dict(curves.warnings), 0
    while True:
        text = json.dumps({"warnings": warnings, "references": curves.references, "left": left}).encode()
        if len(text) <= SAID:
            break
        warnings.popitem()
        left += 1
    found = np.zeros(SAID, dtype=np.uint8)
    found[: len(text)] = np.frombuffer(text, dtype=np.uint8)
    return found


def _unpacked(number: int, arrays: dict[str, Any], packed: NDArray[np.uint8], path: Path) -> PartCurves:
    try:
        found = json.loads(packed.tobytes().rstrip(b"\0"))
        warnings = {str(text): int(count) for text, count in found["warnings"].items()}
        if found["left"]:
            warnings[f"{found['left']} more warnings"] = int(found["left"])
        return PartCurves(number, arrays, warnings, tuple(map(str, found["references"])))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{path}: array 'said' is damaged ({error!r})") from None


def _to_disk(file: Path) -> None:
    """Data that the system keeps in memory, and the entry of the file in its folder."""
    for path in (file, file.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _zarr() -> ModuleType:
    try:
        import zarr
    except ImportError as error:
        raise ImportError('a store needs Zarr: pip install "deep-fieldtheory[sweep]"') from error
    return zarr
