"""The reference rows of real-space renormalisation, by their ids."""

import json
from pathlib import Path
from typing import Any

ROWS: dict[str, Any] = {
    row["id"]: row
    for row in json.loads((Path(__file__).parent / "data" / "real_space.json").read_text(encoding="utf-8"))[
        "rows"
    ]
}
