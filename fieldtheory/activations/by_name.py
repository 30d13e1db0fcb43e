"""The registry of activations: names known to kernels, flows, the command line and the documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fieldtheory.arguments import require_choice
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
}
ACTIVATIONS: Mapping[str, str | Activation] = MappingProxyType(_ROWS)


def activation(choice: str | Activation | Callable[[Floats], Floats] | Sequence[float]) -> Activation:
    """The activation of that name, or one made from a function of float64 arrays by its Hermite series.

    Names: those of `ACTIVATIONS`, which `register_activation` adds to. A list of numbers c_n stands for the
    finite Hermite series sum_n c_n He_n(x)/sqrt(n!).

    >>> activation("relu").name
    'relu'
    >>> import numpy as np
    >>> activation(np.cos).name
    'cos'
    """
    if isinstance(choice, str):
        return _row(choice if choice in _ROWS else require_choice("activation", choice, ACTIVATIONS))
    import numpy as np

    from fieldtheory.activations.activation import Activation

    if isinstance(choice, Activation):
        return choice
    if callable(choice):
        return _expanded(choice) if isinstance(choice, Hashable) else _from_callable(choice)
    if isinstance(choice, (list, tuple, np.ndarray)):
        return Activation.from_coefficients(choice)
    return _row(require_choice("activation", choice, ACTIVATIONS))  # which refuses it


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
    """Take an activation out of the registry and return it; ValueError if it is not there."""
    found = _row(require_choice("name", name, ACTIVATIONS))
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
        phi = f"`{row.symbol_function(x)}`" if row.symbol_function else "a function of arrays"
        source = "; ".join(row.references) or ("elementary" if row.formula else "Hermite series")
        rows.append(f"| `{name}` | {phi} | {'yes' if row.formula else 'no'} | {source} |")
    return "\n".join(rows)


def _row(name: str) -> Activation:
    row = _ROWS[name]
    if isinstance(row, str):
        module, attribute = row.split(":")
        row = _ROWS[name] = getattr(import_module(module), attribute)
    return row


@lru_cache(maxsize=64)
def _expanded(function: Any) -> Activation:
    return _from_callable(function)


def _from_callable(function: Any) -> Activation:
    from fieldtheory.activations.activation import Activation

    return Activation.from_function(str(getattr(function, "__name__", type(function).__name__)), function)
