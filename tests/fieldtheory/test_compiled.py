"""The cache of compiled functions: used, and worked without where it is damaged or cannot be."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from numba.core import caching

from fieldtheory import machine_code as module
from fieldtheory.compiled import compiled

_PROGRAM = """
import warnings
warnings.simplefilter("always")
import functions
print(functions.tripled(4), sum(functions.tripled.machine.stats.cache_hits.values()))
"""
_FUNCTIONS = """
from fieldtheory.compiled import compiled

@compiled()
def tripled(x):
    return 3 * x

@compiled()
def halved(x):
    return x / 2
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "functions.py").write_text(_FUNCTIONS)
    return tmp_path


def run(folder: Path, program: str = _PROGRAM, **environment: str) -> tuple[str, str]:
    env = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{Path(__file__).parents[2]}"} | environment
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True, cwd=folder
    )
    return done.stdout.strip(), done.stderr


def test_the_second_process_compiles_nothing(folder: Path) -> None:
    assert run(folder) == ("12 0", "")
    assert run(folder) == ("12 1", "")


@pytest.mark.parametrize(
    ("suffix", "damage"), [(".nbi", "truncated"), (".nbi", "garbage"), (".nbc", "empty"), (".nbc", "one bit")]
)
def test_damaged_files_are_not_used_and_replaced(suffix: str, damage: str, folder: Path) -> None:
    run(folder)
    for file in (folder / "__pycache__").glob(f"*{suffix}"):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(
            {
                "truncated": bytes(content[: len(content) // 2]),
                "empty": b"",
                "garbage": b"garbage " * 100,
                "one bit": bytes(content),
            }[damage]
        )
    output, said = run(folder)
    assert output == "12 0"
    assert said.count("UserWarning: compiled functions are not kept") <= 1
    assert "Traceback" not in said
    assert run(folder) == ("12 1", "")


def test_without_any_folder_to_write_to(folder: Path) -> None:
    """Neither beside the module nor at home, also for a user who may write everywhere."""
    (folder / "__pycache__").write_text("no folder")
    output, said = run(folder, HOME="/proc", XDG_CACHE_HOME="/proc", NUMBA_CACHE_DIR="")
    assert output == "12 0"
    assert said.count("UserWarning: compiled functions are not kept, no folder for its cache") == 1


def test_the_folder_that_the_message_proposes(folder: Path) -> None:
    (folder / "__pycache__").write_text("no folder")
    for hits in (0, 1):
        assert run(folder, HOME="/proc", NUMBA_CACHE_DIR=str(folder / "cache")) == (f"12 {hits}", "")


def test_a_cache_that_cannot_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_said", set())
    monkeypatch.setattr(caching.FunctionCache, "save_overload", full)

    @compiled()
    def squared(x: float) -> float:
        return x * x

    with pytest.warns(UserWarning, match="a file of their cache can't be written"):
        assert squared(3.0) == 9.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert squared(3) == 9


def test_code_made_of_other_files_is_not_used(folder: Path) -> None:
    """A function that another file calls may have changed: what was compiled with it is compiled anew."""
    changed = (
        f"from fieldtheory import machine_code\nmachine_code.sources_digest = lambda: 'other'\n{_PROGRAM}"
    )
    assert run(folder) == ("12 0", "")
    assert run(folder, changed) == ("12 0", "")
    assert run(folder, changed) == ("12 1", "")


def test_the_digest_covers_what_is_compiled() -> None:
    """Each file with compiled or inlined functions is read, those without are not."""
    import hashlib

    root = Path(module.__file__).parents[1]
    files = [
        p
        for name in ("diagrams", "fieldtheory", "renormalization", "replicas")
        for p in (root / name).rglob("*.py")
    ]
    with_code = [p for p in files if "@compiled(" in p.read_text() or "@inlined" in p.read_text()]
    read = [p for p in sorted(files) if b"fieldtheory.compiled import" in p.read_bytes()]
    assert set(with_code) - {root / "fieldtheory" / "compiled.py"} <= set(read)
    assert module.sources_digest() != hashlib.sha256(b"").hexdigest()
