"""What the page draws: curves, spectrum, diagrams and the numbers at one N, as plain values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import fieldtheory as ft
from fieldtheory.workbench.explorer.first_diagrams import first_diagrams
from fieldtheory.workbench.explorer.reproduction import command_text, python_text
from fieldtheory.workbench.explorer.sizes import curve_sizes
from fieldtheory.workbench.explorer.view import View

_SECONDS, _BYTES = 1.0, 5e8  # that the library may estimate for an answer
_NUMBERS = ("error", "error_bar", "bias", "variance", "training_error", "effective_ridge")
_MOST_DEGREES = 16  # of the spectrum that are drawn


def answer(view: View) -> dict[str, Any]:
    """Everything that depends on the view; ValueError where the library refuses it."""
    with ft.budget(max_time=_SECONDS, max_memory=_BYTES):
        return _answer(view)


def _answer(view: View) -> dict[str, Any]:
    spectrum, target, sizes = view.spectrum, view.target, curve_sizes(view.n)
    curves = {
        theory: ft.learning_curve(spectrum, target, sizes, view.ridge, view.label_noise, theory=theory)
        for theory in view.theories
    }
    best = curves["auto"]
    here = sizes.index(view.n)
    numbers = {name: getattr(best, name)[here] for name in _NUMBERS}
    return {
        "n": sizes,
        "curves": [
            {"theory": name, "found": curve.theory, "error": curve.error, "error_bar": curve.error_bar}
            for name, curve in curves.items()
        ],
        "numbers": numbers | {"n": view.n},
        "spectrum": _spectrum(spectrum, target, best.coefficients[here], view),
        "diagrams": _diagrams(view, spectrum, target),
        "warnings": [f"{name}: {text}" for name, curve in curves.items() for text in curve.warnings],
    }


def _spectrum(
    spectrum: ft.Spectrum, target: ft.Target, learnt: np.ndarray[Any, Any], view: View
) -> dict[str, Any]:
    """By degree, the first ones: eigenvalue, multiplicity, share that is learnt, power of the target."""
    kept = min(spectrum.max_degree + 1, _MOST_DEGREES)
    return {
        "eigenvalues": spectrum.eigenvalues[:kept],
        "multiplicities": [_short(count) for count in spectrum.exact_multiplicities[:kept]],
        "learnt": learnt[:kept],
        "powers": target.as_array(max(spectrum.max_degree, target.max_degree))[:kept],
        "tail": spectrum.tail,
        "trace": spectrum.trace,
    }


def _short(count: int) -> str:
    """A multiplicity, in full while it is short."""
    return str(count) if count < 10**6 else f"{math.exp(math.log(count)):.2e}"


def _diagrams(view: View, spectrum: ft.Spectrum, target: ft.Target) -> dict[str, Any]:
    """What each diagram adds to the error at the N that is looked at, or why they have no value."""
    if view.ridge + spectrum.tail <= 0:
        return {"values": None, "message": "the bare expansion needs a ridge, or a tail of the spectrum"}
    values = [each.value(spectrum, target, view.n, view.ridge) for each in first_diagrams()]
    return {"values": values, "message": None}


def reproduction(view: View, simulated: bool) -> dict[str, str]:
    """The view as Python and as a command."""
    return {"python": python_text(view, simulated), "command": command_text(view, simulated)}
