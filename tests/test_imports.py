"""The order of the house: what imports what, and how much `import fieldtheory` loads."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import fieldtheory

ROOT = Path(__file__).parents[1]
FLOORS = ("fieldtheory", "diagrams", "replicas", "renormalization", "fieldtheory.workbench")


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(file): file
    for floor in FLOORS[:-1]
    for file in sorted((ROOT / floor).rglob("*.py"))
    if "__pycache__" not in file.parts
}


def floor_of(module: str) -> int:
    """The number of the floor, by the longest name that fits; `python -m fieldtheory` enters by the roof."""
    if module == "fieldtheory.__main__":
        return len(FLOORS) - 1
    return max(
        (i for i, floor in enumerate(FLOORS) if f"{module}.".startswith(f"{floor}.")),
        key=lambda i: len(FLOORS[i]),
    )


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def import_statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Those that are executed, inside functions too."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node
    skipped = node.body if isinstance(node, ast.If) and is_type_checking(node) else []
    for child in ast.iter_child_nodes(node):
        if child not in skipped:
            yield from import_statements(child)


def imported_modules(module: str) -> set[str]:
    """Our modules that a module imports; `from package import name` is the module `name`, if there is one."""
    file = FILES[module]
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    found: set[str] = set()
    for statement in import_statements(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
            continue
        parents = package[: len(package) - statement.level + 1] if statement.level else []
        base = ".".join([*parents, *([statement.module] if statement.module else [])])
        for alias in statement.names:
            inner = f"{base}.{alias.name}"
            found.add(inner if inner in FILES else base)
    return {name for name in found if name.partition(".")[0] in FLOORS}


@pytest.mark.parametrize("module", FILES)
def test_imports_run_downwards(module: str) -> None:
    above = [other for other in imported_modules(module) if floor_of(other) > floor_of(module)]
    assert not above, f"{module} imports from a floor above: {above}"


@pytest.mark.parametrize("module", FILES)
def test_imported_modules_exist(module: str) -> None:
    assert imported_modules(module) <= set(FILES)


def test_no_import_cycles() -> None:
    try:
        TopologicalSorter({module: imported_modules(module) for module in FILES}).prepare()
    except CycleError as error:
        pytest.fail("import cycle: " + " → ".join(reversed(error.args[1])))


def test_no_cycles_of_folders() -> None:
    """Beside each other in one folder, neither files nor folders depend on each other in a circle."""
    for parent in {name.rpartition(".")[0] for name in FILES if "." in name} - {"fieldtheory"}:
        depends: dict[str, set[str]] = {}
        for module in FILES:
            room = beside(module, parent)
            if room:
                others = {beside(other, parent) for other in imported_modules(module)}
                depends.setdefault(room, set()).update(others - {"", room})
        try:
            TopologicalSorter(depends).prepare()
        except CycleError as error:
            pytest.fail(f"circle in {parent}: " + " → ".join(reversed(error.args[1])))


def beside(module: str, parent: str) -> str:
    """The file or folder right below `parent` that a module is in; "" if it is elsewhere."""
    return module[len(parent) + 1 :].partition(".")[0] if module.startswith(f"{parent}.") else ""


@pytest.mark.parametrize("package", [name for name in FLOORS[:-1] if name in FILES])
def test_package_checks_its_siblings(package: str) -> None:
    """Otherwise `fieldtheory.shadowing` takes the package for somebody else's."""
    assert "check_siblings(__name__)" in FILES[package].read_text(encoding="utf-8")


def test_import_is_light() -> None:
    heavy = {"sympy", "numba", "matplotlib", "scipy", "rich", "click"}
    code = f"import fieldtheory, sys; print(*({heavy} & set(sys.modules)))"
    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert loaded.split() == []


def test_public_names_resolve() -> None:
    assert fieldtheory.__all__
    assert [name for name in fieldtheory.__all__ if not hasattr(fieldtheory, name)] == []


def test_a_learning_curve_does_not_load_sympy() -> None:
    """The best theory is compiled numbers; only words and diagrams are symbols."""
    code = (
        "import sys, fieldtheory as ft; "
        "spectrum = ft.Spectrum.from_arrays([1.0, 0.5], [1, 5], dim=5); "
        "ft.learning_curve(spectrum, ft.Target({1: 1.0}), [10], ridge=0.1); "
        "assert not {'sympy', 'scipy.stats', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
