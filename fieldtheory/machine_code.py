"""Machine code by Numba: kept on disk between processes, and interrupted at once.

A function is compiled on first use and cached; a cache that is damaged or that cannot be written is worked
without, which a warning says once. Compiled code lets go of the interpreter's lock, so that other threads, as
the one that waits for Ctrl-C, go on.
"""

from __future__ import annotations

import hashlib
import importlib
import multiprocessing
import os
import pickle
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import cfunc, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile
from numba.core.errors import NumbaError
from numba.extending import register_jitable

_BLAS = "scipy.linalg.cython_blas"

_said: set[str] = set()


def load_without_blas() -> None:
    """Load the arrays of Numba without scipy.linalg, which it loads for a sixth of a second to look for BLAS.

    None of our functions calls it. What compiled code of others may then not call is np.cov and np.corrcoef.
    """
    if "numba.np.arraymath" in sys.modules or "scipy.linalg" in sys.modules:
        return
    sys.modules[_BLAS] = None  # type: ignore[assignment]  # which is how Python says that there is none
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[_BLAS]


def machine_code(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """The function with these options of `numba.njit`: what is called, or called by another."""
    made: Any = njit(nogil=True, **options)(function)
    if not os.path.exists(function.__code__.co_filename):  # typed in
        return made
    try:
        made._cache = _Cache(function)
    except RuntimeError:  # Numba found no folder to write to
        _say("no folder for its cache can be written to")
    return made


class MachineCodeError(ValueError):
    """A function that cannot be compiled."""


@cache
def machine_function(function: Callable[[Any], Any]) -> Any:
    """A function of one float64, or of arrays of them, as compiled code takes it for an argument.

    MachineCodeError for one that Numba can't compile.

    >>> round(machine_function(lambda x: x * x)(3.0), 12)
    9.0
    """
    made: Any = njit(nogil=True)(function)

    def of_array(x: Any) -> Any:  # np.where and others give arrays for floats
        return made(np.full(1, x))[0]

    said = ""
    for each in (function, of_array):
        try:
            return cfunc("float64(float64)")(each)
        except (NumbaError, TypeError, ValueError) as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            # the first lines name steps of the compiler, not what it stumbled over
            plain = [line for line in lines if not line.startswith(("Failed in", "During:", "File"))]
            said = (plain or lines or [type(error).__name__])[0].split(" of type Module")[0]
    raise MachineCodeError(said)


@cache
def sources_digest() -> str:
    """Of all files of this library that machine code is made of: those that have to do with `compiled`.

    >>> len(sources_digest())
    64
    """
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for package in ("diagrams", "fieldtheory", "renormalization", "replicas"):
        for path in sorted((root / package).rglob("*.py")):
            content = path.read_bytes()
            if b"fieldtheory.compiled import" in content:
                digest.update(content)
    return digest.hexdigest()


def make_inlined(function: Callable[..., Any]) -> None:
    """Let machine code call a Python function, which stays one."""
    register_jitable(function)


def _say(why: str) -> None:
    """Once for each process that is not a worker of another."""
    if "cache" in _said or multiprocessing.parent_process() is not None:
        return
    _said.add("cache")
    warnings.warn(
        f"compiled functions are not kept, {why}: they are compiled anew (some seconds); set NUMBA_CACHE_DIR "
        "to a folder that can be written to",
        UserWarning,
        stacklevel=2,
    )


class _Checked(CompileResultCacheImpl):
    """Machine code with its digest: what a damaged file holds is never run."""

    def reduce(self, data: Any) -> Any:
        content = pickle.dumps(super().reduce(data))  # type: ignore[no-untyped-call]
        return hashlib.sha256(content).digest(), content

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        digest, content = payload
        if hashlib.sha256(content).digest() != digest:
            raise ValueError("the digest is another")
        return super().rebuild(target_context, pickle.loads(content))  # type: ignore[no-untyped-call]


class _Cache(FunctionCache):
    """The cache of a function, without which it works as well."""

    _impl_class = _Checked

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        # Numba asks whether the file of the function changed, but what it calls may stand in another
        impl: Any = self._impl
        self._cache_file = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            self._cache_path, impl.filename_base, (impl.locator.get_source_stamp(), sources_digest())
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception:  # whatever unpickling a damaged file raises
            _say("a file of their cache is damaged or can't be read")
            self._start_anew()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except Exception:
            _say("a file of their cache can't be written")

    def _start_anew(self) -> None:
        try:
            self.flush()  # type: ignore[no-untyped-call]
        except OSError:
            _say("a file of their cache can't be written")
