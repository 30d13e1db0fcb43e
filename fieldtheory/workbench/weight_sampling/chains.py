"""Chains that run side by side in threads, as compiled code lets go of the interpreter's lock."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from fieldtheory.workbench.progress_bar import ProgressBar
from fieldtheory.workbench.weight_sampling.chain import Chain
from fieldtheory.workbench.weight_sampling.sweeps import Layers


def run_chains(
    layers: Layers, chains: Sequence[Chain], sweeps: int, jobs: int, progress: bool | None
) -> None:
    """Take every chain so many sweeps on, after its burn-in; what comes out does not depend on `jobs`.

    `progress`: False for no bar; there is none unless standard error is a terminal.
    """
    total = sum(sweeps + chain.waiting for chain in chains)
    stop = threading.Event()
    with ProgressBar(progress is not False and sys.stderr.isatty(), total, "sweeps", rate=True) as bar:

        def run(chain: Chain) -> None:
            for done in chain.steps(layers, sweeps):
                bar.advance(done)
                if stop.is_set():
                    return

        if jobs == 1 or len(chains) == 1:
            for chain in chains:
                run(chain)
            return
        with ThreadPoolExecutor(min(jobs, len(chains))) as pool:
            try:
                for future in [pool.submit(run, chain) for chain in chains]:
                    future.result()
            finally:  # Ctrl-C, or a chain that failed: the others need not finish
                stop.set()
