"""Sweeps in TOML files: numbers, lists, ranges and names, nothing that could be run."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fieldtheory.arguments import require_choice, require_integer
from fieldtheory.array_arguments import require_reals
from fieldtheory.shown_value import shown
from fieldtheory.targets import Target
from fieldtheory.workbench.output_files import require_path
from fieldtheory.workbench.sweep.grid import AXES

MOST_BYTES = 1_000_000
_MOST_VALUES = 1_000_000  # of a range
_OTHERS = ("order", "ensemble", "error_bar", "max_degree")  # arguments of `sweep` that may be fixed
_RANGE = ("from", "to", "count", "scale")


def read_sweep(path: str | Path) -> dict[str, Any]:
    """The arguments of `sweep` that a TOML file holds: `axes`, and by name what is fixed.

    Table `axes`: names with lists, or with ranges {from, to, count, scale = "log" | "linear"}; table `fixed`:
    names with values. Targets are powers by degree, `target = {1 = 0.5, 2 = 0.5}`; as an axis a table of
    names with such. Ranges of n, dim and hidden_layers are rounded to integers, each once.

    ValueError names the file, the key and the value.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "sweep.toml")
    ...     _ = file.write_text('[axes]\\nn = {from = 10, to = 1000, count = 3}\\n[fixed]\\ndim = 20\\n')
    ...     read_sweep(file)
    {'axes': {'n': [10, 100, 1000]}, 'dim': 20}
    """
    file = require_path("path", path)
    with file.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"{file}: file must have at most {MOST_BYTES} bytes (got more)")
    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: no TOML: {error}") from None
    try:
        return _arguments(found)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def _arguments(found: Mapping[str, Any]) -> dict[str, Any]:
    for key in found:
        require_choice("table", key, ("axes", "fixed"))
    axes, fixed = found.get("axes"), found.get("fixed", {})
    if not isinstance(axes, dict) or not axes:
        raise ValueError(f"axes must be a table with at least one axis (got {shown(axes)})")
    if not isinstance(fixed, dict):
        raise ValueError(f"fixed must be a table (got {shown(fixed)})")
    for name, value in fixed.items():
        require_choice("fixed: name", name, (*AXES, *_OTHERS))
        fixed[name] = _target(name, value) if name == "target" else value
    return {"axes": {name: _values(name, value) for name, value in axes.items()}, **fixed}


def _values(name: str, value: Any) -> Any:
    """Of an axis; whether the name is one is for the sweep to say, which knows the nearest."""
    if name == "target":
        if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
            raise ValueError(
                "target must be a table of names with powers by degree where it is an axis "
                f"(got {shown(value)})"
            )
        return {key: _target(f"target.{key}", each) for key, each in value.items()}
    if isinstance(value, dict):
        return _range(name, value)
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, or a range {{from, to, count}} (got {shown(value)})")
    return value


def _range(name: str, table: Mapping[str, Any]) -> list[Any]:
    for key in table:
        require_choice(f"{name}: key", key, _RANGE)
    missing = [key for key in _RANGE[:3] if key not in table]
    if missing:
        raise ValueError(f"{name} must have {missing[0]} as a range (got {shown(dict(table))})")
    first, last = (float(require_reals(f"{name}.{key}", table[key])) for key in ("from", "to"))
    count = require_integer(f"{name}.count", table["count"], minimum=2, maximum=_MOST_VALUES)
    scale = require_choice(
        f"{name}.scale", table.get("scale", "log" if name == "n" else "linear"), ("log", "linear")
    )
    if first >= last:
        raise ValueError(f"{name}: from must be below to (got {first:g} and {last:g})")
    if scale == "log" and first <= 0:
        raise ValueError(f"{name}: from must be positive on a scale of logarithms (got {first:g})")
    between = np.geomspace if scale == "log" else np.linspace
    found = between(first, last, count)
    if name in ("n", "dim", "hidden_layers"):
        return list(dict.fromkeys(round(each) for each in found.tolist()))
    return list(found.tolist())


def _target(name: str, value: Any) -> Target:
    if not isinstance(value, dict) or not value:
        raise ValueError(
            f"{name} must be powers by degree, such as {{1 = 0.5, 2 = 0.5}} (got {shown(value)})"
        )
    powers = {}
    for key, power in value.items():
        if not (key.isascii() and key.isdecimal() and len(key) < 10):
            raise ValueError(f"{name}: a degree must be an integer (got {shown(key)})")
        powers[int(key)] = power
    return Target(powers)
