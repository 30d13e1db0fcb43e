"""Package faces: public names listed once a package and loaded on first use, so that imports stay fast."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def package_face(
    package: str, homes: Mapping[str, str], moved: Mapping[str, str] | None = None
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` and `__dir__` of a package.

    `homes`: the module of every public name; one that ends with a colon is itself what the name stands for.
    `moved`: names that once were public here and still work, with a DeprecationWarning, each with what to
    write today, "package.name".

    >>> public, load, _ = package_face("circles", {"pi": "math", "numbers": "math:"})
    >>> public, load("pi") > 3, load("numbers").__name__
    (['numbers', 'pi'], True, 'math')
    """
    moved = moved or {}
    public = sorted(homes)

    def load(name: str) -> Any:
        if name in homes:
            module, colon, _ = homes[name].partition(":")
            loaded = import_module(module)
            value = loaded if colon else getattr(loaded, name)
            if package in sys.modules:
                setattr(sys.modules[package], name, value)
            return value
        if name in moved:
            module, _, new = moved[name].rpartition(".")
            said = f"{package}.{name} is now {moved[name]}: write `from {module} import {new}`"
            warnings.warn(said, DeprecationWarning, stacklevel=2)
            return getattr(import_module(module), new)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return public, load, lambda: public
