"""Files are written whole or not at all, and folders are looked at before the work."""

import os
import stat
from pathlib import Path

import pytest

from fieldtheory.workbench import output_files
from fieldtheory.workbench.output_files import require_folder, require_path, require_writable, write_file


def test_a_file_takes_its_name_at_once_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    write_file(path, "first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()
    path.chmod(0o640)
    write_file(path, b"second")
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["curve.csv"]


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


@pytest.mark.parametrize("failing", ["write", "rename"])
def test_a_failure_leaves_the_old_file(failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "curve.csv"
    write_file(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output_files.os, "fsync" if failing == "write" else "replace", full)
    with pytest.raises(OSError, match="No space left on device") as error:
        write_file(path, "new")
    assert error.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["curve.csv"]


def test_links_are_followed_and_devices_stay_devices(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    link.symlink_to(real)
    write_file(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    write_file(Path("/dev/null"), "nothing")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    with pytest.raises(OSError, match="/dev/full"):
        write_file(Path("/dev/full"), "too much")


def test_folders_are_checked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file.csv"
    file.write_text("")
    for path, said in [
        (tmp_path / "a.txt", "out must be a file that ends in"),
        (tmp_path / "none" / "a.csv", "out must be in a folder that exists"),
        (file / "a.csv", "out must be in a folder that exists"),
    ]:
        with pytest.raises(ValueError, match=said):
            require_writable([path])
    with pytest.raises(ValueError, match="out must be a folder"):
        require_folder(file)
    with pytest.raises(ValueError, match="below the file"):
        require_folder(file / "drawings")
    monkeypatch.setattr(output_files.os, "access", lambda path, mode: False)
    for check in (lambda: require_writable([file]), lambda: require_folder(tmp_path / "new" / "folder")):
        with pytest.raises(ValueError, match="out must be in a folder that can be written to"):
            check()


@pytest.mark.parametrize("wrong", [None, 1, True, b"a.csv", "", "a\0.csv", ["a.csv"], object()])
def test_what_is_no_path(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"^path must be the path of a file"):
        require_path("path", wrong)
