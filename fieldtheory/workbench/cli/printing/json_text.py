"""Results as JSON that every parser accepts."""

from __future__ import annotations

import json
import math
from typing import Any


def json_text(value: Any) -> str:
    """One line of JSON; arrays become lists, and what is not finite becomes null."""
    return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
