"""What a user waits for: imports, commands with and without compiled code, the longest compilation."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

from benchmarks.clock import Row, time_row, timed
from fieldtheory.workbench.explorer.answer import answer
from fieldtheory.workbench.explorer.controls import CONTROLS
from fieldtheory.workbench.explorer.view import View

_IMPORT = """
import time
start = time.process_time()
import {name}
print(time.process_time() - start)
"""
_FIRST_CURVE = """
import fieldtheory as ft
spectrum = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=50)
ft.learning_curve(spectrum, ft.Target({1: 0.5, 2: 0.5}), n=[100, 1000], ridge=0.1)
"""
_COMPILATION = """
import time, numpy as np
from numba.core import event
class Longest(event.Listener):
    started, longest, name = {}, 0.0, ""
    def on_start(self, e): self.started[e.data["dispatcher"]] = time.perf_counter()
    def on_end(self, e):
        seconds = time.perf_counter() - self.started.pop(e.data["dispatcher"])
        if seconds > self.longest: self.longest, self.name = seconds, e.data["dispatcher"].__name__
listener = Longest()
event.register("numba:compile", listener)
import fieldtheory as ft
for activation in ("relu", "erf", "sin", "gelu", "tanh"):
    kernel = ft.FullyConnected(2, activation).ntk()
    spectrum = kernel.spectrum(dim=50)
    ft.learning_curve(spectrum, ft.Target({1: 1.0}), n=[100], ridge=0.1)
ft.simulate(kernel, dim=50, target=ft.Target({1: 1.0}), n=[20], ridge=0.1, repeats=2)
print(listener.longest, listener.name)
"""


COMMANDS = (
    "spectrum --hidden-layers 3 --dim 50",
    "curve --hidden-layers 3 --dim 20 --target 1:0.5,2:0.5 --ridge 0.1 --n 100,1000",
    "curve --hidden-layers 3 --dim 20 --target 1:0.5,2:0.5 --ridge 0.1 --n 100,1000 --out {folder}/curve.svg",
    "flow wilson --dim 20 --n 100,1000 --ridge 0.01",
    "flow depth --activation tanh --critical",
    "derive phi4 --external 2 --loops 3",
    "derive error --order 2",
)


def _run(code: str, cache: str | None = None) -> str:
    environment = dict(os.environ) | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return run.stdout.strip()


def _seconds(command: list[str], cache: str | None = None) -> float:
    """CPU seconds of a process and all that it starts."""
    environment = dict(os.environ) | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment | {"OMP_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _warm_and_cold(command: list[str]) -> str:
    """The fewest seconds with compiled code of earlier runs, and those without."""
    with tempfile.TemporaryDirectory() as cache:
        cold = _seconds(command, cache)
        warm = min(_seconds(command, cache) for _ in range(5))
    return f"{warm:.2f} s, {cold:.2f} s with nothing compiled before"


def _moved_slider() -> Row:
    """What the server computes between a key on the page and the new curve; each value is a new kernel."""
    values = iter(CONTROLS["weight_variance"].values)
    run = timed(lambda: answer(View.read({"weight_variance": next(values)})), repeats=40)
    return time_row("answer of the explorer to a moved slider", run)


def rows() -> list[Row]:
    """CPU seconds of whole processes, and of an answer within one."""
    python = [sys.executable, "-c"]
    found = [
        Row(f"import {name}", f"{float(_run(_IMPORT.format(name=name))) * 1e3:.0f} ms")
        for name in ("fieldtheory", "diagrams", "replicas", "renormalization")
    ]
    floor = "NumPy, Numba and SymPy"
    bare = _warm_and_cold([*python, "import numpy, numba, sympy"]).partition(",")[0]
    found.append(Row(f"Python that imports {floor}", bare))
    found.append(Row("first learning curve", _warm_and_cold([*python, _FIRST_CURVE])))
    with tempfile.TemporaryDirectory() as folder:
        for words in COMMANDS:
            command = [sys.executable, "-m", "fieldtheory", *words.format(folder=folder).split()]
            shown = words.format(folder="FOLDER")
            found.append(Row(f"`fieldtheory {shown}`", _warm_and_cold(command)))
    with tempfile.TemporaryDirectory() as cache:
        longest, name = _run(_COMPILATION, cache).split()
    found.append(_moved_slider())
    return [*found, Row("longest compilation of one kernel", f"{float(longest):.2f} s (`{name}`)")]
