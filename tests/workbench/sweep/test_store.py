"""Stores of sweeps: what they keep, how they go on, and everything that is refused by name."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fieldtheory as ft
from fieldtheory.workbench.sweep.stores import layout
from tests.workbench.sweep.test_sweep import assert_equal, many_parts

zarr = pytest.importorskip("zarr", reason="stores need the extra [sweep]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished store"""
    path = tmp_path_factory.mktemp("stores") / "sweep.zarr"
    assert_equal(many_parts(store=path), many_parts())
    return path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Path:
    """A copy of it to be damaged"""
    return Path(shutil.copytree(made, tmp_path / "sweep.zarr"))


def edit(file: Path, **changes: Any) -> None:
    """Changed metadata; None takes an entry away."""
    found = json.loads(file.read_text())
    for key, value in changes.items():
        place = found["attributes"] if key in found.get("attributes", {}) else found
        place[key] = value
    file.write_text(json.dumps(found))


def chunks(store: Path, name: str) -> list[Path]:
    return sorted(each for each in (store / name / "c").rglob("*") if each.is_file())


def test_what_is_kept(made: Path) -> None:
    """The same sweep comes back, and any reader of Zarr sees its numbers by name"""
    assert_equal(ft.open_sweep(made), many_parts())
    assert not list(made.parent.glob("*.writer"))
    group = zarr.open_group(made, mode="r")
    np.testing.assert_array_equal(group["error"][:], many_parts()["error"])
    assert group["error"].metadata.dimension_names == ("n", "dim", "bias_variance", "kernel")
    assert group["kernel"].attrs["labels"] == ["nngp", "ntk"]
    assert group["dim"][:].tolist() == list(range(4, 16))


def test_it_goes_on_where_parts_are_missing(store: Path) -> None:
    """Parts that are done keep their files as they are"""
    for part in chunks(store, "done")[::3]:
        part.unlink()
    for chunk in chunks(store, "error")[::3]:
        chunk.unlink()
    with pytest.raises(
        ft.StoreError, match=r"is unfinished, 16 of 24 parts are done: go on with resume=True"
    ):
        ft.open_sweep(store)
    part = ft.open_sweep(store, partial=True)
    whole = many_parts()
    assert part.done.sum() == part.done.size * 16 // 24
    assert np.isnan(part["error"][~part.done]).all()
    assert not part["converged"][~part.done].any()
    assert part.best().error == np.nanmin(part["error"])
    np.testing.assert_array_equal(part["error"][part.done], whole["error"][part.done])
    before = {file: file.stat().st_mtime_ns for file in chunks(store, "error") + chunks(store, "bias")}
    kept = {file for file in before if file.parent.parent != store}
    assert_equal(many_parts(store=store, resume=True), whole)
    again = {file: file.stat().st_mtime_ns for file in before}
    rewritten = [file for file in kept if again[file] != before[file]]
    assert len(rewritten) == 8  # of `bias`, whose chunks were there, without being known as done
    assert_equal(ft.open_sweep(store), whole)


def test_nothing_is_best_of_nothing(store: Path) -> None:
    for part in chunks(store, "done"):
        part.unlink()
    empty = ft.open_sweep(store, partial=True)
    with pytest.raises(
        ValueError, match=r"^the sweep must have a point with a number at n = 10.0 \(got none\)"
    ):
        empty.best(along="n")


def test_parts_that_are_done_are_not_computed_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("fieldtheory.workbench.sweep.run.part_curves", fail)
    assert_equal(many_parts(store=store, resume=True), ft.open_sweep(store))


