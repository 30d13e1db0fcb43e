"""Field theory of neural networks: kernels, spectra and learning curves on the hypersphere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldtheory.package_face import package_face
from fieldtheory.shadowing import check_siblings

check_siblings(__name__)

__version__ = "0.1.0"

if TYPE_CHECKING:
    from fieldtheory.activations.activation import Activation as Activation
    from fieldtheory.activations.by_name import activation as activation
    from fieldtheory.activations.by_name import activation_table as activation_table
    from fieldtheory.activations.by_name import register_activation as register_activation
    from fieldtheory.activations.by_name import unregister_activation as unregister_activation
    from fieldtheory.budgets import budget as budget
    from fieldtheory.citation import cite as cite
    from fieldtheory.data.diffeomorphisms import Diffeomorphisms as Diffeomorphisms
    from fieldtheory.data.nonlinear_gaussian import GaussianClone as GaussianClone
    from fieldtheory.data.nonlinear_gaussian import NonlinearGaussianData as NonlinearGaussianData
    from fieldtheory.data.relative_stability import Stability as Stability
    from fieldtheory.data.relative_stability import linear_stability as linear_stability
    from fieldtheory.data.relative_stability import relative_stability as relative_stability
    from fieldtheory.moments.activation_covariance import ActivationCovariance as ActivationCovariance
    from fieldtheory.moments.activation_covariance import activation_covariance as activation_covariance
    from fieldtheory.networks.fully_connected import FullyConnected as FullyConnected
    from fieldtheory.networks.spectra import spectra as spectra
    from fieldtheory.networks.zonal_kernel import ZonalKernel as ZonalKernel
    from fieldtheory.spectrum import Spectrum as Spectrum
    from fieldtheory.sphere.harmonics import AngleTransform as AngleTransform
    from fieldtheory.sphere.harmonics import gegenbauer as gegenbauer
    from fieldtheory.sphere.harmonics import multiplicity as multiplicity
    from fieldtheory.targets import Target as Target
    from fieldtheory.workbench import exercise_book as exercises  # noqa: F401
    from fieldtheory.workbench import plots as plot  # noqa: F401
    from fieldtheory.workbench.curves.finite_width_curve import FiniteWidthCurve as FiniteWidthCurve
    from fieldtheory.workbench.curves.learning_curve import learning_curve as learning_curve
    from fieldtheory.workbench.curves.learning_curves import CurveWarning as CurveWarning
    from fieldtheory.workbench.curves.learning_curves import LearningCurves as LearningCurves
    from fieldtheory.workbench.curves.learning_curves import learning_curves as learning_curves
    from fieldtheory.workbench.curves.predicted_curve import LearningCurve as LearningCurve
    from fieldtheory.workbench.curves.site_curve import SiteCurve as SiteCurve
    from fieldtheory.workbench.moments.propagated_moments import PropagatedMoments as PropagatedMoments
    from fieldtheory.workbench.moments.propagated_moments import propagate_moments as propagate_moments
    from fieldtheory.workbench.moments.sampled_moments import SampledMoments as SampledMoments
    from fieldtheory.workbench.moments.sampled_moments import sample_moments as sample_moments
    from fieldtheory.workbench.optimisation.optimise import optimise as optimise
    from fieldtheory.workbench.optimisation.optimum import Optimum as Optimum
    from fieldtheory.workbench.posteriors.posterior import PosteriorMean as PosteriorMean
    from fieldtheory.workbench.posteriors.posterior import posterior_mean as posterior_mean
    from fieldtheory.workbench.posteriors.posterior_sampling import SampledPosterior as SampledPosterior
    from fieldtheory.workbench.posteriors.posterior_sampling import sample_posterior as sample_posterior
    from fieldtheory.workbench.posteriors.width_curve import WidthCurve as WidthCurve
    from fieldtheory.workbench.posteriors.width_curve import width_curve as width_curve
    from fieldtheory.workbench.regimes.capacity_curve import CapacityCurve as CapacityCurve
    from fieldtheory.workbench.regimes.capacity_curve import capacity_curve as capacity_curve
    from fieldtheory.workbench.regimes.crossover_scale import CrossoverScale as CrossoverScale
    from fieldtheory.workbench.regimes.crossover_scale import crossover_scale as crossover_scale
    from fieldtheory.workbench.regimes.digit_functions import DigitFunction as DigitFunction
    from fieldtheory.workbench.regimes.digit_functions import digit_function as digit_function
    from fieldtheory.workbench.regimes.jamming import JammingCurve as JammingCurve
    from fieldtheory.workbench.regimes.jamming import jamming as jamming
    from fieldtheory.workbench.regimes.kernel_change import KernelChange as KernelChange
    from fieldtheory.workbench.regimes.kernel_change import kernel_change as kernel_change
    from fieldtheory.workbench.regimes.max_margin import MaxMargin as MaxMargin
    from fieldtheory.workbench.regimes.max_margin import NotSeparable as NotSeparable
    from fieldtheory.workbench.regimes.max_margin import max_margin as max_margin
    from fieldtheory.workbench.regimes.parameter_number import ParameterNumber as ParameterNumber
    from fieldtheory.workbench.regimes.parameter_number import parameter_number as parameter_number
    from fieldtheory.workbench.simulation.gram_simulation import GramSimulation as GramSimulation
    from fieldtheory.workbench.simulation.gram_simulation import simulate_gram as simulate_gram
    from fieldtheory.workbench.simulation.simulation import Simulation as Simulation
    from fieldtheory.workbench.simulation.simulation import simulate as simulate
    from fieldtheory.workbench.simulation.workers import WorkerDied as WorkerDied
    from fieldtheory.workbench.sweep.optimum import SweepOptimum as SweepOptimum
    from fieldtheory.workbench.sweep.stores.layout import StoreError as StoreError
    from fieldtheory.workbench.sweep.stores.writer_lock import StoreLocked as StoreLocked
    from fieldtheory.workbench.sweep.sweep import Sweep as Sweep
    from fieldtheory.workbench.sweep.sweep import open_sweep as open_sweep
    from fieldtheory.workbench.sweep.sweep import sweep as sweep
    from fieldtheory.workbench.tangent_kernel_sampling import SampledTangentKernel as SampledTangentKernel
    from fieldtheory.workbench.tangent_kernel_sampling import sample_tangent_kernel as sample_tangent_kernel
    from fieldtheory.workbench.training.curve_training import train as train
    from fieldtheory.workbench.training.layerwise_training import LayerwiseTraining as LayerwiseTraining
    from fieldtheory.workbench.training.layerwise_training import train_layerwise as train_layerwise
    from fieldtheory.workbench.training.trained_curve import TrainedCurve as TrainedCurve
    from fieldtheory.workbench.training.trained_networks import TrainedNetworks as TrainedNetworks
    from fieldtheory.workbench.training.trained_networks import train_networks as train_networks
    from fieldtheory.workbench.training.training_dynamics import TrainingDynamics as TrainingDynamics
    from fieldtheory.workbench.training.training_dynamics import training_dynamics as training_dynamics
    from replicas.data_variability.dataset_sampling import simulate_datasets as simulate_datasets
    from replicas.derivation.regression_action import gp_regression_action as gp_regression_action
    from replicas.saddle_point.curve_batch import CurveBatch as CurveBatch
    from replicas.saddle_point.curve_batch import curve_batch as curve_batch

_HOMES = {
    "Activation": "fieldtheory.activations.activation",
    "ActivationCovariance": "fieldtheory.moments.activation_covariance",
    "AngleTransform": "fieldtheory.sphere.harmonics",
    "CapacityCurve": "fieldtheory.workbench.regimes.capacity_curve",
    "CrossoverScale": "fieldtheory.workbench.regimes.crossover_scale",
    "CurveBatch": "replicas.saddle_point.curve_batch",
    "CurveWarning": "fieldtheory.workbench.curves.learning_curves",
    "Diffeomorphisms": "fieldtheory.data.diffeomorphisms",
    "DigitFunction": "fieldtheory.workbench.regimes.digit_functions",
    "FiniteWidthCurve": "fieldtheory.workbench.curves.finite_width_curve",
    "FullyConnected": "fieldtheory.networks.fully_connected",
    "GaussianClone": "fieldtheory.data.nonlinear_gaussian",
    "GramSimulation": "fieldtheory.workbench.simulation.gram_simulation",
    "JammingCurve": "fieldtheory.workbench.regimes.jamming",
    "KernelChange": "fieldtheory.workbench.regimes.kernel_change",
    "LayerwiseTraining": "fieldtheory.workbench.training.layerwise_training",
    "LearningCurve": "fieldtheory.workbench.curves.predicted_curve",
    "LearningCurves": "fieldtheory.workbench.curves.learning_curves",
    "MaxMargin": "fieldtheory.workbench.regimes.max_margin",
    "NonlinearGaussianData": "fieldtheory.data.nonlinear_gaussian",
    "NotSeparable": "fieldtheory.workbench.regimes.max_margin",
    "ParameterNumber": "fieldtheory.workbench.regimes.parameter_number",
    "Optimum": "fieldtheory.workbench.optimisation.optimum",
    "PosteriorMean": "fieldtheory.workbench.posteriors.posterior",
    "PropagatedMoments": "fieldtheory.workbench.moments.propagated_moments",
    "SampledMoments": "fieldtheory.workbench.moments.sampled_moments",
    "SampledPosterior": "fieldtheory.workbench.posteriors.posterior_sampling",
    "SampledTangentKernel": "fieldtheory.workbench.tangent_kernel_sampling",
    "Simulation": "fieldtheory.workbench.simulation.simulation",
    "SiteCurve": "fieldtheory.workbench.curves.site_curve",
    "Spectrum": "fieldtheory.spectrum",
    "Stability": "fieldtheory.data.relative_stability",
    "StoreError": "fieldtheory.workbench.sweep.stores.layout",
    "StoreLocked": "fieldtheory.workbench.sweep.stores.writer_lock",
    "Sweep": "fieldtheory.workbench.sweep.sweep",
    "SweepOptimum": "fieldtheory.workbench.sweep.optimum",
    "Target": "fieldtheory.targets",
    "TrainedCurve": "fieldtheory.workbench.training.trained_curve",
    "TrainedNetworks": "fieldtheory.workbench.training.trained_networks",
    "TrainingDynamics": "fieldtheory.workbench.training.training_dynamics",
    "WidthCurve": "fieldtheory.workbench.posteriors.width_curve",
    "WorkerDied": "fieldtheory.workbench.simulation.workers",
    "ZonalKernel": "fieldtheory.networks.zonal_kernel",
    "activation": "fieldtheory.activations.by_name",
    "activation_covariance": "fieldtheory.moments.activation_covariance",
    "activation_table": "fieldtheory.activations.by_name",
    "budget": "fieldtheory.budgets",
    "capacity_curve": "fieldtheory.workbench.regimes.capacity_curve",
    "cite": "fieldtheory.citation",
    "crossover_scale": "fieldtheory.workbench.regimes.crossover_scale",
    "curve_batch": "replicas.saddle_point.curve_batch",
    "digit_function": "fieldtheory.workbench.regimes.digit_functions",
    "exercises": "fieldtheory.workbench.exercise_book:",
    "gegenbauer": "fieldtheory.sphere.harmonics",
    "gp_regression_action": "replicas.derivation.regression_action",
    "jamming": "fieldtheory.workbench.regimes.jamming",
    "kernel_change": "fieldtheory.workbench.regimes.kernel_change",
    "learning_curve": "fieldtheory.workbench.curves.learning_curve",
    "learning_curves": "fieldtheory.workbench.curves.learning_curves",
    "linear_stability": "fieldtheory.data.relative_stability",
    "max_margin": "fieldtheory.workbench.regimes.max_margin",
    "multiplicity": "fieldtheory.sphere.harmonics",
    "open_sweep": "fieldtheory.workbench.sweep.sweep",
    "parameter_number": "fieldtheory.workbench.regimes.parameter_number",
    "optimise": "fieldtheory.workbench.optimisation.optimise",
    "plot": "fieldtheory.workbench.plots:",
    "posterior_mean": "fieldtheory.workbench.posteriors.posterior",
    "propagate_moments": "fieldtheory.workbench.moments.propagated_moments",
    "register_activation": "fieldtheory.activations.by_name",
    "relative_stability": "fieldtheory.data.relative_stability",
    "sample_moments": "fieldtheory.workbench.moments.sampled_moments",
    "sample_posterior": "fieldtheory.workbench.posteriors.posterior_sampling",
    "sample_tangent_kernel": "fieldtheory.workbench.tangent_kernel_sampling",
    "simulate": "fieldtheory.workbench.simulation.simulation",
    "simulate_datasets": "replicas.data_variability.dataset_sampling",
    "simulate_gram": "fieldtheory.workbench.simulation.gram_simulation",
    "spectra": "fieldtheory.networks.spectra",
    "sweep": "fieldtheory.workbench.sweep.sweep",
    "train": "fieldtheory.workbench.training.curve_training",
    "train_layerwise": "fieldtheory.workbench.training.layerwise_training",
    "train_networks": "fieldtheory.workbench.training.trained_networks",
    "training_dynamics": "fieldtheory.workbench.training.training_dynamics",
    "unregister_activation": "fieldtheory.activations.by_name",
    "width_curve": "fieldtheory.workbench.posteriors.width_curve",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
__all__ += ["__version__"]
