"""What to cite for a result: the papers behind it, and this software."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import fieldtheory
from fieldtheory import references
from fieldtheory.arguments import require_choice

_NAME, _AUTHORS, _YEAR = "deep-fieldtheory", "the deep-fieldtheory authors", 2026
_TITLE = "field theory of neural networks"


def cite(result: Any, style: Literal["bibtex", "text"] = "bibtex") -> str:
    """What to cite for a result, such as a learning curve, a kernel, a flow or an expansion.

    The papers behind the very call that made it, then this software in its version: as BibTeX, or with
    `style` "text" one line each. The entries come from `fieldtheory/references.bib`; a paper that is not in
    it, of a theory that somebody registered, becomes an entry with the text of the reference as its note.

    ValueError for what has no `references`, and for another style.

    >>> from fieldtheory import FullyConnected
    >>> kernel = FullyConnected(1, "linear").nngp()
    >>> print(cite(kernel).splitlines()[0])
    @inproceedings{lee,
    >>> print(cite(kernel, style="text").splitlines()[-1])
    the deep-fieldtheory authors, deep-fieldtheory 0.1.0 (2026)
    """
    named = getattr(result, "references", None)
    if not isinstance(named, tuple):
        raise ValueError(
            "result must have references, as learning curves, simulations, kernels, flows and expansions do "
            f"(got {type(result).__name__})"
        )
    if require_choice("style", style, ("bibtex", "text")) == "text":
        return "\n".join((*named, f"{_AUTHORS}, {_NAME} {fieldtheory.__version__} ({_YEAR})"))
    keys = {text: name.lower().replace("_", "-") for name, text in vars(references).items() if name.isupper()}
    entries = _entries()
    found = []
    for number, text in enumerate(named, start=1):
        key = keys.get(text)
        found.append(entries[key] if key else f"@misc{{reference-{number},\n  note = {{{text}}},\n}}")
    return "\n\n".join((*found, _software()))


def _software() -> str:
    return (
        f"@misc{{{_NAME},\n  author = {{{{{_AUTHORS}}}}},\n  title = {{{_NAME}: {_TITLE}}},\n"
        f"  year = {{{_YEAR}}},\n  note = {{Version {fieldtheory.__version__}}},\n}}"
    )


@cache
def _entries() -> dict[str, str]:
    """The entries of the bibliography by key, each with its braces."""
    text = (Path(__file__).parent / "references.bib").read_text(encoding="utf-8")
    found = {}
    for entry in text.split("\n@")[1:]:
        key = entry[entry.index("{") + 1 : entry.index(",")]
        found[key] = "@" + entry.strip()
    return found
