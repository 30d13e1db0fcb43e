"""Every theory of the posterior beside sampled networks and exact linear ones, for docs/finite_width.md.

`python -m tests.renormalization.feature_learning.posterior_accuracy` prints them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

import fieldtheory as ft
from renormalization import POSTERIOR_THEORIES, linear_posterior
from renormalization.feature_learning.assessment import judged_posterior
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from tests.renormalization.feature_learning.posterior_rows import (
    root_mean_square,
    row_problem,
    sampled_mean,
)

SAMPLED = (
    *("adaptive.80-1", "adaptive.20-4", "adaptive.20-20", "adaptive.relu.20-1", "adaptive.relu.20-20"),
    *("adaptive.erf.two-outputs.20-20", "adaptive-deep.erf.20-20-1", "adaptive-deep.erf.20-20-20"),
    "adaptive-deep.relu.20-20-1",
)
LINEAR = ((40, 60, 100, 1), (40, 60, 100, 100), (80, 120, 100, 1), (20, 200, 50, 1), (20, 200, 50, 50))


def theories(problem: PosteriorProblem) -> Iterable[str]:
    """Names of those that have an answer, and "auto"."""
    return (*(name for name, row in POSTERIOR_THEORIES.items() if not row.refused(problem)), "auto")


def sampled_table() -> None:
    """Root mean square over points of |theory - sampling|, and how often the bar covers it."""
    names = [name for name in (*POSTERIOR_THEORIES, "auto") if name != "exact"]
    print("| network, n, χ |", " | ".join(f"`{name}`" for name in names), "| noise |")
    print("|---" * (len(names) + 2) + "|")
    covered: dict[str, list[bool]] = {name: [] for name in names}
    seconds = dict.fromkeys(names, 0.0)
    for row in SAMPLED:
        problem, (mean, stderr) = row_problem(row), sampled_mean(row)
        if problem.depth > 1:
            problem = replace(problem, nodes=2**13)
        found = dict.fromkeys(names, "")
        for name in theories(problem):
            start = time.process_time()
            try:
                prediction = judged_posterior(problem, name).prediction
            except FloatingPointError:  # a kernel that is not positive definite
                found[name] = "–"
                continue
            seconds[name] += time.process_time() - start
            found[name] = f"{root_mean_square(prediction.mean - mean):.4f}"
            assert prediction.error_bar is not None
            covered[name].extend(
                (np.abs(prediction.mean - mean) <= prediction.error_bar + 2 * stderr).ravel()
            )
        print(f"| {described(problem)} |", " | ".join(found.values()), f"| {root_mean_square(stderr):.4f} |")
    print("| bar holds |", " | ".join(f"{np.mean(covered[name]):.0%}" for name in names), "| |")
    print("\nCPU seconds:", {name: round(value, 1) for name, value in seconds.items()})


def described(problem: PosteriorProblem) -> str:
    """The network in a few words."""
    assert problem.widths is not None
    width, outputs = "-".join(map(str, problem.widths)), problem.outputs
    more = f", {outputs} outputs" if outputs > 1 else ""
    return f"{problem.activation.name}{more}, {width}, {problem.feature_strength:g}"


def linear_table() -> None:
    """Relative error of the discrepancy of linear networks, whose posterior is known exactly."""
    names = [name for name in POSTERIOR_THEORIES if name not in ("exact", "two-loop")]
    print("\n| P, d, n, χ |", " | ".join(f"`{name}`" for name in names), "|")
    print("|---" * (len(names) + 1) + "|")
    for size, dim, width, chi in LINEAR:
        rng = np.random.default_rng(size)
        X = rng.choice([-1.0, 1.0], size=(size, dim))
        y = np.sign(X @ rng.normal(size=dim))
        net = ft.FullyConnected(
            1,
            "linear",
            readout_variance=2.0,
            input_scale=1 / dim,
            width=width,
            feature_strength=float(chi),
        )
        exact = linear_posterior(net, X, y, ridge=0.5).discrepancy
        found = []
        for name in names:
            each = ft.posterior_mean(net, X, y, ridge=0.5, theory=name, nodes=2**13, error_bar=False)
            off = root_mean_square(each.discrepancy - exact) / root_mean_square(exact)
            found.append(f"{off:.4f}" if off < 1 else f"{off:.2f}")
        print(f"| {size}, {dim}, {width}, {chi} |", " | ".join(found), "|")


if __name__ == "__main__":
    sampled_table()
    linear_table()
