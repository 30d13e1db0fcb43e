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

from fieldtheory.notebook_table import notebook_table
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
OTHER_AXES = {"by_point": "point", "by_output": "output"}  # of arrays over n and something, by their names
_SHOWN = ("error", "error_bar", "error_stderr", "bias", "variance", "effective_ridge", "converged")
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
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
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
    """The arrays of a dataclass as columns over n, those by degree or output as `name_0`, `name_1`, ...

    Those by point, which may be thousands, are left out.
    """
    found: dict[str, Any] = {}
    for name, value in _arrays(record).items():
        if value.ndim == 1:
            found[name] = value
        elif _second_axis(name) != "point":
            found |= {f"{name}_{degree}": value[:, degree] for degree in range(value.shape[1])}
    return found


def write_rows(path: str | Path, heads: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file: the heads of the columns, then the rows."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([list(heads), *rows])
    write_file(require_path("path", path), text.getvalue())


def to_csv(record: Any, path: str | Path) -> None:
    """Write a CSV file, one row per n: every array but those by point, those by degree as coefficients_0."""
    columns = columns_over_n(record)
    write_rows(path, columns, zip(*(column.tolist() for column in columns.values()), strict=True))


def to_xarray(record: Any) -> Any:
    """An xarray.Dataset over n and degree, point or output; what is no array, but None, as attributes.

    ImportError without xarray, which the extra [sweep] installs.
    """
    xarray = required_xarray()
    arrays = _arrays(record)
    n = arrays.pop("n")
    data = {name: (("n", _second_axis(name))[: value.ndim], value) for name, value in arrays.items()}
    lengths = {_second_axis(name): value.shape[1] for name, value in arrays.items() if value.ndim == 2}
    others = {name: plain(value) for name, value in _values(record).items() if name not in ("n", *arrays)}
    # files of xarray hold no mappings
    attributes = {
        name: [f"{key}: {each}" for key, each in value.items()] if isinstance(value, dict) else value
        for name, value in others.items()
        if value is not None
    }
    coordinates = {name: range(length) for name, length in lengths.items()}
    return xarray.Dataset(data, coords={"n": n, **coordinates}, attrs=attributes)


def curve_table(record: Any) -> str:
    """What a notebook shows for a curve: its columns over n, each beside its bar or standard error."""
    names = [name for name in _SHOWN if getattr(record, name, None) is not None]
    columns = [record.n, *(getattr(record, name) for name in names)]
    rows = [[_plain_number(column[k]) for column in columns] for k in range(len(record.n))]
    heads = ["n", *(name.replace("_", " ") for name in names)]
    return notebook_table(repr(record), heads, rows, record.warnings)


def _plain_number(value: Any) -> Any:
    found = value.item()
    return int(found) if isinstance(found, float) and found.is_integer() and abs(found) < 1e15 else found


def required_xarray() -> Any:
    """The module, or an ImportError that says what installs it."""
    try:
        import xarray
    except ImportError as error:
        raise ImportError('this needs xarray: pip install "deep-fieldtheory[sweep]"') from error
    return xarray


def over_sizes(record: Any) -> str:
    """The sizes and errors of a curve as one line has room for: the first and the last."""
    n, error = record.n, record.error
    several = len(n) > 1
    sizes = f"n = {n[0]:g}" + (f" ... {n[-1]:g} ({len(n)})" if several else "")
    return f"{sizes}, error {error[0]:.4g}" + (f" ... {error[-1]:.4g}" if several else "")


def _second_axis(name: str) -> str:
    """What an array by this name runs over, beside n."""
    return next((axis for part, axis in OTHER_AXES.items() if part in name), "degree")


def _values(record: Any) -> dict[str, Any]:
    """The fields by name, n in front."""
    recorded = (field.name for field in fields(record) if field.metadata.get("recorded", True))
    names = sorted(recorded, key=lambda name: name != "n")
    return {name: getattr(record, name) for name in names}


def _arrays(record: Any) -> dict[str, Any]:
    return {name: value for name, value in _values(record).items() if _is_array(value)}
