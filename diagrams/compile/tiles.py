r"""The tile interpreter: one compiled loop that runs any table of operations on points, a tile at a time.

A register holds one number for every point of a tile, and a tile is so short that all registers together
stay in the cache. An instruction is a run of integers (code, target, operands) and takes its coefficients
from a second list. A target is never among its own operands: the loops stay free of aliases, hence
vectorised.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from diagrams.compile.bessel import bessel_i, bessel_j
from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled

# Codes: what follows the target is the operands (registers), then in `numbers` the coefficients.
LOAD, CONSTANT, PRODUCT, INVERSE, POWER, MAXIMUM, MINIMUM, ARCTAN2 = range(8)
START_LINEAR, LINEAR, LINEAR_FOUR = 8, 9, 10  # t = c + c1 a;     t += c1 a;     t += c1 a1 + ... + c4 a4
START_BILINEAR, BILINEAR, BILINEAR_FOUR = 11, 12, 13  # the same with products c a b
_SQRT, _EXP, _LOG, _SIN, _COS, _TAN, _SINH, _COSH, _TANH = range(14, 23)
_ASIN, _ACOS, _ATAN, _ASINH, _ACOSH, _ATANH, _ERF, _ERFC, _ABS = range(23, 32)
_SIGN, _FLOOR, _CEILING, _GAMMA, _LOGGAMMA = range(32, 37)
EDGE = 37  # t = 1 or -1 where a lies beyond by rounding errors
HEAVISIDE, LESS, LESS_EQUAL, EQUAL, BESSEL_J, BESSEL_I = range(40, 46)  # of two; conditions are 1 or 0
SELECT = 46  # t = b if a else c
_ROUNDING = 64 * 2.0**-52
FUNCTIONS = {
    "sqrt": _SQRT,
    "exp": _EXP,
    "log": _LOG,
    "sin": _SIN,
    "cos": _COS,
    "tan": _TAN,
    "sinh": _SINH,
    "cosh": _COSH,
    "tanh": _TANH,
    "asin": _ASIN,
    "acos": _ACOS,
    "atan": _ATAN,
    "asinh": _ASINH,
    "acosh": _ACOSH,
    "atanh": _ATANH,
    "erf": _ERF,
    "erfc": _ERFC,
    "Abs": _ABS,
    "sign": _SIGN,
    "floor": _FLOOR,
    "ceiling": _CEILING,
    "gamma": _GAMMA,
    "loggamma": _LOGGAMMA,
}  # by their SymPy names


@compiled(error_model="numpy")
def _binary(kind: int, a: Floats, b: Floats, t: Floats, width: int) -> None:
    for i in range(width):
        x, y = a[i], b[i]
        if kind == POWER:
            t[i] = x**y
        elif kind == ARCTAN2:
            t[i] = math.atan2(x, y)
        elif kind >= HEAVISIDE:
            t[i] = _stepped(kind, x, y)
        elif x != x or (kind == MAXIMUM and x > y) or (kind == MINIMUM and x < y):
            t[i] = x
        else:
            t[i] = y


@compiled(error_model="numpy")
def _stepped(kind: int, x: float, y: float) -> float:
    if kind == BESSEL_J:
        return bessel_j(int(x), y)
    if kind == BESSEL_I:
        return bessel_i(int(x), y)
    if x != x or (kind != HEAVISIDE and y != y):
        return math.nan
    if kind == LESS:
        return 1.0 if x < y else 0.0
    if kind == LESS_EQUAL:
        return 1.0 if x <= y else 0.0
    if kind == EQUAL:
        return 1.0 if x == y else 0.0
    return y if x == 0 else 1.0 if x > 0 else 0.0


@compiled(error_model="numpy")
def _unary(kind: int, a: Floats, t: Floats, width: int) -> None:
    if kind == INVERSE:
        for i in range(width):
            t[i] = 1.0 / a[i]
    elif kind == _SQRT:
        for i in range(width):
            t[i] = math.sqrt(a[i])
    elif kind == _EXP:
        for i in range(width):
            t[i] = math.exp(a[i])
    elif kind == _LOG:
        for i in range(width):
            t[i] = math.log(a[i])
    else:
        for i in range(width):
            t[i] = _rare(kind, a[i])


@compiled(error_model="numpy")
def _rare(kind: int, x: float) -> float:
    if kind == _SIN:
        return math.sin(x)
    if kind == _COS:
        return math.cos(x)
    if kind == _TAN:
        return math.tan(x)
    if kind == _SINH:
        return math.sinh(x)
    if kind == _COSH:
        return math.cosh(x)
    if kind == _TANH:
        return math.tanh(x)
    if kind == _ASIN:
        return math.asin(x)
    if kind == _ACOS:
        return math.acos(x)
    if kind == _ATAN:
        return math.atan(x)
    if kind == _ASINH:
        return math.asinh(x)
    if kind == _ACOSH:
        return math.acosh(x)
    if kind == _ATANH:
        return math.atanh(x)
    if kind == _ERF:
        return math.erf(x)
    if kind == _ERFC:
        return math.erfc(x)
    if kind == _SIGN:
        return x if x != x or x == 0 else math.copysign(1.0, x)
    if kind == _FLOOR:
        return float(np.floor(x))
    if kind == _CEILING:
        return float(np.ceil(x))
    if kind == _GAMMA:
        return math.gamma(x)
    if kind == _LOGGAMMA:
        return math.lgamma(x) if x >= 0 or x != x else math.nan
    if kind == EDGE:
        return math.copysign(1.0, x) if 1.0 < abs(x) <= 1.0 + _ROUNDING else x
    return abs(x)


# contract: a * b + c may be one rounding instead of two; infinities and NaN stay what they are
@compiled(error_model="numpy", fastmath={"contract"})
def run_tiles(
    code: NDArray[np.int32],
    numbers: Floats,
    block: Floats,
    registers: int,
    tile: int,
    result: int,
    out: Floats,
) -> None:
    """Fill `out`, shape (points,), with register `result` after the instructions `code`.

    `block`: the variables, shape (variables, points). `registers`: how many; `tile`: points at a time.
    """
    points = len(out)
    tiles = np.empty((registers, tile))
    for start in range(0, points, tile):
        width = min(tile, points - start)
        at, taken = 0, 0
        while at < len(code):
            kind = code[at]
            t = tiles[code[at + 1]]
            if kind == BILINEAR_FOUR:
                a1, b1, a2, b2 = (
                    tiles[code[at + 2]],
                    tiles[code[at + 3]],
                    tiles[code[at + 4]],
                    tiles[code[at + 5]],
                )
                a3, b3, a4, b4 = (
                    tiles[code[at + 6]],
                    tiles[code[at + 7]],
                    tiles[code[at + 8]],
                    tiles[code[at + 9]],
                )
                c1, c2, c3, c4 = numbers[taken], numbers[taken + 1], numbers[taken + 2], numbers[taken + 3]
                for i in range(width):
                    t[i] += (c1 * a1[i] * b1[i] + c2 * a2[i] * b2[i]) + (
                        c3 * a3[i] * b3[i] + c4 * a4[i] * b4[i]
                    )
                at += 10
                taken += 4
            elif kind == LINEAR_FOUR:
                a1, a2, a3, a4 = (
                    tiles[code[at + 2]],
                    tiles[code[at + 3]],
                    tiles[code[at + 4]],
                    tiles[code[at + 5]],
                )
                c1, c2, c3, c4 = numbers[taken], numbers[taken + 1], numbers[taken + 2], numbers[taken + 3]
                for i in range(width):
                    t[i] += (c1 * a1[i] + c2 * a2[i]) + (c3 * a3[i] + c4 * a4[i])
                at += 6
                taken += 4
            elif kind == CONSTANT:
                c = numbers[taken]
                for i in range(width):
                    t[i] = c
                at += 2
                taken += 1
            elif kind == LOAD:
                row = block[code[at + 2]]
                for i in range(width):
                    t[i] = row[start + i]
                at += 3
            elif kind in (PRODUCT, START_BILINEAR, BILINEAR):
                a, b = tiles[code[at + 2]], tiles[code[at + 3]]
                at += 4
                if kind == PRODUCT:
                    for i in range(width):
                        t[i] = a[i] * b[i]
                elif kind == BILINEAR:
                    c = numbers[taken]
                    for i in range(width):
                        t[i] += c * a[i] * b[i]
                    taken += 1
                else:
                    c, c1 = numbers[taken], numbers[taken + 1]
                    for i in range(width):
                        t[i] = c + c1 * a[i] * b[i]
                    taken += 2
            elif kind == LINEAR:
                a, c = tiles[code[at + 2]], numbers[taken]
                for i in range(width):
                    t[i] += c * a[i]
                at += 3
                taken += 1
            elif kind == START_LINEAR:
                a, c, c1 = tiles[code[at + 2]], numbers[taken], numbers[taken + 1]
                for i in range(width):
                    t[i] = c + c1 * a[i]
                at += 3
                taken += 2
            elif kind == SELECT:
                a, b, other = tiles[code[at + 2]], tiles[code[at + 3]], tiles[code[at + 4]]
                for i in range(width):
                    t[i] = b[i] if a[i] > 0 else other[i] if a[i] == 0 else a[i]
                at += 5
            elif kind >= HEAVISIDE or (kind <= ARCTAN2 and kind != INVERSE):
                _binary(kind, tiles[code[at + 2]], tiles[code[at + 3]], t, width)
                at += 4
            else:
                _unary(kind, tiles[code[at + 2]], t, width)
                at += 3
        last = tiles[result]
        for i in range(width):
            out[start + i] = last[i]
