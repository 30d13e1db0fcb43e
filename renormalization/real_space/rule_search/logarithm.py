"""A natural logarithm that loops compute in vector registers, for searches that do little else."""

from __future__ import annotations

import numpy as np

from fieldtheory.compiled import inlined

_LEAST = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2), the least mantissa
_LN_2 = 0.6931471805599453


@inlined
def logarithm(x: float) -> float:
    """ln x to a relative 5e-16 for normal floats x > 0; finite, -709 or so, for 0.

    With x = 2^k m, 1/2 <= m^2 < 2: ln x = k ln 2 + 2 artanh[(m - 1)/(m + 1)].
    """
    bits = np.float64(x).view(np.int64)
    k = (bits - np.int64(_LEAST)) >> np.int64(52)
    m = np.int64(bits - (k << np.int64(52))).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    return np.float64(np.int32(k)) * _LN_2 + (2.0 * s * (p * z) + 2.0 * s)
