"""Renormalisation: what the modes that cannot be learnt do, and how a kernel flows with depth."""

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
    from renormalization.depth.finite_width import FiniteWidth as FiniteWidth
    from renormalization.depth.flow import DepthFlow as DepthFlow
    from renormalization.depth.phase_diagram import PhaseDiagram as PhaseDiagram
    from renormalization.depth.phase_diagram import phase_diagram as phase_diagram
    from renormalization.depth.tangent_kernel import TangentKernel as TangentKernel
    from renormalization.feature_learning.closures.single_neuron import NeuronScan as NeuronScan
    from renormalization.feature_learning.closures.single_neuron import NeuronState as NeuronState
    from renormalization.feature_learning.closures.single_neuron import SingleNeuron as SingleNeuron
    from renormalization.feature_learning.cumulants.width_series import width_series as width_series
    from renormalization.feature_learning.curves.rescaled_curve_formulas import (
        rescaled_curve_formulas as rescaled_curve_formulas,
    )
    from renormalization.feature_learning.registry import POSTERIOR_THEORIES as POSTERIOR_THEORIES
    from renormalization.feature_learning.registry import posterior_table as posterior_table
    from renormalization.feature_learning.scales.linear_posterior import LinearPosterior as LinearPosterior
    from renormalization.feature_learning.scales.linear_posterior import linear_posterior as linear_posterior
    from renormalization.real_space.hamiltonian.block_cumulants import BlockCumulants as BlockCumulants
    from renormalization.real_space.hamiltonian.couplings import Couplings as Couplings
    from renormalization.real_space.hamiltonian.cumulant_expansion import (
        cumulant_couplings as cumulant_couplings,
    )
    from renormalization.real_space.hamiltonian.cumulant_expansion import (
        cumulant_expansion as cumulant_expansion,
    )
    from renormalization.real_space.hamiltonian.cumulant_map import cumulant_map as cumulant_map
    from renormalization.real_space.hamiltonian.effective_couplings import (
        effective_couplings as effective_couplings,
    )
    from renormalization.real_space.lattice.infinite_chain import infinite_chain_joint as infinite_chain_joint
    from renormalization.real_space.lattice.joint import Joint as Joint
    from renormalization.real_space.lattice.lattice_model import LatticeModel as LatticeModel
    from renormalization.real_space.lattice.layer_information import LayerInformation as LayerInformation
    from renormalization.real_space.layers.best_layers import BestLayers as BestLayers
    from renormalization.real_space.layers.best_layers import best_layers as best_layers
    from renormalization.real_space.layers.decimated_chain import (
        decimated_chain_entropies as decimated_chain_entropies,
    )
    from renormalization.real_space.layers.gaussian_layers import gaussian_layers as gaussian_layers
    from renormalization.real_space.layers.label_evidence import (
        gp_conditional_entropy as gp_conditional_entropy,
    )
    from renormalization.real_space.layers.trained_rule import TrainedRule as TrainedRule
    from renormalization.real_space.layers.trained_rule import train_soft_rule as train_soft_rule
    from renormalization.real_space.maps.fixed_point import EigenOperators as EigenOperators
    from renormalization.real_space.maps.fixed_point import FixedPoint as FixedPoint
    from renormalization.real_space.maps.migdal_kadanoff import migdal_kadanoff as migdal_kadanoff
    from renormalization.real_space.maps.rg_map import RGMap as RGMap
    from renormalization.real_space.mutual_information import rsmi as rsmi
    from renormalization.real_space.mutual_information import rsmi_gradient as rsmi_gradient
    from renormalization.real_space.percolation.mazes import MazeEstimate as MazeEstimate
    from renormalization.real_space.percolation.mazes import MazeExponents as MazeExponents
    from renormalization.real_space.percolation.mazes import MazeStatistics as MazeStatistics
    from renormalization.real_space.percolation.mazes import maze_depth_error as maze_depth_error
    from renormalization.real_space.percolation.mazes import maze_statistics as maze_statistics
    from renormalization.real_space.percolation.percolation_cell import PercolationCell as PercolationCell
    from renormalization.real_space.percolation.percolation_cell import percolation_cell as percolation_cell
    from renormalization.real_space.rule_search.best_rule import BestRule as BestRule
    from renormalization.real_space.rule_search.best_rule import best_rule as best_rule
    from renormalization.real_space.rules import Rule as Rule
    from renormalization.real_space.strips.strip import Strip as Strip
    from renormalization.real_space.strips.strip_limit import StripLimit as StripLimit
    from renormalization.real_space.strips.strip_limit import strip_limit as strip_limit
    from renormalization.real_space.strips.strip_point import StripPoint as StripPoint
    from renormalization.real_space.strips.strip_point import central_charge as central_charge
    from renormalization.real_space.strips.strip_point import phenomenological_rg as phenomenological_rg
    from renormalization.scaling.exponents import exponent_validity as exponent_validity
    from renormalization.scaling.exponents import fitted_exponent as fitted_exponent
    from renormalization.scaling.exponents import kernel_singularity as kernel_singularity
    from renormalization.scaling.exponents import local_exponents as local_exponents
    from renormalization.scaling.exponents import teacher_student_exponent as teacher_student_exponent
    from renormalization.wilson.compressed_model import CompressedModel as CompressedModel
    from renormalization.wilson.flow import WilsonFlow as WilsonFlow
    from renormalization.wilson.flow_equation import FlowEquation as FlowEquation
    from renormalization.wilson.flow_equation import flow_equation as flow_equation
    from renormalization.wilson.truncation import RenormalisedKernel as RenormalisedKernel
    from renormalization.wilson.truncation import renormalised_ntk as renormalised_ntk

