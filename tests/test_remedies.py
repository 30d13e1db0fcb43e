"""Every message that proposes a remedy: it is provoked, its remedy is done as it says, the trouble is gone.

Public names only. A remedy must raise nothing, and warn of nothing (the suite turns warnings into errors).
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import scipy.special
import sympy
from click.testing import CliRunner

import diagrams
import fieldtheory
import fieldtheory as ft
import renormalization
import replicas
from fieldtheory.activations.by_name import register_activation, unregister_activation
from fieldtheory.workbench.cli import main
from fieldtheory.workbench.simulation import drawn_estimates, drawn_sample
from renormalization import DepthFlow, WilsonFlow
from tests.clock import Clock

ROOT = Path(__file__).parents[1]
KERNEL = ft.FullyConnected(2, "relu", weight_variance=2.0).ntk()
SMOOTH = ft.FullyConnected(2, "erf", weight_variance=2.0, bias_variance=0.1).ntk()
TWO = ft.Target({1: 1.0, 2: 1.0})
MODES = ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14], dim=5)
X1 = sympy.Symbol("x")
PHI4 = diagrams.Theory.scalar({4: sympy.Symbol("g")})
FERMIONS = [diagrams.Field(name, statistics="grassmann") for name in ("psibar", "psi")]
DEEP = ft.FullyConnected(30, "relu").nngp().symbolic(sympy.Symbol("t"))
NU = sympy.Symbol("nu")
SPIN_CHAIN = renormalization.LatticeModel.ising(5, 0.5)
ALIKE = replicas.PermutationSymmetric(0.01, 0.002)
THREE, FOUR = (ft.Spectrum.from_gram(np.diag(range(1, k + 1)), np.arange(k)) for k in (3, 4))
SKEW = np.array([[1.0, 0.5], [0.4, 1.0]])
X = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]


def sampled(
    activation: Any = "erf", width: int = 9, sweeps: int = 100, chi: float = 1.0, **changes: Any
) -> Any:
    net = ft.FullyConnected(1, activation, width=width, feature_strength=chi)
    return ft.sample_posterior(net, X, X[0], **({"chains": 2, "sweeps": sweeps, "burn_in": 100} | changes))


def posterior(
    width: Any = 9,
    theory: str = "tree",
    nodes: int = 64,
    ridge: float = 0.3,
    activation: str = "erf",
    x: Any = X,
) -> Any:
    net = ft.FullyConnected(1, activation, width=width)
    return ft.posterior_mean(
        net, x, X[0], ridge=ridge, theory=theory, nodes=nodes, scrambles=2, error_bar=False
    )


def on_spheres(activation: str = "erf", power: float = 1.0, **changes: Any) -> Any:
    net = ft.FullyConnected(1, activation, weight_variance=2.0)
    usual: dict[str, Any] = {"n": 3, "widths": 32, "members": 3, "datasets": 2, "tests": 20}
    return ft.train(net, 4, ft.Target({1: power}), **(usual | changes))


def layered(norm: float = 1.0, **changes: Any) -> Any:
    net = ft.FullyConnected(1, "erf", weight_variance=2.0)
    return ft.train_layerwise(net, norm * X, X[0], width=20, members=2, **changes)


def trained(
    activation: Any = "linear", layers: int = 2, dynamics: bool = True, rate: float = 0.05, **changes: Any
) -> Any:
    net = ft.FullyConnected(layers, activation, **changes)
    if dynamics:
        return ft.training_dynamics(net, X, X[0], steps=40, learning_rate=rate, richness=0.1, paths=256)
    return ft.train_networks(net, X, X[0], networks=2, steps=3)


def at_finite_width(**changes: Any) -> Any:
    return ft.learning_curve(
        **({"spectrum": MODES, "target": TWO, "n": [10], "ridge": 0.1, "width": 20} | changes)
    )


@dataclass(frozen=True)
class Trial:
    """A message, known by some of its words; what provokes it; its remedies, which are given the message."""

    words: str
    provoke: Callable[[], Any]
    remedies: tuple[Callable[[str], Any], ...]

    @classmethod
    def of(cls, words: str, provoke: Callable[[], Any], *remedies: Callable[[str], Any]) -> Trial:
        return cls(words, provoke, remedies)


def said_by(action: Callable[[], Any]) -> str:
    """The error, the warnings, and what the result says against itself."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            found = action()
        except (ValueError, MemoryError, FloatingPointError) as error:
            return str(error)
    said = [str(each.message) for each in caught]
    return "\n".join([*said, *(found if isinstance(found, tuple) else getattr(found, "warnings", ()))])


