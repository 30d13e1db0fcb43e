"""Matrices and tables that users give as files; nothing in a file is ever run."""

from __future__ import annotations

import csv
import math
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tokenize import TokenError
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldtheory.array_types import Floats
from fieldtheory.budgets import require_budget
from fieldtheory.shown_value import shown

MOST_BYTES, MOST_COLUMNS, MOST_LINES = 200_000_000, 10_000, 1_000_000  # of a table
_DELIMITERS = (",", ";", "\t")


def read_matrix(name: str, path: Path) -> NDArray[np.generic]:
    """The array of a .npy file, of real numbers; ValueError, by `name`, for anything else.

    Shape and type are known, and refused, before any number is read; objects are never loaded.
    """
    _require_file(name, path)
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, TokenError, TypeError, OverflowError):  # of damaged headers
        found = None
    if not isinstance(found, np.ndarray):
        raise ValueError(f"{name} must be a NumPy file (.npy) of numbers (got {path})")
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers (got type {found.dtype} in {path})")
    require_budget(
        f"{name} of shape {found.shape}",
        seconds=1e-9 * found.size,
        memory=40.0 * found.size,
        smaller="its size",
    )
    return np.array(found)


def read_arrays(name: str, path: Path, wanted: tuple[str, ...]) -> list[NDArray[np.generic]]:
    """The arrays by these names of a .npz file, of real numbers; ValueError, by `name`, for anything else."""
    _require_file(name, path)
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{name} must have at most {MOST_BYTES // 10**6} MB (got more in {path})")
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            for each in wanted:
                size = archive.getinfo(f"{each}.npy").file_size
                require_budget(
                    f"{each} of {path}", seconds=1e-9 * size, memory=5.0 * size, smaller="its size"
                )
                with archive.open(f"{each}.npy") as file:
                    found.append(np.lib.format.read_array(file, allow_pickle=False))
    except KeyError:
        raise ValueError(
            f"{name} must hold arrays {' and '.join(wanted)} (got no {each} in {path})"
        ) from None
    except MemoryError:
        raise
    except Exception:  # of damaged archives and headers
        raise ValueError(f"{name} must be a NumPy archive (.npz) of numbers (got {path})") from None
    for each, array in zip(wanted, found, strict=True):
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} must hold real numbers (got type {array.dtype} of {each} in {path})")
    return found


def array_names(name: str, path: Path) -> tuple[str, ...]:
    """The names of the arrays in a .npz file, none of which is read; ValueError, by `name`, for another."""
    _require_file(name, path)
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(each.removesuffix(".npy") for each in archive.namelist() if each.endswith(".npy"))
    except zipfile.BadZipFile:
        raise ValueError(f"{name} must be a NumPy archive (.npz) of numbers (got {path})") from None


class Table(NamedTuple):
    """A table of text, column by column; `heads`: names, or the numbers of columns from 0."""

    heads: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    decimal_comma: bool

    def place(self, column: str) -> int:
        """Where the column of this name is, or of this number from 0, from the end if negative."""
        if column in self.heads:
            return self.heads.index(column)
        try:
            place = int(column) if column.lstrip("-").isdecimal() and len(column) < 10 else len(self.heads)
        except ValueError:
            place = len(self.heads)
        if not -len(self.heads) <= place < len(self.heads):
            names = ", ".join(self.heads[:8]) + (", ..." if len(self.heads) > 8 else "")
            raise ValueError(f"label must be a column of the table: {names} (got {shown(column)})")
        return place % len(self.heads)

    def text(self, place: int) -> list[str]:
        """One column as it stands."""
        return [row[place].strip() for row in self.rows]

    def numbers(self, place: int) -> Floats:
        """One column as numbers; ValueError that names column and line for what is none."""
        found = np.empty(len(self.rows))
        for row, text in enumerate(self.text(place)):
            value = _number(text, self.decimal_comma)
            if value is None:
                raise ValueError(
                    f"data must hold finite numbers in column {shown(self.heads[place])} "
                    f"(got {shown(text)} in line {self.lines[row]})"
                )
            found[row] = value
        return found

    def is_text(self, place: int) -> bool:
        """Whether no entry of the column is a number."""
        return all(_number(text, self.decimal_comma) is None for text in self.text(place))


def read_table(path: Path) -> Table:
    """A CSV file with commas, semicolons or tabs between columns, the first line names if not numbers.

    ValueError for a file that is too large, is no text, or has lines of different lengths.
    """
    _require_file("data", path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(
            f"data must have at most {MOST_BYTES // 10**6} MB (got {size // 10**6} MB in {path})"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"data must be a table as text in UTF-8 (got other bytes in {path})") from None
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(_DELIMITERS, key=first.count)
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in _lines(text, delimiter):
        if rows and len(row) != len(rows[0]):
            raise ValueError(
                f"data must have {len(rows[0])} columns in every line (got {len(row)} in line {line})"
            )
        if len(row) > MOST_COLUMNS or len(rows) > MOST_LINES:
            raise ValueError(
                f"data must have at most {MOST_COLUMNS} columns and {MOST_LINES} lines (got more in {path})"
            )
        rows.append(row)
        lines.append(line)
    comma = delimiter == ";"
    heads = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if rows and all(_number(cell, comma) is None for cell in heads) and all(heads):
        if len(set(heads)) < len(heads):
            twice = next(each for each in heads if heads.count(each) > 1)
            raise ValueError(f"data must name each column once (got {shown(twice)} twice)")
        rows, lines = rows[1:], lines[1:]
    else:
        heads = tuple(map(str, range(len(heads))))
    if len(rows) < 2 or len(heads) < 2:
        raise ValueError(
            f"data must have at least 2 points and 2 columns, one of them the label (got {len(rows)} "
            f"points in {len(heads)} columns)"
        )
    return Table(heads, rows, lines, comma)


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not empty, and its cells."""
    reader = csv.reader(text.splitlines(), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"data must be a table of text (got {error} in line {reader.line_num})") from None


def _number(text: str, decimal_comma: bool) -> float | None:
    """A finite number, None for anything else: such as 1, -2.5, 1e-3; 2,5 between semicolons."""
    text = text.strip()
    if decimal_comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if "_" in text or not text.isascii():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _require_file(name: str, path: Path) -> None:
    """OSError if there is none; ValueError for what is no ordinary file, which might never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError(f"{name} must be an ordinary file (got {path})")
