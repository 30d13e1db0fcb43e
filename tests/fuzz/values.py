"""What users pass by mistake or on purpose: words for command lines, objects for calls.

Every text that is a program would leave a file named TRACE behind where it runs.
"""

import datetime
import decimal
import fractions
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy

TRACE = "text-was-executed"
PROGRAMS = (
    f"__import__('os').system('touch {TRACE}')",
    f"open('{TRACE}','w').close()",
    f"$(touch {TRACE})",
    f"`touch {TRACE}`",
    f"x1 + __import__('pathlib').Path('{TRACE}').touch()",
    f"exec(\"open('{TRACE}','w')\")",
    f"; touch {TRACE} ;",
    f"lambda: open('{TRACE}','w')",
    "!!python/object/apply:os.system ['touch " + TRACE + "']",
)
WORDS = (
    *PROGRAMS,
    *("", " ", "\t", "-1", "0", "-0", "+3", "00", "1.", ".5", "nan", "inf", "-inf", "NaN", "1e400", "1e-400"),
    *("10**30", "9" * 400, "2147483648", "-9223372036854775809", "1/0", "0/0", "1/1e-320", "0x10", "1_000"),
    *("１２", "½", "٣", "1,5", "1;2", "--", "-", "---", "-q", "=", "a=b", "None", "True", "all", "auto"),
    *("a\nb", "a\rb", "\x1b[31m", "\u202e", "\u00e9", "\U0001f600", "\ud7ff", "x" * 5000, "é" * 1000),
    *(
        "../../etc/passwd",
        "/",
        "/dev/null/x",
        "/nowhere/at/all.svg",
        ".",
        "..",
        "~",
        "a.svg",
        ".svg",
        "a.exe",
    ),
    *(
        "1:1,1:1",
        "1:",
        ":1",
        ":",
        "::",
        ",",
        ",,,",
        "1:nan",
        "1:-1",
        "3:1:2:4",
        "10:1:5",
        "1:1e12:5",
        "5:5:0",
    ),
    *(
        "1:10:99999999999",
        "0:1:2",
        "{}",
        "[]",
        "{'a':1}",
        "null",
        "x1**x2",
        "x1**1000000",
        "9**9**9",
        "x1/x2",
    ),
    *(
        "x1*" * 700 + "x1",
        "(" * 3000,
        "1" + "+1" * 3000,
        "-" * 3000 + "1",
        "x0",
        "x99999",
        "x1**-1",
        "x1**0.5",
    ),
    *("y", "sin(x1)", "x1.real", "x1[0]", "x1 x2", "x1^2", "phi", "phi,phi,phi", "phi," * 30 + "phi", "12"),
)
NUMBERS = ("0", "1", "2", "0.1", "1/50", "1e-3", "3.5")


class Broken:
    """An object with a representation of two lines."""

    def __repr__(self) -> str:
        return "a broken\nobject"


def objects() -> list[Callable[[], Any]]:
    """Makers of objects, each with one of its own."""
    fixed: list[Any] = [
        *(None, True, False, -1, 0, 1, 2, 3, 10**30, -(2**63), 2**63, 0.5, -0.5, 3.0, 1e308, 1e-320),
        *(float("nan"), float("inf"), -float("inf"), 1j, complex("nan"), fractions.Fraction(1, 3)),
        *(
            decimal.Decimal("NaN"),
            decimal.Decimal("1.5"),
            mpmath.mpf(2),
            mpmath.inf,
            datetime.date(2020, 1, 1),
        ),
        *(
            sympy.Symbol("x"),
            sympy.nan,
            sympy.oo,
            sympy.Rational(1, 2),
            sympy.true,
            sympy.I,
            sympy.Matrix([1]),
        ),
        *("", "abc", "1e400", "relu", "phi", "x" * 5000, "a\nb", *PROGRAMS[:3]),
        *(b"10", bytearray(b"1"), type, object, len, ..., NotImplemented),
        *((), (1,), (1, 2, 3), ("a", "b"), range(0), range(3), slice(1), frozenset({1})),
        *(np.float32(1), np.int8(3), np.bool_(True), np.float64("nan"), np.datetime64("2020-01-01")),
    ]
    makers: list[Callable[[], Any]] = [lambda value=value: value for value in fixed]
    return [
        *makers,
        *(list, dict, set, object, Broken),
        lambda: [1, 2, 3],
        lambda: [float("nan")],
        lambda: [[1.0, 2.0], [3.0]],
        lambda: [[1.0]],
        lambda: ["1", "2"],
        lambda: [None],
        lambda: {1: 1.0},
        lambda: {"a": "b"},
        lambda: {1, 2},
        lambda: (number for number in (1, 2)),
        lambda: iter([1, 2]),
        lambda: map(int, "12"),
        lambda: lambda x: x,
        lambda: lambda: None,
        lambda: lambda x: x * float("nan"),
        lambda: lambda x: str(x),
        lambda: np.zeros(0),
        lambda: np.zeros((3, 0)),
        lambda: np.zeros((2, 2, 2)),
        lambda: np.array([1, 2], dtype=object),
        lambda: np.array([object()]),
        lambda: np.array(["1", "b"]),
        lambda: np.array([1 + 1j]),
        lambda: np.array(3),
        lambda: np.array([np.inf, 1.0]),
        lambda: np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        lambda: np.linspace(0.1, 1, 5).astype(np.float16),
        lambda: memoryview(b"12"),
    ]
