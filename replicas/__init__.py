"""Replica field theory of Gaussian-process learning curves: averages over data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from fieldtheory.package_face import package_face
    from fieldtheory.shadowing import check_siblings
except ModuleNotFoundError as error:
    raise ImportError("another package named fieldtheory hides that of deep-fieldtheory") from error
else:
    check_siblings(__name__)

if TYPE_CHECKING:
    from replicas.assessment.judge import predict as predict
    from replicas.capacity.gardner_action import GardnerAction as GardnerAction
    from replicas.capacity.gardner_action import gardner_action as gardner_action
    from replicas.capacity.perceptron import contacts_per_weight as contacts_per_weight
    from replicas.capacity.perceptron import gardner_capacity as gardner_capacity
    from replicas.capacity.perceptron import gardner_margin as gardner_margin
    from replicas.capacity.perceptron import minimum_norm_trace as minimum_norm_trace
    from replicas.capacity.perceptron import separable_probability as separable_probability
    from replicas.data_cumulants.data_cumulants import DataCumulants as DataCumulants
    from replicas.data_cumulants.series_cumulant import SeriesCumulant as SeriesCumulant
    from replicas.data_variability.binary_learning_curve import BinaryCurve as BinaryCurve
    from replicas.data_variability.binary_learning_curve import binary_learning_curve as binary_learning_curve
    from replicas.data_variability.binary_task import BinaryTask as BinaryTask
    from replicas.data_variability.dataset_average import DatasetAverage as DatasetAverage
    from replicas.data_variability.dataset_average import dataset_average as dataset_average
    from replicas.data_variability.dataset_sampling import DatasetSample as DatasetSample
    from replicas.data_variability.kernel_cumulants import KernelCumulants as KernelCumulants
    from replicas.data_variability.kernel_cumulants import kernel_cumulants as kernel_cumulants
    from replicas.data_variability.permutation_symmetric import PermutationSymmetric as PermutationSymmetric
    from replicas.derivation.regression_action import GPRegressionAction as GPRegressionAction
    from replicas.derivation.regression_action import gp_regression_action as gp_regression_action
    from replicas.derivation.replica_diagram import ReplicaDiagram as ReplicaDiagram
    from replicas.derivation.replica_expansion import CompiledExpansion as CompiledExpansion
    from replicas.derivation.replica_expansion import ReplicaExpansion as ReplicaExpansion
    from replicas.lazy_training.crossover_diagrams import (
        linear_crossover_diagrams as linear_crossover_diagrams,
    )
    from replicas.lazy_training.crossover_diagrams import linear_crossover_theory as linear_crossover_theory
    from replicas.lazy_training.linear_crossover import linear_crossover as linear_crossover
    from replicas.lazy_training.linear_crossover import linear_crossover_mean as linear_crossover_mean
    from replicas.lazy_training.linear_crossover import linear_crossover_scale as linear_crossover_scale
    from replicas.observables import Response as Response
    from replicas.prediction import Prediction as Prediction
    from replicas.prediction import Problem as Problem
    from replicas.random_features.random_features import RandomFeatures as RandomFeatures
    from replicas.random_features.width_corrections import WidthCorrections as WidthCorrections
    from replicas.random_features.width_corrections import width_corrections as width_corrections
    from replicas.saddle_point.curve_batch import CurveBatch as CurveBatch
    from replicas.saddle_point.curve_batch import curve_batch as curve_batch
    from replicas.self_energy.word_table import self_energy_table as self_energy_table
    from replicas.self_energy.words import Word as Word
    from replicas.self_energy.words import all_words as all_words
    from replicas.self_energy.words import self_energy_words as self_energy_words
    from replicas.self_energy.words import skeleton_words as skeleton_words
    from replicas.theories.registry import THEORIES as THEORIES
    from replicas.theories.registry import LearningCurveTheory as LearningCurveTheory
    from replicas.theories.registry import register_theory as register_theory
    from replicas.theories.registry import theory_table as theory_table
    from replicas.theories.registry import unregister_theory as unregister_theory
    from replicas.theories.self_consistent import saddle_point_formulas as saddle_point_formulas

_HOMES = {
    "BinaryCurve": "replicas.data_variability.binary_learning_curve",
    "BinaryTask": "replicas.data_variability.binary_task",
    "CompiledExpansion": "replicas.derivation.replica_expansion",
    "CurveBatch": "replicas.saddle_point.curve_batch",
    "DataCumulants": "replicas.data_cumulants.data_cumulants",
    "DatasetAverage": "replicas.data_variability.dataset_average",
    "DatasetSample": "replicas.data_variability.dataset_sampling",
    "GPRegressionAction": "replicas.derivation.regression_action",
    "GardnerAction": "replicas.capacity.gardner_action",
    "KernelCumulants": "replicas.data_variability.kernel_cumulants",
    "LearningCurveTheory": "replicas.theories.registry",
    "PermutationSymmetric": "replicas.data_variability.permutation_symmetric",
    "Prediction": "replicas.prediction",
    "Problem": "replicas.prediction",
    "RandomFeatures": "replicas.random_features.random_features",
    "ReplicaDiagram": "replicas.derivation.replica_diagram",
    "ReplicaExpansion": "replicas.derivation.replica_expansion",
    "Response": "replicas.observables",
    "SeriesCumulant": "replicas.data_cumulants.series_cumulant",
    "THEORIES": "replicas.theories.registry",
    "WidthCorrections": "replicas.random_features.width_corrections",
    "Word": "replicas.self_energy.words",
    "all_words": "replicas.self_energy.words",
    "binary_learning_curve": "replicas.data_variability.binary_learning_curve",
    "contacts_per_weight": "replicas.capacity.perceptron",
    "curve_batch": "replicas.saddle_point.curve_batch",
    "dataset_average": "replicas.data_variability.dataset_average",
    "gardner_action": "replicas.capacity.gardner_action",
    "gardner_capacity": "replicas.capacity.perceptron",
    "gardner_margin": "replicas.capacity.perceptron",
    "gp_regression_action": "replicas.derivation.regression_action",
    "kernel_cumulants": "replicas.data_variability.kernel_cumulants",
    "linear_crossover": "replicas.lazy_training.linear_crossover",
    "linear_crossover_diagrams": "replicas.lazy_training.crossover_diagrams",
    "linear_crossover_mean": "replicas.lazy_training.linear_crossover",
    "linear_crossover_scale": "replicas.lazy_training.linear_crossover",
    "linear_crossover_theory": "replicas.lazy_training.crossover_diagrams",
    "minimum_norm_trace": "replicas.capacity.perceptron",
    "predict": "replicas.assessment.judge",
    "register_theory": "replicas.theories.registry",
    "saddle_point_formulas": "replicas.theories.self_consistent",
    "self_energy_table": "replicas.self_energy.word_table",
    "self_energy_words": "replicas.self_energy.words",
    "separable_probability": "replicas.capacity.perceptron",
    "skeleton_words": "replicas.self_energy.words",
    "theory_table": "replicas.theories.registry",
    "unregister_theory": "replicas.theories.registry",
    "width_corrections": "replicas.random_features.width_corrections",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
