"""Whether `import diagrams` and the like find our packages.

Other distributions install top-level packages called `diagrams`, `replicas`, `renormalization` or
`fieldtheory`. Where one of them comes first on the import path, or was installed over ours, half of the
toolkit would be somebody else's code; where one that was installed over ours is uninstalled, it takes our
`__init__.py` along. Each package therefore looks, when imported, whether its siblings are there and our own.
"""

import os
import sys
from importlib.util import find_spec

_PACKAGES = ("fieldtheory", "diagrams", "replicas", "renormalization")
_HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def check_siblings(package: str) -> None:
    """Raise unless each of our packages beside this one is what an import of its name gives.

    `package` is the importing package's `__name__`; it is checked even where only one of its files was found.

    Raises ImportError, which names the foreign package, its place, its distribution and the remedies, or the
    file of ours that is gone.

    >>> check_siblings("fieldtheory")
    """
    for name in _PACKAGES:
        ours = os.path.join(_HOME, name)
        init = os.path.join(ours, "__init__.py")
        if name != package and not os.path.isfile(init):
            if _in_source_tree():
                continue
            raise ImportError(_damage(name, init), name=name, path=init)
        place = _place(name)
        # Not found at all: nothing stands in front of it, and importing it says what is wrong.
        if place is not None and (os.path.dirname(place) != ours or _overwritten(place)):
            raise ImportError(_explanation(name, place), name=name, path=place)


def _place(name: str) -> str | None:
    """The file (or, without an `__init__.py`, something inside the folder) that an import of `name` gives."""
    try:
        spec = find_spec(name)
    except ValueError:  # a module made by hand, without a spec
        return getattr(sys.modules[name], "__file__", None)
    if spec is None:
        return None
    if spec.has_location and spec.origin is not None:
        return os.path.realpath(spec.origin)
    folder = next(iter(spec.submodule_search_locations or ()), None)
    return None if folder is None else os.path.join(os.path.realpath(folder), "")


def _overwritten(init: str) -> bool:
    """Whether another distribution wrote its `__init__.py` over ours, as can happen in site-packages.

    Each of our `__init__.py` calls `check_siblings`.
    """
    if _in_source_tree():
        return False
    with open(init, "rb") as file:
        return b"check_siblings" not in file.read()


def _in_source_tree() -> bool:
    """A source tree is nobody else's, and may be unfinished."""
    return os.path.isfile(os.path.join(_HOME, "setup.cfg"))


def _damage(name: str, init: str) -> str:
    return (
        f"deep-fieldtheory is damaged: {init} is gone, as when another distribution with a package {name!r} "
        "was installed over it and uninstalled\n"
        "Put it back: python -m pip install --force-reinstall --no-deps deep-fieldtheory"
    )


def _explanation(name: str, place: str) -> str:
    from importlib.metadata import packages_distributions  # slow, and only an error needs it

    ours = os.path.join(_HOME, name)
    others = sorted(set(packages_distributions().get(name, ())) - {"deep-fieldtheory"})
    owner = f" (distribution {', '.join(others)})" if others else ""
    remove = f"uninstall {' '.join(others)}" if others else "move or rename the foreign one"
    if os.path.dirname(place) == ours:  # written over
        remedies = f"{remove} and reinstall deep-fieldtheory"
    else:
        remedies = f"put {_HOME} first on sys.path (PYTHONPATH), or {remove}"
    return (
        f"deep-fieldtheory needs its own package {name!r} in {ours}, "
        f"but importing that name finds a foreign one{owner}: {place}\n"
        f"Give deep-fieldtheory an environment of its own (python -m venv), or {remedies}."
    )
