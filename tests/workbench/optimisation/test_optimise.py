"""The optimum of predicted learning curves: against grids, drawn data sets, and exact symmetries."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fieldtheory as ft
from fieldtheory.workbench.optimisation.flat_directions import flat_directions
from fieldtheory.workbench.optimisation.search_space import Interval

BOTH = ft.Target({1: 0.5, 2: 0.5})
# task, and how many points a grid has along an interval
PROBLEMS: dict[str, dict[str, Any]] = {
    "issue": {
        "target": BOTH,
        "dim": 30,
        "n": 500,
        "hidden_layers": range(1, 7),
        "bias_variance": (0.0, 2.0),
        "weight_variance": 1.5,
        "ridge": 0.01,
    },
    "noise and ridge": {
        "target": ft.Target({1: 0.7, 3: 0.3}),
        "dim": 10,
        "n": 100,
        "hidden_layers": range(1, 5),
        "weight_variance": 2.0,
        "label_noise": 0.2,
        "ridge": (1e-3, 10.0),
    },
    "constant and even": {
        "target": ft.Target({0: 0.2, 2: 0.8}),
        "dim": 15,
        "n": 60,
        "hidden_layers": [1, 2, 3],
        "weight_variance": (0.5, 4.0),
        "bias_variance": (0.0, 2.0),
        "ridge": 0.05,
    },
    "activations": {
        "target": ft.Target({1: 1.0}),
        "dim": 50,
        "n": 100,
        "hidden_layers": [1, 2, 3],
        "activation": ["relu", "erf"],
        "weight_variance": 1.5,
        "bias_variance": (0.0, 1.0),
        "label_noise": 0.3,
        "ridge": 0.3,
    },
    "kernels": {
        "target": ft.Target({1: 0.3, 2: 0.3, 4: 0.4}),
        "dim": 6,
        "n": 120,
        "hidden_layers": range(1, 4),
        "kernel": ["ntk", "nngp"],
        "weight_variance": 2.0,
        "input_scale": (0.05, 20.0),
        "bias_variance": 0.2,
        "label_noise": 0.01,
        "ridge": 0.001,
    },
    "inside": {
        "target": ft.Target({2: 1.0}),
        "dim": 12,
        "n": 200,
        "hidden_layers": [1, 2],
        "activation": "erf",
        "weight_variance": (0.3, 20.0),
        "label_noise": 0.05,
        "ridge": 0.05,
    },
}


def grid_of(problem: dict[str, Any]) -> ft.Sweep:
    """Every choice, and at least 200 points: even ones and even logarithms in each interval."""
    intervals = {name: value for name, value in problem.items() if isinstance(value, tuple)}
    count = 70 if len(intervals) == 1 else 9
    axes: dict[str, Any] = {}
    for name, value in problem.items():
        if isinstance(value, tuple):
            low, high = value
            many = [np.linspace(low, high, count), np.geomspace(max(low, 1e-3), high, count)]
            axes[name] = np.unique(np.concatenate(many))
        elif isinstance(value, list | range):
            axes[name] = value
    return ft.sweep(axes, **{name: value for name, value in problem.items() if name not in axes})


def simulated(problem: dict[str, Any], parameters: Any, n: Any = None, repeats: int = 20) -> ft.Simulation:
    """Exact regression on data sets that no theory saw."""
    names = ("hidden_layers", "activation", "weight_variance", "bias_variance", "input_scale")
    network = ft.FullyConnected(**{name: parameters[name] for name in names})
    kernel = network.ntk() if parameters["kernel"] == "ntk" else network.nngp()
    return ft.simulate(
        kernel,
        problem["dim"],
        problem["target"],
        [problem["n"]] if n is None else n,
        ridge=parameters["ridge"],
        label_noise=problem.get("label_noise", 0.0),
        repeats=repeats,
        seed=17,
        jobs=1,
    )


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_grid_is_found_or_beaten(name: str) -> None:
    """error(optimum) <= min over the grid; simulated no worse, to 2 standard errors"""
    problem = PROBLEMS[name]
    best, grid = ft.optimise(**problem), grid_of(problem)
    assert grid.grid.points >= 200
    on_grid = grid.best()
    assert isinstance(on_grid, ft.SweepOptimum)
    assert best.trusted
    assert best.error <= on_grid.error * (1 + 1e-9)
    theirs = best.parameters | dict(on_grid.parameters)
    # of the same draws, one by one: the two differ by less than each of them does from its mean
    ours, other = simulated(problem, best.parameters), simulated(problem, theirs)
    spread = math.hypot(ours.error_stderr[0], other.error_stderr[0])
    assert ours.error[0] <= other.error[0] + 2 * spread
    assert best.error == pytest.approx(ours.error[0], abs=best.error_bar + 3 * ours.error_stderr[0])


def test_default_and_gain() -> None:
    """gain = error(FullyConnected(hidden_layers=3) as it comes)/error, each that of `learning_curve`"""
    problem = PROBLEMS["noise and ridge"]
    best = ft.optimise(**problem)
    spectrum = ft.FullyConnected(hidden_layers=3).ntk().spectrum(problem["dim"])
    usual = ft.learning_curve(spectrum, problem["target"], problem["n"], label_noise=0.2)
    ours = ft.learning_curve(
        best.network.ntk().spectrum(problem["dim"]),
        problem["target"],
        problem["n"],
        best.parameters["ridge"],
        0.2,
    )
    assert best.default.error == pytest.approx(usual.error[0], rel=1e-12)
    assert (best.error, best.error_bar) == pytest.approx((ours.error[0], ours.error_bar[0]), rel=1e-12)
    assert best.gain == pytest.approx(usual.error[0] / ours.error[0], rel=1e-12)
    assert (best.value, best.bar, best.n) == (best.error, best.error_bar, problem["n"])
    assert best.references
    assert repr(best).startswith("Optimum(hidden_layers ")


@pytest.mark.parametrize(
    "problem",
    [
        {
            "target": BOTH,
            "dim": 8,
            "hidden_layers": [1, 2, 3],
            "ridge": (0.01, 1.0),
            "weight_variance": 2.0,
            "label_noise": 0.1,
            "goal": 0.25,
        },
        {"target": ft.Target({2: 1.0}), "dim": 10, "activation": ["relu", "erf"], "ridge": 0.05, "goal": 0.3},
    ],
)
def test_samples_that_reach_a_goal(problem: dict[str, Any]) -> None:
    """Simulated error(N) <= goal within 2 standard errors, error(0.9 N) > goal by more than 2"""
    goal = problem.pop("goal")
    best = ft.optimise(**problem, objective="samples", goal=goal)
    assert best.value == best.n == int(best.n)
    assert best.error <= goal
    assert best.gain == best.default.value / best.value >= 1
    n = [int(best.n), round(0.9 * best.n)]
    found = simulated(problem, best.parameters, n, repeats=60)
    assert found.error[0] <= goal + 2 * found.error_stderr[0]
    assert found.error[1] > goal + 2 * found.error_stderr[1]
    curve = ft.learning_curve(
        best.kernel.spectrum(problem["dim"]),
        problem["target"],
        [best.n, best.n - 1],
        best.parameters["ridge"],
        problem.get("label_noise", 0.0),
    )
    assert curve.error[0] <= goal < curve.error[1]


def test_a_goal_that_some_choices_never_reach() -> None:
    """A linear network learns degree 1 only: with degree 2 in the target its N is infinite, and it loses."""
    best = ft.optimise(
        BOTH, 10, hidden_layers=[0, 1], objective="samples", goal=0.2, bias_variance=0.1, label_noise=0.1
    )
    assert best.parameters["hidden_layers"] == 1
    with pytest.raises(ValueError, match=r"goal must be reached at some n up to 1e\+09 \(got 0.2; the small"):
        ft.optimise(BOTH, 10, hidden_layers=0, ridge=[0.1, 1.0], objective="samples", goal=0.2)


def test_a_function_of_the_curve() -> None:
    """The worst of two sizes, by a function, against every point by `learning_curve`"""
    target, sizes = BOTH, [30, 200]
    best = ft.optimise(
        target,
        8,
        sizes,
        hidden_layers=[1, 2, 3],
        ridge=(0.01, 3.0),
        label_noise=0.1,
        objective=lambda curve: float(curve.error.max()),
    )
    values = [
        ft.learning_curve(ft.FullyConnected(layers).ntk().spectrum(8), target, sizes, ridge, 0.1).error.max()
        for layers in (1, 2, 3)
        for ridge in np.geomspace(0.01, 3, 21)
    ]
    assert best.value <= min(values) * (1 + 1e-9)
    assert best.n == 200


@settings(max_examples=12)
@given(
    layers=st.integers(0, 3),
    kernel=st.sampled_from(["ntk", "nngp"]),
    activation=st.sampled_from(["relu", "abs", "leaky_relu", "linear"]),
    bias=st.sampled_from([0.0, 0.3]),
    ridge=st.sampled_from([0.0, 0.2]),
    factor=st.floats(0.5, 2.0),
)
def test_flat_directions_are_flat(
    layers: int, kernel: str, activation: str, bias: float, ridge: float, factor: float
) -> None:
    """error(c^p x) = error(x) along every direction, by `learning_curve` at other points of it"""
    ends = {"weight_variance": (0.01, 100.0), "input_scale": (0.01, 100.0)}
    ends |= {"bias_variance": (0.0, 100.0)} if bias else {}
    ends |= {"ridge": (0.001, 100.0)} if ridge else {}
    parameters = {
        "kernel": kernel,
        "activation": activation,
        "hidden_layers": layers,
        "weight_variance": 1.3,
        "bias_variance": bias,
        "input_scale": 0.8,
        "ridge": ridge,
    }
    directions = flat_directions(parameters, {name: Interval(*each) for name, each in ends.items()})
    # without bias w and s, with bias b and s, without layers b and w s: each with the ridge, if there is one
    assert len(directions) == 2 - (layers > 0 and bias > 0)
    errors = []
    for direction in (None, *directions):
        moved = dict(parameters)
        for name, power in direction.powers.items() if direction else ():
            moved[name] *= factor**power
        names = ("hidden_layers", "activation", "weight_variance", "bias_variance", "input_scale")
        network = ft.FullyConnected(**{name: moved[name] for name in names})
        spectrum = (network.ntk() if kernel == "ntk" else network.nngp()).spectrum(6, 12)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of degrees where a kernel vanishes
            curve = ft.learning_curve(spectrum, BOTH, 40, moved["ridge"], 0.1, "self-consistent")
        errors.append(curve.error[0])
    assert errors == pytest.approx([errors[0]] * len(errors), rel=1e-7)


def test_flat_directions_in_words() -> None:
    """Without ridge only b/s counts: of the line of optima the point next to s = 1 is given"""
    found = ft.optimise(
        ft.Target({0: 0.3, 1: 0.7}),
        10,
        40,
        hidden_layers=2,
        bias_variance=(0.0, 2.0),
        input_scale=(0.1, 10.0),
        label_noise=0.05,
    )
    assert found.flat == ("input_scale times c and bias_variance times c: the error does not change",)
    bias, scale = found.parameters["bias_variance"], found.parameters["input_scale"]
    assert scale == pytest.approx(1.0) or bias == pytest.approx(2.0)
    fixed = ft.optimise(
        ft.Target({0: 0.3, 1: 0.7}),
        10,
        40,
        hidden_layers=2,
        bias_variance=(0.0, 20.0),
        input_scale=1.0,
        label_noise=0.05,
    )
    assert fixed.flat == ()
    assert found.error == pytest.approx(fixed.error, rel=1e-5)
    assert bias / scale == pytest.approx(fixed.parameters["bias_variance"], rel=0.05)


def test_choices_within_the_bar_are_tied() -> None:
    """Tied: every choice whose interval error +- bar meets that of the best; alike kernels all are."""
    problem = {"target": BOTH, "dim": 10, "n": 50, "ridge": 0.1, "label_noise": 0.1, "weight_variance": 2.0}
    best = ft.optimise(**problem, hidden_layers=[1, 2, 3, 4])
    grid = ft.sweep({"hidden_layers": [1, 2, 3, 4]}, **problem)
    on_grid = grid.best()
    assert isinstance(on_grid, ft.SweepOptimum)
    assert [each["hidden_layers"] for each in best.tied] == [each["hidden_layers"] for each in on_grid.tied]
    same = ft.optimise(BOTH, 10, 50, hidden_layers=2, input_scale=[1.0, 2.0, 4.0], label_noise=0.1)
    assert [each["input_scale"] for each in same.tied] in ([2.0, 4.0], [1.0, 4.0], [1.0, 2.0])


def test_what_the_theory_does_not_know_never_wins_silently() -> None:
    """Where bars are above half of the error everywhere a warning says so, and `trusted` is False"""
    lost = {"target": ft.Target({2: 1.0}), "dim": 2, "n": 300, "theory": "equivalent-kernel"}
    lost["max_degree"] = 60
    best = ft.optimise(**lost, hidden_layers=[1, 2], ridge=0.0)
    assert not best.trusted
    assert best.warnings[0].startswith("the theory has no solution, or a bar above half of its error, at ev")
    # an interval of ridges of which only a part is known: the best of that part, and the lower value is said
    some = ft.optimise(**lost, hidden_layers=1, ridge=(0.0, 1000.0))
    assert some.trusted
    assert some.error_bar <= some.error / 2
    grid = ft.sweep({"ridge": np.geomspace(1e-3, 1000, 200)}, **lost, hidden_layers=1)
    on_grid = grid.best()
    assert isinstance(on_grid, ft.SweepOptimum)
    assert on_grid.trusted
    assert some.error <= on_grid.error * (1 + 1e-3)
    assert float(grid["error"].min()) < some.error
    assert any(text.startswith("a lower value") for text in some.warnings)
    assert some.tied[-1]["ridge"] < some.parameters["ridge"]


def test_landscape_and_picture() -> None:
    best = ft.optimise(**PROBLEMS["constant and even"])
    assert best.landscape.dims == ("weight_variance", "bias_variance", "hidden_layers")
    assert best.landscape["error"].min() == pytest.approx(best.error, rel=1e-9)
    assert best.plot().get_xlabel() == r"weight variance $\sigma_w^2$"
    lines = ft.optimise(**PROBLEMS["noise and ridge"]).plot()
    assert len(lines.get_legend().get_texts()) == 5  # depths, and the default
    choices = ft.optimise(BOTH, 10, 50, activation=["relu", "erf"], hidden_layers=[1, 2]).plot()
    assert choices.get_xlabel() == "activation"


FIXED: dict[str, Any] = {"target": BOTH, "dim": 10, "n": 50, "hidden_layers": [1, 2]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bias_variance": (2.0, 0.0)}, "bias_variance must be an interval (low, high) with low below high"),
        (
            {"bias_variance": (0.0, 1.0, 2.0)},
            "bias_variance must be an interval (low, high) where it is a tu",
        ),
        ({"bias_variance": (0.0, math.nan)}, "bias_variance must be finite and at least 0 (got nan)"),
        ({"hidden_layers": []}, "hidden_layers must have at least one value"),
        ({"hidden_layers": (1, 6)}, "hidden_layers must be one value, or several as range(1, 7)"),
        ({"weight_variance": (0.0, 1.0)}, "weight_variance must be finite and greater than 0"),
        ({"kernel": "ntkk"}, "kernel must be one of 'ntk', 'nngp'"),
        ({"n": 0}, "n must be finite and positive"),
        ({"n": None}, "n must be given"),
        ({"n": [10, 20]}, "n must be one number for objective='error'"),
        ({"target": {1: 1.0}}, "target must be a Target"),
        ({"target": ft.Target({999: 1.0})}, "target must have no power above degree"),
        ({"objective": "eror"}, "did you mean 'error'"),
        ({"objective": lambda curve: math.nan}, "objective must return a finite number (got nan)"),
        ({"objective": len}, "objective must be a function that takes a LearningCurve"),
        ({"objective": lambda curve: None}, "objective must return a finite number (got None)"),
        ({"objective": "samples", "n": None}, "goal must be given"),
        ({"objective": "samples", "goal": 0.1}, "n must be left out"),
        ({"objective": "samples", "n": None, "goal": 0.0}, "goal must be finite and greater than 0"),
        ({"goal": 0.1}, "goal must be left out but with objective='samples'"),
        ({"objective": "evidence"}, "ridge must be positive for objective='evidence'"),
        ({"objective": "evidence", "ridge": (0.0, 1.0)}, "ridge must be positive for objective='evidence'"),
        ({"theory": "auto", "order": 2}, "order must be None"),
        ({"ensemble": "posson"}, "ensemble must be one of"),
        ({"label_noise": -1.0}, "label_noise must be"),
        ({"hidden_layers": 2}, "must be a list (a choice) or a pair of numbers in a tuple"),
        ({"hidden_layers": range(1, 10**9)}, "hidden_layers"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        ft.optimise(**FIXED | changes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_evidence_finds_the_ridge_of_the_labels() -> None:
    """A target as the kernel draws it, g_l^2 = deg(l) lambda_l: most evidence at ridge = label noise"""
    kernel = ft.FullyConnected(2, "erf", 2.0, 0.1).ntk()
    spectrum = kernel.spectrum(6, 12)
    target = ft.Target(dict(enumerate(spectrum.degree_traces.tolist())), spectrum.tail)
    best = ft.optimise(
        target,
        6,
        100,
        hidden_layers=2,
        activation="erf",
        weight_variance=2.0,
        bias_variance=0.1,
        ridge=(0.01, 10.0),
        label_noise=0.3,
        objective="evidence",
        max_degree=12,
    )
    assert best.parameters["ridge"] == pytest.approx(0.3, rel=0.02)
    assert best.objective == "evidence"
    assert best.value > -math.inf
