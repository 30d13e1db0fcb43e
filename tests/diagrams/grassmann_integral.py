"""Gaussian integrals over Grassmann and real numbers by expansion, for tests: the weight written out in full.

An element of the algebra is a dictionary: (bits of the Grassmann numbers, in ascending order; real numbers,
sorted; power of the coupling) to its coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy

Element = dict[tuple[int, tuple[int, ...], int], Fraction]
ONE: Element = {(0, (), 0): Fraction(1)}


def multiply(left: Element, right: Element, order: int) -> Element:
    """The product, up to this power of the coupling."""
    found: Element = {}
    for (a, u, m), x in left.items():
        for (b, v, n), y in right.items():
            if a & b or m + n > order:
                continue
            swaps = sum((a >> (k + 1)).bit_count() for k in range(b.bit_length()) if b >> k & 1)
            key = a | b, tuple(sorted(u + v)), m + n
            found[key] = found.get(key, Fraction(0)) + (-1) ** swaps * x * y
    return {key: value for key, value in found.items() if value}


def product(grassmann: Sequence[int], real: Sequence[int], value: Fraction, power: int = 0) -> Element:
    """value η_i η_j ... φ_k ... in this order; {} where a Grassmann number is squared."""
    found: Element = {(0, tuple(sorted(real)), power): Fraction(value)}
    for k in grassmann:
        found = multiply(found, {(1 << k, (), 0): Fraction(1)}, power)
    return found


def plus(*elements: Element) -> Element:
    found: Element = {}
    for element in elements:
        for key, value in element.items():
            found[key] = found.get(key, Fraction(0)) + value
    return found


def exponential(element: Element, order: int, most: int) -> Element:
    """1 + e + e²/2 + ... up to the power `most` of e."""
    found, power = ONE, ONE
    for n in range(1, most + 1):
        power = {key: value / n for key, value in multiply(power, element, order).items()}
        found = plus(found, power)
    return found


def isserlis(real: tuple[int, ...], covariance) -> Fraction:
    """⟨φ_i φ_j ...⟩"""
    if not real:
        return Fraction(1)
    first, *others = real
    return sum(
        (
            Fraction(covariance[first][other]) * isserlis((*others[:k], *others[k + 1 :]), covariance)
            for k, other in enumerate(others)
        ),
        Fraction(0),
    )


def inverse(matrix) -> list[list[Fraction]]:
    """Exactly; an entry p/q of SymPy's as a fraction."""
    found = sympy.Matrix(matrix).applyfunc(sympy.Rational).inv()
    size = len(matrix)
    return [[Fraction(int(found[i, j].p), int(found[i, j].q)) for j in range(size)] for i in range(size)]


def expectation(outer: Element, grassmann, real, terms: Sequence[Element], order: int) -> list[Fraction]:
    """∫ outer exp(-η A η/2 - φ B φ/2 + Σ terms) / ∫ exp(-η A η/2 - φ B φ/2), A = grassmann⁻¹, B = real⁻¹.

    By power of the coupling; `grassmann` and `real` are the covariances ⟨η_i η_j⟩ and ⟨φ_i φ_j⟩.
    """
    size = len(grassmann)
    matrix = inverse(grassmann)
    quadratic = plus(*(product((i, j), (), -matrix[i][j]) for i in range(size) for j in range(i + 1, size)))
    gauss = exponential(quadratic, 0, size // 2)
    full = (1 << size) - 1
    weight = multiply(gauss, exponential(plus(*terms), order, order), order)
    found = [Fraction(0)] * (order + 1)
    for (mask, numbers, power), value in multiply(outer, weight, order).items():
        if mask == full:
            found[power] += value * isserlis(numbers, real)
    return [value / gauss[full, (), 0] for value in found]
