"""The registry of activations: names known to kernels, flows, the command line and the documentation."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_choice, require_number
from fieldtheory.shown_value import shown

if TYPE_CHECKING:
    from fieldtheory.activations.activation import Activation
    from fieldtheory.array_types import Floats

_FUNCTIONS = "fieldtheory.activations.functions"
# A row is the activation, or "module:NAME", read when it is first asked for: names alone must stay cheap.
_ROWS: dict[str, str | Activation] = {
    "relu": f"{_FUNCTIONS}.relu:RELU",
    "erf": f"{_FUNCTIONS}.erf:ERF",
    "gelu": f"{_FUNCTIONS}.gelu:GELU",
    "sin": f"{_FUNCTIONS}.sin:SIN",
    "tanh": f"{_FUNCTIONS}.tanh:TANH",
    "linear": f"{_FUNCTIONS}.linear:LINEAR",
    "leaky_relu": f"{_FUNCTIONS}.leaky_relu:LEAKY_RELU",
    "abs": f"{_FUNCTIONS}.abs:ABS",
    "relu2": f"{_FUNCTIONS}.relu_squared:RELU_SQUARED",
    "heaviside": f"{_FUNCTIONS}.heaviside:HEAVISIDE",
    "sign": f"{_FUNCTIONS}.sign:SIGN",
    "cos": f"{_FUNCTIONS}.cos:COS",
    "gaussian": f"{_FUNCTIONS}.gaussian:GAUSSIAN",
    "elu": f"{_FUNCTIONS}.elu:ELU",
    "selu": f"{_FUNCTIONS}.selu:SELU",
    "silu": f"{_FUNCTIONS}.silu:SILU",
    "softplus": f"{_FUNCTIONS}.softplus:SOFTPLUS",
    "sigmoid": f"{_FUNCTIONS}.sigmoid:SIGMOID",
}
_LONG = 60  # of a formula whose numbers are rounded in the table
# What follows a colon, as in "sin:30": the parameter, and the function that makes the activation from it.
_MAKERS: dict[str, tuple[str, str]] = {
    "leaky_relu": ("slope", f"{_FUNCTIONS}.leaky_relu:leaky_relu"),
    "sin": ("frequency", f"{_FUNCTIONS}.sin:sin"),
    "cos": ("frequency", f"{_FUNCTIONS}.cos:cos"),
    "elu": ("alpha", f"{_FUNCTIONS}.elu:elu"),
    "gaussian": ("frequency", f"{_FUNCTIONS}.gaussian:gaussian"),
}
# Other names, which a registered activation may take over.
_ALIASES = {"step": "heaviside", "swish": "silu", "relu^2": "relu2", "relu²": "relu2"}
ACTIVATIONS: Mapping[str, str | Activation] = MappingProxyType(_ROWS)
_BUILT_IN = frozenset(_ROWS)


def activation(choice: str | Activation | Callable[[Floats], Floats] | Sequence[float]) -> Activation:
    """The activation of that name, or one made from a function of float64 arrays by its Hermite series.

    Names: those of `ACTIVATIONS`, which `register_activation` adds to, "step" (heaviside) and "swish" (silu);
    with a parameter after a colon "leaky_relu:0.2" (its slope), "elu:0.5" (its alpha), "sin:30", "cos:2"
    and "gaussian:3" (the frequency f of phi(f x)). A list of numbers c_n stands for the finite Hermite series
    sum_n c_n He_n(x)/sqrt(n!).

    >>> activation("relu").name
    'relu'
    >>> activation("sin:30").mean_square(1.0)
    0.5
    >>> import numpy as np
    >>> activation(np.cos).name
    'cos'
    """
    if isinstance(choice, str):
        name, parameter = parse_name(choice)
        return _row(name) if parameter is None else _made(name, parameter)
    import numpy as np

    from fieldtheory.activations.activation import Activation

    if isinstance(choice, Activation):
        return choice
    if callable(choice):
        return _expanded(choice) if isinstance(choice, Hashable) else _from_callable(choice)
    if isinstance(choice, (list, tuple, np.ndarray)):
        return Activation.from_coefficients(choice)
    return _row(require_choice("activation", choice, ACTIVATIONS))  # which refuses it


def parse_name(text: str) -> tuple[str, float | None]:
    """The registered name and the parameter, if any, of an activation by name; ValueError for neither.

    >>> parse_name("sin:30"), parse_name("step")
    (('sin', 30.0), ('heaviside', None))
    """
    if text in _ROWS:
        return text, None
    name, colon, number = text.partition(":") if isinstance(text, str) else (text, "", "")
    name = name if name in _ROWS else _ALIASES.get(name, name)
    if not colon:
        return require_choice("activation", name, ACTIVATIONS), None
    if name not in _MAKERS:
        raise ValueError(
            f"activation must be a name, or one of {', '.join(_MAKERS)} with a number after a colon, such as "
            f"sin:30 (got {shown(text)})"
        )
    parameter = _MAKERS[name][0]
    try:
        value = float(number)
    except ValueError:
        raise ValueError(
            f"{parameter} must be a number after the colon, such as {name}:0.5 (got {shown(text)})"
        ) from None
    if parameter == "slope":
        return name, require_number(parameter, value, minimum=-math.inf)
    return name, require_number(parameter, value, exclusive=True)


def parameters() -> dict[str, str]:
    """What the number after the colon is, for the names that take one.

    >>> parameters()["sin"]
    'frequency'
    """
    return {name: parameter for name, (parameter, _) in _MAKERS.items() if name in _ROWS}


def register_activation(new: Activation) -> Activation:
    """Make an activation known by its name, to kernels, flows, the command line and the table; returns it.

    ValueError for what is no `Activation`, for a name that is taken, and for one that is no single word.

    >>> from fieldtheory.activations.activation import Activation
    >>> cube = register_activation(Activation.from_function("cube", lambda x: x**3))
    >>> activation("cube") is cube
    True
    >>> unregister_activation("cube") is cube
    True
    """
    from fieldtheory.activations.activation import Activation

    if not isinstance(new, Activation):
        raise ValueError(f"new must be an Activation, see ft.Activation.from_function (got {shown(new)})")
    if not isinstance(new.name, str) or not re.fullmatch(r"[a-z][a-z0-9_-]*", new.name):
        raise ValueError(
            f"name must be lower-case letters, digits, '-' and '_', such as 'swish' (got {shown(new.name)})"
        )
    if new.name in ACTIVATIONS:
        raise ValueError(
            f"name must be new (got {shown(new.name)}, which is registered already); take another "
            "name, none of "
            f"{', '.join(ACTIVATIONS)}"
        )
    _ROWS[new.name] = new
    return new


def unregister_activation(name: str) -> Activation:
    """Take an activation out of the registry and return it; ValueError if it is not there or built in."""
    found = _row(require_choice("name", name, ACTIVATIONS))
    if name in _BUILT_IN:
        raise ValueError(f"name must be that of a registered activation (got {name!r}, which is built in)")
    del _ROWS[name]
    return found


def activation_table() -> str:
    """The registered activations as a table in Markdown: name, phi, closed form, source.

    >>> print(activation_table().splitlines()[2])
    | `relu` | `Max(0, x)` | yes | Cho, Saul, NIPS 2009 (arc-cosine kernels) |
    """
    import sympy

    x = sympy.Symbol("x", real=True)
    rows = ["| name | φ(x) | closed form | source |", "|---|---|---|---|"]
    for name in ACTIVATIONS:
        row = _row(name)
        phi = "a function of arrays"
        if row.symbol_function:
            formula = row.symbol_function(x)
            phi = f"`{formula if len(str(formula)) < _LONG else sympy.N(formula, 5)}`"
        source = "; ".join(row.references) or ("elementary" if row.formula else "Hermite series")
        others = [other for other, stands_for in _ALIASES.items() if stands_for == name and other.isascii()]
        also = f", `{name}:{_MAKERS[name][0]}`" if name in _MAKERS else ""
        also += "".join(f", `{other}`" for other in others if other not in _ROWS)
        rows.append(f"| `{name}`{also} | {phi} | {'yes' if row.formula else 'no'} | {source} |")
    return "\n".join(rows)


def _row(name: str) -> Activation:
    row = _ROWS[name]
    if isinstance(row, str):
        row = _ROWS[name] = _found(row)
    return row


def _found(place: str) -> Any:
    module, attribute = place.split(":")
    return getattr(import_module(module), attribute)


@lru_cache(maxsize=256)
def _made(name: str, parameter: float) -> Activation:
    return _found(_MAKERS[name][1])(parameter)  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _expanded(function: Any) -> Activation:
    return _from_callable(function)


def _from_callable(function: Any) -> Activation:
    from fieldtheory.activations.activation import Activation

    return Activation.from_function(str(getattr(function, "__name__", type(function).__name__)), function)
