"""Files of results: checked before the work, and written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fieldtheory.shown_value import shown

DATA_SUFFIXES = (".json", ".csv")
FIGURE_SUFFIXES = (".svg", ".png", ".pdf")
SUFFIXES = FIGURE_SUFFIXES + DATA_SUFFIXES
_unfinished: set[Path] = set()


def require_path(name: str, value: Any) -> Path:
    """`value` as a Path; ValueError unless it is text or a path."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise ValueError(f"{name} must be the path of a file, as text or a Path (got {shown(value)})")
    text = os.fspath(value)
    if not text or "\0" in text:
        raise ValueError(f"{name} must be the path of a file (got {shown(text)})")
    if len(os.fsencode(text)) > 4000 or any(len(os.fsencode(part)) > 255 for part in Path(text).parts):
        raise ValueError(f"{name} must have parts of at most 255 bytes, 4000 in all (got {shown(text)})")
    return Path(text)


def require_writable(paths: Iterable[Path], suffixes: Sequence[str] = SUFFIXES, name: str = "out") -> None:
    """Refuse now what would fail after the computation: ValueError for a suffix or folder that won't do.

    >>> require_writable([Path("curve.txt")])
    Traceback (most recent call last):
    ValueError: out must be a file that ends in .svg, .png, .pdf, .json, .csv (got 'curve.txt')
    """
    for path in paths:
        if path.suffix.lower() not in suffixes:
            raise ValueError(
                f"{name} must be a file that ends in {', '.join(suffixes)} (got {shown(str(path))})"
            )
        if path.is_dir():
            raise ValueError(f"{name} must be a file (got the folder {shown(str(path))})")
        if not path.parent.is_dir():
            raise ValueError(f"{name} must be in a folder that exists (got {shown(str(path))})")
        require_folder(path.parent, name)


def require_folder(folder: Path, name: str = "out") -> None:
    """ValueError unless files can be made in the folder, or the folder itself where it does not exist."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{name} must be a folder (got the file {shown(str(folder))})")
    nearest = next((each for each in (folder, *folder.absolute().parents) if each.exists()), folder)
    if not nearest.is_dir():
        raise ValueError(f"{name} must be in a folder (got {shown(str(folder))}, below the file {nearest})")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"{name} must be in a folder that can be written to (got {shown(str(folder))})")


def write_file(path: Path, data: str | bytes) -> None:
    """Write the file whole: into a temporary neighbour that then takes its name, its permissions kept.

    Where that fails nothing is left behind, and a file of this name stays as it was; the OSError names it.
    Links are followed; what is no ordinary file, such as /dev/null, is written to as it is.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    target = Path(os.path.realpath(path))
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        _written(path, target, content, "wb")
        return
    neighbour = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    _unfinished.add(neighbour)
    try:
        _written(path, neighbour, content, "xb")
        if target.exists():
            shutil.copymode(target, neighbour)
        os.replace(neighbour, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(path)) from None
    finally:
        with contextlib.suppress(OSError):
            neighbour.unlink()
        _unfinished.discard(neighbour)


def discard_unfinished() -> None:
    """Remove what is being written, for a process that ends in the middle of it."""
    for path in tuple(_unfinished):
        with contextlib.suppress(OSError):
            path.unlink()


def _written(asked: Path, path: Path, content: bytes, mode: str) -> None:
    try:
        with open(path, mode) as file:
            file.write(content)
            file.flush()
            if mode == "xb":
                os.fsync(file.fileno())
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(asked)) from None