def test_a_missing_store_is_begun(tmp_path: Path) -> None:
    assert_equal(many_parts(store=tmp_path / "new.zarr", resume=True), many_parts())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda s: chunks(s, "error")[3].unlink(),
            r"error/c/\S+ is missing, though its part is done: delete done/c/",
        ),
        (lambda s: chunks(s, "said")[3].unlink(), r"said/c/\S+ is missing, though its part is done"),
        (lambda s: _flip(chunks(s, "error")[3]), "array 'error' is damaged"),
        (lambda s: _flip(chunks(s, "done")[0]), "array 'done' is damaged"),
        (lambda s: _cut(chunks(s, "bias")[3]), "array 'bias' is damaged"),
        (lambda s: _cut(chunks(s, "converged")[0]), "array 'converged' is damaged"),
        (lambda s: (s / "zarr.json").unlink(), "no zarr.json: no store of a sweep"),
        (lambda s: (s / "error" / "zarr.json").unlink(), "array 'error': no zarr.json"),
        (lambda s: (s / "zarr.json").write_text("{"), "metadata can't be read"),
        (lambda s: (s / "zarr.json").write_text("[" * 10**5), "metadata can't be read"),
        (lambda s: (s / "zarr.json").write_text("[]"), "no Zarr store of format 3"),
        (lambda s: edit(s / "zarr.json", format=2), "has format 2; this version reads 1"),
        (lambda s: edit(s / "zarr.json", attributes={}), "no store of a sweep"),
        (lambda s: edit(s / "zarr.json", node_type="array"), "no store of a sweep, but an array"),
        (lambda s: edit(s / "zarr.json", axes={"n": [10]}), "has shape .* where .* is meant"),
        (lambda s: edit(s / "zarr.json", axes={"depth": [10]}), "are not those of a sweep"),
        (lambda s: edit(s / "zarr.json", axes={"n": ["10"]}), "no store of a sweep"),
        (lambda s: edit(s / "error" / "zarr.json", data_type="object"), "array 'error' holds 'object': only"),
        (
            lambda s: edit(s / "error" / "zarr.json", data_type={"name": "null_terminated_bytes"}),
            "array 'error' holds .*: only",
        ),
        (
            lambda s: edit(s / "error" / "zarr.json", codecs=[{"name": "numcodecs.pickle"}]),
            "array 'error' is written with .*pickle",
        ),
        (lambda s: edit(s / "error" / "zarr.json", shape=[2, 2, 2, 2]), "array 'error' has shape"),
        (
            lambda s: edit(s / "error" / "zarr.json", chunk_grid={"name": "regular", "configuration": {}}),
            "array 'error' has chunks",
        ),
        (lambda s: _other_values(s), "the values of axis 'n' are not those of its attributes"),
    ],
)
def test_damage_is_refused_by_name(damage: Any, message: str, store: Path) -> None:
    damage(store)
    with pytest.raises(ft.StoreError, match=message):
        ft.open_sweep(store)
    if "done" not in message:
        with pytest.raises(ft.StoreError):
            many_parts(store=store, resume=True)


def test_the_remedy_for_a_missing_chunk(store: Path) -> None:
    chunks(store, "error")[3].unlink()
    with pytest.raises(ft.StoreError) as caught:
        ft.open_sweep(store)
    (store / str(caught.value).split("delete ")[1].split()[0]).unlink()
    assert_equal(many_parts(store=store, resume=True), many_parts())


