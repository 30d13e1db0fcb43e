"""Simulations by whoever computes: the same bits by threads, processes, joblib's workers and a cluster."""

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench.simulation import dataset_batches
from fieldtheory.workbench.simulation.condition_estimate import reciprocal_condition

SPAWN = get_context("spawn")
POINTS = np.random.default_rng(0).standard_normal((30, 3))
GRAM = (1 + POINTS @ POINTS.T) ** 2
LABELS = np.stack([np.sin(POINTS[:, 0]), POINTS[:, 1]], axis=1)


def on_sphere(**how: Any) -> dict[str, Any]:
    """Averages by name, sizes below and above what is blocked, least norm included"""
    kernel = ft.FullyConnected(2, "tanh", weight_variance=1.5, bias_variance=0.1).ntk()
    found = ft.simulate(
        kernel, 4, ft.Target({1: 0.5, 3: 0.5}), [3, 60, 300], ridge=0.01, repeats=7, ensemble="poisson", **how
    )
    return found.to_dict()


def on_data(**how: Any) -> dict[str, Any]:
    return ft.simulate_gram(GRAM, LABELS, [5, 20], repeats=9, label_noise=0.1, **how).to_dict()


SIMULATIONS = pytest.mark.parametrize("simulation", [on_sphere, on_data])


class LastFirst(Executor):
    """Computes what it was given last first, and only once a result is asked for"""

    def __init__(self) -> None:
        self.tasks: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        future = _Lazy(self)
        self.tasks.append((future, lambda: work(*words, **named)))
        return future

    def work(self) -> None:
        while self.tasks:
            future, work = self.tasks.pop()
            future.set_result(work())


class _Lazy(Future[Any]):
    def __init__(self, executor: LastFirst) -> None:
        super().__init__()
        self.executor = executor

    def result(self, timeout: float | None = None) -> Any:
        self.executor.work()
        return super().result(timeout)


@contextmanager
def a_cluster() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed", reason="clusters need the extra [cluster]")
    local = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
    )
    with local as made, distributed.Client(made) as client:
        yield client.get_executor()


def test_the_same_bits() -> None:
    """Threads, processes that start afresh, any number of them, any order"""
    expected = [on_sphere(), on_data()]
    with ThreadPoolExecutor(3) as threads:
        assert [on_sphere(executor=threads), on_data(executor=threads)] == expected
    with ProcessPoolExecutor(2, mp_context=SPAWN) as processes:
        assert [on_sphere(executor=processes), on_data(executor=processes)] == expected
    assert [on_sphere(executor=LastFirst()), on_data(executor=LastFirst())] == expected


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cluster() -> None:
    """The same bits on Dask; a task that ends all its workers is one line, with the size"""
    with a_cluster() as executor:
        assert [on_sphere(executor=executor), on_data(executor=executor)] == [on_sphere(), on_data()]
        problem = Killer(20)
        with pytest.raises(ft.WorkerDied, match="^n = 20: a process that simulated was killed"):
            list(dataset_batches.run_datasets(Killer.solve, problem, 2, 1, executor))


