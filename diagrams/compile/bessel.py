r"""Bessel functions J_n and I_n of integer order and real argument, compiled.

Series where nothing cancels, the asymptotic expansion for large arguments (DLMF 10.17.3, 10.40.1), and
between them the recursion J_{n+1} = (2n/x) J_n - J_{n-1}: upwards as long as n < x, else downwards from an
order where J_n is negligible, with the sum J_0 + 2 J_2 + 2 J_4 + ... = 1 (Miller's algorithm, DLMF 3.6).
Errors are some 1e-15 of the largest value nearby; of J_n next to its zeros that means fewer digits.
"""

from __future__ import annotations

import math

from fieldtheory.compiled import compiled

MAX_ORDER = 1000
_FAR = 25.0  # arguments from which on asymptotic expansions reach float64
_HUGE = 1500.0  # where I_n overflows for every order up to MAX_ORDER
_LARGE = 1e200


@compiled(error_model="numpy")
def bessel_j(n: int, x: float) -> float:
    """J_n(x) for n = 0, 1, ...; 0 at infinity."""
    if x != x:
        return x
    size = abs(x)
    if size == math.inf:
        return 0.0
    if size * size <= 4.0 * (n + 1):
        found = _series(n, size, -1.0)
    elif size > _FAR and 2.0 * size > n * n:
        found = _far_j(n, size)
    elif size > _FAR and n < size:
        before, found = _far_j(0, size), _far_j(1, size)
        for k in range(1, n):
            before, found = found, 2.0 * k / size * found - before
    else:
        found = _downwards(n, size)
    return -found if x < 0 and n % 2 == 1 else found


@compiled(error_model="numpy")
def bessel_i(n: int, x: float) -> float:
    """I_n(x) for n = 0, 1, ...; infinite where it overflows."""
    if x != x:
        return x
    size = abs(x)
    if size > _HUGE:
        found = math.inf
    elif size > _FAR and size > n * n:
        total, term, k = 1.0, 1.0, 1
        while abs(term) > 1e-17 * abs(total) and k < 2.0 * size:
            term *= -(4.0 * n * n - (2.0 * k - 1.0) ** 2) / (8.0 * k * size)
            total += term
            k += 1
        root = math.exp(0.5 * size)
        found = root * (total / math.sqrt(2.0 * math.pi * size)) * root
    else:
        found = _series(n, size, 1.0)
    return -found if x < 0 and n % 2 == 1 else found


@compiled(error_model="numpy")
def _series(n: int, x: float, sign: float) -> float:
    """sum_k sign^k (x/2)^(n + 2k)/(k! (n + k)!)."""
    term = 1.0
    for k in range(1, n + 1):
        term *= 0.5 * x / k
    total, square, k = term, sign * 0.25 * x * x, 1
    while abs(term) > 1e-17 * abs(total):
        term *= square / (k * (n + k))
        total += term
        k += 1
    return total


@compiled(error_model="numpy")
def _far_j(n: int, x: float) -> float:
    """Amplitudes beside cos and sin of x - n pi/2 - pi/4."""
    even, odd, term, k = 1.0, 0.0, 1.0, 1
    while abs(term) > 1e-17 and k < 2.0 * x:
        term *= (4.0 * n * n - (2.0 * k - 1.0) ** 2) / (8.0 * k * x)
        if k % 2 == 1:
            odd += term if k % 4 == 1 else -term
        else:
            even += term if k % 4 == 0 else -term
        k += 1
    cosine, sine = math.cos(x), math.sin(x)
    for _ in range(n % 4):
        cosine, sine = sine, -cosine
    return (even * (cosine + sine) - odd * (sine - cosine)) / math.sqrt(math.pi * x)


@compiled(error_model="numpy")
def _downwards(n: int, x: float) -> float:
    top = max(float(n), x)
    k = 2 * int(0.5 * (top + 8.0 * math.sqrt(top) + 20.0))
    above, here, total, found = 0.0, 1e-200, 0.0, 0.0
    while k > 0:
        if k == n:
            found = here
        if k % 2 == 0:
            total += 2.0 * here
        above, here = here, 2.0 * k / x * here - above
        k -= 1
        if abs(here) > _LARGE:
            above, here, total, found = above / _LARGE, here / _LARGE, total / _LARGE, found / _LARGE
    return (here if n == 0 else found) / (total + here)
