"""What a store of a sweep looks like on disk, and the check of a folder before anything opens it.

Zarr format 3: an array per column, with one chunk per part of the grid, each with a checksum; an array per
axis; `done`, one number per part, written when its chunks are on the disk; `said`, what the curves of a part
warn of, as JSON. Numbers only: nothing in it can stand for code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fieldtheory
from fieldtheory.shown_value import shown
from fieldtheory.targets import Target
from fieldtheory.workbench.sweep.grid import AXES, Grid

FORMAT = 1
SAID = 1 << 16  # bytes of the warnings of a part
_REAL = ("ridge", "label_noise", "weight_variance", "bias_variance", "input_scale", "n")
_WHOLE = ("dim", "hidden_layers")
_TYPES = ("float64", "int64", "uint8", "bool")
_CODECS = ("bytes", "zstd", "crc32c")
_LARGEST = 64_000_000  # bytes of metadata that are read
_TOP = ("fieldtheory", "diagrams", "replicas")  # packages whose formulas give the numbers
_NOT_FORMULAS = ("cli", "plots")


class StoreError(ValueError):
    """A store that is not one, is damaged, unfinished, somebody else's, or of another sweep."""


def identity(grid: Grid) -> dict[str, Any]:
    """What makes two sweeps the same: grid, fixed parameters, version and formulas."""
    return {
        "format": FORMAT,
        "axes": {name: _described(name, grid.axes[name]) for name in grid.dims},
        "fixed": {name: _text_of(value) for name, value in sorted(grid.fixed.items())},
        "order": grid.order,
        "ensemble": grid.ensemble,
        "error_bar": grid.error_bar,
        "max_degree": grid.max_degree,
        "fieldtheory": fieldtheory.__version__,
        "formulas": formulas_digest(),
    }


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """Which entries of two identities differ, in words, each with both values; empty if none does."""
    said = []
    for name in sorted({*here, *there}):
        mine, its = here.get(name), there.get(name)
        if mine == its:
            continue
        if isinstance(mine, dict) and isinstance(its, dict):
            inner = differences(mine, its)
            said.append(inner if list(mine) == list(its) or inner else f"order of {name}")
        else:
            said.append(f"{name} ({shown(its)} there, {shown(mine)} here)")
    if not said and list(here.get("axes", {})) != list(there.get("axes", {})):
        said.append("the order of the axes")
    return ", ".join(said)


@cache
def formulas_digest() -> str:
    """A digest of the source of all that makes the numbers."""
    root = Path(fieldtheory.__file__).parents[1]
    found = hashlib.sha256()
    for package in _TOP:
        for file in sorted((root / package).rglob("*.py")):
            inside = file.relative_to(root)
            if not set(inside.parts) & set(_NOT_FORMULAS):
                found.update(str(inside).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:16]


def metadata(folder: Path, what: str) -> dict[str, Any]:
    """The `zarr.json` of the store or of one of its arrays, looked at before Zarr opens it."""
    file = folder / "zarr.json"
    try:
        if file.stat().st_size > _LARGEST:
            raise StoreError(f"{what}: metadata of {file.stat().st_size} bytes: no store of a sweep")
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise StoreError(f"{what}: no zarr.json: no store of a sweep, or one that was cut short") from None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{what}: metadata can't be read ({error})") from None
    if not isinstance(found, dict) or found.get("zarr_format") != 3:
        raise StoreError(f"{what}: no Zarr store of format 3")
    return found


def attributes_of(folder: Path) -> dict[str, Any]:
    """What makes the store that of a sweep; StoreError where it is an array."""
    found = metadata(folder, str(folder))
    if found.get("node_type") != "group":
        raise StoreError(f"{folder}: no store of a sweep, but an array")
    attributes = found.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def require_array(folder: Path, name: str, shape: tuple[int, ...], chunks: tuple[int, ...]) -> None:
    """StoreError unless this is an array of numbers, of that shape in such chunks, by known codecs."""
    what = f"{folder}: array {name!r}"
    found = metadata(folder / name, what)
    kind = found.get("data_type")
    if found.get("node_type") != "array" or kind not in _TYPES:
        raise StoreError(f"{what} holds {shown(kind)}: only {', '.join(_TYPES)} are read")
    for codec in found.get("codecs", []):
        if not isinstance(codec, dict) or codec.get("name") not in _CODECS:
            raise StoreError(f"{what} is written with {shown(codec)}: only {', '.join(_CODECS)} are read")
    if found.get("storage_transformers"):
        raise StoreError(f"{what} has storage transformers, which are not read")
    if found.get("shape") != list(shape):
        raise StoreError(f"{what} has shape {shown(found.get('shape'))} where {list(shape)} is meant")
    grid = found.get("chunk_grid")
    held = grid.get("configuration", {}).get("chunk_shape") if isinstance(grid, dict) else None
    if held != list(chunks):
        raise StoreError(f"{what} has chunks {shown(held)} where {list(chunks)} are meant")


def stored_grid(attributes: Any, what: str) -> Grid:
    """The grid that a store is of, from its attributes; functions and targets as what describes them."""
    try:
        axes, fixed = attributes["axes"], attributes["fixed"]
        if attributes["format"] != FORMAT:
            raise StoreError(f"{what} has format {shown(attributes['format'])}; this version reads {FORMAT}")
        known = [name for name in axes if name in AXES]
        if known != list(axes) or not known:
            raise StoreError(f"{what}: axes {shown(list(axes))} are not those of a sweep")
        return Grid(
            {name: tuple(_restored(name, each) for each in values) for name, values in axes.items()},
            fixed,
            attributes["order"],
            attributes["ensemble"],
            attributes["error_bar"] is True,
            attributes["max_degree"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{what}: no store of a sweep ({error!r})") from None


def coordinate_type(name: str) -> str | None:
    """Of the array of an axis; None for text, of which only the places are kept."""
    if name in _WHOLE:
        return "int64"
    return "float64" if name in _REAL else None


def _described(name: str, values: tuple[Any, ...]) -> list[Any]:
    if name == "target":
        return [[key, _text_of(target)] for key, target in values]
    return [value if isinstance(value, int | float | str) else _text_of(value) for value in values]


def _restored(name: str, value: Any) -> Any:
    if name == "target":
        return str(value[0]), str(value[1])
    if not isinstance(value, str if coordinate_type(name) is None else int | float):
        raise TypeError(f"{name}: {shown(value)}")
    return value


def _text_of(value: Any) -> Any:
    """A parameter as a number or text that tells it from others."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Target):
        return f"Target({dict(value.powers)}, {value.remainder})"
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}:{value.__qualname__}"
    if isinstance(value, list | tuple):
        return str([_text_of(each) for each in value])
    return str(value)
