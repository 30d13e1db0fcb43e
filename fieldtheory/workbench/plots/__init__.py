"""Pictures of results, `fieldtheory.plot`: learning curves, flows, neurons.

Each takes a result and gives Matplotlib axes or a figure; nothing needs a display. Loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldtheory.package_face import package_face

if TYPE_CHECKING:
    from fieldtheory.workbench.plots.couplings import coupling_bars as coupling_bars
    from fieldtheory.workbench.plots.curves import comparison as comparison
    from fieldtheory.workbench.plots.curves import error_curve as error_curve
    from fieldtheory.workbench.plots.curves import simulated_curve as simulated_curve
    from fieldtheory.workbench.plots.data_cumulants import fourth_cumulants as fourth_cumulants
    from fieldtheory.workbench.plots.data_variability import binary_curve as binary_curve
    from fieldtheory.workbench.plots.deformations import deformed_images as deformed_images
    from fieldtheory.workbench.plots.depth import finite_width as finite_width
    from fieldtheory.workbench.plots.depth import phase_diagram as phase_diagram
    from fieldtheory.workbench.plots.depth import tangent_kernel as tangent_kernel
    from fieldtheory.workbench.plots.jamming_curves import jamming as jamming
    from fieldtheory.workbench.plots.layers import layer_information as layer_information
    from fieldtheory.workbench.plots.mazes import maze_errors as maze_errors
    from fieldtheory.workbench.plots.neurons import single_neuron as single_neuron
    from fieldtheory.workbench.plots.result_pictures import drawn as drawn
    from fieldtheory.workbench.plots.rg_map import rg_flow as rg_flow
    from fieldtheory.workbench.plots.rules import rule_states as rule_states
    from fieldtheory.workbench.plots.strips import strip_crossings as strip_crossings
    from fieldtheory.workbench.plots.style import save_figure as save_figure
    from fieldtheory.workbench.plots.wilson import compression as compression
    from fieldtheory.workbench.plots.wilson import wilson_flow as wilson_flow

_HOMES = {
    "binary_curve": "fieldtheory.workbench.plots.data_variability",
    "comparison": "fieldtheory.workbench.plots.curves",
    "compression": "fieldtheory.workbench.plots.wilson",
    "coupling_bars": "fieldtheory.workbench.plots.couplings",
    "deformed_images": "fieldtheory.workbench.plots.deformations",
    "drawn": "fieldtheory.workbench.plots.result_pictures",
    "error_curve": "fieldtheory.workbench.plots.curves",
    "finite_width": "fieldtheory.workbench.plots.depth",
    "fourth_cumulants": "fieldtheory.workbench.plots.data_cumulants",
    "jamming": "fieldtheory.workbench.plots.jamming_curves",
    "layer_information": "fieldtheory.workbench.plots.layers",
    "maze_errors": "fieldtheory.workbench.plots.mazes",
    "phase_diagram": "fieldtheory.workbench.plots.depth",
    "rg_flow": "fieldtheory.workbench.plots.rg_map",
    "rule_states": "fieldtheory.workbench.plots.rules",
    "strip_crossings": "fieldtheory.workbench.plots.strips",
    "wilson_flow": "fieldtheory.workbench.plots.wilson",
    "save_figure": "fieldtheory.workbench.plots.style",
    "simulated_curve": "fieldtheory.workbench.plots.curves",
    "single_neuron": "fieldtheory.workbench.plots.neurons",
    "tangent_kernel": "fieldtheory.workbench.plots.depth",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
