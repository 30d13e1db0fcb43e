"""Calls of every public function at random: right ones, with one or two arguments made wrong."""

import random
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sympy

import diagrams
import fieldtheory as ft
import renormalization
import replicas
from fieldtheory.activations.by_name import ACTIVATIONS
from tests.fuzz.values import objects

FACES = (ft, diagrams, replicas, renormalization)
# What functions give back, so that nobody makes it, and what takes no arguments
RESULTS = {
    *(
        "ActivationCovariance",
        "BinaryCurve",
        "CapacityCurve",
        "Sweep",
        "SweepOptimum",
        "StoreError",
        "open_sweep",  # of a file, in workbench/sweep/test_store.py
        "StoreLocked",
        "GardnerAction",
        "JammingCurve",
        "MaxMargin",
        "NotSeparable",
        "gardner_action",
        "BestLayers",
        "BestRule",
        "CompiledExpansion",
        "CompiledExpression",
        "CompressedModel",
        "Couplings",
        "CrossoverScale",
        "CurveBatch",
        "CurveWarning",
        "DatasetAverage",
        "DatasetSample",
        "Diagram",
        "DigitFunction",
        "EffectiveAction",
        "EigenOperators",
        "FiniteWidth",
        "FiniteWidthCurve",
    ),
    *(
        "FixedPoint",
        "FlowEquation",
        "GramSimulation",
        "KernelChange",
        "LayerInformation",
        "LearningCurve",
        "LearningCurves",
        "LinearPosterior",
        "MazeEstimate",
        "MazeExponents",
        "MazeStatistics",
        "NeuronScan",
        "NeuronState",
        "Optimum",
        "POSTERIOR_THEORIES",
        "ParameterNumber",
        "PercolationCell",
        "PhaseDiagram",
        "PosteriorMean",
        "Prediction",
        "Problem",
        "PropagatedMoments",
        "RenormalisedKernel",
    ),
    *(
        "ReplicaDiagram",
        "ReplicaExpansion",
        "Response",
        "SampledMoments",
        "SampledPosterior",
        "SampledTangentKernel",
        "SeriesCumulant",
        "Simulation",
        "SiteCurve",
        "Stability",
        "StripLimit",
        "StripPoint",
        "TangentKernel",
        "TheoryError",
        "LayerwiseTraining",
        "TrainedCurve",
        "TrainedNetworks",
        "TrainedRule",
        "TrainingDynamics",
        "UnreducedDiagram",
        "WidthCurve",
        "Word",
        "WorkerDied",
    ),
    *("ZonalValue", "THEORIES", "__version__", "activation_table", "flow_equation", "plot"),
    *("posterior_table", "theory_table"),
}


class Call(NamedTuple):
    """A call that can be made, and the names of the arguments that are not right."""

    name: str
    function: Callable[..., Any]
    arguments: Mapping[str, Any]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        given = ", ".join(f"{name}={_short(value)}" for name, value in self.arguments.items())
        return f"{self.name}({given})"


def _self_consistent(problem: replicas.Problem) -> replicas.Prediction:
    return replicas.THEORIES["self-consistent"].prediction(problem)


def _registered_activation(new: Any) -> None:
    ft.unregister_activation(ft.register_activation(new).name)


def _unregistered_activation(name: Any) -> None:
    new = ft.register_activation(ft.Activation.from_function("mine", np.tanh))
    try:
        ft.unregister_activation(name)
    finally:
        if new.name in ACTIVATIONS:
            ft.unregister_activation(new.name)


def _registered_theory(theory: Any) -> None:
    replicas.unregister_theory(replicas.register_theory(theory).name)


def _unregistered_theory(name: Any) -> None:
    new = replicas.register_theory(replicas.LearningCurveTheory("mine", "as another", _self_consistent))
    try:
        replicas.unregister_theory(name)
    finally:
        if new.name in replicas.THEORIES:
            replicas.unregister_theory(new.name)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "..."


