"""The expansion around the saddle: tree, one and two loops, of one hidden layer or of several.

One hidden layer has the discrepancy as its only field; deeper networks a covariance for every interface too.
"""

from __future__ import annotations

from renormalization.feature_learning.posteriors.posterior_prediction import PosteriorPrediction
from renormalization.feature_learning.posteriors.posterior_problem import PosteriorProblem
from renormalization.feature_learning.saddles import layered_loops, loops, saddle


def tree(problem: PosteriorProblem) -> PosteriorPrediction:
    """The saddle."""
    return saddle.prediction(problem) if problem.depth == 1 else layered_loops.tree(problem)


def one_loop(problem: PosteriorProblem, error_bar: bool = True) -> PosteriorPrediction:
    """The saddle and its diagrams of one loop; `error_bar=False`: its bar may be left to the last loop."""
    return loops.one_loop(problem, error_bar) if problem.depth == 1 else layered_loops.one_loop(problem)


def two_loop(problem: PosteriorProblem) -> PosteriorPrediction:
    """The saddle and its diagrams to two loops, one hidden layer."""
    return loops.two_loop(problem)