_HOMES = {
    "BestLayers": "renormalization.real_space.layers.best_layers",
    "BestRule": "renormalization.real_space.rule_search.best_rule",
    "BlockCumulants": "renormalization.real_space.hamiltonian.block_cumulants",
    "CompressedModel": "renormalization.wilson.compressed_model",
    "Couplings": "renormalization.real_space.hamiltonian.couplings",
    "DepthFlow": "renormalization.depth.flow",
    "EigenOperators": "renormalization.real_space.maps.fixed_point",
    "FiniteWidth": "renormalization.depth.finite_width",
    "FixedPoint": "renormalization.real_space.maps.fixed_point",
    "FlowEquation": "renormalization.wilson.flow_equation",
    "Joint": "renormalization.real_space.lattice.joint",
    "LatticeModel": "renormalization.real_space.lattice.lattice_model",
    "LayerInformation": "renormalization.real_space.lattice.layer_information",
    "LinearPosterior": "renormalization.feature_learning.scales.linear_posterior",
    "MazeEstimate": "renormalization.real_space.percolation.mazes",
    "MazeExponents": "renormalization.real_space.percolation.mazes",
    "MazeStatistics": "renormalization.real_space.percolation.mazes",
    "NeuronScan": "renormalization.feature_learning.closures.single_neuron",
    "NeuronState": "renormalization.feature_learning.closures.single_neuron",
    "POSTERIOR_THEORIES": "renormalization.feature_learning.registry",
    "PercolationCell": "renormalization.real_space.percolation.percolation_cell",
    "PhaseDiagram": "renormalization.depth.phase_diagram",
    "RGMap": "renormalization.real_space.maps.rg_map",
    "RenormalisedKernel": "renormalization.wilson.truncation",
    "Rule": "renormalization.real_space.rules",
    "SingleNeuron": "renormalization.feature_learning.closures.single_neuron",
    "Strip": "renormalization.real_space.strips.strip",
    "StripLimit": "renormalization.real_space.strips.strip_limit",
    "StripPoint": "renormalization.real_space.strips.strip_point",
    "TangentKernel": "renormalization.depth.tangent_kernel",
    "TrainedRule": "renormalization.real_space.layers.trained_rule",
    "WilsonFlow": "renormalization.wilson.flow",
    "best_layers": "renormalization.real_space.layers.best_layers",
    "best_rule": "renormalization.real_space.rule_search.best_rule",
    "central_charge": "renormalization.real_space.strips.strip_point",
    "cumulant_couplings": "renormalization.real_space.hamiltonian.cumulant_expansion",
    "cumulant_expansion": "renormalization.real_space.hamiltonian.cumulant_expansion",
    "cumulant_map": "renormalization.real_space.hamiltonian.cumulant_map",
    "decimated_chain_entropies": "renormalization.real_space.layers.decimated_chain",
    "effective_couplings": "renormalization.real_space.hamiltonian.effective_couplings",
    "exponent_validity": "renormalization.scaling.exponents",
    "fitted_exponent": "renormalization.scaling.exponents",
    "flow_equation": "renormalization.wilson.flow_equation",
    "gaussian_layers": "renormalization.real_space.layers.gaussian_layers",
    "gp_conditional_entropy": "renormalization.real_space.layers.label_evidence",
    "infinite_chain_joint": "renormalization.real_space.lattice.infinite_chain",
    "kernel_singularity": "renormalization.scaling.exponents",
    "linear_posterior": "renormalization.feature_learning.scales.linear_posterior",
    "local_exponents": "renormalization.scaling.exponents",
    "maze_depth_error": "renormalization.real_space.percolation.mazes",
    "maze_statistics": "renormalization.real_space.percolation.mazes",
    "migdal_kadanoff": "renormalization.real_space.maps.migdal_kadanoff",
    "percolation_cell": "renormalization.real_space.percolation.percolation_cell",
    "phase_diagram": "renormalization.depth.phase_diagram",
    "phenomenological_rg": "renormalization.real_space.strips.strip_point",
    "posterior_table": "renormalization.feature_learning.registry",
    "renormalised_ntk": "renormalization.wilson.truncation",
    "rescaled_curve_formulas": "renormalization.feature_learning.curves.rescaled_curve_formulas",
    "rsmi": "renormalization.real_space.mutual_information",
    "rsmi_gradient": "renormalization.real_space.mutual_information",
    "strip_limit": "renormalization.real_space.strips.strip_limit",
    "teacher_student_exponent": "renormalization.scaling.exponents",
    "train_soft_rule": "renormalization.real_space.layers.trained_rule",
    "width_series": "renormalization.feature_learning.cumulants.width_series",
}
__all__, __getattr__, __dir__ = package_face(__name__, _HOMES)
