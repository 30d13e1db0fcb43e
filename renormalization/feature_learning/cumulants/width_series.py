r"""The posterior mean of a linear network in powers of 1/n, exactly: an expansion about infinite width.

Given the scale q = 1 + e the network is a Gaussian process with covariance q K, and the moments of q are
E[q^k] = prod_(j<k) (1 + 2j/n)^L: E[e^k] falls like n^(-k/2) or faster, so that the term n^-m needs the first
2m powers of e. With M = (K + kappa)^-1 and A = M K, (q K + kappa)^-1 = sum_k (-e A)^k M, and the same for the
determinant.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_integer
from fieldtheory.array_arguments import listed
from fieldtheory.budgets import require_budget
from fieldtheory.exact_number import exact
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    import sympy


def width_series(
    hidden_layers: int, kernel: Any, test_kernel: Any, y: Any, ridge: Any, order: int
) -> tuple[sympy.Expr, ...]:
    r"""Coefficients of n^0, n^-1, ... n^-order of the posterior mean at a test point, exact.

    A linear network with `hidden_layers` layers of width n. `kernel`: K of the training points at infinite
    width, P x P; `test_kernel`: K of the test point with them; `y`: labels; `ridge`: kappa. Entries are
    numbers (a float stands for the decimal it prints as) or SymPy expressions, of which the result is made.
    An asymptotic series. ValueError for other shapes, and a K + kappa without inverse.

    Equation: linear-posterior

    >>> width_series(1, [[2, "1/2"], ["1/2", 1]], [1, "-1/2"], [2, -1], "1/2", order=3)
    (3/2, -5/14, 703/686, -43166/16807)
    """
    import sympy
    from sympy.polys.matrices import DomainMatrix
    from sympy.polys.matrices.exceptions import DMError

    layers = require_integer("hidden_layers", hidden_layers, minimum=1)
    order = require_integer("order", order, minimum=0)
    rows = [_row("kernel", each) for each in _list("kernel", kernel)]
    size = len(rows)
    if not size or any(len(row) != size for row in rows):
        raise ValueError(f"kernel must be a square matrix (got {shown(kernel)})")
    labels, seen = _row("y", y), _row("test_kernel", test_kernel)
    for name, found in (("y", labels), ("test_kernel", seen)):
        if len(found) != size:
            raise ValueError(
                f"{name} must have a number for each of the {size} rows of kernel (got {len(found)})"
            )
    noise = exact("ridge", ridge)
    # numerators gain digits with every power, each some 1e-6 s
    require_budget(
        f"order = {order} with hidden_layers = {layers} for {size} points",
        seconds=1e-6 * (1 + order) ** 2 * size**3 * (1 + order * size) + 1e-5 * layers,
        smaller="order",
    )
    together = sympy.Matrix([*rows, seen, labels, [noise] * size])
    everything = DomainMatrix.from_Matrix(together).to_field().to_dense()
    field = everything.domain
    entries = everything.to_list()
    k = DomainMatrix(entries[:size], (size, size), field)
    vector = DomainMatrix([[each] for each in entries[size + 1]], (size, 1), field)
    test = DomainMatrix([entries[size]], (1, size), field)
    if k != k.transpose():
        raise ValueError(f"kernel must be symmetric (got {shown(kernel)})")
    try:
        m = (k + DomainMatrix.eye(size, field) * entries[size + 2][0]).inv()
    except DMError:
        raise ValueError(f"kernel and ridge must have a sum with an inverse (got {shown(ridge)})") from None
    weight, value = _expansion(k, m, vector, test, 2 * order, field)
    mean = series_product(weight, value)
    moments = scale_moments(layers, order)
    # a numerator and a denominator in powers of 1/n
    sums = [
        [
            sum((_in(field, moments[j][i]) * series[j] for j in range(len(series))), field.zero)
            for i in range(order + 1)
        ]
        for series in (mean, weight)
    ]
    return tuple(field.to_sympy(each) for each in series_quotient(*sums))


def _list(name: str, value: Any) -> list[Any]:
    found = listed(name, value.tolist() if hasattr(value, "tolist") else value, "a list of numbers")
    if not isinstance(found, list | tuple):
        raise ValueError(f"{name} must be a list of numbers (got {shown(value)})")
    return list(found)


def _row(name: str, value: Any) -> list[Any]:
    return [exact(name, each) for each in _list(name, value)]


def _expansion(k: Any, m: Any, y: Any, test: Any, highest: int, field: Any) -> tuple[list[Any], list[Any]]:
    """Powers of e, up to `highest`: of the likelihood relative to e = 0, and of the mean given e."""
    a = m * k
    power, vector = a, m * y  # A^j, (-A)^j M y
    labels = y.transpose()
    logs, value = [field.zero], [(test * vector).to_list()[0][0]]
    for j in range(1, highest + 1):
        vector = -(a * vector)
        misfit = (labels * vector).to_list()[0][0]
        trace = sum((power.to_list()[i][i] for i in range(len(power.to_list()))), field.zero)
        sign = _in(field, (-1) ** (j + 1)) / _in(field, j)
        logs.append(-(sign * trace + misfit) / _in(field, 2))
        value.append((test * vector).to_list()[0][0])
        power = power * a
    grown = [value[0]] + [value[j] + value[j - 1] for j in range(1, highest + 1)]  # times q = 1 + e
    weight = [field.one]
    for j in range(1, highest + 1):  # exp of the logarithm
        total = sum((_in(field, i) * logs[i] * weight[j - i] for i in range(1, j + 1)), field.zero)
        weight.append(total / _in(field, j))
    return weight, grown


def scale_moments(layers: int, order: int) -> list[list[int]]:
    """E[e^k] in powers of 1/n up to `order`, k = 0 ... 2 order."""
    raw = [[1] + [0] * order]  # E[q^k]
    for k in range(2 * order):
        found = raw[-1]
        for _ in range(layers):
            found = [found[i] + (2 * k * found[i - 1] if i else 0) for i in range(order + 1)]
        raw.append(found)
    return [
        [sum((-1) ** (k - j) * math.comb(k, j) * raw[j][i] for j in range(k + 1)) for i in range(order + 1)]
        for k in range(2 * order + 1)
    ]


def series_product(one: list[Any], two: list[Any]) -> list[Any]:
    """The product of two power series, to the order of the first."""
    return [sum((one[i] * two[j - i] for i in range(1, j + 1)), one[0] * two[j]) for j in range(len(one))]


def series_quotient(over: list[Any], under: list[Any]) -> list[Any]:
    """The quotient of two power series, to the order of the first."""
    found: list[Any] = []
    for j, value in enumerate(over):
        known = (under[i] * found[j - i] for i in range(1, j + 1))
        found.append((value - sum(known, value - value)) / under[0])
    return found


def _in(field: Any, number: int) -> Any:
    return field.convert(number)
