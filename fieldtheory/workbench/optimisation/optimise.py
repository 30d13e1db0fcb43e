"""Hyper-parameters chosen by predicted learning curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

import numpy as np

from fieldtheory.arguments import (
    ENSEMBLES,
    require_choice,
    require_dimension,
    require_integer,
    require_number,
    require_sizes,
    require_variance,
)
from fieldtheory.budgets import require_budget
from fieldtheory.counted import counted
from fieldtheory.shown_value import shown
from fieldtheory.spectrum import default_max_degree
from fieldtheory.targets import Target
from fieldtheory.workbench.curves.learning_problem import Ensemble
from fieldtheory.workbench.optimisation.flat_directions import flat_directions
from fieldtheory.workbench.optimisation.objectives import (
    MOST_POINTS,
    OBJECTIVES,
    Estimate,
    Regression,
    estimate_at,
    of_function,
)
from fieldtheory.workbench.optimisation.optimum import Optimum, Setting, shown_parameter
from fieldtheory.workbench.optimisation.search import Found, Search
from fieldtheory.workbench.optimisation.search_space import DEFAULT, SearchSpace
from replicas.theories.registry import AUTO, THEORIES


def optimise(
    target: Target,
    dim: int,
    n: Any = None,
    *,
    hidden_layers: Any = 3,
    weight_variance: Any = 1.0,
    bias_variance: Any = 0.0,
    input_scale: Any = 1.0,
    activation: Any = "relu",
    kernel: Any = "ntk",
    ridge: Any = 0.0,
    label_noise: float = 0.0,
    objective: Literal["error", "samples", "evidence"] | Callable[..., Any] = "error",
    goal: float | None = None,
    theory: str = AUTO,
    order: int | None = None,
    ensemble: Ensemble = "fixed",
    max_degree: int | None = None,
) -> Optimum:
    """The network and the ridge with the best predicted learning curve.

    `hidden_layers` to `ridge`: a scalar is fixed, a list or range a choice, a pair of numbers in a tuple an
    interval (of the variances, the input scale and the ridge). `objective`: "error" at n points; "samples",
    the smallest N at which the error is at most `goal` (no n then); "evidence", the logarithm of the marginal
    likelihood averaged over data sets of n points, which needs a ridge; or a function of a `LearningCurve`
    over all sizes in n, of which less is better. All else as in `learning_curve`; `max_degree`: of the
    spectra.

    Every combination of the choices is looked at on a lattice of its intervals, and descents start from the
    lowest points. A point at which the theory has no solution, or whose bar is above half of its error, wins
    only where all are so, and then a warning says so.

    ValueError for bad values, before any work, for a goal that no N up to 1e9 reaches, and for an objective
    that returns no finite number.

    Equation: self-consistent-kappa, ring-sum, mean-evidence

    >>> best = optimise(Target({1: 0.5, 2: 0.5}), dim=30, n=500, hidden_layers=range(1, 7),
    ...                 bias_variance=(0.0, 2.0), weight_variance=1.5, ridge=0.01)
    >>> best
    Optimum(hidden_layers 1, bias_variance 0: error 0.1626, gain 1.91)
    """
    task = _task(target, n, label_noise, theory, order, ensemble, objective, goal)
    dim = require_dimension(dim)
    degrees = None if max_degree is None else require_integer("max_degree", max_degree, minimum=0)
    given = {
        "kernel": kernel,
        "activation": activation,
        "hidden_layers": hidden_layers,
        "weight_variance": weight_variance,
        "bias_variance": bias_variance,
        "input_scale": input_scale,
        "ridge": ridge,
    }
    space = SearchSpace.of(given)
    name = objective if isinstance(objective, str) else "function"
    if name == "evidence":
        _require_ridge(space)
    held = default_max_degree(dim) if degrees is None else degrees
    if task.target.max_degree > held:
        raise ValueError(
            f"target must have no power above degree {held}, where the spectra end "
            f"(got degree {task.target.max_degree}): raise max_degree to {task.target.max_degree}"
        )
    _require_time(space, held)
    search = Search(space, dim, degrees, task, OBJECTIVES.get(name, of_function))
    found = search.run()
    return _optimum(search, found, name)


def _task(
    target: Any,
    n: Any,
    label_noise: Any,
    theory: Any,
    order: Any,
    ensemble: Any,
    objective: Any,
    goal: Any,
) -> Regression:
    """What does not vary, as it is used; ValueError names what is wrong."""
    if not isinstance(target, Target):
        raise ValueError(f"target must be a Target, such as Target({{1: 1.0}}) (got {shown(target)})")
    if not callable(objective):
        require_choice("objective", objective, OBJECTIVES)
    if objective == "samples":
        if n is not None:
            raise ValueError(f"n must be left out with objective='samples', which seeks it (got {shown(n)})")
        if goal is None:
            raise ValueError("goal must be given with objective='samples': the error that is to be reached")
        goal = require_number("goal", goal, exclusive=True)
        sizes = np.array([MOST_POINTS])
    else:
        if goal is not None:
            raise ValueError(f"goal must be left out but with objective='samples' (got {shown(goal)})")
        if n is None:
            raise ValueError("n must be given, the number of training points")
        goal, sizes = 0.0, require_sizes(n)
        if len(sizes) > 1 and not callable(objective):
            raise ValueError(
                f"n must be one number for objective={objective!r}; a function of the curve takes several "
                f"(got {len(sizes)})"
            )
    require_choice("theory", theory, (*THEORIES, AUTO))
    if theory != AUTO:
        order = THEORIES[theory].require_order(order)
    elif order is not None:
        raise ValueError(f'order must be None for theory="auto", which chooses (got {shown(order)})')
    return Regression(
        target,
        sizes,
        require_variance("label_noise", label_noise),
        theory,
        order,
        cast(Ensemble, require_choice("ensemble", ensemble, ENSEMBLES)),
        goal,
        objective if callable(objective) else None,
    )


def _require_ridge(space: SearchSpace) -> None:
    values = [space.fixed.get("ridge", 1.0), *space.choices.get("ridge", ())]
    lows = [space.intervals["ridge"].low] if "ridge" in space.intervals else []
    if min([*values, *lows]) <= 0:
        raise ValueError(
            "ridge must be positive for objective='evidence', as labels without noise have no density "
            f"(got {min([*values, *lows]):g})"
        )


def _require_time(space: SearchSpace, degrees: int) -> None:
    points = math.prod(map(len, space.choices.values())) * len(space.lattice()) + 500
    require_budget(
        f"{counted(points, 'point')} of the lattice",
        seconds=points * (1e-4 + 1e-6 * degrees),
        memory=points * 3000.0,
        smaller="the number of values of a choice, or max_degree",
    )


def _optimum(search: Search, found: Sequence[Found], name: str) -> Optimum:
    """The best point moved along flat directions to the defaults, beside the default."""
    task, first = search.task, found[0]
    if name == "samples" and math.isinf(first.estimate.loss):
        raise ValueError(
            f"goal must be reached at some n up to {MOST_POINTS:g} (got {task.goal:g}; the smallest error "
            f"there is {min(point.estimate.error for point in found):.3g})"
        )
    flat = flat_directions(first.parameters, search.space.intervals)
    parameters = dict(first.parameters)
    for direction in flat:
        parameters = direction.moved(parameters, search.space.intervals)
    fixed = search.space.fixed
    usual = DEFAULT | {key: fixed[key] for key in ("kernel", "ridge") if key in fixed}
    if name == "evidence" and not usual["ridge"]:
        usual["ridge"] = parameters["ridge"]
    ours, theirs = search.estimates([parameters, usual])
    best, default = _setting(parameters, ours), _setting(usual, theirs)
    tied = [point.parameters for point in found[1:] if _reaches(point.estimate, ours)]
    lower = min(
        (each for each in search.points if not each.estimate.trusted),
        key=lambda each: each.estimate.loss,
        default=None,
    )
    if not ours.trusted:
        task.say(
            [
                "the theory has no solution, or a bar above half of its error, at every point that was "
                "looked at: the best of them may not be best"
            ]
        )
    elif lower is not None and lower.estimate.loss < ours.loss:
        if lower.parameters not in tied:
            tied.append(lower.parameters)
        where = [f"{key} {shown_parameter(lower.parameters[key])}" for key in search.space.varied]
        task.say(
            [
                f"a lower value, {lower.estimate.value:.4g}, is left out, as the theory isn't to be trusted "
                f"there: {', '.join(where)}"
            ]
        )
    spectrum = search.spectra([parameters])[0]
    estimate_at(task, spectrum, parameters["ridge"], best.n)
    task.say(search.said)
    return Optimum(
        **vars(best),
        objective=name,
        default=default,
        gain=theirs.loss / ours.loss if name == "samples" else _ratio(default.error, best.error),
        tied=tuple(tied),
        flat=tuple(map(str, flat)),
        evaluations=search.evaluations,
        references=tuple(task.references),
        warnings=tuple(task.warnings.values()),
        space=search.space,
        task=task,
        dim=search.dim,
        max_degree=search.max_degree,
    )


def _reaches(other: Estimate, best: Estimate) -> bool:
    return other.loss - other.bar <= best.loss + best.bar


def _ratio(default: float, best: float) -> float:
    return default / best if best > 0 else (1.0 if default <= 0 else math.inf)


def _setting(parameters: dict[str, Any], found: Estimate) -> Setting:
    return Setting(parameters, found.value, found.bar, found.error, found.error_bar, found.n, found.trusted)
