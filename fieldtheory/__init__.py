"""Field theory of neural networks: kernels, spectra and learning curves on the hypersphere.

Public names are loaded on first use, so that `import fieldtheory` stays fast (SPEC 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldtheory.shadowing import check_siblings

check_siblings(__name__)

__version__ = "0.1.0"

if TYPE_CHECKING:
    from fieldtheory.activations.by_name import activation as activation
    from fieldtheory.networks.fully_connected import FullyConnected as FullyConnected
    from fieldtheory.networks.zonal_kernel import ZonalKernel as ZonalKernel
    from fieldtheory.spectrum import Spectrum as Spectrum
    from fieldtheory.sphere.harmonics import AngleTransform as AngleTransform
    from fieldtheory.sphere.harmonics import gegenbauer as gegenbauer
    from fieldtheory.sphere.harmonics import multiplicity as multiplicity
    from fieldtheory.targets import Target as Target
    from fieldtheory.workbench.learning_curve import LearningCurve as LearningCurve
    from fieldtheory.workbench.learning_curve import learning_curve as learning_curve
    from fieldtheory.workbench.simulation.simulation import Simulation as Simulation
    from fieldtheory.workbench.simulation.simulation import simulate as simulate
    from replicas.derivation.regression_action import gp_regression_action as gp_regression_action

_HOMES = {
    "activation": "fieldtheory.activations.by_name",
    "AngleTransform": "fieldtheory.sphere.harmonics",
    "gegenbauer": "fieldtheory.sphere.harmonics",
    "multiplicity": "fieldtheory.sphere.harmonics",
    "FullyConnected": "fieldtheory.networks.fully_connected",
    "Spectrum": "fieldtheory.spectrum",
    "Target": "fieldtheory.targets",
    "LearningCurve": "fieldtheory.workbench.learning_curve",
    "learning_curve": "fieldtheory.workbench.learning_curve",
    "Simulation": "fieldtheory.workbench.simulation.simulation",
    "simulate": "fieldtheory.workbench.simulation.simulation",
    "ZonalKernel": "fieldtheory.networks.zonal_kernel",
    "gp_regression_action": "replicas.derivation.regression_action",
}
__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
