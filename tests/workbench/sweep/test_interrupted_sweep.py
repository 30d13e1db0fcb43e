"""Sweeps that are killed, run out of disk or are interrupted: nothing is lost, nothing is done twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import fieldtheory as ft
from tests.workbench.sweep.test_sweep import assert_equal

pytest.importorskip("zarr", reason="stores need the extra [sweep]")
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")
ROOT = Path(__file__).parents[3]
TOML = """
[axes]
dim = {from = 4, to = 63, count = 60}
bias_variance = [0.0, 0.2, 0.5]
n = [10, 40]
[fixed]
target = {1 = 0.5, 3 = 0.5}
hidden_layers = 2
activation = "erf"
ridge = 0.1
"""
PARTS = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sweep.toml").write_text(TOML)
    return tmp_path


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fieldtheory", "sweep", "sweep.toml", "--store", "sweep.zarr", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def undisturbed() -> ft.Sweep:
    return ft.sweep(
        {"dim": range(4, 64), "bias_variance": [0.0, 0.2, 0.5], "n": [10, 40]},
        target=ft.Target({1: 0.5, 3: 0.5}),
        hidden_layers=2,
        activation="erf",
        ridge=0.1,
    )


def done(folder: Path) -> list[Path]:
    return sorted((folder / "sweep.zarr" / "done" / "c").rglob("[0-9]*/0/0"))


def wait_for_parts(process: subprocess.Popen[str], folder: Path, count: int) -> None:
    """Until so many are done, or the process has ended."""
    while process.poll() is None and len(done(folder)) < count:
        time.sleep(0.005)


def finished_chunks(folder: Path) -> dict[Path, int]:
    """When the chunks of parts that are done were written."""
    store = folder / "sweep.zarr"
    places = [part.relative_to(store / "done") for part in done(folder)]
    return {store / "error" / each: (store / "error" / each).stat().st_mtime_ns for each in places}


def test_killed_at_random_moments(folder: Path) -> None:
    """20 times, resumed each time: the store is that of an undisturbed run to the bit, no part was redone"""
    moments = random.Random(0)
    kept: dict[Path, int] = {}
    for kill in range(20):
        process = start(folder, "--resume", "-q")
        # from before there is a store to one part after another
        wait_for_parts(process, folder, min(len(kept) + moments.randint(0, 4), PARTS - 1))
        time.sleep(moments.random() * 0.02)
        process.kill()
        process.communicate()
        if not (folder / "sweep.zarr" / "zarr.json").exists():
            continue
        now = finished_chunks(folder)
        assert {file: now[file] for file in kept} == kept, kill
        kept = now
    process = start(folder, "--resume", "--json", "-q")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert json.loads(output)["points"] == 360
    now = finished_chunks(folder)
    assert len(now) == PARTS
    assert {file: now[file] for file in kept} == kept
    assert_equal(ft.open_sweep(folder / "sweep.zarr"), undisturbed())


def test_ctrl_c(folder: Path) -> None:
    """Exit status 130, without a word, and resumable"""
    process = start(folder, "-q")
    wait_for_parts(process, folder, 3)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert (output, errors) == ("", "")
    process = start(folder, "--resume", "-q")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "taken over from process" in errors
    assert not (folder / "sweep.zarr.writer").exists()
    assert_equal(ft.open_sweep(folder / "sweep.zarr"), undisturbed())


def test_a_full_disk(folder: Path) -> None:
    """Exit status 2 and one line when a file can't grow; the store goes on afterwards"""
    code = (
        "import resource, sys\nfrom fieldtheory.workbench.cli import main\n"
        "from fieldtheory.workbench.sweep.stores import store\n"
        "take, count = store.Store.take, []\n"
        "def limited(*arguments):\n"
        "    count.append(1)\n"
        "    if len(count) == 4: resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))\n"
        "    take(*arguments)\n"
        "store.Store.take = limited\n"
        "main(['sweep', 'sweep.toml', '--store', 'sweep.zarr', '-q'])\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 2, process.stderr
    assert process.stderr.count("\n") == 1
    assert "File too large" in process.stderr
    assert len(done(folder)) == 3
    resumed = start(folder, "--resume", "-q")
    _, errors = resumed.communicate(timeout=60)
    assert resumed.returncode == 0, errors
    assert_equal(ft.open_sweep(folder / "sweep.zarr"), undisturbed())


def test_a_killed_process_of_a_pool(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said with what is safe; resume=True finishes"""
    from fieldtheory.workbench.sweep.stores.store import Store

    axes = {"dim": range(4, 64), "bias_variance": [0.0, 0.2, 0.5], "n": [10, 40]}
    fixed = {"target": ft.Target({1: 0.5, 3: 0.5}), "hidden_layers": 2, "activation": "erf", "ridge": 0.1}
    path = folder / "pool.zarr"
    take = Store.take
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:

        def after_a_kill(store: Store, *arguments: object) -> None:
            for each in list(pool._processes.values()):
                each.kill()
            take(store, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Store, "take", after_a_kill)
        with pytest.raises(
            ft.WorkerDied, match=r"was killed.*: \d+ of 60 parts are safe in .*, and resume=True"
        ) as caught:
            ft.sweep(axes, store=path, executor=pool, **fixed)  # type: ignore[arg-type]
    monkeypatch.undo()
    safe = int(str(caught.value).split(": ")[1].split()[0])
    assert len(list((path / "done" / "c").rglob("[0-9]*/0/0"))) == safe >= 1
    found = ft.sweep(axes, store=path, resume=True, **fixed)  # type: ignore[arg-type]
    assert_equal(found, undisturbed())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(os.getpid).result()
        for each in list(pool._processes.values()):
            each.kill()
        with pytest.raises(ft.WorkerDied, match="was killed.*: nothing is kept without a store"):
            ft.sweep(axes, executor=pool, **fixed)  # type: ignore[arg-type]
