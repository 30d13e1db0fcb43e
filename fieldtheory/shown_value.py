"""Values as they stand in messages: one short line each, whatever the value."""

from __future__ import annotations

import reprlib
import sys
from fractions import Fraction
from typing import Any

_LONGEST = 60  # characters
_FEW = 6  # entries
_PARTS = 100  # of an expression


def shown(value: Any) -> str:
    """A value on one line, cut short; of arrays and long integers, how large they are.

    >>> shown("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
    >>> import numpy as np
    >>> shown(np.ones((3, 4))), shown(np.ones(2)), shown(10**400), shown(range(3))
    ('an array of shape (3, 4)', '[1.0, 1.0]', 'an integer of 1329 bits', 'range(0, 3)')
    """
    if isinstance(value, int) and value.bit_length() > 200:  # Python refuses to print very long integers
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, Fraction):
        over = max(value.numerator.bit_length(), value.denominator.bit_length())
        return str(value) if over <= 200 else f"a fraction of integers of up to {over} bits"
    sympy = sys.modules.get("sympy")
    if sympy is not None and isinstance(value, sympy.Basic):
        from fieldtheory.expression_parts import occurrences

        count = occurrences(value)
        if count > _PARTS:
            many = str(count) if count < 10**6 else f"about 10^{len(str(count)) - 1}"
            return f"an expression of {many} parts"
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    if numpy is not None and isinstance(value, numpy.ndarray):
        if value.ndim > 1 or value.size > _FEW:
            return f"an array of shape {value.shape}"
        value = value.tolist()
    text = " ".join(_SHORT.repr(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


class _Short(reprlib.Repr):
    """Of strings their beginning."""

    def repr_str(self, x: str, level: int) -> str:
        """The text, its end cut off."""
        return repr(x[:_LONGEST])

    def repr_bytes(self, x: bytes, level: int) -> str:
        """The bytes, their end cut off."""
        return repr(x[:_LONGEST])

    def repr_instance(self, x: Any, level: int) -> str:
        """As usual, but long expressions inside a list by their size."""
        inside = level < self.maxlevel and hasattr(type(x), "free_symbols")
        return shown(x) if inside else super().repr_instance(x, level)

    def repr_int(self, x: int, level: int) -> str:
        """The number, or its size."""
        return repr(x) if x.bit_length() <= 200 else shown(x)


_SHORT = _Short()
_SHORT.maxlevel = 3
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxdict = _FEW
_SHORT.maxother = _LONGEST
