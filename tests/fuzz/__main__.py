"""`make fuzz`: command lines and calls by the thousand, over all cores; what fails is printed."""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.progress import track

from tests.fuzz.calls import Calls
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


def run(cases: int, seed: int, jobs: int) -> int:
    """Print all faults; 1 if there were any."""
    seeds = range(seed, seed + max(1, cases // (2 * _CHUNK)))
    failed = 0
    with ProcessPoolExecutor(jobs) as executor:
        for found in track(executor.map(faults, seeds), total=len(seeds), description="fuzz"):
            failed += len(found)
            for text in found:
                print(text, flush=True)
    print(f"{failed} faults in {len(seeds) * 2 * _CHUNK} cases from seed {seed}")
    return int(failed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    sys.exit(run(given.cases, given.seed, given.jobs))
