"""One small result of each class of the four faces, and which other classes there are."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

import diagrams
import fieldtheory as ft
import renormalization as rg
import replicas
from tests.fuzz.calls import right_calls

TARGET = ft.Target({1: 0.7, 3: 0.3})

# No results: what is put in, formulas and diagrams, which print themselves, and tools
NO_RESULTS = {
    *("Activation", "AngleTransform", "BinaryTask", "DataCumulants", "Diffeomorphisms", "DigitFunction"),
    *("FullyConnected", "GaussianClone", "LatticeModel", "LearningCurveTheory", "NonlinearGaussianData"),
    *("PermutationSymmetric", "Problem", "RandomFeatures", "Rule", "SingleNeuron", "Strip"),
    *("BlockCumulants", "CompiledExpansion", "CompiledExpression", "Diagram", "EffectiveAction"),
    *("Expansion", "FlowEquation", "GPRegressionAction", "GardnerAction", "ReplicaDiagram"),
    *("ReplicaExpansion", "Word"),
    *("FactorisedVertex", "Field", "ProductVertex", "Propagator", "Rules", "Theory", "Vertex"),
    "CurveWarning",  # a sentence, and the curves that it is about
    "Response",  # on the way from a self-energy to a prediction
}


def called(name: str) -> Callable[[], Any]:
    """What a call of the table of right ones returns"""

    def make() -> Any:
        function, arguments = right_calls()[name]
        with warnings.catch_warnings():  # they are as small as can be, and may say that they are
            warnings.simplefilter("ignore", UserWarning)
            return function(**arguments)

    return make


def spectrum() -> ft.Spectrum:
    return ft.FullyConnected(1, "relu", 2.0, 0.5).ntk().spectrum(6, 8)


def curve(**how: Any) -> Any:
    return ft.learning_curve(spectrum(), TARGET, n=[10, 20, 50], ridge=0.1, **how)


def flow() -> rg.WilsonFlow:
    return rg.WilsonFlow(spectrum(), n=[10, 30, 100], ridge=0.1, target=TARGET)


def problem() -> replicas.Problem:
    return replicas.Problem(spectrum(), TARGET.as_array(8), np.array([10.0, 20.0, 50.0]), 0.1, 0.0, "fixed")


def sizes() -> dict[str, Any]:
    return {"target": TARGET, "n": [10, 20, 50], "ridge": [0.05, 0.5]}


def families() -> ft.LearningCurves:
    deeper = ft.FullyConnected(3, "relu", 2.0, 0.5).ntk().spectrum(6, 8)
    return ft.learning_curves([spectrum(), deeper], **sizes())


def sweep() -> ft.Sweep:
    axes = {"hidden_layers": [1, 2], "ridge": [0.05, 0.5], "n": [10, 50]}
    return ft.sweep(axes, target=TARGET, dim=6, max_degree=8)


def mazes() -> rg.MazeStatistics:
    return rg.maze_statistics(9, samples=50)


def binary_curve() -> replicas.BinaryCurve:
    return replicas.binary_learning_curve(replicas.BinaryTask(20, 0.4), [2, 5, 10], ridge=0.1, repeats=20)


def zonal_value() -> Any:
    values = spectrum().degree_traces
    transform = ft.AngleTransform.build(6, 8)
    return diagrams.ZonalValue(transform.to_angles(values), values, 0.0, 0.1 * values)


def simulation() -> ft.Simulation:
    kernel = ft.FullyConnected(1, "relu", 2.0, 0.5).ntk()
    return ft.simulate(kernel, 6, TARGET, [10, 20, 50], ridge=0.1, repeats=5)


def eigen_operators() -> Any:
    """Of two couplings at the origin, one that grows and one that decays"""
    x, y = sympy.symbols("x y")
    rg_map = rg.RGMap([2 * x + y / 4, y / 2 + x * y], [x, y], 2, (-1, 1))
    return rg_map.eigenoperators(rg_map.fixed_points()[0])


RESULTS: dict[str, Callable[[], Any]] = {
    "ActivationCovariance": called("activation_covariance"),
    "BestLayers": called("best_layers"),
    "BestRule": called("best_rule"),
    "BinaryCurve": binary_curve,
    "CapacityCurve": called("capacity_curve"),
    "CompressedModel": lambda: rg.WilsonFlow(spectrum(), 30, 0.1).compressed_model(3),
    "Couplings": called("effective_couplings"),
    "CrossoverScale": called("crossover_scale"),
    "CurveBatch": lambda: ft.curve_batch([spectrum()] * 2, TARGET, n=[10, 20, 50], ridge=[0.05, 0.5]),
    "DatasetAverage": called("dataset_average"),
    "DatasetSample": called("simulate_datasets"),
    "DepthFlow": lambda: rg.DepthFlow("tanh", 1.5, 0.05),
    "EigenOperators": eigen_operators,
    "FiniteWidth": lambda: rg.DepthFlow("tanh", 1.5, 0.05).finite_width(layers=6, width=64),
    "FiniteWidthCurve": called("learning_curve at finite width"),
    "FixedPoint": lambda: rg.migdal_kadanoff().fixed_points((0.1, 0.9))[0],
    "GramSimulation": lambda: ft.simulate_gram(np.eye(6) + 1.0, np.arange(6.0), [2, 4], ridge=0.1, repeats=4),
    "JammingCurve": called("jamming"),
    "Joint": called("lattice.joint"),
    "KernelChange": called("kernel_change"),
    "KernelCumulants": called("kernel_cumulants"),
    "LayerwiseTraining": called("train_layerwise"),
    "LayerInformation": called("lattice.layers"),
    "LearningCurve": curve,
    "LearningCurves": families,
    "LinearPosterior": called("linear_posterior"),
    "MaxMargin": called("max_margin"),
    "MazeEstimate": lambda: mazes().connected,
    "MazeExponents": called("mazes.exponents"),
    "MazeStatistics": mazes,
    "NeuronScan": called("neuron.scan"),
    "NeuronState": called("neuron.solve"),
    "Optimum": called("optimise"),
    "ParameterNumber": called("parameter_number"),
    "PercolationCell": called("percolation_cell"),
    "PhaseDiagram": lambda: rg.phase_diagram("tanh", np.linspace(0.5, 3, 8), np.linspace(0, 0.5, 8)),
    "PosteriorMean": called("posterior_mean"),
    "Prediction": lambda: replicas.predict(problem(), "auto", None),
    "PropagatedMoments": called("propagate_moments"),
    "RGMap": lambda: rg.migdal_kadanoff(),
    "RenormalisedKernel": lambda: rg.WilsonFlow(spectrum(), 30, 0.1).truncated_kernel(3),
    "SampledMoments": called("sample_moments"),
    "SampledPosterior": called("sample_posterior"),
    "SampledTangentKernel": called("sample_tangent_kernel"),
    "SeriesCumulant": lambda: replicas.DataCumulants("erf", gain=2.0).cumulant([[1, 0.6], [0.6, 1]], 7),
    "Simulation": simulation,
    "SiteCurve": called("learning_curve on points"),
    "Spectrum": spectrum,
    "Stability": called("relative_stability"),
    "StripLimit": called("strip_limit"),
    "StripPoint": called("phenomenological_rg"),
    "Sweep": sweep,
    "SweepOptimum": lambda: sweep().best(),
    "TangentKernel": lambda: rg.DepthFlow("tanh", 1.5, 0.05).tangent_kernel(layers=4, width=64),
    "Target": lambda: TARGET,
    "TrainedCurve": called("train"),
    "TrainedNetworks": called("train_networks"),
    "TrainedRule": called("train_soft_rule"),
    "TrainingDynamics": called("training_dynamics.nonlinear"),
    "WidthCorrections": called("width_corrections"),
    "WidthCurve": called("width_curve"),
    "WilsonFlow": flow,
    "ZonalKernel": lambda: ft.FullyConnected(2, "relu").ntk(),
    "ZonalValue": zonal_value,
}