@cache
def right_calls() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """A function and arguments that it takes, by a name for people."""
    x, g = sympy.symbols("x g")
    network = ft.FullyConnected(1, "erf", width=10)
    lattice = renormalization.LatticeModel.ising((2, 2), 0.4)
    joint = lattice.joint([(0, 0), (0, 1)], [(1, 0), (1, 1)])
    rg_map, strip = renormalization.migdal_kadanoff(), renormalization.Strip(3)
    mazes = renormalization.maze_statistics(9, samples=50)
    halves = [[(0, 0), (0, 1)], [(1, 0), (1, 1)]]
    couplings = renormalization.effective_couplings(renormalization.Rule.majority(2), lattice, halves)
    neuron = renormalization.SingleNeuron(20, 4.0, 1.0, 0.1)
    network = ft.FullyConnected(1, "erf", width=5)
    sampled = ft.sample_posterior(network, np.eye(3), [1.0, 2.0, 3.0], chains=2, sweeps=100, burn_in=10)
    kernel = ft.FullyConnected(1, "relu").ntk()
    spectrum, target = kernel.spectrum(4, 6), ft.Target({1: 1.0})
    phi4 = diagrams.built_in_theory("phi4")
    expansion = diagrams.Expansion.of(diagrams.generate(phi4, ["phi", "phi"], 1))
    vacuum = diagrams.Expansion.of(diagrams.generate(phi4, [], 2))
    table = diagrams.tabulate(expansion, {g: 0.5})
    numbers = diagrams.tabulate(vacuum, {g: 0.5})
    transform = ft.AngleTransform.build(4, 6)
    powers = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    problem = replicas.Problem(spectrum, powers, np.array([10.0]), 0.1, 0.0, "fixed")
    line = np.full((2, 2), 0.3) + np.eye(2)
    problem_arguments = {"n": [10], "ridge": 0.1}
    curve = ft.learning_curve(spectrum, target, **problem_arguments)
    flow = renormalization.WilsonFlow(spectrum, n=10, ridge=0.1, target=target)
    depth = renormalization.DepthFlow("tanh", 1.5, 0.1)
    alike, task = replicas.PermutationSymmetric(0.1, 0.02), replicas.BinaryTask(5, 0.4)
    waves, pictures = ft.Diffeomorphisms(3, 0.01), np.arange(18.0).reshape(2, 3, 3) ** 2
    erf_data, erf_series = ft.NonlinearGaussianData(2.0), replicas.DataCumulants("erf", gain=2.0)
    data = ft.Spectrum.from_gram([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]], [1.0, 0.0, -1.0])
    site_curve = ft.learning_curve(*data, **problem_arguments)
    points = np.vstack([np.eye(4), -np.eye(4)])
    sizes, errors = np.array([10.0, 20.0, 40.0]), np.array([0.5, 0.3, 0.2])
    model = flow.compressed_model(1).fit(points, np.ones(8))
    action = replicas.gp_regression_action("poisson")
    found: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "FullyConnected": (
            ft.FullyConnected,
            {"hidden_layers": 1, "activation": "relu", "weight_variance": 2.0}
            | {"width": 20, "readout_variance": 1.5, "feature_strength": "mean-field"},
        ),
        "net.input_covariance": (network.input_covariance, {"X": np.eye(3), "Y": None}),
        "net.nngp_gram": (network.nngp_gram, {"X": np.eye(3), "Y": 2 * np.eye(3)}),
        "net.prior_covariances": (network.prior_covariances, {"X": np.eye(3), "Y": None}),
        "exercises.show": (ft.exercises.show, {"number": "04.2"}),
        "exercises.hint": (ft.exercises.hint, {"number": "04.2"}),
        "exercises.solution": (ft.exercises.solution, {"number": "04.2"}),
        "exercises.check": (ft.exercises.check, {"number": "08.1", "answer": 0.7854}),
        "exercises.check formula": (ft.exercises.check, {"number": "03.1", "answer": "N/(8*r^2)"}),
        "exercises.check diagrams": (
            ft.exercises.check,
            {"number": "01.4", "answer": [[(0, 2), (1, 2), (2, 2)]]},
        ),
        "exercises.check function": (ft.exercises.check, {"number": "08.2", "answer": np.tanh}),
        "NonlinearGaussianData": (ft.NonlinearGaussianData, {"gain": 2.0}),
        "data.covariance": (erf_data.covariance, {"rho": [0.5, -1.0]}),
        "data.cumulant": (erf_data.cumulant, {"correlations": np.eye(4) / 2 + 0.5}),
        "data.moment": (erf_data.moment, {"correlations": np.eye(4) / 2 + 0.5}),
        "data.sample": (erf_data.sample, {"covariance": np.eye(3), "n": 2, "seed": 0}),
        "GaussianClone": (ft.GaussianClone, {"gain": 2.0}),
        "clone.moment": (erf_data.clone().moment, {"correlations": np.eye(4) / 2 + 0.5}),
        "clone.sample": (erf_data.clone().sample, {"covariance": np.eye(3), "n": 2, "seed": 0}),
        "DataCumulants": (replicas.DataCumulants, {"activation": "tanh", "gain": 2.0}),
        "data_cumulants.coefficients": (erf_series.coefficients, {"most": 4}),
        "data_cumulants.diagrams": (erf_series.diagrams, {"sites": 3, "order": 4}),
        "data_cumulants.formula": (erf_series.formula, {"sites": 3, "order": 4}),
        "data_cumulants.cumulant": (erf_series.cumulant, {"correlations": np.eye(3) / 2 + 0.5, "order": 4}),
        "data_cumulants.vertices": (
            erf_series.vertices,
            {"correlations": np.eye(2) / 2 + 0.5, "legs": 4, "order": 8},
        ),
        "activation": (ft.activation, {"choice": "relu"}),
        "activation_covariance": (
            ft.activation_covariance,
            {"activation": "tanh", "mean": [0.5, -1.0], "covariance": [[1.0, 0.3], [0.3, 0.5]]}
            | {"method": "ladder", "rungs": 3},
        ),
        "budget": (ft.budget, {"max_memory": 1e9, "max_time": 60.0, "say": None}),
        "cite": (ft.cite, {"result": curve, "style": "text"}),
        "curve_batch": (ft.curve_batch, {"spectra": [spectrum], "target": target, **problem_arguments}),
        "gegenbauer": (ft.gegenbauer, {"max_degree": 3, "t": [0.1, 0.5], "dim": 4}),
        "gp_regression_action": (ft.gp_regression_action, {"ensemble": "fixed"}),
        "GPRegressionAction": (replicas.GPRegressionAction, {"ensemble": "fixed", "replicas": x}),
        "learning_curve": (
            ft.learning_curve,
            {
                "spectrum": spectrum,
                "target": target,
                **problem_arguments,
                "label_noise": 0.1,
                "theory": "auto",
            }
            | {"order": None, "ensemble": "fixed", "error_bar": True}
            | {"accuracy": 0.3, "seed": 0, "max_seconds": 60.0, "jobs": 1, "progress": False},
        ),
        "width_curve": (
            ft.width_curve,
            {"net": network, "X": np.eye(3), "y": [1.0, 2.0, 3.0], "X_test": np.ones((1, 3))}
            | {"y_test": [1.0], "widths": [5, 10], "theory": ["nngp", "tree"], "ridge": 0.3}
            | {"scale_ridge": True, "sample": 0, "repeats": 1, "nodes": 64, "scrambles": 2, "seed": 0},
        ),
        "learning_curve at finite width": (
            ft.learning_curve,
            {"spectrum": spectrum, "target": target, **problem_arguments, "width": [20, 10]}
            | {"feature_strength": "mean-field", "hidden_layers": 2, "scale_ridge": False},
        ),
        "learning_curve on points": (
            ft.learning_curve,
            {"spectrum": data.spectrum, "target": data.target, "n": [1, 2], "ridge": 0.1}
            | {"sampling": "without-replacement", "points": "unseen"},
        ),
        "site_curve.predicted": (
            site_curve.predicted,
            {"K_test": [[1.0, 0.5, 0.2]], "y_test": [0.3], "variances": 2.0},
        ),
        "learning_curves": (
            ft.learning_curves,
            {
                "spectra": [spectrum],
                "target": target,
                **problem_arguments,
                "label_noise": 0.1,
                "theory": "auto",
            }
            | {"ensemble": "fixed", "error_bar": True, "order": None},
        ),
        "multiplicity": (ft.multiplicity, {"degree": 3, "dim": 4}),
        "register_activation": (
            _registered_activation,
            {"new": ft.Activation.from_function("mine", np.tanh)},
        ),
        "unregister_activation": (_unregistered_activation, {"name": "mine"}),
        "sweep": (
            ft.sweep,
            {"axes": {"ridge": [0.1, 0.2], "bias_variance": [0.0, 0.3]}, "target": target, "dim": 4}
            | {"n": 10.0, "kernel": "ntk", "activation": "relu", "hidden_layers": 1, "weight_variance": 1.0}
            | {"input_scale": 1.0, "label_noise": 0.1, "theory": "auto", "max_degree": 6}
            | {"ensemble": "fixed", "error_bar": True, "progress": False},
        ),
        "optimise": (
            ft.optimise,
            {"target": target, "dim": 4, "n": 10.0, "kernel": "ntk", "activation": "relu"}
            | {"hidden_layers": [1, 2], "weight_variance": 1.0, "bias_variance": (0.0, 0.3), "ridge": 0.1}
            | {
                "input_scale": 1.0,
                "label_noise": 0.1,
                "objective": "error",
                "goal": None,
                "theory": "auto",
                "order": None,
            }
            | {"ensemble": "fixed", "max_degree": 6},
        ),
        "spectra": (
            ft.spectra,
            {"networks": [ft.FullyConnected(1)], "dim": 4, "kernel": "ntk", "max_degree": 6},
        ),
        "simulate": (
            ft.simulate,
            {"kernel": kernel, "dim": 4, "target": target, "n": 5, "ridge": 0.1, "label_noise": 0.0}
            | {"ensemble": "fixed", "repeats": 2, "seed": 0, "orientations": "exact", "jobs": 1}
            | {"progress": False, "max_memory": None, "executor": None},
        ),
        "simulate_gram": (
            ft.simulate_gram,
            {"K": np.eye(3) + 1.0, "y": [1.0, 2.0, 3.0], "n": 2, "ridge": 0.1, "label_noise": 0.0}
            | {"sampling": "with-replacement", "points": "all", "repeats": 2, "seed": 0, "jobs": 1}
            | {"progress": False, "max_memory": None, "executor": None},
        ),
        "Spectrum.from_arrays": (
            ft.Spectrum.from_arrays,
            {"eigenvalues": [1.0, 0.1], "multiplicities": [1, 3], "tail": 0.1, "dim": 3},
        ),
        "Spectrum.from_gram": (ft.Spectrum.from_gram, {"K": np.eye(3), "y": [1.0, 2.0, 3.0]}),
        "spectrum.truncate": (spectrum.truncate, {"max_degree": 3}),
        "spectrum.bandwidth": (spectrum.bandwidth, {"share": 0.5}),
        "Target": (ft.Target, {"powers": {1: 1.0}, "remainder": 0.0}),
        "target.as_array": (target.as_array, {"max_degree": 3}),
        "Target.from_polynomial": (ft.Target.from_polynomial, {"expression": "x1*x2", "dim": 4}),
        "Target.from_function": (
            ft.Target.from_function,
            {"g": np.abs, "dim": 4, "max_degree": 4, "tolerance": 1e-6},
        ),
        "kernel": (kernel, {"t": [0.1, 0.5]}),
        "kernel.gram": (kernel.gram, {"X": np.eye(4), "Y": None}),
        "kernel.symbolic": (kernel.symbolic, {"t": x}),
        "kernel.spectrum": (kernel.spectrum, {"dim": 4, "max_degree": 5}),
        "kernel.eigenvalue": (kernel.eigenvalue, {"degree": 2, "dim": 4, "digits": 15}),
        "ZonalKernel.from_function": (ft.ZonalKernel.from_function, {"function": np.exp, "name": "exp"}),
        "Activation.from_function": (ft.Activation.from_function, {"name": "mine", "function": np.tanh}),
        "Activation.from_coefficients": (ft.Activation.from_coefficients, {"coefficients": [0.0, 1.0]}),
        "AngleTransform.build": (ft.AngleTransform.build, {"dim": 4, "max_degree": 5, "nodes": None}),
        "to_angles": (transform.to_angles, {"coefficients": np.ones(7)}),
        "to_degrees": (transform.to_degrees, {"values": transform.to_angles(np.ones(7))}),
        "curve.to_csv": (curve.to_csv, {"path": "curve.csv"}),
        "Field": (diagrams.Field, {"name": "phi", "latex": "", "statistics": "commuting"}),
        "Propagator": (
            diagrams.Propagator,
            {"first": "phi", "second": "phi", "name": "G", "directed": False, "value": None},
        ),
        "Vertex": (
            diagrams.Vertex,
            {"name": "v", "legs": {"phi": 3}, "coupling": -g, "orders": {"g": 1}, "local": True},
        ),
        "Theory": (
            diagrams.Theory,
            {"fields": phi4.fields, "propagators": phi4.propagators, "vertices": phi4.vertices},
        ),
        "Theory.scalar": (diagrams.Theory.scalar, {"couplings": {4: -g}, "name": "phi"}),
        "Theory.from_action": (
            diagrams.Theory.from_action,
            {
                "action": x**2 / 2 + g * x**4 / 24,
                "fields": [x],
                "background": None,
                "degree": None,
                "small": (),
            },
        ),
        "Theory.from_cumulants": (diagrams.Theory.from_cumulants, {"cumulants": {("phi",) * 4: g}}),
        "effective_action": (phi4.effective_action, {"loops": 2, "most_loops": 3}),
        "with_counterterms": (phi4.with_counterterms, {"counterterms": {("phi", "phi"): {1: g}}}),
        "Rules": (diagrams.Rules, {"external": "x", "internal": "y", "kind": "integral", "delta": "delta"}),
        "FactorisedVertex": (
            diagrams.FactorisedVertex,
            {"weights": np.ones(2), "factors": np.ones((2, 2))},
        ),
        "ProductVertex": (
            diagrams.ProductVertex,
            {"coefficient": -1.0, "factors": [np.ones(2), np.ones((2, 2))]},
        ),
        "generate": (
            diagrams.generate,
            {"theory": phi4, "external": ["phi", "phi"], "order": 1, "by": "loops", "connected": True}
            | {"one_particle_irreducible": False, "tadpoles": True, "vacuum_bubbles": False},
        ),
        "wick": (diagrams.wick, {"theory": phi4, "external": ["phi", "phi"], "vertices": []}),
        "built_in_theory": (diagrams.built_in_theory, {"name": "phi3"}),
        "read_theory": (diagrams.read_theory, {"path": "theory.toml"}),
        "theory_from_text": (
            diagrams.theory_from_text,
            {
                "text": 'fields = ["phi"]\nvertices = [{legs = {phi = 4}, coupling = "-g"}]',
                "language": "toml",
            },
        ),
        "theory_from_formula": (
            diagrams.theory_from_formula,
            {"action": "m/2*phi^2 + g/24*phi^4", "fields": ["phi"], "small": ["g"], "source": "action"},
        ),
        "selection_rule": (diagrams.selection_rule, {"theory": phi4, "external": ["phi", "phi"]}),
        "compile_expression": (diagrams.compile_expression, {"expression": x**2, "variables": [x]}),
        "draw_sheet": (diagrams.draw_sheet, {"diagrams": expansion.diagrams, "columns": 2, "title": "phi4"}),
        "tabulate": (diagrams.tabulate, {"source": expansion, "couplings": {g: 0.5}}),
        "evaluate_numbers": (diagrams.evaluate_numbers, {"table": numbers, "propagators": 0.5}),
        "evaluate_points": (
            diagrams.evaluate_points,
            {"table": table, "propagators": line, "weights": None, "fixed": None, "vertices": None},
        ),
        "evaluate_sphere": (
            diagrams.evaluate_sphere,
            {"table": table, "propagators": np.ones(7), "transform": transform, "samples": 100, "seed": 0},
        ),
        "Expansion.of": (diagrams.Expansion.of, {"diagrams": expansion.diagrams, "order": ""}),
        "expansion.truncate": (expansion.truncate, {"highest": 1, "by": "loops"}),
        "expansion.select": (expansion.select, {"keep": lambda diagram: True}),
        "expansion.weight_of": (expansion.weight_of, {"diagram": expansion.diagrams[0]}),
        "expansion.under": (expansion.under, {"rules": diagrams.Rules()}),
        "action.expand": (action.expand, {"quantity": "error", "order": 1, "keep_replicas": False}),
        "action.theory": (action.theory, {"order": 1}),
        "all_words": (replicas.all_words, {"order": 2, "ensemble": "poisson"}),
        "self_energy_words": (replicas.self_energy_words, {"order": 2, "ensemble": "poisson"}),
        "skeleton_words": (replicas.skeleton_words, {"order": 2, "ensemble": "poisson"}),
        "self_energy_table": (
            replicas.self_energy_table,
            {"order": 1, "ensemble": "poisson", "skeleton": False},
        ),
        "rescaled_curve_formulas": (
            renormalization.rescaled_curve_formulas,
            {"max_degree": 1, "hidden_layers": 2},
        ),
        "saddle_point_formulas": (replicas.saddle_point_formulas, {"max_degree": 1}),
        "register_theory": (
            _registered_theory,
            {"theory": replicas.LearningCurveTheory("mine", "as another", _self_consistent)},
        ),
        "unregister_theory": (_unregistered_theory, {"name": "mine"}),
        "LearningCurveTheory": (
            replicas.LearningCurveTheory,
            {"name": "mine", "summary": "as another", "function": _self_consistent, "highest_order": None},
        ),
        "predict": (
            replicas.predict,
            {"problem": problem, "theory": "auto", "order": None, "error_bar": True},
        ),
        "Diffeomorphisms": (ft.Diffeomorphisms, {"cutoff": 3, "temperature": 0.01, "grid": "edges"}),
        "waves.variance": (waves.variance, {"points": [[0.5, 0.2], [0.0, 1.0]]}),
        "waves.covariance": (waves.covariance, {"pixels": 4}),
        "waves.temperature_range": (waves.temperature_range, {"pixels": 8}),
        "waves.sample": (waves.sample, {"pixels": 4, "fields": 2, "seed": 0}),
        "waves.deform": (waves.deform, {"images": pictures, "seed": 0}),
        "waves.folded_fraction": (waves.folded_fraction, {"pixels": 4, "fields": 2, "seed": 0}),
        "relative_stability": (
            ft.relative_stability,
            {"f": lambda x: x[:, 0, 0] ** 2, "images": pictures, "cutoff": 3, "temperature": 0.01}
            | {"fields": 2, "seed": 0, "grid": "edges"},
        ),
        "linear_stability": (
            ft.linear_stability,
            {"gradient": lambda x: 2 * x, "images": pictures, "cutoff": 3, "temperature": 0.01}
            | {"grid": "edges"},
        ),
        "digit_function": (ft.digit_function, {"name": "linear"}),
        "separable_probability": (
            replicas.separable_probability,
            {"inputs": 5, "patterns": 9, "exact": True},
        ),
        "gardner_capacity": (replicas.gardner_capacity, {"margin": 0.5}),
        "gardner_margin": (replicas.gardner_margin, {"load": 1.5, "negative": False}),
        "contacts_per_weight": (replicas.contacts_per_weight, {"load": 1.5}),
        "minimum_norm_trace": (replicas.minimum_norm_trace, {"inputs": 9, "patterns": 4}),
        "max_margin": (ft.max_margin, {"patterns": [[2.0, 0.1], [0.3, 1.0]], "labels": [1, -1]}),
        "jamming": (
            ft.jamming,
            {"patterns": 6, "dim": 2, "widths": [1, 2], "repeats": 2, "seed": 0, "activation": "erf"}
            | {"labels": "random", "iterations": 20},
        ),
        "parameter_number": (
            ft.parameter_number,
            {"train": [[1.0, 0.5], [0.3, 2.0]], "labels": [1.0, -1.0], "test": [[1.0, 1.0]]}
            | {"test_labels": [1.0], "widths": [1, 3], "model": "features", "activation": "erf", "gain": 2.0}
            | {"ridge": 0.1, "scale": 1.0, "loss": "hinge", "repeats": 2, "seed": 0, "steps": 20},
        ),
        "parameter_number of networks": (
            ft.parameter_number,
            {"train": [[1.0, 0.5], [0.3, 2.0]], "labels": [1.0, -1.0], "test": [[1.0, 1.0]]}
            | {"test_labels": [1.0], "widths": [1, 3], "model": "network", "gain": 2.0}
            | {"scale": 0.5, "loss": "square", "repeats": 2, "seed": 0, "steps": 20},
        ),
        "capacity_curve": (
            ft.capacity_curve,
            {"load": [0.5, 1.0], "inputs": 8, "repeats": 2, "seed": 0, "negative": False},
        ),
        "dataset_average": (
            replicas.dataset_average,
            {"mean_kernel": np.eye(3) + 1.0, "kernel_covariance": alike.tensor(3), "y": [1.0, 2.0, 3.0]}
            | {"ridge": 0.5, "mean_test": np.ones((2, 3)), "test_covariance": np.zeros((2, 3, 3, 3))}
            | {"average": "annealed", "order": 2, "error_bar": True},
        ),
        "dataset_average of points that are alike": (
            replicas.dataset_average,
            {"mean_kernel": (1.0, 0.2), "kernel_covariance": alike, "y": [1.0, 2.0, 3.0], "ridge": 0.5},
        ),
        "PermutationSymmetric": (
            replicas.PermutationSymmetric,
            {"pair": 0.1, "pairs_sharing": 0.02, "disjoint_pairs": 0.01, "diagonal": 0.2}
            | {"two_diagonals": 0.01, "diagonal_and_pair": 0.02, "diagonal_and_others": 0.01},
        ),
        "crossover_scale": (
            ft.crossover_scale,
            {
                "widths": [4, 8],
                "scales": [0.1, 1.0],
                "inputs": [[1.0, 0.5], [-0.5, 2.0]],
                "labels": [1.0, -1.0],
                "repeats": 2,
                "seed": 0,
                "tolerance": 0.5,
                "steps": 50,
            },
        ),
        "kernel_change": (
            ft.kernel_change,
            {
                "width": 4,
                "scale": 0.5,
                "inputs": [[1.0, 0.5], [-0.5, 2.0]],
                "labels": [1.0, -1.0],
                "seed": 3,
                "tolerance": 0.5,
                "steps": 50,
            },
        ),
        "linear_crossover": (
            replicas.linear_crossover,
            {"readout": [1.0, -0.3], "weights": [0.5, 2.0], "scale": 0.1, "target": 1.0},
        ),
        "linear_crossover_diagrams": (replicas.linear_crossover_diagrams, {"order": 2, "fixed": "scale"}),
        "linear_crossover_mean": (
            replicas.linear_crossover_mean,
            {"width": 16, "scale": 0.1, "target": 1.0, "order": 2, "fixed": "crossover"},
        ),
        "RandomFeatures": (replicas.RandomFeatures, {"activation": "tanh", "gain": 2.0}),
        "random_features.kernel": (replicas.RandomFeatures("relu").kernel, {"X": points, "Y": points[:2]}),
        "random_features.values": (
            replicas.RandomFeatures("relu").values,
            {"X": points, "weights": np.ones((4, 3))},
        ),
        "width_corrections": (
            replicas.width_corrections,
            {"features": replicas.RandomFeatures("erf", gain=2.0), "train": points, "labels": np.arange(8.0)}
            | {"test": points[:3], "test_labels": [1.0, 0.5, 0.0], "ridge": 0.1, "order": 2}
            | {"ensemble": "poisson", "samples": 64, "seed": 0},
        ),
        "WidthCorrections.at": (
            replicas.width_corrections(
                replicas.RandomFeatures("erf"),
                points,
                np.arange(8.0),
                points,
                np.arange(8.0),
                0.1,
                samples=32,
            ).at,
            {"width": 64},
        ),
        "linear_crossover_scale": (replicas.linear_crossover_scale, {"width": 16, "target": 1.0}),
        "linear_crossover_theory": (replicas.linear_crossover_theory, {"order": 2, "fixed": "scale"}),
        "BinaryTask": (replicas.BinaryTask, {"dim": 5, "mean": 0.4, "kernel": np.exp}),
        "binary_learning_curve": (
            replicas.binary_learning_curve,
            {"task": task, "n": [2, 9], "ridge": 0.5, "repeats": 3, "tests": 2, "seed": 0},
        ),
        "kernel_cumulants": (
            replicas.kernel_cumulants,
            {"sampler": task.sample_kernel, "P": 2, "samples": 20, "seed": 0, "tests": 2},
        ),
        "KernelCumulants.average": (
            replicas.kernel_cumulants(task.sample_kernel, 2, 20).average,
            {"y": [1.0, 1.0], "ridge": 0.5, "average": "annealed", "order": 2},
        ),
        "simulate_datasets": (
            ft.simulate_datasets,
            {"task": task, "n": [2, 9], "ridge": 0.5, "repeats": 100, "seed": 0}
            | {"average": "annealed", "tests": 2, "y": None},
        ),
        "alike.tensor": (alike.tensor, {"points": 3}),
        "DepthFlow": (
            renormalization.DepthFlow,
            {"activation": "tanh", "weight_variance": 1.5, "bias_variance": 0.1},
        ),
        "depth.trajectory": (depth.trajectory, {"layers": 3, "variance": 1.0, "correlation": 0.5}),
        "depth.finite_width": (depth.finite_width, {"layers": 2, "width": 10, "input_kernel": 1.0}),
        "depth.tangent_kernel": (
            depth.tangent_kernel,
            {"layers": 2, "width": 10, "input_kernel": 1.0},
        ),
        "DepthFlow.critical_point": (
            renormalization.DepthFlow.critical_point,
            {"activation": "tanh", "bias_variance": 0.1, "q_star": None},
        ),
        "phase_diagram": (
            renormalization.phase_diagram,
            {"activation": "erf", "weight_variance": [1.0, 2.0], "bias_variance": [0.0, 0.1]},
        ),
        "WilsonFlow": (
            renormalization.WilsonFlow,
            {"spectrum": spectrum, "n": 10, "ridge": 0.1, "label_noise": 0.1, "target": target},
        ),
        **{
            f"flow.{name}": (getattr(flow, name), {"cutoff": 2})
            for name in ("at", "beta", "kappa_residual", "running_error", "truncated_error", "corrections")
        },
        "flow.validity": (flow.validity, {"cutoff": 2}),
        "flow.horizon": (flow.horizon, {"interpolate": True}),
        "flow.truncated_kernel": (flow.truncated_kernel, {"cutoff": 2, "vertex": True}),
        "flow.compressed_model": (flow.compressed_model, {"cutoff": 2, "vertex": False}),
        "model.fit": (flow.compressed_model(1).fit, {"X": points, "y": np.ones(8)}),
        "model.predict": (model.predict, {"X": points}),
        "linear_posterior": (
            renormalization.linear_posterior,
            {"net": ft.FullyConnected(1, "linear", width=5), "X": np.eye(3), "y": [1.0, 2.0, 3.0]}
            | {"X_test": np.ones((2, 3)), "ridge": 0.1, "scale_ridge": False},
        ),
        "SingleNeuron": (
            renormalization.SingleNeuron,
            {"dim": 20, "readout_variance": 4.0, "weight_variance": 1.0, "cubic": 0.1},
        ),
        "neuron.solve": (neuron.solve, {"strength": 2.0}),
        "neuron.scan": (neuron.scan, {"strengths": [1.0, 2.0]}),
        "neuron_state.training_points": (neuron.solve(1.0).training_points, {"ridge": 0.1}),
        "width_series": (
            renormalization.width_series,
            {"hidden_layers": 2, "kernel": [[2, 0.5], [0.5, 1]], "test_kernel": [1, x], "y": [2, -1]}
            | {"ridge": 0.5, "order": 1},
        ),
        "posterior_mean": (
            ft.posterior_mean,
            {"net": ft.FullyConnected(1, "erf", width=5), "X": np.eye(3), "y": [1.0, 2.0, 3.0]}
            | {"X_test": np.ones((2, 3)), "ridge": 0.1, "theory": "tree", "scale_ridge": True}
            | {"nodes": 64, "scrambles": 2, "seed": 0, "order": None, "error_bar": True},
        ),
        "propagate_moments": (
            ft.propagate_moments,
            {"weights": [np.eye(2, 3), np.ones((1, 2))], "biases": [np.ones(2), None]}
            | {"activation": "erf", "mean": [0.1, 0.2, 0.3], "covariance": np.eye(3), "order": "gaussian"}
            | {"weight_variances": [0.1, None], "bias_variances": [None, [0.2]]},
        ),
        "sample_moments": (
            ft.sample_moments,
            {"weights": [np.eye(2, 3), np.ones((1, 2))], "biases": None, "activation": "relu"}
            | {"mean": [0.1, 0.2, 0.3], "covariance": np.eye(3), "samples": 200, "seed": 0}
            | {"weight_variances": [0.1, None], "bias_variances": None},
        ),
        "sample_posterior": (
            ft.sample_posterior,
            {"net": ft.FullyConnected(1, "erf", width=5), "X": np.eye(3), "y": [1.0, 2.0, 3.0]}
            | {"X_test": np.ones((2, 3)), "ridge": 0.1, "chains": 2, "sweeps": 100, "burn_in": 10}
            | {"seed": 0, "jobs": 1, "progress": False, "scale_ridge": True},
        ),
        "training_dynamics": (
            ft.training_dynamics,
            {"net": ft.FullyConnected(2, "linear", input_scale=0.1), "X": np.eye(3), "y": [1.0, 2.0, 3.0]}
            | {"steps": 4, "learning_rate": 0.05, "richness": 1.5, "paths": 256, "seed": 0}
            | {"X_test": np.ones((2, 3))},
        ),
        "training_dynamics.nonlinear": (
            ft.training_dynamics,
            {"net": ft.FullyConnected(2, "erf", bias_variance=0.1), "X": np.eye(3), "y": [1.0, 2.0, 3.0]}
            | {"steps": 3, "learning_rate": 0.05, "richness": 1.5, "paths": 256, "seed": 0}
            | {"X_test": np.ones((1, 3))},
        ),
        "train": (
            ft.train,
            {"net": ft.FullyConnected(1, "erf"), "dim": 3, "target": ft.Target({1: 1.0})}
            | {"n": [2], "widths": [5], "members": 2, "datasets": 2, "seed": 0}
            | {"method": "gradient-flow", "ridge": 0.0, "centre": False, "tolerance": 1e-3, "device": "cpu"}
            | {"progress": False, "learning_rate": None, "steps": 300, "tests": 5},
        ),
        "train_layerwise": (
            ft.train_layerwise,
            {"net": ft.FullyConnected(1, "erf"), "X": np.eye(3), "y": [1.0, -1.0, 1.0], "width": 4}
            | {"objective": "evidence", "ridge": 0.5, "seed": 0, "X_test": np.eye(3), "y_test": np.ones(3)}
            | {"members": 2, "steps": 50, "tolerance": 1e-3},
        ),
        "train_networks": (
            ft.train_networks,
            {"net": ft.FullyConnected(1, "erf", width=5), "X": np.eye(3), "y": [1.0, 2.0, 3.0]}
            | {"networks": 3, "steps": 4, "learning_rate": 0.05, "richness": 1.5, "seed": 0}
            | {"X_test": np.ones((2, 3)), "jobs": 1},
        ),
        "sample_tangent_kernel": (
            ft.sample_tangent_kernel,
            {"net": ft.FullyConnected(1, "erf", width=5), "X": np.eye(2), "networks": 4, "seed": 0},
        ),
        "sampled.extend": (sampled.extend, {"sweeps": 10, "jobs": 1, "progress": None}),
        "sampled.predict": (sampled.predict, {"X_new": np.ones((1, 3)), "jobs": 1, "progress": None}),
        "LatticeModel.ising": (
            renormalization.LatticeModel.ising,
            {"shape": (2, 3), "coupling": 0.4, "field": 0.1, "boundary": "open", "remove": [(0, 0)]},
        ),
        "LatticeModel.potts": (
            renormalization.LatticeModel.potts,
            {"shape": 4, "states": 3, "coupling": 1.0, "field": 0.1, "boundary": "periodic", "remove": [1]},
        ),
        "LatticeModel.dimers": (renormalization.LatticeModel.dimers, {"shape": (4, 4), "remove": ()}),
        "LatticeModel.from_factors": (
            renormalization.LatticeModel.from_factors,
            {"states": {0: 2, 1: 3}, "factors": [((0, 1), np.ones((2, 3)))]},
        ),
        "lattice.correlation": (lattice.correlation, {"a": (0, 0), "b": (1, 1)}),
        "lattice.joint": (lattice.joint, {"block": [(0, 0)], "environment": [(1, 1), (0, 1)]}),
        "joint.layers": (joint.layers, {"layers": [([(0, 1)], renormalization.Rule.majority(2))]}),
        "lattice.layers": (
            lattice.layers,
            {"block": [(0, 0), (0, 1)], "environment": [(1, 1)]}
            | {"layers": [([(0, 1)], renormalization.Rule.majority(2))]},
        ),
        "train_soft_rule": (
            renormalization.train_soft_rule,
            {"joint": joint, "objective": "reconstruction", "seed": 0, "restarts": 2},
        ),
        "best_layers": (
            renormalization.best_layers,
            {"model": lattice, "block": [(0, 0), (0, 1)], "environment": [(1, 1)], "groups": [[(0, 1)]]}
            | {"objective": "composition", "values": 2, "family": "odd", "shared": False}
            | {"seed": 0, "restarts": 2, "max_seconds": 1.0},
        ),
        "gaussian_layers": (
            renormalization.gaussian_layers,
            {"covariance": np.eye(3), "block": [0, 1], "environment": [2], "maps": [[[0.5, 0.5]]]},
        ),
        "decimated_chain_entropies": (
            renormalization.decimated_chain_entropies,
            {"coupling": 0.5, "layers": 3},
        ),
        "gp_conditional_entropy": (
            renormalization.gp_conditional_entropy,
            {"kernel_matrix": np.eye(3), "labels": np.ones((3, 1)), "ridge": 0.1},
        ),
        "Joint.from_table": (
            renormalization.Joint.from_table,
            {"table": np.ones((4, 2)) / 8, "block_shape": (2, 2), "environment_shape": (2,)},
        ),
        "infinite_chain_joint": (
            renormalization.infinite_chain_joint,
            {"transfer_matrix": [[2.0, 1.0], [1.0, 2.0]], "block": 2, "buffer": 1},
        ),
        "RGMap": (
            renormalization.RGMap,
            {"expressions": [x**2 / 2, x * g], "symbols": [x, g], "scale": 2, "interval": (0, 1)},
        ),
        "RGMap.named": (renormalization.RGMap.named, {"name": "percolation_square_site"}),
        "rg_map": (rg_map, {"x": 0.4}),
        "rg_map.images": (rg_map.images, {"x": [[0.1], [0.2]]}),
        "rg_map.flow": (rg_map.flow, {"start": 0.3, "steps": 3}),
        "rg_map.jacobian": (rg_map.jacobian, {"x": 0.3}),
        "rg_map.fixed_points": (rg_map.fixed_points, {"interval": (0.1, 1.0)}),
        "rg_map.eigenoperators": (rg_map.eigenoperators, {"point": rg_map.fixed_points((0.1, 0.9))[0]}),
        "rg_map.critical_coupling": (rg_map.critical_coupling, {"interval": (0.1, 0.9)}),
        "maze_statistics": (
            renormalization.maze_statistics,
            {"size": 9, "p": 0.6, "samples": 50, "seed": 0, "jobs": 1},
        ),
        "maze_depth_error": (
            renormalization.maze_depth_error,
            {"size": 9, "p": 0.6, "depth": 6, "samples": 50, "seed": 0},
        ),
        "mazes.missed": (mazes.missed, {"depth": 6}),
        "mazes.error": (mazes.error, {"depth": 6.5}),
        "mazes.exponents": (mazes.exponents, {"larger": renormalization.maze_statistics(11, samples=50)}),
        "migdal_kadanoff": (renormalization.migdal_kadanoff, {"states": 3, "dim": 2.5}),
        "Rule": (renormalization.Rule, {"table": [[1.0, 0.0], [0.5, 0.5]], "states": (2,)}),
        "Rule.decimation": (renormalization.Rule.decimation, {"sites": 2, "keep": 1, "states": 2}),
        "Rule.majority": (renormalization.Rule.majority, {"sites": 4, "of": (0, 1, 2), "ties": "random"}),
        "Rule.plurality": (renormalization.Rule.plurality, {"sites": 2, "states": 3, "ties": "first"}),
        "Rule.soft": (renormalization.Rule.soft, {"weights": [0.5, 1.0]}),
        "Rule.deterministic": (renormalization.Rule.deterministic, {"table": [[0, 1], [1, 0]]}),
        "Rule.from_function": (renormalization.Rule.from_function, {"f": sum, "sites": 2, "states": 2}),
        "best_rule": (
            renormalization.best_rule,
            {"joint": joint, "values": 2, "family": "odd", "method": "branch", "seed": 0, "max_seconds": 5.0},
        ),
        "effective_couplings": (
            renormalization.effective_couplings,
            {
                "rule": renormalization.Rule.majority(2),
                "model": lattice,
                "blocks": halves,
            },
        ),
        "BlockCumulants.of": (
            renormalization.BlockCumulants.of,
            {"model": lattice, "blocks": halves, "rule": renormalization.Rule.majority(2)},
        ),
        "cumulants.vertices": (
            renormalization.BlockCumulants.of(lattice, halves, renormalization.Rule.majority(2)).vertices,
            {"coarse": (0, 1), "legs": 2},
        ),
        "cumulant_expansion": (
            renormalization.cumulant_expansion,
            {"model": lattice, "blocks": halves, "rule": renormalization.Rule.majority(2), "order": 1},
        ),
        "cumulant_couplings": (
            renormalization.cumulant_couplings,
            {"model": lattice, "blocks": halves, "rule": renormalization.Rule.majority(2), "order": 1},
        ),
        "cumulant_map": (renormalization.cumulant_map, {"lattice": "triangular", "order": 1}),
        "couplings.largest": (couplings.largest, {"k": 2}),
        "Strip": (renormalization.Strip, {"width": 4, "states": 3}),
        "strip.correlation_length": (strip.correlation_length, {"coupling": 0.8}),
        "strip.free_energy": (strip.free_energy, {"coupling": -0.8}),
        "strip_limit": (renormalization.strip_limit, {"widest": 8, "states": 2}),
        "percolation_cell": (renormalization.percolation_cell, {"size": 3}),
        "phenomenological_rg": (renormalization.phenomenological_rg, {"width": 3, "states": 3}),
        "central_charge": (renormalization.central_charge, {"width": 3, "states": 3}),
        "rsmi": (renormalization.rsmi, {"rule": renormalization.Rule.majority(2), "joint": joint}),
        "rsmi_gradient": (
            renormalization.rsmi_gradient,
            {"rule": renormalization.Rule.majority(2), "joint": joint},
        ),
        "local_exponents": (renormalization.local_exponents, {"n": sizes, "error": errors}),
        "fitted_exponent": (renormalization.fitted_exponent, {"n": sizes, "error": errors, "window": None}),
        "kernel_singularity": (renormalization.kernel_singularity, {"kernel": kernel}),
        "teacher_student_exponent": (
            renormalization.teacher_student_exponent,
            {"teacher": 0.5, "student": 1, "dim": 3},
        ),
        "exponent_validity": (renormalization.exponent_validity, {"teacher": 0.5, "student": 1, "dim": 3}),
        "renormalised_ntk": (
            renormalization.renormalised_ntk,
            {"kernel": kernel, "powers": 2, "degree": None, "dim": None},
        ),
    }
    return found


class Calls:
    """A stream of calls."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.makers = objects()

    def draw(self) -> Call:
        """A right call with one or two arguments replaced by objects of any kind."""
        name = self.random.choice(list(right_calls()))
        function, right = right_calls()[name]
        arguments = dict(right)
        names = self.random.sample(list(right), min(len(right), self.random.choice((1, 1, 1, 2))))
        for each in names:
            arguments[each] = self.random.choice(self.makers)()
        return Call(name, function, arguments, tuple(names))

    def each(self, name: str) -> Iterator[Call]:
        """The call of this name with each of its arguments replaced by each of the objects."""
        function, right = right_calls()[name]
        for argument in right:
            for make in self.makers:
                yield Call(name, function, {**right, argument: make()}, (argument,))
