"""One page for each public name of the four packages, made from their faces before the site is read."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from type_names import reached_classes

PACKAGES = ("fieldtheory", "diagrams", "replicas", "renormalization")


def _page(name: str, full: str, value: Any) -> str:
    kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
    members = ["   :members:"] if kind == "class" else []
    return "\n".join([name, "=" * len(name), "", f".. auto{kind}:: {full}", *members, ""])


def _toctree(title: str, folder: str, pages: list[str]) -> list[str]:
    return [
        ".. toctree::",
        f"   :caption: {title}",
        "   :maxdepth: 1",
        "",
        *(f"   {folder}/{page}" for page in pages),
        "",
    ]


def _write(path: Path, text: str) -> None:
    """Only what changed is written, so that a second build reads only that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_api_pages(app: Sphinx) -> None:
    """Pages under api/, a folder that holds nothing else and is not kept."""
    folder = Path(app.srcdir) / "api"
    public: dict[str, dict[str, Any]] = {}
    for package in PACKAGES:
        face = import_module(package)
        values = {name: getattr(face, name) for name in face.__all__ if not name.startswith("_")}
        public[package] = {name: value for name, value in values.items() if not inspect.ismodule(value)}
    reached = reached_classes([v for values in public.values() for v in values.values()], PACKAGES)
    app.face_names = {}  # type: ignore[attr-defined]
    pages: dict[Path, str] = {}
    for package, values in public.items():
        own = {}
        for name, value in values.items():
            home = f"{getattr(value, '__module__', package)}.{name}"
            if home.startswith(package + ".") or not inspect.isclass(value):  # else on the page of another
                own[name] = value
                app.face_names[home] = f"{package}.{name}"  # type: ignore[attr-defined]
        parts = {
            f"{c.__module__}.{c.__qualname__}": c for c in reached if c.__module__.startswith(package + ".")
        }
        for name, value in own.items():
            pages[folder / package / f"{name}.rst"] = _page(name, f"{package}.{name}", value)
        for full, value in parts.items():
            pages[folder / package / f"{full}.rst"] = _page(value.__name__, full, value)
        summary = (import_module(package).__doc__ or "").partition("\n")[0]
        text = [package, "=" * len(package), "", summary, "", *_toctree("Public names", package, list(own))]
        text += _toctree("Parts of results", package, list(parts))
        pages[folder / f"{package}.rst"] = "\n".join(text)
    for path, page in pages.items():
        _write(path, page)
    for path in set(folder.rglob("*.rst")) - set(pages):
        path.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Pages are written before sources are read."""
    app.connect("builder-inited", write_api_pages)
    return {"parallel_read_safe": True}