class Killer:
    """Data sets whose solution ends the process that solves them"""

    def __init__(self, size: int) -> None:
        self.size = size

    def solve(self, repeat: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return repeat


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_killed_process() -> None:
    said = "^n = 20: a process that simulated was killed, perhaps for lack of memory; use an executor"
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool, pytest.raises(ft.WorkerDied, match=said):
        list(dataset_batches.run_datasets(Killer.solve, Killer(20), 2, 1, pool))


@SIMULATIONS
def test_a_parallel_config_is_respected(simulation: Callable[..., Any], monkeypatch: Any) -> None:
    """Its backend and its number of workers, though jobs may say another; the bits stay"""
    joblib = pytest.importorskip("joblib")
    expected = simulation()
    used: list[tuple[str, int]] = []
    call = joblib.Parallel.__call__

    def watched(self: Any, tasks: Any) -> Any:
        used.append((type(self._backend).__name__, self.n_jobs))
        return call(self, tasks)

    monkeypatch.setattr(joblib.Parallel, "__call__", watched)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert simulation() == expected
        assert set(used) == {("ThreadingBackend", 2)}
        used.clear()
        assert simulation(jobs=3) == expected
        assert set(used) == {("ThreadingBackend", 3)}
        used.clear()
        assert simulation(jobs=1) == expected
        with ThreadPoolExecutor(1) as threads:
            assert simulation(executor=threads) == expected
    assert simulation() == expected
    assert used == []


def test_processes_of_a_parallel_config() -> None:
    joblib = pytest.importorskip("joblib")
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert on_data() == on_data(jobs=1)
        with pytest.raises(ft.WorkerDied, match="^n = 20: a process that simulated was killed"):
            list(dataset_batches.run_datasets(Killer.solve, Killer(20), 2, 2))


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_what_is_left_undone(backend: str) -> None:
    """Who takes some data sets only, as when time is up, gives the others up without a word of joblib's"""
    joblib = pytest.importorskip("joblib")
    with joblib.parallel_config(backend=backend, n_jobs=2):
        found = dataset_batches.run_datasets(Doubled.solve, Doubled(20), 1000, 2)
        assert [next(found), next(found)] == [0, 2]
        found.close()


class Doubled:
    """Data sets that are twice their number"""

    def __init__(self, size: int) -> None:
        self.size = size

    def solve(self, repeat: int) -> int:
        return 2 * repeat


def nameless() -> Callable[[Any], Any]:
    return lambda z: z / (1 + z * z)


def test_what_travels_is_tables() -> None:
    """A function that no other process could import does not travel: its kernel is a table by then"""
    kernel = ft.FullyConnected(1, ft.Activation.from_function("nameless", nameless())).nngp()
    target = ft.Target({1: 1.0})
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool:
        found = ft.simulate(kernel, 3, target, 10, repeats=2, ridge=0.1, executor=pool)
    assert found.to_dict() == ft.simulate(kernel, 3, target, 10, repeats=2, ridge=0.1).to_dict()


@pytest.mark.parametrize("name", ["relu", "tanh", "erf", "gelu", "sin", "linear"])
def test_networks_survive_plain_pickle(name: str) -> None:
    """A network, its kernels and a spectrum: the same numbers afterwards, to the bit"""
    network = ft.FullyConnected(2, name, weight_variance=1.2, bias_variance=0.1)
    t = np.linspace(-1, 1, 9)
    for each in (network, network.ntk(), network.nngp()):
        again = pickle.loads(pickle.dumps(each))
        kernels = (again.ntk(), network.ntk()) if each is network else (again, each)
        np.testing.assert_array_equal(kernels[0](t), kernels[1](t))
    spectrum = network.ntk().spectrum(dim=5, max_degree=6)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(spectrum)).eigenvalues, spectrum.eigenvalues)


def test_refusals() -> None:
    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(ValueError, match=r"jobs must be None with an executor.*\(got 2\)"):
            on_data(executor=threads, jobs=2)
        with pytest.raises(MemoryError, match="needs .* GB with 1 process"):
            on_data(executor=threads, max_memory=100)
    with pytest.raises(ValueError, match="executor must be a concurrent.futures.Executor"):
        on_data(executor="threads")


def test_the_condition_number_is_the_same_wherever_memory_lies() -> None:
    """To the bit, and to rounding that of SciPy's routine, whose work space moves with the heap"""
    from scipy.linalg.lapack import dpocon

    random = np.random.default_rng(1)
    for size in (1, 2, 17, 300):
        points = random.standard_normal((size, size + 3))
        matrix = points @ points.T
        norm = float(np.abs(matrix).sum(axis=0).max())
        factor = np.asfortranarray(np.linalg.cholesky(matrix))
        found, kept = set(), []
        for shift in range(0, 64, 8):
            kept.append(bytearray(int(random.integers(1, 9000))))
            memory = np.empty(factor.nbytes + 128, dtype=np.uint8)
            start = -memory.ctypes.data % 64 + shift
            moved = memory[start : start + factor.nbytes].view(np.float64).reshape(factor.shape, order="F")
            moved[...] = factor
            found |= {reciprocal_condition(moved, norm, lower=True)}
            found |= {reciprocal_condition(np.asfortranarray(moved.T), norm, lower=False)}
        assert len(found) <= 2  # of the two triangles
        assert max(found) == pytest.approx(dpocon(factor, norm, uplo="L")[0], rel=1e-12)
        assert max(found) == pytest.approx(min(found), rel=1e-12)
    with pytest.raises(ValueError, match="factor must be in the order of Fortran .got another one"):
        reciprocal_condition(np.ones((3, 2)), 1.0, lower=True)