def bounded_margin(load: float) -> float:
    """A negative margin, which warns that it is a bound, whenever it is asked for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "margins below 0")
        return replicas.gardner_margin(load, negative=True)


def swept(axes: dict[str, Any], **changes: Any) -> ft.Sweep:
    fixed = {"target": TWO, "dim": 5, "n": 10, "hidden_layers": 1, "bias_variance": None, "max_degree": 20}
    return ft.sweep(axes, **fixed | changes)


def optimum(hidden_layers: Any = (1, 2), **changes: Any) -> ft.Optimum:
    fixed = {"target": TWO, "dim": 5, "n": 10, "ridge": 0.1, "max_degree": 20}
    layers = list(hidden_layers) if hidden_layers == (1, 2) else hidden_layers
    return ft.optimise(**fixed | {"hidden_layers": layers, "weight_variance": 2.0} | changes)


def simulated(**how: Any) -> ft.Simulation:
    return ft.simulate(KERNEL, 5, TWO, 10, ridge=0.1, repeats=2, **how)


def command(*arguments: str) -> str:
    """Its output; its complaint as a ValueError."""
    done = CliRunner().invoke(main, list(arguments))
    if done.exit_code or done.stderr:
        raise ValueError(done.stderr)
    return done.stdout


def in_budget(action: Callable[[], Any], **limits: float) -> Any:
    with ft.budget(**limits):
        return action()


def by_the_clock(action: Callable[[], Any]) -> Any:
    """Every data set takes a hundredth of a second, whatever else the machine does."""
    clock = Clock(0.01)
    with (
        patch.object(drawn_estimates, "time", clock),
        patch.object(drawn_sample, "time", clock),
    ):
        return action()


CURVE = ("curve", "--dim", "6", "--ridge", "0.1", "--no-progress")
AS_TEXT = ("--action", "phi^2/2 + g*phi^4/24", "--fields", "phi")
GOOD = (*CURVE, "--target", "1:1", "--n", "50,100")
RULE = ("realspace", "rsmi", "--shape", "5x5")
BOND = (*RULE[:2], "--shape", "3", "--buffer", "0", "--block", "1")
WILSON = ("flow", "wilson", "--weight-variance", "2", "--dim", "6", "--ridge", "0.1", "--n", "50")


def number(pattern: str, said: str) -> int:
    """The number that the message names."""
    found = re.search(pattern, said)
    assert found, said
    return int(found[1])


def curve(
    spectrum: Any = MODES, target: Any = TWO, n: Any = 50, ridge: float = 0.1, **options: Any
) -> ft.LearningCurve:
    return ft.learning_curve(spectrum, target, n, ridge, **options)


def sphere_value(irreducible: str) -> Any:
    """The two-point function at three loops of phi^3 holds a diagram that is not series-parallel."""
    theory = diagrams.Theory.scalar({3: 1})
    table = diagrams.tabulate(diagrams.generate(theory, ("phi", "phi"), 3))
    spectrum, transform = [1.0, 0.5, 0.1], ft.AngleTransform.build(5, 2)
    return diagrams.evaluate_sphere(table, spectrum, transform, irreducible=irreducible)


def four_points(evaluate: Callable[[Any], Any]) -> Any:
    return evaluate(diagrams.tabulate(diagrams.generate(PHI4, ("phi",) * 4, 1), {sympy.Symbol("g"): 1.0}))


def many_legs(*names: str) -> list[Any]:
    """A vertex of 16 legs, of one field or shared by two with the same propagators; a coupling per split."""
    fields = [diagrams.Field(name) for name in names]
    lines = [diagrams.Propagator(a, b) for k, a in enumerate(names) for b in names[k:]]
    legs = {name: 16 // len(names) for name in names}
    theory = diagrams.Theory(fields, lines, [diagrams.Vertex("big", legs, sympy.Symbol("g"))])
    return list(diagrams.generate(theory, (names[0],) * 2, 0, by="vertices"))


def sixteen_fields(kept: int) -> list[Any]:
    names = [f"f{k}" for k in range(kept)]
    lines = [diagrams.Propagator(name, name) for name in names[:2]]
    theory = diagrams.Theory([diagrams.Field(name) for name in names], lines, ())
    return list(diagrams.generate(theory, ("f0", "f0"), 0))


def over_data_sets(kernel: Any, covariance: Any, **options: Any) -> replicas.DatasetAverage:
    return replicas.dataset_average(kernel, covariance, [1.0, 1.0, 1.0], 1.0, **options)


def over_data_sets_by_arrays(test: Any) -> replicas.DatasetAverage:
    options = {"mean_test": test, "test_covariance": np.zeros((1, 3, 3, 3))}
    return over_data_sets(np.diag([1.0, 2.0, 3.0]), ALIKE.tensor(3), **options)


TRIALS = (
    # --- optima
    Trial.of(
        "goal must be reached at some n up to",
        lambda: optimum(n=None, objective="samples", goal=1e-40),
        lambda said: optimum(
            n=None, objective="samples", goal=1.01 * float(said.split("error there is ")[1][:-1])
        ),
    ),
    Trial.of(
        "; a function of the curve takes several",
        lambda: optimum(n=[10, 20]),
        lambda said: optimum(n=[10, 20], objective=lambda curve: curve.error.sum()),
    ),
    Trial.of(
        "; a tuple is an interval of real numbers",
        lambda: optimum(hidden_layers=(1, 6)),
        lambda said: optimum(hidden_layers=range(1, 7)),
        lambda said: optimum(hidden_layers=1, ridge=(0.1, 1.0)),
    ),
    Trial.of(
        "must be one value, or several as a list",
        lambda: optimum(activation=("relu", "erf")),
        lambda said: optimum(activation=["relu", "erf"]),
    ),
    Trial.of(
        "must be a list (a choice) or a pair of numbers in a tuple (an interval), such as range(1, 7)",
        lambda: optimum(hidden_layers=1),
        lambda said: optimum(hidden_layers=range(1, 7)),
        lambda said: optimum(hidden_layers=1, bias_variance=(0.0, 1.0)),
    ),
    # --- sweeps
    Trial.of(
        "n must be a number where it is fixed; give several as an axis",
        lambda: swept({"ridge": [0.1]}, n=[10, 20]),
        lambda said: swept({"ridge": [0.1], "n": [10, 20]}, n=None),
    ),
    Trial.of(
        "axes must make at most 1e9 points",
        lambda: swept({"ridge": np.geomspace(1e-3, 1, 10**5), "bias_variance": np.linspace(0, 1, 10**5)}),
        lambda said: swept({"ridge": np.geomspace(1e-3, 1, 10), "bias_variance": np.linspace(0, 1, 10)}),
    ),
    Trial.of(
        "target must have no power above degree",
        lambda: swept({"ridge": [0.1]}, target=ft.Target({500: 1.0})),
        lambda said: swept(
            {"ridge": [0.1]},
            target=ft.Target({500: 1.0}),
            max_degree=number(r"raise max_degree to (\d+)", said),
        ),
    ),
    Trial.of(
        "must be an axis or fixed, and is both: leave one out",
        lambda: swept({"ridge": [0.1]}, ridge=0.2),
        lambda said: swept({"ridge": [0.1]}),
    ),
    Trial.of(
        "executor must be a concurrent.futures.Executor, such as ProcessPoolExecutor()",
        lambda: swept({"ridge": [0.1]}, executor=2),
        lambda said: swept({"ridge": [0.1]}, executor=None),
    ),
    # --- trained networks
    Trial.of(
        "networks are not at the end of training after",
        lambda: on_spheres(steps=10, ridge=0.3),
        lambda said: on_spheres(steps=200, ridge=0.3),
    ),
    Trial.of(
        "networks are not at the end of training after",
        lambda: on_spheres("relu", ridge=0.3, steps=100, widths=64),
        lambda said: on_spheres("relu", ridge=0.3, steps=100, widths=64, tolerance=0.05),
    ),
    Trial.of(
        "do not agree (R-hat",
        lambda: on_spheres(method="langevin", ridge=0.5, steps=30),
        lambda said: on_spheres(method="langevin", ridge=0.5, steps=8000),
    ),
    Trial.of(
        "learning_rate must be at most 1 over the largest eigenvalue",
        lambda: on_spheres(learning_rate=1.0),
        lambda said: on_spheres(learning_rate=0.1 * float(said.split("kernel, ")[1].split()[0])),
        lambda said: on_spheres(),
    ),
    Trial.of(
        "at which weights grow without bound); leave it out",
        lambda: on_spheres("relu", power=1e8, learning_rate=0.05),
        lambda said: on_spheres("relu", power=1e8),
    ),
    Trial.of(
        "not at a minimum after",
        lambda: layered(steps=1),
        lambda said: layered(steps=300),
    ),
    Trial.of(
        "on the sphere (got norm",
        lambda: layered(2.0),
        lambda said: layered(),
    ),
    Trial.of(
        "jobs must be None with an executor, whose workers there are",
        lambda: simulated(jobs=2, executor=ThreadPoolExecutor(1)),
        lambda said: simulated(executor=ThreadPoolExecutor(1)),
        lambda said: simulated(jobs=2),
    ),
    # --- training regimes
    Trial.of(
        "load must be at most 2, beyond which no margin is positive",
        lambda: replicas.gardner_margin(2.5),
        lambda said: bounded_margin(2.5),
    ),
    Trial.of(
        'use loss="square" for others',
        lambda: ft.parameter_number([[1.0]], [0.5], [[2.0]], [1.0], [3], "network", steps=2),
        lambda said: ft.parameter_number(
            [[1.0]], [0.5], [[2.0]], [1.0], [3], "network", loss=said.split('"')[1], steps=200
        ),
    ),
    # --- data sets
    Trial.of(
        "mean_kernel must have one entry on its diagonal",
        lambda: over_data_sets(np.diag([1.0, 2.0, 3.0]), ALIKE),
        lambda said: over_data_sets_by_arrays(np.zeros((1, 3))),
    ),
    Trial.of(
        "mean_test must be K_ab = ",
        lambda: over_data_sets((1.0, 0.2), ALIKE, mean_test=[[0.1, 0.2, 0.3]]),
        lambda said: over_data_sets_by_arrays([[0.1, 0.2, 0.3]]),
    ),
    Trial.of(
        "repeats must be more for the annealed average",
        lambda: ft.simulate_datasets(replicas.BinaryTask(10, 0.3), 10, 0.1, 50, average="annealed"),
        lambda said: ft.simulate_datasets(replicas.BinaryTask(10, 0.3), 10, 0.1, 2000, average="annealed"),
        lambda said: ft.simulate_datasets(replicas.BinaryTask(10, 0.3), 10, 0.1, 50, average="quenched"),
    ),
    Trial.of(
        "must have 1 on the diagonal",
        lambda: ft.NonlinearGaussianData(2.0).sample([[2.0, 0.3], [0.3, 0.5]], 3),
        lambda said: ft.NonlinearGaussianData(2.0).sample(
            eval(said.split("deviations, ")[1], {"np": np, "C": np.array([[2.0, 0.3], [0.3, 0.5]])}), 3
        ),
    ),
    Trial.of(
        " sites for the closed form",
        lambda: ft.NonlinearGaussianData(0.3).cumulant(np.eye(5) / 2 + 0.5),
        lambda said: replicas.DataCumulants("erf", gain=0.3).cumulant(np.eye(5) / 2 + 0.5),
    ),
    Trial.of(
        "for an expansion at fixed scale",
        lambda: replicas.linear_crossover_mean(10, 1e-60, 1.0, 3),
        lambda said: replicas.linear_crossover_mean(
            10, 1e-60, 1.0, 2, **eval(f"dict({said.split('give ')[1]})")
        ),
    ),
    # --- posteriors
    Trial.of(
        "must have hidden layers of finite width",
        lambda: posterior(width=None, theory="tree"),
        lambda said: posterior(width=None, theory="nngp"),
    ),
    Trial.of(
        "net must have hidden layers of finite width to sample",
        lambda: sampled(width=None),
        lambda said: sampled(width=int(said.split("such as ")[1])),
    ),
    Trial.of(
        "activation must be a function of floats and NumPy that Numba compiles",
        lambda: sampled(lambda x: x * scipy.special.expit(x)),
        lambda said: sampled(lambda x: x / (1 + np.exp(-x))),
        lambda said: sampled(said.split('"')[1]),
    ),
    Trial.of(
        "activation must be a function of each number alone to be compiled",
        lambda: sampled(lambda x: np.tanh(x) + 0.1 * (x.size > 1)),
        lambda said: sampled(said.split('"')[1]),
    ),
    Trial.of(
        "net must have a width to be trained",
        lambda: trained(dynamics=False),
        lambda said: trained(dynamics=False, width=int(said.split("such as ")[1])),
    ),
    Trial.of(
        "activation must have a derivative to be trained",
        lambda: trained("heaviside", dynamics=False, width=9),
        lambda said: trained(said.split('"')[1], dynamics=False, width=9),
    ),
    Trial.of(
        "learning_rate must be below",
        lambda: trained(rate=5.0),
        lambda said: trained(rate=0.9 * float(said.split("below ")[1].split(",")[0])),
    ),
    Trial.of(
        "where lazy training diverges",
        lambda: trained(rate=0.7),
        lambda said: trained(rate=0.9 * float(said.split("above ")[1].split(",")[0])),
    ),
    Trial.of(
        "take a smooth one by name",
        lambda: trained("relu"),
        lambda said: trained(said.split("such as '")[1].split("'")[0]),
    ),
    Trial.of(
        "train_networks samples that of any network",
        lambda: trained("erf", width=9).network_variance,
        lambda said: trained("erf", dynamics=said.count("train_networks") == 0, width=9).network_variance,
    ),
    Trial.of(
        "(got width=None); give a width, such as 256",
        lambda: trained().network_variance,
        lambda said: trained(width=int(said.split("such as ")[1])).network_variance,
    ),
    Trial.of("R-hat is", lambda: sampled(chi=9.0), lambda said: sampled(chi=9.0, sweeps=10000)),
    Trial.of("effective samples, fewer than", sampled, lambda said: sampled(sweeps=2000)),
    Trial.of(
        "rounding changed the log-likelihood",
        lambda: sampled(width=2, ridge=1e-8),
        lambda said: sampled(width=2, ridge=1e-3),
    ),
    Trial.of(
        "nodes must be a power of 2, such as",
        lambda: posterior(nodes=1000),
        lambda said: posterior(nodes=int(said.split("such as ")[1].split()[0])),
    ),
    Trial.of(
        "; take theory='tree', whose kernels are averages of squares, or raise ridge",
        lambda: posterior(9, "one-loop", ridge=1e-60),
        lambda said: posterior(9, "tree", ridge=1e-60),
        lambda said: posterior(9, "one-loop", ridge=0.1),
    ),
    Trial.of(
        "meets a matrix that rounding makes singular",
        lambda: posterior(theory="nngp", ridge=1e-50, activation="linear", x=np.ones((5, 5))),
        lambda said: posterior(theory="nngp", ridge=1e-3, activation="linear", x=np.ones((5, 5))),
    ),
    Trial.of(
        "activation must not jump for theory='gaussian'",
        lambda: posterior(theory="gaussian", activation="sign", x=np.ones((5, 5))),
        lambda said: posterior(theory="tree", activation="sign", x=np.ones((5, 5))),
    ),
    # --- spectra without a sphere
    Trial.of(
        "spectrum must have a dim for",
        lambda: curve(ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14]), theory="one-loop"),
        lambda said: curve(MODES, theory="one-loop"),
        lambda said: curve(ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14]), theory="auto"),
    ),
    Trial.of(
        "(got None); take theory='auto'",
        lambda: ft.learning_curve(*THREE, n=[2], ridge=0.1, theory="skeleton", order=2),
        lambda said: ft.learning_curve(*THREE, n=[2], ridge=0.1, theory="auto"),
    ),
    # --- learning curves of finite networks
    Trial.of(
        "give a width, such as width=100",
        lambda: at_finite_width(width=None, feature_strength=2.0),
        lambda said: at_finite_width(width=int(said.split("width=")[-1]), feature_strength=2.0),
    ),
    Trial.of(
        "the mean does not depend on the scale of the kernel; leave out width",
        lambda: at_finite_width(ridge=0.0),
        lambda said: at_finite_width(ridge=0.0, width=None),
    ),
    Trial.of(
        "must be on a sphere, such as network.nngp().spectrum(dim), for a finite width",
        lambda: at_finite_width(spectrum=ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14])),
        lambda said: at_finite_width(spectrum=ft.FullyConnected(1, "relu").nngp().spectrum(4)),
    ),
    # --- accuracy on demand
    Trial.of(
        "give accuracy=0.01 with it, or leave it out",
        lambda: curve(max_seconds=1.0),
        lambda said: curve(max_seconds=1.0, accuracy=0.01),
        lambda said: curve(),
    ),
    Trial.of(
        "which is compared with the bar (got False): leave it out",
        lambda: curve(accuracy=0.01, error_bar=False),
        lambda said: curve(accuracy=0.01),
    ),
    Trial.of(
        "leave accuracy out for a fractional number",
        lambda: curve(n=[20.5], accuracy=0.01, jobs=1),
        lambda said: curve(n=[20.5]),
    ),
    Trial.of(
        "give dim to Spectrum.from_arrays, or leave accuracy out",
        lambda: curve(ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14]), accuracy=0.01),
        lambda said: curve(ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14], dim=5), accuracy=0.01),
        lambda said: curve(ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 5, 14], dim=5)),
    ),
    Trial.of(
        "lower n, take a larger accuracy, say max_seconds, or raise the limit",
        lambda: in_budget(lambda: curve(n=20, accuracy=0.005, jobs=1), max_time=0.3),
        lambda said: in_budget(lambda: curve(n=10, accuracy=0.005, jobs=1), max_time=0.3),
        lambda said: in_budget(lambda: curve(n=20, accuracy=0.2, jobs=1), max_time=0.3),
        lambda said: in_budget(lambda: curve(n=20, accuracy=0.005, jobs=1, max_seconds=0.5), max_time=0.3),
        lambda said: in_budget(
            lambda: curve(n=20, accuracy=0.005, jobs=1), max_time=number(r"ft\.budget\(max_time=(.*)\)", said)
        ),
    ),
    Trial.of(
        "; raise max_seconds",
        lambda: by_the_clock(
            lambda: curve(KERNEL.spectrum(5, 10), n=30, accuracy=0.005, jobs=1, max_seconds=0.5)
        ),
        lambda said: curve(KERNEL.spectrum(5, 10), n=30, accuracy=0.005, jobs=1, max_seconds=600.0),
    ),
    Trial.of(
        "leave more of it open; raise max_degree",
        lambda: curve(KERNEL.spectrum(5, 3), n=100, ridge=1e-3, accuracy=1e-3, jobs=1),
        lambda said: curve(KERNEL.spectrum(5, 30), n=100, ridge=1e-3, accuracy=0.02, jobs=1),
    ),
    # --- networks, spectra and kernels
    Trial.of(
        "give width=, too",
        lambda: ft.FullyConnected(1, feature_strength="mean-field"),
        lambda said: ft.FullyConnected(1, feature_strength="mean-field", width=20),
    ),
    Trial.of(
        "fieldtheory.multiplicity(l, ",
        lambda: ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 4, 8], dim=4),
        lambda said: ft.Spectrum.from_arrays(
            [1.0, 0.5, 0.1],
            eval(re.search(r"give (\[.*\]), or", said)[1], {"fieldtheory": fieldtheory}),
            dim=4,
        ),
        lambda said: ft.Spectrum.from_arrays([1.0, 0.5, 0.1], [1, 4, 8]),
    ),
    Trial.of(
        "put 0 for what is rounding",
        lambda: ft.Spectrum.from_arrays([1.0, -1e-3], [1, 5], dim=5),
        lambda said: ft.Spectrum.from_arrays([1.0, 0.0], [1, 5], dim=5),
    ),
    Trial.of(
        "lower max_degree, or take eigenvalue(degree, dim) of a kernel with a closed form",
        lambda: ft.ZonalKernel.from_function(lambda t: np.exp(t - 1)).spectrum(10, 25),
        lambda said: ft.ZonalKernel.from_function(lambda t: np.exp(t - 1)).spectrum(10, 4),
        lambda said: ft.ZonalKernel.from_function(sympy.exp(sympy.Symbol("t") - 1)).eigenvalue(25, 10),
    ),
    Trial.of(
        "only symbolic(t) works with symbols",
        lambda: ft.FullyConnected(1, "relu", weight_variance=sympy.Symbol("w")).ntk()(0.5),
        lambda said: (
            ft.FullyConnected(1, "relu", weight_variance=sympy.Symbol("w")).ntk().symbolic(sympy.Symbol("t"))
        ),
    ),
    Trial.of(
        "take one that has, such as",
        lambda: ft.activation("tanh").covariance(*sympy.symbols("k q")),
        lambda said: [
            ft.activation(name).covariance(*sympy.symbols("k q")) for name in re.findall(r'"(\w+)"', said)
        ],
    ),
    # --- data sets
    Trial.of(
        "take smaller sizes, or draw with replacement",
        lambda: from_three_points(4, sampling="without-replacement"),
        lambda said: from_three_points(
            number(r"at most (\d+), the number", said), sampling="without-replacement"
        ),
        lambda said: from_three_points(4, sampling="with-replacement"),
    ),
    Trial.of(
        "take smaller sizes, or the error on all points",
        lambda: from_three_points(3, points="unseen"),
        lambda said: from_three_points(2, points="unseen"),
        lambda said: from_three_points(3, points="all"),
    ),
    Trial.of(
        "spectrum and target of one Spectrum.from_gram(K, y) belong together",
        lambda: curve(THREE.spectrum, FOUR.target),
        lambda said: curve(*THREE),
    ),
    Trial.of(
        "theories that know points: ",
        lambda: curve(*THREE, n=2, theory="perturbative", order=1, points="unseen"),
        lambda said: [
            curve(*THREE, n=2, theory=name, order=orders_of(name), points="unseen")
            for name in re.search(r"know points: (.*)", said)[1].split(", ")
        ],
    ),
    # --- Gaussian numbers with a mean
    Trial.of(
        "take (covariance + covariance.T)/2",
        lambda: ft.activation_covariance("relu", [0.0, 0.0], SKEW),
        lambda said: ft.activation_covariance("relu", [0.0, 0.0], (SKEW + SKEW.T) / 2),
    ),
    Trial.of(
        "do not follow); take smaller variances",
        lambda: ft.activation_covariance(lambda x: np.sin(1e5 * x), [0.0], [[1.0]]),
        lambda said: ft.activation_covariance(lambda x: np.sin(1e5 * x), [0.0], [[1e-8]]),
    ),
    # --- activations and theories of one's own
    Trial.of(
        "such as 'swish'",
        lambda: known_activation("Two Words"),
        lambda said: known_activation(re.search(r"such as '(.*?)'", said)[1]),
    ),
    Trial.of(
        "take another name, none of ",
        lambda: known_activation("relu"),
        lambda said: known_activation("relu-squared"),
    ),
    Trial.of(
        "such as 'two-loop'",
        lambda: registered("Two Loop"),
        lambda said: registered(re.search(r"such as '(.*?)'", said)[1]),
    ),
    Trial.of(
        "; the names in use: ",
        lambda: registered("one-loop"),
        lambda said: registered("another-loop"),
    ),
    # --- targets
    Trial.of(
        "raise max_degree or leave that degree out of the target",
        lambda: ft.Target({1: 1.0, 4: 1.0}).as_array(3),
        lambda said: ft.Target({1: 1.0, 4: 1.0}).as_array(number(r"at least (\d+)", said)),
        lambda said: ft.Target({1: 1.0}).as_array(3),
    ),
    Trial.of(
        "(give max_degree to choose the cut)",
        lambda: ft.Target.from_function(np.abs, 3),
        lambda said: ft.Target.from_function(np.abs, 3, max_degree=10),
    ),
    Trial.of(
        "give a larger tolerance if g is noisy or oscillates",
        lambda: ft.Target.from_function(lambda t: t + 1e-8 * np.sin(1e9 * t), 5),
        lambda said: ft.Target.from_function(lambda t: t + 1e-8 * np.sin(1e9 * t), 5, tolerance=1e-5),
    ),
    # --- learning curves
    Trial.of(
        "such as [FullyConnected(3)]",
        lambda: ft.spectra(ft.FullyConnected(3), 5),
        lambda said: ft.spectra(eval(re.search(r"such as (\[.*?\]) ", said)[1], vars(ft)), 5),
    ),
    Trial.of(
        "such as kernel.spectrum(dim)",
        lambda: curve(spectrum=KERNEL),
        lambda said: curve(KERNEL.spectrum(5)),
    ),
    Trial.of(
        "such as kernel.spectrum(dim)",
        lambda: WilsonFlow(KERNEL, 50, 0.1),
        lambda said: WilsonFlow(KERNEL.spectrum(5), 50, 0.1),
    ),
    Trial.of(
        "such as kernel.spectrum(dim)",
        lambda: ft.curve_batch(KERNEL, ft.Target({1: 1.0}), 50, 0.1),
        lambda said: ft.curve_batch([KERNEL.spectrum(5)], ft.Target({1: 1.0}), 50, 0.1),
    ),
    Trial.of(
        "such as kernel.spectrum(dim)",
        lambda: ft.learning_curves(KERNEL, ft.Target({1: 1.0}), 50, 0.1),
        lambda said: ft.learning_curves([KERNEL.spectrum(5)], ft.Target({1: 1.0}), 50, 0.1),
    ),
    Trial.of(
        "such as Target(",
        lambda: ft.learning_curves([KERNEL.spectrum(5)], {1: 1.0}, 50, 0.1),
        lambda said: ft.learning_curves([KERNEL.spectrum(5)], ft.Target({1: 1.0}), 50, 0.1),
    ),
    Trial.of(
        "such as Target(",
        lambda: ft.curve_batch([KERNEL.spectrum(5)], {1: 1.0}, 50, 0.1),
        lambda said: ft.curve_batch([KERNEL.spectrum(5)], ft.Target({1: 1.0}), 50, 0.1),
    ),
    Trial.of(
        "such as Target(",
        lambda: curve(target={1: 1.0}),
        lambda said: curve(target=eval("ft." + re.search(r"such as (Target\(.*?\)) ", said)[1])),
    ),
    Trial.of(
        "or more to spectrum()",
        lambda: curve(KERNEL.spectrum(5, 2), ft.Target({3: 1.0})),
        lambda said: curve(
            KERNEL.spectrum(5, max_degree=number(r"max_degree=(\d+)", said)), ft.Target({3: 1.0})
        ),
    ),
    Trial.of(
        "or more to spectrum()",
        lambda: curve(KERNEL.spectrum(5, 2), ft.Target({6: 1.0}), error_bar=False),
        lambda said: curve(
            KERNEL.spectrum(5, max_degree=number(r"max_degree=(\d+)", said)),
            ft.Target({6: 1.0}),
            error_bar=False,
        ),
    ),
    Trial.of(
        "truncate the spectrum at the last learnable degree, whose tail acts as ridge",
        lambda: curve(ridge=0.0, theory="perturbative", order=1),
        lambda said: curve(MODES.truncate(1), ft.Target({1: 1.0}), ridge=0.0, theory="perturbative", order=1),
    ),
    Trial.of(
        "truncate the spectrum at the last learnable degree",
        lambda: curve(MODES, n=20, ridge=1e-3, theory="equivalent-kernel"),
        lambda said: curve(MODES.truncate(1), ft.Target({1: 1.0}), 20, 1e-3, theory="equivalent-kernel"),
    ),
    Trial.of(
        "count as ridge, which puts the error off",
        lambda: curve(KERNEL.spectrum(5, 3), n=2000, ridge=1e-3),
        lambda said: curve(KERNEL.spectrum(5, 40), n=2000, ridge=1e-3),
    ),
    Trial.of(
        "take it as an order of magnitude only",
        lambda: curve(MODES, n=20, ridge=1e-6),
        lambda said: curve(MODES, n=20, ridge=1.0),
    ),
    Trial.of(
        "see its bar",
        lambda: curve(KERNEL.spectrum(6), n=50, theory="perturbative", order=1),
        lambda said: bar_holds(curve(KERNEL.spectrum(6), n=50, theory="perturbative", order=1)),
    ),
    # --- the command line
    Trial.of(
        "with the order K, an integer from 0 to",
        lambda: command(*GOOD, "--theory", "perturbative"),
        lambda said: command(*GOOD, "--ridge", "10", "--theory", re.search(r"such as (\S+)", said)[1]),
    ),
    Trial.of(
        "resummed theories hold all orders",
        lambda: ft.gp_regression_action().expand("mean", 9),
        lambda said: ft.gp_regression_action().expand("mean", number(r"at most (\d+)", said) - 2),
        lambda said: curve(theory="loop-expansion", order=1),
    ),
    # --- simulation
    Trial.of(
        "such as network.ntk()",
        lambda: ft.simulate(ft.FullyConnected(2), 5, TWO, 10, repeats=2),
        lambda said: ft.simulate(ft.FullyConnected(2).ntk(), 5, TWO, 10, ridge=0.1, repeats=2),
    ),
    Trial.of(
        "such as Target(",
        lambda: ft.simulate(KERNEL, 5, {1: 1.0}, 10, repeats=2),
        lambda said: ft.simulate(
            KERNEL, 5, eval("ft." + re.search(r"such as (Target\(.*?\)) ", said)[1]), 10, repeats=2
        ),
    ),
    Trial.of(
        "or raise the limit, with",
        lambda: in_budget(lambda: KERNEL.spectrum(10, 3000), max_time=0.1),
        lambda said: in_budget(lambda: KERNEL.spectrum(10, 9), max_time=0.1),
        lambda said: in_budget(
            lambda: KERNEL.spectrum(10, 3000), max_time=number(r"ft\.budget\(max_time=(\d+)\)", said)
        ),
    ),
    Trial.of(
        "use fewer orientations or smaller n",
        lambda: ft.simulate(KERNEL, 5, TWO, 50, ridge=0.1, repeats=2, orientations=4000, max_memory=2e6),
        lambda said: ft.simulate(KERNEL, 5, TWO, 50, ridge=0.1, repeats=2, orientations=4, max_memory=2e6),
        lambda said: ft.simulate(KERNEL, 5, TWO, 1, ridge=0.1, repeats=2, orientations=4000, max_memory=2e6),
        lambda said: ft.simulate(KERNEL, 5, TWO, 50, ridge=0.1, repeats=2, orientations=4000, max_memory=1e9),
    ),
    Trial.of(
        "or raise max_memory",
        lambda: ft.simulate(KERNEL, 5, TWO, 200, ridge=0.1, repeats=2, jobs=2, max_memory=4.2e6),
        lambda said: ft.simulate(KERNEL, 5, TWO, 200, ridge=0.1, repeats=2, jobs=1, max_memory=4.2e6),
        lambda said: ft.simulate(
            KERNEL, 5, TWO, 200, ridge=0.1, repeats=2, jobs=2, orientations=4, max_memory=4.2e6
        ),
        lambda said: ft.simulate(KERNEL, 5, TWO, 20, ridge=0.1, repeats=2, jobs=2, max_memory=4.2e6),
        lambda said: ft.simulate(KERNEL, 5, TWO, 200, ridge=0.1, repeats=2, jobs=2, max_memory=1e9),
    ),
    Trial.of(
        "or leave the option out",
        lambda: command(*GOOD, "--renormalise-at", "2"),
        lambda said: command(
            *GOOD, "--ridge", "10", "--renormalise-at", "6", "--theory", "equivalent-kernel"
        ),
        lambda said: command(*GOOD),
    ),
    Trial.of(
        "put symbols in place of its inner parts",
        lambda: diagrams.Theory.scalar({4: DEEP}),
        lambda said: diagrams.Theory.scalar({4: sympy.sin(sympy.Symbol("inner"))}),
    ),
    Trial.of(
        "give the values of that part as a variable of its own",
        lambda: diagrams.compile_expression(2 * sympy.zeta(NU), [NU]),
        lambda said: diagrams.compile_expression(2 * sympy.Symbol("part"), [sympy.Symbol("part")])(1.6),
    ),
    Trial.of(
        "give the values of that part as a variable of its own",
        lambda: diagrams.compile_expression(2 * sympy.besselj(NU, 1), [NU]),
        lambda said: diagrams.compile_expression(2 * sympy.Symbol("part"), [sympy.Symbol("part")])(1.6),
    ),
    Trial.of(
        "or a list such as 50,100",
        lambda: command(*CURVE, "--target", "1:1", "--n", "50:100"),
        lambda said: command(*CURVE, "--target", "1:1", "--n", "50:100:2"),
        lambda said: command(*CURVE, "--target", "1:1", "--n", "50,100"),
    ),
    Trial.of(
        "for a single size give --n with one number",
        lambda: command(*CURVE, "--target", "1:1", "--n", "50:100:1"),
        lambda said: command(*CURVE, "--target", "1:1", "--n", "50"),
    ),
    Trial.of(
        "for degree 1 write 1:1",
        lambda: command(*CURVE, "--target", "1", "--n", "50"),
        lambda said: command(*CURVE, "--target", re.search(r"write (\S+)", said)[1], "--n", "50"),
    ),
    Trial.of(
        "pairs such as 1:1,2:0.5",
        lambda: command(*CURVE, "--target", "1:1,2", "--n", "50"),
        lambda said: command(*CURVE, "--target", re.search(r"such as (\S+)", said)[1], "--n", "50"),
    ),
    Trial.of(
        "is not a number such as 0.5 or 1/50",
        lambda: command(*GOOD, "--bias-variance", "much"),
        lambda said: command(*GOOD, "--bias-variance", "0.5"),
        lambda said: command(*GOOD, "--bias-variance", "1/50"),
    ),
    Trial.of(
        "degrees such as 1,2,3",
        lambda: command(*WILSON, "--cutoff", "first"),
        lambda said: command(*WILSON, "--cutoff", "all"),
        lambda said: command(*WILSON, "--cutoff", "3,4,5"),
    ),
    Trial.of(
        "give --format text or latex instead of",
        lambda: command("flow", "wilson", "--formula", "--json"),
        lambda said: command("flow", "wilson", "--formula", "--format", "text"),
        lambda said: command("flow", "wilson", "--formula", "--format", "latex"),
    ),
    Trial.of(
        "use --loops or --vertices",
        lambda: command("derive", "phi4", "--order", "1"),
        lambda said: command("derive", "phi4", "--loops", "1"),
        lambda said: command("derive", "phi4", "--vertices", "1"),
        lambda said: command("derive", *AS_TEXT, "--order", "1", *re.search("--small g", said)[0].split()),
    ),
    Trial.of(
        "add --fields phi, or give the name of a file",
        lambda: command("derive", *AS_TEXT[:2], "--loops", "1"),
        lambda said: command(
            "derive", *AS_TEXT[:2], "--loops", "1", *re.search("--fields phi", said)[0].split()
        ),
    ),
    # --- diagrams
    Trial.of(
        "such as [phi, phi, +]",
        lambda: diagrams.theory_from_text("", "qgraf"),
        lambda said: diagrams.theory_from_text(re.search(r"such as (\[.*?\])", said)[1], "qgraf"),
    ),
    Trial.of(
        "such as diagrams.built_in_theory('phi4')",
        lambda: diagrams.generate("phi4", ("phi",) * 2, 1),
        lambda said: list(diagrams.generate(diagrams.built_in_theory("phi4"), ("phi",) * 2, 1)),
    ),
    Trial.of(
        "Field objects, such as `[x]`",
        lambda: diagrams.Theory.from_action(X1**2 / 2, X1),
        lambda said: diagrams.Theory.from_action(X1**2 / 2, [X1]),
    ),
    Trial.of(
        "SymPy symbols, such as `[x]`",
        lambda: diagrams.compile_expression(X1**2, X1),
        lambda said: diagrams.compile_expression(X1**2, [X1])(2.0),
    ),
    Trial.of(
        "make it with `tabulate`",
        lambda: diagrams.evaluate_numbers(loops(1), 2),
        lambda said: diagrams.evaluate_numbers(diagrams.tabulate(loops(1)), 2),
    ),
    Trial.of(
        "take AngleTransform.build",
        lambda: diagrams.evaluate_sphere(diagrams.tabulate(loops(1), {sympy.Symbol("g"): 1}), [1.0], 5),
        lambda said: diagrams.evaluate_sphere(
            diagrams.tabulate(loops(1), {sympy.Symbol("g"): 1}), [1.0], ft.AngleTransform.build(5, 1)
        ),
    ),
    Trial.of(
        "count vertices or a small parameter instead",
        lambda: diagrams.generate(PHI4, ("phi",) * 2, 1, connected=False),
        lambda said: list(diagrams.generate(PHI4, ("phi",) * 2, 1, by="vertices", connected=False)),
        lambda said: list(diagrams.generate(with_coupling("g"), ("x",) * 2, 1, by="g", connected=False)),
    ),
    Trial.of(
        "give some of them to another field with the same propagators",
        lambda: many_legs("phi"),
        lambda said: many_legs("phi", "chi"),
    ),
    Trial.of(
        "leave out what the diagrams do not need",
        lambda: sixteen_fields(16),
        lambda said: sixteen_fields(15),
    ),
    Trial.of(
        "make the expansion with Expansion.of",
        lambda: diagrams.Expansion(tuple(loops(1)) * 2, (1,) * 2 * len(loops(1))),
        lambda said: diagrams.Expansion.of([*loops(1), *loops(1)]),
    ),
    Trial.of(
        "tabulate the diagram with its outer lines",
        lambda: diagrams.tabulate(diagrams.Expansion.of(loops(1)).amputated()),
        lambda said: diagrams.tabulate(diagrams.Expansion.of(loops(1))),
        lambda said: diagrams.Expansion.of(loops(1)).amputated().expression,
    ),
    Trial.of(
        "rename it",
        lambda: with_coupling("loops"),
        lambda said: with_coupling("epsilon"),
    ),
    Trial.of(
        "give the symbol itself",
        lambda: diagrams.Theory.from_action(twin_symbols(), [diagrams.Field("x")]),
        lambda said: diagrams.Theory.from_action(twin_symbols(), [sympy.Symbol("x")]),
    ),
    Trial.of(
        "evaluate_points takes more",
        lambda: four_points(
            lambda table: diagrams.evaluate_sphere(table, [1.0, 0.5], ft.AngleTransform.build(5, 1))
        ),
        lambda said: four_points(lambda table: diagrams.evaluate_points(table, np.eye(3))),
    ),
    Trial.of(
        'irreducible="monte-carlo" estimates it',
        lambda: sphere_value("error"),
        lambda said: sphere_value(re.search(r'irreducible="(.*?)"', said)[1]),
    ),
    Trial.of(
        "with a number after a colon, such as",
        lambda: ft.activation("relu:3"),
        lambda said: ft.activation(re.search(r"such as (\S+)", said)[1]),
    ),
    Trial.of(
        "must be a number after the colon, such as",
        lambda: ft.activation("sin:fast"),
        lambda said: ft.activation(re.search(r"such as (\S+)", said)[1]),
    ),
    Trial.of(
        "take a spectrum with a larger max_degree",
        lambda: KERNEL.spectrum(5, max_degree=0).bandwidth(),
        lambda said: KERNEL.spectrum(5, max_degree=5).bandwidth(),
    ),
    # --- renormalisation
    Trial.of(
        "take fewer steps",
        lambda: renormalization.migdal_kadanoff().flow(3.0, 2000),
        lambda said: renormalization.migdal_kadanoff().flow(3.0, number(r"at most (\d+)", said)),
    ),
    Trial.of(
        "rule must be a Rule, such as",
        lambda: renormalization.rsmi("majority", SPIN_CHAIN.joint([1, 2, 3], [0, 4])),
        lambda said: renormalization.rsmi(
            renormalization.Rule.majority(number(r"Rule.majority\((\d)\)", said)),
            SPIN_CHAIN.joint([1, 2, 3], [0, 4]),
        ),
    ),
    Trial.of(
        "must have a Rule, such as",
        lambda: SPIN_CHAIN.layers([1, 2, 3], [0, 4], [([(0, 1, 2)], "majority")]),
        lambda said: SPIN_CHAIN.layers(
            [1, 2, 3],
            [0, 4],
            [([(0, 1, 2)], renormalization.Rule.majority(number(r"Rule.majority\((\d)\)", said)))],
        ),
    ),
    Trial.of(
        "each a list such as",
        lambda: SPIN_CHAIN.layers([1, 2, 3], [0, 4], [([0, 1], renormalization.Rule.majority(2))]),
        lambda said: SPIN_CHAIN.layers(
            [1, 2, 3],
            [0, 4],
            [([eval(re.search(r"such as (\(.*?\))", said)[1])], renormalization.Rule.majority(2))],
        ),
    ),
    Trial.of(
        "such as FullyConnected(3).ntk()",
        lambda: renormalization.renormalised_ntk("relu", 2),
        lambda said: eval("ft." + re.search(r"such as (\S+)", said)[1]),
    ),
    Trial.of(
        "try another q_star",
        lambda: DepthFlow.critical_point(lambda x: np.tanh(x) + 0.5, q_star=0.25),
        lambda said: DepthFlow.critical_point(lambda x: np.tanh(x) + 0.5, q_star=20.0),
    ),
    Trial.of(
        "take a smooth one, such as",
        lambda: DepthFlow(np.sign, 1.0).chi_1,
        lambda said: DepthFlow(re.search(r'such as "(\w+)"', said)[1], 1.0).chi_1,
    ),
    Trial.of(
        "nearer to the critical one",
        lambda: DepthFlow("relu", 100.0).finite_width(60, 10),
        lambda said: DepthFlow("relu", 100.0).finite_width(20, 10),
        lambda said: DepthFlow("relu", 2.0).finite_width(60, 10),
    ),
    Trial.of(
        "take fewer layers, or one input",
        lambda: DepthFlow("tanh", 0.5, 0.05).finite_width(60, 10, PAIR),
        lambda said: DepthFlow("tanh", 0.5, 0.05).finite_width(3, 10, PAIR),
        lambda said: DepthFlow("tanh", 0.5, 0.05).finite_width(60, 10, 1.0),
    ),
    Trial.of(
        "take fewer layers, or two inputs at a time",
        lambda: DepthFlow("tanh", 0.5, 0.05).finite_width(60, 10, np.eye(3)),
        lambda said: DepthFlow("tanh", 0.5, 0.05).finite_width(2, 10, np.eye(3)),
        lambda said: DepthFlow("tanh", 0.5, 0.05).finite_width(4, 10, np.eye(2)),
    ),
    Trial.of(
        "from others, as their multiples do",
        lambda: DepthFlow("linear", 1.0).tangent_kernel(2, 10, [[1.0, 2.0], [2.0, 4.0]]),
        lambda said: DepthFlow("linear", 1.0).tangent_kernel(2, 10, 4.0),
    ),
    Trial.of(
        "give the power s of its leading non-analytic term theta^s instead",
        lambda: renormalization.kernel_singularity(ft.FullyConnected(2, "tanh").ntk()),
        lambda said: renormalization.kernel_singularity(math.inf),
        lambda said: renormalization.kernel_singularity(1),
    ),
    Trial.of(
        "such as (10, 1000)",
        lambda: renormalization.fitted_exponent([10, 100, 1000], [1.0, 0.1, 0.01], (-1, 1000)),
        lambda said: renormalization.fitted_exponent([10, 100, 1000], [1.0, 0.1, 0.01], (10, 1000)),
    ),
    Trial.of(
        "like those of relu networks",
        lambda: renormalization.teacher_student_exponent(math.inf, math.inf, 3),
        lambda said: renormalization.teacher_student_exponent(KERNEL, KERNEL, 3),
    ),
    Trial.of(
        "call fit(X, y)",
        lambda: WilsonFlow(MODES, 50, 0.1).compressed_model(1).predict(X),
        lambda said: WilsonFlow(MODES, 50, 0.1).compressed_model(1).fit(X, np.ones(5)).predict(X),
    ),
    Trial.of(
        "raise cutoff to",
        lambda: WilsonFlow(KERNEL.spectrum(5, 8), 4000, 1e-9, target=TWO).compressed_model(1),
        lambda said: WilsonFlow(KERNEL.spectrum(5, 8), 4000, 1e-9, target=TWO).compressed_model(
            number(r"raise cutoff to (\d+)", said)
        ),
    ),
    Trial.of(
        "outweighs the screening, the ridge lies above the naive sum: use vertex=True",
        lambda: WilsonFlow(KERNEL.spectrum(3, 14), 5, 1.0).validity(3),
        lambda said: raised_by_vertex(WilsonFlow(KERNEL.spectrum(3, 14), 5, 1.0), 3),
    ),
    Trial.of(
        "give its components as fields of their own, or local=False",
        lambda: fermions({"psibar": 2, "psi": 2}),
        lambda said: fermions({"psibar": 1, "psi": 1, "chibar": 1, "chi": 1}),
        lambda said: fermions({"psibar": 2, "psi": 2}, local=False),
    ),
    Trial.of(
        "in zero dimensions, where its square is 0",
        lambda: [each.value for each in fermions({"psibar": 2, "psi": 2}, local=False)],
        lambda said: [each.value for each in fermions({"psibar": 1, "psi": 1, "chibar": 1, "chi": 1})],
    ),
    Trial.of(
        "give its propagators and vertices to Theory",
        lambda: diagrams.theory_from_formula("x^2/2 + psibar*psi", ["x", *FERMIONS]),
        lambda said: fermions({"psibar": 1, "psi": 1}),
    ),
    Trial.of(
        '", commutative=False)',
        lambda: mass_term(*sympy.symbols("psibar psi")),
        lambda said: mass_term(*sympy.symbols("psibar psi", commutative=False)),
    ),
    Trial.of(
        '", statistics="grassmann")',
        lambda: mass_term(*sympy.symbols("psibar psi", commutative=False), named=False),
        lambda said: mass_term(*sympy.symbols("psibar psi", commutative=False)),
    ),
    Trial.of(
        "which is symmetric): give the tensor as an array",
        lambda: fermions_on_points(diagrams.FactorisedVertex([1.0], [[1.0, 2.0]])),
        lambda said: fermions_on_points(np.einsum("ij,kl->ijkl", SWAP, SWAP)),
    ),
    Trial.of(
        "give most_loops=",
        lambda: PHI4.effective_action(loops=3, most_loops=2),
        lambda said: PHI4.effective_action(loops=3, most_loops=number(r"give most_loops=(\d+)", said)),
    ),
    Trial.of(
        "take more derivatives, Theory.from_action",
        lambda: expanded(4).effective_action(loops=3),
        lambda said: expanded(number(r"degree=(\d+)", said)).effective_action(loops=3),
    ),
    Trial.of(
        "spectrum must reach the horizon",
        lambda: WilsonFlow(KERNEL.spectrum(5, 2), 4000, 1e-6).horizon(),
        lambda said: WilsonFlow(KERNEL.spectrum(5, 60), 4000, 1e-6).horizon(),
    ),
    Trial.of(
        "must be sites such as",
        lambda: command(*RULE, "--block", "a"),
        lambda said: command(*RULE, "--block", "2,2"),
        lambda said: command(*RULE, "--block", "2,2:3,3", "--buffer", "0"),
        lambda said: command(*RULE[:2], "--shape", "6", "--block", "2:3"),
    ),
    Trial.of(
        "must be a number, or some such as",
        lambda: command(*BOND, "--coupling", "x"),
        lambda said: command(*BOND, "--coupling", "0.4,0.5"),
    ),
)
PAIR = np.array([[1.0, 0.9], [0.9, 1.0]])


def loops(order: int) -> list[Any]:
    return list(diagrams.generate(PHI4, ("phi",) * 2, order))


SWAP = np.array([[0.0, 1.0], [-1.0, 0.0]])


def mass_term(psibar: sympy.Symbol, psi: sympy.Symbol, named: bool = True) -> diagrams.Theory:
    """The theory of psibar psi, its fields declared or left as symbols."""
    return diagrams.Theory.from_action(-psi * psibar, FERMIONS if named else [psibar, psi])


def fermions(legs: dict[str, int], local: bool = True) -> list[diagrams.Diagram]:
    """The vacuum diagrams of one vertex."""
    names = ("psi", "psibar", "chi", "chibar")
    fields = [diagrams.Field(name, name, "grassmann") for name in names]
    lines = [diagrams.Propagator(a, f"{a}bar", f"S_{a}", directed=True, value=1) for a in ("psi", "chi")]
    theory = diagrams.Theory(fields, lines, [diagrams.Vertex("v", legs, 1, local=local)])
    return list(diagrams.generate(theory, (), 1, by="vertices"))


def fermions_on_points(tensor: Any) -> Any:
    table = diagrams.tabulate(fermions({"psibar": 2, "psi": 2}, local=False))
    lines = {("psi", "psibar"): np.eye(2), ("chi", "chibar"): np.eye(2)}
    return diagrams.evaluate_points(table, lines, vertices={"v": tensor})


def expanded(degree: int) -> diagrams.Theory:
    x = sympy.Symbol("x")
    return diagrams.Theory.from_action(sympy.cosh(x), [x], degree=degree)


def with_coupling(name: str) -> diagrams.Theory:
    x, g = sympy.Symbol("x"), sympy.Symbol(name)
    return diagrams.Theory.from_action(x**2 / 2 + g * x**4 / 24, [x], small=[g])


def twin_symbols() -> sympy.Expr:
    x, other = sympy.Symbol("x"), sympy.Symbol("x", positive=True)
    return x**2 / 2 + other * x**4 / 24


def from_three_points(n: int, **options: Any) -> ft.GramSimulation:
    return ft.simulate_gram(np.diag([3.0, 2.0, 1.0]), [1.0, 2.0, 3.0], n, ridge=0.1, repeats=50, **options)


def orders_of(theory: str) -> int | None:
    """The highest order, None for a theory without orders."""
    return None if theory == "auto" else replicas.THEORIES[theory].highest_order


def registered(name: str) -> None:
    """Of no use; taken back at once."""
    known = replicas.THEORIES["self-consistent"]
    replicas.register_theory(replace(known, name=name))
    replicas.unregister_theory(name)


def known_activation(name: str) -> None:
    """Of no use; taken back at once."""
    register_activation(ft.Activation.from_function(name, np.tanh))
    unregister_activation(name)


def bar_holds(found: ft.LearningCurve) -> None:
    """It reaches to the best theory."""
    best = curve(KERNEL.spectrum(6), n=found.n)
    assert found.error_bar is not None
    assert (found.error_bar >= np.abs(found.error - best.error)).all()


def raised_by_vertex(flow: WilsonFlow, cutoff: int) -> None:
    """The ridge with its vertex is larger than without, and above the naive sum."""
    assert flow.at(cutoff, vertex=True).ridge > flow.at(cutoff).ridge_naive
    assert flow.truncated_kernel(cutoff, vertex=True).ridge == flow.at(cutoff, vertex=True).ridge


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{k}: {trial.words}" for k, trial in enumerate(TRIALS)])
def test_remedy(trial: Trial) -> None:
    """The message comes; after each remedy it does not, nor an error."""
    said = said_by(trial.provoke)
    assert trial.words in said
    for remedy in trial.remedies:
        found = remedy(said)
        assert trial.words not in "\n".join(getattr(found, "warnings", ()))


# A sentence after the value that was refused, an imperative, or an example
PROPOSAL = re.compile(
    r"\)[:;,] [a-z]|; (?!rounding)[a-z]+ |such as [^(]|\(give"
    r"|: (use|add|give|take|leave|raise|truncate|call|write|see) "
)
# what has the form of a proposal and is none, or can't be followed from inside Python
EXEMPT = {
    "SphereProjection() before it": "tried in workbench/estimators, with scikit-learn",
    "or an interval such as 0:2": "tried in workbench/optimisation/test_optimise_command.py",
    "their changes are underestimates": "a result",
    "scheduler must be": "tried by commands, in workbench/sweep, and on a cluster behind certificates",
    "has format {}; this version reads {}": "says what the number means",
    "of this sweep: use resume=True to go on with it": "tried in workbench/sweep/test_store.py",
    "if that has ended, use break_lock=True": "tried in workbench/sweep/test_store.py",
    "resume must be False without a store": "tried in workbench/sweep/test_store.py",
    "or a function that can be imported by name, to travel": "tried in workbench/sweep/test_sweep.py",
    "must be powers by degree, such as": "tried from files, in workbench/sweep/test_sweep_command.py",
    "must be a:b (all integers from a to b), a:b:step": "tried in workbench/regimes, by commands",
    "ended before a minimum was reached: raise --iterations": "tried in workbench/regimes/test_jamming.py",
    "must be a:b:k (k values from a to b) or a list such as 0.5": "tried in workbench/regimes, by commands",
    "kernel must be given as": "tried on the command line, in workbench/test_own_data.py",
    "must be such as": "tried on the command line, in workbench/test_cli_refusals.py",
    "set NUMBA_CACHE_DIR": "tried in processes of their own: tests/fieldtheory/test_compiled.py",
    "a process that simulated was killed": "tried by a killed process: tests/processes/test_ends.py",
    "a row for each row of {}": "says what the shape means",
    "a row for each test point": "says what the shape means",
    "of the hidden layers here that is positive definite": "no problem is known that ends there",
    "exponent valid": "a result",
    "the saddle point's amplitude": "a result",
    "plain LaTeX such as": "tried in diagrams/test_theory_file.py, from files",
    "reduce with a": "for those who write the engine",
    "evaluate them on a sphere": "for those who write the engine",
    "first on sys.path": "tried in fieldtheory/test_shadowing.py, with a process",
    "an environment of its own": "tried in fieldtheory/test_shadowing.py, with a process",
    "write `flow.phi`": "tried in test_faces.py",
    "write `from ": "tried in test_faces.py, for every name",
    "max_{} must be such as": "tried in workbench/test_cli_budget.py, as options",
    "finite (got ": "says what a scalar is",
    "arXiv": "a reference",
}


def literals(tree: ast.AST) -> Iterator[str]:
    """Text in the code, but docstrings and help; {} for what is filled in."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and isinstance(node.body[0:1], list):
            skipped |= {id(each.value) for each in node.body[:1] if isinstance(each, ast.Expr)}
        elif isinstance(node, ast.JoinedStr):
            skipped |= {id(each) for each in ast.walk(node) if each is not node}
        elif isinstance(node, ast.keyword) and node.arg in ("help", "epilog"):
            skipped |= {id(each) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_proposal_is_tried() -> None:
    """No message of the tree proposes what is not among the trials; no exemption is for nothing."""
    proposals = [
        text
        for package in ("fieldtheory", "diagrams", "replicas", "renormalization")
        for file in sorted((ROOT / package).rglob("*.py"))
        if file.parent.name != "chapters"  # of exercises: lessons, which raise nothing
        for text in literals(ast.parse(file.read_text(encoding="utf-8")))
        if len(text) > 25 and PROPOSAL.search(text)
    ]
    known = [trial.words for trial in TRIALS] + list(EXEMPT)
    assert [text for text in proposals if not any(words in text for words in known)] == []
    assert [words for words in EXEMPT if not any(words in text for text in proposals)] == []
