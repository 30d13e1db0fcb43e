"""How accurate a learning curve is wanted, and what may be spent on data sets for it."""

from __future__ import annotations

from dataclasses import dataclass

from fieldtheory.arguments import require_flag, require_integer, require_number


@dataclass(frozen=True)
class WantedAccuracy:
    """Bars of `accuracy` times the error; seed, seconds that it may take, processes, progress bar."""

    accuracy: float
    seed: int
    max_seconds: float | None
    jobs: int | None
    progress: bool


def wanted_accuracy(
    accuracy: float | None,
    error_bar: bool,
    seed: int,
    max_seconds: float | None,
    jobs: int | None,
    progress: bool,
) -> WantedAccuracy | None:
    """The arguments, checked; None where no accuracy is asked for."""
    seed = require_integer("seed", seed, minimum=0)
    jobs = None if jobs is None else require_integer("jobs", jobs, minimum=1)
    progress = require_flag("progress", progress)
    if max_seconds is not None:
        max_seconds = require_number("max_seconds", max_seconds, exclusive=True)
    if accuracy is None:
        if max_seconds is not None:
            raise ValueError(
                f"max_seconds must be None without accuracy, which is what takes time (got {max_seconds:g}): "
                "give accuracy=0.01 with it, or leave it out"
            )
        return None
    accuracy = require_number("accuracy", accuracy, exclusive=True)
    if not require_flag("error_bar", error_bar):
        raise ValueError(
            "error_bar must be True with accuracy, which is compared with the bar (got False): leave it out"
        )
    return WantedAccuracy(accuracy, seed, max_seconds, jobs, progress)
