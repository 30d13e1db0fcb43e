"""Kernels and models as scikit-learn has them: for its pipelines, searches and Gaussian processes.

Needs the extra [sklearn]; nothing of it is loaded before a name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldtheory.package_face import package_face

if TYPE_CHECKING:
    from fieldtheory.workbench.estimators.compressed_regressor import (
        CompressedRegressor as CompressedRegressor,
    )
    from fieldtheory.workbench.estimators.sphere_projection import SphereProjection as SphereProjection
    from fieldtheory.workbench.estimators.zonal_gp_kernel import ZonalGPKernel as ZonalGPKernel

_HOMES = {
    "CompressedRegressor": "fieldtheory.workbench.estimators.compressed_regressor",
    "SphereProjection": "fieldtheory.workbench.estimators.sphere_projection",
    "ZonalGPKernel": "fieldtheory.workbench.estimators.zonal_gp_kernel",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
