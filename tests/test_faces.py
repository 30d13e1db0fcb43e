"""The faces of the packages: public names, listed once, loaded lazily, nothing leaked."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import diagrams
import fieldtheory
import renormalization
import replicas

ROOT = Path(__file__).parents[1]
FACES = (fieldtheory, diagrams, replicas, renormalization)
BOOKKEEPING = {"annotations", "TYPE_CHECKING", "check_siblings", "package_face"}
MOVED = {
    "diagrams.evaluate": {
        "CompiledExpression": "diagrams.CompiledExpression",
        "IrreducibleDiagram": "diagrams.UnreducedDiagram",
        "compile_expression": "diagrams.compile_expression",
    }
}


@pytest.mark.parametrize("package", FACES, ids=lambda package: package.__name__)
class TestFace:
    def test_public_names_resolve(self, package):
        """Every name of `__all__` is there, and `dir` shows them."""
        assert package.__all__
        assert all(getattr(package, name) is not None for name in package.__all__)
        assert dir(package) == sorted(package.__all__)

    def test_unknown_name(self, package):
        with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
            package.nonsense  # noqa: B018

    def test_type_checkers_see_the_same_names(self, package):
        """The imports for type checkers and the list for the loader name the same homes."""
        tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
        block = next(node for node in tree.body if isinstance(node, ast.If))
        seen = {}
        for statement in block.body:
            assert isinstance(statement, ast.ImportFrom)
            for alias in statement.names:
                whole = alias.name != alias.asname
                seen[alias.asname] = f"{statement.module}.{alias.name}:" if whole else statement.module
        assert seen == package._HOMES

    def test_nothing_leaks(self, package):
        """A fresh import holds what the loader needs, and no public name hides a module or a package."""
        code = f"import {package.__name__} as p; print(*(n for n in vars(p) if not n.startswith('_')))"
        found = set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())
        assert found <= BOOKKEEPING | {"package_face", "shadowing"}
        folder = Path(package.__file__).parent
        modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
        assert modules & set(package.__all__) == set()

    def test_import_loads_nothing_but_the_loader(self, package):
        """No module of ours beside the loader, and none of the libraries."""
        code = f"import {package.__name__}, sys; print(*sys.modules)"
        loaded = set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())
        ours = {name for name in loaded if name.partition(".")[0] in {face.__name__ for face in FACES}}
        light = {"fieldtheory", "fieldtheory.shadowing", "fieldtheory.package_face", package.__name__}
        assert ours == light
        assert not {"numpy", "sympy", "scipy", "numba", "matplotlib"} & loaded


@pytest.mark.parametrize(
    ("package", "name", "new"),
    [(package, name, new) for package, names in MOVED.items() for name, new in names.items()],
)
def test_moved_names_still_work(package, name, new):
    """With a DeprecationWarning whose remedy, run as it stands, imports the same object."""
    with pytest.warns(DeprecationWarning, match=f"is now {new}: write `from .*`") as caught:
        found = getattr(importlib.import_module(package), name)
    remedy = str(caught[0].message).split("`")[1]
    space: dict[str, object] = {}
    exec(remedy, space)  # the text of our own message
    assert space[new.rpartition(".")[2]] is found


def test_all_moved_names_are_tested():
    assert {name: importlib.import_module(name)._MOVED for name in MOVED} == MOVED


def test_moved_attribute_of_depth_flows():
    flow = renormalization.DepthFlow("tanh", 1.5, 0.1)
    with pytest.warns(DeprecationWarning, match="write `flow.phi`"):
        assert flow.nonlinearity is flow.phi
