"""Activations in compiled code: a row of a table of formulas, or a function that Numba has compiled.

The formulas of `fieldtheory.activations.functions` are of NumPy and SciPy arrays. Here they are once more,
for loops over neurons; whoever asks gets one that was compared with the function it stands for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fieldtheory.activations.activation import Activation
from fieldtheory.activations.array_function import ArrayFunction
from fieldtheory.activations.functions.elu import Elu
from fieldtheory.activations.hermite import HermiteSum
from fieldtheory.activations.stretched import Stretched
from fieldtheory.array_types import Floats
from fieldtheory.compiled import compiled
from fieldtheory.shown_value import shown

_RAYS, _LINEAR, _ERF, _SIN, _COS, _TANH, _GAUSSIAN, _GELU, _ELU = range(9)
_SIGMOID, _SILU, _SOFTPLUS, _HERMITE, _FUNCTION = range(9, 14)
_CODES = {
    **{"linear": _LINEAR, "erf": _ERF, "sin": _SIN, "cos": _COS, "tanh": _TANH, "gaussian": _GAUSSIAN},
    **{"gelu": _GELU, "sigmoid": _SIGMOID, "silu": _SILU, "softplus": _SOFTPLUS},
}
_ROOT_HALF = math.sqrt(0.5)
_EQUAL = 1e-12  # of two formulas for one function, relative
_PLACES = np.concatenate([np.linspace(-6.03, 6.01, 96), [-30.0, -1e-3, 0.0, 1e-3, 30.0]])


class CompiledActivation(NamedTuple):
    """A row of the table, its parameters, and the function that a row of its own calls.

    Called with an array it is phi, as other activations are.

    >>> from fieldtheory.activations.by_name import activation
    >>> compiled_activation(activation("leaky_relu:0.5"))(np.array([-2.0, 3.0])).tolist()
    [-1.0, 3.0]
    """

    code: int
    parameters: Floats
    function: Any

    def __call__(self, x: Floats) -> Floats:
        found = np.empty(x.size)
        activate(*self, np.ascontiguousarray(x, dtype=np.float64).ravel(), found)
        return found.reshape(x.shape)


def compiled_activation(phi: Activation) -> CompiledActivation:
    """The activation for compiled code; ValueError for a function that Numba can't compile."""
    function = phi.require_function("compiled code")
    row = _row(phi)
    if row is not None:
        code, parameters = row
        found = CompiledActivation(code, np.array(parameters, dtype=np.float64), _identity())
        if _agree(found, function):
            return found
    return _own(phi.name, function)


def _row(phi: Activation) -> tuple[int, Sequence[float]] | None:
    """The row and its parameters, None for a function that is not in the table."""
    function, frequency = phi.function, 1.0
    if phi.rays is not None:
        return _RAYS, (phi.rays.right, phi.rays.left, phi.rays.power)
    if isinstance(function, Stretched):
        phi, frequency = function.base, function.frequency
    if isinstance(function, ArrayFunction):
        function = function.function
    if isinstance(function, Elu):
        return _ELU, (function.alpha, function.scale)
    if isinstance(function, HermiteSum):
        return _HERMITE, function.coefficients
    return (_CODES[phi.name], (frequency,)) if phi.name in _CODES else None


def _agree(found: CompiledActivation, function: Any) -> bool:
    expected = function(_PLACES)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(found(_PLACES) - expected) <= _EQUAL * (1 + np.abs(expected))))


def _own(name: str, function: Any) -> CompiledActivation:
    from fieldtheory.machine_code import MachineCodeError, machine_function

    given = function.function if isinstance(function, ArrayFunction) else function
    try:
        found = CompiledActivation(_FUNCTION, np.zeros(1), machine_function(given))
    except MachineCodeError as error:
        raise ValueError(
            f"activation must be a function of floats and NumPy that Numba compiles (got {shown(name)}: "
            f'{error}); write it with np.exp, np.tanh, np.where, ..., or take one by name, such as "gelu"'
        ) from None
    if not _agree(found, function):
        raise ValueError(
            f"activation must be a function of each number alone to be compiled (got {shown(name)}, which "
            'has other values for one number than for an array); take one by name, such as "gelu"'
        )
    return found


def _identity() -> Any:
    """What rows that call no function of their own are given in its place."""
    from fieldtheory.machine_code import machine_function

    return machine_function(_same)


def _same(x: float) -> float:
    return x


@compiled(error_model="numpy", fastmath={"contract"})
def activate(code: int, parameters: Floats, function: Any, x: Floats, found: Floats) -> None:
    """Write phi(x) to `found`, both flat."""
    one = parameters[0]
    if code == _ERF:
        for i in range(x.size):
            found[i] = math.erf(one * x[i])
    elif code == _RAYS:
        left, power = parameters[1], parameters[2]
        for i in range(x.size):
            side = one if x[i] > 0 else left
            if power == 0 and x[i] == 0:
                side = (one + left) / 2
            size = abs(x[i])
            found[i] = side if power == 0 else (side * size if power == 1 else side * size * size)
    elif code == _LINEAR:
        for i in range(x.size):
            found[i] = one * x[i]
    elif code == _SIN:
        for i in range(x.size):
            found[i] = math.sin(one * x[i])
    elif code == _COS:
        for i in range(x.size):
            found[i] = math.cos(one * x[i])
    elif code == _TANH:
        for i in range(x.size):
            found[i] = math.tanh(one * x[i])
    elif code == _GAUSSIAN:
        for i in range(x.size):
            found[i] = math.exp(-((one * x[i]) ** 2) / 2)
    elif code == _GELU:
        for i in range(x.size):
            found[i] = x[i] * math.erfc(-_ROOT_HALF * x[i]) / 2
    elif code == _ELU:
        scale = parameters[1]
        for i in range(x.size):
            found[i] = scale * (x[i] if x[i] > 0 else one * math.expm1(x[i]))
    elif code == _SIGMOID:
        for i in range(x.size):
            found[i] = (1 + math.tanh(x[i] / 2)) / 2
    elif code == _SILU:
        for i in range(x.size):
            found[i] = x[i] * (1 + math.tanh(x[i] / 2)) / 2
    elif code == _SOFTPLUS:
        for i in range(x.size):
            found[i] = max(x[i], 0.0) + math.log1p(math.exp(-abs(x[i])))
    elif code == _HERMITE:
        for i in range(x.size):
            # He_(n+1)/sqrt((n+1)!) = (x h_n - sqrt(n) h_(n-1))/sqrt(n+1)
            before, here, total = 0.0, 1.0, 0.0
            for n in range(parameters.size):
                total += parameters[n] * here
                before, here = here, (x[i] * here - math.sqrt(n) * before) / math.sqrt(n + 1)
            found[i] = total
    else:
        for i in range(x.size):
            found[i] = function(x[i])
