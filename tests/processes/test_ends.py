"""How real processes end: killed workers, SIGTERM, Ctrl-C, full disks, closed pipes, read-only folders."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIMULATION = "curve --dim 20 --target 1:1,2:1 --n 20,1200 --simulate 400 --jobs 2 --theory self-consistent"
COMPILED = "flow wilson --dim 3 --vertex"
ENV = os.environ | {"COLUMNS": "100", "PYTHONUTF8": "1", "MPLBACKEND": "Agg"}

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux")


def start(command: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """The program in a session of its own, so that signals reach it and all that it starts."""
    return subprocess.Popen(
        [sys.executable, "-m", "fieldtheory", *command.split()],
        cwd=folder,
        env=ENV | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextlib.contextmanager
def running(command: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = start(command, folder, **environment)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def session(leader: int) -> list[int]:
    """All processes of the session, without those that are only waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def workers(leader: int) -> list[int]:
    """Those of the session that compute."""
    found = []
    for number in session(leader):
        with contextlib.suppress(OSError):
            if "popen_loky_posix" in Path(f"/proc/{number}/cmdline").read_text():
                found.append(number)
    return found


def wait_for_workers(process: subprocess.Popen[str]) -> list[int]:
    """Two workers that have computed for a while."""
    for _ in range(600):
        found = workers(process.pid)
        busy = [number for number in found if _seconds(number) > 2.0]
        if len(busy) == 2:
            return busy
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError("no workers")


def _seconds(number: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def shared_memory(process: int) -> set[str]:
    """What a process has left there: semaphores have its number in their names."""
    return {name for name in os.listdir("/dev/shm") if f"-{process}-" in name or f"_{process}_" in name}


def wait_until_gone(leader: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while left := session(leader):
        assert time.monotonic() < end, f"still there: {left}"
        time.sleep(0.05)


def test_a_killed_worker_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    with running(SIMULATION + " --out done.json", tmp_path) as process:
        os.kill(wait_for_workers(process)[0], signal.SIGKILL)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 1
    said = [line for line in errors.splitlines() if not line.startswith(("warning: ", "estimate: "))]
    assert len(said) == 1
    assert said[0].startswith("fieldtheory: error: n = 1200: a process that simulated was killed")
    assert "simulation" in output
    assert json.loads((tmp_path / "done.json").read_text())["simulation"]["n"] == [20]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_end_of_the_main_process_is_the_end_of_its_workers(number: int, tmp_path: Path) -> None:
    with running(SIMULATION, tmp_path) as process:
        wait_for_workers(process)
        process.send_signal(number)
        assert process.wait(timeout=5) == (-number if number == signal.SIGKILL else 128 + number)
        wait_until_gone(process.pid, 10.0)
        output, errors = process.communicate()
        assert output == ""
        said = [line for line in errors.splitlines() if not line.startswith("estimate: ")]
        assert said == [] or number == signal.SIGKILL
    assert shared_memory(process.pid) == set()


@pytest.mark.parametrize("command", [SIMULATION, COMPILED])
def test_ctrl_c_at_random_moments(command: str, tmp_path: Path) -> None:
    """To the whole group, as a terminal sends it: 130, silence, and nobody left behind."""
    moments = random.Random(command).sample(range(50, 4000), 5)  # ms
    for moment in sorted(moments):
        with running(command, tmp_path) as process:
            time.sleep(moment / 1000)
            os.killpg(process.pid, signal.SIGINT)
            output, errors = process.communicate(timeout=10)
            assert process.returncode in (130, -signal.SIGINT), (moment, errors)
            assert output == ""
            assert "Traceback" not in errors or process.returncode == -signal.SIGINT, (moment, errors)
            wait_until_gone(process.pid, 10.0)


def test_ctrl_c_in_the_first_moments() -> None:
    """While the command line is still being imported."""
    text = (
        "import os, signal, sys, threading\nfrom fieldtheory.workbench import program\n"
        "threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "sys.argv[1:] = ['--help']\nprogram.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], env=ENV | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode in (130, 0)  # 0 where the machine was faster
    assert done.stderr == ""


@pytest.mark.parametrize("suffix", ["json", "csv", "svg", "pdf", "png"])
def test_a_full_disk_is_one_line_and_keeps_the_old_file(suffix: str, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    path = tmp_path / f"curve.{suffix}"
    path.write_text("old")
    limited = (
        "import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from fieldtheory.workbench.cli import main\nimport fieldtheory.workbench.plots.curves\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\nmain(sys.argv[1:])"
    )
    command = f"curve --dim 5 --target 1:1 --n 10,20 --out curve.{suffix} --quiet"
    done = subprocess.run(
        [sys.executable, "-c", limited, *command.split()],
        cwd=tmp_path,
        env=ENV | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
    assert done.returncode == 2
    assert said == [f"fieldtheory: error: curve.{suffix}: File too large"]
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [f"curve.{suffix}"]


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    with running("spectrum --dim 5 --max-degree 500", tmp_path) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (0, 1)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


def test_a_package_and_a_home_that_cannot_be_written_to(tmp_path: Path) -> None:
    """Folders of caches that are files: also a user who may write everywhere can't use them."""
    for name in ("fieldtheory", "diagrams", "replicas", "renormalization"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in {path.parent for path in tmp_path.rglob("*.py")}:
        (folder / "__pycache__").write_text("")
    command = ["spectrum", "--dim", "3", "--max-degree", "700", "--json"]  # more than the interpreter does
    done = subprocess.run(
        [sys.executable, "-m", "fieldtheory", *command],
        cwd=tmp_path,
        env=ENV | {"PYTHONPATH": str(tmp_path), "HOME": "/proc", "NUMBA_CACHE_DIR": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["eigenvalues"]) == 701
    said = done.stderr.splitlines()
    assert [line[:46] for line in said] == ["warning: compiled functions are not kept, no f"]


def test_memory_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """NumPy's own words for an allocation that fails do not reach the user."""
    limited = (
        "import resource, sys\nfrom fieldtheory.workbench.cli import main\nimport numpy as np\n"
        "import fieldtheory.workbench.cli.commands.spectrum as command\n"
        "command.kernel_of = lambda options: np.zeros(10**14)\nmain(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "spectrum", "--dim", "5"],
        cwd=tmp_path,
        env=ENV | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fieldtheory: error: out of memory: 728. TiB at once\n"
