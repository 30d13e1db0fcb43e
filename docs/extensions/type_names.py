"""Types as a reader writes them: short names of arrays, links to the classes that annotations reach."""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy.typing
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.intersphinx import missing_reference

from fieldtheory import array_types

_ARRAYS = {
    "Floats": "floats",
    "Complexes": "complex numbers",
    "Integers": "integers",
    "Booleans": "truth values",
}
# where a class is defined -> where its documentation is
_ELSEWHERE = {
    "numpy.random._generator.Generator": "numpy.random.Generator",
    "concurrent.futures._base.Executor": "concurrent.futures.Executor",
    "sympy.Expr": "sympy.core.expr.Expr",
    "sympy.Poly": "sympy.polys.polytools.Poly",
    "sympy.core.relational.Equality": "sympy.core.relational.Eq",
    "pathlib._local.Path": "pathlib.Path",
    "sympy.Eq": "sympy.core.relational.Eq",
    "numpy.random.bit_generator.SeedSequence": "numpy.random.SeedSequence",
    "ArrayLike": "numpy.typing.ArrayLike",
    "Progress": "collections.abc.Callable",
    "Floats": "fieldtheory.array_types.Floats",
}


def shorten_array_types() -> None:
    """Before any other module of ours is imported: annotations show `Floats`, not what it stands for."""
    for name, what in _ARRAYS.items():
        said = f"NumPy array of {what}."
        setattr(array_types, name, type(name, (), {"__module__": array_types.__name__, "__doc__": said}))
    numpy.typing.ArrayLike = type("ArrayLike", (), {"__module__": "numpy.typing"})  # type: ignore[assignment,misc]


def _checked_imports(module: str) -> dict[str, Any]:
    """What a module imports for type checkers only."""
    names: dict[str, Any] = {}
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    for block in tree.body:
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test):
            for line in block.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    names |= {
                        a.asname or a.name: getattr(import_module(line.module), a.name) for a in line.names
                    }
                elif isinstance(line, ast.Import):
                    names |= {a.asname or a.name: import_module(a.name) for a in line.names}
    return names


def hints(value: Any) -> dict[str, Any]:
    """Evaluated annotations of a function or class."""
    module = getattr(value, "__module__", None)
    try:
        return typing.get_type_hints(
            value, localns=_checked_imports(module) if module in sys.modules else None
        )
    except (NameError, TypeError):
        return {}


def _parts(hint: Any) -> Iterator[type]:
    if inspect.isclass(hint) and not typing.get_args(hint):
        yield hint
    for argument in typing.get_args(hint):
        yield from _parts(argument)


def _members(value: Any) -> Iterator[Callable[..., Any]]:
    for name, member in vars(value).items():
        if name.startswith("_") and name not in ("__init__", "__new__"):
            continue
        member = inspect.unwrap(getattr(member, "__func__", member))
        found = member.fget if isinstance(member, property) else getattr(member, "func", member)
        if inspect.isfunction(found):
            yield found


def reached_classes(public: list[Any], packages: tuple[str, ...]) -> list[type]:
    """Classes of ours in the annotations of public names, and of what they reach; sorted by name."""
    waiting, seen = list(public), {id(value) for value in public}
    found: list[type] = []
    while waiting:
        value = waiting.pop()
        annotated = [value, *(_members(value) if inspect.isclass(value) else ())]
        for part in {p for a in annotated for hint in hints(a).values() for p in _parts(hint)}:
            ours = part.__module__.partition(".")[0] in packages
            if ours and id(part) not in seen and not part.__name__.startswith("_"):
                seen.add(id(part))
                found.append(part)
                waiting.append(part)
    return sorted(found, key=lambda c: (c.__module__, c.__qualname__))


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.reference | None:
    target = str(node.get("reftarget", ""))
    domain = env.domains.python_domain
    name = _ELSEWHERE.get(target, target)
    if "." not in name:  # an annotation that could not be evaluated: the only documented class of that name
        ends = [full for full in domain.objects if full.endswith("." + name)]
        name = ends[0] if len(ends) == 1 else name
    # a public class is documented where its face has it
    faces = app.face_names  # type: ignore[attr-defined]
    name = faces.get(name, name)
    if name == target:
        return None
    node["reftarget"] = name
    entry = domain.objects.get(name)
    if entry is not None:
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, shown)
    node["reftype"] = "obj"
    return missing_reference(app, env, node, shown)


def setup(app: Sphinx) -> dict[str, bool]:
    """Comes after the resolvers of Sphinx."""
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True}
