"""Stored outputs beside those of a run: text exactly or within a tolerance, figures by their data."""

import math
import re
from typing import Any

import numpy as np
from nbformat import NotebookNode

from tests.notebooks.figure_data import MIME

NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w])", re.IGNORECASE)
_TAG = re.compile(r"tolerance=(\d.*)")
# six digits are kept of the data of a figure
_OF_FIGURES = 1e-5


def tolerance(cell: NotebookNode) -> float:
    """How far, relatively, numbers of a cell may be off: the value of its tag `tolerance=...`, or 0."""
    found = [_TAG.fullmatch(tag) for tag in cell.metadata.get("tags", [])]
    return max((float(match[1]) for match in found if match), default=0.0)


def differences(stored: NotebookNode, found: NotebookNode) -> list[str]:
    """What differs between the outputs of two notebooks with the same cells, one line each."""
    lines = []
    for first, second in zip(stored.cells, found.cells, strict=True):
        allowed = tolerance(first)
        before, after = first.get("outputs", []), second.get("outputs", [])
        if len(before) != len(after):
            lines.append(f"{first.id}: {len(after)} outputs, {len(before)} are stored")
            continue
        for old, new in zip(before, after, strict=True):
            lines += [f"{first.id}: {text}" for text in _of_output(old, new, allowed)]
    return lines


def _of_output(old: NotebookNode, new: NotebookNode, allowed: float) -> list[str]:
    if old.output_type != new.output_type:
        return [f"{new.output_type}, stored is {old.output_type}"]
    if old.output_type == "stream":
        return _of_text(old.text, new.text, allowed)
    if set(old.data) != set(new.data):
        return [f"formats {sorted(new.data)}, stored are {sorted(old.data)}"]
    if MIME in old.data:
        return of_data(old.data[MIME], new.data[MIME], max(allowed, _OF_FIGURES))
    return [line for kind in old.data for line in _of_text(str(old.data[kind]), str(new.data[kind]), allowed)]


def _of_text(old: str, new: str, allowed: float) -> list[str]:
    """Equal, or, with a tolerance, with equal words and numbers that are close."""
    if old == new:
        return []
    words, numbers = (NUMBER.sub("#", old).split(), NUMBER.findall(old))
    if not allowed or NUMBER.sub("#", new).split() != words:
        return [f"{_first_difference(old, new)}"]
    return [
        f"{after}, stored is {before}"
        for before, after in zip(numbers, NUMBER.findall(new), strict=True)
        if not math.isclose(_value(before), _value(after), rel_tol=allowed)
    ]


def _first_difference(old: str, new: str) -> str:
    for before, after in zip(old.splitlines(), new.splitlines(), strict=False):
        if before != after:
            return f"{after.strip()[:200]!r}, stored is {before.strip()[:200]!r}"
    return f"{len(new.splitlines())} lines, stored are {len(old.splitlines())}"


def _value(number: str) -> float:
    return float(number.replace("−", "-"))


def of_data(old: Any, new: Any, allowed: float, where: str = "figure") -> list[str]:
    """What differs in the data of two figures; numbers are compared on the scale of their array."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        if "values" in old and old["shape"] == new["shape"]:
            return _of_arrays(old, new, allowed, where)
        return [line for key in old for line in of_data(old[key], new[key], allowed, f"{where}, {key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [line for k, pair in pairs for line in of_data(*pair, allowed, f"{where} {k}")]
    return [] if old == new else [f"{where}: {str(new)[:200]}, stored is {str(old)[:200]}"]


def _of_arrays(old: dict[str, Any], new: dict[str, Any], allowed: float, where: str) -> list[str]:
    before, after = (
        np.array([*each["values"].split(), each["mean square"]], dtype=float) for each in (old, new)
    )
    scale = np.abs(before[:-1][np.isfinite(before[:-1])]).max(initial=0.0)
    close = np.isclose(after, before, rtol=allowed, atol=allowed * scale, equal_nan=True)
    # the mean square has a scale of its own
    close[-1] = np.isclose(after[-1], before[-1], rtol=2 * allowed, atol=0)
    if close.all():
        return []
    k = int(np.argmin(close))
    return [f"{where}: {(~close).sum()} of {close.size} numbers, like {after[k]:g}, stored is {before[k]:g}"]
