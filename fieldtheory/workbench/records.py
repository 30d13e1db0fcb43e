"""Results, dataclasses of arrays over n, as plain values, JSON, CSV and xarray.

The functions of a `record` serve as methods of the results.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from fieldtheory.workbench.output_files import require_path, write_file

# A learning curve: error = bias + variance; all its arrays over n, as tables list them; and those by degree
PARTS = ("error", "bias", "variance")
CURVE_COLUMNS = (
    "error",
    "error_bar",
    "bias",
    "variance",
    "effective_ridge",
    "posterior_variance",
    "label_noise_gain",
    "training_error",
    "converged",
)
DEGREE_COLUMNS = ("coefficients", "error_by_degree")  # over n and degree


def to_dict(record: Any) -> dict[str, Any]:
    """Every field by name as plain lists, numbers and strings, ready for JSON."""
    return {name: plain(value) for name, value in _values(record).items()}


def plain(value: Any) -> Any:
    """An array or a tuple as a list.

    >>> plain((0.5, 1.0)), plain("text")
    ([0.5, 1.0], 'text')
    """
    if _is_array(value):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value


def _is_array(value: Any) -> bool:
    return getattr(value, "ndim", 0) > 0  # without NumPy, which loads slowly


def json_text(value: Any) -> str:
    """One line of JSON that every parser accepts: arrays become lists, and what is not finite becomes null.

    >>> json_text({"kappa": [0.5, math.inf], "n": (1, 2)})
    '{"kappa": [0.5, null], "n": [1, 2]}'
    """
    return json.dumps(_finite(value), allow_nan=False, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def columns_over_n(record: Any) -> dict[str, Any]:
    """The arrays of a dataclass as columns over n, those by degree as `name_0`, `name_1`, ..."""
    found: dict[str, Any] = {}
    for name, value in _arrays(record).items():
        if value.ndim == 1:
            found[name] = value
        else:
            found |= {f"{name}_{degree}": value[:, degree] for degree in range(value.shape[1])}
    return found


def write_rows(path: str | Path, heads: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file: the heads of the columns, then the rows."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([list(heads), *rows])
    write_file(require_path("path", path), text.getvalue())


def to_csv(record: Any, path: str | Path) -> None:
    """Write a CSV file, one row per n: every array, those by degree as coefficients_0, ..."""
    columns = columns_over_n(record)
    write_rows(path, columns, zip(*(column.tolist() for column in columns.values()), strict=True))


def to_xarray(record: Any) -> Any:
    """An xarray.Dataset with the coordinates n and degree, and what is no array, but None, as attributes.

    Needs xarray; ImportError without it.
    """
    import xarray

    arrays = _arrays(record)
    n = arrays.pop("n")
    data = {name: (("n", "degree")[: value.ndim], value) for name, value in arrays.items()}
    degrees = max((value.shape[1] for value in arrays.values() if value.ndim == 2), default=0)
    others = {name: plain(value) for name, value in _values(record).items() if name not in ("n", *arrays)}
    attributes = {name: value for name, value in others.items() if value is not None}
    return xarray.Dataset(data, coords={"n": n, "degree": range(degrees)}, attrs=attributes)


def _values(record: Any) -> dict[str, Any]:
    """The fields by name, n in front."""
    names = sorted((field.name for field in fields(record)), key=lambda name: name != "n")
    return {name: getattr(record, name) for name in names}


def _arrays(record: Any) -> dict[str, Any]:
    return {name: value for name, value in _values(record).items() if _is_array(value)}
