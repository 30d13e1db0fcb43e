"""`make fuzz`: command lines and calls by the thousand, over all cores; what fails is printed."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from rich.progress import track

from tests.fuzz.calls import Calls, right_calls
from tests.fuzz.command_lines import CommandLines
from tests.fuzz.verdicts import fault_of_call, fault_of_command

_CHUNK = 50


def faults(seed: int, cases: int = _CHUNK) -> list[str]:
    """What is wrong with so many command lines and as many calls of this seed."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        os.chdir(folder)
        try:
            lines, calls = CommandLines(seed, Path(folder)), Calls(seed)
            for number in range(cases):
                words = lines.draw()
                if fault := fault_of_command(words):
                    found.append(f"seed {seed}, command line {number}: {words!r:.400}\n    {fault}")
                call = calls.draw()
                if fault := fault_of_call(call):
                    found.append(f"seed {seed}, call {number}: {call}\n    {fault}")
        finally:
            os.chdir(here)
    return found


def faults_of(name: str) -> list[str]:
    """What is wrong with a call when each argument in turn is each of the objects."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        here = Path.cwd()
        os.chdir(folder)
        try:
            for call in Calls(0).each(name):
                if fault := fault_of_call(call):
                    found.append(f"{call}\n    {fault}")
        finally:
            os.chdir(here)
    return found


def run(cases: int, seed: int, jobs: int) -> int:
    """Print all faults; 1 if there were any."""
    seeds = range(seed, seed + max(1, cases // (2 * _CHUNK)))
    return _judged(faults, seeds, jobs, f"{len(seeds) * 2 * _CHUNK} cases from seed {seed}")


def walk(jobs: int) -> int:
    """All faults of calls with one wrong argument; 1 if there were any."""
    return _judged(faults_of, list(right_calls()), jobs, "all calls with one argument replaced")


def _judged(examine: Callable[[Any], list[str]], cases: Sequence[Any], jobs: int, what: str) -> int:
    failed = 0
    with ProcessPoolExecutor(jobs) as executor:
        for found in track(executor.map(examine, cases), total=len(cases), description="fuzz"):
            failed += len(found)
            for text in found:
                print(text, flush=True)
    print(f"{failed} faults in {what}")
    return int(failed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--walk", action="store_true", help="each argument of each call, once each object")
    given = parser.parse_args()
    sys.exit(walk(given.jobs) if given.walk else run(given.cases, given.seed, given.jobs))
