"""What the benchmarks compare with: installed by `make bench`, or used where it happens to be there."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

# symbolica is not under a free licence: never installed by this project, measured where it is found
PEERS = ("numpy", "scipy", "sympy", "numba", "symengine", "jax", "feyngraph", "symbolica")


def installed(name: str) -> bool:
    """Whether a peer can be imported."""
    return find_spec(name) is not None


def versions() -> str:
    """Python and the peers that are there, with their versions."""
    found = [f"Python {platform.python_version()}"]
    for name in PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
