"""What draws each kind of result that has one picture: one row a class."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from matplotlib.axes import Axes

from fieldtheory.shown_value import shown
from fieldtheory.workbench.plots.style import new_axes, styled

# class -> file of this folder, function of result and axes
PICTURES = {
    "ActivationCovariance": ("matrices", "activation_covariance"),
    "BestLayers": ("layers", "best_layers"),
    "BinaryCurve": ("data_variability", "binary_curve"),
    "CompressedModel": ("wilson", "compressed_model"),
    "Couplings": ("couplings", "largest_couplings"),
    "CurveBatch": ("curve_families", "curve_batch"),
    "DatasetAverage": ("data_variability", "dataset_average"),
    "DatasetSample": ("data_variability", "dataset_sample"),
    "DepthFlow": ("depth", "depth_flow"),
    "EigenOperators": ("fixed_points", "eigen_operators"),
    "FiniteWidth": ("depth", "finite_width"),
    "FixedPoint": ("fixed_points", "fixed_point"),
    "Joint": ("matrices", "joint"),
    "KernelChange": ("single_numbers", "kernel_change"),
    "KernelCumulants": ("matrices", "kernel_cumulants"),
    "LayerwiseTraining": ("training", "layerwise_training"),
    "LearningCurves": ("curve_families", "learning_curves"),
    "LinearPosterior": ("posterior", "linear_posterior"),
    "MaxMargin": ("single_numbers", "max_margin"),
    "MazeEstimate": ("single_numbers", "maze_estimate"),
    "MazeExponents": ("single_numbers", "maze_exponents"),
    "NeuronState": ("neurons", "neuron_state"),
    "Optimum": ("optimum", "landscape"),
    "PercolationCell": ("fixed_points", "percolation_cell"),
    "PhaseDiagram": ("depth", "phase_diagram"),
    "Prediction": ("curve_families", "prediction"),
    "RGMap": ("rg_map", "rg_map_axes"),
    "RenormalisedKernel": ("spectra", "renormalised_kernel"),
    "SampledMoments": ("moments", "sampled_moments"),
    "SampledTangentKernel": ("matrices", "sampled_tangent_kernel"),
    "SeriesCumulant": ("data_cumulants", "series_cumulant"),
    "Spectrum": ("spectra", "spectrum"),
    "Stability": ("single_numbers", "stability"),
    "StripLimit": ("strips", "strip_limit"),
    "StripPoint": ("single_numbers", "strip_point"),
    "SweepOptimum": ("single_numbers", "sweep_optimum"),
    "TangentKernel": ("depth", "tangent_kernel"),
    "Target": ("spectra", "target"),
    "TrainedCurve": ("trained_curve", "trained_curve"),
    "TrainedRule": ("single_numbers", "trained_rule"),
    "WidthCorrections": ("data_variability", "width_corrections"),
    "WilsonFlow": ("wilson", "running_ridge"),
    "ZonalKernel": ("spectra", "zonal_kernel"),
    "ZonalValue": ("spectra", "zonal_value"),
}


def drawn(result: Any, axes: Axes | None = None) -> Axes:
    """A result in these axes, by default those of a new figure; returns the axes.

    ValueError for what is no result with a picture, and for axes that are none.
    """
    if type(result).__name__ not in PICTURES:
        raise ValueError(f"result must be one that has a method plot (got {shown(result)})")
    if axes is not None and not isinstance(axes, Axes):
        raise ValueError(f"axes must be Matplotlib axes, or None for a new figure (got {shown(axes)})")
    file, name = PICTURES[type(result).__name__]
    with styled():
        axes = new_axes() if axes is None else axes
        getattr(import_module(f"fieldtheory.workbench.plots.{file}"), name)(result, axes)
        return axes