def test_no_store_at_all(tmp_path: Path) -> None:
    with pytest.raises(ft.StoreError, match="^path must be the folder of a store: there is none at"):
        ft.open_sweep(tmp_path / "none.zarr")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file"):
        many_parts(store=tmp_path / "file")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ridge": 0.2}, r"is of another sweep: ridge \(0.1 there, 0.2 here\)"),
        ({"activation": "tanh"}, r"activation \('erf' there, 'tanh' here\)"),
        ({"max_degree": 50}, r"max_degree \(None there, 50 here\)"),
        ({"error_bar": False}, r"error_bar \(True there, False here\)"),
        ({"target": ft.Target({1: 1.0})}, "is of another sweep: target"),
    ],
)
def test_another_sweep(change: dict[str, Any], message: str, made: Path) -> None:
    fixed = {"target": ft.Target({1: 0.5, 3: 0.5}), "hidden_layers": 2, "activation": "erf", "ridge": 0.1}
    axes = {"n": [10, 40], "dim": range(4, 16), "bias_variance": [0.0, 0.2, 0.5], "kernel": ["nngp", "ntk"]}
    with pytest.raises(ft.StoreError, match=message):
        ft.sweep(axes, store=made, resume=True, **fixed | change)
    with pytest.raises(
        ft.StoreError, match=r"is of another sweep: n \(\[10.0, 40.0\] there, \[10.0, 41.0\] here\)"
    ):
        ft.sweep(axes | {"n": [10, 41]}, store=made, resume=True, **fixed)
    with pytest.raises(ft.StoreError, match="is of another sweep: the order of the axes"):
        ft.sweep(dict(reversed(axes.items())), store=made, resume=True, **fixed)


def test_another_version_or_formula(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ft.StoreError, match="has 24 parts of this sweep: use resume=True to go on with it"):
        many_parts(store=made)
    monkeypatch.setattr(layout, "formulas_digest", lambda: "others")
    with pytest.raises(ft.StoreError, match=r"formulas \('[0-9a-f]{16}' there, 'others' here\)"):
        many_parts(store=made, resume=True)
    monkeypatch.undo()
    monkeypatch.setattr(ft, "__version__", "9.9")
    with pytest.raises(ft.StoreError, match=r"fieldtheory \('.*' there, '9.9' here\)"):
        many_parts(store=made, resume=True)


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """Refused by name. Root may write everywhere, so a process gives up to be root"""
    code = (
        "import os, sys\nfrom tests.workbench.sweep.test_sweep import many_parts\n"
        "many_parts(store=sys.argv[1])\n"  # with all that is imported on the way, which others may not read
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: many_parts(store=sys.argv[2])\nexcept ValueError as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "first.zarr"), str(folder / "sweep.zarr")],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert done.stderr == ""
        path = folder / "sweep.zarr"
        assert done.stdout == f"store must be in a folder that can be written to (got '{path}')\n"
        assert list(folder.iterdir()) == []
        folder.chmod(0o700)


def test_one_writer_at_a_time(store: Path) -> None:
    """Another process holds the lock; one that died is taken over, one on another host is named"""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from fieldtheory.workbench.sweep.stores.writer_lock import writer_lock\n"
        "with writer_lock(Path(sys.argv[1]), False):\n print('held', flush=True)\n time.sleep(60)\n"
    )
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(store)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ft.StoreLocked, match=f"is being written by process {process.pid} on"):
            many_parts(store=store, resume=True)
    finally:
        process.kill()
        process.communicate()
    assert store.with_name(store.name + ".writer").exists()


def test_a_dead_writer(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    owner = store.with_name(store.name + ".writer")
    import socket

    owner.write_text(json.dumps({"pid": 1234567, "host": socket.gethostname()}))
    many_parts(store=store, resume=True)
    assert "taken over from process 1234567 on" in capsys.readouterr().err
    assert not owner.exists()
    owner.write_text(json.dumps({"pid": 5, "host": "elsewhere"}))
    with pytest.raises(ft.StoreLocked, match=r"held by process 5 on 'elsewhere': .* use break_lock=True"):
        many_parts(store=store, resume=True)
    many_parts(store=store, resume=True, break_lock=True)


@pytest.mark.parametrize("module", ["zarr", "filelock"])
def test_without_the_extra(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r'pip install "deep-fieldtheory\[sweep\]"'):
        many_parts(store=tmp_path / "sweep.zarr")


def test_tables_without_xarray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r'pip install "deep-fieldtheory\[sweep\]"'):
        many_parts().to_xarray()


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def _other_values(store: Path) -> None:
    zarr.open_array(store / "n", mode="r+")[:] = [10, 50]
