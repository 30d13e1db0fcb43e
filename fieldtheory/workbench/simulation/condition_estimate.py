"""The condition number of a factorised matrix by LAPACK, to the bit the same wherever memory lies.

SciPy's own `dpocon` takes its work space from the heap, at another address in each call, and BLAS adds in an
order that depends on how far that is from a multiple of 32.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from fieldtheory.array_types import Floats

_ALIGNED = 64  # bytes: as wide as the widest vectors


def reciprocal_condition(factor: Floats, norm: float, lower: bool) -> float:
    """Estimate of 1/(‖A‖ ‖A⁻¹‖) in the 1-norm, from a Cholesky factor of A in Fortran's order; `norm`: ‖A‖.

    Only the triangle is read that `lower` names.

    >>> round(reciprocal_condition(np.diag([1.0, 2.0, 3.0]).T, norm=9.0, lower=True), 12)
    0.111111111111
    """
    if not factor.flags.f_contiguous:
        raise ValueError("factor must be in the order of Fortran (got another one)")
    count = ctypes.c_int(len(factor))
    memory = np.empty(28 * len(factor) + _ALIGNED, dtype=np.uint8)  # 3 numbers and an integer each
    work = -(-memory.ctypes.data // _ALIGNED) * _ALIGNED
    found, info = ctypes.c_double(), ctypes.c_int()
    size = ctypes.byref(count)
    _dpocon()(
        b"L" if lower else b"U",
        size,
        factor.ctypes.data,
        size,
        ctypes.byref(ctypes.c_double(norm)),
        ctypes.byref(found),
        work,
        work + 24 * len(factor),
        ctypes.byref(info),
    )
    return found.value


@cache
def _dpocon() -> Any:
    """LAPACK's routine, as SciPy hands it to Cython."""
    from scipy.linalg import cython_lapack

    capsule = cython_lapack.__pyx_capi__["dpocon"]
    name, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    routine = ctypes.CFUNCTYPE(None, ctypes.c_char_p, *[ctypes.c_void_p] * 8)
    return routine(pointer(capsule, name(capsule)))
