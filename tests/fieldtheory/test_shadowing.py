"""Foreign packages with the names of ours are noticed, whichever way ours are installed."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIBLINGS = ("diagrams", "replicas", "renormalization")
PACKAGES = [name for name in SIBLINGS if (ROOT / name / "__init__.py").exists()]


# a folder without `__init__.py` gives way to a whole package, wherever on the path that is
STANDS_BEHIND = Path(sysconfig.get_path("purelib"), "fieldtheory", "__init__.py").exists()


def skip_if_not_alone(name: str) -> None:
    if name == "fieldtheory" and STANDS_BEHIND:
        pytest.skip("fieldtheory is installed in site-packages, and found where that of this test is gone")


def run_python(code: str, *path: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)


def foreign(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    init = folder / name / "__init__.py"
    init.write_text("answer = 42\n")
    return init


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Our packages as a wheel leaves them: in a folder with nothing else of ours."""
    folder = tmp_path / "site"
    for name in ["fieldtheory", *PACKAGES]:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def assert_refused(result: subprocess.CompletedProcess[str], name: str, place: Path) -> None:
    assert result.returncode != 0
    assert "ImportError: " in result.stderr
    assert f"own package '{name}'" in result.stderr
    assert str(place) in result.stderr
    assert "environment of its own" in result.stderr


def test_undisturbed_import(installed: Path) -> None:
    for path in ([ROOT], [installed], []):
        result = run_python("\n".join(f"import {name}" for name in ["fieldtheory", *PACKAGES]), *path)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", PACKAGES)
def test_foreign_sibling_in_front(name: str, installed: Path, tmp_path: Path) -> None:
    place = foreign(tmp_path / "other", name)
    for ours in ([ROOT], [installed], []):
        result = run_python("import fieldtheory", tmp_path / "other", *ours)
        assert_refused(result, name, place)


@pytest.mark.parametrize("name", PACKAGES)
def test_folder_without_init_in_front(name: str, tmp_path: Path) -> None:
    """A folder of data called `replicas` hides an editable install, whose finder is asked last."""
    (tmp_path / name).mkdir()
    result = run_python("import fieldtheory", tmp_path)
    if result.returncode:
        assert_refused(result, name, tmp_path / name)
    else:
        imported = run_python(f"import fieldtheory, {name}; print({name}.__file__)", tmp_path)
        assert os.path.samefile(imported.stdout.strip(), ROOT / name / "__init__.py")


@pytest.mark.parametrize(
    ("name", "imported"),
    [(name, "fieldtheory") for name in PACKAGES] + [("fieldtheory", name) for name in PACKAGES],
)
def test_foreign_package_written_over_ours(name: str, imported: str, installed: Path) -> None:
    init = installed / name / "__init__.py"
    init.write_text("answer = 42\n")
    result = run_python(f"import {imported}", installed)
    assert_refused(result, name, init)
    assert "reinstall deep-fieldtheory" in result.stderr


@pytest.mark.parametrize("name", PACKAGES)
def test_foreign_fieldtheory_in_front(name: str, installed: Path, tmp_path: Path) -> None:
    foreign(tmp_path / "other", "fieldtheory")
    result = run_python(f"import {name}", tmp_path / "other", installed)
    assert result.returncode != 0
    assert "deep-fieldtheory" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", PACKAGES)
def test_distribution_is_named(name: str, installed: Path, tmp_path: Path) -> None:
    place = foreign(tmp_path / "other", name)
    metadata = tmp_path / "other" / "their_work-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: their-work\nVersion: 1.0\n")
    (metadata / "top_level.txt").write_text(f"{name}\n")
    result = run_python("import fieldtheory", tmp_path / "other", installed)
    assert_refused(result, name, place)
    assert "uninstall their-work" in result.stderr


@pytest.mark.parametrize(
    ("name", "imported"),
    [(name, "fieldtheory") for name in PACKAGES] + [("fieldtheory", name) for name in PACKAGES],
)
def test_init_that_is_gone(name: str, imported: str, installed: Path) -> None:
    """Another distribution wrote its `__init__.py` over ours, and took it along when it was uninstalled."""
    skip_if_not_alone(name)
    init = installed / name / "__init__.py"
    init.unlink()
    result = run_python(f"import {imported}", installed)
    assert result.returncode != 0
    assert f"ImportError: deep-fieldtheory is damaged: {init} is gone" in result.stderr
    assert "--force-reinstall --no-deps deep-fieldtheory" in result.stderr


@pytest.mark.parametrize("name", ["fieldtheory", *PACKAGES])
def test_command_line_of_a_damaged_installation(name: str, installed: Path) -> None:
    """One line on stderr and exit status 2, whether our `__init__.py` is gone or another's; 0 when mended."""
    skip_if_not_alone(name)
    shutil.copy(ROOT / "fieldtheory_program.py", installed)
    program = "import sys; sys.argv[1:] = ['--version']; from fieldtheory_program import main; main()"
    init = installed / name / "__init__.py"
    ours = init.read_text()
    for text in (None, "answer = 42\n"):
        init.unlink(missing_ok=True)
        if text is not None:
            init.write_text(text)
        result = run_python(program, installed)
        assert (result.returncode, result.stdout) == (2, "")
        [line] = result.stderr.splitlines()
        assert line.startswith("fieldtheory: error: deep-fieldtheory ")
        assert str(init) in line
    init.write_text(ours)
    result = run_python(program, installed)
    assert (result.returncode, result.stderr) == (0, "")


def test_good_case_is_cheap() -> None:
    """A few file names are looked up, and nothing slow imported."""
    code = """
import sys
from fieldtheory.shadowing import check_siblings
print("importlib.metadata" in sys.modules)
from tests.steps import calls
print(calls(lambda: check_siblings("fieldtheory")))
"""
    slow, steps = run_python(code, ROOT).stdout.split()
    assert slow == "False"
    assert int(steps) < 4000
