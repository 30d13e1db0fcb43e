"""Sweeps and simulations on a Dask cluster on this machine: the same bits, through a killed worker too."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fieldtheory as ft
from fieldtheory.workbench.sweep.executors import cluster
from tests.workbench.sweep.test_sweep import assert_equal, many_parts

distributed = pytest.importorskip("distributed", reason="clusters need the extra [cluster]")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LOCAL: dict[str, Any] = {
    "n_workers": 2,
    "threads_per_worker": 1,
    "dashboard_address": None,
    "host": "127.0.0.1",
    "silence_logs": 50,
}


@pytest.fixture
def local() -> Iterator[Any]:
    with distributed.LocalCluster(**LOCAL) as made, distributed.Client(made) as client:
        yield client


def test_the_same_bits(local: Any) -> None:
    assert_equal(many_parts(executor=local.get_executor()), many_parts())


def test_a_killed_worker(local: Any, tmp_path: Path) -> None:
    """One of two is killed in the middle: the sweep is finished, nothing is lost"""
    pytest.importorskip("zarr")
    path = tmp_path / "sweep.zarr"
    workers = list(local.run(os.getpid).values())
    started = threading.Event()

    def kill() -> None:
        while not list((path / "done").rglob("0")) and not started.wait(0.01):
            pass
        os.kill(workers[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        found = many_parts(executor=local.get_executor(), store=path)
    finally:
        started.set()
        thread.join()
    assert_equal(found, many_parts())
    assert_equal(ft.open_sweep(path), found)


def test_a_task_that_ends_its_workers(local: Any) -> None:
    """Said as a killed process of a pool is, after the scheduler has tried several workers"""
    said = "^a part of the sweep ended every worker that computed it"
    with pytest.raises(ft.WorkerDied, match=said), cluster(local.cluster.scheduler_address) as executor:
        executor.submit(os._exit, 1).result(timeout=60)


def test_behind_certificates(tmp_path: Path) -> None:
    """A cluster on loopback with TLS, reached with the files of a certificate"""
    pytest.importorskip("cryptography")
    from distributed.security import Security

    security = Security.temporary()
    client = security.get_tls_config_for_role("client")
    files = {}
    for name, key in (("ca", "ca_file"), ("cert", "cert"), ("key", "key")):
        files[name] = tmp_path / f"{name}.pem"
        files[name].write_text(client[key])
    with distributed.LocalCluster(**LOCAL | {"n_workers": 1}, security=security, protocol="tls://") as made:
        assert made.scheduler_address.startswith("tls://127.0.0.1")
        with cluster(made.scheduler_address, **files) as executor:
            assert_equal(many_parts(executor=executor), many_parts())
    time.sleep(0.1)
