"""What this process may use of the machine, against control groups written by hand and the real ones here."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from fieldtheory import budgets, machine

GIB = 2.0**30


def group(folder: Path, limit: str, used: str, most: object, taken: float, stat: str = "") -> None:
    folder.mkdir(parents=True)
    (folder / limit).write_text(f"{most}\n")
    (folder / used).write_text(f"{taken:.0f}\n")
    (folder / "memory.stat").write_text(stat)


def second_version(folder: Path, most: object, taken: float, stat: str = "") -> None:
    group(folder, "memory.max", "memory.current", most, taken, stat)


def first_version(folder: Path, most: object, taken: float, stat: str = "") -> None:
    group(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", most, taken, stat)


def this_process(root: Path, text: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(text)


def test_a_batch_job_of_version_2(tmp_path: Path) -> None:
    """max - current + inactive_file of the job's own group, 6 - 4 + 1 GiB, far below the top one"""
    this_process(tmp_path, "0::/system.slice/slurmd/job_7/step_0\n")
    top = tmp_path / "sys/fs/cgroup"
    stat = f"anon 1\ninactive_file {GIB:.0f}\nactive_file 5\n"
    second_version(top / "system.slice/slurmd/job_7", int(6 * GIB), 4 * GIB, stat)
    second_version(top / "system.slice/slurmd/job_7/step_0", "max", 3 * GIB)
    assert machine.left_by_control_groups(tmp_path) == 3 * GIB


def test_a_group_above_is_tighter(tmp_path: Path) -> None:
    """Each limit from the process's group to the top one holds: the least of what they leave"""
    this_process(tmp_path, "0::/a/b\n")
    second_version(tmp_path / "sys/fs/cgroup/a", int(8 * GIB), 7 * GIB)
    second_version(tmp_path / "sys/fs/cgroup/a/b", int(6 * GIB), GIB)
    assert machine.left_by_control_groups(tmp_path) == GIB


def test_a_batch_job_of_version_1(tmp_path: Path) -> None:
    """limit - usage + total_inactive_file, 4 - 3 + 1/2 GiB: without the total, of this group alone"""
    this_process(
        tmp_path, "5:cpuset:/\n4:cpu,memory:/slurm/job_7\n1:name=systemd:/elsewhere\n0::/elsewhere\n"
    )
    stat = f"inactive_file 17\ntotal_inactive_file {GIB / 2:.0f}\n"
    first_version(tmp_path / "sys/fs/cgroup/memory/slurm/job_7", int(4 * GIB), 3 * GIB, stat)
    assert machine.left_by_control_groups(tmp_path) == 1.5 * GIB


def test_a_container_that_does_not_see_its_path(tmp_path: Path) -> None:
    """The top group that it sees is its own"""
    this_process(tmp_path, "0::/../../docker/0123\n")
    second_version(tmp_path / "sys/fs/cgroup", int(2 * GIB), GIB)
    assert machine.left_by_control_groups(tmp_path) == GIB


def test_no_limit(tmp_path: Path) -> None:
    this_process(tmp_path, "0::/user.slice\n")
    second_version(tmp_path / "sys/fs/cgroup/user.slice", "max", GIB)
    assert machine.left_by_control_groups(tmp_path) == float("inf")
    assert machine.left_by_control_groups(tmp_path / "none") == float("inf")


def test_no_more_than_is_there() -> None:
    """80 % of the least of all limits, of which psutil's is one; a process may give or take some meanwhile"""
    free = psutil.virtual_memory().available
    assert 0 < machine.unused_bytes() <= 1.5 * free
    assert 0 < budgets.available_bytes() <= 0.8 * 1.5 * free


def test_ulimit() -> None:
    """`ulimit -v` of 4 GB leaves less than that"""
    code = "from fieldtheory.machine import unused_bytes; print(unused_bytes())"
    limited = subprocess.run(
        ["sh", "-c", f"ulimit -v 4000000; exec {sys.executable} -c '{code}'"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    if sys.platform == "linux":
        assert 0 < float(limited.stdout) < 4e6 * 1024


def test_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOKY_MAX_CPU_COUNT lowers what there is, and does not raise it"""
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    cores = machine.usable_cores()
    assert 1 <= cores <= (os.cpu_count() or 1)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert machine.usable_cores() == 1
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "100000")
    assert machine.usable_cores() == cores
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "many")
    with pytest.raises(ValueError, match="LOKY_MAX_CPU_COUNT must be an integer, or unset .got 'many'"):
        machine.usable_cores()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_cores_of_a_batch_job() -> None:
    """A job that was given one core of the node plans with one"""
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert machine.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
