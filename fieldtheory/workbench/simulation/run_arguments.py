"""How a simulation is run: how often, from which seed, with what, seen how."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, NamedTuple

from fieldtheory.arguments import require_flag, require_integer, require_number
from fieldtheory.budgets import current_budget
from fieldtheory.workbench.given_executor import known_workers, require_executor


class RunArguments(NamedTuple):
    """`jobs`: those asked for, or the workers of the executor; `limit`: bytes that it may use."""

    repeats: int
    seed: int
    jobs: int | None
    progress: bool
    limit: float
    executor: Executor | None


def run_arguments(
    repeats: Any, seed: Any, jobs: Any, progress: Any, max_memory: Any, executor: Any
) -> RunArguments:
    """The arguments of `simulate` and `simulate_gram`, checked.

    >>> run_arguments(20, 0, None, False, 1e9, None)
    RunArguments(repeats=20, seed=0, jobs=None, progress=False, limit=1000000000.0, executor=None)
    """
    jobs = None if jobs is None else require_integer("jobs", jobs, minimum=1)
    executor = require_executor(executor)
    if executor is not None:
        if jobs is not None:
            raise ValueError(
                f"jobs must be None with an executor, whose workers there are (got {jobs}): leave one out"
            )
        jobs = known_workers(executor) or 1
    return RunArguments(
        require_integer("repeats", repeats, minimum=2),
        require_integer("seed", seed, minimum=0),
        jobs,
        require_flag("progress", progress),
        current_budget().memory if max_memory is None else require_number("max_memory", max_memory),
        executor,
    )
