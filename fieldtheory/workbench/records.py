"""Results as plain Python values, ready for JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np


def plain_fields(record: Any) -> dict[str, Any]:
    """The fields of a dataclass by name: arrays and tuples as lists, the rest as it is."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: plain(value) for name, value in values.items()}


def plain(value: Any) -> Any:
    """An array or a tuple as a list.

    >>> plain(np.ones(2)), plain("text")
    ([1.0, 1.0], 'text')
    """
    if isinstance(value, np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
