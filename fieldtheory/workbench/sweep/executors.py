"""Who computes the parts of a sweep: threads, processes, or a Dask cluster that only its owners can reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fieldtheory.shown_value import shown
from fieldtheory.workbench.simulation.workers import WorkerDied


@contextmanager
def worker_processes(workers: int) -> Iterator[Executor]:
    """Processes on this machine, started afresh: no state of this one is copied."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def cluster(
    address: str, ca: str | Path | None = None, cert: str | Path | None = None, key: str | Path | None = None
) -> Iterator[Executor]:
    """A Dask scheduler at this address, as an executor; it runs the code of whoever can connect to it.

    So the address is tls:// with the files of a certificate authority, a certificate and a key, or a tcp://
    one that only this machine can reach. ValueError, before any connection, for all others; ImportError
    without Dask, which the extra [cluster] installs; WorkerDied where a task has killed all its workers.
    """
    files = {"ca": ca, "cert": cert, "key": key}
    require_safe(address, files)
    try:
        from distributed import Client, KilledWorker
        from distributed.security import Security
    except ImportError as error:
        raise ImportError('a cluster needs Dask: pip install "deep-fieldtheory[cluster]"') from error
    security: Any = None
    if address.startswith("tls://"):
        security = Security(  # type: ignore[no-untyped-call]
            tls_ca_file=str(ca), tls_client_cert=str(cert), tls_client_key=str(key), require_encryption=True
        )
    with Client(address, security=security, timeout=10) as client:  # type: ignore[no-untyped-call]
        try:
            yield client.get_executor()
        except KilledWorker:
            raise WorkerDied(
                "a part of the sweep ended every worker that computed it, perhaps for lack of memory: parts "
                "that were done before are in the store, if there is one"
            ) from None


def require_safe(address: str, files: dict[str, str | Path | None]) -> None:
    """ValueError unless nobody else can send code to the scheduler at this address."""
    try:
        parts = urlsplit(address)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        scheme, host, port = "", "", None
    if scheme not in ("tls", "tcp") or not host or port is None:
        raise ValueError(
            "scheduler must be an address such as tls://host:8786 or tcp://127.0.0.1:8786 "
            f"(got {shown(address)})"
        )
    if scheme == "tcp":
        if not _is_loopback(host):
            raise ValueError(
                f"scheduler must be tls://, as anybody who reaches it can run code through tcp:// (got "
                f"{shown(address)}): use tls://{host}:{port} with --tls-ca, --tls-cert and --tls-key, or "
                "a scheduler on 127.0.0.1"
            )
        return
    missing = [f"--tls-{name}" for name, file in files.items() if file is None]
    if missing:
        raise ValueError(
            f"scheduler must come with {', '.join(missing)} where it is tls:// (got {shown(address)})"
        )
    for name, file in files.items():
        if not Path(str(file)).is_file():
            raise ValueError(f"tls-{name} must be a file (got {shown(str(file))})")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
