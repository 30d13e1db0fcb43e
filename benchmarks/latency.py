"""What a user waits for: import, the first curve from warm and cold caches, compilation of each kernel."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from benchmarks.clock import Row

_IMPORT = """
import time
start = time.process_time()
import fieldtheory
print(time.process_time() - start)
"""
_FIRST_CURVE = """
import time
start = time.process_time()
import fieldtheory as ft
spectrum = ft.FullyConnected(3, "relu", weight_variance=2.0).ntk().spectrum(dim=50)
ft.learning_curve(spectrum, ft.Target({1: 0.5, 2: 0.5}), n=[100, 1000], ridge=0.1)
print(time.process_time() - start)
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


def _run(code: str, cache: str | None = None) -> str:
    environment = dict(os.environ) | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return run.stdout.strip()


def _median_run(code: str, runs: int = 5) -> float:
    _run(code)
    return sorted(float(_run(code)) for _ in range(runs))[runs // 2]


def rows() -> list[Row]:
    """CPU seconds of whole processes."""
    imports = _median_run(_IMPORT)
    whole = _median_run("import time; import fieldtheory; print(time.process_time())")
    warm = _median_run(_FIRST_CURVE)
    with tempfile.TemporaryDirectory() as cache:
        cold = float(_run(_FIRST_CURVE, cache))
    with tempfile.TemporaryDirectory() as cache:
        longest, name = _run(_COMPILATION, cache).split()
    return [
        Row("import fieldtheory", f"{imports * 1e3:.0f} ms ({whole * 1e3:.0f} ms with Python)", "", None),
        Row("first learning curve, compiled before", f"{warm:.2f} s CPU", "", None),
        Row("first learning curve, nothing compiled", f"{cold:.2f} s CPU", "", None),
        Row("longest compilation of one kernel", f"{float(longest):.2f} s (`{name}`)", "", None),
    ]
