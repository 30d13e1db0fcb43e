"""Renormalisation: what the modes that cannot be learnt do, and how a kernel flows with depth.

Public names are loaded on first use, so that importing one of them does not load the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

try:
    from fieldtheory.shadowing import check_siblings
except ModuleNotFoundError as error:
    raise ImportError("another package named fieldtheory hides that of deep-fieldtheory") from error
else:
    check_siblings(__name__)

if TYPE_CHECKING:
    from renormalization.compressed_model import CompressedModel as CompressedModel
    from renormalization.depth import DepthFlow as DepthFlow
    from renormalization.exponents import exponent_validity as exponent_validity
    from renormalization.exponents import fitted_exponent as fitted_exponent
    from renormalization.exponents import kernel_singularity as kernel_singularity
    from renormalization.exponents import local_exponents as local_exponents
    from renormalization.exponents import teacher_student_exponent as teacher_student_exponent
    from renormalization.finite_width import FiniteWidth as FiniteWidth
    from renormalization.phases import PhaseDiagram as PhaseDiagram
    from renormalization.phases import phase_diagram as phase_diagram
    from renormalization.symbolic_flow import FlowEquation as FlowEquation
    from renormalization.symbolic_flow import flow_equation as flow_equation
    from renormalization.truncation import RenormalisedKernel as RenormalisedKernel
    from renormalization.truncation import renormalised_ntk as renormalised_ntk
    from renormalization.wilson import WilsonFlow as WilsonFlow

_HOMES = {
    "CompressedModel": "renormalization.compressed_model",
    "DepthFlow": "renormalization.depth",
    "FiniteWidth": "renormalization.finite_width",
    "FlowEquation": "renormalization.symbolic_flow",
    "PhaseDiagram": "renormalization.phases",
    "RenormalisedKernel": "renormalization.truncation",
    "WilsonFlow": "renormalization.wilson",
    "exponent_validity": "renormalization.exponents",
    "fitted_exponent": "renormalization.exponents",
    "flow_equation": "renormalization.symbolic_flow",
    "kernel_singularity": "renormalization.exponents",
    "local_exponents": "renormalization.exponents",
    "phase_diagram": "renormalization.phases",
    "renormalised_ntk": "renormalization.truncation",
    "teacher_student_exponent": "renormalization.exponents",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
