"""What can be moved on the page: names, limits, steps. The page draws them, requests are held against them.

The limits keep every answer below a second on a usual machine; the library and `fieldtheory curve` take more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fieldtheory.activations.by_name import ACTIVATIONS
from fieldtheory.arguments import require_choice, require_integer, require_number
from fieldtheory.shown_value import shown
from replicas.theories.registry import THEORIES

NO_THEORY = "none"
SCALES = ("1/dim", "1")  # of the inputs: x·x'/d, the usual fan-in, or x·x'
DEGREES = (1, 2, 3, 4)  # of the target


class Refused(ValueError):
    """A value that is refused; `control` names the one that it belongs to, None for the whole request."""

    def __init__(self, message: str, control: str | None = None) -> None:
        super().__init__(message)
        self.control = control


@dataclass(frozen=True)
class Slider:
    """A number; the page stops at `values`, a link may name any from the first to the last of them."""

    name: str
    label: str
    symbol: str
    values: tuple[float, ...]
    default: float
    whole: bool = False

    def read(self, value: Any) -> float:
        """The number, an int where it is `whole`; Refused for any other."""
        low, high = self.values[0], self.values[-1]
        if isinstance(value, str):
            raise Refused(f"{self.name} must be a number (got {shown(value)})", self.name)
        try:
            if not self.whole:
                number = require_number(self.name, value)
            elif isinstance(value, float) and value.is_integer():  # JSON does not tell 50 from 50.0
                number = int(value)
            else:
                number = require_integer(self.name, value, minimum=int(low))
        except ValueError as error:
            raise Refused(str(error), self.name) from None
        if not low <= number <= high:
            allowed = f"{self.name} must be from {low:g} to {high:g} here"
            raise Refused(f"{allowed} (got {shown(value)})", self.name)
        return number

    def to_dict(self) -> dict[str, Any]:
        """What the page needs to draw it."""
        return {"kind": "slider", **vars(self)}


@dataclass(frozen=True)
class Choice:
    """One of some names."""

    name: str
    label: str
    symbol: str
    values: tuple[str, ...]
    default: str

    def read(self, value: Any) -> str:
        """The name; Refused for any other."""
        try:
            return require_choice(self.name, value, self.values)
        except ValueError as error:
            raise Refused(str(error), self.name) from None

    def to_dict(self) -> dict[str, Any]:
        """What the page needs to draw it."""
        return {"kind": "choice", **vars(self)}


def _steps(first: float, last: float, step: float) -> tuple[float, ...]:
    """Numbers of equal distance, as they are written in decimals."""
    return tuple(round(first + step * k, 10) for k in range(round((last - first) / step) + 1))


def _decades(first: float, last: float, each: int, digits: int = 3) -> tuple[float, ...]:
    """`each` numbers in every factor of ten, to so many digits."""
    count = round(each * math.log10(last / first))
    return tuple(float(f"{first * 10 ** (k / each):.{digits - 1}e}") for k in range(count + 1))


_VARIANCES = (0.0, *_decades(1e-5, 10.0, 12))
_SIZES = tuple(dict.fromkeys(map(round, _decades(10, 10_000, 24, 4))))

_ALL: tuple[Slider | Choice, ...] = (
    Choice("kernel", "kernel", "", ("ntk", "nngp"), "ntk"),
    Choice("activation", "activation", "φ", tuple(ACTIVATIONS), "relu"),
    Choice("input_scale", "inputs scaled by", "", SCALES, SCALES[0]),
    Choice(
        "compare",
        "compare with",
        "",
        (NO_THEORY, *(name for name, each in THEORIES.items() if each.highest_order is None)),
        "equivalent-kernel",
    ),
    Slider("hidden_layers", "hidden layers", "L", _steps(1, 6, 1), 3, whole=True),
    Slider("weight_variance", "weight variance", "σ_w²", _steps(0.1, 3.0, 0.02), 1.0),
    Slider("bias_variance", "bias variance", "σ_b²", _steps(0.0, 2.0, 0.02), 1.0),
    Slider("dim", "input dimension", "d", _steps(10, 200, 1), 50, whole=True),
    *(Slider(f"power_{l}", "target", f"g_{l}²", _steps(0.0, 2.0, 0.02), float(l < 3)) for l in DEGREES),
    Slider("ridge", "ridge", "σ²", _VARIANCES, 0.0),
    Slider("label_noise", "label noise", "τ²", _VARIANCES, 0.0),
    Slider("n", "training points", "N", _SIZES, 200, whole=True),
)
CONTROLS = {each.name: each for each in _ALL}
