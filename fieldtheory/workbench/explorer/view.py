"""What the page shows: the values of its controls, and the regression that they describe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import fieldtheory as ft
from fieldtheory.shown_value import shown
from fieldtheory.workbench.explorer.controls import CONTROLS, DEGREES, NO_THEORY, Refused

# The names that messages of the library begin with, where the control is called otherwise
_CONTROL_OF = {"powers": "power_1", "target": "power_1", "theory": "compare"}


@dataclass(frozen=True)
class View:
    """The values of all controls, by their names."""

    kernel: str
    activation: str
    input_scale: str
    compare: str
    hidden_layers: int
    weight_variance: float
    bias_variance: float
    dim: int
    power_1: float
    power_2: float
    power_3: float
    power_4: float
    ridge: float
    label_noise: float
    n: int

    @classmethod
    def read(cls, values: Any) -> View:
        """The view that a request describes, with defaults for what it leaves out; Refused for others."""
        if not isinstance(values, Mapping):
            raise Refused(f"the request must be an object of names and values (got {shown(values)})")
        for name in values:
            if name not in CONTROLS:
                raise Refused(f"the request must name only {', '.join(CONTROLS)} (got {shown(name)})")
        found: dict[str, Any] = {
            name: control.read(values.get(name, control.default)) for name, control in CONTROLS.items()
        }
        view = cls(**found)
        if not view.powers:
            raise Refused("target must have a positive power in at least one degree (got none)", "power_1")
        return view

    @property
    def powers(self) -> dict[int, float]:
        """Positive powers of the target by degree."""
        powers = {degree: getattr(self, f"power_{degree}") for degree in DEGREES}
        return {degree: power for degree, power in powers.items() if power > 0}

    @property
    def target(self) -> ft.Target:
        """The function to be learnt."""
        return ft.Target(self.powers)

    @property
    def theories(self) -> tuple[str, ...]:
        """The most accurate one, and what it is compared with."""
        return ("auto",) if self.compare == NO_THEORY else ("auto", self.compare)

    @property
    def scale(self) -> float:
        """The factor of x·x' in the first layer."""
        return 1.0 if self.input_scale == "1" else 1 / self.dim

    @property
    def zonal_kernel(self) -> ft.ZonalKernel:
        """K of the network."""
        return _kernel(
            self.kernel,
            self.hidden_layers,
            self.activation,
            self.weight_variance,
            self.bias_variance,
            self.scale,
        )

    @property
    def max_degree(self) -> int | None:
        """None where the spectrum that the library cuts off itself holds the target; else the target's."""
        highest = max(self.powers)
        return None if _spectrum(self.zonal_kernel, self.dim, None).max_degree >= highest else highest

    @property
    def spectrum(self) -> ft.Spectrum:
        """That of the kernel, up to where the rest acts as ridge and the target has no power."""
        return _spectrum(self.zonal_kernel, self.dim, self.max_degree)


def control_of(error: Exception) -> str | None:
    """The control that a refusal of the library is about: its message begins with the argument."""
    if isinstance(error, Refused):
        return error.control
    name = str(error).partition(" ")[0]
    name = _CONTROL_OF.get(name, name)
    return name if name in CONTROLS else None


@lru_cache(maxsize=64)
def _kernel(
    kind: str, layers: int, activation: str, weight: float, bias: float, scale: float
) -> ft.ZonalKernel:
    network = ft.FullyConnected(
        layers, activation, weight_variance=weight, bias_variance=bias, input_scale=scale
    )
    return network.ntk() if kind == "ntk" else network.nngp()


@lru_cache(maxsize=64)
def _spectrum(kernel: ft.ZonalKernel, dim: int, max_degree: int | None) -> ft.Spectrum:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of few digits: the answer tells it from the spectrum
        return kernel.spectrum(dim, max_degree)
