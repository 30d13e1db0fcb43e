"""Who writes a store: one process at a time, by a lock that the system takes back when it dies."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieldtheory.shown_value import shown


class StoreLocked(ValueError):
    """Another process writes the store."""


@contextmanager
def writer_lock(store: Path, break_lock: bool) -> Iterator[str]:
    """Hold the lock of a store; what is to be said if a dead process held it before, else "".

    The lock is a file beside the store that says who holds it: it tells, the lock of the system decides. That
    of another host may be alive behind a network file system: StoreLocked, unless `break_lock`.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise ImportError('a store needs filelock: pip install "deep-fieldtheory[sweep]"') from error

    file = store.with_name(store.name + ".lock")
    owner = store.with_name(store.name + ".writer")
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreLocked(
            f"{store} is being written by {_in_words(_read(owner))}: wait until it ends"
        ) from None
    try:
        before, said = _read(owner), ""
        if before is not None:
            if before.get("host") != socket.gethostname() and not break_lock:
                raise StoreLocked(
                    f"{store} is held by {_in_words(before)}: if that has ended, use break_lock=True "
                    f"(--break-lock), or delete {owner.name}"
                )
            said = f"{store}: taken over from {_in_words(before)}, which ended before it was done"
        owner.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        try:
            yield said
        finally:
            owner.unlink(missing_ok=True)
    finally:
        lock.release()


def _read(owner: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(owner.read_text()[:1000])
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _in_words(owner: dict[str, Any] | None) -> str:
    if not owner:
        return "another process"
    return f"process {shown(owner.get('pid'))} on {shown(owner.get('host'))}"
