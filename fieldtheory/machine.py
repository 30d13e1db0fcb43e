"""The machine as far as this process may use it: of a batch job, the cores and the memory it was given."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fieldtheory.shown_value import shown

_FILES = (  # of a control group, by version: limit, what is taken, of which the file cache can be given back
    ("memory.max", "memory.current"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes"),
)


def usable_cores() -> int:
    """Cores that this process may use: of its affinity, its control group and LOKY_MAX_CPU_COUNT the least.

    ValueError for a LOKY_MAX_CPU_COUNT that is no number.
    """
    from loky import cpu_count

    try:
        return int(cpu_count())
    except ValueError:
        most = os.environ.get("LOKY_MAX_CPU_COUNT")
        raise ValueError(f"LOKY_MAX_CPU_COUNT must be an integer, or unset (got {shown(most)})") from None


def unused_bytes() -> float:
    """Memory that this process may still take.

    The least of what the machine has free, what each control group leaves that the process is in, and what
    `ulimit -v` leaves.
    """
    from psutil import virtual_memory

    return max(0.0, min(float(virtual_memory().available), left_by_control_groups(), _left_by_ulimit()))


def left_by_control_groups(root: str | Path = "/") -> float:
    """What all control groups leave to this process, of either version; `inf` where there is none.

    A batch job is in a group of its own, deep below the top one, and each group above has a limit, too.
    `root`: of the file system.

    >>> left_by_control_groups("/nowhere")
    inf
    """
    return min((_left_by(group) for group in _control_groups(Path(root))), default=math.inf)


def _control_groups(root: Path) -> Iterator[Path]:
    """Folders of the groups that may limit the memory, from this process's up to the top one.

    In a container the top one may be its own group, and the path that of the machine outside, unseen here.
    """
    top = root / "sys/fs/cgroup"
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "" or "memory" in controllers.split(","):
            mount = top / "memory" if controllers else top
            parts = [part for part in path.split("/") if part not in ("", "..")]
            for length in range(len(parts), -1, -1):
                yield mount.joinpath(*parts[:length])


def _left_by(group: Path) -> float:
    for limit, used in _FILES:
        most, taken = _lines(group / limit), _lines(group / used)
        if most and taken and most[0].isdecimal():
            # version 1 counts groups below only in the total, which comes last
            cache = [line.split()[1] for line in _lines(group / "memory.stat") if "inactive_file " in line]
            return float(most[0]) - float(taken[0]) + float(cache[-1] if cache else 0)
    return math.inf


def _left_by_ulimit() -> float:
    if sys.platform == "win32":
        return math.inf
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return math.inf
    taken = _lines(Path("/proc/self/statm"))
    return most - (float(taken[0].split()[0]) * resource.getpagesize() if taken else 0.0)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
