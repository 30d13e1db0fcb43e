"""What the page draws: curves, spectrum, diagrams and the numbers at one N, as plain values."""

from __future__ import annotations

import warnings
from typing import Any

import fieldtheory as ft
from fieldtheory.array_types import Floats
from fieldtheory.networks.zonal_kernel import poorly_known
from fieldtheory.workbench.explorer.first_diagrams import first_diagrams
from fieldtheory.workbench.explorer.reproduction import command_text, python_text
from fieldtheory.workbench.explorer.sizes import curve_sizes
from fieldtheory.workbench.explorer.view import View

_SECONDS, _BYTES = 1.0, 5e8  # that the library may estimate for an answer
_NUMBERS = ("error", "error_bar", "bias", "variance", "training_error", "effective_ridge")
_MOST_DEGREES = 16  # of the spectrum that are drawn


def answer(view: View) -> dict[str, Any]:
    """Everything that depends on the view; ValueError where the library refuses it."""
    with ft.budget(max_time=_SECONDS, max_memory=_BYTES), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the answer has them
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
        "spectrum": _spectrum(spectrum, target, best.coefficients[here]),
        "diagrams": _diagrams(view, spectrum, target),
        "warnings": [*_few_digits(spectrum), *_warnings(curves)],
    }


def _spectrum(spectrum: ft.Spectrum, target: ft.Target, learnt: Floats) -> dict[str, Any]:
    """By degree, the first ones: eigenvalue, share that is learnt, power of the target."""
    kept = min(spectrum.max_degree + 1, _MOST_DEGREES)
    return {
        "eigenvalues": spectrum.eigenvalues[:kept],
        "learnt": learnt[:kept],
        "powers": target.as_array(max(spectrum.max_degree, target.max_degree))[:kept],
    }


def _few_digits(spectrum: ft.Spectrum) -> list[str]:
    """What is to be said of eigenvalues that are not known well."""
    poor = poorly_known(spectrum, all_degrees=False)
    if not len(poor):
        return []
    return [f"spectrum: eigenvalues from degree {poor[0]} on are known to fewer than 6 digits"]


def _warnings(curves: dict[str, ft.LearningCurve]) -> list[str]:
    """Those of the curves, with the theory where it is that of one."""
    theories: dict[str, list[str]] = {}
    for name, curve in curves.items():
        for text in curve.warnings:
            theories.setdefault(text, []).append(name)
    return [f"{names[0]}: {text}" if len(names) == 1 else text for text, names in theories.items()]


def _diagrams(view: View, spectrum: ft.Spectrum, target: ft.Target) -> dict[str, Any]:
    """What each diagram adds to the error at the N that is looked at, or why they have no value."""
    if view.ridge + spectrum.tail <= 0:
        return {"values": None, "message": "the bare expansion needs a ridge, or a tail of the spectrum"}
    values = [each.value(spectrum, target, view.n, view.ridge) for each in first_diagrams()]
    return {"values": values, "message": None}


def reproduction(view: View, simulated: bool) -> dict[str, str]:
    """The view as Python and as a command."""
    return {"python": python_text(view, simulated), "command": command_text(view, simulated)}
